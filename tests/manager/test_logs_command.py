"""``ditrit logs``: which execution is meant, and what is shown of it."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

Csar = Callable[..., bytes]
Ditrit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ditrit(variables: dict[str, str], server: str) -> Ditrit:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "manager.cli", "logs", *arguments, "--server", server]
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture
def installed(api: Any, csar: Csar, name: str, worker: str) -> tuple[str, str]:
    api.upload(name, csar())
    api.create(name, f"of-{name}", servers=1)
    return name, str(api.run(name, "install", f"of-{name}")["id"])


def test_an_execution_is_named_by_its_id_or_by_its_instance(ditrit: Ditrit, installed: tuple[str, str]) -> None:
    model, execution = installed
    whole = ditrit(execution).stdout
    assert "=== app[0,0] Standard.create: succeeded\ncreate of app" in whole
    for target in (f"{model}/of-{model}", f"of-{model}"):
        assert ditrit(target).stdout == whole
    assert ditrit().returncode == 0


def test_followed_each_line_says_whose_it_is(ditrit: Ditrit, installed: tuple[str, str]) -> None:
    _, execution = installed
    followed = ditrit(execution, "-f").stdout.splitlines()
    assert "app[0,0] Standard.create | create of app" in followed
    assert "app[0,0] Standard.start | start of app" in followed
    assert ditrit(execution, "app[0,0]", "create", "-f").stdout == "create of app\n"


def test_one_operation_is_shown_of_all_nodes(ditrit: Ditrit, installed: tuple[str, str]) -> None:
    _, execution = installed
    for option in (("--operation", "create"), ("--operation", "Standard.create")):
        assert ditrit(execution, *option).stdout == "create of app\n"
    assert json.loads(ditrit(execution, "app", "create", "--json").stdout)["log"] == "create of app\n"
    assert ditrit(execution, "app", "create", "--operation", "start").returncode == 2


def test_what_prints_nothing_is_told_when_it_is_followed(api: Any, csar: Csar, name: str, worker: str) -> None:
    silent = {f"scripts/{step}.sh": "#!/bin/sh\n" for step in ("create", "start", "delete")}
    api.upload(name, csar(scripts=silent))
    api.create(name, servers=1)
    execution = api.run(name, "install")["id"]
    text = api("GET", f"/exec/{execution}/log", params={"prefix": "true"}).text
    assert text.splitlines()[0] == "app[0,0] Standard.create | (succeeded, nothing printed)"


def test_what_nobody_knows_is_told(ditrit: Ditrit, api: Any, csar: Csar, name: str, worker: str) -> None:
    refused = ditrit("nothing")
    assert (refused.returncode, "there is no execution 'nothing'" in refused.stderr) == (1, True)
    for model in (f"{name}-a", f"{name}-b"):
        api.upload(model, csar())
        api.create(model, f"both-{name}", servers=1)
        api.run(model, "install", f"both-{name}")
    refused = ditrit(f"both-{name}")
    assert refused.returncode == 1
    assert f"expected one of {name}-a/both-{name}, {name}-b/both-{name}" in refused.stderr
