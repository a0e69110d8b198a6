"""Values that are no nodes of a document, against the declared type.  TOSCA 1.1 § 3.2, § 3.5.2, § 3.5.12.

Place in the flow: request → `manager.inputs` → **here**; also outputs of an instance, and the properties of a node that
become inputs of the template in its place.  They are JSON; what they must look like, and the constraints, are the same
as in `tosca.values.reading`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tosca.nodes import Scalar
from tosca.values.constraints import Constraint
from tosca.values.functions import text_of
from tosca.values.scalars import READERS, UNITS


def fits(kind: str, value: object) -> bool:
    """Tell whether a JSON value is one of a type; of a type that is no primitive any value is."""
    test = _TESTS.get(kind)
    return test is None or test(value)


def converted(kind: str, value: Any) -> Any:
    """Return a value as one of a type where it is written as one of another: "8080" is an integer.

    What cannot be read so stays as it is, and so does what already fits.
    """
    if value is None or fits(kind, value) or not isinstance(value, str | int | float):
        return value
    if kind == "string":
        return text_of(value)
    try:
        return READERS[kind](Scalar(text_of(value), True, 0, 0)) if kind in READERS else value
    except ValueError:
        return value


def broken(constraints: tuple[Constraint, ...], value: Any) -> list[str]:
    """Return the constraints that a value does not keep, as they were written."""
    return [constraint.text for constraint in constraints if not constraint.holds(value)]


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _range(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2 or not _integer(value[0]):
        return False
    return value[1] == "UNBOUNDED" or (_integer(value[1]) and bool(value[0] <= value[1]))


def _read(kind: str) -> Callable[[object], bool]:
    def test(value: object) -> bool:
        if not isinstance(value, str):
            return False
        try:
            READERS[kind](Scalar(value, True, 0, 0))
        except ValueError:
            return False
        return True

    return test


_TESTS: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _integer,
    "float": _number,
    "boolean": lambda value: isinstance(value, bool),
    "timestamp": _read("timestamp"),
    "version": lambda value: _number(value) or _read("version")(value),
    "list": lambda value: isinstance(value, list),
    "range": _range,
    "map": lambda value: isinstance(value, dict),
    **{kind: _read(kind) for kind in UNITS},
}
