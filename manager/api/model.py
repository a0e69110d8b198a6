"""``/model``: what a model means: its topology and its woven workflows."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from flask_restx import Namespace, Resource

from engine.weaving import canonical
from engine.weaving.imperative import topology_workflow
from manager.api import query, schemas
from manager.api.services import services
from manager.drawing import svg
from manager.errors import NotFound
from manager.graph import dot, topology
from manager.inputs import declared

FORMATS = ("json", "dot", "svg")

ns = Namespace("model", path="/model", description="What a model means: topology and woven workflows")


@ns.route("/<string:model>/graph")
@ns.param("model", "name of the model", _in="path")
class Graph(Resource):
    """The topology of one model."""

    @ns.doc("get_model_graph")
    @ns.param("format", "json, dot for Graphviz, or svg", enum=list(FORMATS))
    @ns.produces(["application/json", "text/vnd.graphviz", "image/svg+xml"])
    @ns.response(200, "node templates and relationships", schemas.graph)
    @ns.response(404, "no such model", schemas.error)
    def get(self, model: str) -> ResponseReturnValue:
        """Show the topology."""
        kind = query.choice("format", FORMATS)
        template = services().catalog.template(model)
        if kind == "dot":
            return Response(dot(model, template), mimetype="text/vnd.graphviz")
        if kind == "svg":
            return Response(svg(template), mimetype="image/svg+xml")
        return topology(model, template)


@ns.route("/<string:model>/workflows/<path:workflow>")
@ns.param("model", "name of the model", _in="path")
@ns.param("workflow", "install, uninstall (also called deploy, undeploy), or one of the topology's", _in="path")
class Workflow(Resource):
    """One workflow."""

    @ns.doc("get_model_workflow")
    @ns.response(
        200,
        "what is done on each node, and what is waited for; or the steps of one of the topology's own",
        schemas.workflow,
    )
    @ns.response(404, "no such model or workflow", schemas.error)
    def get(self, model: str, workflow: str) -> dict[str, Any]:
        """Show a workflow as it was woven, or the steps of one of the topology's own."""
        record = services().catalog.get(model)
        if canonical(workflow) not in record.workflows:
            raise NotFound("workflow", workflow)
        woven = services().templates.woven(record.digest, canonical(workflow), record.weaving)
        return woven.describe()


@ns.route("/<string:model>/inputs")
@ns.param("model", "name of the model", _in="path")
class Inputs(Resource):
    """What a model and its workflows ask for."""

    @ns.doc("get_model_inputs")
    @ns.response(200, "the inputs of an instance, and those of each workflow", schemas.inputs_of)
    @ns.response(404, "no such model", schemas.error)
    def get(self, model: str) -> dict[str, Any]:
        """Show which inputs instances and executions take."""
        record, template = services().catalog.get(model), services().catalog.template(model)
        own = {name: topology_workflow(template, name) for name in record.workflows}
        return {
            "inputs": declared(template),
            "workflows": {name: [] if found is None else declared(found) for name, found in own.items()},
        }
