"""The file of a transfer: a zip that any tool can open.

Place in the flow: between `manager.transfer.exporting` and `manager.transfer.importing`.

======================  ==============================================================================================
``manifest.json``       ``{"format": "ditrit-space", "version": 1, "created": …, "keys": 12, "artifacts": 3}``
``space.jsonl``         a line for each key, in the order in which they were changed:
                        ``{"key": …, "index": …, "value": …}``; ``index`` is that of the old transaction
``artifacts/<number>``  the content of an artifact; ``artifacts.jsonl`` has a line for each: ``{"key": …, "file": …}``
======================  ==============================================================================================
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from engine.artifacts import ArtifactStore
from engine.space.base import Entry
from manager import clock
from manager.errors import Invalid

FORMAT, VERSION = "ditrit-space", 1
MANIFEST, KEYS, ARTIFACTS = "manifest.json", "space.jsonl", "artifacts.jsonl"
_CHUNK = 1 << 20


def write(file: Path, entries: Sequence[Entry], artifacts: ArtifactStore, wanted: Sequence[str]) -> None:
    """Write entries and the wanted artifacts; the file is there whole or not at all, for nobody else to read."""
    partial = file.with_name(file.name + ".partial")
    partial.touch(0o600)  # inputs of instances can be secrets
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as target:
            _write_lines(target, KEYS, (_line(entry) for entry in entries))
            names = {key: f"artifacts/{number}" for number, key in enumerate(wanted)}
            for key, name in names.items():
                with artifacts.open(key) as content, target.open(name, "w", force_zip64=True) as copy:
                    shutil.copyfileobj(content, copy, _CHUNK)
            _write_lines(target, ARTIFACTS, ({"key": key, "file": name} for key, name in names.items()))
            about = {"format": FORMAT, "version": VERSION, "created": clock.now()}
            target.writestr(MANIFEST, json.dumps({**about, "keys": len(entries), "artifacts": len(wanted)}))
        partial.replace(file)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


class Parcel:
    """Such a file, to be read.

    Raises:
        Invalid: it is none, or damaged; the message says where.
    """

    def __init__(self, file: Path) -> None:
        self._name = str(file)
        try:
            self._zip = zipfile.ZipFile(file)
            self._about = json.loads(self._zip.read(MANIFEST))
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise self._invalid(f"is no export of a space: {error}") from error
        found = self._about if isinstance(self._about, dict) else {}
        if (found.get("format"), found.get("version")) != (FORMAT, VERSION):
            what = f"{found.get('format')!r} version {found.get('version')!r}"
            raise self._invalid(f"{MANIFEST}: found {what}, expected {FORMAT!r} version {VERSION}")

    def __enter__(self) -> Parcel:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def entries(self) -> list[Entry]:
        """The keys, in the order in which they were changed."""
        found = [self._entry(number, line) for number, line in self._lines(KEYS)]
        self._count("keys", len(found))
        return sorted(found, key=lambda entry: (entry.index, entry.key))

    def artifacts(self) -> list[tuple[str, str]]:
        """The artifacts: the key of each and its name in the file."""
        found = []
        for number, line in self._lines(ARTIFACTS):
            if not isinstance(line.get("key"), str) or line.get("file") not in self._zip.namelist():
                raise self._invalid(f"{ARTIFACTS}:{number}: found {line!r}, expected a key and a file that is there")
            found.append((line["key"], line["file"]))
        self._count("artifacts", len(found))
        return found

    def extract(self, name: str, path: Path) -> None:
        """Copy one of the artifacts to a file."""
        try:
            with self._zip.open(name) as content, path.open("wb") as copy:
                shutil.copyfileobj(content, copy, _CHUNK)
        except zipfile.BadZipFile as error:
            raise self._invalid(f"{name} is damaged: {error}") from error

    def _entry(self, number: int, line: dict[str, Any]) -> Entry:
        key, value, index = line.get("key"), line.get("value"), line.get("index")
        if not isinstance(key, str) or not isinstance(value, str) or not isinstance(index, int):
            raise self._invalid(f"{KEYS}:{number}: found {line!r}, expected key, value and index")
        return Entry(key, value.encode(), index)

    def _lines(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        try:
            text = self._zip.read(name).decode()
        except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
            raise self._invalid(f"{name} cannot be read: {error}") from error
        for number, line in enumerate(text.splitlines(), 1):
            try:
                found = json.loads(line)
            except ValueError as error:
                raise self._invalid(f"{name}:{number}: {error}") from error
            if not isinstance(found, dict):
                raise self._invalid(f"{name}:{number}: found {found!r}, expected an object")
            yield number, found

    def _count(self, what: str, found: int) -> None:
        if self._about.get(what) != found:
            raise self._invalid(f"has {found} {what}, expected {self._about.get(what)!r}, as {MANIFEST} says")

    def _invalid(self, what: str) -> Invalid:
        return Invalid("invalid-export", f"{self._name!r} {what}")


def _line(entry: Entry) -> dict[str, Any]:
    return {"key": entry.key, "index": entry.index, "value": entry.value.decode()}


def _write_lines(target: zipfile.ZipFile, name: str, lines: Iterable[dict[str, Any]]) -> None:
    stream: BinaryIO
    with target.open(name, "w", force_zip64=True) as stream:  # type: ignore[assignment]  # IO[bytes] is what we use
        for line in lines:
            stream.write(json.dumps(line).encode() + b"\n")
