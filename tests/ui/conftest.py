"""A real Chromium in front of a real ``ditrit up``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.acceptance.running import Up
from tests.ui.site import Site

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--force-device-scale-factor=1"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 30_000  # milliseconds; the machine may be busy
UI = Path(__file__).parents[2] / "ui"
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip(f"there is no {CHROMIUM}; tests/support/install-servers installs it")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


def needs_npm() -> None:
    """Without npm the sources of the page cannot be tested: nobody needs it to use the page."""
    if shutil.which("npm") is None and not os.environ.get("CI"):
        pytest.skip("there is no npm; Node 20.19 or newer brings it")


@pytest.fixture(scope="session")
def npm_packages() -> Path:
    """The packages that the page is built and tested with, as its lock file has them."""
    needs_npm()
    folder = UI / "node_modules"
    if not (folder / "axe-core").exists():
        subprocess.run(["npm", "ci"], cwd=UI, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """An orchestrator that all tests share; each uses models of its own."""
    found = Up(tmp_path_factory.mktemp("up"), "--workers", "2")
    found.until("end +Ctrl-C")
    yield found
    found.end()


@pytest.fixture(scope="session")
def site(up: Up) -> Site:
    """The same, as one talks to it."""
    return Site(up.url)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of a user who was never here before."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab.  Nothing that its page complains about may go unseen: scripts that fail, or what the policy forbids."""
    page = context.new_page()
    complaints: list[str] = []

    def said(message: ConsoleMessage) -> None:
        # That a request was refused, or a manager is away, the page itself shows; Chromium says it here besides.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep a picture of how the test's page looks at its end, in ``build/screenshots``."""
    page: Page = request.getfixturevalue("page")
    yield
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SCREENSHOTS.exists():
        terminalreporter.write_line(f"screenshots: {SCREENSHOTS}")
