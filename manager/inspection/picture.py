"""The space at one moment: every entry read for what it is.

Place in the flow: entries → **picture** → the checks.  What stands outside the layout of keys, or cannot be read, is a
finding here and part of no picture.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.executions.hosts import HostQueue
from engine.executions.networks import COMPLETE
from engine.executions.records import ExecutionRecord, InstanceRecord, ModelRecord
from engine.executions.tuples import CONTINUATION, OPERATION
from engine.rete.memory import Cell, Group
from engine.rete.production import Production
from engine.space import keys
from engine.space.base import Entry
from engine.space.tuples import Tuple
from manager.inspection.finding import Finding

T = TypeVar("T")
HOST = ".host:"


@dataclass(frozen=True, slots=True)
class Item:
    """An entry, the components of its key, and what its value means."""

    key: str
    parts: list[str]
    entry: Entry
    value: Any


@dataclass(slots=True)
class Picture:
    """What there is, by kind; and by name, what others refer to."""

    items: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    models: dict[str, ModelRecord] = field(default_factory=dict)
    instances: dict[tuple[str, str], InstanceRecord] = field(default_factory=dict)
    executions: dict[str, ExecutionRecord] = field(default_factory=dict)
    networks: dict[str, dict[str, Production]] = field(default_factory=dict)  # the complete ones
    cells: dict[tuple[str, str, str, int], Item] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def running(self) -> list[ExecutionRecord]:
        """The executions that have not ended."""
        return [record for record in self.executions.values() if record.ended is None]


def picture(entries: Iterable[Entry]) -> Picture:
    """Read all entries of a space."""
    found = Picture()
    for entry in entries:
        item = _item(entry, found.findings)
        if item is not None:
            found.items[item.parts[0]].append(item)
    found.models = {record.model: record for record in _values(found, "model", ModelRecord)}
    found.instances = {(record.model, record.instance): record for record in _values(found, "instance", InstanceRecord)}
    found.executions = {record.id: record for record in _values(found, "exec", ExecutionRecord)}
    found.cells = {_place(item): item for item in found.items["cell"] if isinstance(item.value, Cell)}
    complete = {item.parts[1] for item in found.items["rule"] if item.parts[2] == COMPLETE}
    found.networks = {network: {} for network in complete}
    for item in found.items["rule"]:
        if isinstance(item.value, Production) and item.parts[1] in complete:
            found.networks[item.parts[1]][item.value.name] = item.value
    return found


def _item(entry: Entry, findings: list[Finding]) -> Item | None:
    parts = keys.split(entry.key)
    kind = parts[0]
    shape = _SHAPES.get(kind)
    if shape is None or not shape.fits(parts) or keys.path(*parts) != entry.key:
        expected = "one of the keys of the layout" if shape is None else shape.form
        findings.append(Finding("layout", entry.key, "stands outside the layout of keys", expected))
        return None
    try:
        value = shape.read(entry, parts)
        own = getattr(value, "key", entry.key)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        findings.append(Finding("value", entry.key, f"cannot be read: {error!r}", f"the JSON of {shape.form}"))
        return None
    if own != entry.key:
        findings.append(Finding("value", entry.key, f"says that it stands under {own!r}", "the same key"))
        return None
    return Item(entry.key, parts, entry, value)


def _values(found: Picture, kind: str, _type: type[T]) -> list[T]:
    return [item.value for item in found.items[kind]]


def _place(item: Item) -> tuple[str, str, str, int]:
    _, model, instance, production, flat = item.parts
    return model, instance, production, int(flat)


# -- the layout: the same as `engine.space.keys` describes


@dataclass(frozen=True, slots=True)
class _Shape:
    form: str
    fits: Callable[[list[str]], bool]
    read: Callable[[Entry, list[str]], Any]


def _of(length: int) -> Callable[[list[str]], bool]:
    return lambda parts: len(parts) == length


def _is_cell(parts: list[str]) -> bool:
    if len(parts) not in (5, 6) or not parts[4].isdigit():
        return False
    group = parts[5].split(".") if len(parts) == 6 else ["0"] * 3
    return len(group) == 3 and all(part.isdigit() for part in group)


def _is_operation(parts: list[str]) -> bool:
    return len(parts) == 6 and _is_lane(parts[1]) and parts[2].isdigit() and parts[5].isdigit()


def _is_bell(parts: list[str]) -> bool:
    return (len(parts) == 3 and parts[1] == "worker") or (len(parts) == 2 and _is_lane(parts[1]))


def _is_failure(parts: list[str]) -> bool:
    return len(parts) == 5 and parts[3].isdigit() and parts[4].isdigit()


def _is_lane(text: str) -> bool:
    return text.isdigit() and int(text) < keys.LANES


def _memory(entry: Entry, parts: list[str]) -> Any:
    if len(parts) == 6:
        return Group.decoded(entry.value)
    return (HostQueue if parts[3].startswith(HOST) else Cell).decoded(entry.value)


def _rule(entry: Entry, parts: list[str]) -> Any:
    data = json.loads(entry.value)
    if parts[2] == COMPLETE:
        return {name: data[name] for name in ("workflow", "starts", "operations")}
    found = Production.from_json(data)
    if found.name != parts[2]:
        raise ValueError(f"it is the production {found.name!r}")
    return found


def _object(*names: str) -> Callable[[Entry, list[str]], Any]:
    def read(entry: Entry, _: list[str]) -> Any:
        data = json.loads(entry.value)
        for name in names:
            data[name]
        return data

    return read


def _outputs(entry: Entry, _: list[str]) -> Any:
    data = json.loads(entry.value)
    if not isinstance(data, dict):
        raise TypeError("it is no object")
    return data


_SHAPES = {
    "model": _Shape("model/<model>", _of(2), lambda entry, _: ModelRecord.decoded(entry.value)),
    "roster": _Shape("roster/<model>", _of(2), lambda entry, _: entry.value),
    "instance": _Shape("instance/<model>/<instance>", _of(3), lambda entry, _: InstanceRecord.decoded(entry.value)),
    "exec": _Shape("exec/<exec>", _of(2), lambda entry, _: ExecutionRecord.decoded(entry.value)),
    "rule": _Shape("rule/<network>/<production>", _of(3), _rule),
    "cell": _Shape("cell/<model>/<instance>/<production>/<flat>[/<step>.<level>.<group>]", _is_cell, _memory),
    "op": _Shape(
        "op/<lane>/<priority>/<exec>/<production>/<flat>", _is_operation, lambda entry, _: Tuple.of(OPERATION, entry)
    ),
    "prop": _Shape(
        "prop/<lane>/<exec>/<id>",
        lambda parts: len(parts) == 4 and _is_lane(parts[1]),
        lambda entry, _: Tuple.of(CONTINUATION, entry),
    ),
    "bell": _Shape("bell/<lane> or bell/worker/<session>", _is_bell, lambda entry, _: entry.value),
    "done": _Shape("done/<exec>/<id>", _of(3), _object("time", "worker", "events")),
    "count": _Shape("count/<exec>/<session>", _of(3), _object("done", "failed")),
    "fail": _Shape("fail/<exec>/<production>/<flat>/<step>", _is_failure, _object("id", "error")),
    "output": _Shape("output/<model>/<instance>/<owner>/<number>/<interface>/<operation>", _of(7), _outputs),
    "place": _Shape(
        "place/<model>/<instance>/<node>/<number>",
        lambda parts: len(parts) == 5 and parts[4].isdigit(),
        _object("machine"),
    ),
    "gc": _Shape(
        "gc/turn or gc/sweep",
        lambda parts: len(parts) == 2 and parts[1] in ("turn", "sweep"),
        lambda entry, _: entry.value,
    ),
}
