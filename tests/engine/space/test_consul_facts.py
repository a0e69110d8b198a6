"""What the backend and the engine above it rely on of Consul, asked of Consul itself.

When a new version of Consul is to be used these say whether it may.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
import requests

from tests.support.consul import Cluster

NODE = {"Node": "facts", "Address": "127.0.0.1", "NodeMeta": {"external-node": "true"}}


class Raw:
    """Consul without our backend, below a prefix of its own."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.root = uuid.uuid4().hex + "/"

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._cluster.request(self._cluster.servers[0], method, path, **options)

    def txn(self, *operations: tuple[Any, ...]) -> requests.Response:
        """Each operation is its verb, its key, and further fields as a map."""
        body = [{"KV": {"Verb": verb, "Key": self.root + key, **dict(*more)}} for verb, key, *more in operations]
        return self.ask("PUT", "/v1/txn", json=body)

    def one(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/v1/kv/{self.root}{key}").json()[0]
        return found

    def session(self, ttl: str = "30s", **fields: Any) -> str:
        assert self.ask("PUT", "/v1/catalog/register", json=NODE).ok
        body = {"Node": "facts", "NodeChecks": [], "Checks": [], "LockDelay": "0s", "TTL": ttl, **fields}
        return str(self.ask("PUT", "/v1/session/create", json=body).json()["ID"])

    def destroy(self, session: str) -> None:
        assert self.ask("PUT", f"/v1/session/destroy/{session}").ok


@pytest.fixture
def raw(one_consul: Cluster) -> Raw:
    return Raw(one_consul)


def failing(answer: requests.Response) -> dict[int, str]:
    assert answer.status_code == 409
    return {error["OpIndex"]: error["What"] for error in answer.json()["Errors"]}


def test_1_deleting_under_the_condition_of_an_index_guards_nothing_when_the_key_is_missing(raw: Raw) -> None:
    assert raw.txn(("delete-cas", "a", {"Index": 7})).ok
    assert raw.txn(("delete", "a")).ok


def test_1_there_is_a_guard_for_a_key_that_must_not_exist(raw: Raw) -> None:
    assert raw.txn(("check-not-exists", "a"), ("set", "a")).ok
    assert failing(raw.txn(("check-not-exists", "a"))).keys() == {0}


def test_2_the_same_value_leaves_the_index_as_it_was(raw: Raw) -> None:
    raw.txn(("set", "a", {"Value": "eA=="}))
    index = raw.one("a")["ModifyIndex"]
    again = raw.txn(("set", "a", {"Value": "eA=="})).json()
    assert again["Results"][0]["KV"]["ModifyIndex"] == index
    for _ in range(2):
        assert raw.txn(("cas", "a", {"Value": "eA==", "Index": index})).ok
    assert raw.one("a")["ModifyIndex"] == index


def test_3_a_lock_creates_a_missing_key(raw: Raw) -> None:
    session = raw.session()
    assert raw.txn(("lock", "a", {"Session": session})).ok
    assert raw.one("a")["Session"] == session


def test_4_a_lock_under_a_session_that_has_ended_is_refused_in_these_words(raw: Raw) -> None:
    session = raw.session()
    raw.destroy(session)
    assert "invalid session" in failing(raw.txn(("lock", "a", {"Session": session})))[0]


def test_5_setting_and_deleting_ask_for_no_lock(raw: Raw) -> None:
    session = raw.session()
    raw.txn(("lock", "a", {"Session": session}))
    assert raw.txn(("set", "a", {"Value": "eA=="})).ok
    assert raw.one("a")["Session"] == session
    assert raw.txn(("delete", "a")).ok
    assert failing(raw.txn(("check-session", "a", {"Session": session}))).keys() == {0}


def test_6_the_lock_index_rises_with_each_session_and_survives_its_end(raw: Raw) -> None:
    for expected in (1, 2):
        session = raw.session()
        for _ in range(2):
            raw.txn(("lock", "a", {"Session": session, "Value": "eA=="}))
            assert raw.one("a")["LockIndex"] == expected
        raw.destroy(session)
        assert raw.one("a")["LockIndex"] == expected
        assert "Session" not in raw.one("a")


def test_7_a_refused_transaction_names_all_that_failed_and_changes_nothing(raw: Raw) -> None:
    raw.txn(("set", "a"))
    index = raw.one("a")["ModifyIndex"]
    answer = raw.txn(
        ("check-not-exists", "a"),
        ("set", "a", {"Value": "eA=="}),
        ("cas", "a", {"Index": 1}),
        ("check-index", "b", {"Index": 1}),
    )
    assert failing(answer).keys() == {0, 2, 3}
    assert raw.one("a")["ModifyIndex"] == index


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b"{"),
        (409, b'[{"KV": {"Verb": "check-index", "Key": "%s", "Index": 1}}, {"KV": {"Verb": "set", "Key": "%s"}}]'),
        (413, b"[" + b",".join([b'{"KV": {"Verb": "set", "Key": "%s"}}'] * 65) + b"]"),
        (413, b'[{"KV": {"Verb": "set", "Key": "%s", "Value": "' + b"A" * 525_000 + b'"}}]'),
    ],
)
def test_8_these_statuses_say_that_nothing_was_applied(raw: Raw, status: int, body: bytes) -> None:
    key = (raw.root + "a").encode()
    assert raw.ask("PUT", "/v1/txn", data=body.replace(b"%s", key)).status_code == status
    assert raw.ask("GET", f"/v1/kv/{raw.root}?keys").status_code == 404


def test_9_without_a_lock_delay_a_key_can_be_locked_as_soon_as_its_session_has_ended(raw: Raw) -> None:
    first, second = raw.session(), raw.session()
    raw.txn(("lock", "a", {"Session": first}))
    raw.destroy(first)
    assert raw.txn(("lock", "a", {"Session": second})).ok


def test_10_a_session_lasts_its_ttl_and_ends_before_twice_that_has_passed(raw: Raw) -> None:
    opened = time.monotonic()
    session = raw.session("1s")
    raw.txn(("lock", "a", {"Session": session}))
    index = raw.one("a")["ModifyIndex"]
    answer = raw.ask("GET", f"/v1/kv/{raw.root}a?wait=5s&index={index}")
    assert "Session" not in answer.json()[0]
    assert 1.0 <= time.monotonic() - opened < 4.0  # two, and time for a busy machine


def test_10_a_ttl_may_have_milliseconds_and_has_a_minimum(raw: Raw) -> None:
    session = raw.session("1500ms")
    assert raw.ask("GET", f"/v1/session/info/{session}").json()[0]["TTL"] == "1500ms"
    answer = raw.ask("PUT", "/v1/session/create", json={"TTL": "900ms"})
    assert answer.status_code == 500
    assert "Invalid Session TTL" in answer.text


def test_the_index_of_a_prefix_is_not_moved_by_what_is_beside_it_but_by_deletions_below(raw: Raw) -> None:
    def index() -> int:
        return int(raw.ask("GET", f"/v1/kv/{raw.root}a/?keys").headers["X-Consul-Index"])

    raw.txn(("set", "a/1"), ("set", "a/2"))
    first = index()
    raw.txn(("set", "b/1"))
    assert index() == first == raw.one("a/1")["ModifyIndex"]
    raw.txn(("delete", "a/2"))
    assert index() > first


def test_a_transaction_that_reads_sees_one_moment_and_is_refused_when_a_key_is_missing(raw: Raw) -> None:
    raw.txn(("set", "a"))
    assert failing(raw.txn(("get", "a"), ("get", "b"), ("get", "c"))).keys() == {1, 2}
    answer = raw.txn(("get", "a"), ("check-not-exists", "b"))
    assert [result["KV"]["Key"] for result in answer.json()["Results"]] == [raw.root + "a"]
    assert answer.headers["X-Consul-KnownLeader"] == "true"  # only reading ones say so: it has not gone through Raft


def test_a_url_cannot_name_every_key(raw: Raw) -> None:
    """So keys go into the bodies of transactions, and listings begin at a prefix that a URL can name."""
    raw.txn(("set", "a/../b"), ("set", "a//b"))
    with requests.Session() as plain:
        for key in ("a/../b", "a//b"):
            request = requests.Request("GET", "http://x/").prepare()
            base = raw.ask("GET", "/v1/status/leader").url.removesuffix("/v1/status/leader")
            request.url = f"{base}/v1/kv/{raw.root}{key}"
            assert plain.send(request, allow_redirects=False, timeout=5).status_code in (301, 404)
    assert raw.txn(("get", "a/../b"), ("get", "a//b")).ok
