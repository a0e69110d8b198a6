"""Copies all artifacts of one store into another; what is there already under its digest is left alone.

Place in the flow: utils/backup.sh and utils/restore.sh → **the artifact store** → a folder, and back.

    python copy_artifacts.py FROM TO
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from engine.artifacts import open_artifacts
from engine.artifacts.base import CSAR, ArtifactError, ArtifactMissing


def main(source_url: str, target_url: str) -> int:
    """Copy, and say how many there were."""
    source, target = open_artifacts(source_url), open_artifacts(target_url)
    copied = 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "artifact")
        for key in source.list():
            if key.startswith(f"{CSAR}/") and target.exists(key):
                continue
            try:
                source.fetch(key, file)
            except ArtifactMissing:  # removed since it was listed: nothing refers to it
                continue
            target.put_file(key, file)
            copied += 1
    sys.stdout.write(f"{copied} artifacts\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except ArtifactError as error:
        sys.exit(str(error))
