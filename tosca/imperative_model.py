"""What the parser returns of imperative workflows: plain data, as all of `tosca.model`.  TOSCA 1.1 § 3.7.7, § 7.3.

Place in the flow: a part of the service template; targets, operations and steps that are named exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tosca.model import Parameter, Value
from tosca.values.constraints import Constraint


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition clause (3.5.18): ``and``, ``or``, ``not`` have clauses, ``assert`` an attribute and constraints."""

    operator: Literal["and", "or", "not", "assert"]
    clauses: tuple[Condition, ...] = ()
    attribute: str = ""
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class StepActivity:
    """An activity of a step (3.5.17); ``value`` is a state, an operation or a workflow."""

    kind: Literal["delegate", "set_state", "call_operation", "inline"]
    value: str
    inputs: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an imperative workflow (3.5.19); its target is a node template or a group."""

    name: str
    target: str
    target_relationship: str = ""
    operation_host: str = ""
    filter: tuple[Condition, ...] = ()
    activities: tuple[StepActivity, ...] = ()
    on_success: tuple[str, ...] = ()
    on_failure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must hold on a target before a workflow begins (3.5.20)."""

    target: str
    target_relationship: str = ""
    condition: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """An imperative workflow of the topology (3.7.7)."""

    name: str
    description: str = ""
    inputs: Mapping[str, Parameter] = field(default_factory=dict)
    preconditions: tuple[Precondition, ...] = ()
    steps: Mapping[str, Step] = field(default_factory=dict)
    external: str = ""  # the file of another workflow language in which it is written (1.3)
