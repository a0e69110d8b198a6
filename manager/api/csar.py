"""``/csar``: models, uploaded as archives."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import request, send_file
from flask.typing import ResponseReturnValue
from flask_restx import Namespace, Resource

from engine.executions.records import ModelRecord
from manager.api import etags, paging, query, schemas
from manager.api.services import services
from manager.errors import BadRequest
from manager.soundness import MODES

ns = Namespace("csar", path="/csar", description="Models: archives (CSAR) that were parsed and woven")


def shape(record: ModelRecord) -> dict[str, Any]:
    """A model as the API shows it."""
    return {
        "model": record.model,
        "digest": record.digest,
        "weaving": record.weaving,
        "node_templates": record.node_templates,
        "workflows": record.workflows,
        "created": record.created,
        "warnings": record.warnings,
        "substitutions": record.substitutions,
    }


@contextmanager
def _uploaded() -> Iterator[Path]:
    upload = request.files.get("file")
    if upload is None:
        raise BadRequest("missing-file", "the body holds no 'file': send it as multipart/form-data, curl -F file=@NAME")
    with tempfile.TemporaryDirectory(prefix="ditrit-") as folder:
        path = Path(folder, "archive")
        upload.save(path)
        yield path


@ns.route("")
class Csars(Resource):
    """All models."""

    @ns.doc("upload_model", consumes=["multipart/form-data"])
    @ns.param("model", "name of the model", required=True)
    @ns.param("file", "the archive", _in="formData", type="file", required=True)
    @ns.param("weaving", "how relationships order operations; the template's metadata may say", enum=list(MODES))
    @ns.response(201, "stored", schemas.model)
    @ns.response(200, "the same bytes are already there", schemas.model)
    @ns.response(400, "a parameter or the file is missing", schemas.error)
    @ns.response(409, "the model has instances and the bytes differ", schemas.error)
    @ns.response(413, "too large", schemas.error)
    @ns.response(422, "something is wrong with it: all problems are named, nothing is stored", schemas.error)
    def put(self) -> ResponseReturnValue:
        """Upload an archive as a model.

        `curl -X PUT "http://localhost:5000/csar?model=un_model" -F "file=@example/appli.zip"`
        """
        model, weaving = query.required("model"), query.choice("weaving", MODES)
        with _uploaded() as path:
            record, stored = services().catalog.put(model, path, weaving)
        return shape(record), 201 if stored else 200, {"Location": f"/csar/{record.model}"}

    @ns.doc("list_models")
    @ns.param("limit", "items on a page, 1 to 1000", type="integer")
    @ns.param("after", "'next' of the page before")
    @ns.response(200, "models by name", schemas.model_page)
    def get(self) -> ResponseReturnValue:
        """List the models."""
        return paging.page(services().catalog.all(), lambda record: record.model, shape)


@ns.route("/<string:model>")
@ns.param("model", "name of the model", _in="path")
@ns.response(404, "no such model", schemas.error)
class Csar(Resource):
    """One model."""

    @ns.doc("get_model")
    @ns.param("If-None-Match", "the ETag of what the client has", _in="header")
    @ns.response(200, "the model", schemas.model)
    @ns.response(304, "the client has it already")
    def get(self, model: str) -> ResponseReturnValue:
        """Describe a model."""
        return etags.tagged(shape(services().catalog.get(model)))

    @ns.doc("delete_model")
    @ns.param("If-Match", "the ETag of what was seen: delete nothing else", _in="header")
    @ns.response(204, "deleted")
    @ns.response(412, "it has changed since", schemas.error)
    @ns.response(409, "it has instances", schemas.error)
    def delete(self, model: str) -> ResponseReturnValue:
        """Delete a model that has no instances."""
        services().catalog.delete(model, etags.demand(shape))
        return "", 204


@ns.route("/<string:model>/archive")
@ns.param("model", "name of the model", _in="path")
class Archive(Resource):
    """The archive of one model."""

    @ns.doc("get_model_archive")
    @ns.produces(["application/zip"])
    @ns.response(200, "the very bytes that were uploaded")
    @ns.response(404, "no such model", schemas.error)
    def get(self, model: str) -> ResponseReturnValue:
        """Download the archive."""
        record, content, size = services().catalog.archive(model)
        name = f"{record.model}.zip"
        response = send_file(content, "application/zip", as_attachment=True, download_name=name, etag=record.digest)
        response.content_length = size
        return response
