"""Why a workflow cannot be woven.

WeavingError
├── UnknownWorkflow   no node type declares a workflow of that name
├── UnplaceableWeave  a weaving row names a state that the woven node never reaches
├── HostingError      rules or metadata name no host provider (`engine.weaving.hosting`)
├── TrialsError       metadata that say nothing of how often to try (`engine.weaving.trials`)
├── PoliciesDisagree  two policies say different things of that (`engine.weaving.trials`)
├── NameClash         two productions have one name
├── UnrunnableStep    a step of an imperative workflow that nobody could carry out
├── ForeignWorkflow   a workflow in another language than TOSCA's
├── TooManySteps      workflows that contain others multiply beyond all measure
├── TwoWorkflows      the topology has a workflow twice, under two of its names
└── WeavingCycle      the woven workflow waits for itself
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import EngineError

TOPOLOGY = "topology_template"


class WeavingError(EngineError):
    """Root of the errors of weaving; ``place`` is the TOSCA path of its cause, as far as that can be told."""

    place: tuple[str, ...] = ()


class UnknownWorkflow(WeavingError):
    """No node of the topology has a workflow of that name."""

    def __init__(self, workflow: str, known: Sequence[str]) -> None:
        self.workflow = workflow
        has = f"this model has {', '.join(known)}" if known else "no node type of this model declares any"
        super().__init__(f"unknown workflow {workflow!r}; {has}")


class UnplaceableWeave(WeavingError):
    """A weaving row names a state that a node's own workflow does not reach."""

    def __init__(self, relationship: str, workflow: str, node: str, state: str) -> None:
        self.relationship, self.workflow, self.node, self.state = relationship, workflow, node, state
        self.place = (TOPOLOGY, "node_templates", node)
        super().__init__(
            f"the weaving of relationship {relationship!r} into workflow {workflow!r} names the state {state!r}, "
            f"which node {node!r} never reaches in that workflow"
        )


class UnrunnableStep(WeavingError):
    """A step of an imperative workflow that nobody could carry out."""

    def __init__(self, workflow: str, step: str, what: str) -> None:
        self.workflow, self.step = workflow, step
        self.place = (TOPOLOGY, "workflows", workflow, "steps", step.partition(".")[0])
        super().__init__(f"step {step!r} of workflow {workflow!r} cannot be run: {what}")


class ForeignWorkflow(WeavingError):
    """A workflow that is written in another language (1.3, 7.3.8)."""

    def __init__(self, workflow: str, file: str) -> None:
        self.workflow = workflow
        self.place = (TOPOLOGY, "workflows", workflow)
        super().__init__(f"found {file!r} as the implementation of workflow {workflow!r}, expected steps")


class TooManySteps(WeavingError):
    """A workflow comes to too many steps when all that it contains is put in place."""

    def __init__(self, workflow: str, most: int) -> None:
        self.workflow = workflow
        self.place = (TOPOLOGY, "workflows", workflow)
        super().__init__(f"workflow {workflow!r} contains others that come to more than {most} steps, expected fewer")


class TwoWorkflows(WeavingError):
    """Two workflows of the topology have names that mean the same."""

    def __init__(self, workflow: str, names: Sequence[str]) -> None:
        self.workflow = workflow
        self.place = (TOPOLOGY, "workflows", names[-1])
        found = " and ".join(map(repr, names))
        super().__init__(f"found workflows {found} in the topology, which mean the same, expected one of them")


class NameClash(WeavingError):
    """Two productions have the same name, since a node template is named like one that weaving makes."""

    def __init__(self, workflow: str, names: Sequence[str]) -> None:
        self.workflow = workflow
        clash = next(name for name in names if names.count(name) > 1)
        self.place = (TOPOLOGY, "node_templates", clash)
        super().__init__(f"workflow {workflow!r} has two productions named {clash!r}; rename that node template")


class WeavingCycle(WeavingError):
    """The woven workflow cannot be put in order; ``cycle`` is one whole cycle, each waiting for the one before."""

    def __init__(self, workflow: str, cycle: Sequence[str], place: Sequence[str]) -> None:
        self.workflow, self.cycle = workflow, tuple(cycle)
        self.place = (TOPOLOGY, *place)
        steps = "\n".join(f"  {step}" for step in (*cycle, cycle[0]))
        super().__init__(f"workflow {workflow!r} waits for itself; each of these waits for the one above it:\n{steps}")
