"""All that is wrong with what a user names: a CSAR, a folder, or a YAML file with the files that it names.

Place in the flow: path on the command line → archive → parsed, woven, counted → **problems** → `manager.commands`, or
`manager.sarif`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.weaving import workflow_of
from manager.archives import Gathered, gathered
from manager.errors import Invalid
from manager.soundness import weaving_mode, woven
from tosca import Csar, CsarError, Parsed, open_csar, parse
from tosca.codes import WARNINGS
from tosca.model import ServiceTemplate
from tosca.problems import Problem, Problems

NOBODY = "CSAR"  # what a problem of the archive as a whole names as its file


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found: problems by file, line and column; and what the archive means, as far as it could be read."""

    path: Path
    folder: str  # where the archive's members lie, as the user would say it; a zip is a folder for this
    zipped: bool
    problems: list[dict[str, Any]] = field(default_factory=list)
    csar: Csar | None = None
    parsed: Parsed | None = None

    @property
    def template(self) -> ServiceTemplate | None:
        return self.parsed.service_template if self.parsed is not None else None

    @property
    def errors(self) -> int:
        return sum(item["severity"] == "error" for item in self.problems)

    def place(self, file: str) -> str:
        """The path of one of the archive's files, from where the user stands."""
        return os.path.normpath(Path(self.folder, file)) if file not in ("", NOBODY) else str(self.path)


def validation(path: Path, *, beyond: bool = True, strict: bool = False) -> Validation:
    """Check an archive: the zip, the template and its workflows; a strict check takes leniencies for errors."""
    found = _validation(path, lambda: gathered(path, beyond=beyond))
    return replace(found, problems=_strictly(found.problems)) if strict else found


def checked(path: Path, archive: Gathered) -> Validation:
    """Check an archive that was made already."""
    return _validation(path, lambda: archive)


def _validation(path: Path, archived: Callable[[], Gathered]) -> Validation:
    folder, zipped = str(path), False
    try:
        archive = archived()
        folder, zipped = _folder(path, archive), archive.folder is None
        csar = open_csar(archive.data)
    except CsarError as error:
        return Validation(path, folder, zipped, _in_order(error.problems))
    parsed = parse(csar)
    found = _in_order(parsed.problems)
    if parsed.service_template is not None:
        found += _woven(parsed.service_template, parsed.problems)
    return Validation(path, os.path.join(folder, csar.top), zipped, found, csar, parsed)


def _folder(path: Path, archive: Gathered) -> str:
    """Where the members lie, in the way in which the user named the archive."""
    if archive.folder is None or path.is_dir():
        return str(path)
    return str(archive.folder) if path.is_absolute() else os.path.relpath(archive.folder)


def _in_order(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """As one reads: files as they were first met, in each of them by line and column."""
    files: dict[str, int] = {}
    found = [(files.setdefault(item.file, len(files)), item.line, item.column, item) for item in problems]
    return [item.to_dict() for *_, item in sorted(found, key=lambda place: place[:3])]


def _strictly(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item | {"severity": "error"} if item["code"] in WARNINGS else item for item in found]


def _woven(template: ServiceTemplate, problems: Problems) -> list[dict[str, Any]]:
    try:
        mode = weaving_mode(template, None)
    except Invalid as error:
        return error.problems
    errors, warnings = woven(template, problems, lambda workflow: workflow_of(template, workflow, mode))
    return errors + warnings
