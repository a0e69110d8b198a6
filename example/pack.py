"""Packs an example's folder into the CSAR beside it, always into the very same bytes.

    python example/pack.py appli            # example/appli/ → example/appli.zip

As `ditrit csar pack` does it, but that hidden files are left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tosca import packing
from tosca.csar import folder_files

EXAMPLES = Path(__file__).parent


def pack(folder: Path) -> bytes:
    """The archive of a folder."""
    files = folder_files(folder).items()
    return packing.pack({name: path for name, path in files if not path.name.startswith(".")})


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
