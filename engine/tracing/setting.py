"""Whether traces are exported: read once at the start of a daemon from the variables that OpenTelemetry defines.

Place in the flow: environment → **Tracing**, or nothing → `engine.tracing.traces`.  Where to, how often and with what
headers the library reads for itself; here is looked at what it would not tell, or only with a traceback.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from engine.masking import Mask
from engine.settings import SettingsError

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
HEADERS = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
EXPORTER, DISABLED = "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED"
PROTOCOL = "http/protobuf"
EXTRA = "ditrit-workflows[otel]"


@dataclass(frozen=True)
class Tracing:
    """That traces are exported, by a service of this name unless the environment has another."""

    service: str
    secrets: tuple[str, ...] = field(default=(), repr=False)  # what opens the receiver: no message may show it


def tracing_of(environ: Mapping[str, str], section: str) -> Tracing | None:
    """What the environment says of traces; None when there is nowhere to send them.

    Raises:
        SettingsError: it asks for what there is not, or the libraries are not installed.
    """
    if environ.get(DISABLED, "").strip().lower() == "true" or not _wanted(environ):
        return None
    _check_protocol(environ)
    for name in ENDPOINTS:
        _check_endpoint(name, environ.get(name, ""))
    tracing = Tracing(f"ditrit-{section}", tuple(_secrets(environ)))
    _check_libraries(Mask(tracing.secrets))
    return tracing


def _wanted(environ: Mapping[str, str]) -> bool:
    exporter = environ.get(EXPORTER, "").strip()
    if exporter not in ("", "none", "otlp"):
        raise SettingsError(f"{EXPORTER}: found {exporter!r}, expected otlp or none")
    return exporter != "none" and (exporter == "otlp" or any(environ.get(name, "").strip() for name in ENDPOINTS))


def _check_protocol(environ: Mapping[str, str]) -> None:
    name = next((name for name in PROTOCOLS if environ.get(name, "").strip()), None)
    if name is not None and environ[name].strip() != PROTOCOL:
        raise SettingsError(f"{name}: found {environ[name]!r}, expected {PROTOCOL}")


def _check_endpoint(name: str, url: str) -> None:
    """Its text is not repeated: it may have a password in it."""
    if not url.strip():
        return
    try:
        parts = urlsplit(url)
        well = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        well = False
    if not well:
        raise SettingsError(f"{name}: found no address, expected a URL such as http://localhost:4318")


def _secrets(environ: Mapping[str, str]) -> set[str]:
    """The values of headers, and what stands in addresses before an '@' or behind a '?'."""
    found: set[str] = set()
    for name in HEADERS:
        for header in environ.get(name, "").split(","):
            value = header.partition("=")[2].strip() or header.strip()  # a malformed one is all value
            found |= {value, unquote(value)}
    for name in ENDPOINTS:
        parts = urlsplit(environ.get(name, ""))
        found |= {parts.password or "", parts.query}
    return found - {""}


def _check_libraries(mask: Mask) -> None:
    """Load them now: what is missing or misconfigured is told before anything is opened."""
    try:
        from engine.tracing.exporter import check  # noqa: PLC0415  only who exports waits for it
    except ImportError as error:
        message = "traces are to be exported, but the libraries of OpenTelemetry are not installed"
        raise SettingsError(f"{message}: pip install '{EXTRA}', or set {DISABLED}=true") from error
    try:
        check(mask)
    except (ValueError, OSError) as error:
        raise SettingsError(f"traces cannot be exported: {mask.text(str(error))}") from error
