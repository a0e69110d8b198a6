"""The REST API from the client's side.

Place in the flow: command → **Client** → HTTP → `manager.api`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import requests

CONNECT, READ = 5, 120  # seconds


class ClientError(Exception):
    """The manager refused; ``problems`` are maps as the API gives them."""

    def __init__(self, status: int, code: str, message: str, problems: list[dict[str, Any]]) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.problems = problems
        super().__init__(message)


class Unreachable(Exception):
    """No manager answers at that address."""

    def __init__(self, server: str, reason: str) -> None:
        self.server = server
        super().__init__(
            f"no manager answers at {server} ({reason}); start one with 'ditrit up', or name one: --server URL"
        )


def path(*parts: str) -> str:
    """A path of the API, whatever characters are in the names."""
    return "".join("/" + quote(part, safe="") for part in parts)


class Bearer(requests.auth.AuthBase):
    """Sends a token with each request."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Client:
    """A manager, by its address, and what makes it trust us and us trust it."""

    def __init__(
        self, server: str, token: str | None = None, verify: bool | str = True, patience: float | None = None
    ) -> None:
        """``verify`` is a file with the certificates of trusted authorities; False only for a program of our own.

        ``patience`` are the seconds that an answer may take, where it is of no use later.
        """
        self.server = server.rstrip("/")
        self._timeout = (CONNECT, READ) if patience is None else (patience, patience)
        self._session = requests.Session()
        self._verify = verify
        if token is not None:
            # As "auth", it is sent to this server only, and no ~/.netrc takes its place.
            self._session.auth = Bearer(token)

    def get(self, path: str, **params: object) -> Any:
        """The answer to a GET."""
        return self._call("GET", path, params=params).json()

    def content(self, path: str) -> bytes:
        """The answer to a GET, as it is."""
        return self._call("GET", path).content

    def text(self, path: str, **params: object) -> Iterator[str]:
        """The answer to a GET, as text while it comes."""
        with self._call("GET", path, params=params, stream=True) as response:
            response.encoding = "utf-8"
            yield from response.iter_content(chunk_size=None, decode_unicode=True)

    def items(self, path: str, after: object = None, **params: object) -> Iterator[dict[str, Any]]:
        """All items of a list after the cursor, page by page."""
        while True:
            page = self.get(path, **params, after=after, limit=1000)
            yield from page["items"]
            after = page["next"]
            if after is None:
                return

    def put(self, path: str, body: Mapping[str, object] | None = None, **params: object) -> Any:
        """The answer to a PUT."""
        return self._call("PUT", path, params=params, json=body).json()

    def upload(self, path: str, file: tuple[str, bytes], **params: object) -> Any:
        """The answer to a PUT of a file, as a browser sends it."""
        return self._call("PUT", path, params=params, files={"file": file}).json()

    def post(self, path: str) -> Any:
        """The answer to a POST."""
        return self._call("POST", path).json()

    def delete(self, path: str, **params: object) -> None:
        """Send a DELETE."""
        self._call("DELETE", path, params=params)

    def ready(self) -> bool:
        """Whether the manager answers and can work."""
        try:
            self.get("/ready")
        except (ClientError, Unreachable):
            return False
        return True

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        url = self.server + path
        try:
            # Given with each request: that of a session yields to a variable REQUESTS_CA_BUNDLE.
            response = self._session.request(method, url, timeout=self._timeout, verify=self._verify, **options)
        except requests.exceptions.RequestException as error:
            raise Unreachable(self.server, _reason(error)) from error
        if response.ok:
            return response
        raise _error(response)


def _reason(error: requests.exceptions.RequestException) -> str:
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        return "not a URL such as http://localhost:5000"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted: name its authority with --ca, or in DITRIT_CA"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "connection refused" if "refused" in str(error) else "connection failed"
    return str(error)


def _error(response: requests.Response) -> ClientError:
    try:
        error = response.json()["error"]
        return ClientError(response.status_code, error["code"], error["message"], error["problems"])
    except (ValueError, KeyError, TypeError):
        text = f"the server at {response.url} answered {response.status_code}, and not as a manager does"
        return ClientError(response.status_code, "not-a-manager", text, [])
