"""How long does it take from the commit of a state to its sight in a browser?

``python -m benchmarks.page [--quick]``: a manager and two workers install the reference example while a headless
Chromium shows it.  The page notes when each state appears in its graph; the history says when it was committed, by the
same clock.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.acceptance.running import Up
from tests.ui.conftest import CHROMIUM, FLAGS
from tests.ui.site import Site

# Notes each state that a box of the graph gets, as soon as it is in the document.
WATCH = """() => {
    window.seen = [];
    new MutationObserver((changes) => {
        const now = Date.now();
        for (const { target } of changes) window.seen.push([target.dataset.box, target.dataset.state, now]);
    }).observe(document.querySelector(".canvas"), { attributes: true, attributeFilter: ["data-state"], subtree: true });
}"""


def measure(rounds: int) -> list[float]:
    """Milliseconds from commit to sight, of all states of all rounds that the page has shown."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        up = Up(Path(folder), "--workers", "2")
        up.until("end +Ctrl-C")
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        try:
            return [delay for number in range(rounds) for delay in watched(Site(up.url), browser, f"m{number}")]
        finally:
            browser.close()
            up.end()


def watched(site: Site, browser: Browser, model: str) -> list[float]:
    """The same of one installation."""
    site.example(model)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(site.page("instances", model, "i"))
    page.locator("[data-box][data-state=initial]").first.wait_for()
    page.evaluate(WATCH)
    page.get_by_role("button", name="Execute…").click()
    page.get_by_role("dialog").get_by_role("button", name="Execute install").click()
    page.locator("[data-box][data-state=started]").nth(18).wait_for()
    seen: list[tuple[str, str, float]] = page.evaluate("window.seen")
    page.close()
    return list(_delays(site, model, seen))


def _delays(site: Site, model: str, seen: list[tuple[str, str, float]]) -> list[float]:
    execution = site.call("GET", "/exec", params={"model": model})["items"][0]["id"]
    committed = {
        (_box(site, model, item), item["state"]): _milliseconds(item["time"])
        for item in site.call("GET", f"/exec/{execution}/history", params={"limit": 1000})["items"]
        if "state" in item
    }
    return [at - committed[box, state] for box, state, at in seen if (box, state) in committed]


def _box(site: Site, model: str, item: dict[str, Any]) -> str:
    """The name of a node instance's box: template and number."""
    radix = _RADIX.setdefault(model, _radixes(site, model))[item["node"]]
    flat = 0
    for own, number in zip(radix, item["index"], strict=True):
        flat = flat * own + number
    return f"{item['node']}:{flat}"


_RADIX: dict[str, dict[str, list[int]]] = {}


def _radixes(site: Site, model: str) -> dict[str, list[int]]:
    return {node["name"]: node["radix"] for node in site.call("GET", f"/instance/{model}/i/graph")["nodes"]}


def _milliseconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp() * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round instead of five")
    delays = sorted(measure(1 if parser.parse_args().quick else 5))
    if not delays:
        sys.exit("the page has shown no state")
    late = delays[int(len(delays) * 0.95)]
    print(
        f"{len(delays)} states seen; from commit to sight: "
        f"median {statistics.median(delays):.0f} ms, 95 % within {late:.0f} ms, longest {delays[-1]:.0f} ms"
    )


if __name__ == "__main__":
    main()
