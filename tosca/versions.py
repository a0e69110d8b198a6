"""The versions of the language: how a document names its own.  TOSCA 1.1 § 3.1.

Place in the flow: `tosca.phases.read` looks here first of all.
"""

from __future__ import annotations

KNOWN = tuple(f"tosca_simple_yaml_1_{minor}" for minor in range(4))
_URI = "http://docs.oasis-open.org/tosca/ns/simple/yaml/"


def version_of(text: str) -> tuple[int, int] | None:
    """Return (1, minor) for an alias or a namespace URI of the language, None for anything else."""
    for minor, alias in enumerate(KNOWN):
        # Samples of the standard also write a trailing _0.
        if text in (alias, f"{alias}_0", f"{_URI}1.{minor}"):
            return (1, minor)
    return None
