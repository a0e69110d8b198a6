"""A daemon as a program: flags, variables and file → settings → the daemon, until it is told to end.

Place in the flow: ``python -m manager`` and ``python -m worker`` are this with their own settings.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from engine.errors import EngineError
from engine.log_lines import TEXT, write_logs
from engine.settings import Settings, SettingsError, describe, load
from engine.supervision import end_with_parent
from engine.tracing.setting import Tracing, tracing_of

S = TypeVar("S", bound=Settings)


def run_program(
    section: str,
    kind: type[S],
    run: Callable[[S, Tracing | None], None],
    arguments: Sequence[str],
    environ: Mapping[str, str],
) -> int:
    """Run a daemon; the exit code is 2 for a wrong setting, 1 for something that cannot be opened.

    The daemon gets its settings, and whether it is to export traces.
    """
    flags = vars(_parser(section, kind).parse_args(arguments))
    parent = flags.pop("parent")
    if parent is not None:
        end_with_parent(parent)
    logging.basicConfig(level=logging.WARNING, format=TEXT)
    try:
        config = load(kind, section, flags, environ)
        write_logs(config.log, **({} if not hasattr(config, "name") else {section: config.name}))
        tracing = tracing_of(environ, section)
        config.state.mkdir(parents=True, exist_ok=True)
        run(config, tracing)
    except SettingsError as error:
        return _failed(error, 2)
    except (EngineError, OSError, ValueError) as error:
        return _failed(error, 1)
    return 0


def _failed(error: Exception, code: int) -> int:
    sys.stderr.write(f"error: {error}\n")
    return code


def _parser(section: str, kind: type[Settings]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {section}", description=f"Run a {section} in the foreground.")
    parser.add_argument("--config", help="a YAML file with settings (also DITRIT_CONFIG)")
    parser.add_argument("--parent", type=int, help="end when the process with this number ends")
    for name, variable, help_text in describe(kind):
        flags = [f"--{name.replace('_', '-')}", *(["--log-format"] if name == "log" else [])]
        parser.add_argument(*flags, dest=name, help=f"{help_text} (also {variable})")
    return parser
