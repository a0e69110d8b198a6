from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")
Params = Sequence[tuple[str, str]] | None
Headers = dict[str, str] | None

class Response(NamedTuple):
    code: int
    headers: Mapping[str, str]
    body: str

class HTTPClient(ABC):
    base_uri: str
    def __init__(self, host: str, port: int, scheme: str, verify: bool | str, cert: tuple[str, str] | None) -> None: ...
    def uri(self, path: str, params: Params = ...) -> str: ...
    @abstractmethod
    def get(self, callback: Callable[[Response], T], path: str, params: Params = ..., headers: Headers = ...) -> T: ...
    @abstractmethod
    def put(
        self,
        callback: Callable[[Response], T],
        path: str,
        params: Params = ...,
        data: str | bytes = ...,
        headers: Headers = ...,
    ) -> T: ...
    @abstractmethod
    def close(self) -> None: ...
