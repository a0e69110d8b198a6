"""What the standard asks of a port specification beyond its properties.  TOSCA 1.1 § 5.3.7.3.

Place in the flow: a part of `tosca.values.reading`.  What only an instance knows (a function) is left to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tosca.model import Value

PORT_SPEC = "tosca.datatypes.network.PortSpec"
_SIDES = ("source", "target")


def broken_rules(values: Mapping[str, Value]) -> Iterator[str]:
    """Say which rules a port specification breaks: what was found and what was expected."""
    names = [name for side in _SIDES for name in (side, f"{side}_range")]
    if all(values.get(name) is None for name in names):
        yield f"found a port specification without a port, expected one of {', '.join(names)}"
    for side in _SIDES:
        port, bounds = values.get(side), values.get(f"{side}_range")
        if isinstance(port, int) and isinstance(bounds, list) and not _within(port, bounds):
            yield f"found {side} {port}, expected it within {side}_range {bounds}"


def _within(port: int, bounds: list[Value]) -> bool:
    low, high = bounds
    return not (isinstance(low, int) and port < low) and not (isinstance(high, int) and port > high)
