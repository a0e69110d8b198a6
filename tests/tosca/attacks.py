"""Archives that must be refused, and by which code."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from dataclasses import dataclass

from tests.tosca.archives import META, zipped
from tosca import Limits

TEMPLATE = "tosca_definitions_version: tosca_simple_yaml_1_1\n"
SMALL = Limits(members=5, total=100_000, member=50_000, yaml=10_000)


@dataclass(frozen=True)
class Attack:
    """An archive with the code of its refusal."""

    code: str
    data: bytes


def _with_member(name: str, mode: int = 0, content: str = "x", method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("main.yaml", TEMPLATE)
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, content, method)
    return buffer.getvalue()


def _duplicate() -> bytes:
    """Two members that bear one name: the second's is changed in place."""
    data = zipped({"main.yaml": TEMPLATE, "a.txt": "1", "b.txt": "2"})
    return data.replace(b"b.txt", b"a.txt")


def _encrypted() -> bytes:
    data = bytearray(zipped({"main.yaml": TEMPLATE}))
    at = data.index(b"PK\x01\x02") + 8
    data[at : at + 2] = struct.pack("<H", 1)
    return bytes(data)


def _corrupt() -> bytes:
    data = bytearray(zipped({"main.yaml": TEMPLATE}))
    at = data.index(TEMPLATE.encode())
    data[at] ^= 0xFF
    return bytes(data)


def _lying() -> bytes:
    """A member that claims to expand to less than it does."""
    data = bytearray(_deflated(60_000))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 10)
    return bytes(data)


def _deflated(size: int, name: str = "big.bin", copies: int = 1) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(copies):
            archive.writestr(f"{number}{name}", b"\x00" * size)
        archive.writestr("main.yaml", TEMPLATE)
    return buffer.getvalue()


def _meta(text: str | bytes) -> bytes:
    return zipped({"main.yaml": TEMPLATE, "TOSCA-Metadata/TOSCA.meta": text})


ATTACKS: dict[str, Attack] = {
    "no zip at all": Attack("csar-not-a-zip", b"tosca_definitions_version"),
    "nothing": Attack("csar-not-a-zip", b""),
    "a truncated zip": Attack("csar-not-a-zip", zipped({"main.yaml": TEMPLATE})[:-10]),
    "a corrupt member": Attack("csar-not-a-zip", _corrupt()),
    "a member that lies about its size": Attack("csar-not-a-zip", _lying()),
    "a path upwards": Attack("csar-unsafe-member", _with_member("../evil.sh")),
    "a path upwards inside": Attack("csar-unsafe-member", _with_member("a/../../evil.sh")),
    "an absolute path": Attack("csar-unsafe-member", _with_member("/etc/passwd")),
    "a drive letter": Attack("csar-unsafe-member", _with_member("C:evil.sh")),
    "a backslash": Attack("csar-unsafe-member", _with_member("a\\..\\evil.sh")),
    "a control character": Attack("csar-unsafe-member", _with_member("a\x1b[2J.sh")),
    "a symbolic link": Attack("csar-unsafe-member", _with_member("link", stat.S_IFLNK | 0o777, "/etc/passwd")),
    "a device": Attack("csar-unsafe-member", _with_member("device", stat.S_IFCHR | 0o666)),
    "a name twice": Attack("csar-duplicate-member", _duplicate()),
    "a name twice by another spelling": Attack("csar-duplicate-member", _with_member("./main.yaml")),
    "an encrypted member": Attack("csar-encrypted", _encrypted()),
    "another compression": Attack("csar-compression", _with_member("a", method=zipfile.ZIP_BZIP2)),
    "a member too large": Attack("csar-too-large", _deflated(60_000)),
    "a YAML file too large": Attack("csar-too-large", _deflated(20_000, "big.yaml")),
    "members too large together": Attack("csar-too-large", _deflated(40_000, copies=3)),
    "too many members": Attack("csar-too-large", _deflated(1, copies=6)),
    "no template": Attack("csar-no-entry", zipped({"readme.txt": "x"})),
    "no template in one folder": Attack("csar-no-entry", zipped({"folder/readme.txt": "x"})),
    "two templates at the root": Attack("csar-several-entries", zipped({"a.yaml": TEMPLATE, "b.yml": TEMPLATE})),
    "a meta file without entry": Attack("csar-no-entry", _meta("CSAR-Version: 1.1\n")),
    "a meta file with an entry that is missing": Attack("csar-entry-missing", _meta(META.format(entry="mian.yaml"))),
    "other definitions that are missing": Attack(
        "csar-entry-missing", _meta(META.format(entry="main.yaml") + "Other-Definitions: main.yaml mian.yaml\n")
    ),
    "other definitions with a quote that does not end": Attack(
        "csar-meta-syntax", _meta(META.format(entry="main.yaml") + "Other-Definitions: 'main.yaml\n")
    ),
    "a meta file that is none": Attack("csar-meta-syntax", _meta("hello world\n")),
    "a meta file that says a thing twice": Attack("csar-meta-syntax", _meta("A: 1\nA: 2\n")),
    "a meta file that is no text": Attack("csar-meta-syntax", _meta(b"\xff\xfe\xfa")),
}
WARNED = ("csar-nested-folder",)
