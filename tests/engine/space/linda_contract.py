"""The promises of Linda's verbs, on every backend."""

from __future__ import annotations

import threading

import pytest

from engine.space.base import Space
from engine.space.client import Linda
from engine.space.errors import Conflict
from engine.space.tuples import Template, Tuple
from tests.engine.space.clients import FRUIT, OpenClient, at_once


class LindaContract:
    def fruit(self, name: str, lane: int = 0, **content: object) -> Tuple:
        return Tuple(FRUIT, {"lane": lane, "name": name, **content})

    def test_a_tuple_that_was_put_is_read_and_left(self, open_client: OpenClient) -> None:
        Linda(open_client()).out(self.fruit("apple", colour="red", rings=[1, 2]))
        linda = Linda(open_client())

        for _ in range(2):
            found = linda.rdp(Template(FRUIT, lane=0, colour="red"))
            assert found is not None
            assert found.fields == {"lane": 0, "name": "apple", "colour": "red", "rings": [1, 2]}

    def test_templates_match_by_actuals_predicates_and_formals(self, space: Space) -> None:
        linda = Linda(space)
        linda.out(self.fruit("apple", size=3), self.fruit("pear", lane=1, size=5), self.fruit("fig"))

        def names(template: Template) -> list[str]:
            found = linda.rdp(template)
            return [] if found is None else [found.fields["name"]]

        assert names(Template(FRUIT, lane=1)) == ["pear"]
        assert names(Template(FRUIT, name="fig")) == ["fig"]
        assert names(Template(FRUIT, size=lambda size: size > 3)) == ["pear"]
        assert names(Template(FRUIT, lane=0, size=lambda size: size > 3)) == []
        assert names(Template(FRUIT, lane=2)) == []

    def test_odd_names_stay_in_their_place(self, space: Space) -> None:
        linda = Linda(space)
        linda.out(self.fruit("a/b", lane=1), self.fruit("../x", lane=1), self.fruit("ü %", lane=10))

        assert linda.rdp(Template(FRUIT, lane=1, name="a/b")) is not None
        assert linda.rdp(Template(FRUIT, lane=1, name="a")) is None
        found = linda.inp(Template(FRUIT, lane=10))
        assert found is not None
        assert found.fields["name"] == "ü %"

    def test_a_tuple_that_was_taken_is_gone(self, space: Space) -> None:
        linda = Linda(space)
        linda.eval_(self.fruit("apple"))

        assert linda.inp(Template(FRUIT)) is not None
        assert linda.inp(Template(FRUIT)) is None
        assert linda.rdp(Template(FRUIT)) is None

    def test_reading_and_taking_wait_for_a_tuple(self, open_client: OpenClient) -> None:
        waiter, putter = Linda(open_client()), Linda(open_client())
        for verb in (waiter.rd, waiter.in_):
            threading.Timer(0.2, putter.out, [self.fruit("late")]).start()
            found = verb(Template(FRUIT, name="late"), 30)
            assert found is not None
            waiter.inp(Template(FRUIT))
        assert waiter.in_(Template(FRUIT), 0.1) is None
        assert waiter.rd(Template(FRUIT), 0.1) is None

    def test_no_tuple_is_taken_twice_and_none_is_lost(self, open_client: OpenClient) -> None:
        names = [f"n{number}" for number in range(40)]
        Linda(open_client()).out(*(self.fruit(name, lane=number % 3) for number, name in enumerate(names)))

        def act(client: Space, number: int) -> list[str]:
            linda, taken = Linda(client), []
            while (found := linda.inp(Template(FRUIT))) is not None:
                taken.append(found.fields["name"])
            return taken

        taken: list[str] = []
        for some in at_once(open_client, act):
            assert isinstance(some, list)
            taken += some
        assert sorted(taken) == sorted(names)

    def test_what_is_taken_under_a_session_is_held_not_gone(self, open_client: OpenClient) -> None:
        space, other = open_client(), open_client()
        linda = Linda(space, space.open_session(30))
        rival = Linda(other, other.open_session(30))
        linda.out(self.fruit("apple"), self.fruit("fig"))

        held = linda.take([Template(FRUIT)], 1, lambda tuple_: (tuple_.with_(owner="me"), []))
        assert [one.tuple.fields["owner"] for one in held] == ["me"]
        assert [one.tuple.fields["name"] for one in rival.take([Template(FRUIT)], 9)] == ["fig"]
        assert rival.inp(Template(FRUIT)) is None

        space.transact(held[0].consumed())
        with pytest.raises(Conflict):
            space.transact(held[0].consumed())

    def test_a_take_whose_answer_was_lost_is_adopted(self, space: Space) -> None:
        linda = Linda(space, space.open_session(30))
        linda.out(self.fruit("apple"))
        first = linda.take([Template(FRUIT)], 1)

        assert linda.take([Template(FRUIT)], 1) == first
        assert linda.take([Template(FRUIT)], 1, known={first[0].tuple.key}) == []

    def test_what_a_dead_session_held_can_be_taken_with_a_higher_fence(self, open_client: OpenClient) -> None:
        space = open_client()
        dead = Linda(space, space.open_session(30))
        dead.out(self.fruit("apple"))
        (first,) = dead.take([Template(FRUIT)], 1)
        space.close_session(dead.session)
        heir = Linda(space, space.open_session(30))

        (second,) = heir.take([Template(FRUIT)], 1)
        assert second.lock_index > first.lock_index
        with pytest.raises(Conflict):
            space.transact(first.consumed())
        space.transact(second.consumed())

    def test_what_is_given_back_is_free(self, open_client: OpenClient) -> None:
        space = open_client()
        linda, other = Linda(space, space.open_session(30)), Linda(space, space.open_session(30))
        linda.out(self.fruit("apple"))
        (held,) = linda.take([Template(FRUIT)], 1)
        space.transact(held.returned(held.tuple))

        assert len(other.take([Template(FRUIT)], 1)) == 1

    def test_racing_takes_share_the_tuples_out(self, open_client: OpenClient) -> None:
        names = [f"n{number}" for number in range(30)]
        Linda(open_client()).out(*(self.fruit(name) for name in names))

        def act(client: Space, number: int) -> list[str]:
            linda = Linda(client, client.open_session(30))
            taken: list[str] = []
            while held := linda.take([Template(FRUIT)], 3, known=taken):
                for one in held:
                    client.transact(one.consumed())
                    taken.append(one.tuple.fields["name"])
            return taken

        taken: list[str] = []
        for some in at_once(open_client, act):
            assert isinstance(some, list)
            taken += some
        assert sorted(taken) == sorted(names)
