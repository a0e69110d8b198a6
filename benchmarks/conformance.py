"""Which templates that others wrote do we accept and refuse, and do their authors agree?

Place in the flow: runs the parser over a list of files with known verdicts, each file in a process
of its own, so that a crash or a hang is a row of the table and not the end.  The list is a table separated by tabs
with a head and columns ``repo`` (a folder of FOLDER, ``/`` written ``+``), ``path``, ``version``, ``verdict`` (valid or
invalid) and, when it has one, ``contested`` (why the standard may see it otherwise than the project).

With ``--peers`` the parsers of other projects are asked, too; they are installed from the package index, each in a
virtual environment of its own.  One counts as crashed that answers with a traceback, or with a message of the
interpreter, instead of one of its own or of its YAML library; agreement is counted over the versions that it reads,
without what is contested.

    python -m benchmarks.conformance FOLDER MANIFEST [--json FILE] [--show] [--limit SECONDS] [--jobs N]
        [--peers [NAME,...]] [--peers-folder DIR]
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.parsers import PEERS, UNREAD, Peer, installed
from manager.archives import YAML, packed
from tosca import CsarError, open_csar, parse

OUTCOMES = ("accepted", "refused", "crashed", "hung")
RIGHT = {"valid": "accepted", "invalid": "refused"}
COMMAND = (sys.executable, "-m", "benchmarks.conformance", "--one")
PEERS_HEADER = ("program", "version", "files", *OUTCOMES, UNREAD, "valid accepted", "invalid refused")
HEADER = ("version", "verdict", "contested", "files", *OUTCOMES, "agreed")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the list with its verdict."""

    repo: str
    path: str
    version: str
    verdict: str
    contested: str = ""

    def file(self, folder: Path) -> Path:
        return folder / self.repo.replace("/", "+") / self.path


@dataclass(frozen=True, slots=True)
class Result:
    """What we, or another parser, made of a file."""

    entry: Entry
    outcome: str
    seconds: float
    problems: list[dict[str, Any]] = field(default_factory=list)
    said: str = ""  # by a process that crashed

    @property
    def agreed(self) -> bool:
        return self.outcome == RIGHT[self.entry.verdict]


def entries_of(manifest: Path) -> list[Entry]:
    """Read the list; columns that we do not know say nothing to us."""
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Entry(row["repo"], row["path"], row["version"], row["verdict"], row.get("contested") or "")
        for row in rows
        if row["verdict"] in RIGHT
    ]


def check(file: Path) -> list[dict[str, Any]]:
    """What the parser finds in a file; a template alone is judged without the scripts that it names."""
    try:
        parsed = parse(open_csar(packed(file, beyond=True), complete=file.suffix not in YAML))
    except CsarError as error:
        return [problem.to_dict() for problem in error.problems]
    return [problem.to_dict() for problem in parsed.problems]


def result_of(entry: Entry, folder: Path, limit: float, command: Sequence[str] = COMMAND) -> Result:
    """Check one file in a process of its own."""
    call = [*command, str(entry.file(folder))]
    started = time.monotonic()
    try:
        done = subprocess.run(call, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return Result(entry, "hung", limit)
    seconds = round(time.monotonic() - started, 3)
    if done.returncode:
        return Result(entry, "crashed", seconds, said=done.stderr[-2000:])
    problems = json.loads(done.stdout)
    refused = any(problem["severity"] == "error" for problem in problems)
    return Result(entry, "refused" if refused else "accepted", seconds, problems)


def peer_result_of(peer: Peer, entry: Entry, folder: Path, limit: float) -> Result:
    """Let another parser check one file."""
    started = time.monotonic()
    outcome, said = peer.outcome(entry.file(folder), limit)
    return Result(entry, outcome, round(time.monotonic() - started, 3), said=said)


def results_of(entries: Iterable[Entry], check_one: Callable[[Entry], Result], jobs: int) -> list[Result]:
    """Check all files, so many at once."""
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(check_one, entries))


def table(results: Sequence[Result]) -> list[tuple[object, ...]]:
    """Count the outcomes by version, verdict and whether it is contested, and the sums by verdict."""
    rows = []
    for key in sorted({_key(result) for result in results}):
        version, verdict, contested = key
        rows.append((version, verdict, _yes(contested), *_counts([r for r in results if _key(r) == key])))
    for contested in (False, True):
        for verdict in RIGHT:
            own = [r for r in results if _key(r)[1:] == (verdict, contested)]
            rows.append(("all", verdict, _yes(contested), *_counts(own)))
    return rows


def peers_table(results: Mapping[str, Sequence[Result]]) -> list[tuple[object, ...]]:
    """Count the outcomes by program and version, and the sums."""
    rows = []
    for program, found in results.items():
        for version in [*sorted({result.entry.version for result in found}), "all"]:
            own = [result for result in found if version in (result.entry.version, "all")]
            counts = Counter(result.outcome for result in own)
            told = [counts[outcome] for outcome in (*OUTCOMES, UNREAD)]
            rows.append((program, version, len(own), *told, _agreement(own, "valid"), _agreement(own, "invalid")))
    return rows


def _agreement(results: Sequence[Result], verdict: str) -> str:
    read = [r for r in results if r.entry.verdict == verdict and not r.entry.contested and r.outcome != UNREAD]
    return f"{sum(result.agreed for result in read)} of {len(read)}" if read else "-"


def _key(result: Result) -> tuple[str, str, bool]:
    return result.entry.version, result.entry.verdict, bool(result.entry.contested)


def _yes(contested: bool) -> str:
    return "yes" if contested else ""


def _counts(results: Sequence[Result]) -> tuple[object, ...]:
    counts = Counter(result.outcome for result in results)
    agreed = sum(result.agreed for result in results)
    share = f"{agreed / len(results):.1%}" if results else "-"
    return (len(results), *(counts[outcome] for outcome in OUTCOMES), share)


def show(results: Iterable[Result]) -> None:
    """Print each disagreement with the problems that we told of."""
    for result in results:
        if result.agreed:
            continue
        entry = result.entry
        contested = f" (contested: {entry.contested})" if entry.contested else ""
        print(f"\n{entry.repo} {entry.path} ({entry.version}): {entry.verdict}{contested}, {result.outcome}")
        for problem in result.problems:
            place = f"{problem['file']}:{problem['line']}:{problem['column']}"
            print(f"    {place}: {problem['severity']} {problem['code']}: {problem['message']}")
        if result.said:
            print("    " + result.said.replace("\n", "\n    "))


def compare(options: argparse.Namespace) -> None:
    entries = entries_of(options.manifest)
    ours = results_of(entries, lambda entry: result_of(entry, options.folder, options.limit), options.jobs)
    _print(HEADER, table(ours))
    results = {"ditrit": ours}
    if options.peers:
        results |= peers_results(entries, options)
        _print(PEERS_HEADER, peers_table(results))
    for name, found in results.items() if options.show else ():
        print(f"\n## {name}")
        show(found)
    if options.json:
        figures = {name: [asdict(result) for result in found] for name, found in results.items()}
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def peers_results(entries: Sequence[Entry], options: argparse.Namespace) -> dict[str, list[Result]]:
    """Ask the other parsers, one after the other."""
    with tempfile.TemporaryDirectory() as temporary:
        peers = installed(options.peers.split(","), (options.peers_folder or Path(temporary)).absolute())
        return {
            peer.name: results_of(
                entries, partial(peer_result_of, peer, folder=options.folder, limit=options.limit), options.jobs
            )
            for peer in peers
        }


def _print(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    print(f"| {' | '.join(header)} |\n{'|---' * len(header)}|")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="the folder that holds a folder for each repository")
    parser.add_argument("manifest", type=Path, nargs="?", help="the list of files with their verdicts")
    parser.add_argument("--json", type=Path, help="file for the results")
    parser.add_argument("--show", action="store_true", help="print each disagreement with our problems")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one file")
    parser.add_argument("--jobs", type=int, default=2, help="files checked at once")
    parser.add_argument("--peers", nargs="?", const=",".join(PEERS), help=f"ask others, too; all: {','.join(PEERS)}")
    parser.add_argument("--peers-folder", type=Path, help="where they are installed; a temporary folder is removed")
    parser.add_argument("--one", type=Path, help="check this file only and print its problems as JSON")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(check(options.one)))
    elif options.manifest:
        compare(options)
    else:
        parser.error("expected FOLDER and MANIFEST")


if __name__ == "__main__":
    main()
