"""All mistakes of a document are told in one go, and none of them twice in other words."""

from __future__ import annotations

import re
import time

import pytest

from tests.tosca.archives import parsed
from tests.tosca.mistaken import HEAD, MISTAKEN


@pytest.mark.parametrize("text", MISTAKEN.values(), ids=MISTAKEN)
def test_every_mistake_is_told_once_and_nothing_else(text: str) -> None:
    document = HEAD + text.lstrip("\n")
    marks = [(number, re.search(r"# !([\w -]+)$", line)) for number, line in enumerate(document.splitlines(), 1)]
    expected = [(number, code) for number, mark in marks if mark for code in mark[1].split()]

    found = [(problem.line, problem.code) for problem in parsed(document).problems.errors]

    assert sorted(found) == sorted(expected)


def test_mistakes_in_an_imported_file_and_in_the_one_that_imports_it_are_told_together() -> None:
    other = HEAD + "node_types:\n  my.Web: { derived_from: tosca.nodes.WebServer, properties: { a: { type: txt } } }\n"
    text = HEAD + "imports: [ other.yaml ]\ntopology_template:\n  node_templates:\n    web: { type: my.Wb }\n"

    found = parsed(text, {"other.yaml": other}).problems.errors

    assert [(problem.file, problem.line, problem.code) for problem in found] == [
        ("other.yaml", 3, "unknown-type"),
        ("main.yaml", 5, "unknown-type"),
    ]


def test_an_imported_file_that_is_no_yaml_hides_its_types_only() -> None:
    text = HEAD + "imports: [ other.yaml ]\ntopology_template:\n  node_templates:\n    web: { type: my.Web, port: 8 }\n"

    found = parsed(text, {"other.yaml": "a: [ b\n"}).problems.errors

    assert [(problem.file, problem.code) for problem in found] == [
        ("other.yaml", "yaml-syntax"),
        ("main.yaml", "unknown-keyname"),
    ]


def test_thousands_of_mistakes_are_told_in_linear_time() -> None:
    """Each doubts its own template; what is told later must not be compared with all of them."""

    def duration(count: int) -> float:
        nodes = "".join(f"    n{i}: {{ type: my.T{i}, colour: red }}\n" for i in range(count))
        start = time.perf_counter()
        assert len(parsed(f"{HEAD}topology_template:\n  node_templates:\n{nodes}").problems.errors) == 2 * count
        return time.perf_counter() - start

    duration(200)
    assert duration(4000) < 40 * max(duration(400), 0.05)


TYPED = {
    "node_templates: { x: %s }": "node template",
    "relationship_templates: { x: %s }": "relationship template",
    "groups: { x: %s }": "group",
    "policies: [ { x: %s } ]": "policy",
}


@pytest.mark.parametrize("said", ["", "{}", "{ type: '' }", "{ type: }", "{ description: x }"])
@pytest.mark.parametrize("where", TYPED)
def test_a_template_that_names_no_type_is_a_mistake_and_never_taken_for_one_of_some_type(where: str, said: str) -> None:
    found = parsed(f"{HEAD}topology_template:\n  {where % said}\n")

    assert found.service_template is None
    (error,) = found.problems.errors
    assert (error.code, error.line) == ("missing-keyname", 3)
    assert error.message == f"found a {TYPED[where]} without 'type', expected it"
