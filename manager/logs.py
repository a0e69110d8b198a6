"""What operations printed, from whichever worker ran them.

Place in the flow: worker → artifact ``log/<execution>/<operation>@<attempt>`` → **text** → client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.artifacts import ArtifactMissing, ArtifactStore
from engine.executions.history import log_key
from engine.executions.records import ExecutionRecord
from manager.errors import Invalid, NotFound, problem
from manager.executions import Executions
from manager.naming import printed, title

ENDED = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Wanted:
    """Which operations: by id, or by node, index and operation, each of which may be left out."""

    id: str | None = None
    node: str | None = None
    index: list[int] | None = None
    operation: str | None = None  # "create" or "Standard.create"
    prefixed: bool = False  # each line says of which operation it is
    state: str | None = None

    @property
    def described(self) -> str:
        """What is wanted, as people write it."""
        return self.id or f"{printed(self.node or '', self.index)} {self.operation or ''}".strip()

    def fits(self, operation: dict[str, Any]) -> bool:
        """Whether that operation is wanted."""
        names = (operation["operation"], f"{operation['interface']}.{operation['operation']}")
        return (
            self.id in (None, operation["id"])
            and self.node in (None, operation["node"])
            and self.index in (None, list(operation["index"]))
            and (self.operation is None or self.operation in names)
            and self.state in (None, operation["state"])
        )


def parsed_index(text: str | None) -> list[int] | None:
    """The index in ``0,1`` or ``[0,1]``.

    Raises:
        Invalid: it is neither.
    """
    if text is None:
        return None
    parts = text.strip("[] ").split(",")
    if all(part.strip().isascii() and part.strip().isdigit() for part in parts):
        return [int(part) for part in parts]
    message = f"parameter 'index': found {text!r}, expected numbers such as 0,1"
    raise Invalid("invalid-parameter", message, [problem("invalid-parameter", "index", message)])


class Logs:
    """The logs of executions."""

    def __init__(self, executions: Executions, artifacts: ArtifactStore) -> None:
        self._executions = executions
        self._artifacts = artifacts

    def text(self, record: ExecutionRecord, wanted: Wanted) -> str:
        """What those operations have printed so far, each under a heading when there are several.

        Raises:
            NotFound: there is no such operation in this execution.
        """
        found = self._find(record, wanted)
        return "".join(
            self._shown(operation, self._read(record, operation), wanted, len(found) > 1) for operation in found
        )

    def follow(self, record: ExecutionRecord, wanted: Wanted, waits: Callable[[], bool]) -> Iterator[str]:
        """The same as it comes; ``waits`` waits for news and says whether there can be more.

        Under headings each operation is told when it has ended; one alone, or with its name in each line, line by line.
        Before each wait comes an empty text: it sends the headers, and lets the server look whether anybody reads on.
        """
        found = self._find(record, wanted)
        return self._followed(record, wanted, waits, len(found) > 1)

    def _followed(
        self, record: ExecutionRecord, wanted: Wanted, waits: Callable[[], bool], several: bool
    ) -> Iterator[str]:
        ended: set[str] = set()
        told: dict[tuple[str, int], str] = {}  # of each attempt at an operation
        more = True
        while more:
            yield ""
            more = waits()
            operations = self._find(record, wanted)
            for operation in operations:
                if operation["id"] in ended:
                    continue
                if operation["state"] in ENDED:
                    ended.add(operation["id"])
                elif several and not wanted.prefixed:
                    continue
                if text := self._news(record, operation, wanted, several, told):
                    yield text
            more = more and len(ended) < len(operations)

    def _news(
        self,
        record: ExecutionRecord,
        operation: dict[str, Any],
        wanted: Wanted,
        several: bool,
        told: dict[tuple[str, int], str],
    ) -> str:
        """What an operation has printed since it was last looked at; whole lines, as long as it runs."""
        attempt = operation["id"], operation["attempt"]
        before, text = told.get(attempt, ""), self._read(record, operation)
        if operation["state"] not in ENDED:
            text = text[: text.rfind("\n") + 1]
            if not text.startswith(before):  # so much that its middle is left out: the rest is told in the end
                return ""
        told[attempt] = text
        return self._shown(operation, text[_alike(before, text) :], wanted, several, first=not before)

    def _find(self, record: ExecutionRecord, wanted: Wanted) -> list[dict[str, Any]]:
        found = [operation for operation in self._executions.operations(record) if wanted.fits(operation)]
        if not found:
            raise NotFound("operation", wanted.described)
        return found

    def _shown(self, operation: dict[str, Any], text: str, wanted: Wanted, several: bool, *, first: bool = True) -> str:
        if wanted.prefixed:
            nothing = f"({operation['state']}, nothing printed)"
            lines = text.splitlines() or [nothing] * (first and operation["state"] in ENDED)
            return "".join(f"{title(operation)} | {line}\n" for line in lines)
        return f"=== {title(operation)}: {operation['state']}\n{text}" if several else text

    def _read(self, record: ExecutionRecord, operation: dict[str, Any]) -> str:
        key = log_key(record.id, operation["id"], operation["attempt"])
        try:
            text = self._artifacts.get(key).decode(errors="replace")
        except ArtifactMissing:
            return ""
        whole = not text or text.endswith("\n") or operation["state"] not in ENDED
        return text if whole else text + "\n"


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    if other.startswith(one):
        return len(one)
    return next(number for number, pair in enumerate(zip(one, other + "\0", strict=False)) if pair[0] != pair[1])
