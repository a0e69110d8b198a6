"""The pictures of the docs: made anew at each run, in ``build/screenshots/docs``, to be copied to ``docs/images``."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.running import Up
from tests.support.gates import until
from tests.ui.site import Site

ROOT = Path(__file__).parents[2]
MADE = ROOT / "build" / "screenshots" / "docs"
LARGEST = 150_000  # bytes


@pytest.fixture
def wide(browser: Browser) -> Iterator[Page]:
    """A tab with the proportions of the pictures."""
    page = browser.new_page(viewport={"width": 1200, "height": 760}, color_scheme="light")
    yield page
    page.close()


def taken(page: Page, name: str) -> None:
    MADE.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=MADE / f"{name}.png", animations="disabled")
    assert (MADE / f"{name}.png").stat().st_size < LARGEST


@contextmanager
def halfway(site: Site, up: Up, model: str) -> Iterator[str]:
    """An execution in the middle of which all workers stand still for a moment."""
    execution = site.execute(model)
    until(lambda: site.call("GET", f"/exec/{execution}")["operations"]["done"] > 60, pause=0.01)
    up.signal_workers(signal.SIGSTOP)
    try:
        yield execution
    finally:
        up.signal_workers(signal.SIGCONT)


def test_the_example_while_it_is_installed_and_its_timeline_make_the_pictures_of_the_docs(
    site: Site, up: Up, wide: Page
) -> None:
    site.example("shop")
    wide.goto(site.page("instances", "shop", "i"))
    expect(wide.locator("[data-box][data-state=initial]")).to_have_count(19)
    wide.get_by_role("button", name="C[0,1]").click()
    with halfway(site, up, "shop") as execution:
        expect(wide.locator(".connection")).to_have_text("live")
        expect(wide.get_by_role("complementary").locator(".operation").first).to_be_visible()
        taken(wide, "instance")
    site.ended(execution)
    wide.goto(site.page("executions", execution))
    expect(wide.locator(".bar.critical").first).to_be_visible()
    wide.locator(".bar.critical").last.click()
    expect(wide.get_by_role("region", name="Log of")).to_be_visible()
    taken(wide, "execution")


@pytest.mark.parametrize("name", ["instance", "execution"])
def test_the_docs_have_a_picture_of_it(name: str) -> None:
    picture = ROOT / "docs" / "images" / f"{name}.png"
    assert 0 < picture.stat().st_size < LARGEST
    assert f"images/{name}.png" in (ROOT / "docs" / "ui.md").read_text()
