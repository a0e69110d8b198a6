"""A sound space is found sound at every moment; each kind of damage is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.executions.memories import memory_key
from engine.executions.records import ExecutionRecord, InstanceRecord, ModelRecord
from engine.executions.work import Work
from engine.rete.memory import Cell, CellId, Phase
from engine.space.verbs import Delete, Set
from manager.housekeeping.turn import turn
from manager.inspection.check import check
from manager.inspection.finding import Finding
from manager.templates import archive_key
from tests.manager.installation import Installation
from tests.support.carrying import carry_out, carry_out_step

Csar = Callable[..., bytes]
TWO_ON_A_HOST = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  node_templates:
    server: {type: tosca.nodes.Compute}
    one: &app
      type: tosca.nodes.SoftwareComponent
      requirements: [{host: server}]
      interfaces: {Standard: {create: scripts/create.sh, start: scripts/start.sh, delete: scripts/delete.sh}}
    two: *app
"""


def findings(there: Installation, *, deep: bool = False) -> list[Finding]:
    return check(there.space, there.artifacts, deep=deep)[0]


@pytest.fixture
def installed(tmp_path: Path, csar: Csar) -> Installation:
    """Two components on one server, installed."""
    found = Installation(tmp_path)
    found.upload("m", csar(TWO_ON_A_HOST))
    found.deployments.create("m", "i", {})
    assert found.run("install").status == "succeeded"
    return found


@pytest.fixture
def running(installed: Installation) -> tuple[Installation, ExecutionRecord]:
    """The same while it is taken down: one operation is out, another waits for the host."""
    record = installed.executions.start("m", "i", "uninstall", {})
    session = installed.space.open_session(30)
    work = Work(installed.space, "w", session)
    while work.propagate(0) is not None:
        pass
    assert len(installed.keys("op/")) == 1
    return installed, record


def one(there: Installation, prefix: str) -> tuple[str, dict[str, Any]]:
    """The first key of that prefix and its value."""
    entry = there.space.entries(prefix)[0]
    return entry.key, json.loads(entry.value)


def put(there: Installation, key: str, value: object) -> None:
    there.space.transact([Set(key, json.dumps(value).encode())])


def change(there: Installation, key: str, **changes: object) -> None:
    value = json.loads(there.space.read([key])[key].value)
    put(there, key, {**value, **changes})


def remove(there: Installation, *keys: str) -> None:
    there.space.transact([Delete(key) for key in keys])


def wrong(there: Installation) -> str:
    """All that is found, as one text."""
    return "\n".join(
        f"{found.kind}: {found.key}: {found.wrong}; expected {found.expected}" for found in findings(there)
    )


# -- what is sound


def test_an_empty_space_is_sound(tmp_path: Path) -> None:
    assert check(Installation(tmp_path).space, Installation(tmp_path).artifacts) == ([], False)


@pytest.mark.parametrize("fails", ["", "one"])
def test_a_space_is_sound_at_every_moment_of_its_executions(tmp_path: Path, csar: Csar, fails: str) -> None:
    there = Installation(tmp_path)
    there.upload("m", csar(TWO_ON_A_HOST))
    there.deployments.create("m", "i", {})
    moments = 0
    for workflow in ("install", "uninstall"):
        record = there.executions.start("m", "i", workflow, {})
        for _ in carry_out_step(there.space, there.artifacts, fails=fails, outputs={"port": 1}):
            found, running = check(there.space, there.artifacts)
            assert (found, running) == ([], there.executions.get(record.id).ended is None)
            moments += 1
    assert moments >= 8  # each operation and each continuation
    assert there.keys("output/m/i/two/0/Standard/")
    there.collector(count=1).collect("test")
    assert findings(there, deep=True) == []


MAPPED = """\
tosca_definitions_version: tosca_simple_yaml_1_3
topology_template:
  node_templates:
    srv: { type: tosca.nodes.Compute, capabilities: { scalable: { properties: { default_instances: 2 } } } }
    one:
      type: tosca.nodes.SoftwareComponent
      interfaces:
        Standard:
          operations: { create: { implementation: scripts/create.sh, outputs: { port: [ SELF, feature, port ] } } }
      requirements:
        - host: srv
        - dependency:
            node: two
            relationship:
              type: tosca.relationships.ConnectsTo
              interfaces:
                Configure:
                  operations:
                    pre_configure_source: { implementation: scripts/start.sh, outputs: { port: [ TARGET, first ] } }
                    add_target: { implementation: scripts/start.sh, outputs: { port: [ SOURCE, second ] } }
    two: { type: tosca.nodes.Root, capabilities: { scalable: { properties: { default_instances: 2 } } } }
"""


def test_a_space_is_sound_in_which_outputs_are_attributes_of_the_nodes_at_the_ends(tmp_path: Path, csar: Csar) -> None:
    there = Installation(tmp_path)
    there.upload("m", csar(MAPPED))
    there.deployments.create("m", "i", {})

    there.run("install", outputs={"port": 1})

    assert findings(there) == []
    wrong_key = "output/m/i/two/7/one.dependency:0-all:Configure/pre_configure_source"
    put(there, wrong_key.replace(":", "%3A"), {"first": 1})
    put(there, "output/m/i/two/0/one.dependency%3A0-0%3AConfigure/stop", {"first": 1})
    assert [found.wrong for found in findings(there)] == [
        "no network of the instance has an operation one.dependency:0-0:Configure.stop of 'two'",
        "'two' has no instance '7'",
    ]


def test_a_space_is_sound_after_an_instance_was_deleted_by_force(
    running: tuple[Installation, ExecutionRecord],
) -> None:
    there, _ = running
    there.space.transact([Set("output/m/i/one/0/Standard/create", b"{}")])
    there.deployments.delete("m", "i", force=True)
    assert there.keys("output/") == []
    assert findings(there) == []


def test_housekeeping_at_that_moment_is_sound(installed: Installation) -> None:
    with turn(installed.space, "manager"):
        assert findings(installed) == []


# -- what is damaged while nothing runs


def test_a_key_outside_the_layout_is_found(installed: Installation) -> None:
    for key in ("strange/x", "op/99/0/e/p/0", "cell/m/i/one", "cell/m/i/one/x", "instance/m/a b", "gc/other", "bell/x"):
        installed.space.transact([Set(key, b"{}")])
        assert f"layout: {key}: stands outside the layout of keys" in wrong(installed)
        remove(installed, key)
    assert findings(installed) == []


@pytest.mark.parametrize("prefix", ["model/", "instance/", "exec/", "rule/", "cell/", "done/", "count/"])
def test_a_value_that_cannot_be_read_is_found(installed: Installation, prefix: str) -> None:
    key, _ = one(installed, prefix)
    for value in (b"", b"\xff", b"[]", b'{"x": 1}'):
        installed.space.transact([Set(key, value)])
        assert f"value: {key}: cannot be read" in wrong(installed)


def test_a_record_under_the_key_of_another_is_found(installed: Installation) -> None:
    _, value = one(installed, "model/")
    put(installed, "model/other", value)
    assert "value: model/other: says that it stands under 'model/m'" in wrong(installed)


def test_a_missing_model_or_network_is_found(installed: Installation) -> None:
    record = InstanceRecord.all(installed.space)[0]
    remove(installed, "model/m", f"rule/{record.networks['install']}/.network")
    text = wrong(installed)
    assert "instance: instance/m/i: its model is missing; expected a model 'm'" in text
    assert f"instance/m/i: network '{record.networks['install']}' of install is missing or incomplete" in text
    assert f"execution: {installed.executions.all()[0].key}: network" in text


def test_an_instance_of_another_archive_than_its_model_is_found(installed: Installation) -> None:
    change(installed, "model/m", digest="0" * 64)
    assert f"its archive is {InstanceRecord.all(installed.space)[0].digest}; expected that of its model" in wrong(
        installed
    )


def test_an_instance_that_names_an_execution_that_has_ended_or_is_missing_is_found(installed: Installation) -> None:
    change(installed, "instance/m/i", execution=installed.executions.all()[0].id)
    assert "that runs on it has ended: succeeded; expected an execution that runs, or none" in wrong(installed)
    change(installed, "instance/m/i", execution="gone")
    assert "the execution 'gone' that runs on it is missing" in wrong(installed)


def test_a_status_that_does_not_fit_the_end_is_found(installed: Installation) -> None:
    change(installed, installed.executions.all()[0].key, status="running")
    assert "its status is 'running' and it ended 2" in wrong(installed)


def test_a_memory_of_nobody_or_of_the_future_is_found(installed: Installation) -> None:
    key, value = one(installed, "cell/m/i/one/")
    put(installed, "cell/m/gone/one/0", value)
    put(installed, "cell/m/i/unheard/0", value)
    put(installed, "cell/m/i/one/7", value)
    change(installed, key, run=9)
    text = wrong(installed)
    assert "memory: cell/m/gone/one/0: its instance is missing" in text
    assert "memory: cell/m/i/unheard/0: no network of the instance has a production 'unheard'" in text
    assert "memory: cell/m/i/one/7: it is of number 7; expected less than 1" in text
    assert f"memory: {key}: it is of run 9; expected at most run 1" in text


def test_a_memory_at_an_operation_of_a_run_that_has_ended_is_found(installed: Installation) -> None:
    change(installed, "cell/m/i/one/0", phase="operation")
    assert "memory: cell/m/i/one/0: it is at an operation, but its run has ended" in wrong(installed)


def test_a_tuple_of_an_execution_that_has_ended_or_is_missing_is_found(installed: Installation) -> None:
    ended = installed.executions.all()[0].id
    for execution, what in ((ended, "its execution has ended: succeeded"), ("gone", "its execution is missing")):
        put(installed, f"op/0/0001/{execution}/one/0", {"step": 1, "base": 0})
        put(installed, f"prop/0/{execution}/x", {"facts": []})
        text = wrong(installed)
        assert f"tuple: op/0/0001/{execution}/one/0: {what}" in text
        assert f"tuple: prop/0/{execution}/x: {what}" in text


COMPUTE = "server: {type: tosca.nodes.Compute"
IN_A_CONTAINER = TWO_ON_A_HOST.replace(COMPUTE, COMPUTE + ", metadata: {ditrit.host: lxc}")


def test_places_are_sound_as_long_as_containers_are_there(tmp_path: Path, csar: Csar) -> None:
    there = Installation(tmp_path)
    there.upload("m", csar(IN_A_CONTAINER))
    there.deployments.create("m", "i", {})
    there.run("install")
    assert there.keys("place/") == ["place/m/i/server/0"]
    assert findings(there) == []
    put(there, "place/gone/i/server/0", {"machine": "x"})
    put(there, "place/m/i/server/1", {"machine": "x"})
    put(there, "place/m/i/one/0", {"machine": "x"})
    put(there, "place/m/i/server/x", {"machine": "x"})
    put(there, "place/m/i/server/0", {"place": "x"})
    assert wrong(there).splitlines() == [
        (
            "layout: place/m/i/server/x: stands outside the layout of keys; expected"
            " place/<model>/<instance>/<node>/<number>"
        ),
        "place: place/gone/i/server/0: its instance is missing; expected no place",
        "place: place/m/i/one/0: instance 0 of 'one' is no machine that stays where it was made; expected a container",
        (
            "place: place/m/i/server/1: instance 1 of 'server' is no machine that stays where it was made;"
            " expected a container"
        ),
        (
            "value: place/m/i/server/0: cannot be read: KeyError('machine'); expected the JSON of"
            " place/<model>/<instance>/<node>/<number>"
        ),
    ]
    remove(there, *there.keys("place/"))
    put(there, "place/m/i/server/0", {"machine": "x"})
    there.deployments.delete("m", "i", force=True)
    assert there.keys("place/") == []


def test_outputs_of_nobody_are_found(installed: Installation) -> None:
    key = "output/m/{}/{}/{}/Standard/{}"
    put(installed, key.format("i", "one", 0, "create"), {"port": 1})
    put(installed, key.format("i", "one.host", "0-all", "create"), {"port": 1})
    put(installed, key.format("gone", "one", 0, "create"), {"port": 1})
    put(installed, key.format("i", "one", 1, "create"), {"port": 1})
    put(installed, key.format("i", "one", "x", "create"), {"port": 1})
    put(installed, key.format("i", "one", 0, "sing"), {"port": 1})
    put(installed, key.format("i", "one", 0, "start"), ["port"])
    start = "output: output/m/i/"
    assert wrong(installed).splitlines() == [
        "output: output/m/gone/one/0/Standard/create: its instance is missing; expected no output",
        f"{start}one.host/0-all/Standard/create: {no_operation('Standard.create', 'one.host')}",
        f"{start}one/0/Standard/sing: {no_operation('Standard.sing', 'one')}",
        f"{start}one/1/Standard/create: 'one' has no instance '1'; expected the number of an instance",
        f"{start}one/x/Standard/create: 'one' has no instance 'x'; expected the number of an instance",
        f"value: {key.format('i', 'one', 0, 'start')}: cannot be read: TypeError('it is no object'); expected {SHAPE}",
    ]


def no_operation(operation: str, owner: str) -> str:
    return f"no network of the instance has an operation {operation} of {owner!r}; expected an operation"


SHAPE = "the JSON of output/<model>/<instance>/<owner>/<number>/<interface>/<operation>"


def test_counts_that_differ_from_history_are_found(installed: Installation) -> None:
    key, value = one(installed, "count/")
    change(installed, key, done=value["done"] + 1)
    assert f"{value['done'] + 1} operations are counted as done; expected {value['done']}, as in history" in wrong(
        installed
    )
    change(installed, key, done=value["done"], failed=1)
    assert "1 operations are counted as failed; expected 0" in wrong(installed)


def test_a_lost_or_doubled_piece_of_history_is_found(installed: Installation) -> None:
    operations = [e for e in installed.space.entries("done/") if b'"operation"' in e.value]
    installed.space.transact([Set(operations[0].key + "0", operations[0].value)])
    assert "was committed 2 times; expected once" in wrong(installed)
    remove(installed, operations[0].key + "0", operations[0].key)
    assert "operations are counted as done; expected" in wrong(installed)


def test_history_of_no_execution_is_found(installed: Installation) -> None:
    put(installed, "done/gone/x", {"time": "", "worker": "", "events": []})
    put(installed, "fail/gone/one/0/1", {"id": "", "error": "x"})
    text = wrong(installed)
    assert "history: done/gone/x: its execution is missing; expected nothing; 'ditrit gc' removes it" in text
    assert "history: fail/gone/one/0/1: its execution is missing" in text


def test_reasons_of_failures_that_differ_from_history_and_status_are_found(installed: Installation) -> None:
    record = installed.executions.all()[0]
    put(installed, f"fail/{record.id}/one/0/1", {"id": "", "error": "x"})
    text = wrong(installed)
    assert f"history has no failure of {record.id}/one/0/1" in text
    assert f"execution: {record.key}: it succeeded with 1 failure(s); expected no failure" in text


def test_a_failure_without_a_reason_is_found(tmp_path: Path, csar: Csar) -> None:
    there = Installation(tmp_path)
    there.upload("m", csar(TWO_ON_A_HOST))
    there.deployments.create("m", "i", {})
    record = there.executions.start("m", "i", "install", {})
    carry_out(there.space, fails="one")
    assert findings(there) == []
    remove(there, *there.keys("fail/"))
    text = wrong(there)
    assert "the reason why" in text
    assert f"execution: {record.key}: it failed with 0 failure(s); expected a failure" in text


def test_archives_and_logs_that_are_missing_corrupt_or_nobodys_are_found(installed: Installation) -> None:
    digest = ModelRecord.all(installed.space)[0].digest
    content = installed.artifacts.get(archive_key(digest))
    installed.artifacts.write(archive_key(digest), b"changed")
    assert findings(installed) == []
    assert "is corrupt" in findings(installed, deep=True)[0].wrong
    installed.artifacts.delete(archive_key(digest))
    assert f"archive: model/m: its archive '{archive_key(digest)}' is missing" in wrong(installed)
    installed.artifacts.put(archive_key(digest), content)
    installed.artifacts.put("log/gone/x", b"")
    assert "log: log/gone/x: its execution is missing" in wrong(installed)


# -- what is damaged while an execution runs


def test_an_operation_without_its_tuple_and_the_reverse_are_found(
    running: tuple[Installation, ExecutionRecord],
) -> None:
    there, record = running
    key, value = one(there, "op/")
    production = key.split("/")[4]
    remove(there, key)
    text = wrong(there)
    assert f"memory: cell/m/i/{production}/0: it is at an operation that has no tuple" in text
    assert "the host is busy and has 0 operation tuple(s)" in text
    assert f"execution: {record.key}: it runs, but no tuple of it is left" in text
    put(there, key, {**value, "step": value["step"] + 1})
    assert f"tuple: {key}: its cell is not at step {value['step'] + 1}" in wrong(there)
    put(there, key, value)
    assert findings(there) == []
    cell = Cell.decoded(there.space.read([f"cell/m/i/{production}/0"])[f"cell/m/i/{production}/0"].value)
    there.space.transact([Set(f"cell/m/i/{production}/0", replace(cell, phase=Phase.WAITING).encoded())])
    assert f"tuple: {key}: its cell is not at step" in wrong(there)


def test_a_tuple_in_a_wrong_lane_or_of_another_instance_is_found(
    running: tuple[Installation, ExecutionRecord],
) -> None:
    there, _ = running
    key, value = one(there, "op/")
    lane, rest = int(key.split("/")[1]), key.split("/", 2)[2]
    change(there, key, instance="other")
    assert f"tuple: {key}: it is of 'm'/'other'; expected 'm'/'i'" in wrong(there)
    remove(there, key)
    put(there, f"op/{(lane + 1) % 8}/{rest}", value)
    assert f"it stands in another lane; expected lane {lane}" in wrong(there)


def test_a_queue_that_does_not_fit_its_host_is_found(running: tuple[Installation, ExecutionRecord]) -> None:
    there, _ = running
    key = memory_key("m", "i", CellId(".host:server", 0))
    queue = json.loads(there.space.read([key])[key].value)
    change(there, key, busy=False)
    text = wrong(there)
    assert f"host queue: {key}: the host is free and has 1 operation tuple(s)" in text
    assert f"host queue: {key}: 1 wait for a free host; expected none" in text
    put(there, key, {**queue, "waiting": []})
    assert "it is at an operation that has no tuple; expected an operation tuple" in wrong(there)
    put(there, key, {**queue, "waiting": [[0, 0, 9, "server", 0, 0], *queue["waiting"]]})
    assert "step 0 of 'server' number 0 waits, but its cell is not there" in wrong(there)
    operation = there.space.entries("op/")[0].key.split("/")
    step = json.loads(there.space.entries("op/")[0].value)["step"]
    put(there, key, {**queue, "waiting": [[0, 0, 9, operation[4], 0, step], *queue["waiting"]]})
    assert "it waits in the queue of its host too" in wrong(there)
    remove(there, key)
    assert "its host has no queue in run 2" in wrong(there)


def test_an_execution_and_an_instance_that_do_not_name_each_other_are_found(
    running: tuple[Installation, ExecutionRecord],
) -> None:
    there, record = running
    change(there, "instance/m/i", execution=None)
    assert f"execution: {record.key}: it runs, but the instance names None" in wrong(there)
    change(there, "instance/m/i", execution=record.id, run=7)
    assert "instance: instance/m/i: its run is 7; expected that of its execution, 2" in wrong(there)
    change(there, record.key, instance="other")
    text = wrong(there)
    assert f"the execution {record.id!r} runs on 'm'/'other'; expected an execution that names this instance" in text
    assert f"execution: {record.key}: it runs on an instance that is missing" in text


def test_more_or_fewer_operations_than_there_are_to_do_are_found(
    running: tuple[Installation, ExecutionRecord],
) -> None:
    there, record = running
    carry_out(there.space)
    for operations in (0, record.operations + 1):
        change(there, record.key, operations=operations)
        assert f"operations were committed; expected {operations}" in wrong(there)
    change(there, record.key, operations=0, status="failed")
    assert "operations were committed; expected at most 0" in wrong(there)


def test_an_execution_that_was_cancelled_and_went_on_is_sound_at_every_moment(installed: Installation) -> None:
    there = installed
    assert there.run("uninstall").status == "succeeded"
    record = there.executions.start("m", "i", "install", {})
    for number, _ in enumerate(carry_out_step(there.space, there.artifacts)):
        if number == 3:
            there.executions.cancel(record.id)
        assert wrong(there) == ""
    assert there.executions.get(record.id).status == "cancelled"
    there.executions.resume(record.id)
    for _ in carry_out_step(there.space, there.artifacts):
        assert wrong(there) == ""
    assert there.executions.get(record.id).status == "succeeded"
    assert wrong(there) == ""


def test_an_execution_that_failed_and_went_on_twice_is_sound_at_every_moment(installed: Installation) -> None:
    there = installed
    assert there.run("uninstall").status == "succeeded"
    record = there.executions.start("m", "i", "install", {})
    for fails in ("/one/", "/one/", ""):
        for _ in carry_out_step(there.space, there.artifacts, fails=fails):
            assert wrong(there) == ""
        assert wrong(there) == ""
        if fails:
            assert there.executions.get(record.id).status == "failed"
            there.executions.resume(record.id)
    assert there.executions.get(record.id).status == "succeeded"


def test_what_an_execution_is_said_to_have_done_before_it_went_on_must_be_so(installed: Installation) -> None:
    there = installed
    assert there.run("uninstall").status == "succeeded"
    record = there.executions.start("m", "i", "install", {})
    carry_out(there.space, there.artifacts, fails="/one/")
    there.executions.resume(record.id)
    carry_out(there.space, there.artifacts)
    change(there, there.executions.get(record.id).key, earlier=7)
    assert "7 operations are said to have succeeded before it was resumed; expected 2" in wrong(there)


def test_an_execution_that_is_being_cancelled_while_something_runs_is_sound(installed: Installation) -> None:
    there = installed
    record = there.executions.start("m", "i", "uninstall", {})
    work = Work(there.space, "w", there.space.open_session(30))
    while not work.take(1):
        assert work.propagate(0) is not None
    assert there.executions.cancel(record.id).status == "cancelling"
    assert wrong(there) == ""
