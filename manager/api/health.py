"""``/health``, ``/ready`` and ``/metrics``: whether this manager lives and can work, and figures."""

from __future__ import annotations

from flask import Response
from flask.typing import ResponseReturnValue
from flask_restx import Namespace, Resource

from engine.errors import EngineError
from engine.prometheus import FORMAT
from engine.space import keys
from manager.api import schemas
from manager.api.services import services
from manager.metrics import text

ns = Namespace("health", path="/", description="Whether this manager lives and can work")


@ns.route("/health")
class Health(Resource):
    """Alive."""

    @ns.doc("get_health")
    @ns.response(200, "alive", schemas.health)
    def get(self) -> ResponseReturnValue:
        """Say that the manager is alive; looks at nothing else."""
        return {"status": "ok"}


@ns.route("/ready")
class Ready(Resource):
    """Able to work."""

    @ns.doc("get_ready")
    @ns.response(200, "space and artifact store answer", schemas.ready)
    @ns.response(503, "one of them does not", schemas.ready)
    def get(self) -> ResponseReturnValue:
        """Say whether space and artifact store can be reached."""
        space, artifacts = _space(), _artifacts()
        well = space == artifacts == "ok"
        answer = {"status": "ready" if well else "unavailable", "space": space, "artifacts": artifacts}
        return answer, 200 if well else 503


@ns.route("/metrics")
class Metrics(Resource):
    """Figures."""

    @ns.doc("get_metrics")
    @ns.produces(["text/plain"])
    @ns.response(200, "figures for Prometheus, in its text format")
    def get(self) -> ResponseReturnValue:
        """Show figures for Prometheus."""
        return Response(text(services().space, services().served), content_type=FORMAT)


def _space() -> str:
    try:
        services().space.read([keys.path("model", "-")])
    except EngineError as error:
        return str(error)
    return "ok"


def _artifacts() -> str:
    try:
        services().artifacts.ping()
    except (EngineError, OSError) as error:
        return str(error)
    return "ok"
