"""The versions of the language: how a document names its own.  TOSCA 1.1 § 3.1.

Place in the flow: `tosca.phases.read` looks here first of all.
"""

from __future__ import annotations

import re

KNOWN = tuple(f"tosca_simple_yaml_1_{minor}" for minor in range(4))
_URI = "http://docs.oasis-open.org/tosca/ns/simple/yaml/"


# Profiles and dialects that keep the language and bring types of their own.
_OTHERS = (
    (re.compile(r"tosca_simple_profile_for_(?:nfv|mec)(?:_\d+)*"), (1, 0)),
    (re.compile(r"tosca_simple_unfurl_1_0(?:_0)?"), (1, 3)),
    (re.compile(r"alien_dsl_[1-3](?:_\d+)*"), (1, 1)),
)


def version_of_other(text: str) -> tuple[int, int] | None:
    """Return the version of the standard that a profile or dialect of others is written in."""
    return next((version for pattern, version in _OTHERS if pattern.fullmatch(text)), None)


def version_of(text: str) -> tuple[int, int] | None:
    """Return (1, minor) for an alias or a namespace URI of the language, None for anything else."""
    for minor, alias in enumerate(KNOWN):
        # Samples of the standard also write a trailing _0.
        if text in (alias, f"{alias}_0", f"{_URI}1.{minor}"):
            return (1, minor)
    return None
