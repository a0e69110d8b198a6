"""What scripts say by writing lines into the file of outputs."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path

import pytest

from tests.worker.requests import request
from tosca.model import Value
from worker.executors.base import Result
from worker.executors.outputs import MOST_BYTES, MOST_OUTPUTS, OutputError, parsed, private_folder
from worker.executors.script import ScriptExecutor


@pytest.fixture
def executor(tmp_path: Path) -> ScriptExecutor:
    return ScriptExecutor(tmp_path / "spool", {"PATH": os.environ["PATH"]}, grace=0.3)


def run(executor: ScriptExecutor, folder: Path, text: str, time_limit: float | None = None) -> Result:
    operation = executor.start(request(folder, text, time_limit=time_limit))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        select.select([operation.fileno()], [], [], 0.05)
        if (result := operation.result()) is not None:
            return result
        operation.tend(time.monotonic())
    raise AssertionError("the operation did not end")


def left(folder: Path) -> list[Path]:
    return list((folder / "spool.outputs").iterdir())


@pytest.mark.parametrize(
    ("content", "outputs"),
    [
        (b"", {}),
        (b"\n\n", {}),
        (b"port=5432", {"port": "5432"}),
        (b"port=5432\n", {"port": "5432"}),
        (b"url=http://x/?a=b&c=d\n", {"url": "http://x/?a=b&c=d"}),
        (b"text=  as it is  \n", {"text": "  as it is  "}),
        (b"empty=\n", {"empty": ""}),
        (b'text={"no": "json"}\n', {"text": '{"no": "json"}'}),
        (b"port:=5432\n", {"port": 5432}),
        (b'hosts:=["a", {"b": null}]\n', {"hosts": ["a", {"b": None}]}),
        (b'lines:="a\\nb"\n', {"lines": "a\nb"}),
        (b"port=1\nport=2\n", {"port": "2"}),
        ("endpoint.ip_address=::1\nname=é\n".encode(), {"endpoint.ip_address": "::1", "name": "é"}),
    ],
)
def test_lines_are_outputs(content: bytes, outputs: dict[str, Value]) -> None:
    assert parsed(content) == outputs


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a=1\nsecret", "line 2: found no '=', expected name=text or name:=JSON"),
        (b"=secret", "line 1: found another name before the '='"),
        (b"1a=secret", "line 1: found another name"),
        (b"a b=secret", "line 1: found another name"),
        (b"x" * 129 + b"=secret", "line 1: found another name"),
        (b"\n\na:=secret", "line 3: found no JSON after ':='"),
        (b"a:=", "line 1: found no JSON"),
        (b"a:=NaN", "line 1: found no JSON"),
        (b"a:=1e999", "line 1: found no JSON"),
        (b'a:="\\ud800"', "line 1: found no JSON"),
        (b"a:=" + b"[" * 30_000, "line 1: found no JSON"),
        (b"a=\xff", "line 1: found bytes that are no UTF-8"),
        (b"".join(b"a%d=\n" % i for i in range(MOST_OUTPUTS + 1)), "found 201 of them, expected at most 200"),
        (b"a=" + b"\x01" * 20_000, f"bytes when stored, expected at most {MOST_BYTES}"),
    ],
)
def test_what_is_no_output_is_an_error_that_says_where_and_shows_no_value(content: bytes, message: str) -> None:
    with pytest.raises(OutputError) as raised:
        parsed(content)
    assert message in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_script_says_outputs(executor: ScriptExecutor, tmp_path: Path) -> None:
    result = run(executor, tmp_path, 'echo port=5432 >> "$DITRIT_OUTPUTS"\necho "names:=[1]" >> "$DITRIT_OUTPUTS"')
    assert (result.error, result.outputs) == (None, {"port": "5432", "names": [1]})
    assert left(tmp_path) == []


def test_a_script_that_says_nothing_has_no_outputs(executor: ScriptExecutor, tmp_path: Path) -> None:
    assert run(executor, tmp_path, "true").outputs == {}
    assert run(executor, tmp_path, '! [ -e "$DITRIT_OUTPUTS" ]').succeeded


def test_nobody_else_may_enter_the_folder_of_the_file(executor: ScriptExecutor, tmp_path: Path) -> None:
    script = 'echo "mode=$(stat -c %a "$(dirname "$DITRIT_OUTPUTS")")" > "$DITRIT_OUTPUTS"'
    assert run(executor, tmp_path, script).outputs == {"mode": "700"}


@pytest.mark.parametrize("script", ["exit 3", "kill -9 $$"])
def test_outputs_of_an_operation_that_fails_are_not_taken(
    executor: ScriptExecutor, tmp_path: Path, script: str
) -> None:
    result = run(executor, tmp_path, f'echo port=1 > "$DITRIT_OUTPUTS"\n{script}')
    assert not result.succeeded
    assert result.outputs == {}
    assert left(tmp_path) == []


def test_outputs_of_an_operation_that_is_stopped_are_not_taken(executor: ScriptExecutor, tmp_path: Path) -> None:
    result = run(executor, tmp_path, 'echo port=1 > "$DITRIT_OUTPUTS"\nsleep 60', time_limit=0.2)
    assert (result.error, result.outputs) == ("time limit of 0.2 s exceeded", {})
    assert left(tmp_path) == []


def test_nothing_is_left_of_an_operation_that_is_killed(executor: ScriptExecutor, tmp_path: Path) -> None:
    operation = executor.start(request(tmp_path, 'echo port=1 > "$DITRIT_OUTPUTS"\nsleep 60'))
    operation.kill()
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("echo wrong > $F", "its outputs cannot be taken: line 1: found no '='"),
        (
            f"head -c {MOST_BYTES} /dev/zero | tr '\\0' x > $F; echo >> $F",
            f"found more than {MOST_BYTES} bytes in the file, expected at most so many",
        ),
        ("mkfifo $F", "found something else at DITRIT_OUTPUTS, expected a plain file"),
        ("ln -s /etc/hostname $F", "at DITRIT_OUTPUTS, expected a plain file"),
    ],
)
def test_an_operation_whose_outputs_cannot_be_read_fails(
    executor: ScriptExecutor, tmp_path: Path, script: str, error: str
) -> None:
    result = run(executor, tmp_path, f'F="$DITRIT_OUTPUTS"\n{script}')
    assert result.exit_code == 0
    assert error in str(result.error)
    assert result.outputs == {}
    assert left(tmp_path) == []


def test_an_operation_that_cannot_start_leaves_no_file(executor: ScriptExecutor, tmp_path: Path) -> None:
    assert not run(executor, tmp_path, "#!/nowhere/at/all\n").succeeded
    assert left(tmp_path) == []


def test_files_of_workers_that_are_no_more_are_removed_and_the_folder_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "spool.outputs"
    folder.mkdir(mode=0o755)
    for pid in (os.getpid(), 2**22 + 1):
        (folder / f"{pid}-0").touch()
    assert private_folder(tmp_path / "spool") == folder
    assert [path.name for path in folder.iterdir()] == [f"{os.getpid()}-0"]
    assert folder.stat().st_mode & 0o777 == 0o700
