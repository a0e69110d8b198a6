"""What functions give, as far as it is known when a template is parsed, against what is declared where they stand.

Place in the flow: a part of `tosca.phases.references`.  TOSCA 1.1 § 4: texts are what concatenation gives; an input, a
property and an attribute have the type that they declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from tosca.definitions import Schema, TypeInfo
from tosca.values.scalars import PRIMITIVES, UNITS

Verdict: TypeAlias = Literal["fits", "converts", "differs"]
TEXTS = frozenset(("concat", "join"))
_STRUCTURES = frozenset(("list", "map", "range"))
_TEXTUAL = frozenset(("string", "version", "timestamp", *UNITS))
_ALIKE = frozenset((("range", "list"), ("list", "range"), ("float", "integer"), ("version", "float")))


def verdict(want: Schema, have: Schema, data_types: Mapping[str, TypeInfo]) -> Verdict:
    """Tell whether a value of one type can stand where another is declared, or can be converted once it is known."""
    old, new = data_types.get(want.type), data_types.get(have.type)
    if (old is not None and old.properties) or (new is not None and new.properties):
        return _data(want.type, have.type, old, new)
    return _plain(_primitive(want.type, old), _primitive(have.type, new))


def of_text(want: Schema, data_types: Mapping[str, TypeInfo]) -> Verdict:
    """Tell the same of a text that is put together, which nobody means as a number."""
    kind = _primitive(want.type, data_types.get(want.type))
    return "fits" if kind in _TEXTUAL or kind == "any" else "differs"


def _primitive(name: str, info: TypeInfo | None) -> str:
    return name if name in PRIMITIVES else (info.primitive or "any") if info is not None else "any"


def _data(want: str, have: str, old: TypeInfo | None, new: TypeInfo | None) -> Verdict:
    if "any" in (want, have):
        return "fits"
    if old is None or new is None:
        return "converts" if "map" in (want, have) else "differs"
    if want in new.lineage:
        return "fits"
    return "converts" if have in old.lineage else "differs"


def _plain(want: str, have: str) -> Verdict:
    if want == have or "any" in (want, have) or (want, have) in _ALIKE:
        return "fits"
    if want in _STRUCTURES or have in _STRUCTURES:
        return "differs"
    if want == "string":
        return "fits"
    if have == "string" or (want, have) == ("integer", "float"):
        return "converts"
    if have == "integer" and (want in UNITS or want == "version"):
        return "converts"
    return "differs"
