"""A CSAR, zip or folder → an archive that the parser reads and a worker extracts.  TOSCA 1.1 § 6.

Place in the flow: **upload** → `open_csar` → `tosca.parser`.  The entry definitions come from TOSCA-Metadata/TOSCA.meta
or are the single YAML file at the root.  An archive that keeps everything in one top-level folder is read as if that
folder were its root.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from tosca.members import Limits, Members, refuse
from tosca.nodes import Map, is_null
from tosca.packing import pack
from tosca.problems import Location, Problem, Problems, did_you_mean
from tosca.yaml import load

META = "TOSCA-Metadata/TOSCA.meta"
# What version control and machines keep beside one's own files.
_NOT_OURS = frozenset((".git", ".hg", ".svn", ".DS_Store", "__pycache__"))


class Csar:
    """An opened archive; every name is relative to its root."""

    def __init__(self, members: Members, digest: str, problems: Problems, complete: bool = True) -> None:
        self.digest = digest
        self.complete = complete
        self.top = _top_folder(members.names)
        self._members = members
        self._problems = problems
        self.names = frozenset(name[len(self.top) :] for name in members.names if name.startswith(self.top))
        self._warn_about_top()
        block = _meta_block(self.read(META), problems) if META in self.names else {}
        self.entry = _entry(self, block, problems)
        self.others = _others(self, block, problems)  # definitions beside the entry (1.3 § 6.2)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The warnings that opening gave."""
        return tuple(self._problems)

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.  Raises KeyError when there is none of that name."""
        return self._members.read(self.top + path)

    def extract(self, folder: Path) -> None:
        """Write all files into a folder; those that were executable, or begin with ``#!``, can be executed."""
        for name in sorted(self.names):
            data = self.read(name)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            executable = self._members.executable(self.top + name) or data.startswith(b"#!")
            target.chmod(0o755 if executable else 0o644)

    def _warn_about_top(self) -> None:
        if self.top:
            message = f"found everything in folder {self.top!r}, expected it at the root; read as if it were"
            self._problems.report_at(Location("CSAR"), "csar-nested-folder", message)


def open_csar(source: Path | bytes, *, limits: Limits = Limits(), complete: bool = True) -> Csar:  # noqa: B008 - immutable
    """Open an archive: its bytes, the path of a zip file, or a folder.

    One that is not ``complete`` was made of a template that came without its archive: a file that it names may come
    later, and is told of as a warning.

    Raises:
        CsarError: it cannot be used; the problems say why.
    """
    problems = Problems()
    data = _data(source, problems)
    return Csar(Members(data, limits, problems), hashlib.sha256(data).hexdigest(), problems, complete)


def _data(source: Path | bytes, problems: Problems) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return pack(folder_files(source)) if source.is_dir() else source.read_bytes()
    except OSError as error:
        raise refuse(problems, "csar-not-a-zip", f"found no archive at {str(source)!r} ({error.strerror})") from error


def folder_files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder by their names in its archive; what version control keeps there is left out.

    Raises:
        CsarError: there is a link.
    """
    paths = ((path, path.relative_to(folder)) for path in sorted(folder.rglob("*")))
    files = {name.as_posix(): path for path, name in paths if _NOT_OURS.isdisjoint(name.parts)}
    for name, path in files.items():
        if path.is_symlink():
            raise refuse(Problems(), "csar-unsafe-member", f"found {name!r}, a link, expected a file", name)
    return {name: path for name, path in files.items() if path.is_file()}


def meta(entry: str) -> bytes:
    """Return a TOSCA.meta that says where to enter (§ 6.2)."""
    return f"TOSCA-Meta-File-Version: 1.0\nCSAR-Version: 1.1\nCreated-By: ditrit\nEntry-Definitions: {entry}\n".encode()


def needs_meta(text: bytes) -> bool:
    """Tell whether a service template at the root says too little for an archive without TOSCA.meta (§ 6.3)."""
    document = load(text, "", Problems())
    if document is None or type(document.root) is not Map or "tosca_definitions_version" not in document.root.entries:
        return False  # the parser says what is wrong
    metadata = document.root.entries.get("metadata")
    stated = metadata.entries if type(metadata) is Map else {}
    return any(is_null(stated.get(name)) for name in ("template_name", "template_version"))


def _is_yaml(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))


def _top_folder(names: frozenset[str]) -> str:
    """Return the one folder that holds everything, with its slash, when there is no entry beside it."""
    own = [name for name in names if not name.startswith("__MACOSX/") and not name.endswith(".DS_Store")]
    tops = {name.partition("/")[0] for name in own}
    if META in names or len(tops) != 1 or any("/" not in name for name in own):
        return ""
    return tops.pop() + "/"


def _entry(csar: Csar, block: Mapping[str, str], problems: Problems) -> str:
    return _entry_by_meta(csar, block, problems) if META in csar.names else _entry_at_root(csar, problems)


def templates_at_root(names: Iterable[str]) -> list[str]:
    """Return the YAML files among which an archive without TOSCA.meta enters."""
    return sorted(name for name in names if "/" not in name and _is_yaml(name))


def _entry_at_root(csar: Csar, problems: Problems) -> str:
    found = templates_at_root(csar.names)
    if not found:
        raise refuse(problems, "csar-no-entry", f"found neither {META} nor a YAML file at the root, expected one")
    if len(found) > 1:
        message = f"found {', '.join(found)} at the root and no {META}, expected a single YAML file"
        raise refuse(problems, "csar-several-entries", message)
    return found[0]


def _entry_by_meta(csar: Csar, block: Mapping[str, str], problems: Problems) -> str:
    stated = block.get("entry-definitions", "")
    if not stated:
        raise refuse(problems, "csar-no-entry", "found no Entry-Definitions, expected the path of a template", META)
    return _file_by_meta(csar, "Entry-Definitions", stated, problems)


def _file_by_meta(csar: Csar, key: str, stated: str, problems: Problems) -> str:
    for path in (stated.removeprefix("./"), stated.removeprefix("./").removeprefix(csar.top)):
        if path in csar.names:
            return path
    message = f"found {key} {stated!r}, expected a file of the archive{did_you_mean(stated, csar.names)}"
    raise refuse(problems, "csar-entry-missing", message, META)


def _others(csar: Csar, block: Mapping[str, str], problems: Problems) -> tuple[str, ...]:
    """Return the other definitions: paths with blanks between them; one with a blank in it stands in quotes."""
    stated = block.get("other-definitions", "")
    try:
        names = shlex.split(stated)
    except ValueError as error:
        message = f"found Other-Definitions {stated!r} ({error}), expected paths with blanks between them"
        raise refuse(problems, "csar-meta-syntax", message, META) from error
    return tuple(dict.fromkeys(_file_by_meta(csar, "Other-Definitions", name, problems) for name in names))


def _meta_block(data: bytes, problems: Problems) -> dict[str, str]:
    """Return block_0 of TOSCA.meta, keys in lower case (§ 16.2 of TOSCA 1.0)."""
    block: dict[str, str] = {}
    key = ""
    for number, line in enumerate(_meta_lines(data, problems), start=1):
        if not line.strip():
            if block:
                break
        elif line.startswith(" ") and key:
            block[key] += line[1:]
        else:
            key = _meta_pair(line, number, block, problems)
    return {name: value.strip() for name, value in block.items()}


def _meta_lines(data: bytes, problems: Problems) -> list[str]:
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise refuse(problems, "csar-meta-syntax", "found bytes that are no UTF-8, expected text", META) from error


def _meta_pair(line: str, number: int, block: dict[str, str], problems: Problems) -> str:
    name, colon, value = line.partition(":")
    key = name.strip().lower()
    if not colon or key in block:
        found = "a key that occurred before" if colon else "no colon"
        message = f"line {number}: found {line!r} ({found}), expected 'name: value'"
        raise refuse(problems, "csar-meta-syntax", message, META)
    block[key] = value
    return key
