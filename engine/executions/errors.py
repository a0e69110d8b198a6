"""Requests that cannot be met.

ExecutionError
├── UnknownInstance    no such instance
├── UnknownExecution   no such execution
├── ExecutionRunning   the instance is busy with another execution
├── ExecutionEnded     it has ended, and in a way that leaves nothing to be done
├── ExecutionOvertaken others have changed what it would go on with
├── PreconditionNotMet what a workflow must find before it begins is otherwise
└── NoValue            an attribute or output that nobody has said yet
"""

from __future__ import annotations

from engine.errors import EngineError


class ExecutionError(EngineError):
    """Root of the errors about instances and executions."""


class UnknownInstance(ExecutionError):
    """There is no such instance."""

    def __init__(self, model: str, instance: str) -> None:
        self.model, self.instance = model, instance
        super().__init__(f"model {model!r} has no instance {instance!r}")


class UnknownExecution(ExecutionError):
    """There is no such execution."""

    def __init__(self, execution: str) -> None:
        self.execution = execution
        super().__init__(f"there is no execution {execution!r}")


class ExecutionRunning(ExecutionError):
    """Only one workflow at a time runs on an instance (section 7)."""

    def __init__(self, model: str, instance: str, execution: str) -> None:
        self.model, self.instance, self.execution = model, instance, execution
        super().__init__(f"execution {execution!r} is running on instance {instance!r} of model {model!r}")


class ExecutionEnded(ExecutionError):
    """It has ended by itself: there is nothing to be cancelled, or to go on with."""

    def __init__(self, execution: str, status: str) -> None:
        self.execution, self.status = execution, status
        super().__init__(f"execution {execution!r} has {status}")


class ExecutionOvertaken(ExecutionError):
    """What it would go on with is not what it left."""

    def __init__(self, execution: str, model: str, instance: str) -> None:
        self.execution = execution
        super().__init__(
            f"execution {execution!r} cannot go on: other executions ran on instance {instance!r} of model {model!r} "
            "since, or it was made anew; execute the workflow again"
        )


class PreconditionNotMet(ExecutionError):
    """A workflow does not begin, since a node is not in the state, or has not the attributes, that it must find."""

    def __init__(self, workflow: str, target: str, instance: str, what: str) -> None:
        self.workflow, self.target, self.instance = workflow, target, instance
        super().__init__(
            f"workflow {workflow!r} was not started: its precondition on {target!r} is not met by {instance}: {what}"
        )


class NoValue(ExecutionError):
    """An attribute or an output of an operation has no value."""

    def __init__(self, call: str, what: str) -> None:
        self.call = call
        super().__init__(f"{call}: {what}")
