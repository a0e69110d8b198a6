"""Artifact definitions.  TOSCA 1.1 § 3.5.6.

Place in the flow: read with node types and node templates; `tosca.phases.rendering` finds their files.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tosca.entities.base import DESCRIPTION, METADATA, Field, Fields, Reading, entries, text
from tosca.nodes import Node, Scalar


@dataclass(frozen=True, slots=True)
class ArtifactDefinition:
    """A file of a node; ``type`` is None where the file's extension tells it."""

    node: Node
    origin: str  # the file that states it
    file: str = ""
    type: str | None = None
    repository: str | None = None
    deploy_path: str | None = None
    properties: dict[str, Node] = field(default_factory=dict)


ARTIFACT = Fields(
    "artifact definition",
    Field("type", text),
    Field("file", text),
    Field("repository", text),
    DESCRIPTION,
    Field("deploy_path", text),
    Field("properties", entries),
    METADATA,
    Field("artifact_version", text, since=(1, 3), kept=False),
    Field("version", text, since=(1, 3), kept=False),
    Field("checksum", text, since=(1, 3), kept=False),
    Field("checksum_algorithm", text, since=(1, 3), kept=False),
)


def read_artifact(node: Node, reading: Reading) -> ArtifactDefinition:
    if type(node) is Scalar:
        return ArtifactDefinition(node, reading.file, node.text)
    return ArtifactDefinition(origin=reading.file, node=node, **ARTIFACT.read(node, reading))
