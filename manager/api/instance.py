"""``/instance``: instances of models."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from flask_restx import Namespace, Resource

from engine.executions.records import InstanceRecord
from manager.api import etags, paging, query, schemas
from manager.api.services import services
from manager.logs import parsed_index
from manager.overview import overview, summed
from manager.secrets import without_secrets
from manager.view import describe, node_details

ns = Namespace("instance", path="/instance", description="Instances of models and the states of their nodes")


def summary(record: InstanceRecord) -> dict[str, Any]:
    """An instance as lists show it."""
    return {
        "model": record.model,
        "instance": record.instance,
        "node_instances": record.node_instances,
        "inputs": without_secrets(record),
        "execution": record.execution,
        "created": record.created,
    }


def _described(record: InstanceRecord) -> dict[str, Any]:
    deployments = services().deployments
    return describe(services().space, record, deployments.template(record), deployments.scale(record))


@ns.route("")
class Instances(Resource):
    """All instances."""

    @ns.doc("create_instance")
    @ns.param("model", "name of the model", required=True)
    @ns.param("name", "name of the instance", required=True)
    @ns.expect(schemas.inputs)
    @ns.response(201, "created", schemas.instance_created)
    @ns.response(200, "it exists with equal inputs", schemas.instance_created)
    @ns.response(400, "a parameter is missing, or the body is malformed", schemas.error)
    @ns.response(404, "no such model", schemas.error)
    @ns.response(409, "it exists with other inputs", schemas.error)
    @ns.response(422, "the name or an input is wrong", schemas.error)
    def put(self) -> ResponseReturnValue:
        """Create an instance; the optional body gives its inputs.

        `curl -X PUT "http://localhost:5000/instance?model=un_model&name=une_instance"`
        """
        model, name = query.required("model"), query.required("name")
        record, created = services().deployments.create(model, name, query.inputs())
        answer = {"model": model, "instance": name, "node_instances": record.node_instances}
        return answer, 201 if created else 200, {"Location": f"/instance/{model}/{name}"}

    @ns.doc("list_instances")
    @ns.param("model", "only instances of this model")
    @ns.param("states", "how many node instances have which state, too", enum=["true", "false"])
    @ns.param("limit", "items on a page, 1 to 1000", type="integer")
    @ns.param("after", "'next' of the page before")
    @ns.response(200, "instances by model and name", schemas.instance_page)
    def get(self) -> ResponseReturnValue:
        """List the instances."""
        records = services().deployments.all(query.optional("model"))
        shape = _with_states if query.flag("states") else summary
        return paging.page(records, lambda record: f"{record.model}/{record.instance}", shape)


def _with_states(record: InstanceRecord) -> dict[str, Any]:
    return summary(record) | summed(services().space, record, services().deployments.scale(record))


@ns.route("/<string:model>/<string:instance>")
@ns.param("model", "name of the model", _in="path")
@ns.param("instance", "name of the instance", _in="path")
@ns.response(404, "no such instance", schemas.error)
class Instance(Resource):
    """One instance."""

    @ns.doc("get_instance")
    @ns.param("If-None-Match", "the ETag of what the client has", _in="header")
    @ns.response(200, "its nodes, relationships and outputs", schemas.instance)
    @ns.response(304, "the client has it already")
    def get(self, model: str, instance: str) -> ResponseReturnValue:
        """Describe an instance."""
        return etags.tagged(_described(services().deployments.get(model, instance)))

    @ns.doc("delete_instance")
    @ns.param("force", "drop the records whatever the nodes' states are", enum=["true", "false"])
    @ns.param("If-Match", "the ETag of what was seen: delete nothing else", _in="header")
    @ns.response(204, "deleted")
    @ns.response(412, "it has changed since", schemas.error)
    @ns.response(409, "some node is neither initial nor deleted, or a workflow runs", schemas.error)
    def delete(self, model: str, instance: str) -> ResponseReturnValue:
        """Delete an instance that was taken down."""
        see = etags.demand(_described)
        services().deployments.delete(model, instance, force=query.flag("force"), see=see)
        return "", 204


@ns.route("/<string:model>/<string:instance>/graph")
@ns.param("model", "name of the model", _in="path")
@ns.param("instance", "name of the instance", _in="path")
class Overview(Resource):
    """One instance as one picture."""

    @ns.doc("get_instance_graph")
    @ns.response(200, "its node templates with the states of all their instances", schemas.overview)
    @ns.response(404, "no such instance", schemas.error)
    def get(self, model: str, instance: str) -> ResponseReturnValue:
        """Show the states of all node instances, in little space."""
        deployments = services().deployments
        record = deployments.get(model, instance)
        return overview(services().space, record, deployments.template(record), deployments.scale(record))


@ns.route("/<string:model>/<string:instance>/node/<string:node>")
@ns.param("model", "name of the model", _in="path")
@ns.param("instance", "name of the instance", _in="path")
@ns.param("node", "node template, such as A", _in="path")
class Node(Resource):
    """One node instance."""

    @ns.doc("get_node_instance")
    @ns.param("index", "instance numbers, such as 0,1", required=True)
    @ns.response(200, "its state, properties and attributes", schemas.node_details)
    @ns.response(404, "no such instance or node instance", schemas.error)
    def get(self, model: str, instance: str, node: str) -> ResponseReturnValue:
        """Describe one node instance."""
        index = parsed_index(query.required("index")) or []
        deployments = services().deployments
        record = deployments.get(model, instance)
        template, scale = deployments.template(record), deployments.scale(record)
        return node_details(services().space, record, template, scale, (node, tuple(index)))
