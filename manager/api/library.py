"""``/library``: the types known."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_restx import Namespace, Resource

from manager.api import paging, schemas
from manager.api.services import services
from manager.library import types

ns = Namespace("library", path="/library", description="Node types and relationship types, normative and uploaded")


@ns.route("")
class Library(Resource):
    """All types."""

    @ns.doc("list_types")
    @ns.param("limit", "items on a page, 1 to 1000", type="integer")
    @ns.param("after", "'next' of the page before")
    @ns.response(200, "types by name", schemas.type_page)
    def get(self) -> ResponseReturnValue:
        """List the types: those of the standard's profile and those that models bring."""
        catalog, templates = services().catalog, services().templates
        models = ((record.model, templates.template(record.digest)) for record in catalog.all())
        return paging.page(types(models), lambda item: item["name"], lambda item: item)
