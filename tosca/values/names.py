"""The names in calls of functions, which must exist: inputs and templates.  TOSCA 1.1 § 4.1, § 4.3 to 4.5.

Place in the flow: a part of `tosca.values.reading`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from tosca.model import Value
from tosca.nodes import Node
from tosca.problems import Problems, one_of
from tosca.values.functions import RESERVED

_OF_ENTITY = frozenset(("get_property", "get_attribute", "get_operation_output", "get_artifact"))


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that functions may use."""

    inputs: Collection[str] = ()
    templates: Collection[str] = ()
    policy_types: Collection[str] = ()
    anything: bool = False  # names are known to whoever uses the values


class Names:
    """Checks the names that calls use."""

    def __init__(self, scope: Scope, problems: Problems) -> None:
        self._scope = scope
        self._problems = problems

    def also(self, inputs: Collection[str]) -> Names:
        """Return names that know further inputs."""
        return Names(replace(self._scope, inputs={*self._scope.inputs, *inputs}), self._problems)

    def check(self, function: str, arguments: tuple[Value, ...], node: Node) -> None:
        """Report a call that names what does not exist."""
        if self._scope.anything:
            return
        if function == "get_input":
            self._check_input(arguments, node)
        elif function in _OF_ENTITY:
            self._check_entity(function, arguments, node)

    def _check_input(self, arguments: tuple[Value, ...], node: Node) -> None:
        name = arguments[0]
        if name not in self._scope.inputs:
            known = self._scope.inputs
            declared = one_of(known) if known else "none: the topology declares no inputs"
            message = f"found get_input of {name!r}, expected {declared}{self._problems.near(str(name), known)}"
            self._problems.report("unknown-input", message, node)

    def _check_entity(self, name: str, arguments: tuple[Value, ...], node: Node) -> None:
        entity = arguments[0]
        if entity in self._scope.policy_types:
            message = f"found {name} of {entity!r}, a type of policy, expected the name of a policy"
            self._problems.report("type-for-entity", message, node)
        elif entity not in RESERVED and entity not in self._scope.templates:
            message = f"found {name} of {entity!r}, expected a template or one of {', '.join(sorted(RESERVED))}"
            message += self._problems.near(str(entity), [*self._scope.templates, *RESERVED])
            self._problems.report("unknown-entity", message, node)
