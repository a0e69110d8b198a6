"""How often a requirement may be assigned, and a capability taken.  TOSCA 1.1 § 3.6.2, § 3.6.3; 1.3 § 3.8.1, § 3.8.2.

Place in the flow: `tosca.phases.inheritance` reads those of definitions; those of assignments are checked when read.
"""

from __future__ import annotations

from tosca.entities.base import Reading
from tosca.nodes import List, Node, Scalar
from tosca.problems import Problems


def read_occurrences(node: Node, reading: Reading) -> None:
    """Check the occurrences of an assignment, which says that there is at least one."""
    bounds = bounds_of(node, reading.problems)
    if bounds is not None and bounds[1] == 0:
        message = "found occurrences that allow none, expected an assignment to occur at least once"
        reading.problems.report("bad-occurrences", message, node)
    elif bounds is not None and bounds[0] > 1:
        message = f"found {bounds[0]} occurrences of an assignment, which is read as one; repeat it for more"
        reading.problems.report("not-interpreted", message, node)


def bounds_of(node: Node, problems: Problems) -> tuple[int, int | None] | None:
    """Return least and most, None for no upper bound; report what is no range."""
    bounds = _range(node)
    if bounds is None:
        message = "found occurrences that are no range, expected [ least, most ] or [ least, UNBOUNDED ]"
        problems.report("bad-occurrences", message, node)
    return bounds


def _range(node: Node) -> tuple[int, int | None] | None:
    if isinstance(node, Scalar) and _is_count(node.text):  # the field also writes a bare number
        return (int(node.text), int(node.text))
    if not isinstance(node, List) or len(node.items) != 2:
        return None
    low, high = (item.text if isinstance(item, Scalar) else "" for item in node.items)
    if not _is_count(low) or not (_is_count(high) or high == "UNBOUNDED"):
        return None
    upper = None if high == "UNBOUNDED" else int(high)
    return (int(low), upper) if upper is None or int(low) <= upper else None


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) < 10
