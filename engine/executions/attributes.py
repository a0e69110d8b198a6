"""Follows the references of `engine.instances.references`: what attributes and outputs are at this moment.

Place in the flow: inputs of an operation that starts, or outputs of a topology → **values**.  What an operation has
said comes before what the template tells.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from engine.executions.errors import NoValue
from engine.executions.history import owner_number
from engine.executions.memories import memory_key
from engine.executions.outputs import ALL, Outputs, Owner, Said, ends_of
from engine.instances.references import ATTRIBUTE, OUTPUT, WORKFLOW_INPUT
from engine.instances.scaling import index_of
from engine.masking import at, texts
from engine.rete.memory import CellId
from engine.rete.production import Production
from engine.space.base import Space
from tosca.model import Function, Value
from tosca.values.functions import Resolver, evaluate

Anchors = Mapping[str, int]
MOST_INSTANCES = 1000
"""Values of more instances are not put into one list."""
MOST_READS = 100_000
"""So many instances may be read for one value: attributes that lead to those of many others multiply."""
OF_EVERY_NODE = ("tosca_name", "tosca_id", "state")  # 5.8.1.2


def anchors_of(production: Production, flat: int) -> Anchors:
    """Whose values an operation reads: the instance on which it is done, and those at the ends of its relationship."""
    return {"self": owner_number(production, flat), **ends_of(production, flat)}


class States:
    """The states of node instances, each read when it is asked for."""

    def __init__(self, space: Space, model: str, instance: str) -> None:
        self._space = space
        self._identity = (model, instance)

    def __call__(self, node: str, flat: int) -> str:
        key = memory_key(*self._identity, CellId(node, flat))
        entry = self._space.read([key]).get(key)
        return "initial" if entry is None else str(json.loads(entry.value)["state"])


class Attributes:
    """Evaluates values in which references stand; all other functions are the resolver's."""

    def __init__(
        self,
        outputs: Outputs,
        state: Callable[[str, int], str],
        resolver: Resolver,
        workflow_inputs: Mapping[str, Any] | None = None,
    ) -> None:
        self._outputs = outputs
        self._given = workflow_inputs or {}
        self._state = state
        self._resolver = resolver
        self._reads = 0
        self.secrets: set[str] = set()  # texts of the secret attributes that were read

    def value(self, value: Value, anchors: Anchors) -> Any:
        """The plain value.

        Raises:
            NoValue: an attribute or output has none.
            FunctionError: a call has arguments that it cannot take.  What the resolver raises passes through.
        """
        self._reads = 0
        return self._value(value, anchors)

    def _value(self, value: Value, anchors: Anchors) -> Any:
        return evaluate(self._followed(value, anchors), self._resolver)

    def _followed(self, value: Value, anchors: Anchors) -> Any:
        match value:
            case Function(name, (dict() as about,)) if name in (ATTRIBUTE, OUTPUT):
                return self._reference(about, self._attribute if name == ATTRIBUTE else self._output, anchors)
            case Function(name, (str() as input_, *path)) if name == WORKFLOW_INPUT:
                if input_ not in self._given:
                    raise NoValue(f"get_input {input_}", "the workflow was given no such input")
                return inside(self._given, [input_, *(self._value(step, anchors) for step in path)], "get_input")
            case Function(name, arguments):
                return Function(name, tuple(self._followed(argument, anchors) for argument in arguments))
            case list():
                return [self._followed(item, anchors) for item in value]
            case dict():
                return {key: self._followed(item, anchors) for key, item in value.items()}
        return value

    def _reference(self, about: dict[str, Any], read: Callable[..., Any], anchors: Anchors) -> Any:
        """What the first holder that has a value has."""
        missing: list[NoValue] = []
        for holder in about["holders"]:
            try:
                return self._held(about["call"], holder, read, anchors)
            except NoValue as error:
                missing.append(error)
        raise missing[0]

    def _held(self, call: str, holder: dict[str, Any], read: Callable[..., Any], anchors: Anchors) -> Any:
        """One value where one instance is meant; where several are, a list in the order of their indexes."""
        if "relationship" in holder:
            return read(call, holder, None, anchors)
        first, count = _range(holder["instances"], anchors)
        if count > MOST_INSTANCES:
            raise NoValue(call, f"{holder['node']!r} has {count} instances here, expected at most {MOST_INSTANCES}")
        self._reads += count
        if self._reads > MOST_READS:
            raise NoValue(call, f"found more than {MOST_READS} values that it leads to, expected fewer")
        if count > 1:
            self._outputs.load(holder["node"])
        found = [read(call, holder, flat, {"self": flat}) for flat in range(first, first + count)]
        return found[0] if count == 1 else found

    def _attribute(self, call: str, holder: dict[str, Any], flat: int | None, anchors: Anchors) -> Any:
        said = self._said(holder, flat, anchors)
        path = [self._value(step, anchors) for step in holder["path"]]
        names = holder["names"]
        if len(names) == 1 and names[0] in OF_EVERY_NODE and flat is not None:
            return self._of_every_node(names[0], holder, flat)
        for name in names:
            for one in reversed(said):
                if name in one.values:
                    for place in holder.get("secret", ()):
                        self.secrets.update(
                            texts_in for found in at(one.values[name], place) for texts_in in texts(found)
                        )
                    return inside(one.values[name], path, call)
        found = self._value(holder["otherwise"], anchors) if "otherwise" in holder else None
        if found is not None:
            return inside(found, path, call)
        there = dict.fromkeys([*(name for one in said for name in one.values), *holder["has"]])
        if flat is not None:
            there |= dict.fromkeys(OF_EVERY_NODE)
        what = ", ".join(sorted(there)) or "nothing"
        raise NoValue(call, f"{_instance(holder, flat)} has no value for {_shown(names)}; it has {what}")

    def _of_every_node(self, name: str, holder: dict[str, Any], flat: int) -> str:
        if name == "state":
            return self._state(holder["node"], flat)
        return holder["node"] if name == "tosca_name" else _instance(holder, flat)

    def _output(self, call: str, holder: dict[str, Any], flat: int | None, anchors: Anchors) -> Any:
        said = self._said(holder, flat, anchors)
        for one in reversed(said):
            right = one.interface in holder["interfaces"] and one.operation == holder["operation"]
            if right and holder["output"] in one.values:
                return one.values[holder["output"]]
        there = sorted(f"{one.interface}.{one.operation}: {name}" for one in said for name in one.values)
        what = f"no operation has said {holder['output']!r}; said were {', '.join(there) or 'none'}"
        raise NoValue(call, f"of {_instance(holder, flat)} {what}")

    def _said(self, holder: dict[str, Any], flat: int | None, anchors: Anchors) -> list[Said]:
        if flat is not None:
            return self._outputs.of_node(holder["node"], flat, of_all=holder.get("of_all", False))
        return [one for owner in _between(holder["relationship"], anchors) for one in self._outputs.of(owner)]


def inside(value: Any, path: list[Any], call: str) -> Any:
    """What lies at the end of a path into a value.

    Raises:
        NoValue: it ends before.
    """
    for step in path:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise NoValue(call, f"its value has no {step!r} in it") from error
    return value


def _between(name: str, anchors: Anchors) -> list[Owner]:
    """A relationship instance under the numbers that operations record: said for all of an end, and for it alone."""
    source, target = (str(anchors.get(end, ALL)) for end in ("source", "target"))
    return list(dict.fromkeys(Owner(name, f"{s}-{t}") for s, t in ((source, ALL), (ALL, target), (source, target))))


def _range(instances: dict[str, Any], anchors: Anchors) -> tuple[int, int]:
    """The first of the instances that are meant, and how many they are."""
    if "all" in instances:
        return 0, instances["all"]
    number = anchors[instances["from"]]
    if "up" in instances:
        return number // instances["up"], 1
    return number * instances["down"], instances["down"]


def _instance(holder: dict[str, Any], flat: int | None) -> str:
    if flat is None:
        return f"relationship {holder['relationship']}"
    index = ",".join(map(str, index_of(tuple(holder["radix"]), flat)))
    return f"{holder['node']}[{index}]"


def _shown(names: list[str]) -> str:
    return " or ".join(map(repr, names))
