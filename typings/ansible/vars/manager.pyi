from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader

class VariableManager:
    def __init__(
        self, loader: DataLoader, inventory: InventoryManager, version_info: dict[str, object] | None = ...
    ) -> None: ...
