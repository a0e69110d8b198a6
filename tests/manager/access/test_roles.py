"""Every call of the API has a role, in one table."""

import re
from pathlib import Path

import pytest

from manager.access.roles import NEEDED, Role, needed, pattern
from manager.app import create_app
from manager.config import ManagerConfig

DOCS = (Path(__file__).parents[3] / "docs" / "access.md").read_text()


def calls(tmp_path: Path) -> set[tuple[str, str]]:
    app = create_app(ManagerConfig(state=tmp_path, space="memory:"))
    found = {
        (method, pattern(rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    app.extensions["ditrit"].space.close()
    return {(method, path) for method, path in found if not path.startswith(("/swaggerui/", "/ui"))}


def test_the_table_names_every_call_and_no_other(tmp_path: Path) -> None:
    assert calls(tmp_path) == set(NEEDED)


def test_the_docs_say_of_every_call_who_may_make_it() -> None:
    rows = dict(re.findall(r"^\| `(\w+ \S+)` \| (\w+) \|", DOCS, re.MULTILINE))
    assert rows == {f"{method} {path}": role.label if role else "open" for (method, path), role in NEEDED.items()}


def test_what_reads_needs_a_viewer_and_what_deletes_an_admin() -> None:
    for (method, _), role in NEEDED.items():
        if method == "GET":
            assert role in (None, Role.VIEWER)
        else:
            assert role is (Role.ADMIN if method == "DELETE" else Role.OPERATOR)


@pytest.mark.parametrize(
    ("method", "rule", "expected"),
    [
        ("HEAD", "/csar", Role.VIEWER),
        ("GET", None, Role.VIEWER),
        ("GET", "/new", Role.VIEWER),
        ("POST", "/new", Role.ADMIN),
        ("DELETE", None, Role.ADMIN),
        ("OPTIONS", "/csar", None),
        ("GET", "/swaggerui/<path:filename>", None),
        ("GET", "/ui", None),
        ("GET", "/uikit", Role.VIEWER),
        ("GET", "/ui/<path:file>", None),
        ("POST", "/ui/<path:file>", Role.ADMIN),
    ],
)
def test_what_is_not_in_the_table_is_never_open_to_be_changed(
    method: str, rule: str | None, expected: Role | None
) -> None:
    assert needed(method, rule) is expected
