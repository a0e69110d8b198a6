"""Consul's servers and connections fail: what a caller is told, and that it goes on."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.space import open_space
from engine.space.backends import consul
from engine.space.base import Space
from engine.space.client import Linda
from engine.space.errors import Conflict, SessionLost, SpaceUnavailable, UnknownOutcome
from engine.space.lease import Lease
from engine.space.tuples import Template, Tuple
from engine.space.verbs import Cas, CheckIndex, CheckSession, Delete, Lock, Set, Verb
from tests.engine.space.clients import FRUIT, only
from tests.support.consul import Cluster, Server, cluster
from tests.support.proxy import Answers, Proxy, proxy

PATIENCE = 20.0


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three servers for the tests that kill some."""
    with cluster(tmp_path_factory.mktemp("mortal") / "c", servers=3) as found:
        yield found


@pytest.fixture
def mortal(servers: Cluster) -> Iterator[Cluster]:
    """They all run before and after."""
    yield servers
    for server in servers.servers:
        if server.process is None:
            server.start()
    servers.settle()


@pytest.fixture
def prefix() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def line(one_consul: Cluster) -> Iterator[Proxy]:
    """The way to a server, which can be cut."""
    server = one_consul.servers[0]
    with proxy(server.address, server.port) as found:
        yield found


@pytest.fixture
def opened() -> Iterator[list[Space]]:
    found: list[Space] = []
    yield found
    for one in found:
        one.close()


@pytest.fixture
def near(line: Proxy, prefix: str, opened: list[Space]) -> Space:
    """A client whose way can be cut."""
    opened.append(open_space(f"consul://{line.netloc}/{prefix}"))
    return opened[-1]


@pytest.fixture
def sure(one_consul: Cluster, prefix: str, opened: list[Space]) -> Space:
    """A client of the same space on another way."""
    opened.append(open_space(one_consul.url(prefix)))
    return opened[-1]


def insist(space: Space, *verbs: Set) -> None:
    """Write until it is written."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            space.transact(verbs)
        except (SpaceUnavailable, UnknownOutcome):
            assert time.monotonic() < deadline
        else:
            return


class TestOneAgent:
    def test_a_transaction_whose_answer_is_lost_has_an_unknown_outcome_that_reading_decides(
        self, line: Proxy, near: Space, sure: Space
    ) -> None:
        line.answers = Answers.CUT
        with pytest.raises(UnknownOutcome, match=r"not said whether.*127\.0\.0\.1"):
            near.transact([Set("a", b"1")])
        assert line.lost == 1
        line.answers = Answers.PASS

        assert only(near, "a").value == b"1"
        assert only(sure, "a").value == b"1"

    def test_the_very_same_transaction_again_is_refused_by_its_own_guards(self, line: Proxy, near: Space) -> None:
        session = near.open_session(30)
        near.transact([Lock("op/1", b"held", session)])
        commit: list[Verb] = [CheckSession("op/1", session), Delete("op/1"), Cas("cell/1", b"done", 0)]
        line.answers = Answers.CUT
        with pytest.raises(UnknownOutcome):
            near.transact(commit)
        line.answers = Answers.PASS

        with pytest.raises(Conflict) as caught:
            near.transact(commit)
        assert caught.value.positions == {0, 2}
        assert only(near, "cell/1").value == b"done"

    def test_a_take_whose_answer_is_lost_is_adopted_by_the_next_one(
        self, line: Proxy, near: Space, sure: Space
    ) -> None:
        linda = Linda(near, near.open_session(30))
        linda.out(Tuple(FRUIT, {"lane": 0, "name": "apple"}))
        entry = near.entries("fruit/")[0]
        line.answers = Answers.CUT
        with pytest.raises(UnknownOutcome):
            near.transact([CheckIndex(entry.key, entry.index), Lock(entry.key, entry.value, linda.session)])
        line.answers = Answers.PASS

        assert [held.tuple.fields["name"] for held in linda.take([Template(FRUIT)], 1)] == ["apple"]
        assert Linda(sure, sure.open_session(30)).take([Template(FRUIT)], 1) == []

    def test_an_agent_that_falls_silent_is_not_waited_for_long(
        self, line: Proxy, prefix: str, opened: list[Space], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consul, "PATIENCE", 0.3)
        near = open_space(f"consul://{line.netloc}/{prefix}")
        opened.append(near)
        line.answers = Answers.SILENCE
        with pytest.raises(UnknownOutcome, match="timed out"):
            near.transact([Set("a", b"1")])
        with pytest.raises(SpaceUnavailable, match="timed out"):
            near.read(["a"])

    def test_a_read_whose_answer_is_lost_changes_nothing_and_says_so(self, line: Proxy, near: Space) -> None:
        line.answers = Answers.CUT
        for read in (lambda: near.read(["a"]), lambda: near.entries("a"), lambda: near.wait("a", 0, 5)):
            with pytest.raises(SpaceUnavailable, match="does not answer"):
                read()

    def test_a_transaction_of_guards_alone_is_a_read(self, line: Proxy, near: Space) -> None:
        index = near.transact([Set("a", b"1")])
        near.transact([CheckIndex("a", index)])
        line.answers = Answers.CUT
        with pytest.raises(SpaceUnavailable):
            near.transact([CheckIndex("a", index)])

    def test_a_renewal_whose_answer_is_lost_is_no_loss_of_the_session(self, line: Proxy, near: Space) -> None:
        session = near.open_session(30)
        line.answers = Answers.CUT
        with pytest.raises(SpaceUnavailable):
            near.renew_session(session)
        line.answers = Answers.PASS
        near.renew_session(session)
        near.close_session(session)
        with pytest.raises(SessionLost):
            near.renew_session(session)

    def test_waiting_for_what_does_not_exist_yet_asks_a_few_times_a_second_only(
        self, line: Proxy, near: Space, sure: Space
    ) -> None:
        """Such a query ends with every write of anyone."""
        over = threading.Event()

        def write() -> None:
            number = 0
            while not over.is_set():
                number += 1
                sure.transact([Set("other", str(number).encode())])

        thread = threading.Thread(target=write)
        thread.start()
        before = line.requests
        assert near.wait("bell/", near.index("bell/"), 1.5) == 0
        asked = line.requests - before
        over.set()
        thread.join()
        assert 2 <= asked <= 8

    def test_what_is_put_under_a_prefix_that_did_not_exist_is_noticed_soon(self, near: Space, sure: Space) -> None:
        threading.Timer(0.2, lambda: sure.transact([Set("bell/1", b"")])).start()
        started = time.monotonic()
        assert near.wait("bell/", 0, 30) > 0
        assert time.monotonic() - started < 3

    def test_a_deletion_wakes_once_at_most(self, line: Proxy, near: Space) -> None:
        near.transact([Set("bell/1", b""), Set("bell/2", b"")])
        near.transact([Delete("bell/2")])
        before = line.requests
        index = near.index("bell/")
        assert near.wait("bell/", index, 0.5) <= index
        assert line.requests - before <= 3

    def test_an_index_of_an_earlier_life_of_the_store_does_not_make_it_wait_for_ever(self, near: Space) -> None:
        index = near.transact([Set("bell/1", b"")])
        started = time.monotonic()
        assert near.wait("bell/", index + 1_000_000, 30) == index
        assert time.monotonic() - started < 10

    def test_closing_ends_what_waits(self, near: Space) -> None:
        index = near.transact([Set("bell/1", b"")])
        thread = threading.Thread(target=near.wait, args=("bell/", index, 600))
        thread.start()
        near.close()
        thread.join(10)
        assert not thread.is_alive()

    def test_more_keys_than_one_transaction_can_read_are_of_one_moment_too(self, near: Space, sure: Space) -> None:
        keys = [f"k/{number}" for number in range(150)]
        sure.transact([Set(keys[0], b"0"), Set(keys[-1], b"0")])
        done = threading.Event()

        def write() -> None:
            for number in range(100):
                value = str(number).encode()
                sure.transact([Set(keys[0], value), Set(keys[-1], value)])
                done.wait(0.01)
            done.set()

        thread = threading.Thread(target=write)
        thread.start()
        while not done.is_set():
            found = near.read(keys)
            assert found.keys() == {keys[0], keys[-1]}
            assert found[keys[0]].value == found[keys[-1]].value
        thread.join()

    def test_names_that_no_url_can_carry_are_keys_like_others(self, near: Space) -> None:
        odd = ["a/..", "a/../b", "a//b", ".", "/x", "a/.b"]
        near.transact([Set(key, key.encode()) for key in [*odd, "a/b"]])
        for key in odd:
            assert only(near, key).value == key.encode()
            assert [entry.key for entry in near.entries(key)] == [one for one in sorted(odd) if one.startswith(key)]
            assert near.keys(key) == [one for one in sorted(odd) if one.startswith(key)]
            assert near.index(key) > 0


class TestSeveralAgents:
    def test_when_the_agent_in_use_dies_the_next_one_is_asked(self, mortal: Cluster, prefix: str) -> None:
        space = open_space(mortal.url(prefix))
        space.transact([Set("a", b"1")])
        follower = next(server for server in mortal.servers if server is not mortal.leader())
        first = open_space(f"consul://{follower.netloc},{mortal.netloc}/{prefix}")
        follower.kill()

        assert only(first, "a").value == b"1"
        first.transact([Set("a", b"2")])
        assert only(space, "a").value == b"2"
        first.close()
        space.close()

    def test_an_address_that_refuses_costs_nothing_but_the_next_attempt(self, mortal: Cluster, prefix: str) -> None:
        space = open_space(f"consul://127.0.0.1:1,{mortal.netloc}/{prefix}")
        space.transact([Set("a", b"1")])
        space.close()

    def test_a_session_outlives_the_server_that_it_was_opened_through_even_the_leader(
        self, mortal: Cluster, prefix: str
    ) -> None:
        leader = mortal.leader()
        space = open_space(f"consul://{leader.netloc},{mortal.netloc}/{prefix}")
        lost = threading.Event()
        lease = Lease(space, 10, lost.set)
        insist(space, Set("a", b"1"))
        space.transact([Lock("a", b"1", lease.session)])
        leader.kill()
        insist(space, Set("b", b"after"))
        until_consul_believes_it_dead(mortal, leader)

        space.renew_session(lease.session)
        assert only(space, "a").session == lease.session
        assert not lost.is_set()
        assert lease.valid
        lease.close()
        space.close()

    def test_who_waits_goes_on_waiting_when_the_leader_dies(self, mortal: Cluster, prefix: str) -> None:
        leader = mortal.leader()
        space = open_space(f"consul://{leader.netloc},{mortal.netloc}/{prefix}")
        other = open_space(mortal.url(prefix))
        index = space.transact([Set("bell/1", b"0")])
        found: list[int] = []

        def wait() -> None:
            deadline = time.monotonic() + PATIENCE
            while not found and time.monotonic() < deadline:
                try:
                    found.extend(new for new in [space.wait("bell/", index, 5)] if new > index)
                except SpaceUnavailable:
                    continue

        thread = threading.Thread(target=wait)
        thread.start()
        leader.kill()
        insist(other, Set("bell/1", b"1"))
        thread.join()
        assert found
        space.close()
        other.close()

    def test_a_renewal_goes_to_the_next_agent_when_one_falls_silent(
        self, line: Proxy, one_consul: Cluster, prefix: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Within the same call, however much of its patience the first has used up."""
        monkeypatch.setattr(consul, "HASTE", 0.3)
        space = open_space(f"consul://{line.netloc},{one_consul.netloc}/{prefix}")
        session = space.open_session(10)
        line.answers = Answers.SILENCE
        space.renew_session(session)
        assert line.lost == 1
        space.close()

    def test_an_agent_that_freezes_does_not_cost_the_lease(self, mortal: Cluster, prefix: str) -> None:
        follower = next(server for server in mortal.servers if server is not mortal.leader())
        space = open_space(f"consul://{follower.netloc},{mortal.netloc}/{prefix}")
        lost = threading.Event()
        lease = Lease(space, 10, lost.set)
        space.transact([Lock("a", b"1", lease.session)])
        with follower.frozen():
            assert not lost.wait(10.5)  # longer than it would last without being renewed
            assert lease.valid
        assert only(space, "a").session == lease.session
        lease.close()
        space.close()

    def test_a_short_lease_outlives_an_agent_that_falls_silent_too(self, one_consul: Cluster, prefix: str) -> None:
        server = one_consul.servers[0]
        with (
            proxy(server.address, server.port) as first,
            closing(open_space(f"consul://{first.netloc},{server.netloc}/{prefix}")) as space,
        ):
            lost = threading.Event()
            lease = Lease(space, 2, lost.set)
            with first.silent():
                assert not lost.wait(3)
                assert lease.valid
            lease.close()

    def test_a_leader_that_was_frozen_and_replaced_does_not_tell_what_was_true_before(
        self, mortal: Cluster, prefix: str
    ) -> None:
        leader = mortal.leader()
        others = ",".join(server.netloc for server in mortal.servers if server is not leader)
        deposed, space = open_space(f"consul://{leader.netloc}/{prefix}"), open_space(f"consul://{others}/{prefix}")
        space.transact([Set("a", b"before")])
        assert only(deposed, "a").value == b"before"
        with leader.frozen():
            insist(space, Set("a", b"after"))
        assert only(deposed, "a").value == b"after"
        deposed.close()
        space.close()

    def test_without_a_majority_it_is_unavailable_and_afterwards_it_works_again(
        self, mortal: Cluster, prefix: str
    ) -> None:
        space = open_space(mortal.url(prefix))
        space.transact([Set("a", b"1")])
        for server in mortal.servers:
            server.kill()
        for act in (lambda: space.transact([Set("a", b"2")]), lambda: space.read(["a"]), lambda: space.open_session(9)):
            with pytest.raises(SpaceUnavailable, match=r"Consul does not answer: .*Connection refused") as caught:
                act()
            assert all(server.netloc in str(caught.value) for server in mortal.servers)
        mortal.start()
        insist(space, Set("a", b"3"))
        assert only(space, "a").value == b"3"
        space.close()


def until_consul_believes_it_dead(cluster: Cluster, dead: Server) -> None:
    """Then it ends the sessions that belong to that server's node."""
    witness = next(server for server in cluster.servers if server is not dead)
    deadline = time.monotonic() + PATIENCE
    while True:
        checks = cluster.request(witness, "GET", f"/v1/health/node/{dead.name}").json()
        if any(check["CheckID"] == "serfHealth" and check["Status"] == "critical" for check in checks):
            return
        assert time.monotonic() < deadline, checks
        time.sleep(0.1)


def test_a_server_without_a_leader_takes_nothing_and_says_so(tmp_path: Path) -> None:
    """It has surely not applied anything: the outcome is known, so nobody repeats it for ever."""
    with cluster(tmp_path / "c", servers=2) as found:
        leader = found.leader()
        (survivor,) = (server for server in found.servers if server is not leader)
        space = open_space(f"consul://{survivor.netloc}/x")
        leader.kill()
        with contextlib.suppress(SpaceUnavailable, UnknownOutcome):  # it may be passed on to the leader as that dies
            space.transact([Set("a", b"1")])
        with pytest.raises(SpaceUnavailable, match="No cluster leader"):
            space.transact([Set("a", b"2")])
        space.close()


def test_it_cannot_be_opened_where_nobody_listens() -> None:
    with pytest.raises(SpaceUnavailable, match=r"does not answer: 127\.0\.0\.1:1: .*Connection refused"):
        open_space("consul://127.0.0.1:1")
