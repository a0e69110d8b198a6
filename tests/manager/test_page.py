"""The web page's files: served below /ui, and to nobody's harm."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from manager import page

ASSETS = sorted(path.name for path in (page.WEB / "assets").iterdir())


@pytest.mark.parametrize("path", ["/ui", "/ui/", "/ui/instances/m/i", "/ui/executions/e1", "/ui/anything/at/all.html"])
def test_every_place_below_ui_is_the_page(api: Any, path: str) -> None:
    response = api("GET", path)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert response.text == (page.WEB / "index.html").read_text()
    assert response.headers["Cache-Control"] == "no-cache"


def test_the_page_may_load_nothing_but_files_of_this_manager(api: Any) -> None:
    policy = api("GET", "/ui").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("name", ASSETS)
def test_assets_are_kept_for_ever_and_packed(api: Any, name: str) -> None:
    response = api("GET", f"/ui/assets/{name}")
    assert response.content == (page.WEB / "assets" / name).read_bytes()
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    kind = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}[Path(name).suffix]
    assert response.headers["Content-Type"].split(";")[0] == kind


def test_a_client_that_takes_no_gzip_gets_none(api: Any) -> None:
    name = max(ASSETS, key=lambda found: (page.WEB / "assets" / found).stat().st_size)
    plain = api("GET", f"/ui/assets/{name}", headers={"Accept-Encoding": "identity"})
    packed = api("GET", f"/ui/assets/{name}", headers={"Accept-Encoding": "gzip"}, stream=True)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.raw.read()) == plain.content


def test_what_a_browser_has_is_not_sent_again(api: Any) -> None:
    first = api("GET", "/ui")
    again = api("GET", "/ui", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["nothing.js", "%2e%2e/%2e%2e/page.py", "..%2f..%2fpage.py"])
def test_what_is_no_asset_is_not_there(api: Any, name: str) -> None:
    response = api("GET", f"/ui/assets/{name}")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not-found")


def test_swagger_leads_to_the_page(api: Any) -> None:
    assert "](/ui/)" in api("GET", "/swagger.json").json()["info"]["description"]
