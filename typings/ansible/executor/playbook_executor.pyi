from collections.abc import Sequence

from ansible.executor.task_queue_manager import TaskQueueManager
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

class PlaybookExecutor:
    _tqm: TaskQueueManager
    def __init__(
        self,
        playbooks: Sequence[str],
        inventory: InventoryManager,
        variable_manager: VariableManager,
        loader: DataLoader,
        passwords: dict[str, str],
    ) -> None: ...
    def run(self) -> int: ...
