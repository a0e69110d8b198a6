"""Everybody can use the page: by keyboard, with a screen reader, on a telephone, in the light and in the dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.gates import opened
from tests.ui.conftest import SCREENSHOTS
from tests.ui.site import EXAMPLES, Site
from tests.ui.test_models import WRONG, archive, drop, packed

WIDTHS = (360, 768, 1280, 3840)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def places(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All kinds of places, with something to be seen at each of them."""
    folder = tmp_path_factory.mktemp("gates")
    site.upload("accessible", packed())
    site.create("accessible", gates=str(folder))
    opened(folder, "database", fail=True)
    execution = site.execute("accessible")
    site.ended(execution)
    return {
        "models": site.page("models"),
        "model": site.page("models", "accessible"),
        "instances": site.page("instances"),
        "instance": site.page("instances", "accessible", "i"),
        "executions": site.page("executions"),
        "execution": site.page("executions", execution),
        "workers": site.page("workers"),
        "nowhere": site.page("nowhere"),
    }


KINDS = ("models", "model", "instances", "instance", "executions", "execution", "workers", "nowhere")


def findings(page: Page, axe: str) -> list[Any]:
    """What axe-core finds that is serious or critical, in the light or in the dark."""
    page.evaluate(axe)
    found: list[Any] = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += page.evaluate(
            """async () => (await axe.run()).violations
                .filter((violation) => ["serious", "critical"].includes(violation.impact))
                .map((violation) => [violation.id, violation.nodes.map((node) => node.html.slice(0, 200))])"""
        )
    return found


@pytest.fixture(scope="session")
def axe(npm_packages: Path) -> str:
    return (npm_packages / "axe-core" / "axe.min.js").read_text()


def settled(page: Page, kind: str) -> None:
    """Wait until a place shows what it has to show."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    seen = {"instance": "[data-box][data-state=error]", "model": "[data-box]", "execution": "[data-bar]"}.get(kind)
    if seen is not None:
        expect(page.locator(seen).first).to_be_visible()
    elif kind != "nowhere":
        expect(page.locator("table.list tbody tr").first).to_be_visible()


def test_axe_finds_nothing_serious_on_any_page(page: Page, places: dict[str, str], axe: str) -> None:
    found = {}
    for kind in KINDS:
        page.goto(places[kind])
        settled(page, kind)
        found[kind] = findings(page, axe)
    assert found == {kind: [] for kind in KINDS}


def test_axe_finds_nothing_serious_in_panels_dialogs_and_problems(page: Page, places: dict[str, str], axe: str) -> None:
    found = []
    page.goto(places["instance"])
    page.get_by_role("button", name="database[0,0]: error").click()
    page.get_by_role("button", name="failed start").click()
    expect(page.get_by_role("region", name="Log of start")).to_contain_text("the gate says shut")
    found += findings(page, axe)
    page.get_by_role("button", name="Resume…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found += findings(page, axe)
    page.goto(places["execution"])
    page.locator("[data-bar][data-state=failed]").click()
    expect(page.get_by_role("complementary")).to_be_visible()
    found += findings(page, axe)
    page.goto(places["models"])
    drop(page, "wrong.zip", archive(WRONG))
    expect(page.get_by_role("alert")).to_be_visible()
    found += findings(page, axe)
    page.goto(places["model"])
    page.get_by_role("button", name="Create an instance…").click()
    expect(page.get_by_role("dialog").get_by_label("servers")).to_be_visible()
    found += findings(page, axe)
    assert found == []


def test_no_page_is_wider_than_its_window(page: Page, places: dict[str, str]) -> None:
    wider = {}
    for kind in KINDS:
        page.set_viewport_size({"width": WIDTHS[0], "height": 740})
        page.goto(places[kind])
        settled(page, kind)
        page.screenshot(path=SCREENSHOTS / f"{kind}-{WIDTHS[0]}.png")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 740})
            wider[kind, width] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert {place: excess for place, excess in wider.items() if excess > 0} == {}


def test_the_graph_fills_a_very_large_window(page: Page, places: dict[str, str]) -> None:
    page.set_viewport_size({"width": 3840, "height": 2160})
    page.goto(places["instance"])
    settled(page, "instance")
    box = page.get_by_role("button", name="front[0]: started").bounding_box()
    assert box is not None
    assert box["width"] > 300
    page.screenshot(path=SCREENSHOTS / "instance-3840.png")


def ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def test_the_theme_follows_the_system_until_one_is_chosen_which_is_remembered(
    browser: Browser, places: dict[str, str]
) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(places["instances"])
    dark = ground(page)
    page.emulate_media(color_scheme="light")
    light = ground(page)
    assert light != dark

    page.get_by_label("Theme").select_option("dark")
    assert ground(page) == dark
    page.reload()
    assert ground(page) == dark
    page.get_by_label("Theme").select_option("system")
    assert ground(page) == light
    context.close()


@pytest.fixture
def focused(page: Page) -> Any:
    """What has the focus, by its name."""
    return lambda: page.evaluate(
        """(({ activeElement: found }) =>
            found.getAttribute("aria-label") ?? (found.querySelector("title") ?? found).textContent.trim())(document)"""
    )


def tab_to(page: Page, focused: Any, name: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if focused() == name:
            return
    raise AssertionError(f"Tab does not lead to {name!r}")


def test_an_example_is_installed_and_a_node_looked_at_by_keyboard_alone(site: Site, page: Page, focused: Any) -> None:
    site.upload("by-keyboard", (EXAMPLES / "appli.zip").read_bytes())
    page.goto(site.page("models", "by-keyboard"))
    expect(page.get_by_role("button", name="Create an instance…")).to_be_enabled()
    tab_to(page, focused, "Create an instance…")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("environment")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert focused() == "Create an instance…"

    page.keyboard.press("Enter")
    expect(dialog.get_by_label("environment")).to_be_visible()
    dialog.get_by_label("Name").focus()
    page.keyboard.type("mine")
    page.keyboard.press("Enter")
    expect(page).to_have_url(site.page("instances", "by-keyboard", "mine"))
    expect(page.locator("[data-box]").first).to_be_visible()

    tab_to(page, focused, "Execute…")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Execute install")).to_be_visible()
    tab_to(page, focused, "Execute install")
    page.keyboard.press("Enter")
    expect(page.locator("[data-box][data-state=started]")).to_have_count(19)

    page.get_by_role("button", name="A[0,0]: started").focus()
    page.keyboard.press("ArrowDown")
    assert focused() == "A[0,1]: started"
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="A[0,1]")
    expect(panel).to_contain_text("succeeded")
    assert focused() == "A[0,1]"
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_the_focus_stays_inside_a_dialog(site: Site, page: Page, places: dict[str, str]) -> None:
    page.goto(places["instance"])
    page.get_by_role("button", name="Execute…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    for _ in range(8):
        page.keyboard.press("Tab")
        # Beyond the dialog there is only the browser itself, which has no element of the page.
        assert page.evaluate(
            "document.activeElement.closest('dialog') !== null || document.activeElement === document.body"
        )


def test_the_graph_is_enlarged_moved_and_fitted(site: Site, page: Page, places: dict[str, str]) -> None:
    page.goto(places["instance"])
    settled(page, "instance")
    drawing = page.locator(".canvas > g")
    fitted = drawing.get_attribute("transform")
    page.get_by_role("button", name="Enlarge").click()
    enlarged = drawing.get_attribute("transform")
    assert enlarged != fitted
    box = page.locator(".canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] - 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + box["height"] - 90, steps=4)
    page.mouse.up()
    assert drawing.get_attribute("transform") not in (enlarged, fitted)
    page.get_by_role("button", name="Fit").click()
    assert drawing.get_attribute("transform") == fitted
    page.locator("[data-box]").first.focus()
    page.keyboard.press("+")
    assert drawing.get_attribute("transform") != fitted
    page.keyboard.press("0")
    assert drawing.get_attribute("transform") == fitted
