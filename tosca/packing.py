"""Packs files so that equal files give equal bytes, on every machine.

Place in the flow: folder or files on a user's machine → **zip** → `tosca.csar.open_csar`, or an upload.  Members stand
in the order of their names, with one fixed time, and stored as they are: what compression makes depends on its library.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell
_UNIX = 3


def pack(files: Mapping[str, Path | bytes]) -> bytes:
    """Return a zip of files, or contents, by their names; whether a file can be executed is kept.

    Raises:
        OSError: a file cannot be read.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, file in sorted(files.items()):
            info = zipfile.ZipInfo(name, _EPOCH)
            executable = isinstance(file, Path) and file.stat().st_mode & 0o111
            info.create_system = _UNIX
            info.external_attr = (0o100755 if executable else 0o100644) << 16
            content = file if isinstance(file, bytes) else file.read_bytes()
            archive.writestr(info, content, zipfile.ZIP_STORED)
    return buffer.getvalue()
