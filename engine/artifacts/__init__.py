"""Where archives and logs are kept: objects named by keys, outside the space.

Place in the flow: the manager stores each CSAR here before its model is recorded; workers fetch it and store what
their operations printed.
"""

from engine.artifacts.base import (
    ArtifactCorrupt,
    ArtifactError,
    ArtifactMissing,
    ArtifactRefused,
    ArtifactStore,
    ArtifactUnreachable,
)
from engine.artifacts.url import open_artifacts

__all__ = [
    "ArtifactCorrupt",
    "ArtifactError",
    "ArtifactMissing",
    "ArtifactRefused",
    "ArtifactStore",
    "ArtifactUnreachable",
    "open_artifacts",
]
