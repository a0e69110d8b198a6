"""What the OpenAPI document says of all calls alike: what may be null, how lists page, how requests are refused.

Place in the flow: namespaces and `manager.api.schemas` → **document** → ``/swagger.json``.  Each namespace says only
what is its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manager.api.paging import DEFAULT, MOST
from manager.api.schemas import ALL
from manager.names import PATTERN

METHODS = ("get", "put", "post", "delete", "patch")
NAMED = ("model", "name", "instance")  # parameters that name what a PUT makes
INDEX = "^[0-9]{1,9}(,[0-9]{1,9})*$"
UNCHECKED = ("/health", "/ready")  # answer also when nothing can be reached
EXAMPLES = {"model": "un_model", "instance": "une_instance", "name": "une_instance", "workflow": "install"}
_ERROR = {"$ref": "#/definitions/Error"}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The document, with what holds everywhere."""
    for name, properties in _definitions(document):
        for key in _nullable(name):
            properties[key] = _or_null(properties[key])
    if "Inputs" in document.get("definitions", {}):
        document["definitions"]["Inputs"]["additionalProperties"] = False
    for path, item in document.get("paths", {}).items():
        _exemplify(item.get("parameters", []))
        for method in METHODS:
            if method in item:
                _complete(item[method], path, method)
    return document


def _definitions(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, definition in document.get("definitions", {}).items():
        yield name, definition.get("properties", {})


def _nullable(name: str) -> list[str]:
    """What is not always there is null instead."""
    model = next((found for found in ALL if found.name == name), None)
    if model is None or name == "Inputs":
        return []
    return [key for key, field in model.items() if not field.required or getattr(field, "allow_null", False)]


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "x-nullable" in schema:
        return schema
    if "$ref" in schema:  # beside which nothing else counts
        return {"allOf": [schema], "x-nullable": True}
    return {**schema, "x-nullable": True}


def _complete(call: dict[str, Any], path: str, method: str) -> None:
    parameters, responses = call.get("parameters", []), call["responses"]
    _exemplify(parameters)
    for parameter in parameters:
        if parameter["in"] == "body":
            parameter["required"] = False  # nothing stands for an empty object
    for parameter in parameters:
        if parameter["in"] == "query" and parameter["name"] == "limit":
            parameter |= {"minimum": 1, "maximum": MOST, "default": DEFAULT}
        if parameter["in"] == "query" and method == "put" and parameter["name"] in NAMED:
            parameter["pattern"] = PATTERN
        if parameter["in"] == "query" and parameter.get("required"):
            parameter["minLength"] = 1
        if parameter["in"] == "query" and parameter["name"] == "index":
            parameter |= {"pattern": INDEX, "x-example": "0"}
    if any(parameter["in"] == "query" for parameter in parameters):
        refuses(responses, "422", "a parameter is wrong, or given several times")
    if any(parameter["in"] == "query" and parameter.get("required") for parameter in parameters):
        refuses(responses, "400", "a parameter is missing")
    if any(parameter["in"] in ("body", "formData") for parameter in parameters):
        refuses(responses, "400", "a parameter is missing, or the body is malformed")
        refuses(responses, "413", "the request is too large")
    if path not in UNCHECKED:
        refuses(responses, "503", "space or artifact store cannot be reached")
    if "produces" in call and "application/json" not in call["produces"]:
        call["produces"] = [*call["produces"], "application/json"]  # of errors


def _exemplify(parameters: list[dict[str, Any]]) -> None:
    for parameter in parameters:
        needed = parameter["in"] == "path" or parameter.get("required")
        if needed and parameter["name"] in EXAMPLES:
            parameter["x-example"] = EXAMPLES[parameter["name"]]


def refuses(responses: dict[str, Any], status: str, description: str) -> None:
    """Let a call be refused with this status, unless it says so itself."""
    responses.setdefault(status, {"description": description, "schema": _ERROR})
