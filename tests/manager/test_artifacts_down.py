"""While the artifact store is away the manager says so: 503 and a reason, never 500; what needs no store goes on."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from manager.app import create_app
from manager.config import ManagerConfig
from tests.support.s3 import S3Server

Csar = Callable[..., bytes]


@pytest.fixture
def client(own_s3_server: S3Server, bucket: str, tmp_path: Path) -> Iterator[FlaskClient]:
    app = create_app(ManagerConfig(state=tmp_path, space="memory:", artifacts=own_s3_server.url(bucket)))
    yield app.test_client()
    app.extensions["ditrit"].space.close()


def body(answer: TestResponse) -> Any:
    return answer.get_json()


def upload(client: FlaskClient, model: str, content: bytes) -> TestResponse:
    return client.put(f"/csar?model={model}", data={"file": (io.BytesIO(content), "a.zip")})


def test_a_manager_over_s3_is_ready_and_stores_archives(client: FlaskClient, csar: Csar) -> None:
    assert client.get("/ready").status_code == 200
    assert upload(client, "m", csar()).status_code == 201
    assert client.get("/csar/m/archive").data == csar()


def test_without_the_store_it_answers_503_with_the_reason_and_afterwards_as_before(
    client: FlaskClient, csar: Csar, template: str, own_s3_server: S3Server
) -> None:
    upload(client, "m", csar())
    client.put("/instance?model=m&name=i")
    execution = body(client.put("/exec?model=m&instance=i&workflow=install"))["id"]
    own_s3_server.stop()

    ready = client.get("/ready")
    assert ready.status_code == 503
    assert (body(ready)["status"], body(ready)["space"]) == ("unavailable", "ok")
    assert "cannot be reached" in body(ready)["artifacts"]
    other = csar(template.replace("default: 2", "default: 3"))
    for answer in (
        upload(client, "other", other),
        client.get("/csar/m/archive"),
        client.get(f"/exec/{execution}/log?node=app&index=0,0&operation=create"),
    ):
        assert answer.status_code == 503
        assert body(answer)["error"]["code"] == "artifact-unreachable"
        assert "cannot be reached" in body(answer)["error"]["message"]
        assert own_s3_server.secret not in answer.text
    assert client.get("/csar/other").status_code == 404
    assert body(client.get(f"/exec/{execution}"))["status"] == "running"

    own_s3_server.start()
    assert client.get("/ready").status_code == 200
    assert upload(client, "other", other).status_code == 201
    assert client.get(f"/exec/{execution}/log?node=app&index=0,0&operation=create").status_code == 200
