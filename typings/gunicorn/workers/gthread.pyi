import socket
from types import FrameType

from _typeshed.wsgi import WSGIApplication

_DEFER: object

class TConn:
    sock: socket.socket
    initialized: bool
    def wait_for_data(self, timeout: float) -> bool: ...

class ThreadWorker:
    booted: bool
    wsgi: WSGIApplication
    def load_wsgi(self) -> None: ...
    def run(self) -> None: ...
    def handle_exit(self, sig: int, frame: FrameType | None) -> None: ...
    def handle(self, conn: TConn) -> object: ...
