"""The way back through a network is the way forth, backwards."""

from hypothesis import given
from hypothesis import strategies as st

from engine.rete.causes import Causes, Passing, sources
from engine.rete.condition import Condition
from engine.rete.production import Feed, Production, Step, Wiring


@given(st.sampled_from(list(Wiring)), st.integers(1, 6), st.integers(1, 30))
def test_an_instance_is_a_source_of_just_those_that_it_feeds(wiring: Wiring, n: int, count: int) -> None:
    count = n if wiring is Wiring.STRIDE else count  # a stride is as long as there are sources
    feed = Feed("target", 0, wiring, n, limit=40)
    forth = {(source, target) for source in range(count) for target in feed.targets(source)}
    targets = {target for _, target in forth}
    back = {(source, target) for target in targets for source in sources(feed, target, count)}
    assert back == forth


def test_what_a_step_comes_after_are_its_inputs_and_the_step_ahead() -> None:
    feeds = {0: (Feed("b", 1, Wiring.ALL, 1),)}
    causes = Causes([Production("a", 2, (Step(),), feeds), Production("b", 1, (Step(), Step(Condition(2))))])
    assert list(causes.of(Passing("b", 0, 1))) == [Passing("a", 0, 0), Passing("a", 1, 0)]
    assert list(causes.before(Passing("b", 0, 1))) == [Passing("b", 0, 0), Passing("a", 0, 0), Passing("a", 1, 0)]
    assert list(causes.before(Passing("a", 0, 0))) == []
