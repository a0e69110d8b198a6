"""An instance as a graph that lives."""

from playwright.sync_api import Page, expect

from tests.ui.site import Site


def test_the_example_is_watched_from_its_first_state_to_19_started(site: Site, page: Page, screenshot: None) -> None:
    site.example("watched")
    page.goto(site.page("instances", "watched", "i"))
    expect(page.locator("[data-box][data-state=initial]")).to_have_count(19)

    site.execute("watched")

    expect(page.get_by_role("heading", name="i", exact=True)).to_be_visible()
    expect(page.locator("[data-box][data-state=started]")).to_have_count(19)
    expect(page.get_by_role("button", name="A[2,1]: started")).to_be_visible()
    expect(page.locator(".heading")).to_contain_text("19 started")
