"""Which release a container is of, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from install.cluster.suites import KNOWN, System, made_of, own, problems, wanted
from worker.hosts.lxc.layout import Container

BOOKWORM, TRIXIE, NOBLE = KNOWN


def container(folder: Path, image: str) -> Container:
    """One that was made of an image."""
    made = Container(folder, "worker1")
    made.folder.mkdir()
    made.config.write_text(
        f"lxc.uts.name = worker1\nlxc.rootfs.path = overlay:/state/images/{image}:/lxc/worker1/delta\n"
    )
    (made.folder / "complete").touch()
    return made


def found(suite: str, machine: System, folder: Path, *, managed: bool = True) -> list[str]:
    return list(problems({"worker1": suite}, machine, folder, managed=managed))


def test_a_machine_is_known_by_its_own_words() -> None:
    told = {"ID": "debian", "VERSION_ID": "13", "VERSION_CODENAME": "trixie", "NAME": "Debian GNU/Linux"}
    assert own(told) == TRIXIE
    assert TRIXIE.name == "debian-13"


def test_a_new_container_is_of_the_suite_that_is_told_or_of_the_machines_own(tmp_path: Path) -> None:
    none = Container(tmp_path, "worker1")
    assert made_of(none) == ""
    assert wanted("trixie", BOOKWORM, none) == TRIXIE
    assert wanted("", BOOKWORM, none) == BOOKWORM
    assert wanted("", NOBLE, none) == NOBLE


def test_a_container_stays_what_it_is_when_its_machine_gets_a_newer_release(tmp_path: Path) -> None:
    assert wanted("", TRIXIE, container(tmp_path, "debian-12")) == BOOKWORM


def test_a_container_that_was_not_made_to_the_end_is_made_of_what_is_told(tmp_path: Path) -> None:
    begun = container(tmp_path, "debian-12")
    (begun.folder / "complete").unlink()
    assert wanted("trixie", BOOKWORM, begun) == TRIXIE
    assert found("trixie", BOOKWORM, tmp_path) == []


@pytest.mark.parametrize(
    ("suite", "machine", "expected"),
    [("buster", BOOKWORM, "bookworm or trixie"), ("noble", BOOKWORM, "bookworm or trixie"), ("trixie", NOBLE, "noble")],
)
def test_a_suite_that_the_machines_archive_does_not_have_is_refused(
    tmp_path: Path, suite: str, machine: System, expected: str
) -> None:
    assert found(suite, machine, tmp_path) == [
        f"host worker1: found ditrit_suite {suite!r}, expected {expected}, from the archive of this machine"
    ]


def test_another_suite_for_a_container_that_is_there_is_refused(tmp_path: Path) -> None:
    container(tmp_path, "debian-12")
    assert found("bookworm", BOOKWORM, tmp_path) == []
    (told,) = found("trixie", BOOKWORM, tmp_path)
    assert told.startswith(
        "host worker1: found ditrit_suite 'trixie', but its container is of debian-12, which it keeps;"
    )
    assert told.endswith("; expected that one, or the container made anew (docs/install.md)")


def test_a_machine_that_is_there_has_no_suite_to_choose(tmp_path: Path) -> None:
    assert found("trixie", BOOKWORM, tmp_path, managed=False) == [
        "host worker1: found ditrit_suite 'trixie', expected none: it is a machine that is there"
    ]
