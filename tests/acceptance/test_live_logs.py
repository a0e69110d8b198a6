"""What an operation prints can be read and followed while it runs, whichever worker runs it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import requests

from tests.acceptance.servers import running
from tests.support.archives import archive

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
topology_template:
  inputs: { go: { type: string } }
  node_templates:
    page:
      type: tosca.nodes.Root
      interfaces: { Standard: { inputs: { go: { get_input: go } }, create: slow.sh } }
"""
SLOW = "echo first line\nprintf half\nwhile [ ! -e $go ]; do sleep 0.1; done\necho ' a line'\necho last line\n"


def test_a_log_grows_while_its_operation_runs(tmp_path: Path) -> None:
    with running(tmp_path, 1) as server:
        server.put("/csar", params={"model": "m"}, files={"file": archive({"m.yaml": TEMPLATE, "slow.sh": SLOW})})
        server.put("/instance", params={"model": "m", "name": "one"}, json={"inputs": {"go": str(tmp_path / "go")}})
        execution = server.put("/exec", params={"model": "m", "instance": "one", "workflow": "install"})["id"]
        deadline = time.monotonic() + 30
        while server.text(f"/exec/{execution}/log", node="page") != "first line\nhalf":
            assert time.monotonic() < deadline
            time.sleep(0.1)

        command = [sys.executable, "-m", "manager.cli", "logs", execution, "page", "create", "--follow"]
        parameters = {"follow": "true", "prefix": "true"}
        with (
            subprocess.Popen([*command, "--server", server.url], stdout=subprocess.PIPE, text=True) as following,
            requests.get(f"{server.url}/exec/{execution}/log", params=parameters, stream=True, timeout=60) as prefixed,
        ):
            lines = prefixed.iter_lines(chunk_size=1, decode_unicode=True)
            assert following.stdout is not None
            assert following.stdout.readline() == "first line\n"
            assert next(lines) == "page[0] Standard.create | first line"
            assert server.get(f"/exec/{execution}")["status"] == "running"
            (tmp_path / "go").touch()
            assert following.stdout.read() == "half a line\nlast line\n"
            assert following.wait(30) == 0
            assert list(lines) == ["page[0] Standard.create | half a line", "page[0] Standard.create | last line"]
