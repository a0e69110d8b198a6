"""``/workers``: the workers that are alive."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_restx import Namespace, Resource

from engine.executions.presence import live_workers
from manager.api import paging, schemas
from manager.api.services import services

ns = Namespace("workers", path="/workers", description="Workers that are alive")


@ns.route("")
class Workers(Resource):
    """All live workers."""

    @ns.param("limit", "items on a page, 1 to 1000", type="integer")
    @ns.param("after", "'next' of the page before")
    @ns.response(200, "workers by id", schemas.worker_page)
    def get(self) -> ResponseReturnValue:
        """List the workers that are alive."""
        workers = sorted(live_workers(services().space), key=lambda worker: str(worker["id"]))
        return paging.page(workers, lambda worker: worker["id"], lambda worker: worker)
