"""The records of models, instances and executions, as they stand in the space.

All are JSON objects a person can read.  They change only by cas, so a record is always read together with its index.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self

from engine.space import keys
from engine.space.base import Entry, Space

RUNNING, SUCCEEDED, FAILED = "running", "succeeded", "failed"
CANCELLING, CANCELLED = "cancelling", "cancelled"


_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def encode(data: object) -> bytes:
    """Compact JSON with the order of keys kept."""
    return _JSON.encode(data).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(ABC):
    """What all records share; a subclass names its key."""

    KIND: ClassVar[str]

    @property
    @abstractmethod
    def key(self) -> str:
        """Where it stands in the space."""

    def encoded(self) -> bytes:
        return encode(asdict(self))

    @classmethod
    def decoded(cls, value: bytes) -> Self:
        return cls(**json.loads(value))

    @classmethod
    def read(cls, space: Space, *identity: str) -> tuple[Self, int] | None:
        """The record of that identity and its index, or None."""
        key = keys.path(cls.KIND, *identity)
        entry = space.read([key]).get(key)
        return None if entry is None else (cls.decoded(entry.value), entry.index)

    @classmethod
    def all(cls, space: Space, *identity: str) -> list[Self]:
        """All records below that identity, ordered by key."""
        return [cls.decoded(entry.value) for entry in space.entries(keys.prefix(cls.KIND, *identity))]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord(Record):
    """A model: an uploaded CSAR that has been parsed and woven."""

    KIND: ClassVar[str] = "model"

    model: str
    digest: str  # sha256 of the CSAR's bytes; its archive is the artifact csar/<digest>
    weaving: str  # "interleaved" or "strict"
    node_templates: int
    workflows: list[str]
    created: str
    warnings: list[dict[str, Any]] = field(default_factory=list)
    substitutions: list[dict[str, str]] = field(default_factory=list)  # node, type and template of each

    @property
    def key(self) -> str:
        return keys.path(self.KIND, self.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRecord(Record):
    """An instance of a model; ``run`` counts its executions, ``execution`` names the one under way."""

    KIND: ClassVar[str] = "instance"

    model: str
    instance: str
    digest: str
    inputs: dict[str, Any]
    node_instances: int
    networks: dict[str, str]  # workflow → id of its compiled network
    created: str
    values: dict[str, Any] = field(default_factory=dict)  # the inputs, completed by the template's defaults
    run: int = 0
    execution: str | None = None
    secrets: list[str] = field(default_factory=list)  # the texts that nobody is to see, of inputs and properties
    secret_inputs: list[list[str]] = field(default_factory=list)  # where in the inputs they stand

    @property
    def key(self) -> str:
        return keys.path(self.KIND, self.model, self.instance)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRecord(Record):
    """One run of a workflow on an instance; ``operations`` is the number of operations that have an implementation."""

    KIND: ClassVar[str] = "exec"

    id: str
    model: str
    instance: str
    digest: str
    workflow: str
    network: str
    run: int
    operations: int
    created: str
    inputs: dict[str, Any] = field(default_factory=dict)  # of the topology
    workflow_inputs: dict[str, Any] = field(default_factory=dict)  # those that the workflow itself declares
    status: str = RUNNING
    ended: str | None = None
    error: str | None = None
    resumed: int = 0  # how often it has gone on after it had ended
    removals: int = 0  # transactions that have removed tuples since it was cancelled
    earlier: int = 0  # operations that had succeeded before it went on the last time
    secrets: list[str] = field(default_factory=list)  # those of the instance, and of its own inputs
    traceparent: str | None = None  # the span of who asked for it, as W3C Trace Context writes it

    @property
    def key(self) -> str:
        return keys.path(self.KIND, self.id)

    def encoded(self) -> bytes:
        """Without a trace where there is none: then workers of a release that knows of none can read it."""
        data = asdict(self)
        if self.traceparent is None:
            del data["traceparent"]
        return encode(data)


def indexed(entry: Entry | None) -> int:
    """The index to guard a cas with: that of the entry, 0 when it is missing."""
    return 0 if entry is None else entry.index
