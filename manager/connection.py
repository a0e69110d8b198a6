"""Which manager a command asks, and who is asking.

Place in the flow: flags, then ``DITRIT_*`` variables, then the context → **Client** → HTTP.  A context's token is for
that context's server: it is never sent to another one that a flag or variable names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.settings import SettingsError
from manager.client import Client
from manager.contexts import Context, place, read

SERVER = "http://127.0.0.1:5000"


@dataclass(frozen=True)
class Given:
    """What was said on the command line."""

    server: str | None = None
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    ca: Path | None = None
    context: str | None = None


def connected(given: Given, environ: Mapping[str, str], patience: float | None = None) -> Client:
    """A client of the manager that is meant; ``patience`` as for `Client`.

    Raises:
        SettingsError: the context, a file or a token is not what it should be.
    """
    context = _context(given, environ)
    own = context.token, _path(context.token_file)
    variables = environ.get("DITRIT_TOKEN"), _path(environ.get("DITRIT_TOKEN_FILE"))
    # Who names a context means its token, too, whatever the variables say.
    sources = (own, variables) if given.context else (variables, own)
    tokens = (_token(text, file) for text, file in ((given.token, given.token_file), *sources))
    token = next((token for token in tokens if token is not None), None)
    ca = given.ca or _path(environ.get("DITRIT_CA")) or _path(context.ca)
    if ca is not None and not ca.is_file():
        raise SettingsError(f"found {str(ca)!r} for the certificates of authorities, expected a file")
    return Client(context.server, token, True if ca is None else str(ca), patience)


def _context(given: Given, environ: Mapping[str, str]) -> Context:
    """The context that is meant; only its address, when another was given."""
    server = given.server or (environ.get("DITRIT_SERVER") if given.context is None else None)
    known = read(place(environ))
    name = given.context or environ.get("DITRIT_CONTEXT") or known.current
    context = known.named(name) if name else Context(SERVER)
    if server is None or server.rstrip("/") == context.server.rstrip("/"):
        return context
    return Context(server)


def _token(text: str | None, file: Path | None) -> str | None:
    if text:
        return _clean(text.strip(), "the token")
    if file is None:
        return None
    try:
        return _clean(file.read_text(encoding="utf-8").strip(), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"token file {str(file)!r}: {getattr(error, 'strerror', 'not UTF-8 text')}") from error


def _clean(text: str, source: str) -> str:
    """A token that can stand in a header; the message does not repeat it."""
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise SettingsError(f"{source}: expected one token, as 'ditrit token new' prints it")
    return text


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None
