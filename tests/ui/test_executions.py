"""Executions: begun, watched, cancelled, resumed; what failed and what waits is told."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.gates import opened
from tests.ui.site import Site
from tests.ui.test_models import packed

_numbers = count(1)


@pytest.fixture
def gated(site: Site, tmp_path: Path) -> str:
    """An instance whose starts wait at gates in the test's folder; the name of its model."""
    name = f"gated{next(_numbers)}"
    site.upload(name, packed())
    site.create(name, gates=str(tmp_path))
    return name


def test_the_log_of_a_failed_operation_is_read_and_the_execution_resumed_to_its_end(
    site: Site, page: Page, gated: str, tmp_path: Path, screenshot: None
) -> None:
    opened(tmp_path, "app")
    opened(tmp_path, "database", fail=True)
    site.ended(site.execute(gated))
    page.goto(site.page("instances", gated, "i"))

    page.get_by_role("button", name="database[0,0]: error").click()
    panel = page.get_by_role("complementary", name="database[0,0]")
    panel.get_by_role("button", name="failed start").click()
    expect(panel.get_by_role("region", name="Log of start")).to_contain_text("the gate says shut")
    expect(panel).to_contain_text("exit code 1")

    opened(tmp_path, "database")
    page.get_by_role("button", name="Resume…").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(page.locator("[data-box][data-state=started]")).to_have_count(6)
    expect(panel.get_by_role("button", name="succeeded start")).to_be_visible()


def test_what_a_node_waits_for_is_told_in_words(site: Site, page: Page, gated: str, tmp_path: Path) -> None:
    execution = site.execute(gated)
    page.goto(site.page("instances", gated, "i"))
    expect(page.get_by_role("button", name="app[0,0]: configured")).to_be_visible()
    page.get_by_role("button", name="app[0,0]: configured").click()
    panel = page.get_by_role("complementary", name="app[0,0]")
    expect(panel).to_contain_text("app[0,0] waits for database[0,0] to be started")
    expect(panel.get_by_role("button", name="waiting start")).to_be_visible()

    page.goto(site.page("executions", execution))
    expect(page.get_by_role("listitem").filter(has_text="app[1,0] waits for database[0,0]")).to_be_visible()
    opened(tmp_path, "database", "app")
    expect(page.locator(".heading")).to_contain_text("succeeded")
    site.ended(execution)


def test_an_execution_is_cancelled_and_resumed_from_the_page(
    site: Site, page: Page, gated: str, tmp_path: Path
) -> None:
    site.execute(gated)
    page.goto(site.page("instances", gated, "i"))
    expect(page.get_by_role("button", name="database[0,0]: starting")).to_be_visible()

    page.get_by_role("button", name="Cancel…").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the execution").click()
    expect(page.locator(".under-way")).to_contain_text("cancelling")
    opened(tmp_path, "database", "app")
    expect(page.locator("main")).to_contain_text("cancelled")

    page.get_by_role("button", name="Resume…").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(page.locator("[data-box][data-state=started]")).to_have_count(6)


def test_a_workflow_is_chosen_and_executed(site: Site, page: Page) -> None:
    site.example("chosen-workflow", "minimal")
    page.goto(site.page("instances", "chosen-workflow", "i"))
    page.get_by_role("button", name="Execute…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Workflow").select_option("install")
    dialog.get_by_role("button", name="Execute install").click()
    expect(page.locator(".heading")).to_contain_text("started")
    expect(page.get_by_role("link", name="install").first).to_be_visible()


def test_a_workflow_with_inputs_asks_for_them_and_tells_what_is_wrong_with_them(site: Site, page: Page) -> None:
    site.example("asking", "workflows")
    site.ended(site.execute("asking"))
    page.goto(site.page("instances", "asking", "i"))
    page.get_by_role("button", name="Execute…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Workflow").select_option("backup")
    dialog.get_by_label("label").fill("Not a Label")
    dialog.get_by_role("button", name="Execute backup").click()
    expect(dialog.get_by_role("alert")).to_contain_text("input 'label'")
    dialog.get_by_label("label").fill("nightly")
    dialog.get_by_role("button", name="Execute backup").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("link", name="backup").first).to_be_visible()


def test_a_button_that_the_state_forbids_says_why(site: Site, page: Page, gated: str) -> None:
    page.goto(site.page("instances", gated, "i"))
    expect(page.get_by_role("button", name="Delete…")).to_have_attribute("aria-disabled", "false")
    execution = site.execute(gated)
    for name in ("Execute…", "Delete…"):
        button = page.get_by_role("button", name=name)
        expect(button).to_have_attribute("aria-disabled", "true")
        expect(button).to_have_accessible_description("install is under way on this instance.")
    site.call("POST", f"/exec/{execution}/cancel")


def test_an_instance_that_was_taken_down_is_deleted(site: Site, page: Page) -> None:
    site.example("taken-down", "minimal")
    page.goto(site.page("instances", "taken-down", "i"))
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(site.page("instances"))
    expect(
        page.get_by_role("rowheader", name="i", exact=True).filter(has=page.locator("[href*=taken-down]"))
    ).to_have_count(0)


def test_a_timeline_shows_each_operation_per_host_or_worker_and_marks_the_critical_path(
    site: Site, page: Page, screenshot: None
) -> None:
    site.example("timed")
    execution = site.execute("timed")
    site.ended(execution)
    page.goto(site.page("executions", execution))
    expect(page.locator("[data-bar]")).to_have_count(169)
    expect(page.locator(".group-name")).to_contain_text(
        ["srvA[0]", "srvA[1]", "srvA[2]", "srvB[0]", "srvC[0]", "srvD[0]"]
    )
    expect(page.locator(".bar.critical").first).to_be_visible()

    page.get_by_label("per worker").check()
    expect(page.locator(".group-name")).to_contain_text(["worker-1", "worker-2"])
    expect(page.locator("[data-bar]")).to_have_count(169)

    page.locator("[data-bar]").first.click()
    expect(page.get_by_role("complementary")).to_contain_text("exit code 0")


def test_an_operation_that_runs_is_in_the_timeline_while_it_does(
    site: Site, page: Page, gated: str, tmp_path: Path
) -> None:
    execution = site.execute(gated)
    page.goto(site.page("executions", execution))
    bar = page.get_by_role("button", name="database[0,0] start, running")
    bar.click()
    expect(page.get_by_role("complementary")).to_contain_text("running")
    opened(tmp_path, "database", "app")
    expect(page.get_by_role("button", name="database[0,0] start, succeeded")).to_be_visible()
    expect(page.get_by_role("region", name="Log of start")).to_contain_text("the gate says open")


def test_lists_show_what_there_is_and_how_far_it_has_come(site: Site, page: Page, gated: str, tmp_path: Path) -> None:
    execution = site.execute(gated)
    page.goto(site.page("executions"))
    row = page.get_by_role("row").filter(has_text=execution)
    expect(row).to_contain_text("running")
    expect(row).to_contain_text("of 6 operations")
    page.goto(site.page("instances"))
    expect(page.get_by_role("row").filter(has_text=gated)).to_contain_text("2 configured")
    opened(tmp_path, "database", "app")
    expect(page.get_by_role("row").filter(has_text=gated)).to_contain_text("6 started")
