"""Archives made from what a user names."""

import io
import zipfile
from pathlib import Path

from manager.archives import packed


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
