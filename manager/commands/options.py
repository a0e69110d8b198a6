"""Options and arguments that several commands share."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

import click
import yaml
from click.shell_completion import CompletionItem

from engine.settings import SettingsError
from manager.client import Client
from manager.connection import Given, connected
from manager.contexts import place, read

F = TypeVar("F", bound=Callable[..., Any])
CLIENT = (
    ("--server", "URL", "Where the manager is; also DITRIT_SERVER; default http://127.0.0.1:5000."),
    ("--token", "TOKEN", "Who is asking; better in DITRIT_TOKEN, which other users of the machine cannot see."),
    ("--token-file", "FILE", "A file with the token; also DITRIT_TOKEN_FILE."),
    ("--ca", "FILE", "Certificates of the authorities that are trusted; also DITRIT_CA."),
    ("--context", "NAME", "A manager of the client's configuration; also DITRIT_CONTEXT."),
)
GIVEN = tuple(name.removeprefix("--").replace("-", "_") for name, _, _ in CLIENT)


class _Loader(yaml.SafeLoader):
    """Leaves dates as they are written: a timestamp is text in JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def contexts_file() -> Path:
    """Where this user's contexts are."""
    return place(os.environ)


def asked(options: Mapping[str, Any], patience: float | None = None) -> Client:
    """The client that a command's options mean."""
    return connected(Given(**{name: options.get(name) for name in GIVEN}), os.environ, patience)


def client_options(command: F) -> F:
    """Add ``--json``, and what says which manager a command asks and who is asking; it gets them as ``client``."""

    @functools.wraps(command)
    def with_client(*arguments: Any, **options: Any) -> Any:
        client = asked(options)
        return command(*arguments, client=client, **{name: options[name] for name in options.keys() - set(GIVEN)})

    wrapped: Any = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")(with_client)
    for name, metavar, help_text in reversed(CLIENT):
        kind = click.Path(path_type=Path) if metavar == "FILE" else None
        names = contexts if name == "--context" else None
        wrapped = click.option(name, metavar=metavar, type=kind, shell_complete=names, help=help_text)(wrapped)
    return cast("F", wrapped)


ACCESS = (
    ("--tokens", "FILE", "The tokens that are let in (`ditrit token new`); also DITRIT_TOKENS."),
    ("--trust-loopback", "BOOLEAN", "Requests made on this machine need no token; also DITRIT_TRUST_LOOPBACK."),
    ("--insecure", "BOOLEAN", "Let other machines in without tokens; also DITRIT_INSECURE."),
    ("--host-names", "NAMES", "How clients without a token may call this manager; also DITRIT_HOST_NAMES."),
    ("--tls-cert", "FILE", "Certificate chain, for HTTPS; also DITRIT_TLS_CERT."),
    ("--tls-key", "FILE", "The certificate's key; also DITRIT_TLS_KEY."),
)


def access_options(command: F) -> F:
    """Add the settings that say who may do what on a manager; given without a value, what is a switch is on."""
    for option, metavar, help_text in reversed(ACCESS):
        more: dict[str, Any] = {"is_flag": False, "flag_value": "true"} if metavar == "BOOLEAN" else {}
        command = click.option(option, metavar=metavar, help=help_text, **more)(command)
    return command


def settings_options(command: F) -> F:
    """Add the settings that every daemon has."""
    return settings_options_of("--artifacts")(command)


def settings_options_of(artifacts: str) -> Callable[[F], F]:
    """The same, the artifact store being named by another option: where ``--artifacts`` means something else."""

    def add(command: F) -> F:
        for name, option, metavar, help_text in _settings(artifacts):
            command = click.option(option, name, metavar=metavar, help=help_text)(command)
        return command

    return add


def _settings(artifacts: str) -> tuple[tuple[str, str, str, str], ...]:
    """Name, option, what it takes and help of each."""
    return (
        (
            "artifacts",
            artifacts,
            "URL",
            "The artifact store: file:///path or s3://bucket?endpoint=URL; also DITRIT_ARTIFACTS.",
        ),
        ("space", "--space", "URL", "The space: sqlite:///path or consul://HOST:PORT; also DITRIT_SPACE."),
        ("state", "--state", "PATH", "Folder for what is kept here by default; also DITRIT_STATE."),
        ("log", "--log-format", "FORMAT", "How logs are written: text or json; also DITRIT_LOG."),
        ("config", "--config", "PATH", "A YAML file with settings; also DITRIT_CONFIG."),
    )


def contexts(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What completes the name of a context."""
    try:
        return [CompletionItem(name) for name in read(contexts_file()).contexts if name.startswith(incomplete)]
    except SettingsError:
        return []


def with_port(flags: Mapping[str, object], port: int | None) -> dict[str, object]:
    """The flags, ``--port`` worked into ``--bind``."""
    if port is None:
        return dict(flags)
    if flags.get("bind"):
        raise click.UsageError("give --port or --bind, not both")
    return {**flags, "bind": f"127.0.0.1:{port}"}


def input_values(pairs: tuple[str, ...], file: Path | None) -> dict[str, Any]:
    """The inputs of a file, then those of ``NAME=VALUE`` arguments, whose values are read as JSON where they are."""
    values: dict[str, Any] = {}
    if file is not None:
        values |= _from_file(file)
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or not name:
            raise click.BadParameter(f"found {pair!r}, expected NAME=VALUE", param_hint="--input")
        values[name] = _value(text)
    try:
        json.dumps(values, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise click.BadParameter(f"{error}; expected what JSON can carry", param_hint="--input, --inputs") from error
    return values


def _from_file(file: Path) -> dict[str, Any]:
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506  it is a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise click.BadParameter(f"{file}: {error}", param_hint="--inputs") from error
    if not isinstance(document, dict):
        raise click.BadParameter(f"{file}: expected a map of input names to values", param_hint="--inputs")
    return document


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_json)
    except ValueError:
        return text


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
