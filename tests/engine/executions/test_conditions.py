"""What holds and what does not, and how that is said."""

from __future__ import annotations

from typing import Any

import pytest

from engine.executions.conditions import unmet
from engine.executions.errors import NoValue, PreconditionNotMet
from engine.executions.records import ExecutionRecord, InstanceRecord, encode
from engine.executions.start import start_execution
from engine.space import keys
from engine.space.backends.memory import MemorySpace, Store
from engine.space.verbs import Set
from tests.engine.executions.world import deploy
from tests.support.carrying import carry_out
from tests.support.flows import flows


def is_(name: str, *texts: str, kind: str = "string") -> dict[str, Any]:
    """An assertion on an attribute, whose reference is a call that the reader below knows."""
    written = [text.split(" ", 1) for text in texts]
    constraints = [
        {"type": kind, "operator": operator, "operand": {"plain": operand}, "text": f"{operator} {operand}"}
        for operator, operand in written
    ]
    reference = {"$function": "get_attribute", "arguments": ["SELF", name]}
    return {"assert": name, "value": reference, "constraints": constraints}


VALUES = {"state": "started", "size": 3, "long": "x" * 100}


def read(data: Any) -> Any:
    name = data["arguments"][1]
    if name not in VALUES:
        raise NoValue("get_attribute", "nobody has said it")
    return VALUES[name]


STARTED, STOPPED = is_("state", "equal started"), is_("state", "equal stopped")
LARGE = is_("size", "greater_than 5", "less_than 9", kind="integer")


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (STARTED, None),
        (STOPPED, 'found state "started", expected equal stopped'),
        (LARGE, "found size 3, expected greater_than 5 and less_than 9"),
        (is_("missing", "equal x"), "found no value of 'missing', expected equal x"),
        (is_("long", "equal x"), f'found long "{"x" * 59}…, expected equal x'),
        ({"and": []}, None),
        ({"and": [STARTED, STOPPED, LARGE]}, 'found state "started", expected equal stopped'),
        ({"or": [STOPPED, STARTED]}, None),
        ({"or": []}, None),
        (
            {"or": [STOPPED, LARGE]},
            'found state "started", expected equal stopped; found size 3, expected greater_than 5 and less_than 9',
        ),
        ({"not": [STOPPED]}, None),
        ({"not": [STARTED, STOPPED]}, None),
        ({"not": [STARTED]}, "found that state is equal started, expected not"),
        (
            {"not": [{"or": [STARTED, STOPPED]}]},
            "found that or (state is equal started, state is equal stopped), expected not",
        ),
        ({"and": [{"or": [STARTED]}, {"not": [STOPPED]}]}, None),
    ],
)
def test_what_does_not_hold_is_said_with_what_was_found(condition: dict[str, Any], text: str | None) -> None:
    assert unmet(condition, read) == text


GUARDED = """\
    w:
      preconditions: [ { target: %s, %s condition: [ { %s } ] } ]
      steps: { s: { target: db, activities: [ { call_operation: Standard.stop } ] } }
"""


def deployed(target: str, condition: str, relationship: str = "") -> MemorySpace:
    store = Store()
    about = f"target_relationship: {relationship}," if relationship else ""
    deploy(store, flows(GUARDED % (target, about, condition), servers=2))
    return MemorySpace(store)


def refused(space: MemorySpace) -> str:
    with pytest.raises(PreconditionNotMet) as error:
        start_execution(space, "m", "i", "w")
    assert not space.keys("exec/")
    assert not space.keys("prop/")
    return str(error.value)


def test_a_precondition_is_for_every_instance_of_its_target() -> None:
    space = deployed("app", "tosca_id: [ { equal: 'app[0,0]' } ]")
    assert refused(space) == (
        "workflow 'w' was not started: its precondition on 'app' is not met by app[1,0]: "
        'found tosca_id "app[1,0]", expected equal app[0,0]'
    )


def test_a_precondition_on_a_group_is_for_every_member() -> None:
    assert "on 'all' is not met by db[0]: " in refused(deployed("all", "or: [ { tosca_name: [ { equal: app } ] } ]"))


def test_a_workflow_is_started_once_its_precondition_is_met() -> None:
    space = deployed("all", "state: [ { equal: started } ]")
    assert 'found state "initial"' in refused(space)
    start_execution(space, "m", "i", "install")
    carry_out(space)

    record = start_execution(space, "m", "i", "w")
    carry_out(space)
    found = ExecutionRecord.read(space, record.id)
    assert found is not None
    assert found[0].status == "succeeded"


def test_attributes_of_a_relationship_are_those_that_its_operations_have_said() -> None:
    space = deployed("app", "token: [ { equal: t } ]", "dependency")
    assert refused(space).endswith("is not met by app[0,0]: found no value of 'token', expected equal t")
    for number in range(2):
        key = keys.path("output", "m", "i", "app.dependency", f"{number}-all", "Configure", "pre_configure_source")
        space.transact([Set(key, encode({"token": "t"}))])
    assert start_execution(space, "m", "i", "w").status == "running"


def test_inputs_of_the_workflow_are_kept_apart_from_those_of_the_topology() -> None:
    store = Store()
    deploy(store, flows("    w: { inputs: { size: { type: integer } }, steps: { } }\n"))
    space = MemorySpace(store)
    record = start_execution(space, "m", "i", "w", {"size": 2}, workflow_inputs={"size": 3})
    assert (record.inputs["size"], record.workflow_inputs["size"]) == (2, 3)
    found = InstanceRecord.read(space, "m", "i")
    assert found is not None
    assert found[0].execution == record.id
