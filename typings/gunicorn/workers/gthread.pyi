import socket
from types import FrameType

from _typeshed.wsgi import WSGIApplication

class TConn:
    sock: socket.socket

class ThreadWorker:
    booted: bool
    wsgi: WSGIApplication
    def load_wsgi(self) -> None: ...
    def run(self) -> None: ...
    def handle_exit(self, sig: int, frame: FrameType | None) -> None: ...
    def handle(self, conn: TConn) -> object: ...
