"""Phase 1: the archive → its template files, read.

The entry definitions, the other definitions that TOSCA.meta names and, transitively, what they import; each file once,
loops do no harm.  Only files of the archive are read.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TypeAlias

from tosca.csar import Csar
from tosca.entities.base import Reading
from tosca.entities.service_template import (
    TOP_LEVEL_METADATA,
    UNINTERPRETED,
    ServiceTemplateDefinition,
    read_service_template,
)
from tosca.nodes import Document, Map, Scalar, is_null
from tosca.phases.imports import Imports
from tosca.problems import Problems
from tosca.versions import KNOWN, version_of, version_of_other
from tosca.yaml import load

# A path, the namespace prefix that it is imported with, and the importing file's version.
_Waiting: TypeAlias = tuple[str, str | None, tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Unit:
    """A file that was read."""

    document: Document
    definition: ServiceTemplateDefinition
    reading: Reading
    prefixes: set[str] = field(default_factory=set)  # namespace prefixes that it was imported with


def read(csar: Csar, problems: Problems) -> list[Unit]:
    """Read the entry definitions, the first unit, the other definitions, and all that they import."""
    units: dict[str, Unit] = {}
    imports = Imports(csar, problems)
    waiting: deque[_Waiting] = deque((path, None, None) for path in (csar.entry, *csar.others))
    while waiting:
        path, prefix, version = waiting.popleft()
        if path not in units:
            unit = _read_file(csar, path, version, problems)
            if unit is None:
                problems.doubt_names()
                continue
            units[path] = unit
            for statement in unit.definition.imports:
                found = imports.path(statement, unit.document.file, unit.definition)
                if found is not None:
                    waiting.append((found, statement.namespace_prefix, unit.reading.version))
        if prefix:
            units[path].prefixes.add(prefix)
    return list(units.values())


def _read_file(csar: Csar, path: str, importer: tuple[int, int] | None, problems: Problems) -> Unit | None:
    document = load(csar.read(path), path, problems)
    if document is None:
        return None
    if type(document.root) is not Map:
        problems.report(
            "wrong-shape", "found no map at the top of the file, expected a service template", document.root
        )
        return None
    version = _version(document.root, importer, problems)
    reading = Reading(problems, path, version or (1, 3))
    if version is None:
        return None
    unit = Unit(document, read_service_template(document.root, reading), reading)
    _warn(document.root, path != csar.entry, problems)
    return unit


def _version(root: Map, importer: tuple[int, int] | None, problems: Problems) -> tuple[int, int] | None:
    keyname = "tosca_definitions_version"
    node = root.entries.get(keyname)
    if is_null(node) or node is None:
        if importer is None:
            problems.report("missing-keyname", f"found no {keyname!r}, expected one of {', '.join(KNOWN)}", root)
        return importer
    stated = node.text if type(node) is Scalar else f"a {node.shape}"
    version = version_of(stated) or version_of_other(stated)
    if version is not None and version_of(stated) is None:
        message = f"found {stated!r}, expected one of {', '.join(KNOWN)}; read as the version that it adds to"
        problems.report("other-language", message, root, keyname)
    if version is None:
        message = f"found {stated!r}, expected one of {', '.join(KNOWN)}{problems.near(stated, KNOWN)}"
        problems.report("unknown-version", message, root, keyname)
    return version


def _warn(root: Map, imported: bool, problems: Problems) -> None:
    for keyname in TOP_LEVEL_METADATA:
        if keyname in root.entries:
            problems.report("top-level-metadata", f"found {keyname!r}, expected it in 'metadata'", root, keyname)
    topology = root.entries.get("topology_template")
    if imported and type(topology) is Map and topology.entries:
        if not is_null(topology.entries.get("substitution_mappings")):
            return  # it may stand for a node
        message = "found a topology template beside that of the entry, expected types or a substitution; it is left out"
        problems.report("not-interpreted", message, root, "topology_template")
    elif type(topology) is Map:
        for keyname in UNINTERPRETED:
            targeted = keyname == "groups" and not is_null(topology.entries.get("workflows"))
            if not is_null(topology.entries.get(keyname)) and not targeted:
                message = f"found {keyname!r}, which is read but does not change the deployment"
                problems.report("not-interpreted", message, topology, keyname)
