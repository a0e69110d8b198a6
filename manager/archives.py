"""Makes the bytes of an archive from what a user names: a CSAR, a folder, or a single YAML file.

Place in the flow: path on the command line → **zip** → `manager.client` or `tosca.open_csar`.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)  # so that equal content makes equal bytes


def packed(path: Path) -> bytes:
    """The archive.

    Raises:
        OSError: something cannot be read.
    """
    if path.is_dir():
        return _zip({file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()})
    if path.suffix in (".yaml", ".yml"):
        return _zip({path.name: path})
    return path.read_bytes()


def _zip(files: dict[str, Path]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, EPOCH)
            info.external_attr = (files[name].stat().st_mode & 0xFFFF) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name].read_bytes())
    return buffer.getvalue()
