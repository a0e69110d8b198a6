"""Tokens: made once, shown once, kept as hashes in a file that is read again whenever it has changed.

Place in the flow: file of ``role:name:sha256`` lines → **Tokens** → `manager.access.guard`.  A hash needs no salt here:
a token is 256 random bits, which nobody finds by trying.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

from engine.settings import SettingsError
from manager.access.roles import Role

logger = logging.getLogger(__name__)

PREFIX = "ditrit_"  # lets scanners for leaked secrets find one
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_ROLES = {role.label: role for role in Role}


@dataclass(frozen=True)
class Holder:
    """Who a token stands for."""

    name: str
    role: Role


@dataclass(frozen=True)
class Entry:
    """A line of the file."""

    holder: Holder
    digest: str

    def __str__(self) -> str:
        return f"{self.holder.role.label}:{self.holder.name}:{self.digest}"


def made(role: Role, name: str) -> tuple[str, Entry]:
    """A new token, and the line that lets it in."""
    token = PREFIX + secrets.token_urlsafe(32)
    return token, Entry(Holder(name, role), digest(token))


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def parsed(text: str, file: str) -> tuple[list[Entry], list[str]]:
    """The entries of a file, and what is wrong with its other lines; no message repeats what stands in a line."""
    entries: list[Entry] = []
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        found = _entry(content)
        if isinstance(found, Entry) and any(found.holder.name == other.holder.name for other in entries):
            found = f"found the name {found.holder.name!r} for a second time, expected one token for each name"
        if isinstance(found, Entry):
            entries.append(found)
        else:
            wrong.append(f"{file}, line {number}: {found}")
    return entries, wrong


def _entry(line: str) -> Entry | str:
    parts = line.split(":")
    if len(parts) != 3:
        return "expected ROLE:NAME:SHA256, as 'ditrit token new' prints it"
    role, name, digest = (part.strip() for part in parts)
    if role not in _ROLES:
        return f"found role {role[:20]!r}, expected one of {', '.join(_ROLES)}"
    if not NAME.fullmatch(name):
        return "expected a name of letters, digits, '_', '.', '@' and '-'"
    if not _HASH.fullmatch(digest):
        return "expected the SHA-256 of the token as 64 hexadecimal digits, never the token itself"
    return Entry(Holder(name, _ROLES[role]), digest.lower())


class Tokens:
    """The tokens of one file, as it is now."""

    def __init__(self, file: Path) -> None:
        """Read the file for the first time.

        Raises:
            SettingsError: it cannot be read, holds no token or a wrong line, or others may write it.
        """
        self._file = file
        self._lock = threading.Lock()
        self._seen = self._mark()
        entries, wrong = self._read()
        if wrong:
            raise SettingsError(f"tokens: {wrong[0]}")
        if not entries:
            raise SettingsError(f"tokens: {str(file)!r} holds no token; 'ditrit token new --role admin' makes one")
        self._entries = entries

    def holder(self, token: str) -> Holder | None:
        """Whose token it is, if it is one."""
        found, sent = None, digest(token)
        # Each comparison takes as long as any other, and all are made: the time tells nothing.
        for entry in self._now():
            if hmac.compare_digest(entry.digest, sent):
                found = entry.holder
        return found

    def readable_by_all(self) -> bool:
        """Whether every user of this machine may read the hashes; they open nothing, but nobody needs them."""
        return bool(self._file.stat().st_mode & stat.S_IROTH)

    def _now(self) -> list[Entry]:
        mark = self._mark()
        with self._lock:
            if mark != self._seen:
                self._seen, self._entries = mark, self._again()
            return self._entries

    def _again(self) -> list[Entry]:
        """What the file holds since it has changed; what cannot be read lets nobody in."""
        try:
            entries, wrong = self._read()
        except SettingsError as error:
            logger.error("%s: no token is valid until that is mended", error)
            return []
        for message in wrong:
            logger.error("tokens: %s; the line is left out", message)
        return entries

    def _mark(self) -> object:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode, found.st_ctime_ns)

    def _read(self) -> tuple[list[Entry], list[str]]:
        try:
            mode = self._file.stat().st_mode
            text = self._file.read_text(encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"tokens: {str(self._file)!r}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise SettingsError(f"tokens: {str(self._file)!r} is not UTF-8 text") from error
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            message = f"tokens: others may write {str(self._file)!r}, and so give themselves tokens: chmod go-w it"
            raise SettingsError(message)
        return parsed(text, str(self._file))
