"""``ditrit csar pack``: a folder becomes an archive, when it has no error."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from manager.archives import packed
from manager.cli import main
from tosca import open_csar

EXAMPLES = Path(__file__).parents[2] / "example"
META = "TOSCA-Metadata/TOSCA.meta"
HEAD = "tosca_definitions_version: tosca_simple_yaml_1_1\n"
NAMED = HEAD + "metadata: { template_name: shop, template_version: 1.0 }\n"


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def pack(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["csar", "pack", *arguments])


def folder(name: str = "shop", **files: str) -> Path:
    for file, text in files.items():
        path = Path(name, file.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Path(name)


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", ["appli", "legacy", "minimal", "substitution"])
def test_an_example_becomes_the_archive_that_is_kept_beside_it(name: str) -> None:
    ended = pack(str(EXAMPLES / name))

    assert ended.exit_code == 0
    assert Path(f"{name}.zip").read_bytes() == (EXAMPLES / f"{name}.zip").read_bytes()


def test_neither_time_nor_order_of_creation_nor_permissions_beyond_executable_show() -> None:
    for name, files in (("one", "ab"), ("two", "ba")):
        folder(name, main=NAMED)
        for file in files:
            Path(name, file).write_text("#!/bin/sh\n")
            Path(name, file).chmod(0o750 if name == "one" else 0o711)
    Path("one/main.yaml").chmod(0o600)
    os.utime("two/main.yaml", (0, 0))

    assert pack("one", "-o", "1.zip").exit_code == pack("two", "-o", "2.zip").exit_code == 0
    assert Path("1.zip").read_bytes() == Path("2.zip").read_bytes()
    with zipfile.ZipFile("1.zip") as archive:
        assert [(item.filename, oct(item.external_attr >> 16)) for item in archive.infolist()] == [
            ("a", "0o100755"),
            ("b", "0o100755"),
            ("main.yaml", "0o100644"),
        ]
        assert {item.compress_type for item in archive.infolist()} == {zipfile.ZIP_STORED}


def test_a_folder_that_is_packed_into_itself_does_not_grow() -> None:
    path = folder(main=HEAD)
    first = pack("shop", "-o", "shop/shop.zip")
    once = Path("shop/shop.zip").read_bytes()
    second = pack("shop", "-o", "shop/shop.zip")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert Path("shop/shop.zip").read_bytes() == once
    assert sorted(item.name for item in path.iterdir()) == ["main.yaml", "shop.zip"]


def test_what_version_control_keeps_is_left_out() -> None:
    folder(main=NAMED)
    Path("shop/.git/objects").mkdir(parents=True)
    Path("shop/.git/objects/1").write_text("x")
    Path("shop/.git/link").symlink_to("/etc/passwd")
    Path("shop/.config").write_text("x")

    assert pack("shop").exit_code == 0
    assert set(members(Path("shop.zip").read_bytes())) == {".config", "main.yaml"}


def test_a_push_sends_the_same_bytes() -> None:
    folder(main=HEAD)
    pack("shop")

    assert Path("shop.zip").read_bytes() == packed(Path("shop"))


@pytest.mark.parametrize(("text", "wanted"), [(HEAD, True), (NAMED, False)])
def test_a_meta_file_is_added_where_the_standard_asks_for_it(text: str, wanted: bool) -> None:
    folder(main=text)
    assert pack("shop").exit_code == 0

    data = Path("shop.zip").read_bytes()
    assert (META in members(data)) == wanted
    assert open_csar(data).entry == "main.yaml"
    assert not Path("shop", META).exists()


def test_the_entry_can_be_named_when_there_are_several() -> None:
    folder(one=HEAD, two=HEAD, deep__three=HEAD)

    refused = pack("shop")
    assert refused.exit_code == 1
    assert "[csar-several-entries]" in refused.stderr
    assert not Path("shop.zip").exists()
    assert pack("shop", "--entry", "deep/three.yaml").exit_code == 0
    assert open_csar(Path("shop.zip")).entry == "deep/three.yaml"


def test_an_entry_that_is_not_there_is_refused_with_a_proposal() -> None:
    folder(one=HEAD, two=HEAD)
    ended = pack("shop", "--entry", "on.yaml")

    assert ended.exit_code == 1
    assert "found 'on.yaml' as the entry, expected a file of the folder; did you mean 'one.yaml'?" in ended.stderr


def test_an_entry_is_misuse_where_the_meta_file_names_one() -> None:
    shutil.copytree(EXAMPLES / "appli", "appli")
    ended = pack("appli", "--entry", "Definitions/appli.yaml")

    assert ended.exit_code == 2
    assert "which says where to enter" in ended.stderr


def test_an_error_stops_it_and_leaves_an_older_archive_alone() -> None:
    folder(main=HEAD + "topology_template: { node_templates: { a: { type: tosca.nodes.Compte } } }\n")
    Path("shop.zip").write_text("older")
    ended = pack("shop")

    assert ended.exit_code == 1
    assert "shop/main.yaml:2:" in ended.stderr
    assert "did you mean 'tosca.nodes.Compute'?" in ended.stderr
    assert Path("shop.zip").read_text() == "older"


def test_a_warning_is_told_and_does_not_stop_it() -> None:
    folder(main=HEAD + "topology_template: { node_templates: { a: { type: SoftwareComponent } } }\n")
    ended = pack("shop")

    assert ended.exit_code == 0
    assert "[unassigned-host]" in ended.stderr
    assert ended.stdout.startswith("shop.zip: 2 files, ")


def test_the_digest_is_told_for_programs() -> None:
    folder(main=NAMED)
    told = json.loads(pack("shop", "--json").stdout)
    data = Path("shop.zip").read_bytes()

    assert told == {
        "file": "shop.zip",
        "files": 1,
        "size": len(data),
        "digest": hashlib.sha256(data).hexdigest(),
    }


def test_an_archive_may_go_to_standard_output() -> None:
    folder(main=NAMED)
    ended = pack("shop", "-o", "-")

    assert set(members(ended.stdout_bytes)) == {"main.yaml"}
    assert not Path("-").exists()


def test_a_place_that_cannot_be_written_is_named() -> None:
    folder(main=NAMED)
    ended = pack("shop", "-o", "nowhere/shop.zip")

    assert ended.exit_code == 1
    assert "found 'nowhere/shop.zip', which cannot be written (No such file or directory)" in ended.stderr


def test_a_link_is_refused() -> None:
    folder(main=NAMED)
    Path("shop/link").symlink_to("/etc/passwd")
    ended = pack("shop")

    assert ended.exit_code == 1
    assert "found 'link', a link, expected a file" in ended.stderr


@pytest.mark.parametrize("arguments", [("nowhere",), ("file",), ()])
def test_what_is_no_folder_is_misuse(arguments: tuple[str, ...]) -> None:
    Path("file").write_text("x")

    assert pack(*arguments).exit_code == 2
