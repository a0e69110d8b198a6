"""Tags of models and instances."""

from collections.abc import Callable
from typing import Any

import pytest

Csar = Callable[..., bytes]


@pytest.fixture
def paths(api: Any, csar: Csar, name: str) -> tuple[str, str]:
    api.upload(name, csar())
    api.create(name)
    return f"/csar/{name}", f"/instance/{name}/i"


def test_what_a_client_has_is_not_sent_again(api: Any, paths: tuple[str, str]) -> None:
    for path in paths:
        first = api("GET", path)
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = api("GET", path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert api("GET", path, headers={"If-None-Match": f'"other", W/{tag}'}).status_code == 304
        assert api("GET", path, headers={"If-None-Match": '"other"'}).json() == first.json()
        assert api("HEAD", path).headers["ETag"] == tag


def test_the_tag_changes_with_the_states_of_nodes(api: Any, paths: tuple[str, str], name: str, worker: str) -> None:
    before = api("GET", paths[1]).headers["ETag"]
    assert api.run(name, "install")["status"] == "succeeded"
    after = api("GET", paths[1], headers={"If-None-Match": before})
    assert (after.status_code, after.json()["status"]) == (200, "started")


def test_only_what_was_seen_is_deleted(
    api: Any, paths: tuple[str, str], name: str, worker: str, refused: Callable[..., dict[str, Any]]
) -> None:
    model, instance = paths
    seen = api("GET", instance).headers["ETag"]
    assert api.run(name, "install")["status"] == "succeeded"
    assert api.run(name, "uninstall")["status"] == "succeeded"
    stale = api("DELETE", instance, headers={"If-Match": seen})
    refused(stale, 412, "changed-since")
    present = api("GET", instance).headers["ETag"]
    assert stale.headers["ETag"] == present
    refused(api("DELETE", instance, headers={"If-Match": f"W/{present}"}), 412, "changed-since")
    refused(api("DELETE", instance, headers={"If-Match": "nonsense"}), 412, "changed-since")
    assert api("DELETE", instance, headers={"If-Match": f'"x", {present}'}).status_code == 204
    refused(api("DELETE", instance, headers={"If-Match": "*"}), 404, "unknown-instance")
    refused(api("DELETE", model, headers={"If-Match": '"x"'}), 412, "changed-since")
    assert api("DELETE", model, headers={"If-Match": api("GET", model).headers["ETag"]}).status_code == 204


def test_whatever_is_there_is_deleted_with_a_star(api: Any, paths: tuple[str, str]) -> None:
    for path in reversed(paths):
        assert api("DELETE", path, headers={"If-Match": "*"}).status_code == 204
