"""One line for each operation."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.journal import Executed, Journal, line_of, open_journal

CREATED = Executed(1772366400.123456, "w1", "e7", "A", (2, 1), "Standard", "create", 0, 0.0128)


def test_a_line_tells_when_who_where_what_and_how_it_ended() -> None:
    assert line_of(CREATED) == "2026-03-01T12:00:00.123456Z w1 e7 A[2,1] Standard.create exit=0 0.013s\n"


def test_a_relationship_operation_tells_its_two_ends() -> None:
    added = replace(CREATED, interface="Configure", operation="add_target", relationship="A[2,1]->B[0,0]", exit_code=-9)
    assert " A[2,1] Configure.add_target A[2,1]->B[0,0] exit=-9 " in line_of(added)


def test_what_was_never_started_has_no_exit_code() -> None:
    assert " exit=none " in line_of(replace(CREATED, exit_code=None))


@given(st.text(), st.text(), st.text(), st.text())
def test_no_name_can_forge_a_field_or_a_line(worker: str, node: str, operation: str, relationship: str) -> None:
    line = line_of(replace(CREATED, worker=worker, node=node, operation=operation, relationship=relationship))
    assert re.fullmatch(r"\S+ \S* \S+ \S+ \S+ \S* exit=0 0\.013s\n", line, re.ASCII)
    assert line.count("\n") == 1
    assert line[:-1].isprintable()


def test_names_stay_readable_and_distinct() -> None:
    line = line_of(replace(CREATED, node="é b\\n", operation="a\nb"))
    assert r" é\x20b\\n[2,1] Standard.a\nb " in line


def test_lines_are_appended_also_after_the_file_was_rotated(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "execs")
    journal.write(CREATED)
    journal.write(CREATED)
    assert journal.path.read_text() == line_of(CREATED) * 2
    journal.path.rename(tmp_path / "execs.1")
    journal.write(CREATED)
    assert journal.path.read_text() == line_of(CREATED)


def test_the_preferred_place_is_used_when_it_can_be_written(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "execs", tmp_path / "state/execs")
    assert journal.path == tmp_path / "execs"
    assert journal.path.exists()


def test_the_fallback_is_used_when_the_preferred_place_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "execs").mkdir()
    journal = open_journal(tmp_path / "execs", tmp_path / "state/execs")
    journal.write(CREATED)
    assert journal.path == tmp_path / "state/execs"
    assert journal.path.read_text() == line_of(CREATED)


def test_a_journal_that_cannot_be_written_is_reported_once_and_costs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(tmp_path / "nowhere/execs")
    with caplog.at_level(logging.WARNING):
        journal.write(CREATED)
        journal.write(CREATED)
    assert [record.getMessage() for record in caplog.records] == [
        f"cannot write the journal {tmp_path}/nowhere/execs: No such file or directory"
    ]
