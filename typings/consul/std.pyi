from consul.base import HTTPClient

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
