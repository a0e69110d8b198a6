"""Problems as SARIF 2.1.0, which code hosts and editors read.

Place in the flow: `manager.validation` → **log** → ``ditrit validate --format sarif``.  Section numbers are those of
SARIF.  A file inside a zip is an artifact that is nested in the zip's (3.24.3): its URI leads from the zip's root.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from manager.validation import NOBODY, Validation
from tosca.codes import CODES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "%SRCROOT%"


def log(validations: Iterable[Validation]) -> dict[str, Any]:
    """One run over all archives."""
    run = _Run()
    for found in validations:
        for item in found.problems:
            run.add(found, item)
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run.to_dict()]}


class _Run:
    """Collects results, with the rules and artifacts that they point at (3.14)."""

    def __init__(self) -> None:
        self._rules: dict[str, int] = {}
        self._artifacts: dict[tuple[str, int | None], int] = {}
        self._results: list[dict[str, Any]] = []

    def add(self, found: Validation, item: dict[str, Any]) -> None:
        code = item["code"]
        self._results.append(
            {
                "ruleId": code,
                "ruleIndex": self._rules.setdefault(code, len(self._rules)),
                "level": item["severity"],
                "message": {"text": item["message"]},
                "locations": [self._location(found, item)],
            }
        )

    def to_dict(self) -> dict[str, Any]:
        driver = {"name": "ditrit", "version": version("ditrit-workflows"), "rules": [_rule(c) for c in self._rules]}
        return {
            "tool": {"driver": driver},
            "invocations": [{"executionSuccessful": True}],
            "columnKind": "unicodeCodePoints",
            "artifacts": [_artifact(uri, parent) for uri, parent in self._artifacts],
            "results": self._results,
        }

    def _location(self, found: Validation, item: dict[str, Any]) -> dict[str, Any]:
        physical: dict[str, Any] = {"artifactLocation": self._place(found, item["file"])}
        if item["line"] > 0:
            physical["region"] = {"startLine": item["line"], "startColumn": max(item["column"], 1)}
        location: dict[str, Any] = {"physicalLocation": physical}
        if item["path"]:
            location["logicalLocations"] = [{"fullyQualifiedName": item["path"]}]
        return location

    def _place(self, found: Validation, file: str) -> dict[str, Any]:
        inside = found.zipped and file not in ("", NOBODY)
        uri = _uri(str(found.path) if inside else found.place(file))
        index = self._index(uri, None)
        if inside:
            uri = "/" + quote(Path(found.place(file)).relative_to(found.path).as_posix())
            index = self._index(uri, index)
        return _artifact_location(uri) | {"index": index}

    def _index(self, uri: str, parent: int | None) -> int:
        return self._artifacts.setdefault((uri, parent), len(self._artifacts))


def _rule(code: str) -> dict[str, Any]:
    """A kind of problem (3.49); the weaver's have no entry in the table of codes."""
    known = CODES.get(code)
    if known is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": known.meaning},
        "defaultConfiguration": {"level": known.severity},
    }


def _artifact(uri: str, parent: int | None) -> dict[str, Any]:
    return {"location": _artifact_location(uri)} | ({} if parent is None else {"parentIndex": parent})


def _artifact_location(uri: str) -> dict[str, Any]:
    """Relative paths are so from the folder in which the command ran (3.4.4)."""
    return {"uri": uri} if uri.startswith(("/", "file:")) else {"uri": uri, "uriBaseId": BASE}


def _uri(path: str) -> str:
    """What lies below the working directory is told relative to it, whatever the user wrote (3.10)."""
    full = Path(path).absolute()
    return quote(full.relative_to(Path.cwd()).as_posix()) if full.is_relative_to(Path.cwd()) else full.as_uri()
