"""Packs an example's folder into the CSAR beside it, always into the very same bytes.

    python example/pack.py appli            # example/appli/ → example/appli.zip

Members are stored in the order of their names, with one fixed time and no compression (whose result would depend on the
version of zlib); a file is executable or it is not.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

EXAMPLES = Path(__file__).parent
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell
UNIX = 3
REGULAR_FILE = 0o100000


def pack(folder: Path) -> bytes:
    """The archive of a folder; hidden files are left out."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            if path.is_file() and not path.name.startswith("."):
                target.writestr(_member(path, folder), path.read_bytes())
    return archive.getvalue()


def _member(path: Path, folder: Path) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
    executable = path.stat().st_mode & 0o100
    member.create_system = UNIX
    member.external_attr = (REGULAR_FILE | (0o755 if executable else 0o644)) << 16
    return member


def main(names: list[str]) -> None:
    """Pack the examples of these names."""
    for name in names:
        if not (EXAMPLES / name).is_dir():
            sys.exit(f"there is no example {name!r} in {EXAMPLES}")
        target = EXAMPLES / f"{name}.zip"
        target.write_bytes(pack(EXAMPLES / name))
        print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
