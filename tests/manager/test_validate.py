"""``ditrit validate``: what is printed, in which form, and the exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from manager.cli import main
from manager.validation import validation
from tests.manager import sarif_schema

Csar = Callable[..., bytes]
EXAMPLES = Path(__file__).parents[2] / "example"
HEAD = "tosca_definitions_version: tosca_simple_yaml_1_1\n"
WRONG = HEAD + "topology_template:\n  node_templates:\n    server: {type: tosca.nodes.Compte}\n"
LENIENT = HEAD + "topology_template:\n  node_templates:\n    app: {type: SoftwareComponent}\n"


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def validate(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["validate", *arguments])


def sarif(*arguments: str) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(validate(*arguments, "--format", "sarif").stdout)
    jsonschema.validate(log, sarif_schema.LOG)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def written(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_problem_is_printed_as_a_compiler_prints_it() -> None:
    ended = validate(str(written("sub/service.yaml", WRONG)))

    first, last = ended.stdout.splitlines()
    assert first == (
        "sub/service.yaml:4:14: error: found 'tosca.nodes.Compte', expected the name of a node type; "
        "did you mean 'tosca.nodes.Compute'? [unknown-type] at topology_template.node_templates.server.type"
    )
    assert last == "sub/service.yaml: 1 error(s), 0 warning(s)"
    assert ended.exit_code == 1


def test_the_file_of_a_problem_can_be_opened_however_the_archive_was_named(tmp_path: Path) -> None:
    written("csar/nested/Definitions/service.yaml", WRONG)
    written("csar/nested/TOSCA-Metadata/TOSCA.meta", "Entry-Definitions: Definitions/service.yaml\n")
    written("apart/service.yaml", HEAD + "imports: [../types.yaml]\n")
    written("types.yaml", HEAD + "node_types: {my.Type: {derived_from: tosca.nodes.Rot}}\n")

    for named in ("csar", str(tmp_path / "csar"), "csar/../csar", "apart/service.yaml", "./apart/service.yaml"):
        place = next(line for line in validate(named).stdout.splitlines() if "unknown-type" in line)
        file = place.partition(":")[0]
        assert Path(file).is_file(), place
        assert os.path.isabs(file) == os.path.isabs(named)


def test_problems_are_sorted_by_file_line_and_column() -> None:
    text = WRONG.replace("    server", "    app: {type: SoftwareComponent, requirments: []}\n    server")
    found = json.loads(validate(str(written("service.yaml", text)), "--json").stdout)["service.yaml"]

    assert len(found) > 1
    assert found == sorted(found, key=lambda item: (item["line"], item["column"]))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("good.yaml",), 0),
        (("lenient.yaml",), 0),
        (("lenient.yaml", "--strict"), 1),
        (("good.yaml", "--strict"), 0),
        (("good.yaml", "wrong.yaml"), 1),
        (("wrong.yaml", "--format", "sarif"), 1),
        (("wrong.yaml", "--json"), 1),
        (("lenient.yaml", "--format", "sarif"), 0),
        (("good.yaml", "--format", "xml"), 2),
        (("good.yaml", "--json", "--format", "sarif"), 2),
        (("nowhere.yaml",), 2),
        ((), 2),
    ],
)
def test_the_exit_code_tells_errors_from_misuse(arguments: tuple[str, ...], code: int) -> None:
    written("good.yaml", HEAD)
    written("lenient.yaml", LENIENT)
    written("wrong.yaml", WRONG)

    assert validate(*arguments).exit_code == code


def test_strict_makes_errors_of_leniencies_and_of_nothing_else() -> None:
    loose, strict = (
        json.loads(validate(str(EXAMPLES / "legacy"), "--json", *more).stdout).popitem()[1]
        for more in ((), ("--strict",))
    )

    assert {item["severity"] for item in loose} == {"warning"}
    assert strict == [item | {"severity": "error"} for item in loose]


def test_the_format_json_is_what_json_prints() -> None:
    path = str(written("wrong.yaml", WRONG))

    assert validate(path, "--format", "json").stdout == validate(path, "--json").stdout


def test_an_archive_that_is_named_twice_is_checked_once() -> None:
    path = str(written("wrong.yaml", WRONG))

    assert validate(path, path).stdout == validate(path).stdout
    assert len(sarif(path, path)["results"]) == 1


def test_sarif_holds_all_archives_in_one_run_with_a_rule_for_each_code() -> None:
    run = sarif(str(written("wrong.yaml", WRONG)), str(written("lenient.yaml", LENIENT)))

    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["unknown-type", "unassigned-host"]
    assert [rule["defaultConfiguration"]["level"] for rule in rules] == ["error", "warning"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert run["artifacts"][place["index"]]["location"]["uri"] == place["uri"]
    first, second = run["results"]
    assert first["level"] == "error"
    assert second["level"] == "warning"
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "wrong.yaml", "uriBaseId": "%SRCROOT%", "index": 0},
                "region": {"startLine": 4, "startColumn": 14},
            },
            "logicalLocations": [{"fullyQualifiedName": "topology_template.node_templates.server.type"}],
        }
    ]


def test_sarif_of_what_is_right_has_no_results() -> None:
    assert sarif(str(written("good.yaml", HEAD)))["results"] == []


def test_sarif_names_a_file_in_a_zip_as_an_artifact_within_it(csar: Csar, template: str) -> None:
    Path("a b.zip").write_bytes(csar(template.replace("tosca.nodes.Compute", "tosca.nodes.Compte")))
    run = sarif("a b.zip")

    assert run["artifacts"] == [
        {"location": {"uri": "a%20b.zip", "uriBaseId": "%SRCROOT%"}},
        {"location": {"uri": "/service.yaml"}, "parentIndex": 0},
    ]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "/service.yaml", "index": 1}
    assert place["region"]["startLine"] == 7


def test_sarif_has_a_place_for_what_is_wrong_with_an_archive_as_a_whole() -> None:
    Path("junk.zip").write_bytes(b"junk")
    (result,) = sarif("junk.zip")["results"]

    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "junk.zip", "uriBaseId": "%SRCROOT%", "index": 0}}}
    ]


def test_sarif_names_what_lies_elsewhere_by_its_full_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written("wrong.yaml", WRONG).absolute()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert [item["location"]["uri"] for item in sarif(str(path))["artifacts"]] == [path.as_uri()]


def test_sarif_has_a_rule_for_what_only_weaving_finds() -> None:
    nodes = "a: {type: SoftwareComponent, requirements: [{dependency: b}]}"
    nodes += "\n    b: {type: SoftwareComponent, requirements: [{dependency: a}]}"
    run = sarif(str(written("cycle.yaml", f"{HEAD}topology_template:\n  node_templates:\n    {nodes}\n")))

    assert "weaving-cycle" in [rule["id"] for rule in run["tool"]["driver"]["rules"]]


@pytest.mark.parametrize(
    ("steps", "code", "message"),
    [
        (
            "s: { target: a, activities: [ { delegate: w } ] }",
            "unrunnable-step",
            "found delegate 'w', the types of a declare",
        ),
        (
            "s: { target: a, on_failure: [ t ] }, t: { target: a, on_success: [ s ] }",
            "weaving-cycle",
            "waits for itself",
        ),
    ],
)
def test_a_workflow_that_cannot_be_run_is_an_error(steps: str, code: str, message: str) -> None:
    body = "topology_template:\n  node_templates: { a: { type: tosca.nodes.Compute } }\n"
    text = f"{HEAD}{body}  workflows: {{ w: {{ steps: {{ {steps} }} }} }}\n"
    ended = validate(str(written("service.yaml", text)))

    assert ended.exit_code == 1
    assert message in ended.stdout
    assert f"[{code}]" in ended.stdout


NODES = """\
topology_template:
  node_templates:
    a:
      type: tosca.nodes.Root
      {a}
    b:
      type: tosca.nodes.Root
      requirements:
        - dependency: a
"""
LOOP = "requirements: [ { dependency: b } ]"
LOOPS = ("10:11 node_templates.b", "6:25 node_templates.a")
TRIES = "metadata: { ditrit.retries: many }"
COUNT = "capabilities: { scalable: { properties: { default_instances: { get_input: n } } } }"
POLICY = """\
  policies:
    - p: { type: tosca.policies.Root, targets: [ a ], metadata: { ditrit.restart: perhaps } }
"""
WORKFLOW = """\
  workflows:
    w: { steps: { s: { target: a, activities: [ { delegate: w } ] } } }
"""


@pytest.mark.parametrize(
    ("own", "more", "places"),
    [
        (
            LOOP,
            "",
            [f"{place}.requirements[0].dependency" for place in ("10:11 node_templates.b", "6:25 node_templates.a")],
        ),
        (TRIES, "", ["6:19 node_templates.a.metadata.ditrit.retries"]),
        ("", POLICY, ["12:67 policies[0].p.metadata.ditrit.restart"]),
        ("", WORKFLOW, ["12:19 workflows.w.steps.s"]),
    ],
)
def test_what_only_weaving_finds_is_told_once_and_where_it_stands(own: str, more: str, places: list[str]) -> None:
    """Install and uninstall wait for themselves in opposite ways: that is two things."""
    found = validation(written("service.yaml", HEAD + NODES.format(a=own) + more)).problems
    errors = [one for one in found if one["severity"] == "error"]

    told = [f"{one['line']}:{one['column']} {one['path'].removeprefix('topology_template.')}" for one in errors]
    assert told == places
    assert {one["file"] for one in errors} == {"service.yaml"}


def test_a_number_of_instances_that_is_none_is_told_where_it_stands() -> None:
    nodes = NODES.format(a=COUNT).replace("a:\n      type: tosca.nodes.Root", "a:\n      type: tosca.nodes.Compute")
    inputs = "  inputs: { n: { type: integer, default: -1 } }\n"
    problems = validation(written("service.yaml", HEAD + nodes + inputs)).problems

    assert [(one["line"], one["column"]) for one in problems if one["code"] == "scaling"] == [(6, 35)]
