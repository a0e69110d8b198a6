"""The managers that a user knows by name: their addresses, and tokens, in a file of the user's own.

Place in the flow: ``~/.config/ditrit/config.toml`` → **contexts** → `manager.connection`, ``ditrit context``::

    current = "production"

    [contexts.production]
    server = "https://manager1:5000"
    token_file = "/home/me/.ditrit-token"
    ca = "/etc/ditrit/ca.pem"
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from engine.settings import SettingsError

VARIABLE = "DITRIT_CLIENT_CONFIG"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # a bare key of TOML


@dataclass(frozen=True)
class Context:
    """One manager, and who we are there."""

    server: str
    token: str | None = field(default=None, repr=False)
    token_file: str | None = None
    ca: str | None = None


@dataclass(frozen=True)
class Contexts:
    """All that a user knows, and which of them is meant when none is named."""

    contexts: Mapping[str, Context] = field(default_factory=dict)
    current: str | None = None

    def named(self, name: str) -> Context:
        """The context of that name.

        Raises:
            SettingsError: there is none.
        """
        if name not in self.contexts:
            known = ", ".join(sorted(self.contexts)) or "none"
            raise SettingsError(
                f"found context {name!r}, expected one of those that 'ditrit context list' shows: {known}"
            )
        return self.contexts[name]

    def with_(self, name: str, context: Context) -> Contexts:
        """These and one more, or one in the place of that of its name; the first is the one that is used."""
        if not NAME.fullmatch(name):
            raise SettingsError(f"found context {name!r}, expected a name of letters, digits, '_' and '-'")
        return Contexts({**self.contexts, name: context}, self.current or name)

    def without(self, name: str) -> Contexts:
        """These but one."""
        self.named(name)
        left = {other: context for other, context in self.contexts.items() if other != name}
        return Contexts(left, None if self.current == name else self.current)

    def using(self, name: str) -> Contexts:
        """The same, another one being meant when none is named."""
        self.named(name)
        return replace(self, current=name)


def place(environ: Mapping[str, str]) -> Path:
    """Where a user's contexts are kept."""
    if environ.get(VARIABLE):
        return Path(environ[VARIABLE]).expanduser()
    base = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME") or "/", ".config"))
    return Path(base, "ditrit", "config.toml")


def read(file: Path) -> Contexts:
    """The contexts of a file; none where there is no file.

    Raises:
        SettingsError: it cannot be read, or others can read it though it holds a token.
    """
    try:
        text, mode = file.read_text(encoding="utf-8"), file.stat().st_mode
    except FileNotFoundError:
        return Contexts()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from error
    found = _parsed(text, file)
    if mode & (stat.S_IRWXG | stat.S_IRWXO) and any(context.token for context in found.contexts.values()):
        raise SettingsError(f"{file} holds tokens, and others may read or write it: chmod 600 it")
    return found


def write(file: Path, contexts: Contexts) -> None:
    """Keep contexts, readable by their owner alone; whole or not at all.

    Raises:
        SettingsError: the file cannot be written.
    """
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(_text(contexts))
        part.replace(file)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from error


def _parsed(text: str, file: Path) -> Contexts:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not TOML: {error}") from error
    known = document.get("contexts", {})
    if not isinstance(known, dict):
        raise SettingsError(f"{file}: expected tables [contexts.NAME]")
    current = document.get("current")
    found = Contexts({name: _context(value, f"{file}: contexts.{name}") for name, value in known.items()}, current)
    if current is not None and (not isinstance(current, str) or current not in known):
        raise SettingsError(f"{file}: found {current!r} as current, expected the name of a context")
    return found


def _context(value: Any, where: str) -> Context:
    names = [item.name for item in fields(Context)]
    if not isinstance(value, dict) or not isinstance(value.get("server"), str):
        raise SettingsError(f"{where}: expected a table with a server")
    for name, item in value.items():
        if name not in names or not isinstance(item, str):
            raise SettingsError(f"{where}: found {name!r}, expected texts under {', '.join(names)}")
    return Context(**value)


def _text(contexts: Contexts) -> str:
    lines = [] if contexts.current is None else [f"current = {_quoted(contexts.current)}"]
    for name, context in contexts.contexts.items():
        lines += ["", f"[contexts.{name}]"]
        values = ((item.name, getattr(context, item.name)) for item in fields(Context))
        lines += [f"{key} = {_quoted(value)}" for key, value in values if value is not None]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    if not text.isprintable():  # of what TOML escapes otherwise than JSON, nothing is left
        raise SettingsError("found a character that cannot be printed, expected none in the settings of a context")
    return json.dumps(text, ensure_ascii=False)
