"""What is packed of Ansible's own modules is shared by runs, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.executors.test_playbook import OWN, play, run
from tests.worker.executors.watching import printed
from worker.executors.playbooks.executor import PlaybookExecutor
from worker.executors.playbooks.modules import PackedModules

NAMES = ("ansible.modules.command-x", "ansible.modules.command-x.lock", "ansible.legacy.mine-x", "local.tools.where-x")


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[PlaybookExecutor]:
    found = PlaybookExecutor(tmp_path / "spool", OWN)
    yield found
    found.close()


def packed(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "ansiballz_cache").glob("*"))


@pytest.mark.parametrize("utilities", [None, "module_utils", "roles/r/module_utils"])
def test_only_ansibles_own_modules_are_shared_and_none_where_others_may_be_packed_with_them(
    tmp_path: Path, utilities: str | None
) -> None:
    shared, first, second, archive = (tmp_path / name for name in ("shared", "first", "second", "archive"))
    for folder in (shared, first / "ansiballz_cache", second, archive):
        folder.mkdir(parents=True)
    for name in NAMES:
        (first / "ansiballz_cache" / name).touch()
    if utilities:
        (archive / utilities).mkdir(parents=True)
    for run_of in (first, second):
        modules = PackedModules(shared, run_of, [str(archive)])
        modules.borrow()
        modules.lend()
    assert packed(second) == packed(shared) == ([] if utilities else [NAMES[0]])


def test_a_module_is_packed_once_for_all_runs(executor: PlaybookExecutor, tmp_path: Path) -> None:
    text = play({"command": "true"})
    assert run(executor, tmp_path, text).succeeded
    (shared,) = (tmp_path / "spool.playbooks").glob("*-server/*")
    (name,) = packed(shared)
    assert name.startswith("ansible.modules.command-")
    before = (shared / "ansiballz_cache" / name).stat()
    result = run(executor, tmp_path, text)
    assert result.succeeded, printed(result)
    after = (shared / "ansiballz_cache" / name).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
