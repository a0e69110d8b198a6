"""What is parsed, written as one normalized document and parsed again, is the same service template."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tosca.archives import META, parsed, zipped
from tests.tosca.examples import loose, standard
from tests.tosca.provoked import PROVOCATIONS
from tests.tosca.test_robustness import OTHER, RICH, mutated
from tosca import Csar, Parsed, open_csar, parse
from tosca.writing.document import normalized

EXAMPLES = Path(__file__).parents[3] / "example"
ENTRY = {"TOSCA-Metadata/TOSCA.meta": META.format(entry="main.yaml")}
HEAD = "tosca_definitions_version: tosca_simple_yaml_1_3\n"
RICHES = {**ENTRY, "other.yaml": OTHER, "a.sh": "#!/bin/sh\n"}


def again(csar: Csar, found: Parsed) -> tuple[Parsed, str]:
    """Write what was parsed, and parse it in the archive's place."""
    text = normalized(csar, found)
    files: dict[str, str | bytes] = {name: csar.read(name) for name in csar.names}
    files |= {"TOSCA-Metadata/TOSCA.meta": META.format(entry="normalized.yaml"), "normalized.yaml": text}
    written = open_csar(zipped(files))
    second = parse(written)
    assert not second.problems.errors, [str(problem) for problem in second.problems.errors]
    assert normalized(written, second) == text
    return second, text


def is_fixed(archive: Path | bytes) -> str:
    csar = open_csar(archive)
    found = parse(csar)
    assert found.service_template is not None, [str(problem) for problem in found.problems.errors]
    second, text = again(csar, found)
    assert second.service_template == found.service_template
    return text


@pytest.mark.parametrize("name", ["appli", "legacy", "minimal", "substitution"])
def test_an_example_means_the_same(name: str) -> None:
    is_fixed(EXAMPLES / name)


@pytest.mark.parametrize("files", [loose(), standard()])
def test_the_reference_example_means_the_same(files: Mapping[str, str | bytes]) -> None:
    is_fixed(zipped(files))


def test_a_document_with_all_constructs_means_the_same() -> None:
    is_fixed(zipped({**RICHES, "main.yaml": RICH}))


@pytest.mark.parametrize("code", PROVOCATIONS)
def test_whatever_is_read_with_a_warning_means_the_same(code: str) -> None:
    provocation = PROVOCATIONS[code]
    if parsed(provocation.document, provocation.files).service_template is not None:
        is_fixed(zipped({**ENTRY, **provocation.files, "main.yaml": provocation.document}))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_is_left_of_a_document_when_parts_are_moved_means_the_same(seed: int) -> None:
    archive = zipped({**RICHES, "main.yaml": yaml.safe_dump(mutated(random.Random(seed)))})
    if parse(open_csar(archive)).service_template is not None:
        is_fixed(archive)


@pytest.mark.parametrize("minor", [0, 1, 2, 3])
def test_each_version_keeps_its_own_types(minor: int) -> None:
    text = f"tosca_definitions_version: tosca_simple_yaml_1_{minor}\n"
    text += "topology_template: { node_templates: { a: { type: Compute }, b: { type: WebServer, requirements:\n"
    is_fixed(zipped({"main.yaml": f"{text} [ {{ host: a }} ] }} }} }}\n"}))


FOLDERS: dict[str, str | bytes] = {
    "TOSCA-Metadata/TOSCA.meta": META.format(entry="defs/main.yaml"),
    "defs/main.yaml": HEAD
    + """\
imports: [ { file: ../lib/types.yaml, namespace_prefix: lib } ]
topology_template:
  node_templates:
    a:
      type: lib:my.Web
      properties: { ports: [ 80, 443 ], version: 1.10, text: "1.10", odd: "yes" }
      interfaces: { Standard: { start: own.sh } }
      requirements: [ { peer: { node: b, relationship: { type: lib:my.Reads, properties: { rate: 3 } } } } ]
    b: { copy: a, requirements: [] }
""",
    "defs/own.sh": "#!/bin/sh\n",
    "lib/types.yaml": HEAD
    + """\
imports: [ deeper/scripts.yaml ]
relationship_types: { my.Reads: { derived_from: ConnectsTo, properties: { rate: { type: integer } } } }
node_types:
  my.Web:
    derived_from: my.Scripted
    properties:
      ports: { type: list, entry_schema: { type: integer, constraints: [ in_range: [ 1, 65535 ] ] } }
      version: { type: version, constraints: [ { valid_values: [ 1.10, 1.2 ] } ] }
      text: { type: string, constraints: [ { max_length: 4 } ], default: "007" }
      odd: { type: string, constraints: [ { valid_values: [ "yes", no, "a, b" ] } ] }
      memory: { type: scalar-unit.size, default: 1 GB, constraints: [ { greater_than: 1 MB } ] }
    requirements: [ { peer: { capability: tosca.capabilities.Node, relationship: my.Reads, occurrences: [ 0, 3 ] } } ]
""",
    "lib/deeper/scripts.yaml": HEAD
    + """\
node_types:
  my.Scripted:
    derived_from: tosca.nodes.Root
    interfaces: { Standard: { create: ../run.sh, configure: { implementation: here.sh, inputs: { x: &x 1 } } } }
    artifacts: { data: { file: here.sh, type: tosca.artifacts.File } }
    workflows: { install: { steps: { s: { activities: [ { set_state: x }, { call_operation: Standard.create } ] } } } }
""",
    "lib/run.sh": "#!/bin/sh\n",
    "lib/deeper/here.sh": "#!/bin/sh\n",
}


@pytest.mark.parametrize("nested", ["", "shop/"])
def test_files_in_many_folders_become_one_document_at_the_root(nested: str) -> None:
    text = is_fixed(zipped({nested + name: content for name, content in FOLDERS.items()}))

    assert "imports" not in text
    assert "copy:" not in text
    assert "lib:" not in text
    assert "file: lib/deeper/here.sh" in text


def test_types_of_the_standard_are_left_to_its_version() -> None:
    text = is_fixed(zipped({"main.yaml": HEAD + "topology_template: { node_templates: { a: { type: Compute } } }\n"}))

    assert "_types:" not in text


def test_what_has_errors_cannot_be_written() -> None:
    csar = open_csar(zipped({"main.yaml": HEAD + "node_types: []\n"}))

    with pytest.raises(ValueError, match="found no service template"):
        normalized(csar, parse(csar))
