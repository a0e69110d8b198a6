"""Where the path of a function leads: from a node template to one of its values.  TOSCA 1.1 § 4.4, § 4.5.

Place in the flow: a part of `tosca.phases.references`.  A path names a property or attribute, or first a capability or
a requirement; what remains of it are indexes and keys inside the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tosca.definitions import ANY, CapabilityInfo, Property, Schema, TypeInfo
from tosca.model import Relationship, Value
from tosca.phases.tools import Nodes

# A value of a node template: the template, the capability or nothing, and the name.
Key: TypeAlias = tuple[str, str, str]
# Where a path leads; "open" when only an instance can tell; None when nowhere.
Found: TypeAlias = Key | Literal["open"] | None


@dataclass(frozen=True, slots=True)
class Paths:
    """Follows paths through the node templates of a topology."""

    nodes: Nodes
    data_types: Mapping[str, TypeInfo]

    def find(self, template: str, path: tuple[Value, ...], attributes: bool) -> Found:
        """Follow a path from a node template."""
        name = path[0]
        info = self.nodes.types.get(template)
        if not isinstance(name, str) or info is None:
            return "open"
        own = known(info, attributes).get(name)
        if own is not None and self.inside(own.schema, path[1:]):
            return (template, "", name)
        if len(path) == 1:
            return None
        return self._capability(template, name, path[1:], attributes) or self._hop(template, name, path[1:], attributes)

    def leads(self, path: list[str], attributes: bool) -> bool:
        """Tell whether a template and the names of its values, as a substitution maps them, lead to a value."""
        known = len(path) > 1 and path[0] in self.nodes.templates
        return known and isinstance(self.find(path[0], tuple(path[1:]), attributes), tuple)

    def host(self, template: str, path: tuple[Value, ...], attributes: bool) -> Found:
        """Follow a path from the first of a node's hosts on which it leads somewhere."""
        hosts = list(self._hosts(template))
        for host in hosts:
            found = self.find(host, path, attributes) or self._in_any_capability(host, path, attributes)
            if found is not None:
                return found
        return None if hosts else "open"

    def inside(self, schema: Schema, path: tuple[Value, ...]) -> bool:
        """Tell whether indexes and keys can lead into a value of a schema."""
        for key in path:
            following = self._entry(schema, key)
            if following is None:
                return False
            schema = following
        return True

    def result(self, found: Key, path: tuple[Value, ...]) -> Schema:
        """Return the type of what a path gives that was found."""
        template, capability, name = found
        info = self.nodes.types[template]
        owner = info.capabilities.get(capability) if capability else info
        prop = {**owner.attributes, **owner.properties}.get(name) if owner is not None else None
        rests = [path[index + 1 :] for index, step in enumerate(path) if step == name]
        rest = next((rest for rest in rests if prop is not None and self.inside(prop.schema, rest)), None)
        return self.within(prop.schema, rest) if prop is not None and rest is not None else ANY

    def within(self, schema: Schema, path: tuple[Value, ...]) -> Schema:
        """Return the type of what keys and indexes lead to inside a value; any, where that cannot be told."""
        for key in path:
            schema = self._entry(schema, key) or ANY
        return schema

    def _entry(self, schema: Schema, key: Value) -> Schema | None:
        info = self.data_types.get(schema.type)
        if schema.type == "any" or ((info is None and schema.type not in ("list", "map")) and schema.entry is not None):
            return Schema("any")
        if info is not None and info.properties:
            prop = info.properties.get(key) if isinstance(key, str) else None
            return prop.schema if prop is not None else None if isinstance(key, str | int) else Schema("any")
        kind = info.primitive if info is not None else schema.type
        if kind not in ("list", "map", "any"):
            return None
        return schema.entry or (info.entry if info is not None else None) or Schema("any")

    def _capability(self, template: str, name: str, rest: tuple[Value, ...], attributes: bool) -> Found:
        info = self.nodes.types[template].capabilities.get(name)
        if info is None:
            return "open" if name in self.nodes.templates[template].capabilities else None
        return self._of_capability(template, name, info, rest, attributes)

    def _of_capability(
        self, template: str, name: str, info: CapabilityInfo, rest: tuple[Value, ...], attributes: bool
    ) -> Found:
        key = rest[0]
        if not isinstance(key, str):
            return "open"
        prop = {**info.attributes, **info.properties}.get(key) if attributes else info.properties.get(key)
        return (template, name, key) if prop is not None and self.inside(prop.schema, rest[1:]) else None

    def _hop(self, template: str, name: str, rest: tuple[Value, ...], attributes: bool) -> Found:
        """Follow a path over a requirement: into the capability at its end, or the node there."""
        made = [found for found in self.nodes.templates[template].relationships if found.requirement == name]
        if not made:
            return "open" if name in self.nodes.types[template].requirements else None
        return next((found for way in made if (found := self._over(way, rest, attributes)) is not None), None)

    def _over(self, way: Relationship, rest: tuple[Value, ...], attributes: bool) -> Found:
        info = self.nodes.types.get(way.target)
        capability = info.capabilities.get(way.capability) if info is not None and way.capability else None
        if capability is not None and way.capability:
            found = self._of_capability(way.target, way.capability, capability, rest, attributes)
            if found is not None:
                return found
        return self.find(way.target, rest, attributes)

    def _in_any_capability(self, template: str, path: tuple[Value, ...], attributes: bool) -> Found:
        info = self.nodes.types.get(template)
        for name, capability in info.capabilities.items() if info is not None else ():
            found = self._of_capability(template, name, capability, path, attributes)
            if found is not None:
                return found
        return None

    def _hosts(self, template: str) -> Iterator[str]:
        seen = {template}
        step: str | None = template
        while step is not None and step in self.nodes.templates:
            hosts = [found.target for found in self.nodes.templates[step].relationships if found.hosted_on]
            step = hosts[0] if hosts and hosts[0] not in seen else None
            if step is not None:
                seen.add(step)
                yield step


def known(info: TypeInfo, attributes: bool) -> Mapping[str, Property]:
    """The values that a function can ask for: properties, which are attributes too (§ 3.5.10), and attributes."""
    return {**info.properties, **info.attributes} if attributes else info.properties
