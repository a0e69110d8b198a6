"""CSAR → service template: the pipeline, one call per phase.

Place in the flow: `tosca.csar` opens the archive, **this** parses it, `engine.weaving` takes the service template.  All
problems are collected; a phase that could not read a part doubts it (`tosca.doubts`), so that later phases do not tell
of consequences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tosca.csar import Csar
from tosca.definitions import Kind, TypeInfo
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
    types: Mapping[Kind, Mapping[str, TypeInfo]] = field(default_factory=dict)  # all that the document can use
    repositories: Mapping[str, str] = field(default_factory=dict)


def parse(csar: Csar) -> Parsed:
    """Parse the template that an archive enters with."""
    problems = Problems()
    problems.extend(csar.problems)
    parsed = _parse(csar, problems)
    return Parsed(None, problems) if parsed is None or problems.fatal else parsed


def _parse(csar: Csar, problems: Problems) -> Parsed | None:
    units = read(csar, problems)
    if not units:
        return None
    namespace = collect(units, profile(units[0].reading.version), problems)
    derive(namespace, problems)
    inherit(namespace, problems)
    check_defaults(namespace, units, problems)
    entry = units[0]
    repositories = {name: found.url for unit in units for name, found in unit.definition.repositories.items()}
    files = Files(csar, problems, repositories)
    for unit in units[1:]:  # what may stand for a node of the entry must be sound as well
        if unit.definition.topology is not None and unit.definition.topology.substitution is not None:
            render(unit.definition.topology, namespace, files, unit.reading)
    topology = entry.definition.topology or TopologyDefinition(entry.document.root)
    rendered = render(topology, namespace, files, entry.reading)
    return Parsed(normalize(entry, topology, rendered, namespace), problems, namespace.infos, repositories)
