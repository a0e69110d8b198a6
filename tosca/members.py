"""Zip bytes → the members of an archive, each checked and inflated under limits.

Place in the flow: the lower half of `tosca.csar`.  Nothing that the archive says about itself is trusted: sizes are
counted while inflating, names are judged as they stand in the directory, checksums are verified when it is opened.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tosca.errors import CsarError
from tosca.problems import Location, Problems

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]|^/|^[A-Za-z]:|(^|/)\.\.(/|$)")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may hold at most; sizes in bytes, expanded."""

    members: int = 10_000
    total: int = 512 << 20
    member: int = 256 << 20
    yaml: int = 32 << 20


def refuse(problems: Problems, code: str, message: str, member: str = "") -> CsarError:
    """Report an error of the archive and return the exception to raise."""
    problems.report_at(Location(member or "CSAR"), code, message)
    return CsarError(tuple(problems))


class Members:
    """The files of a zip archive."""

    def __init__(self, data: bytes, limits: Limits, problems: Problems) -> None:
        self._limits = limits
        self._problems = problems
        self._zip = self._open(data)
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self._collect()
        self._verify()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._infos)

    def read(self, name: str) -> bytes:
        """Return the bytes of a member.  Raises KeyError when there is none of that name."""
        return b"".join(self._inflate(self._infos[name]))

    def executable(self, name: str) -> bool:
        return bool(self._infos[name].external_attr >> 16 & 0o111)

    def _open(self, data: bytes) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            raise refuse(self._problems, "csar-not-a-zip", f"found no readable zip archive ({error})") from error

    def _collect(self) -> None:
        infos = self._zip.infolist()
        if len(infos) > self._limits.members:
            message = f"found {len(infos)} members, expected at most {self._limits.members}"
            raise refuse(self._problems, "csar-too-large", message)
        seen: set[str] = set()
        for info in infos:
            self._check(info, seen)
            if not info.is_dir():
                self._infos[info.filename] = info

    def _check(self, info: zipfile.ZipInfo, seen: set[str]) -> None:
        name = info.orig_filename
        mode = info.external_attr >> 16
        if _UNSAFE.search(name) or not name.strip("/"):
            raise refuse(self._problems, "csar-unsafe-member", f"found member name {name!r}, expected a relative path")
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            message = f"found {name!r}, a link or device, expected a file"
            raise refuse(self._problems, "csar-unsafe-member", message, name)
        canonical = "/".join(part for part in name.split("/") if part not in ("", "."))
        if canonical in seen:
            raise refuse(self._problems, "csar-duplicate-member", f"found member {name!r} twice", name)
        seen.add(canonical)
        self._check_coding(info, name)

    def _check_coding(self, info: zipfile.ZipInfo, name: str) -> None:
        if info.flag_bits & 1:
            raise refuse(self._problems, "csar-encrypted", f"found encrypted member {name!r}, expected none", name)
        # bzip2 and LZMA inflate a chunk without bound, whatever is asked for.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            message = f"found member {name!r} compressed by method {info.compress_type}, expected stored or deflated"
            raise refuse(self._problems, "csar-compression", message, name)

    def _verify(self) -> None:
        total = 0
        for info in self._infos.values():
            for chunk in self._inflate(info):
                total += len(chunk)
                if total > self._limits.total:
                    message = f"found more than {self._limits.total} bytes expanded"
                    raise refuse(self._problems, "csar-too-large", message)

    def _inflate(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        yaml = info.filename.endswith((".yaml", ".yml"))
        limit = self._limits.yaml if yaml else self._limits.member
        size = 0
        for chunk in self._chunks(info):
            size += len(chunk)
            if size > limit:
                message = f"found {info.filename!r} to expand to more than {limit} bytes"
                raise refuse(self._problems, "csar-too-large", message, info.filename)
            yield chunk

    def _chunks(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._zip.open(info) as member:
                while chunk := member.read(_CHUNK):
                    yield chunk
        except _BROKEN as error:
            message = f"found member {info.filename!r} corrupt or truncated ({error})"
            raise refuse(self._problems, "csar-not-a-zip", message, info.filename) from error
