"""What is committed of the page is what its sources make, to the byte, and the sources are well kept."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ui.conftest import needs_npm

ROOT = Path(__file__).parents[2]
SOURCES, BUILT = ROOT / "ui", ROOT / "manager" / "web"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with the packages of their lock file, freshly installed."""
    needs_npm()
    folder = tmp_path_factory.mktemp("built") / "ui"
    shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    run(folder, "ci", "--no-audit", "--no-fund")
    return folder


def run(folder: Path, *command: str) -> None:
    ended = subprocess.run(["npm", *command], cwd=folder, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_sources_build_into_the_very_files_that_are_committed(copy: Path) -> None:
    run(copy, "run", "build")
    made, committed = files(copy.parent / "manager" / "web"), files(BUILT)
    assert sorted(made) == sorted(committed), "run `npm run build` in ui/ and commit what it makes"
    assert [name for name in made if made[name] != committed[name]] == []


@pytest.mark.parametrize("what", ["types", "lint", "test"])
def test_the_sources_are_well_typed_tidy_and_do_what_they_are_to(copy: Path, what: str) -> None:
    run(copy, "run", what)


def test_packages_have_exact_versions_and_no_address() -> None:
    package = json.loads((SOURCES / "package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert [version for version in versions if not version[0].isdigit()] == []
    assert '"resolved"' not in (SOURCES / "package-lock.json").read_text()


def test_the_page_names_no_address_of_another_server() -> None:
    """All that it loads comes from the manager; names of XML languages are no addresses."""
    page = (BUILT / "index.html").read_text()
    assert "://" not in page
    for name in files(BUILT):
        if name.endswith(".css"):
            assert "://" not in (BUILT / name).read_text()


def test_what_a_browser_loads_first_is_small() -> None:
    page = (BUILT / "index.html").read_text()
    first = [name for name in files(BUILT) if name in page]
    assert sum(len((BUILT / name).read_bytes()) for name in first) < 100_000
