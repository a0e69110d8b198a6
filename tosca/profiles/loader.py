"""The normative types → a namespace to begin with.

Place in the flow: `tosca.parser` starts the names of every parse from here.  The profile is TOSCA like any other and
goes through the same phases, once per process.  Versions 1.0 to 1.3 share the types of 1.1; names that only another
version uses are aliases.
"""

from __future__ import annotations

import functools
from importlib import resources

from tosca.definitions import Kind
from tosca.entities.base import Reading
from tosca.entities.service_template import read_service_template
from tosca.errors import ToscaError
from tosca.nodes import Map, Scalar
from tosca.phases.hierarchies import derive
from tosca.phases.inheritance import inherit
from tosca.phases.namespaces import KINDS, Namespace, collect
from tosca.phases.read import Unit
from tosca.problems import Problems
from tosca.yaml import load

PREFIXES: dict[Kind, str] = {kind: f"tosca.{kind}s." for kind in KINDS} | {
    "data": "tosca.datatypes.",
    "capability": "tosca.capabilities.",
    "policy": "tosca.policies.",
}
_FOLDER = "1.1"
_ALIASES = "aliases.yaml"


@functools.cache
def profile() -> Namespace:
    """Return the namespace of the normative types; callers copy it."""
    problems = Problems()
    units = [_unit(name, problems) for name in _files() if name != _ALIASES]
    namespace = collect(units, Namespace(), problems)
    derive(namespace, problems)
    _add_aliases(namespace, problems)
    inherit(namespace, problems)
    if len(problems):
        raise ToscaError("; ".join(str(problem) for problem in problems))
    return namespace


def _files() -> list[str]:
    folder = resources.files("tosca.profiles").joinpath(_FOLDER)
    return sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def _load(name: str) -> tuple[bytes, str]:
    return resources.files("tosca.profiles").joinpath(_FOLDER).joinpath(name).read_bytes(), f"profile {_FOLDER}/{name}"


def _unit(name: str, problems: Problems) -> Unit:
    document = load(*_load(name), problems)
    if document is None:
        raise ToscaError("; ".join(str(problem) for problem in problems))
    reading = Reading(problems, document.file)
    return Unit(document, read_service_template(document.root, reading), reading)


def _add_aliases(namespace: Namespace, problems: Problems) -> None:
    for kind in KINDS:
        for name in namespace.entries[kind]:
            short = name.removeprefix(PREFIXES[kind])
            namespace.aliases[kind] |= {short: name, f"tosca:{short}": name}
    document = load(*_load(_ALIASES), problems)
    root = document.root if document else None
    for kind in KINDS:
        table = root.entries.get(kind) if isinstance(root, Map) else None
        for alias, target in table.entries.items() if isinstance(table, Map) else ():
            if isinstance(target, Scalar):
                namespace.aliases[kind] |= {alias: target.text, f"tosca:{alias}": target.text}
