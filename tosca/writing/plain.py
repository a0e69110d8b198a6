"""Plain data → YAML text that the parser reads back as the same data.

Place in the flow: last step of `tosca.writing.document`.  What the parser would take for a number, a truth value or
nothing is quoted where it is text; what the document wrote plainly stays plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from tosca.nodes import List, Map, Node, Scalar
from tosca.values.scalars import read_untyped

_INTERFACE = frozenset(("type", "description", "inputs", "operations", "notifications"))  # keynames of an interface
WIDEST = 10_000  # no line is folded


class Plain(str):
    """Text that was written without quotes, and that means what it means there."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes each thing where it stands, without aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _plain(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML leaves plain what bears the tag that it would give to the text itself.
    tag: str = dumper.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return dumper.represent_scalar(tag, str(text))


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    same = read_untyped(Scalar(text, True, 0, 0)) == text if text else False
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if same else '"')


def _float(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    return _plain(dumper, str(value))


_Dumper.add_representer(Plain, _plain)
_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _float)


def written(document: Any) -> str:
    """Return plain data as YAML."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDEST)


def data(node: Node) -> Any:
    """Return a node of a document as data, its scalars plain or quoted as they were."""
    if isinstance(node, Scalar):
        return Plain(node.text) if node.plain else str(node.text)
    if isinstance(node, List):
        return [data(item) for item in node.items]
    return {key: data(value) for key, value in node.entries.items()} if isinstance(node, Map) else None


def without_nothing(**fields: Any) -> dict[str, Any]:
    """Return the keynames that have something to say; ``_`` at the end of a name keeps it from Python's keywords."""
    return {name.removesuffix("_"): value for name, value in fields.items() if value not in (None, "", (), [], {})}


def with_operations(fields: Mapping[str, Any], operations: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an interface with its operations; those that are named as a field stand below ``operations``."""
    named = {name: operation for name, operation in operations.items() if name in _INTERFACE}
    others = {name: operation for name, operation in operations.items() if name not in named}
    return {**fields, **others, **({"operations": named} if named else {})}
