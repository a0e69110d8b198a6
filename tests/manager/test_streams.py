"""Places for streams."""

import socket

import pytest

from manager.errors import Busy
from manager.streams import Streams


def test_a_stream_passes_on_what_it_is_given() -> None:
    assert list(Streams(1).opened(iter(["a", "b"]))) == ["a", "b"]


def test_when_all_places_are_taken_the_next_is_refused_until_one_is_free() -> None:
    streams = Streams(2)
    first, _ = streams.opened(iter(())), streams.opened(iter(()))
    with pytest.raises(Busy, match="too many streams"):
        streams.opened(iter(()))
    first.close()
    streams.opened(iter(()))


def test_closing_twice_frees_one_place_only() -> None:
    streams = Streams(1)
    place = streams.opened(iter(()))
    place.close()
    place.close()
    streams.opened(iter(()))
    with pytest.raises(Busy):
        streams.opened(iter(()))


def test_a_stream_that_has_nothing_to_tell_ends_when_its_client_has_gone() -> None:
    ours, client = socket.socketpair()
    with ours:
        stream = iter(Streams(1).opened(iter(["a", "", "", "b"]), ours))
        assert [next(stream), next(stream)] == ["a", ""]
        client.close()
        assert list(stream) == []
