"""Makes the bytes of an archive from what a user names: a CSAR, a folder, or a single YAML file.

Place in the flow: path on the command line → **zip** → `manager.client` or `tosca.open_csar`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from tosca import CsarError
from tosca.csar import META, folder_files, meta, needs_meta, templates_at_root
from tosca.members import refuse
from tosca.packing import pack
from tosca.problems import Problems, did_you_mean

YAML = (".yaml", ".yml")
LONGEST = 300  # characters of a scalar that may be the path of a file
MOST = 10_000  # files that a template may bring


@dataclass(frozen=True, slots=True)
class Gathered:
    """An archive, and the folder in which its members lie; a zip's lie in none."""

    data: bytes
    folder: Path | None = None


def packed(path: Path, *, beyond: bool = False) -> bytes:
    """The bytes of an archive, as `gathered` makes it."""
    return gathered(path, beyond=beyond).data


def gathered(path: Path, *, beyond: bool = False) -> Gathered:
    """The archive.

    A YAML file brings the files that it names, and those that they name in turn; with ``beyond`` also those that lie
    outside its folder.  Whoever sends an archive away does not want that: a template could ask for any file.

    Raises:
        CsarError: something cannot be read, or a folder holds a link.
    """
    try:
        return _gathered(path, beyond)
    except OSError as error:
        raise _unreadable(error) from error


def _unreadable(error: OSError) -> CsarError:
    message = f"found {error.filename!r}, which cannot be read ({error.strerror})"
    return refuse(Problems(), "csar-not-a-zip", message)


def _gathered(path: Path, beyond: bool) -> Gathered:
    if path.is_dir():
        return _of_folder(path, None, None)
    if path.suffix in YAML:
        return _with_what_it_names(path.absolute(), beyond)
    return Gathered(path.read_bytes())


def folder_archive(folder: Path, entry: str | None = None, *, apart: Path | None = None) -> Gathered:
    """A folder as a CSAR: with the TOSCA.meta that the standard asks for where there is none, and without one file.

    Raises:
        CsarError: something cannot be read, the folder holds a link, or nothing by the name of the entry.
    """
    try:
        return _of_folder(folder, entry, apart)
    except OSError as error:
        raise _unreadable(error) from error


def _of_folder(folder: Path, entry: str | None, apart: Path | None) -> Gathered:
    files: dict[str, Path | bytes] = {
        name: path for name, path in folder_files(folder).items() if apart is None or not _same(path, apart)
    }
    if entry is not None and entry not in files:
        message = f"found {entry!r} as the entry, expected a file of the folder{did_you_mean(entry, files)}"
        raise refuse(Problems(), "csar-entry-missing", message)
    if META not in files and (enters := entry or _entry_that_needs_meta(folder, files)):
        files[META] = meta(enters)
    return Gathered(pack(files), folder)


def _same(path: Path, other: Path) -> bool:
    return other.exists() and path.samefile(other)


def _entry_that_needs_meta(folder: Path, names: Iterable[str]) -> str | None:
    found = templates_at_root(names)
    return found[0] if len(found) == 1 and needs_meta((folder / found[0]).read_bytes()) else None


def _with_what_it_names(file: Path, beyond: bool) -> Gathered:
    files = _reached(file, None if beyond else file.parent)
    root = Path(os.path.commonpath([found.parent for found in files]))
    members: dict[str, Path | bytes] = {found.relative_to(root).as_posix(): found for found in files}
    if len(files) > 1:
        members[META] = meta(file.relative_to(root).as_posix())
    return Gathered(pack(members), root)


def _reached(file: Path, within: Path | None) -> list[Path]:
    """The file and all that can be reached from it, by what its scalars say."""
    found = {file: None}
    waiting = [file]
    while waiting and len(found) < MOST:
        document = waiting.pop()
        for text in _scalars(document):
            named = Path(os.path.normpath(document.parent / text))
            if named in found or not _is_file(named) or (within is not None and within not in named.parents):
                continue
            found[named] = None
            if named.suffix in YAML:
                waiting.append(named)
    return list(found)


def _scalars(document: Path) -> Iterator[str]:
    texts: dict[str, None] = {}
    try:
        for event in yaml.parse(document.read_bytes(), yaml.CSafeLoader):
            if isinstance(event, yaml.ScalarEvent) and 0 < len(event.value) <= LONGEST:
                texts[event.value] = None
    except (yaml.YAMLError, UnicodeDecodeError):
        pass  # the parser says what is wrong
    yield from (text for text in texts if not text.startswith("/"))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or no name at all
        return False
