"""YAML nodes → values by their declared type, constraints checked.  TOSCA 1.1 § 3.2, § 3.6.6.

Place in the flow: `tosca.phases.rendering` reads every property, attribute and input of a template through `Values`.
Calls of intrinsic functions become `tosca.model.Function`s; what they name must exist.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from tosca.definitions import ANY, Property, Schema, TypeInfo
from tosca.model import Function, Value
from tosca.nodes import List, Map, Node, Scalar, is_null
from tosca.problems import Problems, misspelled, one_of
from tosca.values.constraints import Constraint
from tosca.values.functions import EXPECTED, SHAPES, call_of, is_index, is_mistaken, meant_function
from tosca.values.names import Names, Scope
from tosca.values.ports import PORT_SPEC, broken_rules
from tosca.values.scalars import READERS, read_untyped

MAX_FILLING = 10


class Values:
    """Reads values and reports those that do not fit."""

    def __init__(self, data_types: Mapping[str, TypeInfo], scope: Scope, problems: Problems) -> None:
        self._data_types = data_types
        self._names = Names(scope, problems)
        self._problems = problems
        self.places: dict[int, Node] = {}  # where each call stands that is part of the result
        self.wanted: dict[int, Schema] = {}  # what is declared where a call stands
        self._filling: list[str] = []  # data types whose defaults are being read
        self._endless: set[str] = set()
        self._structures: dict[str, Callable[[Node, Schema], Value]] = {
            "list": self._list,
            "map": self._map,
            "range": self._range,
            "any": self._any,
        }

    @contextmanager
    def also(self, inputs: Collection[str]) -> Iterator[None]:
        """Let functions name further inputs, as those of a workflow do in its steps (§ 7.3.6)."""
        names = self._names
        self._names = names.also(inputs)
        yield
        self._names = names

    def read(self, node: Node, schema: Schema = ANY) -> Value:
        """Return the value of a node; None, and a problem, when it does not fit."""
        if type(node) is Scalar:
            return self._scalar(node, schema)
        call = call_of(node) if type(node) is Map else None
        if call is not None and self._is_call(call, node, schema):
            function = self._function(*call)
            if schema.type != "any":
                self.wanted[id(function)] = schema
            return function
        structure = self._structures.get(schema.type)
        if structure is None:
            info = self._data_types.get(schema.type)
            return self._data(node, schema, info) if info else self._misfit(node, schema, f"a {schema.type}")
        value = structure(node, schema)
        return self._constrain(node, value, schema.constraints) if schema.constraints else value

    def _scalar(self, node: Scalar, schema: Schema) -> Value:
        if schema.type == "any" and not schema.constraints:
            return read_untyped(node)
        reader = READERS.get(schema.type)
        if reader is None:
            return self._scalar_of_data(node, schema)
        if is_null(node) and (schema.type != "string" or node.text):
            return None
        try:
            value: Value = reader(node)
        except ValueError as error:
            return self._misfit(node, schema, str(error))
        return self._constrain(node, value, schema.constraints) if schema.constraints else value

    def _scalar_of_data(self, node: Scalar, schema: Schema) -> Value:
        if is_null(node):
            return None
        info = self._data_types.get(schema.type)
        if info is None or info.primitive is None:
            shape = schema.type if schema.type in self._structures else f"a map, a {schema.type}"
            return self._misfit(node, schema, shape if info else f"a {schema.type}")
        constraints = (*info.constraints, *schema.constraints)
        return self.read(node, Schema(info.primitive, constraints, schema.entry or info.entry, schema.key or info.key))

    def _constrain(self, node: Node, value: Value, constraints: tuple[Constraint, ...]) -> Value:
        for constraint in constraints:
            if not constraint.holds(value):
                message = f"found {_shown(value)}, expected {constraint.text}"
                self._problems.report("constraint-violated", message, node)
        return value

    def _misfit(self, node: Node, schema: Schema, expected: str) -> Value:
        found = repr(node.text) if isinstance(node, Scalar) else f"a {node.shape}"
        kind = "" if schema.type in expected else f" ({schema.type})"
        near = self._problems.near(_only_key(node), SHAPES) if _only_key(node) else ""
        self._problems.report("wrong-value", f"found {found}, expected {expected}{kind}{near}", node)
        return None

    def _list(self, node: Node, schema: Schema) -> Value:
        if type(node) is not List:
            return self._misfit(node, schema, "a list")
        entry = schema.entry or ANY
        return [self.read(item, entry) for item in node.items]

    def _map(self, node: Node, schema: Schema) -> Value:
        if type(node) is not Map:
            return self._misfit(node, schema, "a map")
        entry = schema.entry or ANY
        if schema.key is not None:
            self._check_keys(node, schema.key)
        return {key: self.read(value, entry) for key, value in node.entries.items()}

    def _check_keys(self, node: Map, schema: Schema) -> None:
        """Read the keys of a map as values (1.3)."""
        info = self._data_types.get(schema.type)
        reader = READERS.get(info.primitive or "" if info is not None else schema.type)
        constraints = (*(info.constraints if info is not None else ()), *schema.constraints)
        for key in node.entries if reader is not None else ():
            try:
                value = reader(Scalar(key, True, 0, 0)) if reader is not None else key
            except ValueError as error:
                self._problems.report("wrong-value", f"found key {key!r}, expected {error}", node, key)
                continue
            for broken in (constraint.text for constraint in constraints if not constraint.holds(value)):
                self._problems.report("constraint-violated", f"found key {key!r}, expected {broken}", node, key)

    def _any(self, node: Node, _: Schema) -> Value:
        if type(node) is List:
            return self._list(node, ANY)
        name = _only_key(node)
        meant = meant_function(name, node.entries[name]) if type(node) is Map and name else None
        if meant is not None:
            message = f"found a map with {name!r}, expected a function or other data; did you mean {meant!r}?"
            self._problems.report("misspelled-function", message, node, name)
        return self._map(node, ANY)

    def _range(self, node: Node, schema: Schema) -> Value:
        texts = [item.text if type(item) is Scalar else "" for item in node.items] if type(node) is List else []
        if len(texts) != 2 or not _is_integer(texts[0]) or not (_is_integer(texts[1]) or texts[1] == "UNBOUNDED"):
            return self._misfit(node, schema, "a range such as [ 1, 4 ] or [ 1, UNBOUNDED ]")
        if texts[1] == "UNBOUNDED":
            return [int(texts[0]), texts[1]]
        if int(texts[0]) > int(texts[1]):
            return self._misfit(node, schema, "a range with its lower bound first")
        return [int(texts[0]), int(texts[1])]

    def _data(self, node: Node, schema: Schema, info: TypeInfo) -> Value:
        if info.primitive is not None:
            constraints = (*info.constraints, *schema.constraints)
            entry, key = schema.entry or info.entry, schema.key or info.key
            return self.read(node, Schema(info.primitive, constraints, entry, key))
        if type(node) is not Map:
            return self._misfit(node, schema, f"a map, a {schema.type}")
        value = self.properties(node, node.entries, info.properties, schema.type)
        if PORT_SPEC in info.lineage:
            for message in broken_rules(value):
                self._problems.report("constraint-violated", message, node)
        return self._constrain(node, value, (*info.constraints, *schema.constraints))

    def properties(
        self, owner: Node, nodes: Mapping[str, Node], properties: Mapping[str, Property], of: str
    ) -> dict[str, Value]:
        """Read the properties of a data type: assigned ones, defaults, missing ones, unknown ones."""
        values = self._defaults(owner, nodes, properties, of)
        for name, node in nodes.items():
            prop = properties.get(name)
            if prop is None:
                self.unknown("unknown-property", owner, name, properties, of)
            else:
                values[name] = self.read(node, prop.schema)
        for name, prop in properties.items():
            if prop.required and (name not in values or (name in nodes and is_null(nodes[name]))):
                self.missing(owner, name, of, nodes.keys() - properties.keys())
        return values

    def _defaults(
        self, owner: Node, nodes: Mapping[str, Node], properties: Mapping[str, Property], of: str
    ) -> dict[str, Value]:
        """Read the defaults; a data type may, through its own defaults, contain itself without end."""
        if of in self._endless or len(self._filling) > MAX_FILLING:
            if of not in self._endless:
                message = f"found defaults that contain each other, {' → '.join(self._filling)}, expected an end"
                self._problems.report("type-loop", message, owner)
            self._endless.update(self._filling)
            return dict.fromkeys(properties)
        self._filling.append(of)
        values = {
            name: self.read(prop.default, prop.schema)
            for name, prop in properties.items()
            if prop.default is not None and name not in nodes
        }
        self._filling.pop()
        return values

    def unknown(self, code: str, owner: Node, name: str, known: Collection[str], of: str) -> None:
        expected = f"expected {one_of(known)}" if known else "expected none"
        message = f"found {name!r}, {expected} ({of}){self._problems.near(name, known)}"
        self._problems.report(code, message, owner, name)

    def missing(self, owner: Node, name: str, of: str, strangers: Collection[str]) -> None:
        """Report a property without a value, unless a name that nobody knows stands for it."""
        if misspelled(name, strangers):
            return
        message = f"found no value for property {name!r}, expected one: {of} requires it and gives no default"
        self._problems.report("missing-property", message, owner)

    def _is_call(self, call: tuple[str, Node], node: Node, schema: Schema) -> bool:
        name, argument = call
        if SHAPES[name](argument):
            info = self._data_types.get(schema.type)
            return info is None or name not in info.properties
        if is_mistaken(name, argument) and schema.type != "map" and schema.type not in self._data_types:
            message = f"found {name} with arguments that it cannot take, expected {EXPECTED[name]}"
            self._problems.report("bad-function", message, node)
        return False

    def _function(self, name: str, argument: Node) -> Function:
        arguments = tuple(self.read(item) for item in (argument.items if type(argument) is List else [argument]))
        self._names.check(name, arguments, argument)
        if name == "token" and isinstance(arguments[2], str) and not is_index(arguments[2]):
            message = f"found token with index {arguments[2]!r}, expected a number from 0 on"
            self._problems.report("bad-function", message, argument)
        call = Function(name, arguments)
        self.places[id(call)] = argument
        return call


def _only_key(node: Node) -> str:
    """The key of a map that has no other, as the call of a function has."""
    return next(iter(node.entries)) if type(node) is Map and len(node.entries) == 1 else ""


def _is_integer(text: str) -> bool:
    return text.removeprefix("-").removeprefix("+").isdecimal() and len(text) < 4000


def _shown(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= 100 else text[:97] + "..."
