"""What can go wrong in the space.

EngineError
└── SpaceError
    ├── Conflict            definitely not applied: a guard failed
    ├── UnknownOutcome      applied or not: read again, then decide
    ├── SpaceUnavailable    the store cannot be reached or written now
    ├── SessionLost         the session has ended: all that it held is free
    └── TooLarge            the transaction or a value is over the store's limits
"""

from __future__ import annotations

from engine.errors import EngineError


class SpaceError(EngineError):
    """Root of the errors of the space."""


class Conflict(SpaceError):
    """A transaction was refused: nothing of it was applied.

    ``failures`` names each failing verb by its position and says why.
    """

    def __init__(self, failures: list[tuple[int, str]]) -> None:
        self.failures = failures
        super().__init__("transaction refused: " + "; ".join(f"verb {i}: {why}" for i, why in failures))

    @property
    def session_ended(self) -> bool:
        """Whether a guard failed because the session itself has ended."""
        return any("invalid session" in why for _, why in self.failures)

    @property
    def positions(self) -> set[int]:
        return {position for position, _ in self.failures}


class UnknownOutcome(SpaceError):
    """The answer to a transaction was lost: it may have been applied, may still be, or never."""


class SpaceUnavailable(SpaceError):
    """The store cannot be reached, or cannot be written (disk full, read-only); nothing was applied."""


class SessionLost(SpaceError):
    """The session has ended (expired, closed or never opened)."""

    def __init__(self, session: str) -> None:
        self.session = session
        super().__init__(f"session {session!r} has ended")


class TooLarge(SpaceError):
    """A transaction has too many verbs or bytes, or a value is too long; nothing was applied."""
