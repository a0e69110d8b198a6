"""Consul's agents over HTTP: which one is asked, and what it means when one does not answer.

Place in the flow: `engine.space.backends.consul` → **requests to one agent, then the next** → answers.  The one file
that knows the client library.  Of that it uses address and token, and the place where a client brings its own
connections: those of urllib3, which take 0.18 ms of CPU for a request instead of 0.45.  The library's methods for each
endpoint turn statuses into exceptions that have only a text, send transactions without a token, and refuse short
sessions, so requests are put together here.
"""

from __future__ import annotations

import itertools
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Never, TypeVar

import urllib3
from consul import Consul
from consul.base import HTTPClient, Response
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from engine.space.backends.consul_address import ConsulAddress
from engine.space.errors import SpaceUnavailable, UnknownOutcome

T = TypeVar("T")
Params = Sequence[tuple[str, str]] | None
Headers = dict[str, str] | None

CONNECT = 2.0  # seconds for a connection
CONNECTIONS = 32  # kept open per agent at most: a manager's threads; a worker needs two or three

PAUSE = 0.1  # seconds, and longer each time, before agents that wait for a leader are asked again

# What Consul says before it hands a request to the leader; whatever else goes wrong, the leader may have it.
_NOT_APPLIED = ("No cluster leader", "rpc error getting client", "No path to datacenter", "rate limit exceeded")
_LEADERLESS = ("No cluster leader", "rpc error", "leadership", "not the leader", "not ready to serve consistent reads")
_NOT_TRUSTED = ("CERTIFICATE", "UNKNOWN_CA", "WRONG_VERSION")  # in reasons of TLS: nothing was read by the other side


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent said: ``index`` is that of the data, 0 where there is none."""

    status: int
    index: int
    body: str


class Agents:
    """The agents of one address; several threads may ask at once.

    The agent that answered last is asked first.  While a leader is elected, what has surely not been applied is asked
    again: to callers an election is a slow answer.
    """

    def __init__(self, address: ConsulAddress, patience: float) -> None:
        """Each is given ``patience`` seconds to answer."""
        self._patience = patience
        self._options = [("dc", address.dc)] if address.dc else []
        self._agents = [_Agent(address, host, port, patience) for host, port in address.agents]
        self._current = 0
        self._lock = threading.Lock()

    def get(self, path: str, *params: tuple[str, str]) -> Answer:
        """Ask for data, of any agent that answers.

        Raises:
            SpaceUnavailable: none does.
        """
        options = [*self._options, *params]
        return self._ask(lambda agent: agent.http.get(_answer, path, options, agent.prepare_headers()), writes=False)

    def put(self, path: str, body: str, *params: tuple[str, str], writes: bool = False) -> Answer:
        """Send something; ``writes`` says that sending it twice is not the same as once.

        Raises:
            SpaceUnavailable: no agent has taken it.
            UnknownOutcome: one may have taken it, and ``writes``.
        """
        options = [*self._options, *params]
        return self._ask(
            lambda agent: agent.http.put(_answer, path, options, body, agent.prepare_headers()), writes=writes
        )

    def hasten(self, patience: float) -> None:
        """Give them no more than so many seconds from now on."""
        self._patience = min(self._patience, patience)
        for agent in self._agents:
            agent.patience = self._patience

    def close(self) -> None:
        """Let go of the connections."""
        for agent in self._agents:
            agent.http.close()

    def _ask(self, send: Callable[[_Agent], Answer], *, writes: bool) -> Answer:
        """Ask one agent after the other; all of them again while they wait for a leader."""
        deadline = time.monotonic() + self._patience
        reasons: dict[_Agent, str] = {}
        for attempt in itertools.count():
            for agent in self._order():
                said = self._try(agent, send, writes=writes)
                if isinstance(said, Answer):
                    return said
                reasons[agent] = said
                if attempt and time.monotonic() > deadline:
                    break
            leaderless = any(text in reason for reason in reasons.values() for text in _LEADERLESS)
            # Once again in any case: the connection may just have been an old one.
            if time.monotonic() > deadline or (attempt and not leaderless):
                break
            time.sleep(PAUSE * attempt)
        raise SpaceUnavailable("Consul does not answer: " + "; ".join(f"{a.name}: {r}" for a, r in reasons.items()))

    def _try(self, agent: _Agent, send: Callable[[_Agent], Answer], *, writes: bool) -> Answer | str:
        """The answer of an agent, or why there is none."""
        try:
            answer = send(agent)
        except HTTPError as error:
            reason, applied = _reason(error), not _never_sent(error)
        else:
            if answer.status < 500 and answer.status != 429:
                return answer
            reason = answer.body.strip() or f"status {answer.status}"
            applied = not any(text in reason for text in _NOT_APPLIED)
        self._leave(agent)
        if writes and applied:
            raise UnknownOutcome(f"Consul has not said whether it took a transaction: {agent.name}: {reason}")
        return reason

    def _order(self) -> list[_Agent]:
        """The current agent, then the others."""
        start = self._current
        return self._agents[start:] + self._agents[:start]

    def _leave(self, agent: _Agent) -> None:
        with self._lock:
            if self._agents[self._current] is agent:
                self._current = (self._current + 1) % len(self._agents)


class _Agent(Consul):
    """The client of one agent."""

    def __init__(self, address: ConsulAddress, host: str, port: int, patience: float) -> None:
        self.patience = patience
        super().__init__(host, port, scheme=address.scheme, verify=address.ca or True, cert=address.cert)
        self.token = address.token or None  # not what the library finds in the environment
        self.name = f"{host}:{port}"

    def http_connect(
        self, host: str, port: int, scheme: str, verify: bool | str = True, cert: tuple[str, str] | None = None
    ) -> HTTPClient:
        return _Http(host, port, scheme, verify, cert, patience=lambda: self.patience)


class _Http(HTTPClient):
    """The library's client over connections of urllib3, kept open: no proxies, no redirects, no compression."""

    def __init__(
        self,
        host: str,
        port: int,
        scheme: str,
        verify: bool | str,
        cert: tuple[str, str] | None,
        *,
        patience: Callable[[], float],
    ) -> None:
        super().__init__(host, port, scheme, verify, cert)
        self._patience = patience
        options: dict[str, Any] = {"maxsize": CONNECTIONS, "retries": False}
        if scheme == "https":
            context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
            if cert is not None:
                context.load_cert_chain(*cert)
            self._pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(
                host, port, ssl_context=context, **options
            )
        else:
            self._pool = urllib3.HTTPConnectionPool(host, port, **options)

    def get(self, callback: Callable[[Response], T], path: str, params: Params = None, headers: Headers = None) -> T:
        return callback(self._response("GET", path, params, headers))

    def put(
        self,
        callback: Callable[[Response], T],
        path: str,
        params: Params = None,
        data: str | bytes = "",
        headers: Headers = None,
    ) -> T:
        return callback(self._response("PUT", path, params, headers, data))

    def post(self, *_: object, **__: object) -> Never:
        """Nothing that we ask of Consul is a POST."""
        raise TypeError("Consul's KV store, transactions and sessions know GET and PUT only")

    delete = post

    def close(self) -> None:
        self._pool.close()

    def _response(
        self, method: str, path: str, params: Params, headers: Headers, body: str | bytes | None = None
    ) -> Response:
        url = self.uri(path, params).removeprefix(self.base_uri)
        data = body.encode() if isinstance(body, str) else body
        timeout = self._timeout(params)
        answer = self._pool.urlopen(method, url, data, headers, redirect=False, timeout=timeout)
        return Response(answer.status, answer.headers, answer.data.decode(errors="replace"))

    def _timeout(self, params: Params) -> urllib3.Timeout:
        """How long to wait for the connection, and for an answer; Consul answers a blocking query up to 1/16 late."""
        wait = dict(params or ()).get("wait", "0ms")
        patience = self._patience()
        read = patience + float(wait.removesuffix("ms")) / 1000 * 17 / 16
        return urllib3.Timeout(connect=min(CONNECT, patience), read=read)


def _answer(response: Response) -> Answer:
    return Answer(response.code, int(response.headers.get("X-Consul-Index", 0)), response.body)


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _reason(error: HTTPError) -> str:
    """What lies at the bottom of it; the library's own text names a path, not a reason."""
    *_, bottom = _chain(error)
    return str(bottom) or type(bottom).__name__


def _never_sent(error: HTTPError) -> bool:
    """Whether the agent has surely not received the request."""
    for one in _chain(error):
        if isinstance(one, NewConnectionError | ConnectTimeoutError):
            return True
        if isinstance(one, ssl.SSLError):
            return any(text in (one.reason or "") for text in _NOT_TRUSTED)
    return False
