"""The types known: those of the standard's profile and those that models bring.

Place in the flow: service templates → **list of types** → `manager.api.library`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from tosca import open_csar, parse
from tosca.model import NodeType, RelationshipType, ServiceTemplate

EMPTY = "tosca_definitions_version: tosca_simple_yaml_1_1\n"


def types(models: Iterable[tuple[str, ServiceTemplate]]) -> list[dict[str, Any]]:
    """Each type once, by name, with the models that know it beyond the profile or use it."""
    found = {item["name"]: item for item in _described(_profile())}
    for model, template in models:
        used = _used(template)
        for item in _described(template):
            known = found.setdefault(item["name"], item)
            if item["name"] in used:
                known["models"].append(model)
    return [found[name] for name in sorted(found)]


def _described(template: ServiceTemplate) -> Iterator[dict[str, Any]]:
    yield from _kind("node", template.node_types)
    yield from _kind("relationship", template.relationship_types)


def _kind(kind: str, known: Mapping[str, NodeType] | Mapping[str, RelationshipType]) -> Iterator[dict[str, Any]]:
    for name, type_ in known.items():
        yield {
            "name": name,
            "kind": kind,
            "derived_from": type_.lineage[1] if len(type_.lineage) > 1 else None,
            "description": type_.description,
            "models": [],
        }


def _used(template: ServiceTemplate) -> set[str]:
    nodes = template.node_templates.values()
    return {node.type for node in nodes} | {edge.type for node in nodes for edge in node.relationships}


@cache
def _profile() -> ServiceTemplate:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("empty.yaml", EMPTY)
    template = parse(open_csar(buffer.getvalue())).service_template
    return template or ServiceTemplate("tosca_simple_yaml_1_1")
