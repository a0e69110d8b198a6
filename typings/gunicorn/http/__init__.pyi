import socket

from gunicorn.config import Config

class Unreader:
    def take_buffered(self) -> bytes: ...
    def unread(self, data: bytes) -> None: ...

class RequestParser:
    unreader: Unreader

def get_parser(cfg: Config, source: socket.socket, source_addr: object) -> RequestParser: ...
