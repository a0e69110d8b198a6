"""Makes the pages of the documentation that are lists of what the code has.

python -m tests.docs.reference      # writes them
"""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import click

from engine.settings import PREFIX, Settings
from manager.app import create_app
from manager.cli import main
from manager.config import ManagerConfig
from tosca.codes import ERRORS, WARNINGS
from worker.config import WorkerConfig

DOCS = Path(__file__).parents[2] / "docs"
_PROBLEMS = """\
# Problem codes

Every problem of an archive has one of these codes, the same in each version; messages may change. `ditrit validate`
prints them in brackets at the end of a line, the API has them as `code`. `ditrit validate --strict` makes errors of
warnings; where each looseness comes from, and what is made of it, stands in [leniencies](leniencies.md).

## Errors

An archive with one of them is not stored.

{errors}
## Warnings

{warnings}"""
_COMMANDS = """\
# All commands

What each says of itself with `--help`. [The command line](cli.md) is the guide to them.

{commands}"""
_SETTINGS = """\
# All settings

From weakest to strongest: default, YAML file, variable, flag; [the command line](cli.md#settings) says more.

{settings}"""
_REST = """\
# All calls of the REST API

As `/openapi.json` describes them. [The REST API](api.md) says what they all have in common.

{calls}"""


def pages() -> dict[str, str]:
    """The pages that are made, by their names."""
    return {
        "problems.md": _PROBLEMS.format(errors=_codes(ERRORS), warnings=_codes(WARNINGS)),
        "commands.md": _COMMANDS.format(commands="\n".join(_commands(main, "ditrit"))),
        "settings.md": _SETTINGS.format(settings="\n".join(_settings())),
        "rest.md": _REST.format(calls="\n".join(_calls(_document()))),
    }


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    written = [" | ".join(cell.replace("|", "\\|") for cell in line) for line in (head, *rows)]
    lines = [f"| {written[0]} |", "|---" * len(head) + "|", *(f"| {line} |" for line in written[1:])]
    return "\n".join([*lines, ""])


def _codes(codes: dict[str, str]) -> str:
    return _table(("code", "what is wrong"), [(f"`{code}`", meaning) for code, meaning in codes.items()])


# -- commands


def _commands(group: click.Group, name: str) -> Iterator[str]:
    for part, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{name} {part}")
        elif not command.hidden:
            yield _command(command, f"{name} {part}")


def _command(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    found = [one.get_help_record(context) for one in command.params if isinstance(one, click.Option)]
    rows = [(f"`{record[0]}`", " ".join(record[1].split())) for record in found if record is not None]
    options = "\n" + _table(("option", "meaning"), rows) if rows else ""
    return f"## {name}\n\n```\n{name} {usage}\n```\n\n{_paragraphs(command.help or '')}\n{options}"


def _paragraphs(text: str) -> str:
    """A help text in Markdown; click's mark of what is not to be filled makes examples of it."""
    found = [block.strip("\n") for block in inspect.cleandoc(text).split("\n\n")]
    return "\n\n".join(f"```\n{block[1:].strip()}\n```" if block.startswith("\b") else block for block in found)


# -- settings


def _settings() -> Iterator[str]:
    shared = {one.name for one in fields(Settings)}
    for title, kind, names in (
        ("Of managers and workers", Settings, shared),
        ("Of managers", ManagerConfig, {one.name for one in fields(ManagerConfig)} - shared),
        ("Of workers", WorkerConfig, {one.name for one in fields(WorkerConfig)} - shared),
    ):
        rows = [_setting(one) for one in fields(kind) if one.name in names]
        yield f"## {title}\n\n{_table(('setting', 'variable', 'default', 'meaning'), rows)}"


def _setting(one: Field[Any]) -> tuple[str, ...]:
    return f"`{one.name}`", f"`{PREFIX}{one.name.upper()}`", _default(one), one.metadata["help"]


def _default(one: Field[Any]) -> str:
    if "default" in one.metadata:
        return str(one.metadata["default"])
    if one.default is MISSING or one.default in ("", None):
        return "none"
    return f"`{str(one.default).lower() if isinstance(one.default, bool) else one.default}`"


# -- calls


def _document() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(ManagerConfig(state=Path(folder), space="memory:"))
        found: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
        app.extensions["ditrit"].space.close()
        return found


def _calls(document: Mapping[str, Any]) -> Iterator[str]:
    for path, item in document["paths"].items():
        for method, call in item.items():
            if method != "parameters":
                yield _call(
                    f"{method.upper()} {path}", call, [*item.get("parameters", []), *call.get("parameters", [])]
                )


def _call(name: str, call: Mapping[str, Any], parameters: list[dict[str, Any]]) -> str:
    role = call.get("x-role")
    who = f"Role: {role}." if role else "Open to all."
    rows = [_parameter(one) for one in parameters]
    asked = "\n" + _table(("parameter", "where", "type", "meaning"), rows) if rows else ""
    answers = [(code, _shape(one), one["description"]) for code, one in call["responses"].items()]
    body = f" Body: {_shape(call['requestBody'])}." if "requestBody" in call else ""
    return f"## {name}\n\n{call['summary']}. {who}{body}\n{asked}\n{_table(('answer', 'body', 'meaning'), answers)}"


def _parameter(one: Mapping[str, Any]) -> tuple[str, ...]:
    schema = one.get("schema", {})
    kind = ", ".join(f"`{value}`" for value in schema["enum"]) if "enum" in schema else schema.get("type", "")
    return (
        f"`{one['name']}`",
        one["in"],
        kind,
        one.get("description", "") + (" (required)" if one.get("required") else ""),
    )


def _shape(part: Mapping[str, Any]) -> str:
    """What a body is: the name of its schema, or the kind of its content."""
    kinds = [
        content["schema"]["$ref"].rpartition("/")[2] if "$ref" in content.get("schema", {}) else f"`{kind}`"
        for kind, content in part.get("content", {}).items()
    ]
    return ", ".join(kinds)


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
