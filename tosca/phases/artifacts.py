"""Artifacts of a type or template over those that it inherits.  TOSCA 1.1 § 3.5.6.

Place in the flow: a part of `tosca.phases.inheritance` and `tosca.phases.rendering`.  One of the same name keeps what
the new one leaves out, so that a template may say no more than where an image of its type goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tosca.entities.artifact import ArtifactDefinition
from tosca.problems import Problems


def over(
    inherited: Mapping[str, ArtifactDefinition], own: Mapping[str, ArtifactDefinition], problems: Problems
) -> Mapping[str, ArtifactDefinition]:
    """Return all artifacts; report those that nobody gives a file."""
    if not own:
        return inherited
    return {**inherited, **{name: _over(inherited.get(name), artifact, problems) for name, artifact in own.items()}}


def _over(base: ArtifactDefinition | None, own: ArtifactDefinition, problems: Problems) -> ArtifactDefinition:
    if base is None or own.file:
        if not own.file:
            problems.report("missing-keyname", "found an artifact definition without 'file', expected it", own.node)
        return own if base is None else replace(own, type=own.type or base.type)
    # The file is relative to the place that states it.
    return replace(
        base,
        type=own.type or base.type,
        repository=own.repository or base.repository,
        deploy_path=own.deploy_path or base.deploy_path,
        properties={**base.properties, **own.properties},
    )
