"""Where the blocks of a drawing stand."""

from __future__ import annotations

import time
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manager.layout import Layout, Link, Size, laid_out


def blocks(*names: str) -> dict[str, Size]:
    return {name: Size(100, 50) for name in names}


def column(layout: Layout, name: str) -> float:
    return layout.corners[name][0]


def test_a_block_stands_left_of_all_that_it_leads_to() -> None:
    layout = laid_out(blocks("a", "b", "c", "d"), [("a", "b"), ("b", "d"), ("d", "c"), ("a", "c")])

    assert sorted("abcd", key=lambda name: column(layout, name)) == ["a", "b", "d", "c"]


def test_what_nothing_leads_to_stands_beside_where_it_leads() -> None:
    layout = laid_out(blocks("a", "b", "c", "late"), [("a", "b"), ("b", "c"), ("late", "c")])

    assert column(layout, "late") == column(layout, "b")


def test_a_circle_is_drawn_all_the_same() -> None:
    layout = laid_out(blocks("a", "b", "c"), [("a", "b"), ("b", "c"), ("c", "a"), ("a", "a")])

    assert len({column(layout, name) for name in "abc"}) == 3


def test_a_link_that_passes_a_column_passes_between_its_blocks() -> None:
    layout = laid_out(blocks("a", "b", "c"), [("a", "b"), ("b", "c"), ("a", "c")])
    ((left, right, y),) = layout.passes[2]

    assert (layout.passes[0], layout.passes[1]) == ([], [])
    assert (left, right) == (column(layout, "b"), column(layout, "b") + 100)
    assert not layout.corners["b"][1] <= y <= layout.corners["b"][1] + 50


def test_links_of_one_block_pass_a_column_together() -> None:
    layout = laid_out(blocks("a", "b", "c", "d"), [("a", "b"), ("b", "c"), ("b", "d"), ("a", "c"), ("a", "d")])

    assert layout.passes[3] == layout.passes[4] != []


def test_many_blocks_without_links_fill_several_columns() -> None:
    layout = laid_out(blocks(*(f"n{i}" for i in range(200))), [])

    assert 0.3 < layout.width / layout.height < 3


def test_nothing_gives_an_empty_drawing() -> None:
    layout = laid_out({}, [])

    assert (layout.corners, layout.width) == ({}, 0)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(20, 200), st.integers(20, 300)), min_size=1, max_size=25),
    st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=60),
)
def test_no_two_blocks_overlap_and_all_are_inside(sizes: list[tuple[int, int]], pairs: list[tuple[int, int]]) -> None:
    names = {f"n{number}": Size(*size) for number, size in enumerate(sizes)}
    links: list[Link] = [(f"n{a % len(sizes)}", f"n{b % len(sizes)}") for a, b in pairs]
    layout = laid_out(names, links)

    assert set(layout.corners) == set(names)
    assert len(layout.passes) == len(links)
    for name, (x, y) in layout.corners.items():
        assert x >= 0
        assert y >= -1e-6
        assert x + names[name].width <= layout.width + 1e-6
        assert y + names[name].height <= layout.height + 1e-6
    for (one, (x, y)), (other, (left, top)) in combinations(layout.corners.items(), 2):
        apart = x + names[one].width <= left or left + names[other].width <= x
        assert apart or y + names[one].height <= top + 1e-6 or top + names[other].height <= y + 1e-6, (one, other)


@pytest.mark.parametrize("count", [5000])
def test_a_large_chain_and_a_large_star_are_laid_out_in_seconds(count: int) -> None:
    names = [f"n{number}" for number in range(count)]
    started = time.perf_counter()
    chain = laid_out(blocks(*names), list(pairwise(names)))
    star = laid_out(blocks(*names), [(names[0], name) for name in names[1:]])
    both = laid_out(blocks(*names), [*pairwise(names), *((names[0], name) for name in names[2:])])

    assert time.perf_counter() - started < 30
    assert len({x for x, _ in chain.corners.values()}) == len({x for x, _ in both.corners.values()}) == count
    assert star.height < count * 10
