"""Secrets are planted wherever they can stand; then all that can be read is searched for them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.servers import Server, running
from tests.support.archives import archive

PASSWORD, TOKEN, LITERAL, SESSION = "pw-7f3a-input", "tk-99b1-credential", "lt-41cc-literal", "se-d00d-said"
PLANTED = (PASSWORD, TOKEN, LITERAL, SESSION)
TEMPLATE = f"""\
tosca_definitions_version: tosca_simple_yaml_1_3
node_types:
  shop.Database:
    derived_from: tosca.nodes.Root
    properties:
      url: {{ type: string }}
      login: {{ type: tosca.datatypes.Credential }}
      key: {{ type: string, metadata: {{ secret: true }} }}
    attributes:
      session: {{ type: string, metadata: {{ secret: true }} }}
topology_template:
  inputs:
    password: {{ type: string, metadata: {{ secret: true }}, constraints: [ {{ min_length: 4 }} ] }}
    login: {{ type: tosca.datatypes.Credential }}
    pin: {{ type: string, metadata: {{ secret: true }}, default: "07" }}
  node_templates:
    database:
      type: shop.Database
      properties:
        url: {{ concat: [ "db://me:", {{ get_input: password }}, "@here" ] }}
        login: {{ user: me, token: {{ get_input: [ login, token ] }} }}
        key: {LITERAL}
      interfaces:
        Standard:
          create:
            implementation: create.sh
            inputs:
              url: {{ get_property: [ SELF, url ] }}
              token: {{ get_property: [ SELF, login, token ] }}
              all_of_it: {{ get_property: [ SELF, login ] }}
              key: {{ get_property: [ SELF, key ] }}
          configure:
            implementation: configure.sh
            inputs: {{ session: {{ get_attribute: [ SELF, session ] }} }}
          start:
            implementation: start.sh
            inputs: {{ password: {{ get_input: password }} }}
  workflows:
    look:
      inputs: {{ code: {{ type: string, metadata: {{ secret: true }} }} }}
      steps:
        only:
          target: database
          filter: [ {{ session: [ {{ equal: none }} ] }} ]
          activities: [ {{ set_state: looked }} ]
  outputs:
    url: {{ value: {{ get_property: [ database, url ] }} }}
    session: {{ value: {{ get_attribute: [ database, session ] }} }}
    pin: {{ type: string, value: {{ get_input: pin }}, metadata: {{ secret: true }} }}
"""
SCRIPTS = {
    # What an operation gets is the true value: it compares it with what it was told to expect.
    "create.sh": f"""\
#!/bin/sh
echo "all: $all_of_it"
env
[ "$token" = {TOKEN} ] && [ "$key" = {LITERAL} ] && [ "$url" = "db://me:{PASSWORD}@here" ] || exit 9
echo "$token and $key and $url"
printf %s "$token" | head -c 7; sleep 0.05; printf %s "$token" | tail -c +8; echo
printf 'session={SESSION}\\nshown=got %s\\n' "$url" > "$DITRIT_OUTPUTS"
""",
    "configure.sh": f"""\
#!/bin/sh
[ "$session" = {SESSION} ] || exit 9
echo "session $session"
""",
    "start.sh": '#!/bin/sh\necho "cannot log in with $password" >&2\nexit 3\n',
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("secrets"), 1, "--access-log") as found:
        yield found


@pytest.fixture(scope="module")
def executions(server: Server) -> list[str]:
    """Two executions, one of which has failed over a secret, the other has looked at one."""
    files = {"service.yaml": TEMPLATE, **SCRIPTS}
    server.put("/csar", params={"model": "shop"}, files={"file": archive(files)})
    inputs = {"password": PASSWORD, "login": {"user": "me", "token": TOKEN}}
    server.put("/instance", params={"model": "shop", "name": "one"}, json={"inputs": inputs})
    ended = []
    for workflow, body in (("install", None), ("look", {"inputs": {"code": "cd-1111-workflow"}})):
        params = {"model": "shop", "instance": "one", "workflow": workflow}
        execution = server.put("/exec", params=params, json=body)["id"]
        with requests.get(f"{server.url}/exec/{execution}/events", timeout=60) as events:
            assert "event: end" in events.text
        ended.append(execution)
    return ended


def everything(server: Server, executions: list[str]) -> Iterator[tuple[str, str]]:
    """What every GET answers, but the archive itself."""
    names = {"{model}": "shop", "{instance}": "one", "{node}": "database?index=0"}
    document = server.get("/swagger.json")
    for path, item in document["paths"].items():
        if "get" not in item or path.endswith("/archive"):
            continue
        workflows = ("install", "uninstall", "look") if "{workflow}" in path else ("",)
        for execution in executions if "{execution}" in path else ("",):
            for workflow in workflows:
                url = path.replace("{execution}", execution).replace("{workflow}", workflow)
                for name, value in names.items():
                    url = url.replace(name, value)
                answer = requests.get(server.url + url, timeout=60)
                nothing_ran = execution == executions[1] and url.endswith("/log")
                assert answer.status_code == (404 if nothing_ran else 200), (url, answer.text)
                yield url, answer.text


def test_operations_get_the_true_values(server: Server, executions: list[str]) -> None:
    operations = {item["operation"]: item["state"] for item in server.all(f"/exec/{executions[0]}/operations")}
    assert operations == {"create": "succeeded", "configure": "succeeded", "start": "failed"}


def test_no_answer_tells_a_secret(server: Server, executions: list[str]) -> None:
    seen = list(everything(server, executions))
    assert len(seen) > 15
    for secret in (*PLANTED, "cd-1111-workflow"):
        assert [url for url, text in seen if secret in text] == []


def test_no_log_and_no_journal_tells_a_secret(server: Server, executions: list[str]) -> None:
    assert server.up is not None
    log = server.text(f"/exec/{executions[0]}/log")
    assert "*** and *** and db://me:***@here\n***\n" in log
    assert "all:" in log
    store = Path(server.settings["DITRIT_STATE"]) / "artifacts"
    stored = [path for path in store.rglob("*") if path.is_file() and "log" in str(path.relative_to(store))]
    assert stored
    kept = [path.read_bytes() for path in stored]
    for text in (server.up.text, server.journal.read_text(), *(content.decode(errors="replace") for content in kept)):
        for secret in PLANTED:
            assert secret not in text


def test_what_is_hidden_is_told_to_be(server: Server, executions: list[str]) -> None:
    answer = server.get("/instance/shop/one")
    assert answer["inputs"] == {"password": "***", "login": {"user": "me", "token": "***"}}
    attributes = answer["nodes"][0]["attributes"]
    assert (attributes["session"], attributes["shown"]) == ("***", "got db://me:***@here")
    assert answer["outputs"] == {"url": "db://me:***@here", "session": "***", "pin": "***"}
    assert server.get("/instance")["items"][0]["inputs"] == answer["inputs"]
    error = server.get(f"/exec/{executions[0]}")["error"]
    assert error.endswith("exit code 3: cannot log in with ***")
    checks = [item for item in server.all(f"/exec/{executions[1]}/history") if "check" in item]
    assert 'found session "***"' in checks[0]["found"]


def test_a_wrong_secret_is_refused_without_repeating_it(server: Server, executions: list[str]) -> None:
    for value, secret in ((["a-list-of-pw"], "a-list-of-pw"), ("pwx", "pwx")):
        body = {"inputs": {"password": value, "login": {"token": "x"}}}
        params = {"model": "shop", "name": "two"}
        answer = requests.put(f"{server.url}/instance", params=params, json=body, timeout=60)
        assert answer.status_code == 422
        assert secret not in answer.text
        assert "***" in answer.text
    other = {"inputs": {"password": "another-password", "login": {"token": TOKEN}}}
    answer = requests.put(f"{server.url}/instance", params={"model": "shop", "name": "one"}, json=other, timeout=60)
    assert (answer.status_code, "another-password" in answer.text) == (409, False)


def test_the_command_line_shows_no_secret(server: Server, executions: list[str]) -> None:
    def ditrit(*arguments: str) -> str:
        command = [sys.executable, "-m", "manager.cli", *arguments, "--server", server.url]
        done: Any = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    shown = [ditrit("instance", "show", "shop", "one"), ditrit("instance", "show", "shop", "one", "--json")]
    shown += [ditrit("logs", executions[0]), ditrit("status"), ditrit("status", executions[0])]
    assert re.search(r"output url = .*db://me:\*\*\*@here", shown[0])
    for secret in PLANTED:
        assert not any(secret in text for text in shown)
