"""The topology of a service template, as JSON and as a Graphviz document.

Place in the flow: service template → **graph** → `manager.api.model`, ``ditrit graph``.
"""

from __future__ import annotations

import json
from typing import Any

from tosca.model import Relationship, ServiceTemplate


def topology(model: str, template: ServiceTemplate) -> dict[str, Any]:
    """Node templates and relationships."""
    nodes = template.node_templates.values()
    return {
        "model": model,
        "node_templates": [{"name": node.name, "type": node.type} for node in nodes],
        "relationships": [
            {
                "name": edge.name,
                "requirement": edge.requirement,
                "type": edge.type,
                "source": edge.source,
                "target": edge.target,
                "hosted_on": edge.hosted_on,
            }
            for node in nodes
            for edge in node.relationships
        ],
    }


def dot(model: str, template: ServiceTemplate) -> str:
    """The same for Graphviz; a dashed arrow leads to the host."""
    lines = [f"digraph {quoted(model)} {{", "  rankdir=TB;", "  node [shape=box];"]
    nodes = template.node_templates.values()
    lines += [f"  {quoted(node.name)} [tooltip={quoted(node.type)}];" for node in nodes]
    lines += [_arrow(edge) for node in nodes for edge in node.relationships]
    return "\n".join([*lines, "}", ""])


def _arrow(edge: Relationship) -> str:
    style = ", style=dashed" if edge.hosted_on else ""
    return f"  {quoted(edge.source)} -> {quoted(edge.target)} [label={quoted(edge.requirement)}{style}];"


def quoted(text: str) -> str:
    """A name as Graphviz reads it."""
    return json.dumps(text, ensure_ascii=False)
