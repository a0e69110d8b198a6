"""``ditrit diff``: what would change."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from manager.archives import gathered
from manager.difference import Change, Side, differences, totals
from tosca import open_csar, parse

TYPES = """\
tosca_definitions_version: tosca_simple_yaml_1_3
node_types:
  t.Node:
    derived_from: tosca.nodes.Root
    properties:
      port: { type: integer, default: 80 }
      key: { type: string, required: false, metadata: { secret: true } }
"""
TOPOLOGY = """\
topology_template:
  inputs: { size: { type: integer, default: 1 } }
  node_templates:
    a: { type: t.Node, interfaces: { Standard: { create: a.sh } } }
    b: { type: t.Node, properties: { port: 1, key: open-sesame }, requirements: [ { dependency: a } ] }
  outputs: { port: { value: { get_property: [ b, port ] } } }
"""


def written(folder: Path, text: str = TYPES + TOPOLOGY, script: str = "echo a\n") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "a.sh").write_text(script)
    (folder / "b.sh").write_text(script)
    (folder / "service.yaml").write_text(text)
    return folder / "service.yaml"


def side(path: Path) -> Side:
    csar = open_csar(gathered(path).data)
    found = parse(csar)
    assert found.service_template is not None, [str(problem) for problem in found.problems.errors]
    return Side(csar, found)


def changes(tmp_path: Path, old: str, new: str) -> list[Change]:
    text = TYPES + TOPOLOGY
    assert old in text
    return differences(side(written(tmp_path / "1")), side(written(tmp_path / "2", text.replace(old, new))))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    b: {", "    c: { type: t.Node }\n    b: {", [("added", "node template", "c")]),
        ("port: 1,", "port: 2,", [("changed", "property", "b.port")]),
        ("{ dependency: a }", "", [("removed", "relationship", "b.dependency")]),
        (
            "create: a.sh",
            "start: a.sh",
            [
                ("removed", "operation", "a.Standard.create.implementation"),
                ("added", "operation", "a.Standard.start.implementation"),
            ],
        ),
        ("size: { type: integer, default: 1 }", "", [("removed", "input", "size")]),
        ("[ b, port ]", "[ a, port ]", [("changed", "output", "port.value.get_property")]),
        (
            "create: a.sh",
            "create: { implementation: b.sh }",
            [("changed", "operation", "a.Standard.create.implementation.primary.file")],
        ),
        ("  outputs:", "  # what it tells\n  outputs:", []),
    ],
)
def test_each_change_is_told_by_what_it_is_of(
    tmp_path: Path, old: str, new: str, expected: list[tuple[str, str, str]]
) -> None:
    found = [(c.change, c.of, c.name) for c in changes(tmp_path, old, new)]
    assert [item for item in found if item[1] != "file"] == expected


def test_a_type_that_changes_is_told_with_what_follows(tmp_path: Path) -> None:
    found = {(c.of, c.name): (c.was, c.becomes) for c in changes(tmp_path, "default: 80", "default: 81")}
    assert found == {
        ("type", "t.Node.properties.port.default"): (80, 81),
        ("property", "a.port"): (80, 81),
    }


def test_what_means_the_same_does_not_differ(tmp_path: Path) -> None:
    longer = TYPES + TOPOLOGY.replace("{ dependency: a }", "{ dependency: { node: a } }").replace(
        "create: a.sh", "create: { implementation: { primary: a.sh } }"
    )
    assert differences(side(written(tmp_path / "1")), side(written(tmp_path / "2", longer + "# by me\n"))) == []


def test_the_contents_of_files_count(tmp_path: Path) -> None:
    found = differences(side(written(tmp_path / "1")), side(written(tmp_path / "2", script="echo b\n")))
    assert found == [Change("changed", "file", "a.sh")]
    assert totals(found) == {"added": 0, "removed": 0, "changed": 1}


def test_secrets_are_compared_and_not_shown(tmp_path: Path) -> None:
    assert changes(tmp_path, "open-sesame", "close-sesame") == [Change("changed", "property", "b.key", "***", "***")]


@pytest.fixture
def ditrit(variables: dict[str, str], server: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "manager.cli", *arguments]
        environment = {**variables, "DITRIT_SERVER": server}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_an_archive_is_compared_with_what_was_uploaded(ditrit: Any, tmp_path: Path, name: str) -> None:
    file = written(tmp_path / "1")
    assert ditrit("csar", "push", str(file), "--model", name).returncode == 0
    equal = ditrit("diff", name, str(file))
    assert (equal.returncode, equal.stdout) == (0, f"{file} against {name}: no difference\n")
    file.write_text(file.read_text().replace("port: 1,", "port: 2,"))
    differing = ditrit("diff", name, str(file))
    assert differing.returncode == 1
    assert differing.stdout == f"~ property b.port: 1 → 2\n{file} against {name}: 1 changed\n"
    told = json.loads(ditrit("diff", name, str(file), "--json").stdout)
    assert (told["equal"], told["changes"][0]["becomes"]) == (False, 2)
    assert ditrit("diff", name + "x", str(file)).returncode == 1
    file.write_text(TYPES + "topology_template: { node_templates: { a: { type: nothing } } }\n")
    wrong = ditrit("diff", name, str(file))
    assert (wrong.returncode, "unknown-type" in wrong.stderr) == (1, True)
