import selectors
import socket
from types import FrameType

from _typeshed.wsgi import WSGIApplication
from gunicorn.config import Config
from gunicorn.http import RequestParser

class TConn:
    sock: socket.socket
    client: object
    parser: RequestParser | None
    initialized: bool
    data_ready: bool
    def close(self, graceful: bool = ...) -> None: ...

class ThreadWorker:
    alive: bool
    booted: bool
    cfg: Config
    nr_conns: int
    poller: selectors.BaseSelector
    wsgi: WSGIApplication
    def init_process(self) -> None: ...
    def load_wsgi(self) -> None: ...
    def run(self) -> None: ...
    def enqueue_req(self, conn: TConn) -> None: ...
    def murder_pending(self) -> None: ...
    def handle_exit(self, sig: int, frame: FrameType | None) -> None: ...
    def handle(self, conn: TConn) -> object: ...
