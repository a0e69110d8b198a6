"""Whether traces are exported is read from OpenTelemetry's variables; what is wrong with them is told at the start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.settings import SettingsError
from engine.tracing.setting import Tracing, tracing_of

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
HERE = {ENDPOINT: "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {ENDPOINT: ""},
        {**HERE, "OTEL_SDK_DISABLED": "true"},
        {**HERE, "OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_SERVICE_NAME": "me"},
    ],
)
def test_there_are_no_traces_unless_there_is_somewhere_to_send_them(environ: dict[str, str]) -> None:
    assert tracing_of(environ, "worker") is None


@pytest.mark.parametrize(
    "environ",
    [
        HERE,
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://traces.example/v1/traces"},
        {"OTEL_TRACES_EXPORTER": "otlp"},
        {**HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_SDK_DISABLED": "false"},
    ],
)
def test_there_are_traces_where_an_exporter_is_configured(environ: dict[str, str]) -> None:
    assert tracing_of(environ, "worker") == Tracing("ditrit-worker")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER: found 'zipkin', expected otlp or none"),
        (
            {**HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL: found 'grpc', expected http/protobuf",
        ),
        (
            {ENDPOINT: "me:pw-1234@collector:4318"},
            f"{ENDPOINT}: found no address, expected a URL such as http://localhost:4318",
        ),
        ({ENDPOINT: "http://["}, f"{ENDPOINT}: found no address, expected a URL such as http://localhost:4318"),
    ],
)
def test_what_cannot_be_exported_to_is_told(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as found:
        tracing_of(environ, "worker")
    assert str(found.value) == message


def test_what_the_library_cannot_use_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "-1")
    with pytest.raises(SettingsError, match=r"^traces cannot be exported: max_queue_size must be a positive integer"):
        tracing_of(HERE, "worker")


def test_what_the_library_does_not_understand_is_told_without_secrets(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    environ = {**HERE, "OTEL_EXPORTER_OTLP_HEADERS": "hd-1234-no-pair,x-key=hd 5678"}
    for name, value in {**environ, "OTEL_TRACES_SAMPLER": "some"}.items():
        monkeypatch.setenv(name, value)
    assert tracing_of(environ, "worker") is not None
    assert "Couldn't recognize sampler some." in caplog.messages
    assert any("***" in line for line in caplog.messages)
    assert "1234" not in caplog.text
    assert {record.name for record in caplog.records} == {"engine.tracing.exporter"}


def test_what_opens_the_receiver_is_known_to_be_secret_and_not_shown() -> None:
    environ = {
        ENDPOINT: "https://me:pw-1234@traces.example/?key=qu-1234",
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic%20hd-1234,x-key=hd-5678",
    }
    found = tracing_of(environ, "worker")
    assert found is not None
    assert {"pw-1234", "key=qu-1234", "Basic hd-1234", "Basic%20hd-1234", "hd-5678"} == set(found.secrets)
    assert "1234" not in repr(found)


def started(program: str, *arguments: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DITRIT_", "OTEL_"))}
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    variables = {**kept, "DITRIT_STATE": str(folder), **environ}
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("daemon", ["worker", "manager"])
def test_a_daemon_says_in_a_line_that_the_libraries_are_not_installed(daemon: str, tmp_path: Path) -> None:
    program = (
        f"import runpy, sys; sys.modules['opentelemetry'] = None; runpy.run_module({daemon!r}, run_name='__main__')"
    )
    ended = started(program, folder=tmp_path, **HERE)
    assert ended.returncode == 2
    assert ended.stderr == (
        "error: traces are to be exported, but the libraries of OpenTelemetry are not installed: "
        "pip install 'ditrit-workflows[otel]', or set OTEL_SDK_DISABLED=true\n"
    )


def test_without_an_exporter_nothing_of_opentelemetry_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys, manager.server, worker.main; from engine.tracing.opening import traced;"
        "from engine.space.backends.memory import MemorySpace; from engine.tracing.setting import tracing_of;"
        "space = MemorySpace(); assert traced(space, tracing_of({}, 'worker'), 'h', 'n') == (space, None);"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'google.protobuf'))])"
    )
    ended = started(program, folder=tmp_path)
    assert (ended.stdout, ended.stderr) == ("[]\n", "")
