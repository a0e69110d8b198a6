"""Takes the program of Consul out of what it was given in: the vendor's zip, a package, or the program itself.

Place in the flow: ``consul_archive`` of the inventory → **a program on the deploying machine** → `roles/consul`.

    python -m install.cluster.program ARCHIVE FOLDER

Prints the path of the program in that folder.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PROGRAM = "consul"
EXPECTED = "the vendor's zip, a package (.deb) or the program, on this machine"
_ELF, _ZIP, _PACKAGE = b"\x7fELF", b"PK\x03\x04", b"!<arch>\n"


class ProgramError(Exception):
    """There is no program in it; the message says why."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help=EXPECTED)
    parser.add_argument("folder", type=Path, help="where the program is put")
    options = parser.parse_args()
    try:
        found = unpack(options.archive, options.folder)
    except (ProgramError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{found}\n")
    return 0


def unpack(archive: Path, folder: Path) -> Path:
    """Put the program into a folder, once; where it is.

    Raises:
        ProgramError: there is none.
    """
    with opened(archive) as program:
        digest = _digest(archive)
        target = folder / f"{PROGRAM}-{digest[:12]}"
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            # Several hosts may ask for it at once: each makes its own, and the last one stays.
            with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{target.name}-", delete=False) as unfinished:
                shutil.copyfileobj(program, unfinished)
            Path(unfinished.name).rename(target)
    return target


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def check(archive: Path) -> None:
    """See that there is a program in it.

    Raises:
        ProgramError: there is none.
    """
    with opened(archive) as program:
        begins = program.read(len(_ELF))
    if begins != _ELF:
        raise ProgramError(f"found {PROGRAM} in {str(archive)!r} to be no program of Linux, expected {EXPECTED}")


@contextmanager
def opened(archive: Path) -> Iterator[IO[bytes]]:
    """The program as it is in there.

    Raises:
        ProgramError: there is none.
    """
    if not archive.is_file():
        raise ProgramError(f"found no file {str(archive)!r}, expected {EXPECTED}")
    with archive.open("rb") as file:
        begins = file.read(len(_PACKAGE))
        file.seek(0)
        if begins.startswith(_ELF):
            yield file
        elif begins.startswith(_ZIP):
            yield _zipped(archive, file)
        elif begins == _PACKAGE:
            with _packaged(archive) as found:
                yield found
        else:
            raise ProgramError(f"found {str(archive)!r} to be something else, expected {EXPECTED}")


def _zipped(archive: Path, file: IO[bytes]) -> IO[bytes]:
    try:
        return zipfile.ZipFile(file).open(PROGRAM)
    except (KeyError, zipfile.BadZipFile) as error:
        raise ProgramError(f"found no {PROGRAM} in {str(archive)!r}, expected {EXPECTED}") from error


@contextmanager
def _packaged(archive: Path) -> Iterator[IO[bytes]]:
    """A package is a tar in an ar, compressed in one of several ways: its own tool reads them all."""
    tool = shutil.which("dpkg-deb")
    if tool is None:
        raise ProgramError(f"found no dpkg-deb on this machine to read {str(archive)!r}, expected a zip or the program")
    asked = [tool, "--fsys-tarfile", str(archive)]
    with tempfile.TemporaryFile() as unpacked:
        subprocess.run(asked, stdout=unpacked, stderr=subprocess.DEVNULL, check=False)  # noqa: S603 - our own
        unpacked.seek(0)
        try:
            with tarfile.open(fileobj=unpacked) as members:
                found = [one for one in members if one.isfile() and one.name.endswith(f"/bin/{PROGRAM}")]
                content = members.extractfile(found[0]) if found else None
                if content is not None:
                    yield content
                    return
        except tarfile.TarError:  # what is no package has no members
            pass
    raise ProgramError(f"found no {PROGRAM} in {str(archive)!r}, expected {EXPECTED}")


if __name__ == "__main__":
    sys.exit(main())
