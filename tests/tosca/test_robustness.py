"""Mutated documents never crash the parser: it returns a service template or problems, never raises."""

from __future__ import annotations

import contextlib
import copy
import io
import random
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz.structure import places
from tests.tosca.archives import zipped
from tests.tosca.examples import standard
from tests.tosca.provoked import PROVOCATIONS
from tosca import CsarError, open_csar, parse

RICH = """\
tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ other.yaml ]
repositories: { r: { url: http://x } }
artifact_types: { at: { derived_from: tosca.artifacts.Implementation, file_ext: [ x ] } }
data_types:
  dt: { derived_from: Root, properties: { a: { type: list, entry_schema: { type: dt } }, b: { type: range } } }
  di: { derived_from: integer, constraints: [ { in_range: [ 1, 9 ] } ] }
capability_types: { ct: { derived_from: Endpoint, properties: { x: { type: di, required: false } } } }
interface_types: { it: { derived_from: tosca.interfaces.Root, inputs: { i: { type: string } }, op: {} } }
relationship_types:
  rt:
    derived_from: ConnectsTo
    valid_target_types: [ ct ]
    interfaces: { it: { type: it, op: a.sh } }
    workflow:
      install:
        source_weaving: [ { after: created, wait_target: started, activity: it.op } ]
        target_weaving: [ { before: started, after_source: created } ]
group_types: { gt: { derived_from: tosca.groups.Root, properties: { z: { type: string } }, members: [ nt ] } }
policy_types:
  pt:
    derived_from: Scaling
    targets: [ gt, nt ]
    triggers: { t: { event: e, action: w, condition: { period: 1 m } } }
node_types:
  nt:
    derived_from: SoftwareComponent
    properties: { p: { type: dt, required: false }, q: { type: version, default: 1.0 } }
    attributes: { z: { type: map, entry_schema: string } }
    capabilities: { c: { type: ct, occurrences: [ 0, UNBOUNDED ], valid_source_types: [ nt ] }, scalable: Scalable }
    requirements: [ { r: { capability: ct, node: nt, relationship: { type: rt }, occurrences: [ 0, 2 ] } } ]
    artifacts: { art: { file: a.sh, type: Bash } }
    interfaces: { Standard: { type: Standard, inputs: { i: { type: integer, default: 1 } }, create: art } }
    workflows: { install: { steps: { s: { activities: [ { set_state: a }, { call_operation: it.op } ] } } } }
topology_template:
  inputs: { n: { type: integer, default: 2, constraints: [ { valid_values: [ 1, 2 ] } ] } }
  node_templates:
    h: { type: Compute, capabilities: { scalable: { properties: { default_instances: 2, max_instances: 3 } } } }
    a:
      type: nt
      properties: { p: { a: [ { b: [ 1, 2 ], a: [] } ], b: [ 1, UNBOUNDED ] } }
      attributes: { z: { k: v } }
      requirements: [ { host: h }, { r: { node: b, capability: c, relationship: l } } ]
      interfaces: { Standard: { operations: { stop: { implementation: { primary: a.sh, timeout: 3 s } } } } }
    b: { copy: a, requirements: [ { host: { node: h } } ] }
    f:
      type: nt
      directives: [ select ]
      node_filter: { properties: [ { q: { greater_than: 0.1 } } ] }
      artifacts: { art: { deploy_path: /x } }
      properties: { p: { a: [], b: [ 1, 2 ] }, q: { get_property: [ a, q ] } }
      requirements:
        - host: { node_filter: { capabilities: [ { host: { properties: [ { mem_size: { less_than: 3 } } ] } } ] } }
  relationship_templates: { l: { type: rt, interfaces: { it: { inputs: { i: { get_input: n } }, op: a.sh } } } }
  groups: { g: { type: gt, members: [ a ], properties: { z: x } } }
  policies: [ { p: { type: pt, targets: [ g, a ], triggers: { u: { event: f, action: [ { inline: w } ] } } } } ]
  substitution_mappings:
    node_type: nt
    properties: { q: 1.0 }
    attributes: { z: [ o ] }
    capabilities: { c: [ a, c ] }
    requirements: { r: [ a, r ] }
    interfaces: { Standard: { create: w } }
    substitution_filter: { properties: [ { q: { greater_than: 0.1 } } ], capabilities: [ { c: { properties: [] } } ] }
  workflows:
    w:
      inputs: { i: { type: dt, required: false } }
      preconditions: [ { target: a, condition: [ { not: [ { state: [ { equal: x } ] } ] } ] } ]
      steps:
        s:
          target: a
          filter: [ { or: [ { assert: [ { state: [ x ] } ] }, { and: [ { z: [ { max_length: 3 } ] } ] } ] } ]
          activities:
            - call_operation: { operation: Standard.stop, inputs: { i: { get_input: i } } }
            - set_state: y
          on_success: [ t ]
        t: { target: a, target_relationship: r, operation_host: SOURCE, on_failure: [ s ] }
  outputs: { o: { value: { concat: [ { get_attribute: [ SELF, x ] }, { token: [ a, b, 0 ] } ] } } }
"""
DATA = yaml.safe_load(RICH)
REPLACEMENTS: list[Any] = [None, "", "x", 0, -1, True, [], {}, [[]], {"": {}}, ["a", {"b": None}], {"a": {"b": ["c"]}}]
OTHER = "tosca_definitions_version: tosca_simple_yaml_1_1\nimports: [ main.yaml ]\n"


def survives(text: str | bytes) -> None:
    files = {"TOSCA-Metadata/TOSCA.meta": "Entry-Definitions: main.yaml\n", "other.yaml": OTHER, "a.sh": "#!/bin/sh\n"}
    found = parse(open_csar(zipped({**files, "main.yaml": text})))

    assert (found.service_template is None) == bool(found.problems.errors)
    for problem in found.problems:
        assert problem.message
        assert problem.file in ("main.yaml", "other.yaml"), problem
        assert problem.line > 0


def mutated(draw: random.Random, text: str = RICH) -> Any:
    document = yaml.safe_load(text)
    for _ in range(draw.randint(1, 3)):
        container, key = draw.choice(places(document))
        kind = draw.randrange(4)
        if kind == 0:
            container[key] = copy.deepcopy(draw.choice(REPLACEMENTS))
        elif kind == 1:
            del container[key]
        elif kind == 2 and isinstance(container, dict):
            container[draw.choice(("type", "derived_from", "default", "get_input", "<<", "x"))] = container[key]
        else:
            other, name = draw.choice(places(document))
            container[key] = yaml.safe_load(yaml.safe_dump(other[name]))
    return document


def test_the_document_that_is_mutated_is_valid_itself() -> None:
    files = {"TOSCA-Metadata/TOSCA.meta": "Entry-Definitions: main.yaml\n", "other.yaml": OTHER, "a.sh": ""}
    problems = parse(open_csar(zipped({**files, "main.yaml": RICH}))).problems

    assert not problems.errors, [str(problem) for problem in problems]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_a_document_with_parts_replaced_removed_or_moved_does_no_harm(seed: int) -> None:
    survives(yaml.safe_dump(mutated(random.Random(seed))))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_text_with_characters_replaced_does_no_harm(data: st.DataObject) -> None:
    text = RICH
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        text = text[:at] + data.draw(st.sampled_from(list(":{}[]&*!|>'\"%@,#- \n\t\x00\u2028aé1"))) + text[at + 1 :]
    survives(text)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_do_no_harm(data: bytes) -> None:
    survives(data)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_an_archive_with_bytes_replaced_is_read_or_refused(data: st.DataObject) -> None:
    archive = bytearray(zipped(standard()))
    for _ in range(data.draw(st.integers(1, 4))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(CsarError):
        parse(open_csar(bytes(archive)))


def test_every_line_of_every_provocation_may_be_missing() -> None:
    for provocation in PROVOCATIONS.values():
        lines = io.StringIO(provocation.document).readlines()
        for number in range(len(lines)):
            survives("".join(lines[:number] + lines[number + 1 :]))
