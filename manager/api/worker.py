"""``/workers``: the workers that are alive."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_restx import Namespace, Resource

from manager.api import paging, schemas
from manager.api.services import services
from manager.workers import workers

ns = Namespace("workers", path="/workers", description="Workers that are alive")


@ns.route("")
class Workers(Resource):
    """All live workers."""

    @ns.doc("list_workers")
    @ns.param("limit", "items on a page, 1 to 1000", type="integer")
    @ns.param("after", "'next' of the page before")
    @ns.response(200, "workers by id", schemas.worker_page)
    def get(self) -> ResponseReturnValue:
        """List the workers that are alive."""
        return paging.page(workers(services().space), lambda worker: worker["id"], lambda worker: worker)
