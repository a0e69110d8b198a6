"""Nodes with the directive ``substitute`` → the templates that stand for them.  TOSCA 1.1 § 2.10, § 2.11; 1.3 § 3.8.12.

Place in the flow: after `tosca.phases.rendering`, before `tosca.phases.normalization`: whatever comes later sees one
flat topology.  It goes in rounds, since a template that was put in a node's place may have such nodes itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from tosca.model import Function, NodeTemplate, Relationship, Replaced, Value
from tosca.phases.calls import Calls
from tosca.phases.candidates import Asked, Candidate, Candidates
from tosca.phases.capabilities import SCALABLE
from tosca.phases.connections import Connections
from tosca.phases.mentions import Mentions
from tosca.phases.namespaces import Namespace
from tosca.phases.placement import Placement
from tosca.phases.redirection import MOST_CALLS, Redirection
from tosca.phases.rendering import Rendered, check_sources
from tosca.phases.rewriting import NOBODY
from tosca.phases.tools import Nodes
from tosca.problems import Problems

T = TypeVar("T")
SUBSTITUTE = frozenset(("substitute", "substitutable"))  # the second until 1.2
MOST_NODES = 10_000


@dataclass(frozen=True, slots=True)
class Whole:
    """A topology without nodes that are to be substituted, and those that were."""

    rendered: Rendered
    replaced: tuple[Replaced, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a topology stands: its file, the templates beside it, and whether others may still come."""

    file: str
    known: tuple[Candidate, ...]
    namespace: Namespace
    problems: Problems
    complete: bool = True


def replace_nodes(rendered: Rendered, around: Surroundings) -> Whole:
    """Put templates in the place of nodes."""
    if not any(SUBSTITUTE.intersection(node.directives) for node in rendered.node_templates.values()):
        return Whole(rendered)
    return _Rounds(rendered, around).run()


class _Rounds:
    def __init__(self, rendered: Rendered, around: Surroundings) -> None:
        self._rendered = rendered
        self._candidates = Candidates(around.known, around.namespace)
        self._namespace = around.namespace
        self._problems = around.problems
        self._complete = around.complete
        self._calls = Calls.of([rendered.tools.values, *(one.rendered.tools.values for one in around.known)])
        self._within: dict[str, tuple[str, ...]] = dict.fromkeys(rendered.node_templates, (around.file,))
        self._left: set[str] = set()
        self._replaced: list[Replaced] = []

    def run(self) -> Whole:
        while asked := self._asked():
            chosen = {name: self._choose(name, one) for name, one in asked.items()}
            found = {name: candidate for name, candidate in chosen.items() if candidate is not None}
            if self._problems.fatal or self._are_too_many(found):
                break
            if found:
                self._put(found)
        rendered = self._rendered
        check_sources(rendered.node_templates, rendered.types, rendered.definitions, self._problems)
        self._check_steps()
        return Whole(self._rendered, tuple(self._replaced))

    # -- choosing

    def _asked(self) -> dict[str, Asked]:
        """The nodes that are to be substituted."""
        rendered = self._rendered
        incoming: dict[str, list[Relationship]] = {}
        for node in rendered.node_templates.values():
            for way in node.relationships:
                incoming.setdefault(way.target, []).append(way)
        return {
            name: Asked(
                node,
                rendered.types[name],
                rendered.definitions[name],
                tuple(incoming.get(name, ())),
                {way.name: self._end(way) for way in node.relationships},
                self._within[name],
            )
            for name, node in rendered.node_templates.items()
            if SUBSTITUTE.intersection(node.directives) and name in rendered.types and name not in self._left
        }

    def _end(self, way: Relationship) -> tuple[str, ...]:
        capability = self._rendered.node_templates[way.target].capabilities.get(way.capability or "")
        return capability.lineage if capability is not None else ()

    def _choose(self, name: str, asked: Asked) -> Candidate | None:
        """Return the template for a node; None, and a problem, when there is none or more than one."""
        candidates = self._candidates.of_type(asked)
        misfits = {one.file: self._candidates.misfits(one, asked) for one in candidates}
        fitting = [one for one in candidates if not misfits[one.file]]
        open_ = [one for one in fitting if one.file not in asked.within]
        if fitting and not open_:
            loop = " → ".join([*asked.within, fitting[0].file])
            message = f"found {name!r}, for which only a template fits that contains it, {loop}, expected an end"
            self._report("substitution-loop", message, asked)
            return None
        if not open_:
            self._report_none(name, asked, misfits)
            return None
        nearest = self._candidates.distance(open_[0], asked)
        best = [one for one in open_ if self._candidates.distance(one, asked) == nearest]
        if len(best) > 1:
            files = " and ".join(one.file for one in best)
            message = f"found {name!r} of type {asked.info.name}, for which {files} fit equally well, expected one"
            self._report("ambiguous-substitute", message, asked)
            return None
        return best[0]

    def _report_none(self, name: str, asked: Asked, misfits: Mapping[str, list[str]]) -> None:
        stated = next(one for one in asked.definition.directives if one in SUBSTITUTE)
        found = f"found {name!r} of type {asked.info.name} with directive {stated!r}, expected"
        if misfits:
            why = "; ".join(f"{file} does not: {', '.join(reasons)}" for file, reasons in misfits.items())
            self._report("no-substitute", f"{found} a template that fits; {why}", asked)
        elif self._complete:
            self._report("no-substitute", f"{found} a template of the archive that stands for this type", asked)
        else:
            message = f"{found} a template that stands for this type; it has to come with the archive"
            self._report("absent-substitute", message, asked)
            self._left.add(name)

    def _report(self, code: str, message: str, asked: Asked) -> None:
        self._problems.report(code, message, asked.definition.node, "directives")

    def _are_too_many(self, found: Mapping[str, Candidate]) -> bool:
        total = len(self._rendered.node_templates) - len(found)
        for name, candidate in found.items():
            total += len(candidate.rendered.node_templates)
            if total > MOST_NODES:
                message = f"found more than {MOST_NODES} node templates when all are substituted, expected fewer"
                self._problems.report("substitution-limit", message, self._rendered.definitions[name].node)
                return True
        return False

    # -- putting

    def _put(self, chosen: Mapping[str, Candidate]) -> None:
        before = self._rendered
        placements: dict[str, Placement] = {}
        data_types = self._namespace.infos["data"]
        redirection = Redirection(Nodes(before.node_templates, before.types), placements, data_types, self._calls)
        for name, candidate in chosen.items():
            placements[name] = self._placement(name, candidate, redirection)
            self._replaced.append(Replaced(name, before.node_templates[name].type, candidate.file))
        self._check_names(placements)
        rewriting = redirection.rewriting
        nodes = Connections(placements, rewriting).connected(before.node_templates)
        mentions = Mentions(placements, nodes, rewriting, self._namespace, self._problems)
        outputs = before.outputs.items()
        self._rendered = replace(
            before,
            node_templates=nodes,
            definitions=_spread(before.definitions, placements, lambda found: found.definitions),
            types=_spread(before.types, placements, lambda found: found.types),
            groups=mentions.groups(before),
            policies=mentions.policies(before),
            workflows=mentions.workflows(before),
            substitution=mentions.substitution(before.substitution),
            outputs={name: replace(one, value=rewriting.value(one.value, NOBODY)) for name, one in outputs},
        )
        for placement in placements.values():
            within = (*self._within[placement.name], placement.candidate.file)
            self._within.update((name, within) for name in placement.nodes)
        self._report_lost(redirection)

    def _placement(self, name: str, candidate: Candidate, redirection: Redirection) -> Placement:
        node, definition = self._rendered.node_templates[name], self._rendered.definitions[name]
        if definition.interfaces or definition.artifacts:
            message = f"found interfaces or artifacts of {name!r}, in whose place stands {candidate.file}; left out"
            self._problems.report("not-interpreted", message, definition.node)
        inputs = {key: redirection.anchored(value, name) for key, value in candidate.inputs(node).items()}
        given = {path: redirection.anchored(value, name) for path, value in self._given(name, candidate).items()}
        self._check_hosts(name, candidate)
        return Placement(name, candidate, inputs, given, self._calls)

    def _check_hosts(self, name: str, candidate: Candidate) -> None:
        """A host that the template leaves to the node's requirement, and that the node does not assign."""
        assigned = {way.requirement for way in self._rendered.node_templates[name].relationships}
        for key, (template, requirement) in candidate.substitution.requirements.items():
            info = candidate.rendered.types.get(template)
            declared = info.requirements.get(requirement) if info is not None else None
            own = (way.requirement for way in candidate.rendered.node_templates[template].relationships)
            open_ = key not in assigned and requirement not in own
            if requirement == "host" and declared is not None and declared.lower > 0 and open_:
                message = f"found no assignment of requirement {key!r}, expected one: {template!r} of {candidate.file}"
                node = self._rendered.definitions[name].node
                self._problems.report("unassigned-host", f"{message} is hosted by it", node)

    def _given(self, name: str, candidate: Candidate) -> dict[tuple[str, ...], Value]:
        """The values of nodes inside that the node itself gives: mapped properties, and those of its capabilities."""
        node, definition = self._rendered.node_templates[name], self._rendered.definitions[name]
        mapping = candidate.substitution
        found: dict[tuple[str, ...], Value] = {
            tuple(map(str, call.arguments)): node.properties[key]
            for key, call in mapping.properties.items()
            if isinstance(call, Function) and call.name == "get_property" and node.properties.get(key) is not None
        }
        for key, assignment in definition.capabilities.items():
            if key not in mapping.capabilities:
                if assignment.properties:
                    message = f"found properties of capability {key!r}, which {candidate.file} does not map; left out"
                    self._problems.report("not-interpreted", message, assignment.node)
                continue
            template, capability = mapping.capabilities[key]
            own = node.capabilities[key]
            info = candidate.rendered.types.get(template)
            declared = info.capabilities.get(capability) if info is not None else None
            # Numbers of instances belong together: bounds that were not written follow the default.
            stated = own.properties if SCALABLE in own.lineage and assignment.properties else assignment.properties
            for name_ in stated:
                if own.properties.get(name_) is not None and (declared is None or name_ in declared.properties):
                    found[template, capability, name_] = own.properties[name_]
        return found

    def _check_names(self, placements: Mapping[str, Placement]) -> None:
        """What is inside a node is named after it; whoever has written such a name has to choose another one."""
        for placement in placements.values():
            for name in placement.nodes:
                if name in self._rendered.node_templates:
                    message = f"found {name!r}, expected another name: so a node in the place of {placement.name!r}"
                    where = self._rendered.definitions[name].node
                    self._problems.report("duplicate-name", f"{message} is called", where)

    def _report_lost(self, redirection: Redirection) -> None:
        places = self._calls.places
        for call, message in self._calls.lost:
            self._problems.report("unmapped-reference", message, places.get(id(call)))
        for call in redirection.loops:
            message = f"found {call.name}, whose value leads back to itself by way of a substitution, expected an end"
            self._problems.report("property-loop", message, places.get(id(call)))
        for call in redirection.endless[:1]:
            message = (
                f"found more than {MOST_CALLS} calls that a value leads to by way of a substitution, expected fewer"
            )
            self._problems.report("substitution-limit", message, places.get(id(call)))
        self._calls.lost.clear()

    def _check_steps(self) -> None:
        """A step that calls an operation of a substituted node calls it on the nodes in its place."""
        rendered, stated = self._rendered, self._rendered.topology.workflows
        names = {one.node for one in self._replaced}
        for workflow in rendered.workflows.values():
            for step in workflow.steps.values():
                called = [one.value for one in step.activities if one.kind == "call_operation"]
                if step.target not in names or step.target_relationship or workflow.name not in stated:
                    continue
                members = [rendered.node_templates[name] for name in rendered.groups[step.target].members]
                for value in called:
                    if not any(_has(member, value) for member in members):
                        message = f"found operation {value!r} of {step.target!r}, expected one that a node in its"
                        node = stated[workflow.name].steps[step.name].node
                        self._problems.report("unknown-operation", f"{message} place has", node)


def _has(node: NodeTemplate, value: str) -> bool:
    stated, _, operation = value.rpartition(".")
    faces = (
        face for face in node.interfaces.values() if stated in (face.name, face.type, face.type.rpartition(".")[2])
    )
    return any(operation in face.operations for face in faces)


def _spread(
    before: Mapping[str, T], placements: Mapping[str, Placement], part: Callable[[Rendered], Mapping[str, T]]
) -> dict[str, T]:
    """What is known of nodes, after templates were put in the place of some."""
    found = {name: one for name, one in before.items() if name not in placements}
    for placement in placements.values():
        found |= {placement.inside(name): one for name, one in part(placement.candidate.rendered).items()}
    return found
