"""How a manager speaks TLS: from 1.2 on, and with clients that do not fall silent.

Place in the flow: settings → **context** → gunicorn (`manager.server`).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable

Hook = Callable[[object, Callable[[], ssl.SSLContext]], ssl.SSLContext]


def context(stall: float) -> Hook:
    """What gunicorn asks for its context; ``stall`` is how many seconds a client may say nothing."""

    def made(_config: object, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        found = default()
        found.minimum_version = ssl.TLSVersion.TLSv1_2
        found.sslsocket_class = _limited(stall)
        return found

    return made


def _limited(stall: float) -> type[ssl.SSLSocket]:
    class Limited(ssl.SSLSocket):
        """A socket that never waits without end.

        gunicorn asks for that, but then as many silent clients as there are threads would keep all others out; and a
        limit of the kernel, which helps where there is no TLS, is not seen through it.
        """

        def settimeout(self, value: float | None) -> None:
            super().settimeout(stall if value is None else value)

        def setblocking(self, flag: bool) -> None:
            self.settimeout(None if flag else 0.0)

    return Limited
