"""What the resources work with, made once per manager and found through the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

from engine.artifacts import ArtifactStore
from engine.space.base import Space
from manager.catalog import Catalog
from manager.config import ManagerConfig
from manager.deployments import Deployments
from manager.executions import Executions
from manager.feeds import Feeds
from manager.logs import Logs
from manager.metrics import Served
from manager.streams import Streams
from manager.templates import Templates

if TYPE_CHECKING:
    from engine.tracing.traces import Traces

KEY = "ditrit"


@dataclass(frozen=True)
class Services:
    """The parts of a manager."""

    config: ManagerConfig
    space: Space
    artifacts: ArtifactStore
    templates: Templates
    catalog: Catalog
    deployments: Deployments
    executions: Executions
    logs: Logs
    streams: Streams
    feeds: Feeds
    served: Served
    traces: Traces | None  # where they are exported


def services() -> Services:
    """The parts of the manager that serves this request."""
    found: Services = current_app.extensions[KEY]
    return found
