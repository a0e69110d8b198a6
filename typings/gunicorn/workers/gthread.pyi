import socket
from types import FrameType

class TConn:
    sock: socket.socket

class ThreadWorker:
    booted: bool
    def run(self) -> None: ...
    def handle_exit(self, sig: int, frame: FrameType | None) -> None: ...
    def handle(self, conn: TConn) -> object: ...
