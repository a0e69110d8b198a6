"""Scalar values by their declared type.  TOSCA 1.1 § 3.2.

Place in the flow: `tosca.values.reading` hands each scalar node here; what is read is plain data, in the spelling of
the document where the type has no JSON form (versions, timestamps, scalars with units).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, TypeAlias

from tosca.entities.base import BOOLEANS
from tosca.nodes import NULLS, Scalar

Plain: TypeAlias = str | int | float | bool | None

_SIZES = {"b": 1, "kb": 1000, "kib": 1024, "mb": 1000**2, "mib": 1024**2, "gb": 1000**3, "gib": 1024**3}
_SIZES |= {"tb": 1000**4, "tib": 1024**4}
_TIMES = {
    "d": 86400,
    "h": 3600,
    "m": 60,
    "s": 1,
    "ms": Fraction(1, 10**3),
    "us": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}
_FREQUENCIES = {"hz": 1, "khz": 10**3, "mhz": 10**6, "ghz": 10**9}
_BITS = {"bps": 1, "kbps": 10**3, "kibps": 1024, "mbps": 10**6, "mibps": 1024**2, "gbps": 10**9, "gibps": 1024**3}
_BITS |= {"tbps": 10**12, "tibps": 1024**4}
UNITS: dict[str, dict[str, Any]] = {
    "scalar-unit.size": _SIZES,
    "scalar-unit.time": _TIMES,
    "scalar-unit.frequency": _FREQUENCIES,
    "scalar-unit.bitrate": _BITS,
}
_UNIT = re.compile(r"([+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30}))\s*([A-Za-z]+)")
_VERSION = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18})(?:\.([0-9]{1,18})(?:\.([A-Za-z0-9_]+)(?:-([0-9]{1,18}))?)?)?)?")
_TIMESTAMP = re.compile(
    r"(?P<day>\d{4}-\d\d?-\d\d?)"
    r"(?:(?:[Tt]|\s+)(?P<clock>\d\d?:\d\d:\d\d)(?:\.(?P<fraction>\d*))?"
    r"\s*(?:Z|(?P<sign>[-+])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?)?)?",
    re.ASCII,
)
_INTEGER = re.compile(r"[+-]?(?:[0-9]{1,4000}|0o[0-7]{1,1000}|0x[0-9a-fA-F]{1,1000})")
_FLOAT = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?")


def read_string(node: Scalar) -> str:
    return node.text


def read_integer(node: Scalar) -> int:
    text = node.text.strip()
    if not _INTEGER.fullmatch(text):
        raise ValueError("an integer")
    bases = {"o": 8, "x": 16}
    base = bases.get(text.lstrip("+-")[1:2], 10)
    return int(text, base)


def read_float(node: Scalar) -> float:
    text = node.text.strip()
    if _FLOAT.fullmatch(text):
        return float(text)
    raise ValueError("a number")


def read_boolean(node: Scalar) -> bool:
    value = BOOLEANS.get(node.text.lower())
    if value is None:
        raise ValueError("true or false")
    return value


def read_timestamp(node: Scalar) -> str:
    text = node.text.strip()
    if _moment(text) is None:
        raise ValueError("a timestamp such as 2001-12-14T21:59:43Z")
    return text


def _moment(text: str) -> datetime | None:
    """Return the moment that a timestamp means; one that names no zone is in UTC, as YAML has it."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        return None
    day, clock, fraction, sign, hours, minutes = found.group("day", "clock", "fraction", "sign", "hours", "minutes")
    try:
        year, month, date = (int(part) for part in day.split("-"))
        moment = datetime(year, month, date, tzinfo=UTC)
        if clock:
            hour, minute, second = (int(part) for part in clock.split(":"))
            moment = moment.replace(hour=hour, minute=minute, second=second, microsecond=_micros(fraction))
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        return moment + offset if sign == "-" else moment - offset
    except (ValueError, OverflowError):
        return None


def _micros(fraction: str | None) -> int:
    return int(f"{fraction or '0':0<6.6}")


def read_version(node: Scalar) -> str:
    if not _VERSION.fullmatch(node.text.strip()):
        raise ValueError("a version such as 1.2 or 1.2.3.beta-4")
    return node.text.strip()


def read_null(node: Scalar) -> Plain:
    if node.text not in NULLS:
        raise ValueError("null")
    return None


def read_untyped(node: Scalar) -> Plain:
    """Read a value that no type describes; a number is taken for one only when nothing is lost (1.10 stays text)."""
    text = node.text
    if not node.plain:
        return text
    if text in ("true", "false", "True", "False", "TRUE", "FALSE"):
        return text in ("true", "True", "TRUE")
    if text in NULLS:
        return None
    return _number(text) if len(text) < 25 and (text[0] in "+-." or text[0].isdigit()) else text


def _number(text: str) -> Plain:
    for read in (int, float):
        try:
            value = read(text)
        except ValueError:
            continue
        if str(value) == text and text not in ("inf", "nan", "-inf"):
            return value
    return text


def _unit_reader(kind: str) -> Callable[[Scalar], Plain]:
    def read(node: Scalar) -> Plain:
        text = node.text.strip()
        found = _UNIT.fullmatch(text)
        if not found or found[2].lower() not in UNITS[kind]:
            raise ValueError(f"a number and a unit such as '10 {_example(kind)}'")
        return text

    return read


def _example(kind: str) -> str:
    return {"scalar-unit.size": "MB", "scalar-unit.time": "ms", "scalar-unit.frequency": "GHz"}.get(kind, "Mbps")


_READERS: dict[str, Callable[[Scalar], Plain]] = {
    "string": read_string,
    "integer": read_integer,
    "float": read_float,
    "boolean": read_boolean,
    "timestamp": read_timestamp,
    "version": read_version,
    "null": read_null,
    "any": read_untyped,
}
READERS = _READERS | {kind: _unit_reader(kind) for kind in UNITS}

ALIASES = {"number": "float", "int": "integer", "bool": "boolean", "tosca:version": "version", "tosca:range": "range"}
ALIASES |= {f"tosca:{name}": name for name in ("list", "map", "timestamp", "string", "integer", "float", "boolean")}
ALIASES |= {"json": "any", "xml": "string", "scalar-unit": "any"}
PRIMITIVES = frozenset(READERS) | {"list", "map", "range"}


def comparable(kind: str, value: Any) -> Any:
    """Return what orders values of a type; equal values of different spelling become equal."""
    if kind in UNITS and isinstance(value, str):
        found = _UNIT.fullmatch(value)
        return Fraction(found[1]) * UNITS[kind][found[2].lower()] if found else value
    if kind == "version" and isinstance(value, str):
        return _version_key(value)
    if kind == "timestamp" and isinstance(value, str):
        return _moment(value) or value
    return value


def _version_key(value: str) -> Any:
    found = _VERSION.fullmatch(value)
    if not found:
        return value
    numbers = tuple(int(found[group] or 0) for group in (1, 2, 3))
    # With a qualifier a version is older than without; a build counts within a qualifier.
    return (*numbers, found[4] is None, found[4] or "", int(found[5] or 0))
