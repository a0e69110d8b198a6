"""What differs between two archives, by what they mean: copies, imports and short notations make no difference.

Place in the flow: two parsed archives → **changes** → ``ditrit diff``.  Both are compared as the one document in which
everything is said (`tosca.writing.document`), and by the contents of the files in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from engine.masking import Mask
from manager.inputs import completed
from manager.secrets import secret_texts
from tosca import Csar, Parsed
from tosca.writing.document import normalized

Path = tuple[str, ...]
ABSENT = object()
TOPOLOGY, NODES = "topology_template", "node_templates"
OF_NODES = {
    "properties": "property",
    "attributes": "attribute",
    "capabilities": "capability",
    "requirements": "relationship",
    "interfaces": "operation",
    "artifacts": "artifact",
}
OF_TOPOLOGY = {
    "inputs": "input",
    "outputs": "output",
    "groups": "group",
    "policies": "policy",
    "workflows": "workflow",
    "relationship_templates": "relationship template",
    "substitution_mappings": "substitution",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: ``change`` is added, removed or changed, ``of`` says of what."""

    change: str
    of: str
    name: str
    was: Any = None
    becomes: Any = None


@dataclass(frozen=True, slots=True)
class Side:
    """An archive that has no error."""

    csar: Csar
    parsed: Parsed


def differences(was: Side, becomes: Side) -> list[Change]:
    """All that the second has otherwise than the first; secrets that stand in them are hidden."""
    mask = Mask([*_secrets(was), *_secrets(becomes)])
    found = [*_documents(_document(was), _document(becomes)), *_files(was.csar, becomes.csar)]
    return [Change(c.change, c.of, c.name, mask.value(c.was), mask.value(c.becomes)) for c in found]


def _secrets(side: Side) -> list[str]:
    template = side.parsed.service_template
    return [] if template is None else secret_texts(template, completed(template, {}))


def _document(side: Side) -> Any:
    return _named(yaml.load(normalized(side.csar, side.parsed), yaml.CSafeLoader))


def _named(value: Any) -> Any:
    """Lists of maps with one key each, as requirements are written, as maps: their entries have names."""
    if isinstance(value, Mapping):
        return {str(key): _named(item) for key, item in value.items()}
    if isinstance(value, list) and value and all(isinstance(item, Mapping) and len(item) == 1 for item in value):
        found: dict[str, Any] = {}
        for item in value:
            ((name, entry),) = item.items()
            free = next(key for key in _numbered(str(name)) if key not in found)
            found[free] = _named(entry)
        return found
    return value


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}.{number}" for number in range(1, 1 << 30))


def _documents(was: Any, becomes: Any, path: Path = ()) -> Iterator[Change]:
    if isinstance(was, Mapping) and isinstance(becomes, Mapping):
        for key in dict.fromkeys([*was, *becomes]):
            yield from _documents(was.get(key, ABSENT), becomes.get(key, ABSENT), (*path, key))
    elif was is ABSENT and _is_section(path, becomes):
        yield from _documents({}, becomes, path)
    elif becomes is ABSENT and _is_section(path, was):
        yield from _documents(was, {}, path)
    elif was is ABSENT:
        yield Change("added", *_said(path), becomes=becomes)
    elif becomes is ABSENT:
        yield Change("removed", *_said(path), was=was)
    elif was != becomes:
        yield Change("changed", *_said(path), was, becomes)


def _is_section(path: Path, value: Any) -> bool:
    """Whether what stands there is a collection of things, each of which is told by itself."""
    within_node = path[:2] == (TOPOLOGY, NODES) and (len(path) == 4 and path[3] in OF_NODES)
    return isinstance(value, Mapping) and bool(value) and (_depth(path) or within_node)


def _depth(path: Path) -> bool:
    return len(path) == 1 or (len(path) == 2 and path[0] == TOPOLOGY)


def _said(path: Path) -> tuple[str, str]:
    """Of what something is, and its name."""
    if path[0] != TOPOLOGY:
        return ("type", ".".join(path[1:])) if path[0].endswith("_types") else ("template", ".".join(path))
    section = path[1] if len(path) > 1 else ""
    if section != NODES or len(path) < 3:
        return OF_TOPOLOGY.get(section, "topology"), ".".join(path[2:]) or section
    if len(path) > 4 and path[3] in OF_NODES:
        return OF_NODES[path[3]], ".".join((path[2], *path[4:]))
    return "node template", ".".join(path[2:])


def _files(was: Csar, becomes: Csar) -> Iterator[Change]:
    """Files that templates do not consist of: what operations run, and what they need."""
    before, after = _others(was), _others(becomes)
    for name in sorted(before - after):
        yield Change("removed", "file", name)
    for name in sorted(after - before):
        yield Change("added", "file", name)
    for name in sorted(before & after):
        if was.read(name) != becomes.read(name):
            yield Change("changed", "file", name)


def _others(csar: Csar) -> set[str]:
    return {name for name in csar.names if not _is_definition(csar, name)}


def _is_definition(csar: Csar, name: str) -> bool:
    if name.startswith("TOSCA-Metadata/"):
        return True
    return name.endswith((".yaml", ".yml")) and b"tosca_definitions_version" in csar.read(name)


def totals(changes: Iterable[Change]) -> dict[str, int]:
    """How many there are of each kind."""
    found = {"added": 0, "removed": 0, "changed": 0}
    for change in changes:
        found[change.change] += 1
    return found
