"""Archives: what is read, what is refused, what comes out."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.tosca.archives import META, zipped
from tests.tosca.attacks import ATTACKS, SMALL, TEMPLATE
from tosca import CsarError, Limits, open_csar


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_with_its_code(name: str) -> None:
    with pytest.raises(CsarError) as refusal:
        open_csar(ATTACKS[name].data, limits=SMALL)

    errors = [problem.code for problem in refusal.value.problems if problem.severity == "error"]
    assert errors == [ATTACKS[name].code]
    assert ATTACKS[name].code in str(refusal.value)


@pytest.mark.parametrize("name", ["no zip at all", "nothing", "a truncated zip"])
def test_a_file_that_is_no_zip_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.zip").write_bytes(ATTACKS[name].data)

    with pytest.raises(CsarError):
        open_csar(tmp_path / "a.zip")


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CsarError, match="found no archive"):
        open_csar(tmp_path / "missing.zip")


def test_every_cut_of_an_archive_is_refused() -> None:
    data = zipped({"main.yaml": TEMPLATE, "a.sh": "echo"})

    for end in range(len(data)):
        with pytest.raises(CsarError):
            open_csar(data[:end])


def test_a_single_template_at_the_root_is_the_entry() -> None:
    csar = open_csar(zipped({"main.yml": TEMPLATE, "scripts/a.sh": "echo", "scripts/other.yaml": "a: b"}))

    assert csar.entry == "main.yml"
    assert csar.names == {"main.yml", "scripts/a.sh", "scripts/other.yaml"}
    assert csar.read("scripts/a.sh") == b"echo"
    assert csar.problems == ()


@pytest.mark.parametrize("entry", ["Definitions/a.yaml", "./Definitions/a.yaml"])
def test_the_meta_file_names_the_entry(entry: str) -> None:
    files = {"TOSCA-Metadata/TOSCA.meta": META.format(entry=entry), "Definitions/a.yaml": TEMPLATE, "b.yaml": "x"}

    assert open_csar(zipped(files)).entry == "Definitions/a.yaml"


def test_the_meta_file_is_read_in_any_case_with_continuations_and_further_blocks() -> None:
    meta = "﻿created-by: somebody\r\nentry-definitions: Defini\r\n tions/a.yaml\r\n\r\nName: b\r\nno pair here\r\n"

    csar = open_csar(zipped({"TOSCA-Metadata/TOSCA.meta": meta, "Definitions/a.yaml": TEMPLATE}))

    assert csar.entry == "Definitions/a.yaml"


def test_other_definitions_are_separated_by_blanks_and_may_stand_in_quotes() -> None:
    meta = META.format(entry="a.yaml") + "Other-Definitions: b.yaml './d/c d.yaml'\n  \"b.yaml\"\n"
    files = dict.fromkeys(("a.yaml", "b.yaml", "d/c d.yaml"), TEMPLATE)

    assert open_csar(zipped({"TOSCA-Metadata/TOSCA.meta": meta, **files})).others == ("b.yaml", "d/c d.yaml")
    assert open_csar(zipped({"main.yaml": TEMPLATE})).others == ()


@pytest.mark.parametrize("entry", ["Definitions/a.yaml", "appli/Definitions/a.yaml"])
def test_an_archive_in_one_folder_is_read_as_if_the_folder_were_the_root(entry: str) -> None:
    files = {"appli/TOSCA-Metadata/TOSCA.meta": META.format(entry=entry), "appli/Definitions/a.yaml": TEMPLATE}

    csar = open_csar(zipped({**files, "__MACOSX/appli/._a": "x"}))

    assert csar.entry == "Definitions/a.yaml"
    assert [problem.code for problem in csar.problems] == ["csar-nested-folder"]


def test_the_digest_is_that_of_the_archive() -> None:
    data = zipped({"main.yaml": TEMPLATE})

    assert open_csar(data).digest == hashlib.sha256(data).hexdigest()


def test_a_folder_gives_the_same_digest_wherever_it_lies(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "scripts").mkdir(parents=True)
        (tmp_path / name / "main.yaml").write_text(TEMPLATE)
        (tmp_path / name / "scripts" / "a.sh").write_text("echo")
    os.utime(tmp_path / "two" / "main.yaml", (0, 0))

    one, two = (open_csar(tmp_path / name) for name in ("one", "two"))

    assert one.digest == two.digest
    assert one.entry == "main.yaml"


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(TEMPLATE)
    (tmp_path / "link").symlink_to("/etc/passwd")

    with pytest.raises(CsarError, match="a link"):
        open_csar(tmp_path)


def test_scripts_can_be_executed_after_extraction(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "main.yaml").write_text(TEMPLATE)
    (source / "tool").write_text("binary")
    (source / "tool").chmod(0o755)
    (source / "script").write_text("#!/bin/sh\n")
    (source / "data").write_text("data")

    open_csar(source).extract(tmp_path / "target")

    modes = {name: os.access(tmp_path / "target" / name, os.X_OK) for name in ("tool", "script", "data")}
    assert modes == {"tool": True, "script": True, "data": False}
    assert (tmp_path / "target" / "data").read_text() == "data"


def test_reading_what_is_not_there_raises_key_error() -> None:
    with pytest.raises(KeyError):
        open_csar(zipped({"main.yaml": TEMPLATE})).read("other.yaml")


def test_the_limits_are_those_that_the_documentation_states() -> None:
    assert Limits() == Limits(members=10_000, total=512 * 2**20, member=256 * 2**20, yaml=32 * 2**20)
