"""Takes note of what a playbook's run comes to: why it failed, and what it said with ``set_stats``.

Place in the flow: Ansible's events → **reason and outputs** of the operation.  The log is written by Ansible's own
callback.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.executor.stats import AggregateStats
from ansible.executor.task_result import CallbackTaskResult
from ansible.playbook import Playbook
from ansible.plugins.callback import CallbackBase

from worker.executors.playbooks.job import Job
from worker.executors.running import last_line, one_line

_RUN = "_run"  # under this name Ansible keeps what `set_stats` says for no host in particular


class Recorder(CallbackBase):
    """Hears of each event of a run."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job
        self.reason: str | None = None
        self._items: dict[str, str] = {}  # what the first failed item of a loop said, by task
        self._init_callback_methods()

    def v2_playbook_on_start(self, playbook: Playbook) -> None:
        # Where `become` or a remote host gives a module a new environment, it must bear the marks by which the
        # processes of an operation are found.
        for play in playbook.get_plays():
            play.environment = [self._job.marks, *(play.environment or [])]

    def v2_runner_item_on_failed(self, result: CallbackTaskResult) -> None:
        self._items.setdefault(result.task._uuid, _said(result.result))

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        said = self._items.pop(result.task._uuid, None) or _said(result.result)
        if not ignore_errors:
            self._failed(result, "failed", said)

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        self._failed(result, "found its host unreachable", _said(result.result))

    def v2_playbook_on_stats(self, stats: AggregateStats) -> None:
        said = dict(stats.custom.get(_RUN, {}))
        said.update(stats.custom.get(self._job.hosts[0].name, {}))  # said `per_host`
        if said:
            lines = [f"{name}:={json.dumps(_plain(value))}\n" for name, value in said.items()]
            with Path(self._job.outputs).open("a") as stream:
                stream.write("".join(["\n", *lines]))

    def _failed(self, result: CallbackTaskResult, how: str, said: str) -> None:
        self.reason = reason(f"task {result.task.get_name()!r} {how}: {said}")


def reason(text: str) -> str:
    """A text as the reason of a failure."""
    return one_line(" ".join(text.split()))


def _said(result: Mapping[str, Any]) -> str:
    """The message of a failed task, and the last line of what it printed."""
    message = str(result.get("msg") or result.get("censored") or "it does not say why")
    for stream in ("stderr", "stdout", "module_stderr"):
        if line := last_line(str(result.get(stream) or "").encode(errors="replace")):
            return f"{message.rstrip('.')}: {line}"
    return message


def _plain(value: Any) -> Any:
    """A value as JSON knows it; what has no form there becomes its text."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple() | set():
            return [_plain(item) for item in value]
    return str(value)
