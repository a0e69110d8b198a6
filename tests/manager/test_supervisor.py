"""Processes run as one."""

import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from manager.supervisor import Supervisor


@pytest.fixture
def lines() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def supervisor(lines: list[tuple[str, str]]) -> Iterator[Supervisor]:
    made = Supervisor(lambda name, line: lines.append((name, line)))
    yield made
    made.stop()


def until(condition: Callable[[], bool], patience: float = 10.0) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def program(text: str) -> list[str]:
    return [sys.executable, "-u", "-c", text]


def test_what_a_child_prints_is_passed_on_with_its_name(supervisor: Supervisor, lines: list[tuple[str, str]]) -> None:
    supervisor.start("one", program("import time; print('hello'); time.sleep(60)"), {})
    until(lambda: ("one", "hello") in lines)


def test_a_child_gets_the_variables_it_was_given(supervisor: Supervisor, lines: list[tuple[str, str]]) -> None:
    supervisor.start("one", program("import os, time; print(os.environ['X']); time.sleep(60)"), {"X": "42"})
    until(lambda: ("one", "42") in lines)


def test_a_child_that_died_is_started_again_and_it_is_said(
    supervisor: Supervisor, lines: list[tuple[str, str]]
) -> None:
    child = supervisor.start("one", program("import time; print('up'); time.sleep(60)"), {})
    until(lambda: ("one", "up") in lines)
    assert child.process is not None
    child.process.kill()
    child.process.wait()

    def again() -> bool:
        supervisor.tend()
        return lines.count(("one", "up")) == 2

    until(again)
    assert any("killed by SIGKILL" in line for _, line in lines)


def test_who_wants_to_know_is_told_which_process_has_died() -> None:
    told: list[int] = []
    supervisor = Supervisor(lambda _name, _line: None, told.append)
    child = supervisor.start("one", program("import time; time.sleep(60)"), {})
    assert child.process is not None
    first = child.process
    first.kill()
    first.wait()
    supervisor.tend()
    assert told == [first.pid]
    supervisor.stop()
    assert told == [first.pid]  # those that it ends itself hand back what they hold


def test_a_child_that_keeps_dying_is_started_less_and_less_often(
    supervisor: Supervisor, lines: list[tuple[str, str]]
) -> None:
    child = supervisor.start("one", program("raise SystemExit(3)"), {})
    deadline = time.monotonic() + 30
    while child.pause < 2 and time.monotonic() < deadline:
        supervisor.tend()
        time.sleep(0.02)
    assert child.pause >= 2
    assert any("exit code 3" in line for _, line in lines)


def test_children_end_when_they_are_asked_and_are_killed_when_they_do_not(
    supervisor: Supervisor, lines: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("manager.supervisor.GRACE", 0.5)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    children = [
        supervisor.start("good", program("import time; time.sleep(60)"), {}),
        supervisor.start("deaf", program(deaf), {}),
    ]
    until(lambda: ("deaf", "deaf") in lines)
    supervisor.stop()
    assert [child.process.returncode for child in children if child.process] == [-15, -9]


def test_it_runs_until_it_is_told_to_stop(supervisor: Supervisor) -> None:
    child = supervisor.start("one", program("import time; time.sleep(60)"), {})
    threading.Timer(0.3, supervisor.ask_to_stop).start()
    supervisor.run()
    assert child.process is not None
    assert child.process.returncode == -15


def test_a_death_is_seen_at_once_while_it_runs(lines: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manager.supervisor.TICK", 60.0)
    supervisor = Supervisor(lambda name, line: lines.append((name, line)))
    child = supervisor.start("one", program("import time; print('up'); time.sleep(60)"), {})
    running = threading.Thread(target=supervisor.run)
    running.start()
    until(lambda: ("one", "up") in lines)
    assert child.process is not None
    child.process.kill()
    until(lambda: any("killed by SIGKILL" in line for _, line in lines))
    supervisor.ask_to_stop()
    running.join(20)
    assert not running.is_alive()
