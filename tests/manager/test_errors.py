"""Every error has one form, and nothing of ours leaks."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from engine.artifacts import ArtifactError, ArtifactMissing
from engine.executions.errors import ExecutionRunning, UnknownExecution, UnknownInstance
from engine.instances.properties import PropertyError
from engine.space.errors import Conflict, SpaceUnavailable, TooLarge, UnknownOutcome
from engine.weaving.errors import UnknownWorkflow, WeavingError
from manager.api import errors
from manager.app import create_app
from manager.config import ManagerConfig
from manager.errors import BadRequest, Busy, Invalid, NotFound, Refused

Check = Callable[[requests.Response, int, str], dict[str, Any]]


@pytest.mark.parametrize("path", ["/nothing", "/csar/a/b/c", "/exec/", "/csar/a%2Fb"])
def test_an_unknown_url_is_404_in_our_form(api: Any, path: str, refused: Check) -> None:
    refused(api("GET", path), 404, "not-found")


@pytest.mark.parametrize(("method", "path"), [("POST", "/csar"), ("DELETE", "/exec"), ("PATCH", "/instance/a/b")])
def test_a_method_that_is_not_offered_is_405_and_the_others_are_named(
    api: Any, method: str, path: str, refused: Check
) -> None:
    response = api(method, path)
    refused(response, 405, "method-not-allowed")
    assert "GET" in response.headers["Allow"]


def test_a_body_that_is_too_large_for_json_is_413(api: Any, refused: Check) -> None:
    response = api("PUT", "/instance", params={"model": "m", "name": "i"}, data=b" " * (5 << 20))
    found = refused(response, 413, "request-entity-too-large")
    assert found["message"] == f"found a request of {5 << 20} bytes, expected at most {1 << 20}"


def test_a_form_of_too_many_fields_is_413_and_says_so(api: Any, refused: Check) -> None:
    fields = {f"f{number}": (None, "x") for number in range(2000)}
    found = refused(api("PUT", "/csar", params={"model": "m"}, files=fields), 413, "request-entity-too-large")
    assert "too many or too large fields" in found["message"]


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1001", "1e3", "१"])
def test_a_wrong_limit_is_refused(api: Any, limit: str, refused: Check) -> None:
    found = refused(api("GET", "/csar", params={"limit": limit}), 422, "invalid-parameter")
    assert "1 to 1000" in found["message"]


def test_health_and_readiness_are_told(api: Any) -> None:
    assert api("GET", "/health").json() == {"status": "ok"}
    assert api("GET", "/ready").json() == {"status": "ready", "space": "ok", "artifacts": "ok"}


RAISED: list[tuple[Exception, int, str]] = [
    (BadRequest("missing-file", "x"), 400, "missing-file"),
    (NotFound("model", "m"), 404, "unknown-model"),
    (Refused("model-in-use", "x"), 409, "model-in-use"),
    (Invalid("invalid-name", "x"), 422, "invalid-name"),
    (Busy("too-many-streams", "x"), 503, "too-many-streams"),
    (UnknownInstance("m", "i"), 404, "unknown-instance"),
    (UnknownExecution("e"), 404, "unknown-execution"),
    (UnknownWorkflow("w", ["install"]), 404, "unknown-workflow"),
    (ExecutionRunning("m", "i", "e"), 409, "execution-running"),
    (WeavingError("x"), 422, "weaving"),
    (PropertyError("get_property [A, x]: there is no such property"), 422, "property"),
    (ArtifactMissing("k"), 404, "artifact-missing"),
    (ArtifactError("x"), 503, "artifact"),
    (TooLarge("x"), 413, "too-large"),
    (SpaceUnavailable("x"), 503, "space-unavailable"),
    (UnknownOutcome("x"), 503, "unknown-outcome"),
    (Conflict([(0, "x")]), 503, "conflict"),
    (RuntimeError("secret"), 500, "internal-error"),
]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = create_app(ManagerConfig(state=tmp_path, space="memory:"))
    yield made
    made.extensions["ditrit"].space.close()


@pytest.mark.parametrize(("raised", "status", "code"), RAISED, ids=lambda value: type(value).__name__)
def test_every_exception_has_its_status(app: Flask, raised: Exception, status: int, code: str) -> None:
    def fail() -> str:
        raise raised

    app.add_url_rule("/fail", "fail", fail)
    response = app.test_client().get("/fail")
    assert response.status_code == status
    assert response.json is not None
    assert response.json["error"]["code"] == code
    assert "secret" not in response.text


def test_an_error_inside_a_resource_has_the_same_form(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(app.extensions["ditrit"].catalog, "all", fail)
    response = app.test_client().get("/csar")
    assert response.status_code == 500
    assert "secret" not in response.text


def test_readiness_says_what_cannot_be_reached(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise SpaceUnavailable("the disk is full")

    monkeypatch.setattr(app.extensions["ditrit"].space, "read", fail)
    response = app.test_client().get("/ready")
    assert response.status_code == 503
    assert response.json == {"status": "unavailable", "space": "the disk is full", "artifacts": "ok"}


def test_the_table_names_no_exception_after_one_that_covers_it() -> None:
    kinds = [kind for kind, _ in errors.STATUSES]
    for position, kind in enumerate(kinds):
        assert not any(issubclass(kind, earlier) for earlier in kinds[:position]), kind
