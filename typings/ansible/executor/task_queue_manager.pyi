from ansible.plugins.callback import CallbackBase

class TaskQueueManager:
    _callback_plugins: list[CallbackBase]
    def load_callbacks(self) -> None: ...
