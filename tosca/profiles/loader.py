"""The normative types of a version → a namespace to begin with.

Place in the flow: `tosca.parser` starts the names of every parse from here.  A profile is TOSCA like any other and goes
through the same phases, once per process and version.  The folder of 1.1 is the base; that of another version holds
what the version has otherwise: its types take the place of those of the same name, and a name that its aliases lead
away from is no type of it.
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
LAYERS = {(1, 0): ("1.1", "1.0"), (1, 1): ("1.1",), (1, 2): ("1.1", "1.2"), (1, 3): ("1.1", "1.2", "1.3")}
_ALIASES = "aliases.yaml"


@functools.cache
def profile(version: tuple[int, int] = (1, 1)) -> Namespace:
    """Return the namespace of a version's normative types; callers copy it."""
    problems = Problems()
    namespace = Namespace()
    for folder in LAYERS[version]:
        units = [_unit(folder, name, problems) for name in _files(folder) if name != _ALIASES]
        namespace = collect(units, namespace, problems)
        _shorten(namespace)
        _add_aliases(namespace, folder, problems)
    derive(namespace, problems)
    inherit(namespace, problems)
    if len(problems):
        raise ToscaError("; ".join(str(problem) for problem in problems))
    return namespace


def _files(folder: str) -> list[str]:
    entries = resources.files("tosca.profiles").joinpath(folder).iterdir()
    return sorted(entry.name for entry in entries if entry.name.endswith(".yaml"))


def _load(folder: str, name: str) -> tuple[bytes, str]:
    return resources.files("tosca.profiles").joinpath(folder).joinpath(name).read_bytes(), f"profile {folder}/{name}"


def _unit(folder: str, name: str, problems: Problems) -> Unit:
    document = load(*_load(folder, name), problems)
    if document is None:
        raise ToscaError("; ".join(str(problem) for problem in problems))
    reading = Reading(problems, document.file)
    return Unit(document, read_service_template(document.root, reading), reading)


def _shorten(namespace: Namespace) -> None:
    for kind in KINDS:
        for name in namespace.entries[kind]:
            short = name.removeprefix(PREFIXES[kind])
            namespace.aliases[kind] |= {short: name, f"tosca:{short}": name}


def _add_aliases(namespace: Namespace, folder: str, problems: Problems) -> None:
    if _ALIASES not in _files(folder):
        return
    document = load(*_load(folder, _ALIASES), problems)
    root = document.root if document else None
    for kind in KINDS:
        table = root.entries.get(kind) if isinstance(root, Map) else None
        for alias, target in table.entries.items() if isinstance(table, Map) else ():
            if isinstance(target, Scalar):
                _lead(namespace, kind, alias, target.text)


def _lead(namespace: Namespace, kind: Kind, alias: str, target: str) -> None:
    """Let a name lead to a type, and with it all names that led to the type that bore it."""
    aliases = namespace.aliases[kind]
    if namespace.entries[kind].pop(alias, None) is not None:
        aliases |= {other: target for other, name in aliases.items() if name == alias}
    aliases |= {alias: target, f"tosca:{alias}": target}
