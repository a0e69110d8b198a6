"""Who may use a space in Consul: certificates, tokens, datacenters, and spaces beside each other."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.space import open_space
from engine.space.errors import SpaceUnavailable
from engine.space.verbs import Lock, Set
from tests.engine.space.clients import only
from tests.support.consul import Cluster, cluster

DOCS = Path(__file__).parents[3] / "docs" / "cli.md"
POLICY = DOCS.read_text().partition("```hcl\n")[2].partition("```")[0].replace("ditrit/", "mine/")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server that wants certificates and tokens."""
    with cluster(tmp_path_factory.mktemp("guarded") / "c", tls=True, acl=True) as found:
        yield found


@pytest.fixture(scope="module")
def token(guarded: Cluster) -> str:
    """A token that may do what the documentation says a space needs, and nothing else."""
    server = guarded.servers[0]
    policy = guarded.request(server, "PUT", "/v1/acl/policy", json={"Name": "ditrit", "Rules": POLICY})
    assert policy.ok, policy.text
    made = guarded.request(server, "PUT", "/v1/acl/token", json={"Policies": [{"Name": "ditrit"}]})
    return str(made.json()["SecretID"])


def with_token(url: str, token: str) -> str:
    return url.replace("consul://", f"consul://{token}@")


def test_certificates_and_a_token_of_few_rights_are_enough(guarded: Cluster, token: str) -> None:
    space = open_space(with_token(guarded.url("mine"), token))
    session = space.open_session(30)
    space.transact([Lock("a/b", b"1", session)])
    space.renew_session(session)

    assert only(space, "a/b").session == session
    assert [entry.key for entry in space.entries("a/")] == space.keys("a/") == ["a/b"]
    assert space.wait("a/", space.index("a/"), 0.1) == space.index("a/")
    space.close_session(session)
    space.close()


def test_the_token_may_come_from_a_file(guarded: Cluster, token: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(token + "\n")
    open_space(guarded.url("mine", token_file=str(tmp_path / "token"))).close()


def test_what_the_client_library_would_find_in_the_environment_is_not_used(
    guarded: Cluster, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", str(uuid.uuid4()))
    open_space(with_token(guarded.url("mine"), token)).close()


def test_without_a_token_nothing_is_allowed_and_the_error_says_where_to_look(guarded: Cluster) -> None:
    with pytest.raises(SpaceUnavailable, match=r"Permission denied; look at the token and its policies"):
        open_space(guarded.url("mine"))


def test_a_token_that_does_not_exist_is_a_clear_error_that_does_not_show_it(guarded: Cluster) -> None:
    wrong = str(uuid.uuid4())
    with pytest.raises(SpaceUnavailable, match=r"ACL not found; look at the token") as caught:
        open_space(with_token(guarded.url("mine"), wrong))
    assert wrong not in str(caught.value)


def test_a_token_opens_its_own_space_only(guarded: Cluster, token: str) -> None:
    with pytest.raises(SpaceUnavailable, match="Permission denied"):
        open_space(with_token(guarded.url("yours"), token))


def test_a_token_that_may_only_read_is_refused_when_it_writes_and_nothing_is_unknown(guarded: Cluster) -> None:
    server = guarded.servers[0]
    rules = 'key_prefix "mine/" { policy = "read" }'
    guarded.request(server, "PUT", "/v1/acl/policy", json={"Name": "reader", "Rules": rules})
    made = guarded.request(server, "PUT", "/v1/acl/token", json={"Policies": [{"Name": "reader"}]})
    space = open_space(with_token(guarded.url("mine"), made.json()["SecretID"]))
    with pytest.raises(SpaceUnavailable, match="Permission denied"):
        space.transact([Set("a", b"1")])
    with pytest.raises(SpaceUnavailable, match=r"Permission denied|denied"):
        space.open_session(30)
    space.close()


def test_what_a_token_may_not_read_is_an_error_not_a_missing_key(guarded: Cluster, token: str) -> None:
    server = guarded.servers[0]
    rules = 'key_prefix "mine/" { policy = "read" } key_prefix "mine/secret/" { policy = "deny" }'
    guarded.request(server, "PUT", "/v1/acl/policy", json={"Name": "half", "Rules": rules})
    made = guarded.request(server, "PUT", "/v1/acl/token", json={"Policies": [{"Name": "half"}]})
    owner, half = (open_space(with_token(guarded.url("mine"), one)) for one in (token, made.json()["SecretID"]))
    owner.transact([Set("open/a", b"1"), Set("secret/a", b"1")])

    assert only(half, "open/a").value == b"1"
    with pytest.raises(SpaceUnavailable, match=r"Permission denied for some keys below 'mine/'"):
        half.read(["open/a", "secret/a"])
    owner.close()
    half.close()


def test_without_a_certificate_nobody_is_let_in(guarded: Cluster) -> None:
    netloc, ca = guarded.netloc, guarded.certificates["ca"]
    with pytest.raises(SpaceUnavailable, match="does not answer"):
        open_space(f"consul://{netloc}/mine?scheme=https&ca={ca}")


def test_a_server_of_another_authority_is_not_trusted(guarded: Cluster) -> None:
    with pytest.raises(SpaceUnavailable, match="certificate verify failed"):
        open_space(f"consul://{guarded.netloc}/mine?scheme=https")


def test_plain_http_to_a_server_that_wants_tls_is_a_clear_error(guarded: Cluster) -> None:
    with pytest.raises(SpaceUnavailable, match="HTTPS"):
        open_space(f"consul://{guarded.netloc}/mine")


def test_a_datacenter_that_exists_is_used_and_another_is_a_clear_error(one_consul: Cluster) -> None:
    space = open_space(one_consul.url("dc-test", dc="dc1"))
    space.transact([Set("a", b"1")])
    session = space.open_session(30)
    space.transact([Lock("a", b"2", session)])
    space.close()
    with pytest.raises(SpaceUnavailable, match="No path to datacenter"):
        open_space(one_consul.url("dc-test", dc="nowhere"))


def test_spaces_with_different_prefixes_do_not_see_each_other(one_consul: Cluster) -> None:
    prefix = uuid.uuid4().hex
    one, other, below = (open_space(one_consul.url(prefix + end)) for end in ("", "0", "/below"))
    index = one.transact([Set("a", b"1")])
    other.transact([Set("a", b"2")])

    assert only(one, "a").value == b"1"
    assert one.keys("") == other.keys("") == ["a"]
    assert one.index("") == index
    assert below.keys("") == []
    below.transact([Set("b", b"3")])
    assert one.keys("") == ["a", "below/b"]
    for space in (one, other, below):
        space.close()


def test_a_ttl_that_consul_refuses_is_a_clear_error(one_consul: Cluster) -> None:
    space = open_space(one_consul.url("ttl"))
    with pytest.raises(SpaceUnavailable, match=r"Invalid Session TTL .* must be between"):
        space.open_session(0.5)
    space.close()
