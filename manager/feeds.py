"""The history of executions as Server-Sent Events, read once for all who watch.

Place in the flow: `manager.events` → **one feed for each execution that is watched** → each of its watchers →
`manager.delivery`.  A feed has a thread, which waits in the space.  A watcher has none: it is the number of the last
event that its client has, so that a slow client costs nothing and one that comes back goes on where it was.
"""

from __future__ import annotations

import json
import logging
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any

from engine.errors import EngineError
from engine.executions.records import ExecutionRecord
from engine.space.base import Space
from manager.errors import Busy, ManagerError
from manager.events import WAIT, News
from manager.executions import Executions

logger = logging.getLogger(__name__)

_CHUNK = 64 << 10  # bytes that a watcher is given at a time, about


class Feed:
    """The events of one execution after the number ``floor``."""

    def __init__(self, feeds: Feeds, record: ExecutionRecord, floor: int) -> None:
        self.execution = record.id
        self.floor = floor
        self.watchers = 0
        self.over = False
        self.end = b""  # the last event, without its number; none where it is over for another reason than the end
        self._feeds = feeds
        self._record = record
        self._numbers: list[int] = []
        self._events: list[bytes] = []

    def start(self) -> None:
        """Read until the end, or until nobody watches any more."""
        threading.Thread(target=self._run, name=f"feed {self._record.id}", daemon=True).start()

    def after(self, number: int) -> tuple[bytes, int]:
        """The events that follow, as many as fit, and the number of the last one of them."""
        first = last = bisect_right(self._numbers, number)
        size = 0
        while last < len(self._numbers) and size < _CHUNK:
            size += len(self._events[last])
            last += 1
        return b"".join(self._events[first:last]), self._numbers[last - 1] if last > first else number

    def _run(self) -> None:
        try:
            self._read()
        except (EngineError, ManagerError) as error:  # clients come back, and are told then
            logger.warning("the events of %s end early: %s", self._record.id, error)
        finally:
            self.over = True
            self._feeds.changed()

    def _read(self) -> None:
        executions = self._feeds.executions
        news, growth = self._feeds.news(self._record), executions.growth(self._record)
        more = True
        while more and self.watchers:
            more = news.wait()
            if news.there and self._add(growth.more()):
                self._feeds.changed()
        if news.ended():
            self.end = _event("end", executions.describe(executions.get(self._record.id)))

    def _add(self, items: list[dict[str, Any]]) -> bool:
        """Whether there was anything in them for those who watch."""
        found = [item for item in items if item["seq"] > self.floor]
        self._events += (_numbered(item["seq"], _event(_kind(item), item)) for item in found)
        self._numbers += (item["seq"] for item in found)  # after the events: others look at the numbers first
        return bool(found)


class Watcher:
    """One client's place in a feed."""

    def __init__(self, feeds: Feeds, feed: Feed, after: int) -> None:
        self._feeds = feeds
        self._feed = feed
        self._after = after
        self._open = True
        self.done = False  # whether `take` has given all that there will ever be

    def take(self) -> bytes:
        """What the client has not got yet, or a part of it; nothing when there is nothing now."""
        over = self._feed.over  # before looking: what was added until then is found
        chunk, self._after = self._feed.after(self._after)
        if chunk or not over or self.done:
            return chunk
        self.done = True
        return _numbered(self._after, self._feed.end) if self._feed.end else b""

    def __iter__(self) -> Iterator[bytes]:
        """All of it, for servers that send an answer in a thread of its own."""
        while not self.done:
            turn = self._feeds.turn
            if chunk := self.take():
                yield chunk
            elif not self.done:
                self._feeds.wait(turn, WAIT)

    def close(self) -> None:
        """Watch no more."""
        if self._open:
            self._open = False
            self._feeds.leave(self._feed)


class Feeds:
    """The feeds of a manager, and who is told when there is something new in one of them."""

    def __init__(self, space: Space, executions: Executions, stopping: threading.Event, places: int) -> None:
        self.executions = executions
        self.turn = 0  # how often there was something new
        self.bell: Callable[[], None] = lambda: None  # called from the threads of feeds
        self._space = space
        self._stopping = stopping
        self._feeds: dict[str, Feed] = {}
        self._free = places
        self._lock = threading.Lock()
        self._news = threading.Condition()

    def watch(self, record: ExecutionRecord, after: int) -> Watcher:
        """Begin to watch an execution, after the event of that number.

        Raises:
            Busy: too many watch already.
        """
        with self._lock:
            if not self._free:
                raise Busy("too-many-streams", "too many clients follow executions on this manager; try again later")
            feed = self._feeds.get(record.id)
            if feed is None or feed.over or feed.floor > after:  # one that is over may have been resumed
                feed = self._feeds[record.id] = Feed(self, record, after)
            self._free -= 1
            feed.watchers += 1
            if feed.watchers == 1:
                feed.start()
        return Watcher(self, feed, after)

    def leave(self, feed: Feed) -> None:
        """One watcher less; a feed that nobody watches ends."""
        with self._lock:
            self._free += 1
            feed.watchers -= 1
            if not feed.watchers and self._feeds.get(feed.execution) is feed:
                del self._feeds[feed.execution]

    def news(self, record: ExecutionRecord) -> News:
        """Waits for news of an execution."""
        return News(self._space, self.executions, record.id, self._stopping)

    def changed(self) -> None:
        """Called by feeds."""
        with self._news:
            self.turn += 1
            self._news.notify_all()
        self.bell()

    def wait(self, turn: int, seconds: float) -> None:
        """Wait, not longer than that, until there is something new in any feed since that turn."""
        with self._news:
            self._news.wait_for(lambda: self.turn != turn, seconds)


def _kind(item: dict[str, Any]) -> str:
    return next((kind for kind in ("operation", "check") if kind in item), "state")


def _event(kind: str, data: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def _numbered(number: int, event: bytes) -> bytes:
    return b"id: %d\n%b" % (number, event)
