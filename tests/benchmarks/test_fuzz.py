"""Documents that nobody writes: a run finds what a parser does not bear, and nothing in ours."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.fuzz import __main__ as program
from benchmarks.fuzz.child import Child
from benchmarks.fuzz.corpus import Case, case_of, unzipped
from benchmarks.fuzz.hunt import Hunt, Tally
from benchmarks.fuzz.reduction import reduced

BROKEN = """
import os
import manager.validation
from benchmarks.fuzz.child import serve
from tosca.problems import Location

parse = manager.validation.parse

def broken(csar):
    found = parse(csar)
    if b"Compute" in csar.read(csar.entry):
        {harm}
    return found

manager.validation.parse = broken
serve()
"""
GOOD = "tosca_definitions_version: tosca_simple_yaml_1_3\ndescription: x\n"
DOCUMENT = GOOD + "metadata:\n  template_name: Compute\n"


@pytest.mark.parametrize(
    ("harm", "finding"),
    [
        ("raise KeyError(csar.entry)", "KeyError in manager/validation.py _validation"),
        ("while True: pass", "TooLong in manager/validation.py _validation"),
        ("bytearray(2 << 30)", "MemoryError in manager/validation.py _validation"),
        ("os._exit(3)", "death of the process, exit code 3"),
        (
            "found.problems.report_at(Location('main.yaml'), 'unusual-node', 'x')",
            "problem without a place: unusual-node",
        ),
        ("found.problems.report_at(Location('main.yaml', 1), 'unusual-node', '')", "problem without code or message"),
        ("found.problems.report_at(Location('main.yaml', 1), 'unknown-type', 'x')", "contradiction"),
    ],
)
def test_what_a_broken_parser_does_to_a_document_is_found_and_saved_with_what_it_takes(
    tmp_path: Path, harm: str, finding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    child = Child((sys.executable, "-c", BROKEN.format(harm=harm)), seconds=0.7)
    tally = Tally()
    cases = [Case({"main.yaml": DOCUMENT.encode()}), Case({"main.yaml": GOOD.encode()})]
    Hunt(cases, 1, tally, tmp_path, child).run(0)

    assert [name.startswith(finding) for name in tally.findings] == [True]
    assert tally.findings.total() == 1
    (archive,) = tmp_path.glob("*.zip")
    assert f"--repeat {archive}" in capsys.readouterr().out
    assert b"Compute" in unzipped(archive.read_bytes()).files["main.yaml"]


def test_a_process_that_does_not_answer_is_a_finding() -> None:
    child = Child((sys.executable, "-c", "import sys; sys.stdin.buffer.read()"), seconds=0.02)

    assert child.judge(b"x").finding == "hang"


def test_a_finding_is_reduced_to_the_lines_that_it_takes() -> None:
    files = {"main.yaml": "".join(f"line {number}\n" for number in range(100)), "other.yaml": "x"}

    small = reduced(case_of(files), lambda case: b"line 77\n" in case.files.get("main.yaml", b""))

    assert small == Case({"main.yaml": b"line 77\n"})


def test_our_parser_bears_what_the_program_makes_of_its_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    further = tmp_path / "further"
    further.mkdir()
    (further / "one.yaml").write_text(GOOD)
    arguments = ["--minutes", "5", "--most", "1200", "--corpus", str(further), "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", ["fuzz", *arguments, "--seed", "3", "--jobs", "2"])

    with pytest.raises(SystemExit) as ended:
        program.main()

    assert "0 findings" in capsys.readouterr().out
    assert ended.value.code == 0
    assert not (tmp_path / "out").exists()


def test_a_finding_can_be_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.zip").write_bytes(case_of({"main.yaml": GOOD + "x: y\n"}).data)
    monkeypatch.setattr(sys, "argv", ["fuzz", "--repeat", str(tmp_path / "case.zip")])

    with pytest.raises(SystemExit) as ended:
        program.main()

    assert "nothing is wrong: refused, ('unknown-keyname',)" in capsys.readouterr().out
    assert ended.value.code == 0
