"""The OpenAPI document promises nothing that a manager does not keep: requests are made up from it, right and wrong."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from manager.access.roles import Role
from manager.access.tokens import made

Csar = Callable[..., bytes]
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture
def target(
    variables: dict[str, str], tmp_path: Path, free_port: Callable[[], int], csar: Csar
) -> Iterator[tuple[str, str]]:
    """A manager with a token, a model and an instance: its address and the header that it asks for."""
    token, entry = made(Role.ADMIN, "tester")
    (tmp_path / "tokens").write_text(f"{entry}\n")
    (tmp_path / "tokens").chmod(0o600)
    bind = f"127.0.0.1:{free_port()}"
    own = {"DITRIT_STATE": str(tmp_path / "state"), "DITRIT_TOKENS": str(tmp_path / "tokens"), "DITRIT_BIND": bind}
    process = subprocess.Popen([sys.executable, "-m", "manager"], env={**variables, **own})
    deadline = time.monotonic() + 30
    while True:
        try:
            requests.get(f"http://{bind}/ready", timeout=5)
            break
        except requests.ConnectionError:
            assert time.monotonic() < deadline, "the manager does not answer"
            time.sleep(0.05)
    headers = {"Authorization": f"Bearer {token}"}
    for path, files in (
        ("/csar?model=un_model", {"file": ("a.zip", csar())}),
        ("/instance?model=un_model&name=une_instance", None),
    ):
        assert requests.put(f"http://{bind}{path}", headers=headers, timeout=30, files=files).status_code == 201
    yield f"http://{bind}", f"Authorization: Bearer {token}"
    process.terminate()
    process.wait(15)


@pytest.mark.parametrize("document", ["swagger.json", "openapi.json"])
def test_no_request_is_answered_otherwise_than_the_document_says(
    target: tuple[str, str], document: str, tmp_path: Path
) -> None:
    url, header = target
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{url}/{document}"]
    bounds = ["-n", "5", "--max-time", "30", "--phases", "examples,coverage,fuzzing", "--generation-deterministic"]
    quiet = ["--no-color", "--continue-on-failure", "--warnings", "off"]
    done = subprocess.run(
        [*command, *bounds, *quiet, "-H", header, "--request-timeout", "30"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Operations: +30 selected / 30 total", done.stdout), done.stdout
