"""Whatever a client sends, the manager answers; whatever answer of the space is lost, the result is one."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.artifacts import open_artifacts
from engine.executions.records import InstanceRecord, ModelRecord
from engine.space.backends.memory import MemorySpace
from engine.space.errors import UnknownOutcome
from engine.space.verbs import Verb
from manager.app import create_app
from manager.catalog import Catalog
from manager.config import ManagerConfig
from manager.deployments import Deployments
from manager.templates import Templates

Csar = Callable[..., bytes]

PATHS = [
    "/csar",
    "/csar/{0}",
    "/csar/{0}/archive",
    "/model/{0}/graph",
    "/model/{0}/workflows/{1}",
    "/library",
    "/instance",
    "/instance/{0}/{1}",
    "/exec",
    "/exec/{0}",
    "/exec/{0}/log",
    "/exec/{0}/history",
    "/workers",
]
PARAMETERS = ["model", "name", "instance", "workflow", "limit", "after", "status", "force", "format", "node", "index"]
TEXT = st.one_of(st.text(max_size=30), st.sampled_from(["m", "i", "install", "true", "1", "-1", "../..", "%00", "[0]"]))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, csar: Csar) -> Iterator[FlaskClient]:
    app = create_app(ManagerConfig(state=tmp_path_factory.mktemp("state"), space="memory:"))
    app.extensions["ditrit"].catalog.put("m", written(tmp_path_factory.mktemp("upload"), csar()))
    app.extensions["ditrit"].deployments.create("m", "i", {})
    yield app.test_client()
    app.extensions["ditrit"].space.close()


def written(folder: Path, content: bytes) -> Path:
    file = folder / "archive.zip"
    file.write_bytes(content)
    return file


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "PUT", "DELETE", "POST", "PATCH"]),
    path=st.sampled_from(PATHS),
    names=st.tuples(TEXT, TEXT),
    parameters=st.dictionaries(st.sampled_from(PARAMETERS), TEXT, max_size=4),
    body=st.one_of(
        st.just(b""), st.binary(max_size=40), st.sampled_from([b"{}", b'{"inputs": {"servers": 1}}', b"[]"])
    ),
)
def test_no_request_makes_the_manager_fail(
    client: FlaskClient,
    method: str,
    path: str,
    names: tuple[str, str],
    parameters: dict[str, str],
    body: bytes,
) -> None:
    url = path.format(*(quote(name, safe="") for name in names))
    with client.open(url, method=method, query_string=parameters, data=body) as response:
        assert response.status_code < 500, response.get_data()
        if response.status_code >= 400:
            answer: Any = response.get_json()
            assert set(answer["error"]) == {"code", "message", "problems", "request"}


class LossySpace(MemorySpace):
    """Loses the answer of every second transaction: applied, but nobody is told."""

    def __init__(self) -> None:
        super().__init__()
        self._calls = 0

    def transact(self, verbs: Sequence[Verb]) -> int:
        index = super().transact(verbs)
        self._calls += 1
        if self._calls % 2:
            raise UnknownOutcome("the answer was lost")
        return index


def test_a_model_is_stored_once_although_the_answer_was_lost(tmp_path: Path, csar: Csar) -> None:
    space, artifacts = LossySpace(), open_artifacts(f"file://{tmp_path}/artifacts")
    catalog = Catalog(space, artifacts, Templates(artifacts))
    record, stored = catalog.put("m", written(tmp_path, csar()))
    assert stored
    assert ModelRecord.all(space) == [record]


def test_an_instance_is_created_once_although_answers_were_lost(tmp_path: Path, csar: Csar) -> None:
    space, artifacts = LossySpace(), open_artifacts(f"file://{tmp_path}/artifacts")
    templates = Templates(artifacts)
    catalog, deployments = Catalog(space, artifacts, templates), Deployments(space, templates)
    catalog.put("m", written(tmp_path, csar()))
    record, _ = deployments.create("m", "i", {})
    assert InstanceRecord.all(space) == [record]
    assert record.node_instances == 4
