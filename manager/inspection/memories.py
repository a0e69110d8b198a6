"""How memories, host queues and tuples agree.

Place in the flow: picture → **findings** about what runs.  An operation tuple is there exactly when its cell is at an
operation, at that step, in the run of an execution that has not ended; or the cell waits in the queue of its host.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.executions.hosts import HostQueue, host_of
from engine.executions.memories import memory_key
from engine.executions.records import CANCELLING, FAILED, SUCCEEDED, ExecutionRecord
from engine.executions.tuples import lane_of
from engine.rete.memory import Cell, CellId, Phase
from engine.rete.production import Production
from manager.inspection.finding import Finding
from manager.inspection.picture import HOST, Item, Picture

Operation = tuple[str, int, int]  # production, flat, step


def memory_findings(there: Picture) -> Iterator[Finding]:
    """What is wrong with memories, queues and tuples."""
    for kind in ("op", "prop"):
        for item in there.items[kind]:
            yield from _of_the_living(there, item)
    for item in there.items["cell"]:
        yield from _memory(there, item)
    for execution in there.running:
        yield from _Run(there, execution).findings()


def _of_the_living(there: Picture, item: Item) -> Iterator[Finding]:
    execution = there.executions.get(item.value.fields["execution"])
    if execution is None:
        yield Finding("tuple", item.key, "its execution is missing", "no tuple")
    elif execution.ended is not None:
        yield Finding("tuple", item.key, f"its execution has ended: {execution.status}", "no tuple")


def _memory(there: Picture, item: Item) -> Iterator[Finding]:
    instance = there.instances.get((item.parts[1], item.parts[2]))
    if instance is None:
        yield Finding("memory", item.key, "its instance is missing", "no memory")
        return
    if item.value.run > instance.run:
        yield Finding("memory", item.key, f"it is of run {item.value.run}", f"at most run {instance.run}")
    yield from _within_network(there, item, list(instance.networks.values()))
    if isinstance(item.value, Cell) and item.value.phase is Phase.OPERATION and _is_through(there, item):
        yield Finding("memory", item.key, "it is at an operation, but its run has ended", "another phase")


def _within_network(there: Picture, item: Item, networks: list[str]) -> Iterator[Finding]:
    """A cell is that of an instance of a production that some network of its instance has."""
    name, flat = item.parts[3], int(item.parts[4])
    if name.startswith(HOST):
        return
    found = [there.networks[network][name] for network in networks if name in there.networks.get(network, ())]
    if not found and any(_sets_state_of(there, network, name) for network in networks):
        return
    if not found:
        yield Finding("memory", item.key, f"no network of the instance has a production {name!r}", "a production")
    elif all(flat >= production.count for production in found):
        most = max(production.count for production in found)
        yield Finding("memory", item.key, f"it is of number {flat}", f"less than {most}")


def _sets_state_of(there: Picture, network: str, name: str) -> bool:
    """Whether a network that has no such production sets the state of its instances."""
    productions: Mapping[str, Production] = there.networks.get(network, {})
    return any(found.state_of is not None and found.state_of[0] == name for found in productions.values())


def _is_through(there: Picture, item: Item) -> bool:
    """Whether the run of a memory went on to its end; one that was cancelled leaves operations where they were."""
    for execution in there.executions.values():
        if (execution.model, execution.instance, execution.run) == (*item.parts[1:3], item.value.run):
            return execution.status in (SUCCEEDED, FAILED)
    return False


class _Run:
    """What belongs to one execution that runs."""

    def __init__(self, there: Picture, record: ExecutionRecord) -> None:
        self._there = there
        self._record = record
        self._productions: dict[str, Production] = there.networks.get(record.network, {})
        self._tuples: dict[Operation, Item] = {}
        for item in there.items["op"]:
            fields = item.value.fields
            if fields["execution"] == record.id:
                self._tuples[fields["production"], fields["flat"], fields["step"]] = item
        self._queues = self._own_queues()
        self._waiting = {
            (turn.production, turn.flat, turn.step): item
            for item in self._queues.values()
            for turn in item.value.waiting
        }

    def findings(self) -> Iterator[Finding]:
        for operation, item in self._tuples.items():
            yield from self._tuple(operation, item)
        if self._record.status == CANCELLING:
            return  # what nobody held is gone, and its memories are left as they are
        for operation, item in self._waiting.items():
            if self._at(operation) is None:
                wrong = f"{_named(operation)} waits, but its cell is not there"
                yield Finding("host queue", item.key, wrong, "a cell at that operation")
        yield from self._cells()
        for host, item in self._queues.items():
            yield from self._queue(host, item)
        if not self._tuples and not self._has_continuations():
            yield Finding("execution", self._record.key, "it runs, but no tuple of it is left", "a tuple, or an end")

    def _tuple(self, operation: Operation, item: Item) -> Iterator[Finding]:
        production, flat, _ = operation
        fields = item.value.fields
        if (fields.get("model"), fields.get("instance")) != (self._record.model, self._record.instance):
            wrong = f"it is of {fields.get('model')!r}/{fields.get('instance')!r}"
            yield Finding("tuple", item.key, wrong, f"{self._record.model!r}/{self._record.instance!r}")
        if fields["lane"] != lane_of(CellId(production, flat)):
            yield Finding("tuple", item.key, "it stands in another lane", f"lane {lane_of(CellId(production, flat))}")
        if self._at(operation) is None:
            yield Finding(
                "tuple", item.key, f"its cell is not at {_named(operation)}", self._cell_key(production, flat)
            )
        host = self._host(operation)
        if host is not None and host not in self._queues:
            wrong = f"its host has no queue in run {self._record.run}"
            yield Finding("tuple", item.key, wrong, memory_key(self._record.model, self._record.instance, host))
        if operation in self._waiting:
            yield Finding("tuple", item.key, "it waits in the queue of its host too", "one or the other")

    def _cells(self) -> Iterator[Finding]:
        for (model, instance, production, flat), item in self._there.cells.items():
            mine = (model, instance) == (self._record.model, self._record.instance)
            if not mine or item.value.phase is not Phase.OPERATION or item.value.run != self._record.run:
                continue
            operation = (production, flat, item.value.step)
            if operation not in self._tuples and operation not in self._waiting:
                expected = f"an operation tuple of step {item.value.step}, or a place in the queue of its host"
                yield Finding("memory", item.key, "it is at an operation that has no tuple", expected)

    def _queue(self, host: CellId, item: Item) -> Iterator[Finding]:
        queue: HostQueue = item.value
        there = [operation for operation in self._tuples if self._host(operation) == host]
        if len(there) != int(queue.busy):
            wrong = f"the host is {'busy' if queue.busy else 'free'} and has {len(there)} operation tuple(s)"
            yield Finding("host queue", item.key, wrong, "one when it is busy, else none")
        if queue.waiting and not queue.busy:
            yield Finding("host queue", item.key, f"{len(queue.waiting)} wait for a free host", "none")

    def _own_queues(self) -> dict[CellId, Item]:
        own = (self._record.model, self._record.instance)
        return {
            CellId(item.parts[3], int(item.parts[4])): item
            for item in self._there.items["cell"]
            if isinstance(item.value, HostQueue)
            and (item.parts[1], item.parts[2]) == own
            and item.value.run == self._record.run
        }

    def _at(self, operation: Operation) -> Cell | None:
        """The cell that is at this very operation."""
        production, flat, step = operation
        item = self._there.cells.get((self._record.model, self._record.instance, production, flat))
        if item is None:
            return None
        cell: Cell = item.value
        return cell if (cell.run, cell.phase, cell.step) == (self._record.run, Phase.OPERATION, step) else None

    def _host(self, operation: Operation) -> CellId | None:
        production = self._productions.get(operation[0])
        return None if production is None else host_of(production, operation[1])

    def _has_continuations(self) -> bool:
        return any(item.value.fields["execution"] == self._record.id for item in self._there.items["prop"])

    def _cell_key(self, production: str, flat: int) -> str:
        return f"{memory_key(self._record.model, self._record.instance, CellId(production, flat))} at that operation"


def _named(operation: Operation) -> str:
    production, flat, step = operation
    return f"step {step} of {production!r} number {flat}"
