"""Compiles an imperative workflow and a scale to the productions of a network.

Place in the flow: flow of steps (`engine.weaving.flow`) and scale → **productions** → the space.

There are five kinds of production:

* one for each step, of a single instance: it waits for the steps ahead of it, lets its stages begin one after another,
  and has passed its last step when all is done;
* one for each line of activities, with an instance for each node instance (or each instance of a relationship's
  operation): it waits for its step, and has no state of its own but sets that of the node;
* one for each check, ahead of what it selects: an instance for which it does not hold skips what it is an input of;
* those of a delegated workflow, woven for the nodes of the step (`engine.weaving.compile`);
* ``.start:…`` and ``.end``.

A step that is named by ``on_failure`` waits until everything in the other step has been settled, and has failed
somewhere.  A step is through with a workflow inside it when none of what has no step for its failure has failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.instances.scaling import Scale
from engine.rete.condition import Condition, Quantifier
from engine.rete.production import FAILURE, Feed, Production, Step, Wiring
from engine.weaving.compile import (
    END,
    Compiled,
    starts_of,
)
from engine.weaving.delegation import DelegatedCompiler
from engine.weaving.draft import Draft
from engine.weaving.ends import Ends
from engine.weaving.flow import Delegated, Flow, FlowStep, ImperativeWorkflow, Inlined, Line, Lines
from engine.weaving.hosts import shared_hosts
from engine.weaving.lengths import Lengths
from engine.weaving.lines import LineDrafts, preconditions_of
from engine.weaving.woven import Row
from tosca.imperative_model import Condition as Clause

Guards = Mapping[str, tuple[Draft, ...]]
"""For each node the checks that select its instances."""


@dataclass(slots=True)
class _Compiled:
    """What a step or a workflow has come to."""

    controls: list[Draft] = field(default_factory=list)  # of its steps
    failing: list[Draft] = field(default_factory=list)  # whose failure nothing inside is provided for


@dataclass(frozen=True, slots=True)
class _Setting:
    """Where a step stands."""

    guards: Guards
    handled: bool  # whether something around it is provided for its failure
    after: int  # how many operations lie behind it


def compile_imperative(workflow: ImperativeWorkflow, scale: Scale) -> Compiled:
    """Compile; the same workflow and scale always give the same productions."""
    return _Compiler(workflow, scale).compile()


class _Compiler:
    def __init__(self, workflow: ImperativeWorkflow, scale: Scale) -> None:
        self._workflow = workflow
        self._scale = scale
        self._lengths = Lengths(workflow.flow, scale)
        self._shared = shared_hosts(workflow.flow, scale)
        self._draft = LineDrafts(workflow, scale, self._shared)
        self._drafts: list[Draft] = []
        self._tolerant: set[str] = set()

    def compile(self) -> Compiled:
        top = self._flow(self._workflow.flow, None, _Setting({}, False, 0))
        end = self._end()
        productions = [p for draft in self._drafts for p in draft.finished(tolerant=draft.name in self._tolerant)]
        names = {draft.name for draft in top.controls}
        begin = [p for p in productions if p.name in names and p.steps[0].condition is None]
        starts = list(starts_of([*begin, *([end] if end.steps[0].condition is None else [])]))
        operations = sum(p.count for p in productions for step in p.steps if step.operation is not None)
        return Compiled(
            (*productions, end, *starts), len(starts), operations, preconditions_of(self._workflow, self._scale)
        )

    def _end(self) -> Production:
        base = 0
        for draft in self._drafts:
            draft.add_feed(len(draft.steps) - 1, Feed(END, 0, Wiring.ALL, 1, base))
            base += draft.count
        return Production(END, 1, (Step(Condition(base, Quantifier.SETTLED) if base else None, end=True),))

    # -- flows

    def _flow(self, flow: Flow, begin: Draft | None, setting: _Setting) -> _Compiled:
        """The steps of a workflow; those that wait for no other begin with ``begin``, if that is given."""
        success, failure = flow.predecessors()
        found: dict[str, _Compiled] = {}
        for name, step in flow.steps.items():
            found[name] = self._step(step, replace(setting, after=setting.after + self._lengths.after(step.path)))
        whole = _Compiled()
        for name, step in flow.steps.items():
            control = found[name].controls[0]
            whole.controls.append(control)
            if not step.on_failure:
                whole.failing += found[name].failing
            before, otherwise = [found[other] for other in success[name]], [found[other] for other in failure[name]]
            if before or otherwise:
                self._wait(control, before, otherwise)
            elif begin is not None:
                begin.add_feed(len(begin.steps) - 1, Feed(control.name, 0, Wiring.ALL, 1, control.takes(0, 1)))
        return whole

    def _wait(self, control: Draft, before: Sequence[_Compiled], otherwise: Sequence[_Compiled]) -> None:
        """Let a step wait for others: for the success of all, or the failure of any; for either where it has both."""
        if before and otherwise:
            self._wait_for_either(control, before, otherwise)
        elif before:
            for step in before:
                _feed(step.controls[0], len(step.controls[0].steps) - 1, control, 0)
        else:
            _feed_failures(otherwise, control, 0, Quantifier.SOME)

    def _wait_for_either(self, control: Draft, before: Sequence[_Compiled], otherwise: Sequence[_Compiled]) -> None:
        """As what comes after both success and failure: not before all that is waited for has been settled."""
        either = self._new(Draft(f"{control.name}:either", 1, dict(control.subject), [Step(), Step()]))
        for word, ways in (("success", (before, ())), ("failure", ((), otherwise))):
            gate = self._new(Draft(f"{control.name}:{word}", 1, dict(control.subject), [Step()]))
            self._wait(gate, *ways)
            _feed(gate, 0, either, 0)
        either.quantifiers[0] = Quantifier.SOME
        _feed_failures(before, either, 1, Quantifier.SETTLED)
        _feed(either, 1, control, 0)

    # -- steps

    def _step(self, step: FlowStep, setting: _Setting) -> _Compiled:
        subject = {"step": step.path}
        control = self._new(Draft(f"{self._workflow.workflow}:{step.path}", 1, subject, [Step()]))
        compiled = _Compiled([control])
        setting = replace(setting, handled=setting.handled or bool(step.on_failure))
        if step.filter:
            setting = replace(setting, guards=self._filtered(control, step, setting))
        for number, stage in enumerate(step.stages):
            name = f"{control.name}:{number}"
            match stage:
                case Lines(lines):
                    self._through(control, compiled, list(self._lines(name, step, lines, setting)))
                case Delegated():
                    nodes = self._delegated(name, step, stage, compiled, setting)
                    self._through(control, compiled, nodes)
                case Inlined(flow):
                    guards = self._preconditioned(name, step, flow, control, setting)
                    self._inlined(flow, control, compiled, replace(setting, guards=guards))
        return compiled

    def _through(self, control: Draft, compiled: _Compiled, drafts: Sequence[Draft]) -> None:
        """Let these begin, and the step wait for all of them."""
        compiled.failing += drafts
        last = len(control.steps) - 1
        for draft in drafts:
            control.add_feed(last, Feed(draft.name, 0, Wiring.ALL, draft.count, draft.takes(0, 1)))
        if drafts:
            control.steps.append(Step())
            for draft in drafts:
                _feed(draft, len(draft.steps) - 1, control, last + 1)

    # -- lines

    def _lines(self, name: str, step: FlowStep, lines: Sequence[Line], setting: _Setting) -> Iterator[Draft]:
        for line in lines:
            acts = [element for element in line.elements if element.state is not None or element.operation is not None]
            if not acts or not self._scale.count(line.node):
                continue
            draft = self._line(name, step, replace(line, elements=tuple(acts)), setting)
            if draft.count:
                yield self._new(draft)

    def _line(self, name: str, step: FlowStep, line: Line, setting: _Setting) -> Draft:
        draft = self._draft.of_line(name, line, setting.after + self._lengths.of(step.path))
        self._place(draft, step.path, setting)
        if draft.count:
            self._guard(draft, line, setting.guards)
        return draft

    def _place(self, draft: Draft, path: str, setting: _Setting) -> None:
        """Say where a production stands, and what becomes of its failure."""
        draft.subject["step"] = path
        if setting.handled:
            draft.subject["handled"] = True
        elif self._workflow.tolerant:
            self._tolerant.add(draft.name)

    # -- checks

    def _filtered(self, control: Draft, step: FlowStep, setting: _Setting) -> Guards:
        """Check which instances a step is for, ahead of all else; and say so to what follows."""
        name = f"{control.name}:filter"
        checks: dict[str, Draft] = {}
        for relationship in step.relationships:
            row = Row(relationship, step.side, 0)
            checks[relationship.name] = self._draft.of_relationship_check(name, row, step.filter, step.path)
        for node in () if step.relationships else step.targets:
            checks[node] = self._draft.of_check(name, node, ("filter", step.filter), step.path)
        return self._after_checks(control, checks, setting)

    def _preconditioned(self, name: str, step: FlowStep, flow: Flow, control: Draft, setting: _Setting) -> Guards:
        """Check on which instances a workflow inside another runs."""
        clauses: dict[str, list[Clause]] = {}
        for precondition in flow.preconditions:
            if not precondition.target_relationship:
                for node in flow.members[precondition.target]:
                    clauses.setdefault(node, []).extend(precondition.condition)
        what = f"precondition of {flow.workflow}"
        checks = {
            node: self._draft.of_check(f"{name}:precondition", node, (what, conditions), step.path)
            for node, conditions in clauses.items()
        }
        return self._after_checks(control, checks, setting)

    def _after_checks(self, control: Draft, checks: Mapping[str, Draft], setting: _Setting) -> Guards:
        """Let all that follows wait for the checks, and be skipped by those that they leave out."""
        drafts = [check for check in checks.values() if check.count]
        for check in drafts:
            self._guard(check, Line(check.subject["node"], ()), setting.guards)
            self._new(check)
        self._through(control, _Compiled(), drafts)
        both = dict(setting.guards)
        for key, check in checks.items():
            both[key] = (*both.get(key, ()), *([check] if check.count else []))
        return both

    def _guard(self, draft: Draft, line: Line, guards: Guards) -> None:
        """Let the checks on its node, or its relationship, say which instances skip it."""
        names = [line.node, *([line.relationship.name] if line.relationship is not None else [])]
        for guard in (guard for name in names for guard in guards.get(name, ())):
            base = draft.takes(0, 1)
            same = Feed(draft.name, 0, Wiring.DOWN, 1, base)
            feed = same if line.relationship is None else Ends(line.row(), self._scale).from_owner(draft, base)
            guard.add_feed(len(guard.steps) - 1, feed)

    # -- workflows inside

    def _delegated(
        self, name: str, step: FlowStep, stage: Delegated, compiled: _Compiled, setting: _Setting
    ) -> list[Draft]:
        """The productions of the nodes, which begin with the step."""
        compiler = DelegatedCompiler(stage.woven, self._scale, f"{name}:", self._shared, setting.after)
        drafts = [draft for draft in compiler.drafts() if draft.count]
        for draft in drafts:
            self._place(draft, step.path, setting)
            if stage.woven.tolerant and not setting.handled:
                self._tolerant.add(draft.name)
            if draft.resumes:
                self._guard(draft, Line(draft.subject["node"], ()), setting.guards)
            self._new(draft)
        compiled.failing += [draft for draft in drafts if draft.owned]
        return [draft for draft in drafts if draft.resumes]

    def _inlined(self, flow: Flow, control: Draft, compiled: _Compiled, setting: _Setting) -> None:
        inside = self._flow(flow, control, setting)
        compiled.failing += inside.failing
        waited = [*inside.controls, *inside.failing]
        if waited:
            control.steps.append(Step())
            last = len(control.steps) - 1
            for draft in waited:
                _feed(draft, FAILURE, control, last)
            control.quantifiers[last] = Quantifier.NEVER

    def _new(self, draft: Draft) -> Draft:
        self._drafts.append(draft)
        return draft


def _feed_failures(steps: Sequence[_Compiled], target: Draft, step: int, quantifier: Quantifier) -> None:
    """Make the failures of all that can fail in these steps, and of nothing else, inputs of a condition."""
    for found in steps:
        for draft in (found.controls[0], *found.failing):
            _feed(draft, FAILURE, target, step)
    target.quantifiers[step] = quantifier


def _feed(source: Draft, fact: int, target: Draft, step: int) -> None:
    """Make that fact of all instances inputs of a production of one instance."""
    source.add_feed(fact, Feed(target.name, step, Wiring.ALL, 1, target.takes(step, source.count)))
