"""The list of other people's templates: each file gives a row, whatever happens to it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from benchmarks.conformance import Entry, Result, entries_of, main, peer_result_of, peers_table, result_of, table
from benchmarks.parsers import PEERS, Peer

VALID = "tosca_definitions_version: tosca_simple_yaml_1_1\n"
MANIFEST = """\
repo\tpath\tversion\tverdict\tcontested\tlicence
some+one\ta/good.yaml\t1_1\tvalid\t\tMIT
some+one\ta/bad.yaml\t1_1\tinvalid\tyes\tMIT
some+one\ta/other.yaml\t1_1\tunknown\t\tMIT
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "some+one" / "a").mkdir(parents=True)
    (tmp_path / "some+one" / "a" / "good.yaml").write_text(VALID)
    (tmp_path / "some+one" / "a" / "bad.yaml").write_text(VALID + "topology_templ: {}\n")
    (tmp_path / "list.tsv").write_text(MANIFEST)
    return tmp_path


def test_files_without_a_verdict_are_left_out(folder: Path) -> None:
    assert [entry.path for entry in entries_of(folder / "list.tsv")] == ["a/good.yaml", "a/bad.yaml"]


def test_a_list_gives_a_table_and_figures_of_each_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = folder / "figures.json"
    monkeypatch.setattr(
        sys, "argv", ["conformance", str(folder), str(folder / "list.tsv"), "--show", "--json", str(figures)]
    )
    main()

    lines = capsys.readouterr().out.splitlines()
    assert "| 1_1 | valid |  | 1 | 1 | 0 | 0 | 0 | 100.0% |" in lines
    assert "| 1_1 | invalid | yes | 1 | 0 | 1 | 0 | 0 | 100.0% |" in lines
    assert "unknown-keyname" in figures.read_text()


@pytest.mark.parametrize(
    ("program", "limit", "outcome"),
    [("import time; time.sleep(60)", 0.2, "hung"), ("import sys; sys.exit('no')", 30.0, "crashed")],
)
def test_a_crash_or_a_hang_is_a_row(folder: Path, program: str, limit: float, outcome: str) -> None:
    entry = Entry("some/one", "a/good.yaml", "1_1", "valid")

    found = result_of(entry, folder, limit, (sys.executable, "-c", program))

    assert (found.outcome, found.agreed) == (outcome, False)


def test_what_is_contested_is_counted_apart() -> None:
    results = [
        Result(Entry("r", "a", "1_1", "valid"), "accepted", 0.1),
        Result(Entry("r", "b", "1_1", "valid", "yes"), "refused", 0.1),
    ]

    assert [row[:4] for row in table(results)] == [
        ("1_1", "valid", "", 1),
        ("1_1", "valid", "yes", 1),
        ("all", "valid", "", 1),
        ("all", "invalid", "", 0),
        ("all", "valid", "yes", 1),
        ("all", "invalid", "yes", 0),
    ]


class Other(Peer):
    """A parser of somebody else: what it does with a file stands in the file."""

    name = "other"
    own = ("__main__.",)
    unread = re.compile("version unknown")

    def install(self) -> None:
        pass

    def command(self, file: Path) -> list[str]:
        return [sys.executable, str(file)]


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("print('all is well')", "accepted"),
        ("import sys; sys.exit('line 3: found no type')", "refused"),
        ("import sys; sys.exit('version unknown')", "not read"),
        ("class ParseError(Exception): __module__ = '__main__.x'\nraise ParseError('line 3')", "refused"),
        ("import yaml; yaml.safe_load('a: b: c')", "refused"),
        ("raise KeyError('type')", "crashed"),
        ("import sys; sys.exit(\"Error: 'NoneType' object has no attribute 'get'\")", "crashed"),
        ("import os; os.abort()", "crashed"),
        ("import time; time.sleep(60)", "hung"),
    ],
)
def test_what_another_parser_says_is_a_message_or_a_crash(folder: Path, program: str, outcome: str) -> None:
    entry = Entry("some/one", "a/good.yaml", "1_1", "valid")
    entry.file(folder).write_text(program)

    found = peer_result_of(Other(folder), entry, folder, 0.5 if outcome == "hung" else 30.0)

    assert found.outcome == outcome


def test_agreement_with_another_parser_is_counted_over_the_versions_that_it_reads() -> None:
    found = [
        Result(Entry("r", "a", "1_0", "valid"), "accepted", 0.1),
        Result(Entry("r", "b", "1_0", "invalid"), "crashed", 0.1),
        Result(Entry("r", "c", "1_0", "valid", "contested"), "refused", 0.1),
        Result(Entry("r", "d", "1_1", "valid"), "not read", 0.1),
    ]

    assert peers_table({"other": found}) == [
        ("other", "1_0", 3, 1, 1, 1, 0, 0, "1 of 1", "0 of 1"),
        ("other", "1_1", 1, 0, 0, 0, 0, 1, "-", "-"),
        ("other", "all", 4, 1, 1, 1, 0, 1, "1 of 1", "0 of 1"),
    ]


def test_each_of_the_others_is_asked_to_validate_and_no_more(tmp_path: Path) -> None:
    commands = {name: peer(tmp_path).command(Path("a.yaml")) for name, peer in PEERS.items()}

    assert commands["opera"] == [f"{tmp_path}/opera/bin/opera", "validate", "a.yaml"]
    assert all(command[0].startswith(f"{tmp_path}/{name}/bin/") for name, command in commands.items())
    assert all(command[-1] == "a.yaml" and "deploy" not in command for command in commands.values())
