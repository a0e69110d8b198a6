"""Groups as written → groups with what their types give them.  TOSCA 1.1 § 3.7.5, § 3.6.11.

Place in the flow: a part of `tosca.phases.rendering`, after the node templates, which are their members.
"""

from __future__ import annotations

from collections.abc import Mapping

from tosca.definitions import TypeInfo
from tosca.entities.group import GroupDefinition
from tosca.entities.types import TypeDefinition
from tosca.model import Group
from tosca.phases.places import section
from tosca.phases.tools import Nodes, Tools


class Groups:
    """Renders the groups of a topology."""

    def __init__(self, tools: Tools, nodes: Nodes) -> None:
        self._tools = tools
        self._nodes = nodes

    def render(self, definitions: Mapping[str, GroupDefinition]) -> dict[str, Group]:
        found: dict[str, Group] = {}
        for name, definition in definitions.items():
            info = self._type(definition) or TypeInfo("group", "", (), TypeDefinition(definition.node))
            self._check_members(definition, info, definitions)
            found[name] = self._group(name, definition, info)
        return found

    def _type(self, definition: GroupDefinition) -> TypeInfo | None:
        if not definition.type:
            return None
        namespace = self._tools.namespace
        full = namespace.find("group", definition.type, self._tools.problems, definition.node, "type")
        return namespace.info("group", full) if full else None

    def _check_members(
        self, definition: GroupDefinition, info: TypeInfo, groups: Mapping[str, GroupDefinition]
    ) -> None:
        owner = section(definition.node, "members")
        for name in definition.members:
            kind = self._nodes.types.get(name)
            if kind is None and name not in self._nodes.templates and name not in groups:
                self._tools.unknown("unknown-member", "member", name, self._nodes.templates, owner)
            elif kind is not None and info.valid_types and not set(info.valid_types) & set(kind.lineage):
                message = f"found member {name!r} of type {kind.name}, expected a {' or a '.join(info.valid_types)}"
                self._tools.problems.report("member-does-not-fit", message, owner)

    def _group(self, name: str, definition: GroupDefinition, info: TypeInfo) -> Group:
        owner = section(definition.node, "properties")
        infos = self._tools.interfaces.merge(info.interfaces, definition.interfaces, in_type=False)
        return Group(
            name=name,
            type=info.name,
            lineage=info.lineage,
            members=definition.members,
            properties=self._tools.values.properties(owner, definition.properties, info.properties, info.name),
            interfaces=self._tools.operations.interfaces(infos, {}),
            description=definition.description,
            metadata=definition.metadata,
        )
