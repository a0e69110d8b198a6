"""Playbooks are run by Ansible itself, each in a process forked from one that has it loaded."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.worker import requests
from tests.worker.executors.contract import ExecutorContract
from tests.worker.executors.watching import eventually, printed, wait
from tests.worker.requests import request
from tosca.model import Value
from worker.executors.base import OperationRequest, Result
from worker.executors.outputs import MOST_BYTES, MOST_OUTPUTS
from worker.executors.playbooks.executor import PlaybookExecutor
from worker.hosts.base import Host
from worker.hosts.local import LOCAL_HOST

OWN = {"PATH": os.environ["PATH"], "HOME": "/root", "AWS_SECRET_ACCESS_KEY": "s", "DITRIT_SPACE": "consul://token@x"}


@pytest.fixture
def executor(tmp_path: Path, shared: PlaybookExecutor) -> PlaybookExecutor:
    """One with folders of its own; loading Ansible for each test would take longer than the tests."""
    return PlaybookExecutor(tmp_path / "spool", OWN, grace=0.3, server=shared.server)


def play(*tasks: dict[str, Any], **fields: Any) -> str:
    """A playbook with one play; JSON is YAML."""
    return json.dumps([{"hosts": "all", "gather_facts": False, **fields, "tasks": list(tasks)}])


class TestPlaybooks(ExecutorContract):
    """The contract of executors."""

    at_once = 6

    def commands(
        self, folder: Path, text: str, inputs: Mapping[str, Value] | None = None, **fields: Any
    ) -> OperationRequest:
        shell = {"ansible.builtin.shell": {"cmd": text, "executable": "/bin/bash"}}
        return request(folder, play(shell), inputs, implementation="scripts/run.yml", **fields)


SLOW = """
import time
from multiprocessing.util import Finalize

def slow(text):
    Finalize(None, time.sleep, args=(1,), exitpriority=10)  # Ansible's process for this task ends later than others
    return text

class FilterModule:
    def filters(self):
        return {"slow": slow}
"""


def test_a_daemon_left_behind_goes_on_though_ansible_is_slow_to_end(shared: PlaybookExecutor, tmp_path: Path) -> None:
    """At the end of a play Ansible by itself kills its own processes that are still there, with all in their groups."""
    (tmp_path / "here").touch()
    plugin = tmp_path / "scripts/filter_plugins/slow.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(SLOW)
    text = f"(while [ -e {tmp_path}/here ]; do sleep 0.01; done; echo > {tmp_path}/alive) > /dev/null 2>&1 &"
    assert run(shared, tmp_path, play({"ansible.builtin.shell": f"{{{{ '{text}' | slow }}}}"})).succeeded
    (tmp_path / "here").unlink()
    assert eventually((tmp_path / "alive").exists)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("playbooks")


@pytest.fixture(scope="module")
def shared(place: Path) -> Iterator[PlaybookExecutor]:
    """One executor for all tests that only look at what a playbook does."""
    found = PlaybookExecutor(place / "spool", OWN, grace=0.3)
    yield found
    found.close()


def run(executor: PlaybookExecutor, folder: Path, playbook: str, **fields: Any) -> Result:
    name = fields.pop("implementation", "scripts/run.yml")
    return wait(executor.start(request(folder, playbook, implementation=name, **fields)))


def said(**values: Any) -> dict[str, Any]:
    return {"set_stats": {"data": values}}


# Variables and circumstances

INPUTS: dict[str, Value] = {
    "text": "5432",
    "number": 5432,
    "ratio": 0.5,
    "yes": True,
    "nothing": None,
    "names": ["a", 1, {"b": [False]}],
    "settings": {"ä": {"key": 'quoted "text"'}},
    "braces": "{{ lookup('pipe', 'id') }}",
    "lines": "two\nlines: 'é'",
    "a-b": "no name of a variable",
    "ditrit": "forged",
}


def test_inputs_are_variables_of_their_types_and_circumstances_stand_under_one_name(
    shared: PlaybookExecutor, tmp_path: Path
) -> None:
    names = [name for name in INPUTS if name not in ("a-b", "ditrit")]
    stats = {name: f"{{{{ {name} }}}}" for name in names}
    circumstances = {
        "node": "{{ ditrit.NODE }}",
        "instance": "{{ ditrit.INSTANCE }}",
        "operation": "{{ ditrit.DITRIT_OPERATION }}",
        "environment": "{{ lookup('env', 'HOST') }} {{ lookup('env', 'DITRIT_FENCE') }}",
        "secrets": "{{ lookup('env', 'AWS_SECRET_ACCESS_KEY') }}{{ lookup('env', 'text') }}",
        "other": "{{ vars['a-b'] | default('') }}",
        "folder": "{{ lookup('pipe', 'pwd -P') }}",
    }
    tasks = [said(**stats), said(**circumstances)]
    result = run(shared, tmp_path, play(*tasks), inputs=INPUTS, variables={"HOST": "srvA"})
    assert result.error is None, printed(result)
    assert {name: result.outputs[name] for name in names} == {name: INPUTS[name] for name in names}
    assert {name: result.outputs[name] for name in circumstances} == {
        "node": "A",
        "instance": "2,1",
        "operation": requests.PLAIN.id,
        "environment": "srvA 7",
        "secrets": "",
        "other": "no name of a variable",
        "folder": str((tmp_path / "scripts").resolve()),
    }
    assert printed(result).startswith("input 'ditrit' is not passed on: the name is reserved\n")


RELATIONSHIP = {
    "HOST": "srvA",
    "SOURCE": "A[2,1]",
    "SOURCE_NODE": "A",
    "SOURCES": "A[0,0],A[2,1]",
    "TARGET": "B[0]",
    "TARGET_NODE": "B",
    "TARGETS": "B[0],B[1]",
}


@pytest.mark.parametrize(
    ("variables", "groups"),
    [
        ({"HOST": "srvA"}, {"A": ["A[2,1]"], "srvA": ["A[2,1]"]}),
        (
            RELATIONSHIP,
            {
                "A": ["A[2,1]", "A[0,0]"],
                "B": ["B[0]", "B[1]"],
                "srvA": ["A[2,1]"],
                "source": ["A[2,1]"],
                "target": ["B[0]"],
            },
        ),
        (
            RELATIONSHIP | {"TARGET": "B"},  # called once for all of them
            {
                "A": ["A[2,1]", "A[0,0]"],
                "B": ["B[0]", "B[1]"],
                "srvA": ["A[2,1]"],
                "source": ["A[2,1]"],
                "target": ["B[0]", "B[1]"],
            },
        ),
        (RELATIONSHIP | {"SOURCES": "", "TARGETS": ""}, None),  # there are too many of them
    ],
    ids=["node", "relationship", "once for all", "many"],
)
def test_plays_run_on_the_host_of_the_operation_and_know_the_ends_of_its_relationship(
    shared: PlaybookExecutor, tmp_path: Path, variables: dict[str, str], groups: dict[str, list[str]] | None
) -> None:
    tasks = [said(hosts="{{ ansible_play_hosts_all }}", groups="{{ groups }}")]
    delegated = {"command": "echo {{ inventory_hostname }}", "delegate_to": "B[0]", "register": "there"}
    if "TARGET" in variables and groups:
        tasks += [delegated, said(delegated="{{ there.stdout }}")]
    ends: Mapping[str, Host] = dict.fromkeys(("A[0,0]", "A[2,1]", "B[0]", "B[1]"), LOCAL_HOST)
    result = run(shared, tmp_path, play(*tasks), variables=variables, ends=lambda: ends)
    assert result.error is None, printed(result)
    assert result.outputs["hosts"] == ["A[2,1]"]
    assert result.outputs.get("delegated", "A[2,1]") == "A[2,1]"
    if groups is not None:
        found = result.outputs["groups"]
        assert isinstance(found, dict)
        assert {name: hosts for name, hosts in found.items() if name in groups} == groups


def test_whatever_locale_and_home_the_worker_has_facts_are_found_and_texts_are_whole(tmp_path: Path) -> None:
    executor = PlaybookExecutor(tmp_path / "spool", {"PATH": os.environ["PATH"], "LC_ALL": "C", "LANG": "C"})
    try:
        shell = {"shell": "printf 'é %s' $LC_ALL", "register": "found"}
        facts = said(found="{{ found.stdout }}", python="{{ ansible_facts.python.executable }}")
        result = run(executor, tmp_path, play(shell, facts, gather_facts=True))
    finally:
        executor.close()
    assert result.error is None, printed(result)
    assert result.outputs == {"found": "é C", "python": sys.executable}


# What lies beside it

ARCHIVE = {
    "playbooks/site.yaml": """\
- hosts: A
  gather_facts: false
  vars_files: [ more.yml ]
  roles: [ beside, above, distant ]
  tasks:
    - include_tasks: tasks.yml
    - import_tasks: elsewhere.yml
    - local.tools.where:
      register: place
    - set_stats: { data: { group: "{{ of_the_group }}", more: "{{ more }}", place: "{{ place.where }}" } }
    - set_stats: { data: { dependency: "{{ lookup('file', 'far.txt') }}" } }
    - set_stats: { data: { inside: "{{ lookup('file', 'far/in.txt') }}" } }
    - set_stats: { data: { rendered: "{{ lookup('template', 'page.j2') }}", own: "{{ 3 | threefold }}" } }
""",
    "playbooks/group_vars/A.yml": "of_the_group: { a: 1 }\n",
    "playbooks/more.yml": "more: é\n",
    "playbooks/tasks.yml": "- set_stats: { data: { included: true } }\n",
    "playbooks/filter_plugins/own.py": "class FilterModule:\n    def filters(self):\n"
    "        return {'threefold': lambda value: 3 * value}\n",
    "playbooks/roles/beside/tasks/main.yml": "- set_stats: { data: { beside: '{{ given }}' } }\n",
    "playbooks/roles/beside/defaults/main.yml": "given: by default\n",
    "playbooks/templates/page.j2": "{{ inventory_hostname }}: {{ more }}",
    "roles/above/tasks/main.yml": "- set_stats: { data: { above: '{{ role_path | basename }}' } }\n",
    "collections/ansible_collections/local/tools/plugins/modules/where.py": "from ansible.module_utils.basic import"
    " AnsibleModule\nAnsibleModule({}).exit_json(where='collection')\n",
    "other/far.txt": "far away",
    "other/far/in.txt": "farther",
    "other/roles/distant/tasks/main.yml": "- set_stats: { data: { distant: true } }\n",
    "other/elsewhere.yml": "- set_stats: { data: { imported: true } }\n",
}


def test_a_playbook_finds_what_lies_beside_it_above_it_and_its_dependencies(
    shared: PlaybookExecutor, tmp_path: Path
) -> None:
    for name, text in ARCHIVE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    dependencies = ("other/far.txt", "other/far", "other/elsewhere.yml", "other/roles")
    made = request(tmp_path, implementation="playbooks/site.yaml", dependencies=dependencies)
    before = sorted(tmp_path.rglob("*"))
    result = wait(shared.start(made))
    assert result.error is None, printed(result)
    assert result.outputs == {
        "group": {"a": 1},
        "more": "é",
        "place": "collection",
        "dependency": "far away",
        "inside": "farther",
        "rendered": "A[2,1]: é",
        "own": 9,
        "included": True,
        "imported": True,
        "beside": "by default",
        "above": "above",
        "distant": True,
    }
    assert sorted(tmp_path.rglob("*")) == before  # nothing is written into the archive, which others use too


# Isolation


def test_nothing_of_one_run_is_seen_by_the_next(shared: PlaybookExecutor, tmp_path: Path) -> None:
    """Variables, facts, plugins, modules of one name and the environment are those of the run."""
    module = "from ansible.module_utils.basic import AnsibleModule\nAnsibleModule({}).exit_json(where='%s')\n"
    for name in ("first", "second"):
        (tmp_path / name / "scripts/library").mkdir(parents=True)
        (tmp_path / name / "scripts/library/where.py").write_text(module % name)
    (tmp_path / "first/scripts/filter_plugins").mkdir()
    (tmp_path / "first/scripts/filter_plugins/own.py").write_text(
        "import ansible.constants\nansible.constants.DEFAULT_FORKS = 77\nclass FilterModule:\n"
        "    def filters(self):\n        return {'threefold': lambda value: 3 * value}\n"
    )
    tasks = [
        {"where": {}, "register": "place"},
        {"set_fact": {"kept": True, "cacheable": True}, "when": "first | default(false)"},
        said(place="{{ place.where }}", kept="{{ kept | default('nothing') }}", first="{{ first | default('not') }}"),
        said(environment="{{ lookup('env', 'HOST') }}", forks="{{ lookup('config', 'DEFAULT_FORKS') }}"),
    ]
    text = play(*tasks, said(own="{{ 3 | threefold }}"))
    one = run(shared, tmp_path / "first", text, inputs={"first": True}, variables={"HOST": "srvA"})
    assert one.error is None, printed(one)
    assert one.outputs == {
        "place": "first",
        "kept": True,
        "first": True,
        "environment": "srvA",
        "forks": one.outputs["forks"],
        "own": 9,
    }
    two = run(shared, tmp_path / "second", play(*tasks))
    assert two.error is None, printed(two)
    assert two.outputs == {
        "place": "second",
        "kept": "nothing",
        "first": "not",
        "environment": "",
        "forks": two.outputs["forks"],
    }
    assert "threefold" in str(run(shared, tmp_path / "second", text).error)


# Outputs


def test_outputs_have_the_limits_and_errors_of_those_of_scripts(shared: PlaybookExecutor, tmp_path: Path) -> None:
    own = {"set_stats": {"data": {"own": True}, "per_host": True}}
    assert run(shared, tmp_path, play(said(port=1), said(port=2), own)).outputs == {
        "port": 3,
        "own": True,
    }  # it adds up
    names = [f"n{number}" for number in range(MOST_OUTPUTS + 1)]
    many = run(shared, tmp_path, play(said(**dict.fromkeys(names, "hunter2"))))
    assert (many.exit_code, many.outputs) == (0, {})
    assert many.error == "its outputs cannot be taken: found 201 of them, expected at most 200"
    long = run(shared, tmp_path, play(said(a="x" * MOST_BYTES)))
    assert "found more than 65536 bytes in the file, expected at most so many" in str(long.error)


# Failures


@pytest.mark.parametrize(
    ("tasks", "code", "error"),
    [
        (
            [{"name": "Install it", "fail": {"msg": "no\nspace   é"}}],
            2,
            "task 'Install it' failed: no space é",
        ),
        (
            [{"shell": "echo out; echo ' the reason ' >&2; exit 3"}],
            2,
            "task 'shell' failed: .*non-zero return code: the reason",
        ),
        (
            [{"name": "each", "command": "{{ item }}", "loop": ["true", "false", "no such command"]}],
            2,
            "task 'each' failed: .*non-zero return code",
        ),
        (
            [{"name": "hidden", "shell": "echo hunter2 >&2; exit 1", "no_log": True}],
            2,
            "task 'hidden' failed: the output has been hidden due to the fact that 'no_log: true' was specified",
        ),
        (
            [{"name": "first", "fail": {"msg": "x"}, "ignore_errors": True}, {"name": "second", "fail": {"msg": "y"}}],
            2,
            "task 'second' failed: y",
        ),
        ([{"debug": {"msg": "{{ missing }}"}}], 2, "task 'debug' failed: "),
        ([{"name": "away", "command": "id", "delegate_to": "nobody.invalid"}], 4, "task 'away' found its host unreach"),
        ([{"no_such_module": {}}], 4, "couldn't resolve module/action 'no_such_module'"),
    ],
    ids=["fail", "rc", "loop", "no_log", "ignored", "undefined", "unreachable", "module"],
)
def test_the_reason_of_a_failure_is_the_task_and_its_message(
    shared: PlaybookExecutor, tmp_path: Path, tasks: list[dict[str, Any]], code: int, error: str
) -> None:
    result = run(shared, tmp_path, play(*tasks), inputs={"password": "hunter2"})
    assert re.search(error, str(result.error))
    assert (result.exit_code, result.outputs) == (code, {})
    assert "hunter2" not in str(result.error) + printed(result)
    assert "\n" not in str(result.error)


def test_a_task_that_was_rescued_is_no_failure(shared: PlaybookExecutor, tmp_path: Path) -> None:
    block = {"block": [{"fail": {"msg": "x"}}], "rescue": [said(rescued=True)]}
    result = run(shared, tmp_path, play(block))
    assert (result.error, result.outputs) == (None, {"rescued": True})


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: map\n", "playbook must be a list of plays"),
        ("", "Empty playbook"),
        ("- hosts: all\n  tasks: [\n", "YAML"),
        ("- hosts: all\n  gather_facts: false\n  roles: [ missing ]\n", "role 'missing' was not found"),
        ("- hosts: all\n  vars_files: [ vaulted.yml ]\n", "A vault password must be specified to decrypt data"),
        ("\xff", "YAML parsing failed: 'utf-8' codec"),
    ],
    ids=["map", "empty", "yaml", "role", "vault", "bytes"],
)
def test_what_is_no_playbook_is_a_failure_that_says_why(
    shared: PlaybookExecutor, tmp_path: Path, text: str, error: str
) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/vaulted.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n3131\n")
    (tmp_path / "scripts/run.yml").write_bytes(text.encode("latin-1"))
    result = wait(shared.start(request(tmp_path, implementation="scripts/run.yml")))
    assert error in str(result.error)
    assert result.exit_code not in (0, None)
    assert error in printed(result).replace("\n", " ")


# The log


def test_the_log_tells_a_person_what_happened(shared: PlaybookExecutor, tmp_path: Path) -> None:
    tasks: list[dict[str, Any]] = [
        {"name": "Größe ✓", "command": "echo", "changed_when": False},
        {"name": "changes", "command": "echo"},
        {"name": "much", "debug": {"msg": "{{ 'x' * 100000 }}"}},
        {"name": "broken", "shell": "echo 'why ✗' >&2; exit 3"},
    ]
    result = run(shared, tmp_path, play(*tasks, name="A play"))
    log = printed(result)
    assert "PLAY [A play]" in log
    assert "TASK [Größe ✓]" in log
    assert "ok: [A[2,1]]\n" in log
    assert "changed: [A[2,1]]\n" in log
    assert "x" * 100_000 in log
    assert "stderr: why ✗" in log
    assert re.search(r"msg: .*non-zero return code", log)
    assert "failed=1" in log
    assert "\x1b" not in log
