"""Large documents, and many of them, are read or refused in a time that grows with their size."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.tosca.archives import META, parsed, zipped
from tosca import Parsed, open_csar, parse

HEAD = "tosca_definitions_version: tosca_simple_yaml_1_3\n"
LONG = "x" * 10_000_000
NODE = HEAD + "topology_template: { node_templates: { a: { type: %s } } }\n"
TYPED = """\
node_types: { my.T: { derived_from: Root, properties: { p: { type: %s, required: false } } } }
topology_template: { node_templates: { a: { type: my.T, properties: { p: %s } } } }
"""


def web(size: int) -> dict[str, str]:
    """Files that import each other: ahead, back, themselves, and by ways that meet again."""

    def file(number: int) -> str:
        others = [number, number + 1, number - 1, 2 * number, 3 * number + 1, number // 2, size - number]
        imports = "".join(f"  - file: types{other % size}.yaml\n" for other in others)
        parent = "tosca.nodes.Root" if number == 0 else f"my.T{number // 2}"
        return f"{HEAD}imports:\n{imports}node_types: {{ my.T{number}: {{ derived_from: {parent} }} }}\n"

    return {f"lib/types{number}.yaml": file(number) for number in range(size)}


def parsed_web(size: int) -> Parsed:
    return parsed(f"{HEAD}imports: [ lib/types0.yaml ]\n{NODE.removeprefix(HEAD) % f'my.T{size - 1}'}", web(size))


def seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def test_a_web_of_300_files_that_import_each_other_is_read_once() -> None:
    found = parsed_web(300)

    assert not list(found.problems)
    assert found.service_template is not None
    assert found.service_template.node_templates["a"].lineage[:3] == ("my.T299", "my.T149", "my.T74")


def test_a_web_of_imports_is_read_in_linear_time() -> None:
    parsed_web(10)  # the profile is read once
    small = min(seconds(lambda: parsed_web(150)) for _ in range(3))

    assert seconds(lambda: parsed_web(1500)) < 40 * small


def test_a_scalar_of_10_megabytes_is_read_where_text_may_stand() -> None:
    start = time.process_time()

    assert parsed(f"{HEAD}description: {LONG}\n").service_template is not None
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "document",
    [
        NODE % LONG,
        f"tosca_definitions_version: {LONG}\n",
        f"{HEAD}imports: [ {LONG} ]\n",
        f"{HEAD}node_types: {{ a: {{ derived_from: {LONG} }} }}\n",
        NODE % f"Root, requirements: [ {{ dependency: {LONG} }} ]",
        NODE % f"Root, interfaces: {{ Standard: {{ create: {'y/' * 5_000_000}x.sh }} }}",
        NODE % f"Root, description: {{ get_input: {LONG} }}",
        f"{HEAD}topology_template: {{ node_templates: {{ a: {{ ? {LONG}\n : 1 }} }} }}\n",
        *(
            HEAD + TYPED % (kind, text)
            for kind in ("integer", "float", "timestamp", "version", "scalar-unit.size", "boolean", "range", "list")
            for text in (LONG, "9" * 10_000_000)
        ),
    ],
    ids=lambda document: document.replace(HEAD, "")[:40],
)
def test_a_scalar_of_10_megabytes_is_refused_quickly_and_not_repeated_in_the_message(document: str) -> None:
    start = time.process_time()
    problems = parsed(document).problems

    assert time.process_time() - start < 3
    assert problems.errors
    assert all(len(problem.message) < 2000 and len(problem.path) < 2000 for problem in problems)


def test_aliases_that_stand_for_megabytes_are_counted_and_not_copied() -> None:
    """A thousand aliases of one long scalar are a thousand nodes; of a long list, too many."""
    lines = "".join(f"  k{number}: *long\n" for number in range(1000))
    start = time.process_time()

    assert parsed(f"{HEAD}metadata:\n  a: &long {'x' * 1_000_000}\n{lines}").service_template is not None
    numbers = ", ".join(["1"] * 100_000)
    (problem,) = parsed(f"{HEAD}metadata:\n  a: &long [ {numbers} ]\n{lines}").problems.errors
    assert (problem.code, problem.file) == ("yaml-limit", "main.yaml")
    assert time.process_time() - start < 5


@pytest.mark.parametrize("file", ["main.yaml", "types.yaml", "TOSCA-Metadata/TOSCA.meta"])
def test_a_byte_order_mark_changes_nothing(file: str) -> None:
    files = {
        "TOSCA-Metadata/TOSCA.meta": META.format(entry="main.yaml"),
        "main.yaml": HEAD + "imports: [ types.yaml ]\ntopology_template: { node_templates: { a: { type: my.T } } }\n",
        "types.yaml": HEAD + "node_types: { my.T: { derived_from: tosca.nodes.Root } }\n",
    }
    plain = parse(open_csar(zipped(dict(files))))
    marked = parse(open_csar(zipped(files | {file: "\ufeff" + files[file]})))

    assert plain.service_template is not None
    assert marked.service_template == plain.service_template
    assert list(marked.problems) == list(plain.problems) == []


@pytest.mark.parametrize("nested", ["", "shop/"])
@pytest.mark.parametrize(
    "meta",
    [
        "TOSCA-Meta-File-Version: 1.0\nCSAR-Version: 1.1\nCreated-By: a test\nEntry-Definitions: defs/main.yaml\n",
        """\
TOSCA-Meta-File-Version: 1.1
CSAR-Version: 1.1
Created-By: a test
Entry-Definitions: defs/main.yaml
Other-Definitions: defs/other.yaml "defs/with blank.yaml"

Name: defs/other.yaml
Content-Type: text
""",
    ],
)
def test_both_versions_of_the_meta_file_are_read_also_in_a_folder(meta: str, nested: str) -> None:
    files: dict[str, str | bytes] = {
        "TOSCA-Metadata/TOSCA.meta": meta,
        "defs/main.yaml": HEAD + "imports: [ ../lib/types.yaml ]\ntopology_template:\n"
        "  node_templates: { a: { type: my.T, interfaces: { Standard: { create: ../run.sh } } } }\n",
        "lib/types.yaml": HEAD + "node_types: { my.T: { derived_from: tosca.nodes.Root } }\n",
        "defs/other.yaml": HEAD,
        "defs/with blank.yaml": HEAD,
        "run.sh": "#!/bin/sh\n",
    }
    csar = open_csar(zipped({nested + name: content for name, content in files.items()}))
    found = parse(csar)

    assert csar.entry == "defs/main.yaml"
    assert [problem.code for problem in found.problems] == ["csar-nested-folder"] * bool(nested)
    assert found.service_template is not None
    implementation = (
        found.service_template.node_templates["a"].interfaces["Standard"].operations["create"].implementation
    )
    assert implementation is not None
    assert implementation.primary == "run.sh"
