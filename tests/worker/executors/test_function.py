"""Python functions are called as operations, each in a process of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.worker.executors.contract import ExecutorContract
from tests.worker.executors.watching import printed, wait
from tests.worker.requests import request
from tosca.model import Value
from worker.executors.base import OperationRequest, Result
from worker.executors.function import FunctionExecutor

OWN = {"PATH": os.environ["PATH"], "HOME": "/root"}
BASH = """\
import subprocess, sys
def create(**inputs):
    code = subprocess.run(["bash", "-c", {text!r}]).returncode
    if code:
        sys.exit(code)
"""


@pytest.fixture
def executor(tmp_path: Path) -> FunctionExecutor:
    return FunctionExecutor(tmp_path / "spool", OWN, grace=0.3)


class TestFunctions(ExecutorContract):
    """The contract of executors."""

    at_once = 12

    def commands(
        self, folder: Path, text: str, inputs: Mapping[str, Value] | None = None, **fields: Any
    ) -> OperationRequest:
        return request(folder, BASH.format(text=text), inputs, implementation="scripts/run.py", **fields)


def call(executor: FunctionExecutor, folder: Path, text: str, inputs: Mapping[str, Value] | None = None) -> Result:
    return wait(executor.start(request(folder, text, inputs, implementation="scripts/ops.py")))


INPUTS: dict[str, Value] = {"port": 5432, "name": "5432", "tls": True, "hosts": ["a", "\u00e9"], "more": {"x": None}}


def test_inputs_are_arguments_of_their_types_and_what_is_returned_are_outputs(
    executor: FunctionExecutor, tmp_path: Path
) -> None:
    text = "def create(port, *, name, tls=False, **rest):\n    return dict(rest, port=port, name=name, tls=tls)\n"
    result = call(executor, tmp_path, text, INPUTS)
    assert (result.error, result.outputs) == (None, INPUTS)


def test_what_a_function_prints_is_its_log_and_what_lies_beside_it_can_be_imported(
    executor: FunctionExecutor, tmp_path: Path
) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "beside.py").write_text("WORD = 'found'\n")
    text = "import beside, os\ndef create():\n    print(beside.WORD, os.getcwd(), os.environ['NODE'])\n"
    result = call(executor, tmp_path, text)
    assert (result.error, printed(result)) == (None, f"found {tmp_path}/scripts A\n")
    assert sorted(path.name for path in (tmp_path / "scripts").iterdir()) == ["beside.py", "ops.py"]


@pytest.mark.parametrize(
    ("text", "inputs", "error"),
    [
        ("def stop(): pass\ndef start(): pass", {}, "ops.py has no function 'create'; it has stop, start"),
        ("", {}, "ops.py has no function 'create'; it has none"),
        ("def create(a): pass", {}, "create(a) cannot take the inputs (none): missing a required argument: 'a'"),
        (
            "def create(a): pass",
            {"a": 1, "b": 2},
            "create(a) cannot take the inputs a, b: got an unexpected keyword argument 'b'",
        ),
        ("def create(): return 3", {}, "create returned a value of type int, expected a dict of outputs, or None"),
        (
            "def create(): return {'a': {1}}",
            {},
            "create returned an output that is no JSON: Object of type set is not JSON serializable",
        ),
        ("def create(): raise ValueError('no disk')", {}, "ValueError: no disk"),
        ("def create(:", {}, "SyntaxError: invalid syntax"),
    ],
)
def test_a_function_that_cannot_be_called_or_fails_says_why(
    executor: FunctionExecutor, tmp_path: Path, text: str, inputs: Mapping[str, Value], error: str
) -> None:
    result = call(executor, tmp_path, text, inputs)
    assert result.error == f"exit code 1: {error}"
    assert result.outputs == {}


def test_inputs_stand_in_no_argument_of_the_process(executor: FunctionExecutor, tmp_path: Path) -> None:
    text = "def create(**given):\n    return {'line': open('/proc/self/cmdline').read(), 'given': given}\n"
    result = call(executor, tmp_path, text, {"password": "s3cret"})
    assert result.outputs["given"] == {"password": "s3cret"}
    assert "s3cret" not in json.dumps(result.outputs["line"])
