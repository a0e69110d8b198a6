from collections.abc import Mapping
from typing import Any

from ansible.playbook.task import Task

class CallbackTaskResult:
    @property
    def result(self) -> Mapping[str, Any]: ...
    @property
    def task(self) -> Task: ...
