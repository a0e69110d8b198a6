"""Whose request it is, as far as a request without a token tells."""

import socket

import pytest
from werkzeug.datastructures import Headers

from manager.access.origin import direct, is_loopback, our_name, our_page


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "LocalHost"]
)
def test_this_machine_alone_is_loopback(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org"])
def test_what_others_can_reach_is_not_loopback(address: str) -> None:
    assert not is_loopback(address)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Host"])
def test_a_request_that_a_proxy_passes_on_was_not_made_here(name: str) -> None:
    assert direct("127.0.0.1", Headers())
    assert not direct("127.0.0.1", Headers({name: "127.0.0.1"}))
    assert not direct("10.0.0.1", Headers())
    assert not direct(None, Headers())


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:5000", "127.0.0.1:5000", "[::1]:5000", "10.1.2.3", "m1.lan", "here:80", "LOCALHOST.", ""],
)
def test_addresses_and_names_of_ours_are_for_us(host: str) -> None:
    assert our_name(host, "here", ["m1.lan"])


def test_the_name_of_the_machine_is_ours() -> None:
    assert our_name(socket.gethostname(), "0.0.0.0", [])


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:5000", "127.0.0.1.evil.example", "[::1", "a b", "@x"]
)
def test_any_other_name_is_not(host: str) -> None:
    assert not our_name(host, "127.0.0.1", ["m1.lan"])
    assert our_name(host, "127.0.0.1", ["*"])


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"Origin": "http://localhost:5000"}, True),
        ({"Origin": "https://localhost:5000", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://localhost:3000"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://[x"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://localhost:5000", "Sec-Fetch-Site": "cross-site"}, False),
    ],
)
def test_only_our_own_pages_may_change_something(headers: dict[str, str], ours: bool) -> None:
    assert our_page("localhost:5000", Headers(headers)) is ours
