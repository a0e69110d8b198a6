"""All checks of a space, one after the other.

Place in the flow: space and artifact store → **check** → ``ditrit space check``.
"""

from __future__ import annotations

from engine.artifacts import ArtifactStore
from engine.space.base import Space
from manager.inspection.artifacts import artifact_findings
from manager.inspection.finding import Finding
from manager.inspection.history import history_findings
from manager.inspection.memories import memory_findings
from manager.inspection.outputs import output_findings
from manager.inspection.picture import picture
from manager.inspection.places import place_findings
from manager.inspection.records import record_findings


def check(space: Space, artifacts: ArtifactStore, *, deep: bool = False) -> tuple[list[Finding], bool]:
    """All that is wrong, and whether an execution runs: then it may be right the next moment."""
    there = picture(space.entries(""))
    found = [
        *there.findings,
        *record_findings(there),
        *memory_findings(there),
        *output_findings(there),
        *place_findings(there),
        *history_findings(there),
        *artifact_findings(there, artifacts, deep=deep),
    ]
    return sorted(found), bool(there.running)
