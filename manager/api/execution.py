"""``/exec``: executions of workflows on instances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_restx import Namespace, Resource

from engine.executions.records import ExecutionRecord
from manager.api import paging, query, schemas
from manager.api.services import services
from manager.errors import Invalid, problem
from manager.executions import STATUSES
from manager.logs import Wanted, parsed_index
from manager.waits import Waiting

UNDER_WAY = ("ready", "running")
OPERATION_STATES = (*UNDER_WAY, "waiting", "succeeded", "failed", "cancelled")

ns = Namespace("exec", path="/exec", description="Executions: workflows running on instances")


@ns.route("")
class Executions(Resource):
    """All executions."""

    @ns.doc("execute")
    @ns.param("model", "name of the model", required=True)
    @ns.param("instance", "name of the instance", required=True)
    @ns.param("workflow", "install, uninstall (also called deploy, undeploy), or one of the topology's", required=True)
    @ns.param("traceparent", "the span that this is a part of, as W3C Trace Context writes it", _in="header")
    @ns.expect(schemas.inputs)
    @ns.response(202, "started", schemas.execution)
    @ns.response(400, "a parameter is missing, or the body is malformed", schemas.error)
    @ns.response(404, "no such instance or workflow", schemas.error)
    @ns.response(409, "another execution runs on this instance, or a precondition is not met", schemas.error)
    @ns.response(422, "an input is not one of the workflow, or wrong", schemas.error)
    def put(self) -> ResponseReturnValue:
        """Execute a workflow on an instance.

        `curl -X PUT "http://localhost:5000/exec?model=un_model&instance=une_instance&workflow=install"`
        """
        model, instance, workflow = query.required("model"), query.required("instance"), query.required("workflow")
        executions = services().executions
        record = executions.start(model, instance, workflow, query.inputs(), request.headers.get("traceparent"))
        return executions.describe(record), 202, {"Location": f"/exec/{record.id}"}

    @ns.doc("list_executions")
    @ns.param("model", "only executions on instances of this model")
    @ns.param("instance", "only executions on instances of this name")
    @ns.param("status", "only executions of this status", enum=list(STATUSES))
    @ns.param("newest", "the newest first", enum=["true", "false"])
    @ns.param("limit", "items on a page, 1 to 1000", type="integer")
    @ns.param("after", "'next' of the page before")
    @ns.response(200, "executions by id", schemas.execution_page)
    def get(self) -> ResponseReturnValue:
        """List the executions."""
        executions = services().executions
        wanted, newest = _wanted(), query.flag("newest")
        found = [record for record in executions.all() if wanted(record)]
        found.sort(key=lambda record: record.id, reverse=newest)
        return paging.page(found, lambda record: record.id, executions.describe, falling=newest)


def _wanted() -> Callable[[ExecutionRecord], bool]:
    """Which executions are asked for."""
    model, instance = query.optional("model"), query.optional("instance")
    status = query.choice("status", STATUSES)

    def fits(record: ExecutionRecord) -> bool:
        return model in (None, record.model) and instance in (None, record.instance) and status in (None, record.status)

    return fits


@ns.route("/<string:execution>")
@ns.param("execution", "id of the execution", _in="path")
class Execution(Resource):
    """One execution."""

    @ns.doc("get_execution")
    @ns.response(200, "the execution", schemas.execution)
    @ns.response(404, "no such execution", schemas.error)
    def get(self, execution: str) -> ResponseReturnValue:
        """Describe an execution."""
        executions = services().executions
        return executions.describe(executions.get(execution))


@ns.route("/<string:execution>/cancel")
@ns.param("execution", "id of the execution", _in="path")
class Cancel(Resource):
    """Let nothing more begin."""

    @ns.doc("cancel_execution")
    @ns.response(202, "'cancelling' while operations run that had begun, else 'cancelled'", schemas.execution)
    @ns.response(404, "no such execution", schemas.error)
    @ns.response(409, "it has ended by itself", schemas.error)
    def post(self, execution: str) -> ResponseReturnValue:
        """Cancel an execution: what runs is let end, nothing more begins."""
        executions = services().executions
        return executions.describe(executions.cancel(execution)), 202


@ns.route("/<string:execution>/resume")
@ns.param("execution", "id of the execution", _in="path")
class Resume(Resource):
    """Go on with what has failed or was cancelled."""

    @ns.doc("resume_execution")
    @ns.response(202, "it runs again", schemas.execution)
    @ns.response(404, "no such execution", schemas.error)
    @ns.response(409, "it runs, has succeeded, or others ran on the instance since", schemas.error)
    def post(self, execution: str) -> ResponseReturnValue:
        """Resume an execution: what failed is tried again, and all that waited for it follows."""
        executions = services().executions
        record = executions.resume(execution)
        return executions.describe(record), 202, {"Location": f"/exec/{record.id}"}


@ns.route("/<string:execution>/operations")
@ns.param("execution", "id of the execution", _in="path")
class Operations(Resource):
    """The operations of one execution."""

    @ns.doc("list_operations")
    @ns.param("node", "only those of this node template, such as A")
    @ns.param("index", "only those of this instance of it, such as 0,1")
    @ns.param("state", "only those in this state", enum=list(OPERATION_STATES))
    @ns.param("limit", "items on a page, 1 to 1000", type="integer")
    @ns.param("after", "'next' of the page before")
    @ns.response(200, "every operation that has an implementation", schemas.operation_page)
    @ns.response(404, "no such execution", schemas.error)
    def get(self, execution: str) -> ResponseReturnValue:
        """List the operations."""
        executions = services().executions
        record, state = executions.get(execution), query.choice("state", OPERATION_STATES)
        wanted = Wanted(node=query.optional("node"), index=parsed_index(query.optional("index")), state=state)
        source = executions.under_way if state in UNDER_WAY else executions.operations
        found = sorted(filter(wanted.fits, source(record)), key=lambda item: str(item["id"]))
        return paging.page(found, lambda item: item["id"], _itself)


@ns.route("/<string:execution>/waits")
@ns.param("execution", "id of the execution", _in="path")
class Waits(Resource):
    """What waits in one execution."""

    @ns.doc("list_waits")
    @ns.param("node", "only instances of this node template, such as A")
    @ns.param("index", "only this instance of it, such as 0,1")
    @ns.param("limit", "items on a page, 1 to 1000", type="integer")
    @ns.param("after", "'next' of the page before")
    @ns.response(200, "the node instances that wait, and what for", schemas.wait_page)
    @ns.response(404, "no such execution", schemas.error)
    def get(self, execution: str) -> ResponseReturnValue:
        """List the node instances that wait for others, and say what for."""
        executions = services().executions
        waits = executions.waits(executions.get(execution))
        found = waits.all(query.optional("node"), parsed_index(query.optional("index")))
        return paging.page(found, _cursor, waits.describe)


def _cursor(waiting: Waiting) -> str:
    """Sorts as the productions and their instances do."""
    return f"{waiting.passing.production}/{waiting.passing.flat:07d}"


@ns.route("/<string:execution>/critical-path")
@ns.param("execution", "id of the execution", _in="path")
class CriticalPath(Resource):
    """What made one execution last as long as it did."""

    @ns.doc("get_critical_path")
    @ns.response(200, "its operations, the first one first", schemas.critical_path)
    @ns.response(404, "no such execution", schemas.error)
    def get(self, execution: str) -> ResponseReturnValue:
        """Show the chain of operations that the execution's length came from."""
        executions = services().executions
        found = executions.critical_path(executions.get(execution))
        return {"operations": [event["id"] for event in found]}


@ns.route("/<string:execution>/history")
@ns.param("execution", "id of the execution", _in="path")
class History(Resource):
    """The history of one execution."""

    @ns.doc("list_history")
    @ns.param("limit", "items on a page, 1 to 1000", type="integer")
    @ns.param("after", "'next' of the page before: only what was committed later", type="integer")
    @ns.response(200, "states reached and operations carried out, in commit order", schemas.history_page)
    @ns.response(404, "no such execution", schemas.error)
    def get(self, execution: str) -> ResponseReturnValue:
        """List what was committed."""
        executions = services().executions
        return paging.page(executions.history(executions.get(execution)), lambda item: item["seq"], _itself, int)


@ns.route("/<string:execution>/log")
@ns.param("execution", "id of the execution", _in="path")
class Log(Resource):
    """What operations printed."""

    @ns.doc("get_log")
    @ns.param("node", "node template, such as A")
    @ns.param("index", "instance numbers, such as 0,1")
    @ns.param("operation", "operation, such as create or Standard.create")
    @ns.param("id", "id of the operation, instead of the three")
    @ns.param("prefix", "begin each line with its operation, instead of headings", enum=["true", "false"])
    @ns.param("follow", "wait for operations that have not ended", enum=["true", "false"])
    @ns.produces(["text/plain"])
    @ns.response(200, "the text; with headings when several operations fit")
    @ns.response(404, "no such execution or operation", schemas.error)
    @ns.response(503, "space or artifact store cannot be reached, or too many logs are followed", schemas.error)
    def get(self, execution: str) -> ResponseReturnValue:
        """Show what operations printed, from whichever worker ran them."""
        record = services().executions.get(execution)
        wanted = Wanted(
            id=query.optional("id"),
            node=query.optional("node"),
            index=parsed_index(query.optional("index")),
            operation=query.optional("operation"),
            prefixed=query.flag("prefix"),
        )
        if not query.flag("follow"):
            return Response(services().logs.text(record, wanted), mimetype="text/plain")
        if request.method == "HEAD":
            return Response(mimetype="text/plain")
        chunks = services().logs.follow(record, wanted, services().feeds.news(record).wait)
        stream = services().streams.opened(chunks, request.environ.get("gunicorn.socket"))
        return Response(stream, mimetype="text/plain")


@ns.route("/<string:execution>/events")
@ns.param("execution", "id of the execution", _in="path")
class Events(Resource):
    """The history of one execution as it grows."""

    @ns.doc("follow_events")
    @ns.param("Last-Event-ID", "seq of the last event that the client has", _in="header", type="integer")
    @ns.produces(["text/event-stream"])
    @ns.response(200, "Server-Sent Events: state, operation, check, and end with the execution itself")
    @ns.response(404, "no such execution", schemas.error)
    @ns.response(503, "space or artifact store cannot be reached, or too many follow executions", schemas.error)
    def get(self, execution: str) -> ResponseReturnValue:
        """Follow the history as Server-Sent Events, until the end."""
        record = services().executions.get(execution)
        after = _last_event()
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        # Passed through as it is: the server sends it without a thread of its own.
        body = () if request.method == "HEAD" else services().feeds.watch(record, after)
        return Response(body, mimetype="text/event-stream", headers=headers, direct_passthrough=True)


def _last_event() -> int:
    text = request.headers.get("Last-Event-ID", "-1")
    try:
        return int(text)
    except ValueError as error:
        message = f"header 'Last-Event-ID': found {text!r}, expected a number"
        raise Invalid("invalid-parameter", message, [problem("invalid-parameter", "Last-Event-ID", message)]) from error


def _itself(item: dict[str, Any]) -> dict[str, Any]:
    return item
