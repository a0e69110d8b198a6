"""Looks whether the package of Consul can be had on a machine, without changing anything there.

Place in the flow: ``consul_source`` of the inventory → **is there such a package?** → `roles/consul` installs it.

Apt itself is asked, with lists of its own in a folder that is gone afterwards: so the machine's proxies and credentials
count, and signatures are looked at.  ``line`` of the result is the source for apt; empty where those that the machine
has already do.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

ARMOR = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
KEYRING = "/usr/share/keyrings/{system}-archive-keyring.gpg"
EXPECTED = "a suite or repository that has it, or another consul_source (docs/install.md)"
CREDENTIALS = re.compile(r"[^\s/'\"]+@")  # of a URL
TEXT = {"type": "str", "default": ""}
SPECIFICATION = {
    "source": {"type": "str", "required": True, "choices": ["package", "vendor"]},
    "release": {"type": "str", "required": True},
    "system": {"type": "str", "required": True},
    "suite": TEXT,
    "component": {"type": "str", "required": True},
    "repository": TEXT,
    "key": {**TEXT, "no_log": False},  # the URL of a public one
}


class UnavailableError(Exception):
    """It cannot be had; the message says where it was looked for, and what to set."""


class Apt:
    """The apt of this machine, with lists in another folder, and with one source alone where a line is told."""

    def __init__(self, folder: Path, line: str = "") -> None:
        self._options = [
            *("-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache"),
            *("-o", "Acquire::Languages=none", "-o", "Acquire::Retries=1"),
            *("-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20"),
        ]
        for name in ("lists", "cache"):
            (folder / name).mkdir(parents=True)
        if line:
            source = folder / "sources.list"
            source.write_text(line + "\n")
            self._options += ["-o", f"Dir::Etc::SourceList={source}", "-o", "Dir::Etc::SourceParts=/dev/null"]
            # By itself apt takes a source that does not answer for one that has nothing new.
            self._options += ["-o", "APT::Update::Error-Mode=any"]

    def update(self) -> None:
        """Fetch the lists."""
        ended = run("apt-get", *self._options, "update")
        if ended.returncode:
            said = [line for line in ended.stderr.splitlines() if line.startswith(("E:", "W:"))]
            raise UnavailableError(f"apt says {(said or [ended.stderr])[0]!r}")

    def find(self) -> str:
        """The version of the package that would be installed; empty when there is none."""
        told = run("apt-cache", *self._options, "madison", "consul").stdout.split("|")
        return told[1].strip() if len(told) > 1 else ""

    def archives(self, release: str) -> list[str]:
        """Where the packages of a release come from."""
        return archives(release, *self._options)


def run(*told: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(told, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own


def archives(release: str, *options: str) -> list[str]:
    """Where the packages of a release come from, as far as lists are there."""
    asked = ["--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"]
    found = [line.split() for line in run("apt-get", *options, "indextargets", *asked).stdout.splitlines()]
    return [words[2] for words in found if words[:2] == [release, "main"]]


def look(told: dict[str, Any], folder: Path) -> dict[str, str]:
    """The version that there is, and the source that has it."""
    line = _vendor(told, folder) if told["source"] == "vendor" else _package(told, folder)
    where = re.sub(r"^deb \[.*?\] ", "", line) or f"the sources of {told['system']} {told['release']}"
    apt = Apt(folder / "looked", line)
    try:
        apt.update()
    except UnavailableError as error:
        raise UnavailableError(f"looked for a package consul in {where}, and {error}") from error
    version = apt.find()
    if not version:
        raise UnavailableError(f"found no package consul in {where}")
    return {"version": version, "line": line}


def _package(told: dict[str, Any], folder: Path) -> str:
    """The other suite of the archive that the machine's own packages come from."""
    if not told["suite"]:
        return ""
    found = archives(told["release"])
    if not found:  # a machine on which apt has never been used has no lists
        own = Apt(folder / "own")
        own.update()
        found = own.archives(told["release"])
    if not found:
        raise UnavailableError(
            f"found no source of {told['release']} main in /etc/apt, expected the archive that has {told['suite']} too"
        )
    keyring = KEYRING.format(system=told["system"].lower())
    return f"deb [signed-by={keyring}] {found[0]} {told['suite']} {told['component']}"


def _vendor(told: dict[str, Any], folder: Path) -> str:
    try:
        with urllib.request.urlopen(told["key"], timeout=20) as answer:  # noqa: S310 - what the operator has set
            key = answer.read()
    except (OSError, ValueError) as error:
        raise UnavailableError(f"consul_repository_key: {told['key']}: {error}") from error
    file = folder / f"key.{'asc' if key.lstrip().startswith(ARMOR) else 'gpg'}"
    file.write_bytes(key)
    return f"deb [signed-by={file}] {told['repository']} {told['suite']} {told['component']}"


def main() -> None:
    module = AnsibleModule(argument_spec=SPECIFICATION)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # apt reads as a user of its own
        try:
            found = look(module.params, folder)
        except (UnavailableError, OSError) as error:
            said = CREDENTIALS.sub("***@", str(error))
            module.fail_json(msg=f"Consul cannot be had, nothing was changed: {said}; expected: {EXPECTED}")
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
