"""Outputs of an operation: the values that a script says by writing them into a file.

Place in the flow: an executor names the file in ``DITRIT_OUTPUTS``, a script makes it by writing; when the
operation has succeeded the lines become the outputs of its `Result`.  Their form is told in
``docs/operations-environment.md``.

The values may be secrets: no message shows any.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from tosca.model import Value

VARIABLE = "DITRIT_OUTPUTS"
MOST_BYTES = 64 << 10  # of the file, and of the outputs as they are stored
MOST_OUTPUTS = 200
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_numbers = itertools.count()


class OutputError(Exception):
    """What was written cannot be read; the operation fails with this message."""

    def __init__(self, what: str) -> None:
        super().__init__(f"its outputs cannot be taken: {what}")


def private_folder(spool: Path) -> Path:
    """The folder beside the spool for these files, which nobody else may enter; old workers' files are removed."""
    folder = spool.absolute().with_name(f"{spool.name}.outputs")
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)  # whoever made it
    for path in folder.iterdir():
        if not Path("/proc", path.name.partition("-")[0]).exists():
            path.unlink(missing_ok=True)
    return folder


class OutputFile:
    """The file of one attempt.  Most operations say nothing: it is there when a script has written into it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{os.getpid()}-{next(_numbers)}"

    def remove(self) -> None:
        """Remove it; no error when it is gone."""
        self.path.unlink(missing_ok=True)

    def read(self) -> dict[str, Value]:
        """What the operation has written.

        Raises:
            OutputError: too much, or not in the form of outputs.
        """
        return parsed(self._content())

    def _content(self) -> bytes:
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise OutputError(f"found {error.strerror} at {VARIABLE}, expected a plain file") from error
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OutputError(f"found something else at {VARIABLE}, expected a plain file")
            content = os.read(handle, MOST_BYTES + 1)
        finally:
            os.close(handle)
        if len(content) > MOST_BYTES:
            raise OutputError(f"found more than {MOST_BYTES} bytes in the file, expected at most so many")
        return content


def parsed(content: bytes) -> dict[str, Value]:
    """The outputs that lines say; of several lines with one name the last one counts.

    Raises:
        OutputError: a line is malformed; the message has its number.
    """
    found: dict[str, Value] = {}
    for number, line in enumerate(content.split(b"\n"), 1):
        if line:
            name, value = _line(number, line)
            found[name] = value
    if len(found) > MOST_OUTPUTS:
        raise OutputError(f"found {len(found)} of them, expected at most {MOST_OUTPUTS}")
    size = len(_stored(found))
    if size > MOST_BYTES:
        raise OutputError(f"found {size} bytes when stored, expected at most {MOST_BYTES}")
    return found


def _line(number: int, line: bytes) -> tuple[str, Value]:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise OutputError(f"line {number}: found bytes that are no UTF-8, expected text") from error
    name, sign, value = text.partition("=")
    if not sign:
        raise OutputError(f"line {number}: found no '=', expected name=text or name:=JSON")
    is_json = name.endswith(":")
    name = name.removesuffix(":")
    if not _NAME.fullmatch(name):
        expected = "letters, digits, '_', '.', '-', the first a letter or '_', at most 128"
        raise OutputError(f"line {number}: found another name before the '=' than one of {expected}")
    return name, _json(number, value) if is_json else value


def _json(number: int, text: str) -> Value:
    try:
        value: Value = json.loads(text)
        _stored(value)  # what cannot be written again: NaN, halves of characters
    except (ValueError, RecursionError) as error:
        raise OutputError(f"line {number}: found no JSON after ':=', expected name:=JSON on one line") from error
    return value


def _stored(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
