"""Entries with a node that is to be substituted, and templates that stand for it: for the tests of the phase."""

from __future__ import annotations

from typing import Any

from tests.tosca.archives import META, zipped
from tests.tosca.writing.test_document import again
from tosca import Parsed, open_csar, parse
from tosca.model import Function, NodeTemplate, ServiceTemplate, Value

TYPES = """\
node_types:
  Base:
    derived_from: Root
    properties:
      size: { type: integer, default: 1 }
      label: { type: string, required: false }
      tags: { type: map, entry_schema: string, required: false }
    attributes: { address: { type: string }, port: { type: integer } }
    capabilities: { service: Endpoint, room: tosca.capabilities.Container, scalable: Scalable }
    requirements:
      - base: { capability: tosca.capabilities.Container, occurrences: [ 0, 1 ] }
      - link: { capability: Endpoint, relationship: ConnectsTo, occurrences: [ 0, 1 ] }
  Database: { derived_from: Base }
  Fast: { derived_from: Database }
  Named: { derived_from: Root, capabilities: { endpoint: Endpoint } }
  Program:
    derived_from: Root
    properties: { size: { type: integer, default: 7 }, label: { type: string, required: false } }
    attributes: { port: { type: integer }, own: { type: string } }
    capabilities: { service: Endpoint, room: tosca.capabilities.Container, scalable: Scalable }
    requirements:
      - link: { capability: Endpoint, relationship: ConnectsTo, occurrences: [ 0, 1 ] }
      - database: { capability: Endpoint, relationship: ConnectsTo, occurrences: [ 0, 3 ] }
      - host: { capability: tosca.capabilities.Container, relationship: HostedOn, occurrences: [ 0, 1 ] }
    interfaces: { Standard: { type: tosca.interfaces.node.lifecycle.Standard } }
"""
HEAD = "tosca_definitions_version: tosca_simple_yaml_{}\n"
ENTRY = "imports: [ types.yaml, inner.yaml{} ]\ntopology_template:\n"
INNER = "imports: [ types.yaml ]\ntopology_template:\n"
ASKED = "    db: {{ type: {}, directives: [ substitute ]{} }}\n"


def document(text: str, version: str = "1_3") -> str:
    return HEAD.format(version) + text


def parse_all(entry: str, inner: str, version: str = "1_3", types: str = TYPES, **more: str) -> tuple[Any, Parsed]:
    """Parse an entry, which is the body of a topology, beside one that may stand for nodes of it, and others."""
    names = "".join(f", {name}.yaml" for name in more)
    files: dict[str, str | bytes] = {
        "TOSCA-Metadata/TOSCA.meta": META.format(entry="main.yaml"),
        "types.yaml": document(types, version),
        "main.yaml": document(ENTRY.format(names) + entry, version),
        "inner.yaml": document(INNER + inner, version),
        "run.sh": "#!/bin/sh\n",
    }
    files |= {f"{name}.yaml": document(INNER + text, version) for name, text in more.items()}
    csar = open_csar(zipped(files))
    return csar, parse(csar)


def replaced(entry: str, inner: str, version: str = "1_3", **more: str) -> ServiceTemplate:
    """The service template, which written as one document means the same."""
    csar, found = parse_all(entry, inner, version, **more)
    assert found.service_template is not None, [str(problem) for problem in found.problems]
    second, _ = again(csar, found)
    assert second.service_template == found.service_template
    return found.service_template


def errors(entry: str, inner: str, version: str = "1_3", **more: str) -> list[tuple[str, str, int, str]]:
    _, found = parse_all(entry, inner, version, **more)
    return [(problem.code, problem.file, problem.line, problem.message) for problem in found.problems.errors]


def inner(body: str = "", mappings: str = "", node_type: str = "Database", inputs: str = "") -> str:
    return (
        f"  inputs: {{ {inputs} }}\n  node_templates:\n    p: {{ type: Program }}\n    q: {{ type: Program }}\n{body}"
        f"  substitution_mappings: {{ node_type: {node_type}, {mappings} }}\n"
    )


def nodes(text: str) -> str:
    return "  node_templates:\n" + text


def ways(node: NodeTemplate) -> list[tuple[str, str, str | None]]:
    return [(way.name, way.target, way.capability) for way in node.relationships]


def call(name: str, *arguments: Value) -> Function:
    return Function(name, arguments)


def input_of(template: ServiceTemplate, node: str, name: str = "x") -> Value:
    return template.node_templates[node].interfaces["Standard"].operations["create"].inputs[name]


def reader(value: str, name: str = "a", more: str = "") -> str:
    """A program whose operation reads a value."""
    operation = f"interfaces: {{ Standard: {{ operations: {{ create: {{ inputs: {{ x: {value} }} }} }} }} }}"
    return f"    {name}: {{ type: Program, {operation}{more} }}\n"


CLIENT = "    a: {{ type: Program, requirements: [ {} ] }}\n"
OUTPUTS = "  outputs: { where: { value: { concat: [ { get_attribute: [ p, own ] }, x ] } } }\n"
MAPPED = "attributes: { address: [ where ], port: [ q, port ] }, capabilities: { service: [ q, service ] }"
WHERE = call("concat", call("get_attribute", "db/p", "own"), "x")
