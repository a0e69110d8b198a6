"""Lets a request in, or not.

Place in the flow: request → **guard** → `manager.api`.  A token speaks for whoever sends it.  Without one a request
gets in when the manager has no tokens, or trusts this machine and the request was made on it; then what a browser may
have been talked into is kept out.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request

from manager.access import origin
from manager.access.roles import READS, Role, needed
from manager.access.tokens import Holder, Tokens
from manager.errors import Forbidden, Unauthorized

SCHEME = "bearer "


@dataclass(frozen=True)
class Guard:
    """What a manager knows about who may come in."""

    tokens: Tokens | None  # None: everybody may do everything
    trust_loopback: bool
    bound: str
    names: tuple[str, ...]

    def check(self) -> None:
        """See that the request at hand may be answered.

        Raises:
            Unauthorized: nobody knows whose it is.
            Forbidden: that role may not do it, or a page of somebody else's has made it.
        """
        role = needed(request.method, request.url_rule.rule if request.url_rule else None)
        if role is None:
            return
        g.holder = holder = self._holder()
        if holder.role < role:
            raise Forbidden(
                "forbidden",
                f"{holder.name!r} has the role {holder.role.label}, {request.method} {request.path} needs {role.label}",
            )

    def _holder(self) -> Holder:
        token = _sent()
        if self.tokens is not None and token is not None:
            found = self.tokens.holder(token)
            if found is None:
                raise Unauthorized("found a token that is not known here, or no longer", invalid=True)
            return found
        if self.tokens is None or (self.trust_loopback and origin.direct(request.remote_addr, request.headers)):
            self._no_foreign_page()
            return Holder("anonymous", Role.ADMIN)
        raise Unauthorized(
            "found no token, expected the header 'Authorization: Bearer TOKEN' (ditrit: DITRIT_TOKEN or a context)"
        )

    def _no_foreign_page(self) -> None:
        host = request.headers.get("Host", "")
        if not origin.our_name(host, self.bound, self.names):
            name = origin.host_name(host)
            raise Forbidden(
                "foreign-host", f"found host {name!r}, expected an address, localhost, or a name in DITRIT_HOST_NAMES"
            )
        if request.method not in READS and not origin.our_page(host, request.headers):
            raise Forbidden("foreign-origin", "found a request that another site's page makes, expected one of our own")


def _sent() -> str | None:
    header = request.headers.get("Authorization", "")
    return header[len(SCHEME) :].strip() if header.lower().startswith(SCHEME) else None
