"""Whether a manager may listen where it shall: for other machines only with tokens, or when told to go without.

Place in the flow: settings → **exposure** → `manager.server`, ``ditrit up``.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from engine.settings import SettingsError
from manager.access.origin import is_loopback
from manager.config import ManagerConfig


def check_exposure(config: ManagerConfig) -> None:
    """See that nobody gets in by oversight, and that the certificate can be used.

    Raises:
        SettingsError: the address is not this machine's alone and there are no tokens, or the certificate is unusable.
    """
    if config.tokens is None and not config.insecure and not is_loopback(config.address[0]):
        raise SettingsError(
            f"bind: other machines can reach {config.bind}, and there are no tokens: anybody could deploy here. "
            "Make one ('ditrit token new --role admin --name me'), put the line that it prints into a file, and name "
            "that file in --tokens or DITRIT_TOKENS; or, in a network that you trust, say "
            "--insecure=true or DITRIT_INSECURE=true"
        )
    if config.tls_cert is not None and config.tls_key is not None:
        check_certificate(config.tls_cert, config.tls_key)


def check_certificate(cert: Path, key: Path) -> None:
    """See that a certificate and its key belong together."""
    for name, file in (("tls_cert", cert), ("tls_key", key)):
        try:
            file.read_bytes()
        except OSError as error:
            raise SettingsError(f"{name}: {str(file)!r}: {error.strerror}") from error
    try:
        # A function for the password: without it, an encrypted key would be asked about on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password=lambda: "")
    except (ssl.SSLError, ValueError) as error:
        message = f"tls_cert, tls_key: {str(cert)!r} and {str(key)!r} are no certificate and its key without a password"
        raise SettingsError(f"{message} (PEM): {error}") from error


def access(config: ManagerConfig) -> str:
    """Who gets in, in a few words."""
    if config.tokens is None:
        return "no tokens: whoever reaches it may do everything"
    return "tokens, and this machine" if config.trust_loopback else "tokens"
