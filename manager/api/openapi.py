"""The document of the API as OpenAPI 3.1, which generators of clients take.

Place in the flow: the document that Flask-RESTX makes, in Swagger 2.0 → **OpenAPI 3.1** → ``/openapi.json``.  It takes
what our document has, and says the same: `manager.api.document` and `manager.access.documented` have completed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from manager.api.document import METHODS

VERSION = "3.1.0"
JSON = "application/json"
# Of a parameter these stand beside its type in Swagger; here the type and all that bounds it are its schema.
_OUTSIDE = ("name", "in", "description", "required")
_KEPT = ("operationId", "summary", "description", "tags", "security", "x-role")


def converted(swagger: Mapping[str, Any]) -> dict[str, Any]:
    """The whole document; the other one stays as it is."""
    return {
        "openapi": VERSION,
        "info": swagger["info"],
        "servers": [{"url": swagger["basePath"]}],
        "tags": swagger["tags"],
        "paths": {path: _path(item) for path, item in swagger["paths"].items()},
        "components": {
            "schemas": {name: schema_of(schema) for name, schema in swagger["definitions"].items()},
            "securitySchemes": {name: _scheme(found) for name, found in swagger["securityDefinitions"].items()},
        },
    }


def schema_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema at any depth: references lead elsewhere, and what may be null says so by its type."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("#/definitions/", "#/components/schemas/")}
    found = {key: _part(key, value) for key, value in schema.items() if key != "x-nullable"}
    if schema.get("type") == "file":
        found |= {"type": "string", "format": "binary"}
    if "x-example" in found:
        found["example"] = found.pop("x-example")
    return _or_null(found) if schema.get("x-nullable") else found


def _part(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: schema_of(schema) for name, schema in value.items()}
    if key in ("items", "additionalProperties") and isinstance(value, Mapping):
        return schema_of(value)
    return [schema_of(schema) for schema in value] if key == "allOf" else value


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, or null; what has no type may be anything as it is."""
    if "allOf" in schema:
        whole = schema.pop("allOf")
        return {**schema, "anyOf": [*whole, {"type": "null"}]}
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return {**schema, "type": [schema["type"], "null"]} if "type" in schema else schema


def _path(item: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {method: _call(item[method]) for method in METHODS if method in item}
    return {**_parameters(item.get("parameters", [])), **found}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    sent = call.get("parameters", [])
    body = next((parameter for parameter in sent if parameter["in"] == "body"), None)
    form = [parameter for parameter in sent if parameter["in"] == "formData"]
    found = {key: call[key] for key in _KEPT if key in call} | _parameters(sent)
    if body is not None:
        content = {JSON: {"schema": schema_of(body["schema"])}}
        found["requestBody"] = {"required": body["required"], "content": content}
    elif form:
        found["requestBody"] = {"required": True, "content": {call["consumes"][0]: {"schema": _form(form)}}}
    found["responses"] = {
        status: _response(status, response, call.get("produces", [JSON]))
        for status, response in sorted(call["responses"].items())
    }
    return found


def _parameters(parameters: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    found = [_parameter(parameter) for parameter in parameters if parameter["in"] not in ("body", "formData")]
    return {"parameters": found} if found else {}


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    about = {key: parameter[key] for key in _OUTSIDE if key in parameter}
    return {**about, "schema": schema_of({key: value for key, value in parameter.items() if key not in _OUTSIDE})}


def _form(parameters: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The fields of a form, as an object."""
    fields = {parameter["name"]: _parameter(parameter) for parameter in parameters}
    properties = {
        name: {**field["schema"], "description": field.get("description", "")} for name, field in fields.items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name, field in fields.items() if field.get("required")],
    }


def _response(status: str, response: Mapping[str, Any], produces: Iterable[str]) -> dict[str, Any]:
    """Errors are JSON, whatever a call answers when all is well."""
    schema = response.get("schema")
    content = {} if schema is None else {JSON: {"schema": schema_of(schema)}}
    if status == "200":
        content |= {kind: {"schema": _text(kind)} for kind in produces if kind != JSON}
    return {"description": response["description"], **({"content": content} if content else {})}


def _text(kind: str) -> dict[str, Any]:
    return {"type": "string"} if kind.startswith(("text/", "image/svg")) else {"type": "string", "format": "binary"}


def _scheme(scheme: Mapping[str, Any]) -> dict[str, Any]:
    """Swagger 2.0 has no word for a bearer's token but that of a header."""
    return {"type": "http", "scheme": "bearer", "description": scheme["description"]}
