"""What is not told any more once something else is wrong: it may be a consequence, and nobody needs to read it twice.

Place in the flow: a phase of the parser doubts the map in which it found a mistake; `tosca.problems` then keeps quiet
about what that map only seems to lack.  So one parse tells all mistakes, and each of them once.
"""

from __future__ import annotations

import re

_CUT = re.compile(r"[.\[]")

# What seems to be missing in a map of which a part could not be read.
LACKS = frozenset(
    (
        "bad-step",
        "bad-substitution",
        "dangling-requirement",
        "matched-requirement",
        "missing-property",
        "scalable-range",
        "unassigned-host",
        "unmapped-input",
    )
)
# What seems to be missing, or too much, where a type is not known as a whole.
PARTS = LACKS | frozenset(
    (
        "capability-does-not-fit",
        "member-does-not-fit",
        "no-parent",
        "target-does-not-fit",
        "too-many-requirements",
        "too-many-sources",
        "type-for-entity",
        "undeclared-attribute",
        "undeclared-capability",
        "undeclared-interface",
        "undeclared-operation",
        "undeclared-requirement",
        "unknown-attribute",
        "unknown-capability",
        "unknown-operation",
        "unknown-property",
        "unknown-reference",
        "unknown-requirement",
        "unusual-node",
        "unusual-target",
        "value-for-definition",
    )
)
# The same in a type whose ancestors are not known: it may only refine what they define.
INHERITED = PARTS | {"missing-keyname", "wrong-shape"}
# Names that lead nowhere where a file, or a section of it, could not be read: types and repositories stand there.
TYPES = frozenset(("unknown-relationship", "unknown-repository", "unknown-target", "unknown-type", "wrong-kind"))
# The same of a section of the topology.
TEMPLATES = frozenset(
    (
        "bad-copy",
        "bad-substitution",
        "unknown-entity",
        "unknown-input",
        "unknown-member",
        "unknown-relationship",
        "unknown-target",
        "unmapped-input",
        "workflow-not-found",
    )
)
# What is wrong with a definition without anything of it being lost.
HARMLESS = frozenset(("bad-constraint", "bad-occurrences", "wrong-value", "constraint-violated", "bad-function"))


def around(path: str) -> list[str]:
    """Return a TOSCA path and those of all that it lies in, up to the document; a dot in a name does no harm."""
    return [path, *(path[: cut.start()] for cut in reversed(list(_CUT.finditer(path)))), *([""] if path else [])]
