"""Ports: whether one can be listened on, looked at ahead so that the answer is a sentence.

Place in the flow: `manager.server`, ``ditrit up`` and ``ditrit demo`` look here before they start anything.
"""

from __future__ import annotations

import socket

from manager.config import ManagerConfig


class PortTaken(OSError):
    """Nobody can listen there: somebody does already, or the address is none of this machine."""


def check_port(config: ManagerConfig) -> None:
    """See that the manager can listen where it shall.

    Raises:
        PortTaken: it cannot.
    """
    host, port = config.address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"cannot listen on {config.bind}: {error.strerror}; choose another with --bind or --port"
            raise PortTaken(message) from error


def free_port(wanted: int) -> int:
    """The port itself when it is free on this machine, else any other that is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise PortTaken("no port is free")
