"""CSAR → service template: the pipeline, one call per phase.

Place in the flow: `tosca.csar` opens the archive, **this** parses it, `engine.weaving` takes the service template.  All
problems are collected; a phase that could not read a part doubts it (`tosca.doubts`), so that later phases do not tell
of consequences.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tosca.csar import Csar
from tosca.definitions import Kind, TypeInfo
from tosca.entities.service_template import TopologyDefinition
from tosca.model import ServiceTemplate
from tosca.phases.candidates import Candidate
from tosca.phases.defaults import check_defaults
from tosca.phases.files import Files
from tosca.phases.hierarchies import derive
from tosca.phases.inheritance import inherit
from tosca.phases.namespaces import Namespace, collect
from tosca.phases.normalization import normalize
from tosca.phases.read import Unit, read
from tosca.phases.rendering import render
from tosca.phases.replacement import Surroundings, Whole, replace_nodes
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
    with problems.told_at(units[0].document.root):
        return _understood(csar, units, problems)


def _understood(csar: Csar, units: list[Unit], problems: Problems) -> Parsed:
    namespace = collect(units, profile(units[0].reading.version), problems)
    derive(namespace, problems)
    inherit(namespace, problems)
    check_defaults(namespace, units, problems)
    entry = units[0]
    repositories = {name: found.url for unit in units for name, found in unit.definition.repositories.items()}
    files = Files(csar, problems, repositories)
    known = _candidates(units[1:], csar.others, namespace, files)
    topology = entry.definition.topology or TopologyDefinition(entry.document.root)
    rendered = render(topology, namespace, files, entry.reading)
    whole = Whole(rendered)
    if not problems.fatal:
        own = [] if rendered.substitution is None else [Candidate(csar.entry, rendered, rendered.substitution)]
        around = Surroundings(csar.entry, (*own, *known), namespace, problems, csar.complete)
        whole = replace_nodes(rendered, around)
    return Parsed(normalize(entry, whole, namespace), problems, namespace.infos, repositories)


def _candidates(units: list[Unit], others: Collection[str], namespace: Namespace, files: Files) -> list[Candidate]:
    """Return the templates that stand for nodes; these, and the other definitions, must be sound as well."""
    found: list[Candidate] = []
    for unit in units:
        topology = unit.definition.topology
        if topology is not None and (topology.substitution is not None or unit.document.file in others):
            rendered = render(topology, namespace, files, unit.reading)
            if rendered.substitution is not None:
                found.append(Candidate(unit.document.file, rendered, rendered.substitution))
    return found
