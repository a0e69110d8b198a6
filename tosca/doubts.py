"""What is not told any more once something else is wrong: it may be a consequence, and nobody needs to read it twice.

Place in the flow: a phase of the parser doubts the map in which it found a mistake; `tosca.problems` then keeps quiet
about what that map only seems to lack.  So one parse tells all mistakes, and each of them once.
"""

from __future__ import annotations

import re

_CUT = re.compile(r"[.\[]")

# What seems to be missing, or too much, where a part could not be read or a type is not known as a whole.
PARTS = frozenset(
    (
        "bad-step",
        "bad-substitution",
        "capability-does-not-fit",
        "dangling-requirement",
        "matched-requirement",
        "member-does-not-fit",
        "missing-property",
        "no-parent",
        "scalable-range",
        "target-does-not-fit",
        "too-many-requirements",
        "too-many-sources",
        "type-for-entity",
        "unassigned-host",
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
        "unmapped-input",
        "unusual-node",
        "unusual-target",
        "value-for-definition",
    )
)
# The same in a type whose ancestors are not known: it may only refine what they define.
INHERITED = PARTS | {"missing-keyname", "wrong-shape"}
# Names that lead nowhere where a whole file, or a section of it, could not be read.
NAMES = PARTS | frozenset(
    (
        "bad-copy",
        "unknown-entity",
        "unknown-input",
        "unknown-member",
        "unknown-relationship",
        "unknown-repository",
        "unknown-step",
        "unknown-target",
        "unknown-type",
        "workflow-not-found",
        "wrong-kind",
    )
)
# What is wrong with a definition without anything of it being lost.
HARMLESS = frozenset(("bad-constraint", "bad-occurrences", "wrong-value", "constraint-violated", "bad-function"))


def around(path: str) -> list[str]:
    """Return a TOSCA path and those of all that it lies in, up to the document; a dot in a name does no harm."""
    return [path, *(path[: cut.start()] for cut in reversed(list(_CUT.finditer(path)))), *([""] if path else [])]
