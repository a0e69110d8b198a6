"""Executors that other Python packages bring.

Place in the flow: a worker starts → entry points of the installed packages → `worker.executors.registry`.  An entry
point of the group ``ditrit.executors`` bears the name of an artifact type, or of an extension with its dot, and leads
to what makes the executor of a folder for its files; ``docs/executors.md`` has an example.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from worker.executors.base import Executor

GROUP = "ditrit.executors"


class ExecutorError(ValueError):
    """An entry point that leads to no executor, or to one too many: the worker does not start."""

    def __init__(self, entry: EntryPoint, what: str) -> None:
        super().__init__(f"executor for {entry.name!r} of the package {_package(entry)} ({entry.value}): {what}")


def plugged_in(folder: Path, taken: Collection[str]) -> dict[str, Executor]:
    """The executors of all installed packages, by artifact type or extension; ``taken`` are those of the product.

    Raises:
        ExecutorError: one cannot be loaded, or two claim the same.
    """
    found = sorted(set(entry_points(group=GROUP)), key=lambda entry: (entry.name, _package(entry)))
    _check_names(found, taken)
    made = {value: _make(entry, folder) for value, entry in {entry.value: entry for entry in found}.items()}
    return {entry.name: made[entry.value] for entry in found}


def _check_names(found: Iterable[EntryPoint], taken: Collection[str]) -> None:
    owners: dict[str, EntryPoint] = {}
    for entry in found:
        if entry.name in taken:
            raise ExecutorError(entry, "found a name that Ditrit Workflows has an executor for, expected another")
        if entry.name in owners:
            other = _package(owners[entry.name])
            raise ExecutorError(entry, f"the package {other} has one too, expected one of them to be uninstalled")
        owners[entry.name] = entry


def _make(entry: EntryPoint, folder: Path) -> Executor:
    try:
        executor = entry.load()(folder)
    except Exception as error:  # whatever a package does wrong, the worker says which one it was
        raise ExecutorError(entry, f"cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(executor, Executor):
        kind = type(executor).__name__
        raise ExecutorError(entry, f"found an object of type {kind!r}, expected a worker.executors.base.Executor")
    return executor


def _package(entry: EntryPoint) -> str:
    return "?" if entry.dist is None else entry.dist.name
