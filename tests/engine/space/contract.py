"""The promises of the space: the one suite that every backend passes.

A backend's test file gives a fixture ``open_client`` that opens a further client on the same, fresh store each time it
is called: races need several clients.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import ClassVar

import pytest

from engine.space.base import Entry, Space
from engine.space.errors import Conflict, SessionLost, SpaceError, TooLarge
from engine.space.lease import Lease
from engine.space.verbs import (
    MAX_BYTES,
    MAX_VERBS,
    Cas,
    CheckIndex,
    CheckNotExists,
    CheckSession,
    Delete,
    Lock,
    Set,
    Unlock,
    Verb,
)
from tests.engine.space.clients import CLIENTS, OpenClient, at_once, only, refused
from tests.engine.space.linda_contract import LindaContract


class TransactionContract:
    def test_what_was_set_is_read_back_with_the_index_of_its_transaction(self, space: Space) -> None:
        index = space.transact([Set("a/1", b"one"), Set("a/2", "zwölf".encode())])

        assert only(space, "a/1") == Entry("a/1", b"one", index)
        assert only(space, "a/2") == Entry("a/2", "zwölf".encode(), index)

    def test_the_index_rises_with_every_transaction(self, space: Space) -> None:
        assert space.transact([Set("a", b"1")]) < space.transact([Set("b", b"1")]) < space.transact([Set("a", b"2")])

    def test_missing_keys_are_absent_from_what_is_read(self, space: Space) -> None:
        space.transact([Set("a", b"")])

        assert set(space.read(["a", "b"])) == {"a"}

    def test_all_verbs_are_applied_or_none(self, space: Space) -> None:
        space.transact([Set("a", b"old")])

        assert refused(
            space, Set("a", b"new"), Set("b", b"new"), Delete("a"), CheckNotExists("a"), Cas("c", b"", 7)
        ) == {4}
        assert only(space, "a").value == b"old"
        assert space.keys("") == ["a"]

    def test_every_verb_that_fails_is_named(self, space: Space) -> None:
        space.transact([Set("a", b"1")])

        assert refused(space, CheckNotExists("a"), Set("b", b""), Cas("a", b"2", 99), CheckIndex("b", 99)) == {0, 2, 3}

    def test_later_verbs_see_what_earlier_ones_wrote(self, space: Space) -> None:
        space.transact([Set("a", b"1"), Delete("a"), CheckNotExists("a"), Set("a", b"2")])

        assert only(space, "a").value == b"2"

    def test_cas_with_index_0_only_creates(self, space: Space) -> None:
        space.transact([Cas("a", b"1", 0)])

        assert refused(space, Cas("a", b"2", 0)) == {0}
        assert only(space, "a").value == b"1"

    def test_cas_needs_the_very_index(self, space: Space) -> None:
        first = space.transact([Set("a", b"1")])
        space.transact([Cas("a", b"2", first)])

        assert refused(space, Cas("a", b"3", first)) == {0}
        assert only(space, "a").value == b"2"

    def test_check_index_fails_for_a_missing_key(self, space: Space) -> None:
        assert refused(space, CheckIndex("a", 0)) == {0}

    def test_deleting_what_is_not_there_is_no_error(self, space: Space) -> None:
        space.transact([Delete("a")])

        assert space.keys("") == []

    def test_too_many_verbs_are_refused_and_nothing_is_applied(self, space: Space) -> None:
        space.transact([Set(f"a/{i}", b"") for i in range(MAX_VERBS)])

        with pytest.raises(TooLarge, match=f"{MAX_VERBS + 1} verbs"):
            space.transact([Set(f"b/{i}", b"") for i in range(MAX_VERBS + 1)])
        assert space.keys("b/") == []

    def test_too_many_bytes_are_refused_and_nothing_is_applied(self, space: Space) -> None:
        with pytest.raises(TooLarge, match="bytes"):
            space.transact([Set("a", b"x" * (MAX_BYTES + 1))])
        with pytest.raises(TooLarge, match="bytes"):
            space.transact([Set("a", b"x" * (MAX_BYTES // 2)), Set("b", b"x" * (MAX_BYTES // 2))])
        assert space.keys("") == []

    def test_what_is_within_the_limits_is_taken(self, space: Space) -> None:
        session = space.open_session(30)
        space.transact([Set("a", b"x" * (MAX_BYTES - 100))])
        names = [f"{'long' * 20}/{number}" for number in range(MAX_VERBS)]
        each = MAX_BYTES // MAX_VERBS - len(names[-1]) - 64
        space.transact([Lock(name, b"\xff" * each, session) for name in names])

        assert {len(entry.value) for entry in space.read(names).values()} == {each}

    def test_any_bytes_can_be_a_value(self, space: Space) -> None:
        value = bytes(range(256))
        space.transact([Set("a", value)])

        assert only(space, "a").value == value

    def test_of_several_clients_that_cas_at_once_one_wins(self, open_client: OpenClient) -> None:
        index = open_client().transact([Set("a", b"start")])

        def act(client: Space, number: int) -> bool:
            try:
                client.transact([Cas("a", str(number).encode(), index)])
            except Conflict:
                return False
            return True

        assert at_once(open_client, act).count(True) == 1

    def test_counting_by_cas_loses_nothing(self, open_client: OpenClient) -> None:
        open_client().transact([Set("n", b"0")])

        def act(client: Space, number: int) -> None:
            for _ in range(10):
                while True:
                    entry = only(client, "n")
                    try:
                        client.transact([Cas("n", str(int(entry.value) + 1).encode(), entry.index)])
                    except Conflict:
                        continue
                    break

        at_once(open_client, act)
        assert only(open_client(), "n").value == str(10 * CLIENTS).encode()

    def test_what_is_read_together_is_of_one_moment(self, open_client: OpenClient) -> None:
        writer, reader = open_client(), open_client()
        writer.transact([Set("a", b"0"), Set("b", b"0")])
        done = threading.Event()

        def write() -> None:
            for number in range(300):
                writer.transact([Set("a", str(number).encode()), Set("b", str(number).encode())])
            done.set()

        thread = threading.Thread(target=write)
        thread.start()
        while not done.is_set():
            found = reader.read(["a", "b"])
            assert found["a"].value == found["b"].value
        thread.join()


class ListingContract:
    def test_entries_are_those_below_the_prefix_in_order(self, space: Space) -> None:
        for key in ("b/2", "a/1", "b/10", "b", "ba/1", "b/1"):
            space.transact([Set(key, key.encode())])

        assert [entry.key for entry in space.entries("b/")] == ["b/1", "b/10", "b/2"]
        assert [entry.value for entry in space.entries("b/1")] == [b"b/1", b"b/10"]
        assert space.keys("b/") == ["b/1", "b/10", "b/2"]
        assert space.entries("c") == []

    def test_the_index_of_a_prefix_is_the_highest_below_it(self, space: Space) -> None:
        assert space.index("a/") == 0
        space.transact([Set("a/1", b"")])
        index = space.transact([Set("a/2", b"")])
        space.transact([Set("b/1", b"")])

        assert space.index("a/") == index


class WaitContract:
    def test_waiting_ends_when_another_client_changes_something_below_the_prefix(self, open_client: OpenClient) -> None:
        waiter, other = open_client(), open_client()
        index = waiter.transact([Set("bell/1", b"0")])
        timer = threading.Timer(0.2, lambda: other.transact([Set("bell/2", b"1")]))
        timer.start()
        started = time.monotonic()

        assert waiter.wait("bell/", index, 30) > index
        assert time.monotonic() - started < 5

    def test_a_change_that_came_before_ends_the_wait_at_once(self, space: Space) -> None:
        index = space.transact([Set("bell/1", b"0")])
        later = space.transact([Set("bell/1", b"1")])

        assert space.wait("bell/", index, 30) == later

    def test_without_a_change_it_ends_with_the_time(self, open_client: OpenClient) -> None:
        waiter, other = open_client(), open_client()
        index = waiter.transact([Set("bell/1", b"0")])
        other.transact([Set("other/1", b"1")])

        assert waiter.wait("bell/", index, 0.2) <= index

    def test_the_end_of_a_session_wakes_who_waits_for_what_it_held(self, open_client: OpenClient) -> None:
        waiter, holder = open_client(), open_client()
        session = holder.open_session(30)
        index = holder.transact([Lock("bell/worker/1", b"here", session)])
        threading.Timer(0.2, lambda: holder.close_session(session)).start()

        assert waiter.wait("bell/", index, 30) > index

    def test_no_ring_is_missed_however_fast_they_come(self, open_client: OpenClient) -> None:
        """The index is read before looking, so what comes between looking and waiting ends the wait."""
        waiter, ringer = open_client(), open_client()
        ringer.transact([Set("bell/1", b"start")])
        rings = 200

        def ring() -> None:
            for number in range(rings):
                ringer.transact([Set("bell/1", f"{number}".encode()), Set("n", f"{number}".encode())])

        thread = threading.Thread(target=ring)
        thread.start()
        seen = -1
        while seen < rings - 1:
            index = waiter.index("bell/")
            found = waiter.read(["n"]).get("n")
            seen = int(found.value) if found else -1
            if seen < rings - 1:
                assert waiter.wait("bell/", index, 20) > index
        thread.join()


class SessionContract:
    def test_a_lock_keeps_other_sessions_out(self, open_client: OpenClient) -> None:
        one, two = open_client(), open_client()
        first, second = one.open_session(30), two.open_session(30)
        one.transact([Lock("a", b"1", first)])

        assert refused(two, Lock("a", b"2", second)) == {0}
        assert only(two, "a").session == first

    def test_the_holder_may_lock_again_and_change_the_value(self, space: Space) -> None:
        session = space.open_session(30)
        space.transact([Lock("a", b"1", session)])
        space.transact([Lock("a", b"2", session)])

        found = only(space, "a")
        assert (found.value, found.lock_index, found.session) == (b"2", 1, session)

    def test_the_lock_index_counts_the_sessions_that_took_it(self, space: Space) -> None:
        space.transact([Set("a", b"")])
        assert only(space, "a").lock_index == 0
        for expected in (1, 2, 3):
            session = space.open_session(30)
            space.transact([Lock("a", b"x", session)])
            assert only(space, "a").lock_index == expected
            space.close_session(session)
            assert only(space, "a").lock_index == expected

    def test_locking_and_unlocking_raise_the_index(self, space: Space) -> None:
        """A take is guarded by the index: whoever saw the tuple free must not take it after it was taken and freed."""
        session = space.open_session(30)
        free = space.transact([Set("a", b"same")])
        locked = space.transact([Lock("a", b"same", session)])
        assert only(space, "a").index == locked > free
        unlocked = space.transact([Unlock("a", b"same", session)])
        assert only(space, "a").index == unlocked > locked

        assert refused(space, CheckIndex("a", free), Lock("a", b"same", session)) == {0}

    def test_locking_creates_a_missing_key(self, space: Space) -> None:
        session = space.open_session(30)
        space.transact([Lock("a", b"1", session)])

        assert only(space, "a").session == session

    def test_unlocking_needs_the_lock(self, open_client: OpenClient) -> None:
        one, two = open_client(), open_client()
        first, second = one.open_session(30), two.open_session(30)
        one.transact([Lock("a", b"1", first)])

        assert refused(two, Unlock("a", b"2", second)) == {0}
        one.transact([Unlock("a", b"3", first)])
        found = only(two, "a")
        assert (found.value, found.session) == (b"3", None)
        assert refused(one, Unlock("a", b"4", first)) == {0}

    def test_check_session_is_true_for_the_holder_only(self, space: Space) -> None:
        first, second = space.open_session(30), space.open_session(30)
        space.transact([Lock("a", b"1", first), Set("b", b"")])
        space.transact([CheckSession("a", first), Set("a", b"2")])

        assert refused(space, CheckSession("a", second)) == {0}
        assert refused(space, CheckSession("b", first)) == {0}
        assert refused(space, CheckSession("missing", first)) == {0}

    def test_setting_keeps_the_lock(self, space: Space) -> None:
        session = space.open_session(30)
        space.transact([Lock("a", b"1", session)])
        space.transact([Set("a", b"2")])

        assert only(space, "a").session == session

    def test_closing_a_session_frees_what_it_held_and_raises_the_index(self, open_client: OpenClient) -> None:
        one, two = open_client(), open_client()
        session = one.open_session(30)
        index = one.transact([Lock("a", b"1", session), Lock("b", b"1", session)])
        one.close_session(session)

        for key in ("a", "b"):
            found = only(two, key)
            assert found.session is None
            assert found.index > index
            assert found.value == b"1"
        one.close_session(session)  # again: no error

    def test_a_closed_session_can_do_nothing(self, space: Space) -> None:
        session = space.open_session(30)
        space.transact([Lock("a", b"1", session)])
        space.close_session(session)

        with pytest.raises(Conflict) as caught:
            space.transact([Lock("a", b"2", session)])
        assert caught.value.session_ended
        assert refused(space, CheckSession("a", session)) == {0}
        with pytest.raises(SessionLost):
            space.renew_session(session)

    def test_of_several_sessions_that_take_one_tuple_at_once_one_wins(self, open_client: OpenClient) -> None:
        index = open_client().transact([Set("a", b"free")])

        def act(client: Space, number: int) -> bool:
            session = client.open_session(30)
            try:
                client.transact([CheckIndex("a", index), Lock("a", b"taken", session)])
            except Conflict:
                return False
            return True

        assert at_once(open_client, act).count(True) == 1


class ExpiryContract:
    """For stores whose sessions may be as short as a test can wait for.

    A backend's class says how short, and how soon the store has ended a session that was not renewed.
    """

    TTL: ClassVar[float] = 0.4
    ENDED: ClassVar[float] = 1.5  # times the TTL

    def test_a_session_that_is_not_renewed_ends(self, open_client: OpenClient) -> None:
        one, two = open_client(), open_client()
        session = one.open_session(self.TTL)
        one.transact([Lock("a", b"1", session)])
        time.sleep(self.TTL * self.ENDED)
        two.reap()

        assert only(two, "a").session is None
        with pytest.raises(SessionLost):
            one.renew_session(session)
        with pytest.raises(Conflict) as caught:
            one.transact([Lock("a", b"2", session)])
        assert caught.value.session_ended

    def test_an_overdue_session_can_commit_nothing_even_before_it_is_reaped(self, space: Space) -> None:
        session = space.open_session(self.TTL)
        space.transact([Lock("a", b"1", session)])
        time.sleep(self.TTL * self.ENDED)

        assert 0 in refused(space, CheckSession("a", session), Set("b", b"late"))
        assert space.read(["b"]) == {}

    def test_a_lease_keeps_its_session_alive(self, open_client: OpenClient) -> None:
        space, other = open_client(), open_client()
        lease = Lease(space, self.TTL * 1.5, lambda: None)
        space.transact([Lock("a", b"1", lease.session)])
        until = time.monotonic() + self.TTL * 1.5 * (self.ENDED + 1)
        while time.monotonic() < until:
            time.sleep(self.TTL / 3)
            other.reap()
            assert lease.valid
        assert only(other, "a").session == lease.session
        lease.close()
        assert only(other, "a").session is None

    def test_the_loss_of_a_lease_is_told(self, open_client: OpenClient) -> None:
        space, other = open_client(), open_client()
        lost = threading.Event()
        lease = Lease(space, self.TTL * 1.5, lost.set)
        other.close_session(lease.session)

        assert lost.wait(5)
        assert not lease.valid
        lease.abandon()


class SpaceContract(TransactionContract, ListingContract, WaitContract, SessionContract, LindaContract):
    """Everything but expiry."""


def outcome(space: Space, verbs: Sequence[Verb]) -> tuple[str, object]:
    """What became of a transaction, in a form that two backends can be compared by."""
    try:
        space.transact(verbs)
    except Conflict as conflict:
        return "refused", frozenset(conflict.positions)
    except SpaceError as error:
        return "error", type(error).__name__
    return "done", None
