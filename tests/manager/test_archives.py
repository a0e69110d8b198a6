"""Archives made from what a user names."""

import io
import zipfile
from pathlib import Path

import pytest

from manager.archives import packed
from tosca import CsarError


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_csar_is_taken_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"anything")
    assert packed(tmp_path / "a.zip") == b"anything"


def test_a_folder_is_zipped_with_its_inner_paths(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "x.sh").write_text("x")
    (tmp_path / "a.yaml").write_text("y")
    assert members(packed(tmp_path)) == {"a.yaml": b"y", "scripts/x.sh": b"x"}


def test_a_single_yaml_file_becomes_an_archive_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("y")
    assert members(packed(tmp_path / "a.yaml")) == {"a.yaml": b"y"}


def test_a_yaml_file_brings_what_it_names_and_says_where_to_enter(tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "main.yaml").write_text("imports: [types/types.yaml, missing.yaml]\nx: /etc/passwd\n")
    (tmp_path / "types" / "types.yaml").write_text("a: {create: run.sh, broken: 'a\\0b'}")
    (tmp_path / "types" / "run.sh").write_text("x")
    (tmp_path / "other.yaml").write_text("not named")
    found = members(packed(tmp_path / "main.yaml"))
    assert set(found) == {"TOSCA-Metadata/TOSCA.meta", "main.yaml", "types/types.yaml", "types/run.sh"}
    assert b"Entry-Definitions: main.yaml\n" in found["TOSCA-Metadata/TOSCA.meta"]


def test_what_lies_outside_the_folder_of_a_yaml_file_is_only_taken_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "main.yaml").write_text("create: ../secret")
    (tmp_path / "secret").write_text("x")
    assert set(members(packed(tmp_path / "definitions" / "main.yaml"))) == {"main.yaml"}
    found = members(packed(tmp_path / "definitions" / "main.yaml", beyond=True))
    assert set(found) == {"TOSCA-Metadata/TOSCA.meta", "definitions/main.yaml", "secret"}
    assert b"Entry-Definitions: definitions/main.yaml\n" in found["TOSCA-Metadata/TOSCA.meta"]


def test_files_that_name_each_other_are_taken_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("imports: [b.yaml]")
    (tmp_path / "b.yaml").write_text("imports: [./a.yaml, b.yaml]")
    assert set(members(packed(tmp_path / "a.yaml"))) == {"TOSCA-Metadata/TOSCA.meta", "a.yaml", "b.yaml"}


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    """Its target could be any file of this machine."""
    (tmp_path / "passwords").symlink_to("/etc/passwd")
    with pytest.raises(CsarError, match="'passwords', a link"):
        packed(tmp_path)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CsarError, match=r"no-such\.zip', which cannot be read"):
        packed(tmp_path / "no-such.zip")


def test_equal_content_makes_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "b").write_text("b")
        (tmp_path / name / "a").write_text("a")
    assert packed(tmp_path / "one") == packed(tmp_path / "two")


def test_a_script_stays_executable(tmp_path: Path) -> None:
    (tmp_path / "x.sh").write_text("x")
    (tmp_path / "x.sh").chmod(0o755)
    with zipfile.ZipFile(io.BytesIO(packed(tmp_path))) as archive:
        assert archive.getinfo("x.sh").external_attr >> 16 & 0o111
