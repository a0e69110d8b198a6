"""Whatever stands in a template and in those that stand for its nodes: it is read or refused, and written as it is."""

from __future__ import annotations

import random

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tosca.archives import META, zipped
from tests.tosca.test_robustness import mutated
from tests.tosca.writing.test_document import again
from tosca import open_csar, parse

HEAD = "tosca_definitions_version: tosca_simple_yaml_1_3\n"
TYPES = (
    HEAD
    + """\
node_types:
  Database:
    derived_from: Root
    properties: { size: { type: integer, default: 1 }, label: { type: string, required: false } }
    attributes: { address: { type: string }, port: { type: integer } }
    capabilities: { service: Endpoint, room: tosca.capabilities.Container, scalable: Scalable }
    requirements:
      - link: { capability: Endpoint, relationship: ConnectsTo, occurrences: [ 0, 1 ] }
  Cache: { derived_from: Database }
  Program:
    derived_from: Root
    properties: { size: { type: integer, default: 7 }, label: { type: string, required: false } }
    attributes: { port: { type: integer } }
    capabilities: { service: Endpoint, room: tosca.capabilities.Container, scalable: Scalable }
    requirements:
      - link: { capability: Endpoint, relationship: ConnectsTo, occurrences: [ 0, 1 ] }
      - database: { capability: Endpoint, relationship: ConnectsTo, occurrences: [ 0, 3 ] }
      - host: { capability: tosca.capabilities.Container, relationship: HostedOn, occurrences: [ 0, 1 ] }
"""
)
ENTRY = (
    HEAD
    + """\
imports: [ types.yaml, inner.yaml, cache.yaml ]
topology_template:
  inputs: { n: { type: integer, default: 3 } }
  node_templates:
    a:
      type: Program
      requirements:
        - database: { node: db, capability: service }
        - host: db
        - dependency: db
      interfaces:
        Standard:
          operations:
            create:
              inputs:
                x: { get_attribute: [ SELF, database, address ] }
                y: { concat: [ { get_property: [ db, label ] }, { get_attribute: [ HOST, port ] } ] }
    db:
      type: Database
      directives: [ substitute ]
      properties: { size: { get_input: n }, label: { get_property: [ SELF, link, label ] } }
      capabilities: { scalable: { properties: { default_instances: 2 } } }
      requirements: [ { link: { node: z, capability: service } } ]
      node_filter: { properties: [ { size: { less_than: 9 } } ] }
    z: { type: Program, properties: { label: zed } }
  groups: { g: { type: tosca.groups.Root, members: [ db, z ] } }
  policies: [ { p: { type: tosca.policies.Scaling, targets: [ db ] } } ]
  workflows:
    w: { steps: { s: { target: db, activities: [ { call_operation: Standard.stop } ] } } }
  outputs: { o: { type: integer, value: { get_attribute: [ db, port ] } } }
"""
)
INNER = (
    HEAD
    + """\
imports: [ types.yaml ]
topology_template:
  inputs: { size: { type: integer }, text: { type: string, default: t } }
  outputs:
    where: { type: string, value: { concat: [ { get_attribute: [ cache, address ] }, { get_input: text } ] } }
  substitution_mappings:
    node_type: Database
    properties: { size: [ size ], label: { mapping: [ text ] } }
    attributes: { address: [ where ], port: [ p, port ] }
    capabilities: { service: [ cache, service ], room: [ p, room ], scalable: [ p, scalable ] }
    requirements: { link: [ q, link ] }
    substitution_filter: { properties: [ { size: { greater_than: 1 } } ] }
  node_templates:
    p: { type: Program, properties: { size: { get_input: size } } }
    q: { type: Program, requirements: [ { database: { node: p, capability: service } } ] }
    cache: { type: Cache, directives: [ substitute ], properties: { label: { get_input: text } } }
  groups: { g: { type: tosca.groups.Root, members: [ p, cache ] } }
  policies:
    - s:
        type: tosca.policies.Scaling
        targets: [ g, cache ]
        triggers: { t: { event: e, action: [ { inline: v } ] } }
  workflows:
    v: { inputs: { size: { type: integer } }, steps: { s: { target: cache, activities: [ { set_state: x } ] } } }
"""
)
CACHE = (
    HEAD
    + """\
imports: [ types.yaml ]
topology_template:
  inputs: { label: { type: string } }
  outputs: { address: { value: { get_input: label } } }
  substitution_mappings:
    node_type: Cache
    capabilities: { service: [ c, service ] }
  node_templates:
    c:
      type: Program
      interfaces: { Standard: { operations: { create: { inputs: { x: { get_input: label } } } } } }
"""
)
DOCUMENTS = {"main.yaml": ENTRY, "inner.yaml": INNER, "cache.yaml": CACHE, "types.yaml": TYPES}


def survives(files: dict[str, str]) -> bool:
    csar = open_csar(zipped({"TOSCA-Metadata/TOSCA.meta": META.format(entry="main.yaml"), **files}))
    found = parse(csar)
    assert (found.service_template is None) == bool(found.problems.errors)
    for problem in found.problems:
        assert problem.message
        assert problem.file in DOCUMENTS, problem
        assert problem.line > 0, problem
    if found.service_template is None:
        return False
    assert again(csar, found)[0].service_template == found.service_template
    return True


def test_the_documents_that_are_mutated_are_valid_themselves() -> None:
    assert survives(DOCUMENTS)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_documents_with_parts_replaced_removed_or_moved_do_no_harm(seed: int) -> None:
    draw = random.Random(seed)
    name = draw.choice(("main.yaml", "inner.yaml", "cache.yaml"))

    survives(DOCUMENTS | {name: yaml.safe_dump(mutated(draw, DOCUMENTS[name]))})
