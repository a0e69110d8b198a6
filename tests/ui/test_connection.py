"""The page and its manager: restarted, away, or wanting a token."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.acceptance.running import free_port
from tests.support.gates import opened, until
from tests.ui.site import Site
from tests.ui.test_models import packed


class Daemons:
    """A manager that can be restarted, and a worker that is not."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DITRIT_")}
        self._variables = {**kept, "DITRIT_STATE": str(folder), "DITRIT_JOURNAL": str(folder / "execs")}
        self.site = Site(f"http://127.0.0.1:{self.port}")
        self._manager = self._start("manager", "--bind", f"127.0.0.1:{self.port}")
        until(self._ready)
        self._worker = self._start("worker")

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", *command], env=self._variables)

    def _ready(self) -> bool:
        try:
            self.site.call("GET", "/ready")
        except (OSError, AssertionError):
            return False
        return True

    def stop_manager(self, number: int) -> None:
        """End it and the process that it serves with, which would live on for a while when its parent is killed."""
        pid = self._manager.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        self._manager.send_signal(number)
        for child in children if number == signal.SIGKILL else ():
            os.kill(int(child), number)
        self._manager.wait(15)

    def start_manager(self) -> None:
        self._manager = self._start("manager", "--bind", f"127.0.0.1:{self.port}")
        until(self._ready)

    def end(self) -> None:
        for process in (self._worker, self._manager):
            process.send_signal(signal.SIGTERM)
            process.wait(15)


@pytest.fixture
def daemons(tmp_path: Path) -> Iterator[Daemons]:
    found = Daemons(tmp_path / "state")
    yield found
    found.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_page_that_is_open_while_its_manager_is_restarted_misses_nothing(
    daemons: Daemons, page: Page, tmp_path: Path, number: int
) -> None:
    """What happens while the manager is away is seen as soon as it is back: no event is left out."""
    site = daemons.site
    site.upload("restarted", packed())
    site.create("restarted", gates=str(tmp_path))
    execution = site.execute("restarted")
    page.goto(site.page("executions", execution))
    expect(page.get_by_role("button", name="database[0,0] start, running")).to_be_visible()
    expect(page.locator(".connection")).to_have_text("live")
    page.evaluate("window.sameDocument = true")

    daemons.stop_manager(number)
    expect(page.locator(".connection")).to_contain_text("reconnecting")
    opened(tmp_path, "database", "app")
    daemons.start_manager()

    expect(page.get_by_role("button", name="database[0,0] start, succeeded")).to_be_visible()
    expect(page.locator("[data-bar][data-state=succeeded]")).to_have_count(6)
    expect(page.locator(".heading")).to_contain_text("succeeded")
    assert page.evaluate("window.sameDocument") is True


def test_a_list_says_that_its_manager_is_away_and_goes_on_when_it_is_back(daemons: Daemons, page: Page) -> None:
    daemons.site.example("listed", "minimal")
    page.goto(daemons.site.page("instances"))
    expect(page.get_by_role("rowheader", name="i", exact=True)).to_be_visible()
    daemons.stop_manager(signal.SIGKILL)
    expect(page.locator(".stale")).to_contain_text("The manager does not answer.")
    expect(page.get_by_role("rowheader", name="i", exact=True)).to_be_visible()
    daemons.start_manager()
    expect(page.locator(".stale")).to_have_count(0)


def asking_for(token: str) -> Callable[[Route], None]:
    """Answers as a manager does that wants this token; whoever has it gets through to the real one."""

    def answer(route: Route) -> None:
        request = route.request
        if "/ui" in request.url or request.headers.get("authorization") == f"Bearer {token}":
            return route.continue_()
        error = '{"error": {"code": "unauthorized", "message": "a token is needed", "problems": []}}'
        return route.fulfill(status=401, content_type="application/json", body=error)

    return answer


def test_who_is_asked_for_a_token_gives_it_once_and_it_goes_with_every_request(site: Site, page: Page) -> None:
    site.example("guarded", "minimal")
    page.route("**/*", asking_for("right"))
    page.goto(site.page("instances", "guarded", "i"))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    page.get_by_label("Token").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("has not accepted the token")

    page.get_by_label("Token").fill("right")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-box][data-state=initial]").first).to_be_visible()
    site.execute("guarded")
    expect(page.locator("[data-box][data-state=started]").first).to_be_visible()
    page.reload()
    expect(page.locator("[data-box][data-state=started]").first).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]


def test_a_place_that_does_not_exist_says_so_and_leads_back(site: Site, page: Page) -> None:
    page.goto(site.page("nowhere", "at", "all"))
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    page.get_by_role("link", name="See the instances").click()
    expect(page.get_by_role("heading", name="Instances")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_an_instance_and_an_execution_that_do_not_exist_say_so(site: Site, page: Page) -> None:
    page.goto(site.page("instances", "no", "such"))
    expect(page.get_by_role("alert")).to_contain_text("there is no instance 'no/such'")
    page.goto(site.page("executions", "none"))
    expect(page.get_by_role("alert")).to_contain_text("there is no execution 'none'")


def test_swagger_leads_to_the_page(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/")
    with page.context.expect_page() as opened_page:
        page.get_by_role("link", name="Open the web page").click()
    expect(opened_page.value.get_by_role("heading", name="Instances")).to_be_visible()
