"""What SARIF 2.1.0 demands of the parts that we write, as a JSON schema: nothing else may stand in them."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string", "minLength": 1}
INDEX = {"type": "integer", "minimum": -1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
# A URI reference holds no character that would have to be encoded; a relative one no drive and no backslash.
URI = {"type": "string", "pattern": r"^[A-Za-z0-9%._~:/?#@!$&'()*+,;=\[\]-]+$"}


def record(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


def unique(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "uniqueItems": True}


MESSAGE = record(("text",), text=TEXT)
ARTIFACT_LOCATION = record(("uri",), uri=URI, uriBaseId=TEXT, index=INDEX)
REGION = record(
    ("startLine", "startColumn"),
    startLine={"type": "integer", "minimum": 1},
    startColumn={"type": "integer", "minimum": 1},
)
LOCATION = record(
    ("physicalLocation",),
    physicalLocation=record(("artifactLocation",), artifactLocation=ARTIFACT_LOCATION, region=REGION),
    logicalLocations=unique(record(("fullyQualifiedName",), fullyQualifiedName=TEXT)),
)
RULE = record(("id",), id=TEXT, shortDescription=MESSAGE, defaultConfiguration=record(("level",), level=LEVEL))
RESULT = record(
    ("ruleId", "ruleIndex", "level", "message", "locations"),
    ruleId=TEXT,
    ruleIndex=INDEX,
    level=LEVEL,
    message=MESSAGE,
    locations={"type": "array", "items": LOCATION, "minItems": 1},
)
RUN = record(
    ("tool", "results"),
    tool=record(("driver",), driver=record(("name",), name=TEXT, version=TEXT, rules=unique(RULE))),
    invocations={"type": "array", "items": record(("executionSuccessful",), executionSuccessful={"type": "boolean"})},
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    artifacts=unique(record(("location",), location=ARTIFACT_LOCATION, parentIndex=INDEX)),
    results={"type": "array", "items": RESULT},
)
LOG = record(
    ("version", "runs"),
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={"type": "array", "items": RUN, "minItems": 1},
)
