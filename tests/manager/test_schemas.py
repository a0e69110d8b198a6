"""The answers have the shapes that the OpenAPI document promises."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Csar = Callable[..., bytes]
PYTHON: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": object,
}


def misfits(value: Any, schema: dict[str, Any], definitions: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where a value differs from a schema; null stands for whatever is not required to be there."""
    if "allOf" in schema:
        schema = schema["allOf"][0]
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if not isinstance(value, PYTHON[schema.get("type", "object")]):
        yield f"{path}: found {value!r}, expected {schema['type']}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{path}: found {value!r}, expected one of {schema['enum']}"
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from misfits(item, schema["items"], definitions, f"{path}[{number}]")
    elif "properties" in schema:
        yield from _properties(value, schema, definitions, path)


def _properties(value: Any, schema: dict[str, Any], definitions: dict[str, Any], path: str) -> Iterator[str]:
    yield from (f"{path}.{name}: missing" for name in schema.get("required", []) if name not in value)
    for name, part in schema["properties"].items():
        if value.get(name) is not None:
            yield from misfits(value[name], part, definitions, f"{path}.{name}")


@pytest.fixture(scope="module")
def document(api: Any) -> dict[str, Any]:
    found: dict[str, Any] = api("GET", "/swagger.json").json()
    return found


@pytest.fixture(scope="module")
def execution(api: Any, csar: Csar, worker: str) -> str:
    api.upload("shapes", csar())
    api.create("shapes")
    return str(api.run("shapes", "install")["id"])


CALLS = [
    "/csar",
    "/csar/{model}",
    "/model/{model}/graph",
    "/library",
    "/instance",
    "/instance/{model}/{instance}",
    "/exec",
    "/exec/{execution}",
    "/exec/{execution}/operations",
    "/exec/{execution}/history",
    "/workers",
    "/health",
    "/ready",
]


@pytest.mark.parametrize("path", CALLS)
def test_an_answer_has_the_shape_that_is_documented(
    api: Any, document: dict[str, Any], execution: str, path: str
) -> None:
    schema = document["paths"][path]["get"]["responses"]["200"]["schema"]
    answer = api("GET", path.format(model="shapes", instance="i", execution=execution)).json()
    assert list(misfits(answer, schema, document["definitions"])) == []
    assert answer.get("items", True)


def test_an_error_has_the_shape_that_is_documented(api: Any, document: dict[str, Any]) -> None:
    answer = api.upload("a b", b"").json()
    assert list(misfits(answer, {"$ref": "#/definitions/Error"}, document["definitions"])) == []
    assert answer["error"]["problems"]


def test_every_call_documents_an_answer_and_every_schema_has_an_example(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, call in item.items():
            if method != "parameters":
                assert any(status.startswith("2") for status in call["responses"]), (method, path)
                assert call["summary"], (method, path)
    assert "example" in document["definitions"]["Model"]["properties"]["digest"]


def test_the_page_and_all_it_needs_come_from_the_manager(api: Any) -> None:
    page = api("GET", "/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "https://" not in page.text.replace("https://github.com", "")
    for part in page.text.split('"'):
        if part.startswith("/swaggerui/"):
            assert api("GET", part).status_code == 200
