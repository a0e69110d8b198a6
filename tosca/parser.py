"""CSAR → service template: the pipeline, one call per phase.

Place in the flow: `tosca.csar` opens the archive, **this** parses it, `engine.weaving` takes the service template.  All
problems of a phase are collected; the next phase runs only when there is no error, since it would only tell of
consequences.
"""

from __future__ import annotations

from dataclasses import dataclass

from tosca.csar import Csar
from tosca.entities.service_template import TopologyDefinition
from tosca.model import ServiceTemplate
from tosca.phases.defaults import check_defaults
from tosca.phases.files import Files
from tosca.phases.hierarchies import derive
from tosca.phases.inheritance import inherit
from tosca.phases.namespaces import collect
from tosca.phases.normalization import normalize
from tosca.phases.read import read
from tosca.phases.rendering import render
from tosca.problems import Problems
from tosca.profiles.loader import profile


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parse gives; there is a service template exactly when there is no error."""

    service_template: ServiceTemplate | None
    problems: Problems


def parse(csar: Csar) -> Parsed:
    """Parse the template that an archive enters with."""
    problems = Problems()
    problems.extend(csar.problems)
    service_template = _parse(csar, problems)
    return Parsed(None if problems.fatal else service_template, problems)


def _parse(csar: Csar, problems: Problems) -> ServiceTemplate | None:
    units = read(csar, problems)
    if problems.fatal:
        return None
    namespace = collect(units, profile(units[0].reading.version), problems)
    if problems.fatal:
        return None
    derive(namespace, problems)
    if problems.fatal:
        return None
    inherit(namespace, problems)
    check_defaults(namespace, units, problems)
    if problems.fatal:
        return None
    entry = units[0]
    files = Files(csar, problems, {name for unit in units for name in unit.definition.repositories})
    for unit in units[1:]:  # what may stand for a node of the entry must be sound as well
        if unit.definition.topology is not None and unit.definition.topology.substitution is not None:
            render(unit.definition.topology, namespace, files, unit.reading)
    topology = entry.definition.topology or TopologyDefinition(entry.document.root)
    rendered = render(topology, namespace, files, entry.reading)
    return normalize(entry, topology, rendered, namespace)
