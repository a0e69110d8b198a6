"""The benchmark of the page measures something; what it comes to is no test."""

from playwright.sync_api import Browser

from benchmarks.page import watched
from tests.ui.site import Site


def test_the_benchmark_sees_states_after_they_were_committed(site: Site, browser: Browser) -> None:
    delays = watched(site, browser, "benched")
    assert delays
    assert min(delays) > -1  # times of the browser are whole milliseconds
