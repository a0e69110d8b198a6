"""Lays down the files of a service in one go: its folders, settings, certificates and units.

Place in the flow: what the deploying machine has made of templates and keys → **files of a service** → its restart,
when any of them is new.  Ansible's own modules take a file at a time, and the start of a module costs more than all
that it does: with them a run that changes nothing took twice as long.

Each of ``files`` has a ``path``, ``mode``, ``owner`` and ``group`` (default: root), and a ``kind``: ``file`` with
``content``, ``directory``, or ``present``: created empty, its content is its service's.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

SPECIFICATION = {
    "path": {"type": "path", "required": True},
    "kind": {"type": "str", "choices": ["file", "directory", "present"], "default": "file"},
    "content": {"type": "str", "no_log": True},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "required": True},
}


def lay(file: dict[str, Any]) -> bool:
    """Let one file be as it is told; whether anything of it has changed."""
    path = Path(file["path"])
    owned = (pwd.getpwnam(file["owner"]).pw_uid, grp.getgrnam(file["group"]).gr_gid)
    made = _make(path, file, owned)
    return _belongs(path, owned, int(file["mode"], 8)) or made


def _make(path: Path, file: dict[str, Any], owned: tuple[int, int]) -> bool:
    if file["kind"] == "directory":
        missing = not path.is_dir()
        path.mkdir(parents=True, exist_ok=True)
        return missing
    if file["kind"] == "present":
        missing = not path.exists()
        path.touch(0o600)
        return missing
    content = file["content"].encode()
    if path.is_file() and path.read_bytes() == content:
        return False
    _replace(path, content, owned, int(file["mode"], 8))
    return True


def _replace(path: Path, content: bytes, owned: tuple[int, int], mode: int) -> None:
    """Nobody reads a part of it, and nobody who may not read it reads it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as unfinished:
            unfinished.write(content)
            os.fchown(handle, *owned)
            os.fchmod(handle, mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _belongs(path: Path, owned: tuple[int, int], mode: int) -> bool:
    found = path.stat()
    if (found.st_uid, found.st_gid) == owned and stat.S_IMODE(found.st_mode) == mode:
        return False
    os.chown(path, *owned)
    path.chmod(mode)
    return True


def main() -> None:
    module = AnsibleModule(
        argument_spec={"files": {"type": "list", "elements": "dict", "required": True, "options": SPECIFICATION}}
    )
    laid = []
    for file in module.params["files"]:
        if file["kind"] == "file" and file["content"] is None:
            module.fail_json(msg=f"{file['path']}: content is missing, expected text")
        try:
            if lay(file):
                laid.append(file["path"])
        except (OSError, KeyError, ValueError) as error:
            module.fail_json(msg=f"{file['path']}: {error}")
    module.exit_json(changed=bool(laid), laid=laid)


if __name__ == "__main__":
    main()
