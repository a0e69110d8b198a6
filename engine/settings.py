"""Settings: defaults, then a YAML file, then ``DITRIT_*`` variables, then flags.

Place in the flow: the first thing that a daemon does.  Each daemon declares one frozen dataclass (a subclass of
`Settings`), `load` fills it once, and it is passed on from there: nothing else reads the environment.

The file holds the shared settings at its top and those of a daemon under its name::

    state: /var/lib/ditrit
    worker:
      slots: 8
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from urllib.parse import quote

import yaml

from engine.errors import EngineError
from engine.log_lines import FORMATS
from engine.space.backends.consul_address import with_token

PREFIX = "DITRIT_"
SECTIONS = ("manager", "worker")
CONSUL_TOKEN = "CONSUL_HTTP_TOKEN"  # noqa: S105  the variable's name, which Consul's own command reads too


class SettingsError(EngineError):
    """A setting that cannot be read; the message names the setting, its source and what was expected."""


def state_folder(environ: Mapping[str, str]) -> Path:
    """Where a user's state lives: ``$XDG_STATE_HOME/ditrit``, or ``~/.local/state/ditrit``."""
    base = environ.get("XDG_STATE_HOME") or str(Path(environ.get("HOME") or "/", ".local", "state"))
    return Path(base) / "ditrit"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What manager and worker both need; space and artifact store default to places in the state folder."""

    state: Path = field(
        metadata={
            "help": "folder for the default space, artifacts, journal and caches",
            "default": "`$XDG_STATE_HOME/ditrit`, or `~/.local/state/ditrit`",
        }
    )
    space: str = field(
        default="",
        repr=False,
        metadata={
            "help": "the space: sqlite:///path or consul://HOST:PORT/PREFIX",
            "default": "`sqlite:///STATE/space.db`",
        },
    )
    artifacts: str = field(
        default="",
        metadata={
            "help": "the artifact store: file:///path or s3://bucket?endpoint=URL",
            "default": "`file:///STATE/artifacts`",
        },
    )
    log: str = field(default="text", metadata={"help": "how logs are written: text, or json: one object a line"})

    def __post_init__(self) -> None:
        if self.log not in FORMATS:
            raise SettingsError(f"log: found {self.log!r}, expected one of {', '.join(FORMATS)}")
        state = self.state.expanduser().absolute()
        object.__setattr__(self, "state", state)
        object.__setattr__(self, "space", self.space or f"sqlite://{quote(str(state))}/space.db")
        object.__setattr__(self, "artifacts", self.artifacts or f"file://{quote(str(state))}/artifacts")


S = TypeVar("S", bound=Settings)


def load(kind: type[S], section: str, flags: Mapping[str, object], environ: Mapping[str, str]) -> S:
    """Fill the settings of a daemon; the flag ``config`` or ``DITRIT_CONFIG`` names the file.

    Raises:
        SettingsError: a setting is unknown, unreadable or of the wrong type.
    """
    hints = get_type_hints(kind)
    values: dict[str, Any] = {"state": state_folder(environ)}
    file = flags.get("config") or environ.get(PREFIX + "CONFIG")
    if file:
        values |= _from_file(Path(str(file)), section, hints)
    for name, hint in hints.items():
        text = environ.get(PREFIX + name.upper())
        if text:
            values[name] = _convert(text, hint, PREFIX + name.upper())
        if flags.get(name) is not None:
            values[name] = _convert(flags[name], hint, "--" + name.replace("_", "-"))
    if "space" in values:
        values["space"] = with_token(values["space"], environ.get(CONSUL_TOKEN, ""))
    return kind(**values)


def describe(kind: type[Settings]) -> list[tuple[str, str, str]]:
    """Each setting as (name, environment variable, help)."""
    return [(f.name, PREFIX + f.name.upper(), f.metadata.get("help", "")) for f in fields(kind)]


def environment(settings: Settings) -> dict[str, str]:
    """The variables that give another process these very settings, whatever variables it inherits besides."""
    values = {f.name: getattr(settings, f.name) for f in fields(settings)}
    return {PREFIX + name.upper(): "" if value is None else str(value) for name, value in values.items()}


def _from_file(file: Path, section: str, hints: Mapping[str, Any]) -> dict[str, object]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise SettingsError(f"configuration file {str(file)!r}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"configuration file {str(file)!r} is not YAML: {error}") from error
    shared = {name: value for name, value in _mapping(document, str(file)).items() if name not in SECTIONS}
    own = _mapping(document.get(section) or {}, f"{file}: {section}")
    return {name: _known(name, value, hints, str(file)) for name, value in {**shared, **own}.items()}


def _mapping(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise SettingsError(f"{where}: found {value!r}, expected a map of settings")
    return {str(name): item for name, item in value.items()}


def _known(name: str, value: object, hints: Mapping[str, Any], file: str) -> object:
    if name in hints:
        return _convert(value, hints[name], f"{file}: {name}")
    near = difflib.get_close_matches(name, hints, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(hints))}"
    raise SettingsError(f"{file}: unknown setting {name!r}; {hint}")


def _convert(value: object, hint: Any, source: str) -> object:
    kind = next(a for a in get_args(hint) if a is not type(None)) if _optional(hint) else hint
    convert, expected = _CONVERTERS[kind]
    try:
        return convert(value)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"{source}: found {value!r}, expected {expected}") from error


def _optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _boolean(value: object) -> bool:
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[str(value).lower()]


_CONVERTERS: dict[type, tuple[Callable[[Any], object], str]] = {
    str: (str, "text"),
    Path: (lambda value: Path(value).expanduser().absolute(), "a path"),
    int: (lambda value: int(str(value)), "a whole number"),
    float: (lambda value: float(str(value)), "a number"),
    bool: (_boolean, "true or false"),
}
