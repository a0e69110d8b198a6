"""Definitions of properties, attributes and inputs → schemas with resolved types.

Place in the flow: a part of `tosca.phases.inheritance`, also used for the inputs and outputs of a topology.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tosca.definitions import ANY, Property, Schema
from tosca.entities.property_definition import KEYNAMES, EntrySchema, PropertyDefinition
from tosca.nodes import Map, Node, is_null
from tosca.phases.namespaces import Namespace
from tosca.problems import Problems
from tosca.values.constraints import Constraint, compile_clause
from tosca.values.scalars import ALIASES, PRIMITIVES


class Schemas:
    """Makes schemas of definitions."""

    def __init__(self, namespace: Namespace, problems: Problems) -> None:
        self._namespace = namespace
        self._problems = problems

    def merge(
        self, inherited: Mapping[str, Property], definitions: Mapping[str, PropertyDefinition]
    ) -> Mapping[str, Property]:
        """Add definitions to inherited properties; one without a type refines the inherited one."""
        if not definitions:
            return inherited
        return {
            **inherited,
            **{name: self.property(definition, inherited.get(name)) for name, definition in definitions.items()},
        }

    def property(self, definition: PropertyDefinition, inherited: Property | None = None) -> Property:
        if definition.is_value:
            definition = self._of_value(definition, inherited)
        schema = self._schema(definition, inherited)
        default = definition.value if definition.value is not None else definition.default
        if default is None and inherited is not None:
            default = inherited.default
        required = definition.required
        if required is None:
            required = inherited.required if inherited is not None else True
        # What is secret stays so in types that derive, whatever else they refine.
        secret = definition.secret or (inherited is not None and inherited.secret)
        return Property(schema, required, None if is_null(default) else default, secret)

    def _of_value(self, definition: PropertyDefinition, inherited: Property | None) -> PropertyDefinition:
        """Say what is meant where a value stands for a definition: the default of the property that is inherited."""
        node, stated = definition.node, definition.type
        if stated is not None and (self._known(stated) or inherited is None):
            return definition
        if inherited is None:
            fields = f"expected one of {', '.join(KEYNAMES)}"
            self._problems.report("wrong-shape", f"found a map with no keyname of a definition, {fields}", node)
            return PropertyDefinition(node, type="any")
        self._problems.report(
            "value-for-definition", "found a value, expected a definition; taken for the default", node
        )
        return PropertyDefinition(node, default=node)

    def _known(self, stated: str) -> bool:
        return ALIASES.get(stated, stated) in PRIMITIVES or self._namespace.resolve("data", stated) is not None

    def _schema(self, definition: PropertyDefinition, inherited: Property | None) -> Schema:
        if definition.type is not None:
            return self.of_definition(definition)
        if inherited is None:
            if not is_null(definition.node) and definition.value is None:
                message = "found a definition without 'type', expected it"
                self._problems.report("missing-keyname", message, definition.node)
            return ANY
        if not definition.constraints:
            return inherited.schema
        own = self.constraints(definition.constraints, inherited.schema.type)
        return replace(inherited.schema, constraints=(*inherited.schema.constraints, *own))

    def of_definition(self, definition: PropertyDefinition) -> Schema:
        """Return the schema of a definition; without a type its values are not checked."""
        stated = definition.type or "any"
        return self._of(stated, definition.node, definition.constraints, definition.entry_schema, definition.key_schema)

    def of_entries(self, entry: EntrySchema | None) -> Schema | None:
        """Return the schema of the entries, or keys, of a list or map."""
        if entry is None:
            return None
        return self._of(entry.type, entry.node, entry.constraints, entry.entry_schema, entry.key_schema)

    def _of(
        self,
        stated: str,
        node: Node,
        constraints: tuple[Node, ...],
        entry: EntrySchema | None,
        key: EntrySchema | None,
    ) -> Schema:
        name = self.type_name(stated, node)
        self._check_entries(name, node, entry, key)
        return Schema(name, self.constraints(constraints, name), self.of_entries(entry), self.of_entries(key))

    def _check_entries(self, name: str, node: Node, entry: EntrySchema | None, key: EntrySchema | None) -> None:
        """Only lists and maps have entries, and only maps have keys."""
        kind = self.primitive(name)
        for keyname, schema, kinds in (("entry_schema", entry, ("list", "map")), ("key_schema", key, ("map",))):
            if schema is not None and kind not in (*kinds, "any"):
                message = f"found {keyname!r} of a {name}, expected it of a {' or a '.join(kinds)}; it is left out"
                self._problems.report("unused-schema", message, node, keyname)

    def type_name(self, stated: str, node: Node) -> str:
        primitive = ALIASES.get(stated, stated)
        if primitive in PRIMITIVES:
            return primitive
        return self._namespace.find("data", stated, self._problems, node, "type") or "any"

    def constraints(self, clauses: tuple[Node, ...], name: str) -> tuple[Constraint, ...]:
        """Compile the clauses of a definition; those that are none are reported."""
        kind = self.primitive(name)
        found: list[Constraint] = []
        for clause in clauses:
            if isinstance(clause, Map) and "equals" in clause.entries:
                message = "found operator 'equals', expected 'equal'; taken for it"
                self._problems.report("equals-for-equal", message, clause, "equals")
            try:
                found.extend(compile_clause(clause, kind))
            except ValueError as error:
                self._problems.report("bad-constraint", str(error), clause)
        return tuple(found)

    def primitive(self, name: str) -> str:
        """Return the primitive that a type leads to; a data type with properties is 'any'."""
        if name in PRIMITIVES:
            return name
        info = self._namespace.info("data", name)
        return info.primitive or "any" if info else "any"
