"""How models, instances, executions and networks refer to each other.

Place in the flow: picture → **findings** about records.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.executions.records import CANCELLED, CANCELLING, FAILED, RUNNING, SUCCEEDED, ExecutionRecord, InstanceRecord
from manager.inspection.finding import Finding
from manager.inspection.picture import Picture
from manager.removal import MARK

LIVE, OVER = (RUNNING, CANCELLING), (SUCCEEDED, FAILED, CANCELLED)


def record_findings(there: Picture) -> Iterator[Finding]:
    """What is wrong with records and what they name."""
    for instance in there.instances.values():
        yield from _instance(there, instance)
    for execution in there.executions.values():
        yield from _execution(there, execution)


def _instance(there: Picture, record: InstanceRecord) -> Iterator[Finding]:
    model = there.models.get(record.model)
    if model is None:
        yield Finding("instance", record.key, "its model is missing", f"a model {record.model!r}")
    elif model.digest != record.digest:
        yield Finding("instance", record.key, f"its archive is {record.digest}", f"that of its model, {model.digest}")
    for workflow, network in record.networks.items():
        if network not in there.networks:
            yield _no_network("instance", record.key, network, workflow)
    if record.execution is None or record.execution == MARK:
        return
    execution = there.executions.get(record.execution)
    if execution is None or execution.ended is not None:
        what = "is missing" if execution is None else f"has ended: {execution.status}"
        wrong = f"the execution {record.execution!r} that runs on it {what}"
        yield Finding("instance", record.key, wrong, "an execution that runs, or none")
    elif (execution.model, execution.instance) != (record.model, record.instance):
        wrong = f"the execution {execution.id!r} runs on {execution.model!r}/{execution.instance!r}"
        yield Finding("instance", record.key, wrong, "an execution that names this instance")
    elif execution.run != record.run:
        yield Finding("instance", record.key, f"its run is {record.run}", f"that of its execution, {execution.run}")


def _execution(there: Picture, record: ExecutionRecord) -> Iterator[Finding]:
    allowed = LIVE if record.ended is None else OVER
    if record.status not in allowed:
        wrong = f"its status is {record.status!r} and it ended {record.ended or 'not yet'}"
        yield Finding("execution", record.key, wrong, f"one of {', '.join(allowed)}")
    if record.network not in there.networks:
        yield _no_network("execution", record.key, record.network, record.workflow)
    if record.ended is not None:
        return
    instance = there.instances.get((record.model, record.instance))
    if instance is None:
        yield Finding("execution", record.key, "it runs on an instance that is missing", "the instance, or an end")
    elif instance.execution not in (record.id, MARK):
        wrong = f"it runs, but the instance names {instance.execution!r}"
        yield Finding("execution", record.key, wrong, "an instance that names it")


def _no_network(kind: str, key: str, network: str, workflow: str) -> Finding:
    return Finding(kind, key, f"network {network!r} of {workflow} is missing or incomplete", f"rule/{network}/.network")
