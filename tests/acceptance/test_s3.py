"""The reference example with its archives and logs in a bucket, whose server is restarted in the middle."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from tests.acceptance.servers import Server, running
from tests.support.s3 import S3Server

ARCHIVE = Path(__file__).parents[2] / "example" / "appli.zip"


def ditrit(server: Server, *arguments: str) -> Any:
    """What a command that needs no manager answers, over the very space and bucket of the daemons."""
    command = [sys.executable, "-m", "manager.cli", *arguments, "--json", "--state", server.settings["DITRIT_STATE"]]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def test_an_installation_over_a_bucket_survives_a_restart_of_its_server(
    own_s3_server: S3Server, bucket: str, tmp_path: Path
) -> None:
    url = own_s3_server.url(bucket, "site")
    with running(tmp_path, 2, "--artifacts", url) as server:
        server.deploy(ARCHIVE.read_bytes(), "appli")
        execution = server.put("/exec", params={"model": "appli", "instance": "one", "workflow": "install"})["id"]
        deadline = time.monotonic() + 60
        while server.get(f"/exec/{execution}")["operations"]["done"] < 5:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        own_s3_server.stop()
        own_s3_server.start()
        while (record := server.get(f"/exec/{execution}"))["status"] == "running":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert record["status"] == "succeeded", record
        assert server.states("appli") == {"started": 19}
        for operation in server.all(f"/exec/{execution}/operations"):
            assert server.text(f"/exec/{execution}/log", id=operation["id"]), operation
        assert ditrit(server, "space", "check", "--deep", "--artifacts", url) == {"running": False, "findings": []}

        server.execute("appli", "uninstall")
        assert requests.delete(f"{server.url}/instance/appli/one", timeout=60).status_code == 204
        assert requests.delete(f"{server.url}/csar/appli", timeout=60).status_code == 204
        report = ditrit(server, "gc", "--artifacts", url)
        assert (report["executions"], report["archives"]) == ([], [])  # only just ended; gone with its model
        assert ditrit(server, "space", "check", "--artifacts", url)["findings"] == []
    assert list((own_s3_server.objects / bucket / "site").glob("csar/*")) == []


def test_an_execution_waits_for_a_bucket_that_is_away_for_long(
    own_s3_server: S3Server, bucket: str, tmp_path: Path
) -> None:
    """No worker has the archive yet, and none is patient for so long at one go."""
    url = own_s3_server.url(bucket, "site")
    with running(tmp_path, 2, "--artifacts", url) as server:
        server.deploy(ARCHIVE.read_bytes(), "appli")
        own_s3_server.stop()
        execution = server.put("/exec", params={"model": "appli", "instance": "one", "workflow": "install"})["id"]
        time.sleep(12)
        assert server.get(f"/exec/{execution}")["operations"]["failed"] == 0
        own_s3_server.start()
        deadline = time.monotonic() + 120
        while (record := server.get(f"/exec/{execution}"))["status"] == "running":
            assert time.monotonic() < deadline, server.diagnosis(execution)
            time.sleep(0.1)
        assert record["status"] == "succeeded", record
        assert {operation["attempt"] for operation in server.all(f"/exec/{execution}/operations")} == {1}
