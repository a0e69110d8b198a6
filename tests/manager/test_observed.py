"""What can be watched: request ids, logs as JSON, figures, and the dashboard over them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from engine.log_lines import about
from engine.settings import SettingsError
from manager.app import create_app
from manager.config import ManagerConfig
from worker.config import WorkerConfig
from worker.metrics import Metrics

Csar = Callable[..., bytes]
DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana" / "ditrit.json"


def test_a_request_has_an_id_in_its_answer(api: Any) -> None:
    made = [api("GET", "/csar").headers["X-Request-Id"] for _ in range(2)]
    assert made[0] != made[1]
    assert api("GET", "/csar", headers={"X-Request-Id": "from-a-proxy-1"}).headers["X-Request-Id"] == "from-a-proxy-1"
    refused = api("GET", "/csar/none", headers={"X-Request-Id": "from-a-proxy-2"})
    assert refused.json()["error"]["request"] == "from-a-proxy-2"


@pytest.mark.parametrize("sent", ["short", "x" * 129, "a b c d e f g", "<script>alert", "ünïcödé-id".encode()])
def test_an_id_that_is_not_sane_is_replaced(api: Any, sent: str | bytes) -> None:
    answer = api("GET", "/health", headers={"X-Request-Id": sent})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_what_is_logged_after_a_request_is_not_about_it(tmp_path: Path) -> None:
    app = create_app(ManagerConfig(state=tmp_path, space="memory:"))
    for path in ("/csar", "/none", "/swaggerui/swagger-ui.css"):
        with app.test_client().get(path, headers={"X-Request-Id": "this-request"}) as answer:
            assert answer.headers["X-Request-Id"] == "this-request"
        assert about.get() is None
    app.extensions["ditrit"].space.close()


def figures(text: str) -> dict[str, float]:
    """Each figure with its labels, after a look at the form of every line."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("# "):
            name, _, value = line.rpartition(" ")
            assert re.fullmatch(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})?', name), line
            found[name] = float(value)
    return found


def test_a_manager_tells_what_waits_what_has_ended_and_what_it_has_answered(
    api: Any, csar: Csar, name: str, worker: str
) -> None:
    api.upload(name, csar())
    api.create(name)
    before = figures(api("GET", "/metrics").text)
    assert api.run(name, "install")["status"] == "succeeded"
    after = figures(api("GET", "/metrics").text)
    done = 'ditrit_operations_committed{result="succeeded"}'
    assert after[done] - before[done] == 4
    assert after["ditrit_queue_age_seconds"] >= 0
    got = 'ditrit_requests_total{method="GET",status="200"}'
    assert after[got] > before[got]
    assert after["ditrit_request_seconds_count"] > before["ditrit_request_seconds_count"]


@pytest.fixture
def watched(
    variables: dict[str, str], tmp_path: Path, free_port: Callable[[], int]
) -> Iterator[tuple[str, str, list[subprocess.Popen[str]]]]:
    """A manager and a worker that write JSON: their addresses and processes."""
    bind, port = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    own = {"DITRIT_STATE": str(tmp_path), "DITRIT_JOURNAL": str(tmp_path / "execs"), "DITRIT_LOG": "json"}
    environment = {**variables, **own}
    commands = (["manager", "--bind", bind], ["worker", "--name", "w1", "--metrics", port])
    processes = [
        subprocess.Popen([sys.executable, "-m", *command], env=environment, stderr=subprocess.PIPE, text=True)
        for command in commands
    ]
    for url in (f"http://{bind}/ready", f"http://{port}/metrics"):
        deadline = time.monotonic() + 30
        while True:
            try:
                requests.get(url, timeout=5)
                break
            except requests.ConnectionError:
                assert time.monotonic() < deadline, "it does not answer"
                time.sleep(0.05)
    yield f"http://{bind}", f"http://{port}", processes
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.communicate()


def ended(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """What a daemon has written, once it has ended."""
    process.send_signal(signal.SIGTERM)
    _, written = process.communicate(timeout=20)
    return [json.loads(line) for line in written.splitlines()]


def test_daemons_write_json_and_workers_serve_their_figures(watched: Any, csar: Csar) -> None:
    manager, worker, (serving, working) = watched
    requests.put(f"{manager}/csar", params={"model": "m"}, files={"file": ("a.zip", csar())}, timeout=30)
    requests.put(f"{manager}/instance", params={"model": "m", "name": "i"}, timeout=30)
    params = {"model": "m", "instance": "i", "workflow": "install"}
    started = requests.put(f"{manager}/exec", params=params, headers={"X-Request-Id": "the-start-of-it"}, timeout=30)
    execution = started.json()["id"]
    with requests.get(f"{manager}/exec/{execution}/events", timeout=60) as events:
        assert "event: end" in events.text
    found = figures(requests.get(f"{worker}/metrics", timeout=5).text)
    assert found['ditrit_worker_operations_total{result="succeeded"}'] == 4
    assert found["ditrit_worker_commit_seconds_count"] >= 1
    assert requests.get(f"{worker}/other", timeout=5).status_code == 404
    lines = ended(working)
    done = [line for line in lines if line.get("operation") == "create"]
    assert {tuple(line["index"]) for line in done} == {(0, 0), (1, 0)}
    assert {(line["execution"], line["node"], line["worker"], line["exit_code"]) for line in done} == {
        (execution, "app", "w1", 0)
    }
    asked = [line for line in ended(serving) if line.get("request") == "the-start-of-it"]
    assert [(line["method"], line["path"], line["status"]) for line in asked] == [("PUT", "/exec", 202)]


def test_a_format_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="log: found 'xml', expected one of text, json"):
        WorkerConfig(state=tmp_path, log="xml")
    with pytest.raises(SettingsError, match="metrics: found '9100', expected ADDRESS:PORT"):
        WorkerConfig(state=tmp_path, metrics="9100")


def test_the_dashboard_asks_for_figures_that_there_are(api: Any) -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\bditrit_[a-z_]+", target["expr"])
    }
    api("GET", "/health")  # so that some request is counted
    metrics = Metrics(4)
    metrics.operations.add("succeeded")
    told = figures(api("GET", "/metrics").text + metrics.text())
    assert len(asked) > 15
    assert sorted(name for name in asked if name not in {figure.partition("{")[0] for figure in told}) == []
    assert os.path.getsize(DASHBOARD) < 1 << 20
