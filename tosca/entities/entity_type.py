"""What the definitions of types of all kinds share.  TOSCA 1.1 § 3.6.1.

Place in the flow: a part of `tosca.entities.types` and `tosca.entities.interface`.  ``derived_from`` is read by
`tosca.phases.namespaces`, before anything else of a type.
"""

from __future__ import annotations

from tosca.entities.base import METADATA, Field, Reading, ignored, text, wrong_shape
from tosca.nodes import Node, Scalar
from tosca.values.scalars import read_version


def _version(node: Node, reading: Reading) -> None:
    """Check the version of a type, § 3.2.2; which type is meant never depends on it."""
    if type(node) is not Scalar:
        return wrong_shape(node, "a version", reading)
    try:
        read_version(node)
    except ValueError as error:
        reading.problems.report("wrong-value", f"found {node.text!r}, expected {error}", node)
    return None


def _foreign(node: Node, reading: Reading) -> None:
    message = "found a keyname of Alien4Cloud, which the standard does not have; it is left out"
    reading.problems.report("foreign-keyname", message, node)


COMMON = (
    Field("abstract", _foreign, kept=False),
    Field("tags", _foreign, kept=False),
    Field("derived_from", ignored),
    Field("version", _version, kept=False),
    METADATA,
    Field("description", text),
)
