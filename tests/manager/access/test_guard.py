"""Who is let in, as a client meets it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from manager.access.roles import Role
from manager.access.tokens import made
from manager.app import create_app
from manager.config import ManagerConfig

AWAY = {"REMOTE_ADDR": "10.0.0.9"}
Made = Callable[..., FlaskClient]


@contextmanager
def client(folder: Path, **settings: Any) -> Iterator[FlaskClient]:
    app = create_app(ManagerConfig(state=folder, space="memory:", **settings))
    yield app.test_client()
    app.extensions["ditrit"].space.close()


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A token for each role, and where their file is."""
    path = tmp_path_factory.mktemp("tokens") / "tokens"
    found = {role.label: made(role, role.label) for role in Role}
    path.write_text("".join(f"{entry}\n" for _, entry in found.values()))
    path.chmod(0o600)
    return {"file": str(path)} | {role: token for role, (token, _) in found.items()}


@pytest.fixture
def guarded(tmp_path: Path, tokens: dict[str, str]) -> Iterator[FlaskClient]:
    with client(tmp_path, tokens=Path(tokens["file"])) as found:
        yield found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


@pytest.mark.parametrize("path", ["/csar", "/metrics", "/exec/e1/log", "/no/such/thing"])
def test_without_a_token_nothing_is_told(guarded: FlaskClient, path: str) -> None:
    answer = guarded.get(path)
    assert code(answer) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="ditrit"'
    assert "Authorization: Bearer TOKEN" in answer.get_json()["error"]["message"]


@pytest.mark.parametrize("path", ["/health", "/ready", "/", "/swagger.json", "/swaggerui/swagger-ui.css"])
def test_what_says_nothing_of_what_is_stored_is_open(guarded: FlaskClient, path: str) -> None:
    with guarded.get(path, headers={"Host": "any.example"}) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize("header", ["Bearer wrong", "bearer ", "Basic YTpi", "Bearer", "Bearer \xff"])
def test_a_token_that_is_not_known_is_refused(guarded: FlaskClient, header: str) -> None:
    answer = guarded.get("/csar", headers={"Authorization": header})
    assert code(answer) == (401, "unauthorized")
    assert "wrong" not in answer.text


def test_an_unknown_token_is_told_from_none(guarded: FlaskClient) -> None:
    answer = guarded.get("/csar", headers=bearer("wrong"))
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="ditrit", error="invalid_token"'


@pytest.mark.parametrize(
    ("role", "statuses"),
    [("viewer", (200, 403, 403, 403)), ("operator", (200, 400, 403, 403)), ("admin", (200, 400, 404, 404))],
)
def test_each_role_may_do_what_is_its(
    guarded: FlaskClient, tokens: dict[str, str], role: str, statuses: tuple[int, ...]
) -> None:
    calls = (("GET", "/csar"), ("PUT", "/exec"), ("DELETE", "/csar/m"), ("DELETE", "/instance/m/i?force=true"))
    answers = [guarded.open(path, method=method, headers=bearer(tokens[role])) for method, path in calls]
    assert tuple(answer.status_code for answer in answers) == statuses


def test_who_may_not_is_told_which_role_may(guarded: FlaskClient, tokens: dict[str, str]) -> None:
    answer = guarded.delete("/csar/m", headers=bearer(tokens["operator"]))
    assert code(answer) == (403, "forbidden")
    expected = "'operator' has the role operator, DELETE /csar/m needs admin"
    assert answer.get_json()["error"]["message"] == expected


def test_a_token_in_the_url_or_a_cookie_counts_for_nothing(guarded: FlaskClient, tokens: dict[str, str]) -> None:
    guarded.set_cookie("token", tokens["admin"])
    guarded.set_cookie("Authorization", f"Bearer {tokens['admin']}")
    assert guarded.get(f"/csar?token={tokens['admin']}&access_token={tokens['admin']}").status_code == 401


def test_a_token_speaks_for_itself_whatever_the_name_and_page(guarded: FlaskClient, tokens: dict[str, str]) -> None:
    headers = {**bearer(tokens["operator"]), "Host": "manager.example", "Origin": "https://other.example"}
    assert guarded.put("/exec", headers=headers).status_code == 400


def test_this_machine_needs_a_token_unless_it_is_trusted(
    tmp_path: Path, guarded: FlaskClient, tokens: dict[str, str]
) -> None:
    assert guarded.get("/csar").status_code == 401
    with client(tmp_path, tokens=Path(tokens["file"]), trust_loopback=True) as trusting:
        assert trusting.get("/csar").status_code == 200
        assert trusting.delete("/csar/m").status_code == 404
        assert code(trusting.get("/csar", environ_base=AWAY)) == (401, "unauthorized")
        assert code(trusting.get("/csar", headers={"X-Forwarded-For": "127.0.0.1"})) == (401, "unauthorized")
        assert code(trusting.get("/csar", headers={"Forwarded": "for=127.0.0.1"})) == (401, "unauthorized")
        # What is sent counts, also where nothing needs to be.
        assert code(trusting.delete("/csar/m", headers=bearer(tokens["viewer"]))) == (403, "forbidden")
        assert code(trusting.get("/csar", headers=bearer("wrong"))) == (401, "unauthorized")
        assert code(trusting.put("/exec", headers={"Origin": "https://evil.example"})) == (403, "foreign-origin")


def test_a_page_of_another_site_can_neither_act_nor_read_through_a_name_of_its_own(tmp_path: Path) -> None:
    with client(tmp_path, host_names="m1.lan, m2.lan") as found:
        assert code(found.put("/exec", headers={"Origin": "https://evil.example"})) == (403, "foreign-origin")
        assert code(found.post("/exec/e/cancel", headers={"Sec-Fetch-Site": "cross-site"})) == (403, "foreign-origin")
        assert code(found.get("/csar", headers={"Host": "evil.example:5000"})) == (403, "foreign-host")
        assert "DITRIT_HOST_NAMES" in found.get("/csar", headers={"Host": "evil.example"}).text
        assert found.get("/csar", headers={"Host": "m2.lan:5000"}).status_code == 200
        own = {"Host": "localhost:5000", "Origin": "http://localhost:5000", "Sec-Fetch-Site": "same-origin"}
        assert found.put("/exec", headers=own).status_code == 400


def test_without_tokens_those_that_are_sent_do_not_matter(tmp_path: Path) -> None:
    with client(tmp_path) as found:
        assert found.get("/csar", headers=bearer("any"), environ_base=AWAY).status_code == 200


def test_no_answer_lets_other_sites_read_it(tmp_path: Path) -> None:
    with client(tmp_path) as found:
        for path in ("/csar", "/", "/swagger.json", "/health"):
            headers = found.get(path, headers={"Origin": "https://evil.example"}).headers
            assert not [name for name, _ in headers if name.startswith("Access-Control-")]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert "Set-Cookie" not in headers


def test_the_swagger_ui_may_run_its_own_scripts_and_no_other(tmp_path: Path) -> None:
    with client(tmp_path) as found:
        policy = found.get("/").headers["Content-Security-Policy"]
        assert policy.count("'sha256-") == 1
        assert "script-src 'self' 'sha256-" in policy
        assert "unsafe-inline'" not in policy.partition("style-src")[0]


def test_the_document_says_what_each_call_needs(tmp_path: Path) -> None:
    with client(tmp_path) as found:
        document = found.get("/swagger.json").get_json()
    assert document["securityDefinitions"]["token"]["in"] == "header"
    delete = document["paths"]["/csar/{model}"]["delete"]
    assert (delete["x-role"], delete["security"]) == ("admin", [{"token": []}])
    assert {"401", "403"} <= set(delete["responses"])
    assert document["paths"]["/health"]["get"]["security"] == []
