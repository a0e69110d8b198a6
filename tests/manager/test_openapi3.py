"""The document for generators of clients says what the other one says, and answers are what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from manager.api.openapi import converted, schema_of

Csar = Callable[..., bytes]
WORKFLOWS = Path(__file__).parents[2] / "example" / "workflows.zip"
METHODS = {"get", "put", "post", "delete"}


@pytest.fixture(scope="module")
def document(api: Any) -> dict[str, Any]:
    found: dict[str, Any] = api("GET", "/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def swagger(api: Any) -> dict[str, Any]:
    found: dict[str, Any] = api("GET", "/swagger.json").json()
    return found


@pytest.fixture(scope="module")
def execution(api: Any, csar: Csar, worker: str) -> str:
    api.upload("told", csar())
    api.create("told")
    return str(api.run("told", "install")["id"])


def calls(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in sorted(METHODS & item.keys()):
            yield method, path, item[method]


def parameters(item: dict[str, Any], call: dict[str, Any]) -> set[tuple[str, str, bool]]:
    found = [*item.get("parameters", []), *call.get("parameters", [])]
    return {(one["name"], one["in"], one.get("required", False)) for one in found}


def test_both_documents_have_the_same_calls_parameters_and_statuses(
    document: dict[str, Any], swagger: dict[str, Any]
) -> None:
    assert document["openapi"] == "3.1.0"
    assert [(method, path) for method, path, _ in calls(document)] == [(m, p) for m, p, _ in calls(swagger)]
    for method, path, call in calls(swagger):
        other = document["paths"][path][method]
        for key in ("operationId", "summary", "tags", "security"):
            assert other[key] == call[key]
        assert set(other["responses"]) == set(call["responses"])
        there = {one for one in parameters(swagger["paths"][path], call) if one[1] not in ("body", "formData")}
        assert parameters(document["paths"][path], other) == there
        sends = any(one["in"] in ("body", "formData") for one in call.get("parameters", []))
        assert ("requestBody" in other) == sends


def test_every_call_has_a_name_of_its_own_that_says_what_it_does(document: dict[str, Any]) -> None:
    names = [call["operationId"] for _, _, call in calls(document)]
    assert len(set(names)) == len(names)
    assert {"upload_model", "create_instance", "execute", "get_instance", "list_operations"} <= set(names)


def test_all_that_is_answered_in_json_has_a_name(document: dict[str, Any]) -> None:
    for method, path, call in calls(document):
        for status, response in call["responses"].items():
            content = response.get("content", {})
            assert content or status in ("204", "304"), (method, path, status)
            if "application/json" in content:
                name = content["application/json"]["schema"]["$ref"].removeprefix("#/components/schemas/")
                assert name in document["components"]["schemas"]


def test_nothing_of_swagger_is_left(document: dict[str, Any]) -> None:
    text = str(document)
    for word in ("#/definitions", "x-nullable", "'file'}", "formData", "x-example"):
        assert word not in text


def test_an_archive_is_sent_as_a_file_and_comes_back_as_bytes(document: dict[str, Any]) -> None:
    body = document["paths"]["/csar"]["put"]["requestBody"]
    (kind, content), *others = body["content"].items()
    assert (kind, others, body["required"]) == ("multipart/form-data", [], True)
    file = content["schema"]["properties"]["file"]
    assert (file["type"], file["format"], content["schema"]["required"]) == ("string", "binary", ["file"])
    answer = document["paths"]["/csar/{model}/archive"]["get"]["responses"]["200"]
    assert answer["content"] == {"application/zip": {"schema": {"type": "string", "format": "binary"}}}


def test_whoever_asks_sends_a_bearers_token(document: dict[str, Any]) -> None:
    (scheme,) = document["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "x-nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "enum": ["a"], "x-nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"x-nullable": True, "description": "any"}, {"description": "any"}),
        ({"$ref": "#/definitions/A"}, {"$ref": "#/components/schemas/A"}),
        (
            {"allOf": [{"$ref": "#/definitions/A"}], "x-nullable": True},
            {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]},
        ),
        ({"allOf": [{"$ref": "#/definitions/A"}]}, {"allOf": [{"$ref": "#/components/schemas/A"}]}),
        (
            {"type": "array", "items": {"type": "integer", "x-nullable": True}},
            {"type": "array", "items": {"type": ["integer", "null"]}},
        ),
        ({"type": "object", "additionalProperties": False}, {"type": "object", "additionalProperties": False}),
        ({"properties": {"type": {"type": "file"}}}, {"properties": {"type": {"type": "string", "format": "binary"}}}),
        ({"type": "string", "x-example": "0"}, {"type": "string", "example": "0"}),
    ],
)
def test_a_schema_says_the_same_in_the_words_of_the_newer_standard(old: dict[str, Any], new: dict[str, Any]) -> None:
    before = str(old)
    assert schema_of(old) == new
    assert str(old) == before


def test_the_older_document_stays_as_it_is(swagger: dict[str, Any]) -> None:
    before = str(swagger)
    converted(swagger)
    assert str(swagger) == before


CALLS = [
    "/csar",
    "/csar/{model}",
    "/model/{model}/graph",
    "/model/{model}/inputs",
    "/model/{model}/workflows/{workflow}",
    "/library",
    "/instance",
    "/instance/{model}/{instance}",
    "/instance/{model}/{instance}/graph",
    "/exec",
    "/exec/{execution}",
    "/exec/{execution}/operations",
    "/exec/{execution}/critical-path",
    "/exec/{execution}/history",
    "/exec/{execution}/waits",
    "/workers",
    "/health",
    "/ready",
]


def problems(document: dict[str, Any], path: str, status: str, answer: Any) -> list[str]:
    schema = document["paths"][path]["get"]["responses"][status]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": document["components"]})
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(answer)]


@pytest.mark.parametrize("path", CALLS)
def test_an_answer_is_what_the_document_says(api: Any, document: dict[str, Any], execution: str, path: str) -> None:
    url = path.format(model="told", instance="i", workflow="install", execution=execution)
    assert problems(document, path, "200", api("GET", url).json()) == []


def test_an_error_is_what_the_document_says(api: Any, document: dict[str, Any]) -> None:
    assert problems(document, "/csar/{model}", "404", api("GET", "/csar/none").json()) == []


def test_a_workflow_of_the_topologys_own_is_what_the_document_says(api: Any, document: dict[str, Any]) -> None:
    answer = api.upload("own", WORKFLOWS.read_bytes()).json()
    own = set(answer["workflows"]) - {"install", "uninstall"}
    assert own
    for name in answer["workflows"]:
        found = api("GET", f"/model/own/workflows/{name}").json()
        assert problems(document, "/model/{model}/workflows/{workflow}", "200", found) == []
        assert ("steps" in found) == (name in own)
