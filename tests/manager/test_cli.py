"""The command, run as a program."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Csar = Callable[..., bytes]
Run = Callable[..., subprocess.CompletedProcess[str]]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def run(variables: dict[str, str]) -> Run:
    def ditrit(*arguments: str, server: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {**variables, **more, "COLUMNS": "100"}
        if server is not None:
            environment["DITRIT_SERVER"] = server
        command = [sys.executable, "-m", "manager.cli", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return ditrit


@pytest.fixture
def archive(csar: Csar, tmp_path: Path, name: str) -> Path:
    path = tmp_path / f"{name}.zip"
    path.write_bytes(csar())
    return path


def test_a_model_is_pushed_listed_and_removed(run: Run, server: str, archive: Path, name: str) -> None:
    pushed = run("csar", "push", str(archive), server=server)
    assert pushed.returncode == 0, pushed.stderr
    assert f"model {name}: 2 node templates, install, uninstall" in pushed.stdout
    assert name in run("csar", "list", server=server).stdout
    assert run("csar", "rm", name, server=server).stdout == f"model {name} deleted\n"
    assert name not in [item["model"] for item in json.loads(run("csar", "list", "--json", server=server).stdout)]


def test_a_folder_and_a_single_file_can_be_pushed(
    run: Run, server: str, template: str, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    (folder / "scripts").mkdir(parents=True)
    (folder / "service.yaml").write_text(template)
    for step in ("create", "start", "delete"):
        (folder / "scripts" / f"{step}.sh").write_text("#!/bin/sh\n")
    assert run("csar", "push", str(folder), server=server).returncode == 0
    single = tmp_path / f"{name}-single.yaml"
    single.write_text(template.split("      interfaces:", maxsplit=1)[0])
    assert run("csar", "push", str(single), server=server).returncode == 0


def test_an_instance_lives_its_life(run: Run, server: str, worker: str, archive: Path, name: str) -> None:
    run("csar", "push", str(archive), server=server)
    made = run("instance", "create", name, "i", "--input", "servers=1", server=server)
    assert made.stdout == f"instance i of {name}: 2 node instances\n"
    installed = run("exec", name, "i", "install", "--follow", server=server)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert "app[0,0] is started" in installed.stdout
    assert "app[0,0] Standard.create done" in installed.stdout
    assert "install of" in installed.stdout.splitlines()[-1]
    shown = run("instance", "show", name, "i", server=server).stdout
    assert "app[0,0]" in shown
    assert "server[0]" in shown
    execution = json.loads(run("instance", "show", name, "i", "--json", server=server).stdout)["execution"]
    assert execution is None
    assert run("instance", "rm", name, "i", server=server).returncode == 1
    removed = json.loads(run("exec", name, "i", "uninstall", "--follow", "--json", server=server).stdout)
    assert removed["status"] == "succeeded"
    assert "create of app" in run("logs", _first(run, server, name), server=server).stdout
    assert run("instance", "rm", name, "i", server=server).returncode == 0
    assert run("csar", "rm", name, server=server).returncode == 0


def _first(run: Run, server: str, model: str) -> str:
    found = json.loads(run("status", "--json", server=server).stdout)["exec"]
    return next(str(record["id"]) for record in found if record["model"] == model)


def test_the_status_shows_workers_instances_and_executions(
    run: Run, server: str, worker: str, archive: Path, name: str, api: Any
) -> None:
    run("csar", "push", str(archive), server=server)
    run("instance", "create", name, "i", server=server)
    record = api.run(name, "install")
    text = run("status", server=server).stdout
    assert "worker(s)" in text
    assert record["id"] in text
    one = run("status", record["id"], server=server).stdout
    assert one == f"execution {record['id']}: install of {name}/i succeeded, 4/4 operations\n"


def test_logs_show_one_operation_of_one_node_instance(
    run: Run, server: str, worker: str, archive: Path, name: str, api: Any
) -> None:
    run("csar", "push", str(archive), server=server)
    run("instance", "create", name, "i", server=server)
    record = api.run(name, "install")
    assert run("logs", record["id"], "app[1,0]", "create", server=server).stdout == "create of app\n"
    assert run("logs", record["id"], "nobody", server=server).returncode == 1
    assert json.loads(run("logs", record["id"], "app[1,0]", "start", "--json", server=server).stdout)["log"]


def test_a_failed_execution_exits_with_1_and_says_why(
    run: Run, server: str, worker: str, csar: Csar, tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"{name}.zip"
    path.write_bytes(csar(scripts={f"scripts/{s}.sh": "#!/bin/sh\nexit 9\n" for s in ("create", "start", "delete")}))
    run("csar", "push", str(path), server=server)
    run("instance", "create", name, "i", server=server)
    ended = run("exec", name, "i", "install", "--follow", server=server)
    assert ended.returncode == 1
    assert "failed, exit code 9" in ended.stdout


def test_a_refusal_exits_with_1_and_prints_the_problems(
    run: Run, server: str, csar: Csar, template: str, tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"{name}.zip"
    path.write_bytes(csar(template.replace("tosca.nodes.Compute", "tosca.nodes.Compte")))
    ended = run("csar", "push", str(path), server=server)
    assert ended.returncode == 1
    assert "service.yaml:" in ended.stderr
    assert "Compute" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_folder_with_a_link_is_not_pushed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "link.sh").symlink_to("/etc/passwd")
    for command in (("csar", "push", str(tmp_path), "--model", "m"), ("validate", str(tmp_path))):
        ended = run(*command, server=NOWHERE)
        assert ended.returncode == 1
        assert "found 'link.sh', a link, expected a file" in ended.stderr + ended.stdout


def test_a_yaml_file_is_read_with_what_it_names(
    run: Run, server: str, template: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / "scripts").mkdir()
    path = tmp_path / "service.yaml"
    path.write_text(template)
    ended = run("validate", str(path))
    assert ended.returncode == 1
    assert "service.yaml:17:" in ended.stdout
    assert "error: found 'scripts/create.sh'" in ended.stdout
    refused = run("csar", "push", str(path), "--model", name, server=server)
    assert refused.returncode == 1
    assert "[file-not-found]" in refused.stderr
    for step in ("create", "start", "delete"):
        (tmp_path / "scripts" / f"{step}.sh").write_text("#!/bin/sh\n")
    ended = run("validate", str(path))
    assert ended.returncode == 0
    assert "scripts/create.sh" not in ended.stdout
    assert run("csar", "push", str(path), "--model", name, server=server).returncode == 0


def test_each_problem_of_a_refusal_is_printed_once(run: Run, server: str, tmp_path: Path) -> None:
    junk = tmp_path / "junk.zip"
    junk.write_bytes(b"junk")
    ended = run("csar", "push", str(junk), server=server)
    assert ended.returncode == 1
    head, line = ended.stderr.splitlines()
    assert head == "error: 1 problem"
    assert line.startswith("  CSAR: error: found no readable zip archive")
    assert line.endswith("[csar-not-a-zip]")
    assert run("csar", "rm", "none", server=server).stderr == "error: there is no model 'none'\n"
    assert run("csar", "push", str(junk), "--model", "a b", server=server).stderr.count("\n") == 1


def test_inputs_may_be_written_as_yaml_writes_them(
    run: Run, server: str, csar: Csar, template: str, tmp_path: Path, name: str, api: Any
) -> None:
    """A date of YAML is a timestamp of TOSCA, which is text in JSON."""
    declared = "  inputs:\n    day: {type: timestamp, default: 2026-01-01}\n    ratio: {type: float, default: 1.0}\n"
    api.upload(name, csar(template.replace("  inputs:\n", declared)))
    (tmp_path / "inputs.yaml").write_text("day: 2026-11-24\n")
    made = run("instance", "create", name, "i", "--inputs", str(tmp_path / "inputs.yaml"), server=server)
    assert made.returncode == 0, made.stderr
    assert api("GET", f"/instance/{name}/i").json()["inputs"] == {"day": "2026-11-24"}


@pytest.mark.parametrize("text", ["ratio: .nan\n", "ratio: 1.0e+999\n", "ratio: !!binary aGk=\n", "ratio: !!set {a}\n"])
def test_inputs_that_json_cannot_carry_are_misuse(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "inputs.yaml").write_text(text)
    ended = run("instance", "create", "m", "i", "--inputs", str(tmp_path / "inputs.yaml"), server=NOWHERE)
    assert ended.returncode == 2, ended.stderr
    assert "expected what JSON can carry" in ended.stderr


def test_a_value_that_is_no_json_is_text(run: Run, server: str, csar: Csar, template: str, name: str, api: Any) -> None:
    declared = template.replace("  inputs:", "  inputs:\n    a: {type: string, default: x}")
    api.upload(name, csar(declared))
    assert run("instance", "create", name, "i", "--input", "a=NaN", server=server).returncode == 0
    assert api("GET", f"/instance/{name}/i").json()["inputs"] == {"a": "NaN"}
    assert run("instance", "create", name, "j", "--input", "a=1e999", server=server).returncode == 2


@pytest.mark.parametrize("arguments", [["csar", "list"], ["status"], ["instance", "show", "a", "b"], ["logs", "x"]])
def test_when_no_manager_answers_the_exit_code_is_3_and_the_way_out_is_told(run: Run, arguments: list[str]) -> None:
    ended = run(*arguments, server=NOWHERE)
    assert ended.returncode == 3
    assert "ditrit up" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_server_that_is_no_url_is_told(run: Run) -> None:
    ended = run("status", "--server", "nonsense")
    assert ended.returncode == 3
    assert "not a URL" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["dance"],
        ["up", "--workers", "many"],
        ["csar", "push"],
        ["csar", "push", "/does/not/exist"],
        ["up", "--port", "5000", "--bind", "127.0.0.1:1"],
        ["manager", "--bind", "nonsense"],
        ["manager", "--port", "5000", "--bind", "127.0.0.1:1"],
        ["manager", "--port", "0"],
        ["worker", "--slots", "0"],
        ["instance", "create", "m", "i", "--input", "novalue"],
        ["instance", "create", "m", "i", "--inputs", "/does/not/exist"],
        ["demo", "no-such-example"],
    ],
)
def test_misuse_exits_with_2_and_an_explanation(run: Run, arguments: list[str]) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("DITRIT_THREADS", "many", "DITRIT_THREADS: found 'many', expected a whole number"),
        ("DITRIT_THREADS", "0", "threads: found 0, expected at least 1"),
        ("DITRIT_STALL", "0", "stall: found 0.0, expected more than 0"),
        ("DITRIT_STALL", "inf", "stall: found inf, expected more than 0"),
    ],
)
def test_a_wrong_variable_exits_with_2(run: Run, variable: str, value: str, says: str) -> None:
    ended = run("manager", **{variable: value})
    assert ended.returncode == 2
    assert says in ended.stderr


@pytest.mark.parametrize("flags", [["--space", "nonsense"], ["--artifacts", "ftp://x/y"]])
@pytest.mark.parametrize("daemon", ["manager", "worker"])
def test_a_store_that_cannot_be_opened_is_told(
    run: Run, daemon: str, flags: list[str], free_port: Callable[[], int]
) -> None:
    more = ["--bind", f"127.0.0.1:{free_port()}"] if daemon == "manager" else []
    ended = run(daemon, *flags, *more)
    assert ended.returncode == 1, ended.stderr
    assert flags[1] in ended.stderr
    assert "Traceback" not in ended.stderr


def test_validate_needs_no_server_and_prints_problems_with_their_places(
    run: Run, csar: Csar, template: str, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(csar())
    bad.write_bytes(csar(template.replace("tosca.nodes.Compute", "tosca.nodes.Compte")))
    well = run("validate", str(good), server=NOWHERE)
    assert (well.returncode, ": 0 error(s)" in well.stdout) == (0, True)
    ended = run("validate", str(good), str(bad))
    assert ended.returncode == 1
    assert "service.yaml:7:" in ended.stdout
    assert "[unknown-type] at topology_template.node_templates.server.type" in ended.stdout
    found = json.loads(run("validate", str(bad), "--json").stdout)
    assert found[str(bad)][0]["severity"] == "error"
    (tmp_path / "junk.zip").write_bytes(b"junk")
    assert run("validate", str(tmp_path / "junk.zip")).returncode == 1


WRONG = {
    "weaving-cycle": """
    a: {type: tosca.nodes.SoftwareComponent, requirements: [{dependency: b}]}
    b: {type: tosca.nodes.SoftwareComponent, requirements: [{dependency: a}]}
""",
    "scaling": """
    a:
      type: tosca.nodes.Compute
      capabilities: {scalable: {properties: {default_instances: 10000000, max_instances: 10000000}}}
""",
}


@pytest.mark.parametrize("code", WRONG)
def test_validate_finds_what_an_upload_finds(
    run: Run, api: Any, csar: Csar, tmp_path: Path, code: str, name: str
) -> None:
    head = "tosca_definitions_version: tosca_simple_yaml_1_1\ntopology_template:\n  node_templates:"
    content = csar(head + WRONG[code], {})
    (tmp_path / "wrong.zip").write_bytes(content)
    refused = api.upload(name, content).json()["error"]["problems"]
    found = json.loads(run("validate", str(tmp_path / "wrong.zip"), "--json").stdout).popitem()[1]
    errors = [item for item in found if item["severity"] == "error"]
    assert {item["code"] for item in errors} == {code}
    assert refused[0] in errors


def test_a_way_of_weaving_that_there_is_not_is_found_in_the_metadata(run: Run, csar: Csar, tmp_path: Path) -> None:
    head = "tosca_definitions_version: tosca_simple_yaml_1_1\nmetadata: {weaving: wild}\n"
    (tmp_path / "wild.zip").write_bytes(csar(head + "topology_template: {node_templates: {a: {type: Root}}}\n", {}))
    ended = run("validate", str(tmp_path / "wild.zip"))
    assert (ended.returncode, "expected one of interleaved, strict" in ended.stdout) == (1, True)


def test_the_help_teaches_with_examples(run: Run) -> None:
    text = run("--help").stdout
    assert "ditrit csar push example/appli.zip" in text
    assert "Exit codes" in text
    assert "Examples:" in run("exec", "--help").stdout


def test_a_manager_whose_port_is_taken_says_which(run: Run, server: str) -> None:
    port = server.rpartition(":")[2]
    ended = run("manager", "--port", port)
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another" in ended.stderr


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout.startswith("ditrit, version ")
