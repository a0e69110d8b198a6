"""Two thousand node instances are looked at without being drawn one by one."""

from pathlib import Path

from playwright.sync_api import Page, Response, expect

from tests.support.gates import opened
from tests.ui.site import Site
from tests.ui.test_models import packed

FOLDED = "front \N{MULTIPLICATION SIGN} 1000: 1000 {}"


def test_two_thousand_node_instances_fold_into_one_box_each_kind_and_unfold_on_demand(
    site: Site, page: Page, tmp_path: Path, screenshot: None
) -> None:
    site.upload("large", packed())
    site.create("large", gates=str(tmp_path), servers=1000)
    received = 0

    def count(response: Response) -> None:
        nonlocal received
        if "/instance/" in response.url and "/ui/" not in response.url:
            received += len(response.body())

    page.on("response", count)
    page.goto(site.page("instances", "large", "i"))
    stack = page.get_by_role("button", name=FOLDED.format("initial"))
    expect(stack).to_have_attribute("aria-expanded", "false")
    expect(page.locator("[data-box]")).to_have_count(4)

    execution = site.execute("large")  # the servers start, everything else waits for the database
    expect(page.get_by_role("button", name=FOLDED.format("started"))).to_be_visible()
    site.call("POST", f"/exec/{execution}/cancel")
    opened(tmp_path, "database")
    site.ended(execution)

    page.get_by_role("button", name=FOLDED.format("started")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="front[100] … 199: 100 started")).to_be_visible()
    page.get_by_role("button", name="front[100] … 199: 100 started").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="front[110] … 119: 10 started")).to_be_visible()
    page.get_by_role("button", name="front[110] … 119: 10 started").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="app[117,0]", exact=False)).to_be_visible()
    assert 0 < received < 100_000
