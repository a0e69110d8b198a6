"""Linda's verbs on the space (Gelernter 1985): out, in, rd, inp, rdp, eval; and take, which is in under a lease.

Place in the flow: operations and continuations are tuples; workers find and take them with these verbs and consume
them in the transaction that commits their results.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.space import keys
from engine.space.base import Entry, Space
from engine.space.errors import Conflict
from engine.space.tuples import Template, Tuple
from engine.space.verbs import MAX_VERBS, CheckIndex, CheckSession, Delete, Lock, Set, Unlock, Verb


@dataclass(frozen=True, slots=True)
class Held:
    """A tuple taken under a session: nobody else can take it before it is given back or the session ends.

    ``lock_index`` is a fencing number: it rises with each session that takes the tuple.
    """

    tuple: Tuple
    session: str
    lock_index: int

    def consumed(self) -> list[Verb]:
        """The verbs that retire it, for the transaction that commits what was made of it."""
        return [CheckSession(self.tuple.key, self.session), Delete(self.tuple.key)]

    def returned(self, tuple_: Tuple) -> list[Verb]:
        """The verbs that give it back."""
        return [Unlock(tuple_.key, tuple_.value, self.session)]


class Linda:
    """One client of the tuple space; ``session`` is needed for `take` only."""

    def __init__(self, space: Space, session: str = "") -> None:
        self.space = space
        self.session = session
        self.listed = 0  # how many tuples, free or not, the last `take` has listed

    def out(self, *tuples: Tuple) -> None:
        """Put tuples, all at once, and wake those who wait for one."""
        self.space.transact([*(Set(tuple_.key, tuple_.value) for tuple_ in tuples), *bell(tuples)])

    def eval_(self, *tuples: Tuple) -> None:
        """Put active tuples: operations, which workers turn into facts.  In the space they are tuples like others."""
        self.out(*tuples)

    def rdp(self, template: Template) -> Tuple | None:
        """A tuple that matches, left where it is; None when there is none."""
        found = self._matching(template)
        return found[0][1] if found else None

    def rd(self, template: Template, timeout: float | None = None) -> Tuple | None:
        """Wait for a tuple that matches; None after ``timeout`` seconds."""
        return self._blocking(template, timeout, self.rdp)

    def inp(self, template: Template) -> Tuple | None:
        """Take a tuple that matches, for good; None when there is none.  No tuple is ever taken twice."""
        while found := self._matching(template):
            for entry, tuple_ in found:
                try:
                    self.space.transact([CheckIndex(entry.key, entry.index), Delete(entry.key)])
                except Conflict:
                    continue
                return tuple_
        return None

    def in_(self, template: Template, timeout: float | None = None) -> Tuple | None:
        """Wait for a tuple that matches and take it, for good; None after ``timeout`` seconds."""
        return self._blocking(template, timeout, self.inp)

    def take(
        self,
        templates: Iterable[Template],
        limit: int,
        mark: Callable[[Tuple], tuple[Tuple, list[Verb]]] = lambda tuple_: (tuple_, []),
        known: Container[str] = (),
        *,
        order: Callable[[Sequence[Tuple]], Callable[[Tuple], Any]] | None = None,
        suits: Callable[[Tuple], bool] | None = None,
    ) -> list[Held]:
        """Take up to ``limit`` tuples that match one of the templates, under the session, in one transaction.

        ``mark`` changes their content as they are taken, and says what the transaction writes besides.  Only what
        ``suits`` is taken; ``order``, called with those that one template matches, says by what to sort them, otherwise
        it is their keys.  A tuple that the session holds already and whose key is not ``known`` is returned too: an
        earlier take of it whose answer was lost.
        """
        mine: list[Held] = []
        free: list[tuple[Entry, Tuple]] = []
        limit = min(limit, MAX_VERBS // 2)
        self.listed = 0
        for template in templates:
            found = self._matching(template, self.session)
            if suits is not None:
                found = [(entry, tuple_) for entry, tuple_ in found if entry.session or suits(tuple_)]
            if found and order is not None:
                rank = order([tuple_ for _, tuple_ in found])
                found.sort(key=lambda pair: rank(pair[1]))
            for entry, tuple_ in found:
                if not entry.session:
                    free.append((entry, tuple_))
                elif entry.key not in known:
                    mine.append(Held(tuple_, self.session, entry.lock_index))
            if len(mine) + len(free) >= limit:
                break
        taken = [(entry, *mark(tuple_)) for entry, tuple_ in free[: max(0, limit - len(mine))]]
        while taken:
            verbs: list[Verb] = []
            for entry, tuple_, _ in taken:
                verbs += [CheckIndex(entry.key, entry.index), Lock(entry.key, tuple_.value, self.session)]
            besides = [verb for *_, some in taken for verb in some]
            if len(verbs) + len(besides) > MAX_VERBS:
                taken.pop()
                continue
            try:
                self.space.transact(verbs + besides)
            except Conflict as conflict:
                lost = {position // 2 for position in conflict.positions}
                taken = [one for number, one in enumerate(taken) if number not in lost]
            else:
                break
        return mine + [Held(tuple_, self.session, entry.lock_index + 1) for entry, tuple_, _ in taken]

    def _matching(self, template: Template, held: str | None = None) -> list[tuple[Entry, Tuple]]:
        """The matches that are free, or held by this session, in the order of their keys."""
        found = []
        entries = self.space.entries(template.prefix)
        self.listed += len(entries)
        for entry in entries:
            if entry.session in (None, held):
                tuple_ = Tuple.of(template.kind, entry)
                if template.matches(tuple_):
                    found.append((entry, tuple_))
        return found

    def _blocking(
        self, template: Template, timeout: float | None, attempt: Callable[[Template], Tuple | None]
    ) -> Tuple | None:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            index = self.space.index(template.prefix)  # read before looking: what comes later wakes us
            found = attempt(template)
            left = 60.0 if deadline is None else deadline - time.monotonic()
            if found is not None or left <= 0:
                return found
            self.space.wait(template.prefix, index, min(left, 60.0))


def bell(tuples: Sequence[Tuple]) -> list[Verb]:
    """The verb that wakes who waits for tuples with a lane, if there are any among these.

    Its value was never used before, since an equal one wakes nobody.
    """
    lanes = [tuple_.fields["lane"] for tuple_ in tuples if "lane" in tuple_.fields]
    return [Set(keys.path("bell", lane), uuid.uuid4().hex.encode()) for lane in lanes[:1]]
