"""The shapes of all answers, with examples, as the OpenAPI document shows them.

The manager builds its answers elsewhere; ``tests/manager/test_schemas.py`` compares them with what stands here.
"""

from __future__ import annotations

from flask_restx import Model, fields

TIME = "2026-05-04T10:20:30.123456Z"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class AnyValue(fields.Raw):
    """A value of any type."""

    __schema_type__ = None


problem = Model(
    "Problem",
    {
        "severity": fields.String(enum=("error", "warning"), example="error"),
        "code": fields.String(description="stable name of the kind of problem", example="unknown-type"),
        "file": fields.String(example="Definitions/appli.yaml"),
        "line": fields.Integer(example=12),
        "column": fields.Integer(example=7),
        "path": fields.String(example="topology_template.node_templates.A.type"),
        "message": fields.String(example="found type 'tosca.nodes.Compte', did you mean 'tosca.nodes.Compute'?"),
    },
)
error_body = Model(
    "ErrorBody",
    {
        "code": fields.String(required=True, example="unknown-model"),
        "message": fields.String(required=True, example="there is no model 'un_model'"),
        "problems": fields.List(fields.Nested(problem), required=True),
        "request": fields.String(required=True, description="as in X-Request-Id, and in the log", example="5f0c…"),
    },
)
error = Model("Error", {"error": fields.Nested(error_body, required=True)})


def _page(item: Model) -> Model:
    return Model(
        f"{item.name}Page",
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(description="give it as 'after' for the next page; null on the last"),
        },
    )


substitution = Model(
    "Substitution",
    {
        "node": fields.String(required=True, description="the node template", example="orders"),
        "type": fields.String(required=True, description="its node type", example="shop.nodes.Database"),
        "template": fields.String(required=True, description="what stands in its place", example="replicated.yaml"),
    },
)
model = Model(
    "Model",
    {
        "model": fields.String(required=True, example="un_model"),
        "digest": fields.String(required=True, description="sha256 of the archive", example=DIGEST),
        "weaving": fields.String(required=True, enum=("interleaved", "strict"), example="interleaved"),
        "node_templates": fields.Integer(required=True, example=8),
        "workflows": fields.List(fields.String, required=True, example=["install", "uninstall"]),
        "created": fields.String(required=True, example=TIME),
        "warnings": fields.List(fields.Nested(problem), required=True),
        "substitutions": fields.List(fields.Nested(substitution), required=True),
    },
)
model_page = _page(model)

inputs = Model("Inputs", {"inputs": fields.Raw(description="input name to value", example={"port": 8080})})

instance_created = Model(
    "InstanceCreated",
    {
        "model": fields.String(required=True, example="un_model"),
        "instance": fields.String(required=True, example="une_instance"),
        "node_instances": fields.Integer(required=True, example=19),
    },
)
instance_summary = Model(
    "InstanceSummary",
    {
        "model": fields.String(required=True, example="un_model"),
        "instance": fields.String(required=True, example="une_instance"),
        "node_instances": fields.Integer(required=True, example=19),
        "inputs": fields.Raw(required=True, example={}),
        "execution": fields.String(description="the execution under way, or null", example="e1"),
        "created": fields.String(required=True, example=TIME),
        "status": fields.String(description="with states=true: as in the whole instance", example="started"),
        "states": fields.Raw(description="with states=true: how many have which", example={"started": 19}),
    },
)
instance_page = _page(instance_summary)

place = Model(
    "Place",
    {
        "node": fields.String(required=True, example="srvA"),
        "index": fields.List(fields.Integer, required=True, example=[0]),
    },
)
node_instance = Model(
    "NodeInstance",
    {
        "node": fields.String(required=True, example="A"),
        "index": fields.List(fields.Integer, required=True, example=[0, 1]),
        "type": fields.String(required=True, example="tosca.nodes.SoftwareComponent"),
        "state": fields.String(required=True, example="started"),
        "host": fields.Nested(place, allow_null=True, required=True),
        "attributes": fields.Raw(
            required=True,
            description="those that every node has, declared ones with a value, and what its operations have said",
            example={"tosca_name": "A", "tosca_id": "A[0,1]", "state": "started", "port": "8080"},
        ),
    },
)
relationship = Model(
    "RelationshipInstance",
    {
        "name": fields.String(required=True, example="A.connection"),
        "type": fields.String(required=True, example="tosca.relationships.ConnectsTo"),
        "source": fields.Nested(place, required=True),
        "target": fields.Nested(place, required=True),
    },
)
instance = Model(
    "Instance",
    {
        "model": fields.String(required=True, example="un_model"),
        "instance": fields.String(required=True, example="une_instance"),
        "status": fields.String(
            required=True,
            description="'running' while a workflow runs, else the state that all nodes have, else 'mixed'",
            example="started",
        ),
        "execution": fields.String(description="the execution under way, or null"),
        "inputs": fields.Raw(required=True, example={}),
        "created": fields.String(required=True, example=TIME),
        "nodes": fields.List(fields.Nested(node_instance), required=True),
        "relationships": fields.List(fields.Nested(relationship), required=True),
        "outputs": fields.Raw(required=True, example={"url": "http://10.0.0.7:8080"}),
    },
)

overview_node = Model(
    "OverviewNode",
    {
        "name": fields.String(required=True, example="A"),
        "type": fields.String(required=True, example="tosca.nodes.SoftwareComponent"),
        "host": fields.String(description="the node template it is hosted on", example="srvA"),
        "radix": fields.List(
            fields.Integer, required=True, description="instances on each host, from the topmost down", example=[3, 3]
        ),
        "states": fields.List(
            fields.Integer,
            required=True,
            description="for each instance, in the order of their indexes, the place of its state in 'states' above",
            example=[1, 1, 1, 1, 1, 1, 1, 1, 0],
        ),
    },
)
overview_edge = Model(
    "OverviewRelationship",
    {
        "name": fields.String(required=True, example="A.connection"),
        "type": fields.String(required=True, example="tosca.relationships.ConnectsTo"),
        "source": fields.String(required=True, example="A"),
        "target": fields.String(required=True, example="B"),
        "hosted_on": fields.Boolean(required=True),
    },
)
node_details = Model(
    "NodeDetails",
    {
        "node": fields.String(required=True, example="A"),
        "index": fields.List(fields.Integer, required=True, example=[0, 1]),
        "type": fields.String(required=True, example="tosca.nodes.SoftwareComponent"),
        "description": fields.String(required=True, example="The application"),
        "state": fields.String(required=True, example="started"),
        "host": fields.Nested(place, allow_null=True, required=True),
        "properties": fields.Raw(required=True, description="null where nothing is known yet", example={"port": 80}),
        "attributes": fields.Raw(required=True, example={"tosca_name": "A", "state": "started"}),
    },
)
overview = Model(
    "Overview",
    {
        "model": fields.String(required=True, example="un_model"),
        "instance": fields.String(required=True, example="une_instance"),
        "status": fields.String(required=True, example="running"),
        "execution": fields.String(description="the execution under way, or null", example="e1"),
        "seq": fields.Integer(description="events of the execution after this one say what changes", example=42),
        "node_instances": fields.Integer(required=True, example=19),
        "states": fields.List(fields.String, required=True, example=["initial", "started"]),
        "nodes": fields.List(fields.Nested(overview_node), required=True),
        "relationships": fields.List(fields.Nested(overview_edge), required=True),
    },
)

counts = Model(
    "Counts",
    {
        "total": fields.Integer(required=True, example=103),
        "done": fields.Integer(required=True, example=40),
        "running": fields.Integer(required=True, example=4),
        "failed": fields.Integer(required=True, example=0),
    },
)
execution = Model(
    "Execution",
    {
        "id": fields.String(required=True, example="e1"),
        "model": fields.String(required=True, example="un_model"),
        "instance": fields.String(required=True, example="une_instance"),
        "workflow": fields.String(required=True, example="install"),
        "status": fields.String(
            required=True, enum=("running", "succeeded", "failed", "cancelling", "cancelled"), example="running"
        ),
        "operations": fields.Nested(counts, required=True),
        "created": fields.String(required=True, example=TIME),
        "ended": fields.String(example=TIME),
        "error": fields.String(example="A[0,1] Standard.start: exit code 3: no such file"),
    },
)
execution_page = _page(execution)

side = Model(
    "Side",
    {
        "node": fields.String(required=True, example="A"),
        "index": fields.List(fields.Integer, description="null where the operation is for all instances of that side"),
    },
)
relationship_of = Model(
    "RelationshipOf",
    {
        "type": fields.String(required=True, example="tosca.relationships.ConnectsTo"),
        "source": fields.Nested(side, required=True),
        "target": fields.Nested(side, required=True),
    },
)
operation = Model(
    "Operation",
    {
        "id": fields.String(required=True, example="e1/A/0/3"),
        "node": fields.String(required=True, example="A"),
        "index": fields.List(fields.Integer, required=True, example=[0, 1]),
        "relationship": fields.Nested(relationship_of, allow_null=True, required=True),
        "interface": fields.String(required=True, example="Standard"),
        "operation": fields.String(required=True, example="create"),
        "implementation": fields.String(required=True, example="scripts/create.sh"),
        "step": fields.String(description="of an imperative workflow", example="backup"),
        "state": fields.String(
            required=True, description="waiting, ready, running, succeeded, failed or cancelled", example="running"
        ),
        "attempt": fields.Integer(example=1),
        "worker": fields.String(example="host-4711"),
        "queued": fields.String(example=TIME),
        "started": fields.String(example=TIME),
        "ended": fields.String(example=TIME),
        "exit_code": fields.Integer(example=0),
    },
)
operation_page = _page(operation)

reason = Model(
    "Reason",
    {
        "node": fields.String(description="null for a step of an imperative workflow", example="C"),
        "index": fields.List(fields.Integer, example=[0, 1]),
        "state": fields.String(description="the state that it is to reach", example="started"),
        "operation": fields.String(description="or the operation that is to be done", example="add_target"),
        "relationship": fields.Nested(relationship_of, allow_null=True, description="of an operation"),
        "step": fields.String(description="or the step of an imperative workflow", example="backup"),
        "failed": fields.Boolean(required=True, description="whether it never will"),
        "text": fields.String(required=True, example="C[0,1] to be started"),
    },
)
wait = Model(
    "Wait",
    {
        "node": fields.String(required=True, example="A"),
        "index": fields.List(fields.Integer, required=True, example=[0, 1]),
        "waits": fields.List(fields.Nested(reason), required=True, description="the first 20 reasons"),
        "count": fields.Integer(required=True, description="how many there are", example=1),
        "text": fields.String(required=True, example="A[0,1] waits for C[0,1] to be started"),
    },
)
wait_page = _page(wait)
critical_path = Model(
    "CriticalPath",
    {"operations": fields.List(fields.String, required=True, description="ids, the first one first")},
)

history_item = Model(
    "HistoryItem",
    {
        "seq": fields.Integer(required=True, description="rises by commit, unique in an execution", example=42),
        "time": fields.String(required=True, example=TIME),
        "node": fields.String(required=True, example="A"),
        "index": fields.List(fields.Integer, required=True, example=[0, 1]),
        "state": fields.String(description="a state that was reached", example="created"),
        "relationship": fields.Nested(relationship_of, allow_null=True, description="of an operation"),
        "interface": fields.String(description="of an operation", example="Standard"),
        "operation": fields.String(description="an operation that was carried out", example="create"),
        "step": fields.String(description="of an imperative workflow", example="backup"),
        "handled": fields.Boolean(description="of an operation that failed: other steps run for it"),
        "check": fields.String(description="a condition that a worker has looked at", example="filter"),
        "met": fields.Boolean(description="of a check: whether the step is for this instance"),
        "found": fields.String(description="of a check that is not met", example='found state "stopped", …'),
        "exit_code": fields.Integer(example=0),
        "worker": fields.String(example="host-4711"),
        "attempt": fields.Integer(example=1),
    },
)
history_page = _page(history_item)

running_operation = Model(
    "RunningOperation",
    {
        "id": fields.String(required=True, example="e1/A/0/3"),
        "execution": fields.String(required=True, example="e1"),
        "model": fields.String(required=True, example="un_model"),
        "instance": fields.String(required=True, example="une_instance"),
        "started": fields.String(example=TIME),
        "node": fields.String(example="A"),
        "index": fields.List(fields.Integer, example=[0, 1]),
        "relationship": fields.Nested(relationship_of, allow_null=True),
        "interface": fields.String(example="Standard"),
        "operation": fields.String(example="create"),
    },
)
worker = Model(
    "Worker",
    {
        "id": fields.String(required=True, example="host-4711"),
        "host": fields.String(required=True, example="host"),
        "machine": fields.String(required=True, example="host"),
        "since": fields.String(required=True, example=TIME),
        "slots": fields.Integer(required=True, example=4),
        "running": fields.List(fields.String, required=True, description="ids of operations", example=["e1/A/0/3"]),
        "operations": fields.List(fields.Nested(running_operation), required=True, description="what these are"),
    },
)
worker_page = _page(worker)

type_ = Model(
    "Type",
    {
        "name": fields.String(required=True, example="tosca.nodes.Compute"),
        "kind": fields.String(required=True, enum=("node", "relationship"), example="node"),
        "derived_from": fields.String(example="tosca.nodes.Root"),
        "description": fields.String(required=True, example="A server"),
        "models": fields.List(fields.String, required=True, description="the models that use it", example=["un_model"]),
    },
)
type_page = _page(type_)

input_ = Model(
    "Input",
    {
        "name": fields.String(required=True, example="port"),
        "type": fields.String(required=True, example="integer"),
        "required": fields.Boolean(required=True, description="whether a value must be given"),
        "default": AnyValue(description="what it is when nothing is given", example=8080),
        "description": fields.String(required=True, example="Where the application listens"),
    },
)
inputs_of = Model(
    "InputsOf",
    {
        "inputs": fields.List(fields.Nested(input_), required=True, description="of an instance"),
        "workflows": fields.Raw(required=True, description="of each workflow the same", example={"install": []}),
    },
)

graph_node = Model(
    "GraphNode",
    {
        "name": fields.String(required=True, example="A"),
        "type": fields.String(required=True, example="tosca.nodes.SoftwareComponent"),
    },
)
graph_edge = Model(
    "GraphRelationship",
    {
        "name": fields.String(required=True, example="A.host"),
        "requirement": fields.String(required=True, example="host"),
        "type": fields.String(required=True, example="tosca.relationships.HostedOn"),
        "source": fields.String(required=True, example="A"),
        "target": fields.String(required=True, example="srvA"),
        "hosted_on": fields.Boolean(required=True, description="whether its type is HostedOn or derives from it"),
    },
)
graph = Model(
    "Graph",
    {
        "model": fields.String(required=True, example="un_model"),
        "node_templates": fields.List(fields.Nested(graph_node), required=True),
        "relationships": fields.List(fields.Nested(graph_edge), required=True),
    },
)
workflow = Model(
    "Workflow",
    {
        "workflow": fields.String(required=True, example="install"),
        "warnings": fields.List(fields.String, required=True),
        "nodes": fields.Raw(
            description="of a woven one: of each node what is done, and what is waited for",
            example={"A": [{"set_state": "creating"}]},
        ),
        "description": fields.String(description="of one of the topology's own, as all that follows"),
        "inputs": fields.Raw(description="name to type, and whether one must be given", example={}),
        "preconditions": fields.List(fields.Raw, description="each with a target and conditions in words"),
        "steps": fields.Raw(description="name to target, activities and what follows", example={}),
    },
)
health = Model("Health", {"status": fields.String(required=True, example="ok")})
ready = Model(
    "Ready",
    {
        "status": fields.String(required=True, example="ready"),
        "space": fields.String(required=True, example="ok"),
        "artifacts": fields.String(required=True, example="ok"),
    },
)

ALL = tuple(found for found in list(globals().values()) if isinstance(found, Model))
