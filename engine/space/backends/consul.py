"""The space in Consul: its KV store, transactions, sessions and blocking queries.

Everything stands below one prefix, so several spaces may share a Consul.  Sessions belong to a node of the catalog that
is no machine, since Consul ends the sessions of a machine's node when it believes that machine dead, servers included:
the worker behind a session may be well all the same.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterable, Sequence

from engine.space.backends import consul_verbs as cv
from engine.space.backends.consul_address import ConsulAddress
from engine.space.backends.consul_agents import Agents, Answer
from engine.space.backends.transaction import check_limits
from engine.space.base import Entry, Space
from engine.space.errors import Conflict, SessionLost, SpaceUnavailable, TooLarge
from engine.space.verbs import MAX_VERBS, Verb

NODE = "ditrit-space"
# An agent without a leader says so after 7 s; asked less patiently it would leave the outcome of each write open.
PATIENCE = 10.0
# Two agents that do not answer, one after the other, must not cost a lease of 10 s that is renewed every third of it.
HASTE = 3.0
SHARE = 0.3  # of a shorter lease
QUERY = 5.0  # seconds that one blocking query lasts at most: so soon `close` ends them
PAUSE = 0.3  # seconds between two looks at a prefix that holds nothing yet
_REGISTRATION = json.dumps({"Node": NODE, "Address": "127.0.0.1", "NodeMeta": {"external-node": "true"}})


class ConsulSpace(Space):
    """One process's client; its threads share it."""

    def __init__(self, address: ConsulAddress) -> None:
        """Connect.

        Raises:
            SpaceUnavailable: no agent answers, there is no leader, or the token may not read.
        """
        self._root = address.prefix + "/"
        self._agents = Agents(address, PATIENCE)
        self._sessions = Agents(address, HASTE)
        self._closed = threading.Event()
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def transact(self, verbs: Sequence[Verb]) -> int:
        """Apply all verbs or none.

        The index is that of what was written; 0 when the transaction has only deleted or checked.
        """
        check_limits(verbs)
        body = cv.transaction(verbs, self._root)
        writes = not all(isinstance(verb, cv.CHECKS) for verb in verbs)
        answer = self._agents.put("/v1/txn", body, writes=writes)
        if answer.status == 413:
            raise TooLarge(f"Consul refuses the transaction: {answer.body.strip()}")
        if answer.status == 409:
            raise Conflict(_failures(answer))
        return cv.index(_granted(answer).body)

    def read(self, keys: Iterable[str]) -> dict[str, Entry]:
        """Read these keys as they are at one moment, and no older than when it was asked.

        A reader may want to know what became of a write whose answer was lost, so a leader that has been deposed and
        does not know it yet must not answer: the read is a *consistent* one, which costs the leader a round to the
        other servers.
        """
        wanted = list(dict.fromkeys(keys))
        found = self._read_all(wanted)
        if len(wanted) > MAX_VERBS:  # several transactions: of one moment when nothing has changed between two rounds
            while (again := self._read_all(wanted)) != found:
                found = again
        return found

    def entries(self, prefix: str) -> list[Entry]:
        answer = self._list(prefix, "recurse")
        found = [cv.entry(data, self._root) for data in json.loads(answer.body or "[]")]
        return [one for one in found if one.key.startswith(prefix)]

    def keys(self, prefix: str) -> list[str]:
        found = json.loads(self._list(prefix, "keys").body or "[]")
        return [key.removeprefix(self._root) for key in found if key.startswith(self._root + prefix)]

    def index(self, prefix: str) -> int:
        """The highest index under ``prefix``, or that of a later deletion there; 0 when there is nothing."""
        answer = self._list(prefix, "keys")
        return answer.index if answer.body else 0

    def wait(self, prefix: str, index: int, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        since = index
        while (left := deadline - time.monotonic()) > 0 and not self._closed.is_set():
            milliseconds = math.ceil(min(left, QUERY) * 1000)
            answer = self._list(prefix, "keys", ("index", str(since)), ("wait", f"{milliseconds}ms"))
            if answer.body and (answer.index > index or answer.index < since):
                return answer.index  # lower: the store was restored, or has forgotten old deletions
            since = answer.index
            if not answer.body:  # such a query ends with every write of anyone, wherever
                self._closed.wait(min(PAUSE, max(0.0, deadline - time.monotonic())))
        return index

    def open_session(self, ttl: float) -> str:
        """Open a session; Consul ends it between ``ttl`` and twice ``ttl`` seconds after its last renewal."""
        _granted(self._sessions.put("/v1/catalog/register", _REGISTRATION))
        session = {"Node": NODE, "NodeChecks": [], "Checks": [], "LockDelay": "0s", "Behavior": "release"}
        body = json.dumps({**session, "TTL": f"{math.ceil(ttl * 1000)}ms"})
        # Asked twice, an agent may open two: nobody knows the first, and it holds nothing until it ends.
        opened = str(json.loads(_granted(self._sessions.put("/v1/session/create", body)).body)["ID"])
        self._sessions.hasten(SHARE * ttl)
        return opened

    def renew_session(self, session: str) -> None:
        answer = self._sessions.put(f"/v1/session/renew/{session}", "")
        if answer.status == 404:
            raise SessionLost(session)
        _granted(answer)

    def close_session(self, session: str) -> None:
        _granted(self._sessions.put(f"/v1/session/destroy/{session}", ""))

    def reap(self) -> None:
        """Nothing: Consul ends sessions itself."""

    def close(self) -> None:
        """Let go of connections; a thread that waits notices within `QUERY` seconds."""
        self._closed.set()
        self._agents.close()
        self._sessions.close()

    def _check(self) -> None:
        """Tell now what is set wrong, not with the first of many requests.

        One key is asked for, since listings and transactions leave out what a token may not read, without a word.
        """
        answer = self._agents.get(f"/v1/kv/{self._root}model", ("consistent", ""))
        if answer.status != 404:
            _granted(answer)

    def _read_all(self, keys: Sequence[str]) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for low in range(0, len(keys), MAX_VERBS):
            found |= self._read_some(keys[low : low + MAX_VERBS])
        return found

    def _read_some(self, keys: Sequence[str]) -> dict[str, Entry]:
        """Read by one transaction.

        It fails when a key is missing, and names all that are: then it is sent again for the others, on the condition
        that those still are.  Where all are missing the failure itself is the answer.
        """
        missing: set[str] = set()
        while True:
            body = cv.reading(keys, missing, self._root)
            answer = self._agents.put("/v1/txn", body, ("consistent", ""))
            if answer.status != 409:
                return self._complete(cv.entries_read(_granted(answer).body, self._root), len(keys) - len(missing))
            wrong = {keys[position] for position, _ in _failures(answer)}
            if wrong.isdisjoint(missing) and len(wrong | missing) == len(keys):
                return {}
            missing ^= wrong

    def _complete(self, found: dict[str, Entry], expected: int) -> dict[str, Entry]:
        if len(found) < expected:
            raise _refusal(f"Permission denied for some keys below {self._root!r}")
        return found

    def _list(self, prefix: str, what: str, *params: tuple[str, str]) -> Answer:
        """What stands below a prefix, or below one that is shorter; the body is empty when nothing does."""
        answer = self._agents.get(f"/v1/kv/{self._root}{_listable(prefix)}", (what, ""), *params)
        return answer if answer.status == 404 else _granted(answer)


def _listable(prefix: str) -> str:
    """The prefix up to the first component that no URL can carry, since it would lead elsewhere."""
    parts = prefix.split("/")
    for number, part in enumerate(parts):
        if part in (".", "..") or (not part and number < len(parts) - 1):
            return "".join(f"{part}/" for part in parts[:number])
    return prefix


def _granted(answer: Answer) -> Answer:
    """The answer itself.

    Raises:
        SpaceUnavailable: Consul refuses, which no repetition changes.
    """
    if answer.status >= 400:
        raise _refusal(answer.body.strip() or f"status {answer.status}")
    return answer


def _failures(answer: Answer) -> list[tuple[int, str]]:
    """The verbs that failed.

    Raises:
        SpaceUnavailable: not for what was found, but because the token may not do it.
    """
    found = cv.failures(answer.body)
    for _, why in found:
        if "Permission denied" in why or "ACL not found" in why:
            raise _refusal(why)
    return found


def _refusal(why: str) -> SpaceUnavailable:
    hint = "; look at the token and its policies" if "denied" in why or "ACL" in why else ""
    return SpaceUnavailable(f"Consul refuses: {why}{hint}")
