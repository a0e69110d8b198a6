from collections.abc import Callable, Sequence
from typing import TypeVar

from consul.base import Response
from requests import Session

T = TypeVar("T")
Params = Sequence[tuple[str, str]]

class HTTPClient:
    session: Session
    def __init__(self, host: str, port: int, scheme: str, verify: bool | str, cert: tuple[str, str] | None) -> None: ...
    def timeout(self, params: Params | None) -> object: ...
    def get(
        self,
        callback: Callable[[Response], T],
        path: str,
        params: Params | None = ...,
        headers: dict[str, str] | None = ...,
    ) -> T: ...
    def put(
        self,
        callback: Callable[[Response], T],
        path: str,
        params: Params | None = ...,
        data: str | bytes = ...,
        headers: dict[str, str] | None = ...,
    ) -> T: ...

class Consul:
    http: HTTPClient
    token: str | None
    def __init__(
        self,
        host: str | None = ...,
        port: int | None = ...,
        token: str | None = ...,
        scheme: str | None = ...,
        *,
        verify: bool | str | None = ...,
        cert: tuple[str, str] | None = ...,
    ) -> None: ...
    def http_connect(
        self, host: str, port: int, scheme: str, verify: bool | str = ..., cert: tuple[str, str] | None = ...
    ) -> HTTPClient: ...
    def prepare_headers(self, token: str | None = ...) -> dict[str, str]: ...
