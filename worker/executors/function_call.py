"""Calls a function of a module as an operation: a program of its own, with nothing but the standard library.

Place in the flow: `worker.executors.function` → **this text, run by Python on the operation's host** → the function.
It must run wherever operations do, so it is handed over as a text and needs no more than Python 3.9.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import sys
from typing import Any


def main(file: str, name: str) -> None:
    """Load the module, call the function with the inputs as keyword arguments, and say what it returns as outputs."""
    inputs = json.loads(os.environ.pop("DITRIT_INPUTS"))
    function = _function(file, name)
    try:
        inspect.signature(function).bind(**inputs)
    except TypeError as error:
        sys.exit(f"{name}{inspect.signature(function)} cannot take the inputs {', '.join(inputs) or '(none)'}: {error}")
    answer = function(**inputs)
    if answer is None:
        return
    if not isinstance(answer, dict):
        sys.exit(f"{name} returned a value of type {type(answer).__name__}, expected a dict of outputs, or None")
    try:
        lines = [f"{key}:={json.dumps(value)}\n" for key, value in answer.items()]
    except (TypeError, ValueError) as error:
        sys.exit(f"{name} returned an output that is no JSON: {error}")
    with open(os.environ["DITRIT_OUTPUTS"], "a", encoding="utf-8") as stream:
        stream.writelines(lines)


def _function(file: str, name: str) -> Any:
    sys.path.insert(0, os.path.dirname(file))  # what lies beside it can be imported
    sys.dont_write_bytecode = True  # the archive is not theirs to change
    spec = importlib.util.spec_from_file_location("operations", file)
    assert spec is not None and spec.loader is not None, file  # noqa: PT018, S101 - its name ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules["operations"] = module
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        there = [key for key, value in vars(module).items() if inspect.isfunction(value) and not key.startswith("_")]
        sys.exit(f"{os.path.basename(file)} has no function {name!r}; it has {', '.join(there) or 'none'}")
    return function


if __name__ == "__main__":
    main(*sys.argv[1:])
