"""``ditrit graph``: topologies and woven workflows, drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from engine.weaving import weave
from manager.cli import main
from manager.steps import steps
from tosca import open_csar, parse

EXAMPLES = Path(__file__).parents[2] / "example"
APPLI = str(EXAMPLES / "appli")
SVG = "{http://www.w3.org/2000/svg}"
HEAD = "tosca_definitions_version: tosca_simple_yaml_1_1\ntopology_template:\n  node_templates:\n"


def graph(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["graph", *arguments])


def drawn(*arguments: str) -> ElementTree.Element:
    ended = graph(*arguments)
    assert ended.exit_code == 0, ended.output
    return ElementTree.fromstring(ended.stdout)


def titles(root: ElementTree.Element, tag: str) -> list[str]:
    found = [element.find(f"{SVG}title") for element in root.iter(f"{SVG}{tag}")]
    return [title.text or "" for title in found if title is not None]


def test_a_topology_is_drawn_with_its_nodes_and_relationships() -> None:
    root = drawn(APPLI)

    assert len(titles(root, "g")) == 8
    paths = titles(root, "path")
    assert len(paths) == 8
    assert sum("HostedOn" in title for title in paths) == 4


def test_nodes_of_which_there_are_several_say_how_many() -> None:
    counts = [element.text for element in drawn(APPLI).iter(f"{SVG}text") if element.get("class") == "count"]

    assert sorted(str(count)[1:] for count in counts) == ["2", "3", "3"]


def test_an_arrow_leads_from_one_box_to_the_other() -> None:
    root = drawn(APPLI)
    boxes = {}
    for group in root.iter(f"{SVG}g"):
        rect, text = group.find(f"{SVG}rect"), group.find(f"{SVG}text")
        assert rect is not None
        assert text is not None
        boxes[text.text] = [float(rect.attrib[name]) for name in ("x", "y", "width", "height")]
    for path in root.iter(f"{SVG}path"):
        title = path.find(f"{SVG}title")
        if title is not None and "A.connection:" in str(title.text):
            way = path.attrib["d"].replace("M", "").replace("C", "").replace(",", " ").split()
            start, end = (float(way[0]), float(way[1])), (float(way[-2]), float(way[-1]))
            x, y, width, height = boxes["A"]
            assert start == (x + width, y + height / 2)
            x, y, width, height = boxes["B"]
            assert end == (x, y + height / 2)
            return
    pytest.fail("there is no arrow from A to B")


def test_a_workflow_is_drawn_with_the_steps_of_each_node_and_what_they_wait_for() -> None:
    root = drawn(APPLI, "--workflow", "install")
    boxes, arrows = titles(root, "g"), titles(root, "path")

    assert boxes.count("state started") == 8
    assert "tosca.interfaces.node.lifecycle.Standard.create: scripts/component/create.sh" in boxes
    assert "A: creating waits for srvA to be started" in arrows


def test_steps_that_have_nothing_to_run_look_different() -> None:
    root = drawn(str(EXAMPLES / "minimal"), "--workflow", "deploy")
    idle = [group for group in root.iter(f"{SVG}g") if group.get("class") == "step idle"]

    assert idle
    assert all("nothing to run" in str(group.findtext(f"{SVG}title")) for group in idle)


def woven(path: str, workflow: str) -> Any:
    template = parse(open_csar(Path(path))).service_template
    assert template is not None
    return weave(template, workflow)


@pytest.mark.parametrize("workflow", ["install", "uninstall"])
def test_every_wait_of_a_woven_workflow_is_an_arrow(workflow: str) -> None:
    found = woven(APPLI, workflow)
    last = {node: len(sequence) for node, sequence in found.sequences.items()}
    rows = [row for listed in found.rows.values() for row in listed]
    waits = [row for row in rows if row.join is not None and (row.operation is not None or row.gap < last[row.node])]

    assert len(titles(drawn(APPLI, "--workflow", workflow), "path")) == len(waits)
    assert sum(len(step.waits) for listed in steps(found).values() for step in listed) == len(waits)


@pytest.mark.parametrize("more", [(), ("--workflow", "install")])
def test_a_graphviz_document_names_every_node(more: tuple[str, ...]) -> None:
    text = graph(APPLI, "--format", "dot", *more).stdout

    assert text.startswith('digraph "')
    assert text.count("{") == text.count("}")
    for name in ("A", "B", "C", "D", "srvA", "srvB", "srvC", "srvD"):
        assert f'"{name}"' in text


def test_json_is_what_the_api_says() -> None:
    topology = json.loads(graph(APPLI, "--format", "json").stdout)
    workflow = json.loads(graph(APPLI, "--format", "json", "--workflow", "install").stdout)

    assert topology["model"] == "appli"
    assert len(topology["node_templates"]) == len(topology["relationships"]) == 8
    assert workflow == woven(APPLI, "install").describe()


def test_strict_weaving_draws_other_waits() -> None:
    interleaved, strict = (
        titles(drawn(APPLI, "--workflow", "install", *more), "path") for more in ((), ("--weaving", "strict"))
    )

    assert "A: creating waits for B to be started" not in interleaved
    assert "A: creating waits for B to be started" in strict


def test_a_drawing_goes_to_a_file(tmp_path: Path) -> None:
    assert graph(APPLI, "-o", str(tmp_path / "a.svg")).stdout == ""
    assert (tmp_path / "a.svg").read_text() == graph(APPLI).stdout == graph(APPLI, "-o", "-").stdout


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    ended = graph(APPLI, "-o", str(tmp_path / "nowhere" / "a.svg"))

    assert ended.exit_code == 1
    assert "which cannot be written (No such file or directory)" in ended.stderr


def test_what_has_errors_is_not_drawn_and_they_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HEAD + "    a: { type: tosca.nodes.Compte }\n")
    ended = graph(str(tmp_path / "a.yaml"))

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "did you mean 'tosca.nodes.Compute'?" in ended.stderr


def test_a_workflow_that_nobody_declares_is_refused() -> None:
    ended = graph(APPLI, "--workflow", "instal")

    assert ended.exit_code == 1
    assert "unknown workflow 'instal'; this model has install, uninstall" in ended.stderr


def test_a_workflow_that_waits_for_itself_is_told_and_its_topology_is_drawn(tmp_path: Path) -> None:
    one = "    a: {type: SoftwareComponent, requirements: [{dependency: b}]}\n"
    other = "    b: {type: SoftwareComponent, requirements: [{dependency: a}]}\n"
    (tmp_path / "a.yaml").write_text(HEAD + one + other)
    ended = graph(str(tmp_path / "a.yaml"), "--workflow", "install")

    assert ended.exit_code == 1
    assert "Traceback" not in ended.output
    assert len(titles(drawn(str(tmp_path / "a.yaml")), "path")) == 2


def test_a_way_of_weaving_that_there_is_not_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        HEAD.replace("topology", "metadata: {weaving: wild}\ntopology") + "    a: {type: Root}"
    )
    ended = graph(str(tmp_path / "a.yaml"), "--workflow", "install")

    assert ended.exit_code == 1
    assert "found 'wild' as weaving, expected one of interleaved, strict" in ended.stderr


@pytest.mark.parametrize("arguments", [("nowhere",), (APPLI, "--format", "pdf"), (APPLI, "--weaving", "strict"), ()])
def test_misuse_is_told_apart(arguments: tuple[str, ...]) -> None:
    assert graph(*arguments).exit_code == 2


def test_names_of_all_kinds_make_a_proper_document(tmp_path: Path) -> None:
    nodes = "".join(
        f"    {json.dumps(name)}: {{ type: Compute }}\n" for name in ("<a&b>", 'say "hi"', "é#1", "a" * 300)
    )
    (tmp_path / "a.yaml").write_text(HEAD + nodes)

    assert len(titles(drawn(str(tmp_path / "a.yaml")), "g")) == 4
    assert len(titles(drawn(str(tmp_path / "a.yaml"), "--workflow", "install"), "g")) == 36
    assert graph(str(tmp_path / "a.yaml"), "--format", "dot").exit_code == 0


# -- workflows of a topology

WORKFLOWS = str(EXAMPLES / "workflows")


def test_a_workflow_of_the_topology_is_drawn_step_by_step() -> None:
    root = drawn(WORKFLOWS, "--workflow", "patch")

    headings = [element.text for element in root.iter(f"{SVG}text") if element.get("class") == "heading"]
    assert sorted(map(str, headings)) == [
        "restart", "save", "save.close", "save.discard", "save.dump", "save.open", "save.verify",
    ]  # fmt: skip
    assert {"web: stopping", "if state equal started", "install of web, database"} <= set(titles(root, "g"))
    paths = titles(root, "path")
    assert "save: contains save.close" in paths
    assert "save.dump: on failure save.discard" in paths
    assert "save: on success restart" in paths


def test_for_graphviz_what_comes_after_a_failure_is_dashed() -> None:
    text = graph(WORKFLOWS, "--workflow", "backup", "--format", "dot").stdout

    assert '"dump" [label="dump\\ndatabase: backing_up\\ndatabase: dump\\ndatabase: started"];' in text
    assert '"dump" -> "discard" [style=dashed, color=red];' in text
    assert '"dump" -> "open";' in text


def test_as_json_it_is_what_the_api_answers() -> None:
    answer = json.loads(graph(WORKFLOWS, "--workflow", "backup", "--format", "json").stdout)

    assert answer["inputs"] == {"label": {"type": "string", "required": True}}
    assert answer["preconditions"] == [{"target": "database", "condition": ["state equal started"]}]
    assert answer["steps"]["dump"]["on_failure"] == ["discard", "open"]
