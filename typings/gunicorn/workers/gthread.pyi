from types import FrameType

class ThreadWorker:
    def handle_exit(self, sig: int, frame: FrameType | None) -> None: ...
