"""The embedded space: one SQLite file that all processes of a machine share; nothing to install.

Writers take turns by a lock on a file beside the database, so none spins (SQLite's own busy handler sleeps and
retries).  SQLite's log is copied into the file by a thread of its own: a commit that did it would keep all others, and
the renewal of every lease, waiting for a disk that may be busy.  Sessions are rows with an expiry and, each, a file
that its process keeps locked: the kernel lets go of that lock when the process dies, however it dies, and whoever reaps
next sees it.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import logging
import os
import select
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from engine.space.backends.session_files import SessionFiles
from engine.space.backends.transaction import Changes, Transaction, check_limits
from engine.space.backends.wakeups import Wakeups
from engine.space.base import Entry, Space
from engine.space.errors import SessionLost, SpaceUnavailable
from engine.space.verbs import Verb

logger = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS kv (
    key TEXT PRIMARY KEY, value BLOB NOT NULL, idx INTEGER NOT NULL, lock_index INTEGER NOT NULL, session TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS held ON kv (session) WHERE session IS NOT NULL;
CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, ttl REAL NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (one INTEGER PRIMARY KEY CHECK (one = 1), idx INTEGER NOT NULL);
INSERT OR IGNORE INTO counter VALUES (1, 0);
"""
_SELECT = "SELECT key, value, idx, lock_index, session FROM kv"
_RANGE = f"{_SELECT} WHERE key >= ? AND key < ? ORDER BY key"
_KEYS = "SELECT key FROM kv WHERE key >= ? AND key < ? ORDER BY key"
_INDEX = "SELECT max(idx) FROM kv WHERE key >= ? AND key < ?"
_PUT = "INSERT OR REPLACE INTO kv (key, value, idx, lock_index, session) VALUES (?, ?, ?, ?, ?)"
_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"  # answers: busy, pages in the log, pages of them copied
_COMMITS = 500  # of one process, after which it copies the log into the file: some 40 MiB
_LONGEST_LOG = 65536  # pages, 256 MiB: a longer log is copied to its end while nobody writes, so that it starts again


class SqliteSpace(Space):
    """One process's client; each of its threads has a connection of its own."""

    def __init__(self, file: Path, *, synchronous: str = "normal") -> None:
        """Open the database, creating it and its folder when missing.

        ``synchronous`` is SQLite's pragma: "normal" survives the death of every process, "full" a power cut too.

        Raises:
            SpaceUnavailable: the file cannot be opened or is no database of ours.
        """
        self._file = file
        self._synchronous = synchronous
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._commits = 0
        self._copying: threading.Thread | None = None
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._wakeups = Wakeups(file.with_name(file.name + "-wakeups"))
            self._session_files = SessionFiles(file.with_name(file.name + "-sessions"))
        except OSError as error:
            raise SpaceUnavailable(f"the space {str(file)!r} cannot be opened: {error}") from error
        self._lock_file = file.with_name(file.name + "-writer")
        try:
            with self._writing() as connection:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
        except BaseException:
            self.close()
            raise

    def transact(self, verbs: Sequence[Verb]) -> int:
        check_limits(verbs)
        with self._writing() as connection:
            index = self._next_index(connection)
            found = _select(connection, {verb.key for verb in verbs})
            changes = Transaction(found.get, functools.partial(_alive, connection), index).apply(verbs)
            _write(connection, changes)
        self._wakeups.wake(changes)
        self._commits += 1
        if self._commits >= _COMMITS:
            self._copy_log()
        return index

    def read(self, keys: Iterable[str]) -> dict[str, Entry]:
        with _translated(self._file):
            return _select(self._connection()[0], set(keys))  # one statement: one moment

    def entries(self, prefix: str) -> list[Entry]:
        with _translated(self._file):
            rows = self._connection()[0].execute(_RANGE, (prefix, prefix + "\x7f"))
            return [Entry(*row) for row in rows]

    def keys(self, prefix: str) -> list[str]:
        with _translated(self._file):
            return [row[0] for row in self._connection()[0].execute(_KEYS, (prefix, prefix + "\x7f"))]

    def index(self, prefix: str) -> int:
        with _translated(self._file):
            (found,) = self._connection()[0].execute(_INDEX, (prefix, prefix + "\x7f")).fetchone()
            return int(found or 0)

    def wait(self, prefix: str, index: int, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        with self._wakeups.waiter(prefix) as socket:
            poll = select.poll()  # select.select takes no descriptor above 1,023
            poll.register(socket, select.POLLIN)
            while (found := self.index(prefix)) <= index:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                if poll.poll(min(left, 1.0) * 1000):
                    socket.recv(16)
                else:
                    self.reap()
            return found

    def open_session(self, ttl: float) -> str:
        session = self._session_files.create()
        with self._writing() as connection:
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?)", (session, ttl, time.monotonic() + ttl))
        return session

    def renew_session(self, session: str) -> None:
        now = time.monotonic()
        with self._writing() as connection:
            sql = "UPDATE sessions SET expires = ? + ttl WHERE id = ? AND expires > ?"
            renewed = connection.execute(sql, (now, session, now)).rowcount
        if not renewed:
            raise SessionLost(session)

    def close_session(self, session: str) -> None:
        self._end([session])

    def reap(self) -> None:
        with _translated(self._file):
            rows = self._connection()[0].execute("SELECT id, expires FROM sessions").fetchall()
        now = time.monotonic()
        ended = [name for name, expires in rows if expires <= now or self._session_files.abandoned(name)]
        if ended:
            self._end(ended)

    def close(self) -> None:
        if self._copying is not None:
            self._copying.join()
        while self._open:
            self._open.pop().close()
        self._wakeups.close()
        self._session_files.close()

    def _end(self, sessions: list[str]) -> None:
        freed: list[str] = []
        with self._writing() as connection:
            index = self._next_index(connection)
            for session in sessions:
                connection.execute("DELETE FROM sessions WHERE id = ?", (session,))
                freed += [row[0] for row in connection.execute("SELECT key FROM kv WHERE session = ?", (session,))]
                connection.execute("UPDATE kv SET session = NULL, idx = ? WHERE session = ?", (index, session))
        for session in sessions:
            self._session_files.remove(session)
        self._wakeups.wake(freed)

    def _next_index(self, connection: sqlite3.Connection) -> int:
        return int(connection.execute("UPDATE counter SET idx = idx + 1 RETURNING idx").fetchone()[0])

    def _connection(self) -> tuple[sqlite3.Connection, _WritersLock]:
        if not hasattr(self._local, "connection"):
            connection = self._connect()
            self._open.append(connection)
            self._local.lock = _WritersLock(self._lock_file)
            self._local.connection = connection
        return self._local.connection, self._local.lock

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=10, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        return connection

    def _copy_log(self) -> None:
        """Let a thread copy SQLite's log into the file, unless one is at it."""
        if self._copying is None or not self._copying.is_alive():
            self._commits = 0
            self._copying = threading.Thread(target=self._checkpoint, name="checkpoint", daemon=True)
            self._copying.start()

    def _checkpoint(self) -> None:
        try:
            with contextlib.closing(self._connect()) as connection:
                _, pages, _ = connection.execute(_CHECKPOINT).fetchone()
                if pages > _LONGEST_LOG:
                    with _WritersLock(self._lock_file).held():
                        connection.execute(_CHECKPOINT)
        except (sqlite3.Error, OSError) as error:
            logger.warning("the log of the space %r is not copied: %s", str(self._file), error)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with _translated(self._file):
            connection, lock = self._connection()
            with lock.held():
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise


class _WritersLock:
    """An own open file of the writers' lock, closed with its thread."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Wait until no process writes; none does until the end."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def __del__(self) -> None:
        os.close(self._descriptor)


@contextlib.contextmanager
def _translated(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise SpaceUnavailable(f"the space {str(file)!r} cannot be used: {error}") from error


def _select(connection: sqlite3.Connection, keys: set[str]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    wanted = list(keys)
    for low in range(0, len(wanted), 500):
        some = wanted[low : low + 500]
        marks = ",".join("?" * len(some))
        for row in connection.execute(f"{_SELECT} WHERE key IN ({marks})", some):
            found[row[0]] = Entry(*row)
    return found


def _alive(connection: sqlite3.Connection, session: str) -> bool:
    row = connection.execute("SELECT expires FROM sessions WHERE id = ?", (session,)).fetchone()
    return row is not None and row[0] > time.monotonic()


def _write(connection: sqlite3.Connection, changes: Changes) -> None:
    gone = [(key,) for key, entry in changes.items() if entry is None]
    rows = [(e.key, e.value, e.index, e.lock_index, e.session) for e in changes.values() if e is not None]
    if gone:
        connection.executemany("DELETE FROM kv WHERE key = ?", gone)
    connection.executemany(_PUT, rows)
