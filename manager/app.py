"""Makes the application: settings → space and artifact store → services → REST API.

Place in the flow: `manager.server` calls `create_app` in the process that serves; every request then goes through
`manager.api`.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_restx import Api

from engine.artifacts import open_artifacts
from engine.space import open_space
from engine.tracing.opening import traced
from engine.tracing.setting import Tracing
from manager import page
from manager.access.documented import AUTHORIZATIONS, with_access
from manager.access.guard import Guard
from manager.access.headers import guarded
from manager.access.tokens import Tokens
from manager.api import csar, errors, execution, health, instance, library, model, requests, schemas, worker
from manager.api.document import completed
from manager.api.openapi import converted
from manager.api.services import KEY, Services
from manager.catalog import Catalog
from manager.config import ManagerConfig
from manager.deployments import Deployments
from manager.executions import Executions
from manager.feeds import Feeds
from manager.logs import Logs
from manager.metrics import Served
from manager.streams import Streams
from manager.templates import Templates

NAMESPACES = (csar.ns, model.ns, library.ns, instance.ns, execution.ns, worker.ns, health.ns)
BODY_LIMIT = 1 << 20  # bytes, of any request that is no upload; the space takes less still

TITLE = "Ditrit Workflows"
DESCRIPTION = """\
**[Open the web page](/ui/)**: models, instances and executions, as they go.

Deploys TOSCA archives. Three calls do it:

    curl -X PUT "http://localhost:5000/csar?model=un_model" -F "file=@example/appli.zip"
    curl -X PUT "http://localhost:5000/instance?model=un_model&name=une_instance"
    curl -X PUT "http://localhost:5000/exec?model=un_model&instance=une_instance&workflow=install"

Every error has the form `{"error": {"code", "message", "problems", "request"}}`; every list is
`{"items", "next"}` and pages with `limit` and `after`; times are ISO 8601 in UTC.
"""


class RestApi(Api):
    """Flask-RESTX with our form of errors, and a document that says who may do what."""

    @property
    def __schema__(self) -> dict[str, Any]:
        return with_access(completed(super().__schema__))

    def handle_error(self, e: Exception) -> ResponseReturnValue:
        return errors.answer(e)


def create_app(config: ManagerConfig, tracing: Tracing | None = None) -> Flask:
    """The application of one manager."""
    app = Flask("manager", static_folder=None)
    app.url_map.merge_slashes = False  # a URL names one thing: no redirects
    app.config["MAX_CONTENT_LENGTH"] = config.max_bytes
    app.config["RESTX_MASK_SWAGGER"] = False
    app.config["SWAGGER_UI_DOC_EXPANSION"] = "list"
    app.extensions[KEY] = make_services(config, tracing)
    requests.install(app)
    app.before_request(_guard(config).check)
    app.before_request(_limit_body)
    app.after_request(guarded)
    errors.install(app)
    app.register_blueprint(page.blueprint)
    _install_api(app)
    return app


def make_services(config: ManagerConfig, tracing: Tracing | None = None) -> Services:
    """Open space and artifact store, and make the parts that work on them."""
    space, artifacts = open_space(config.space), open_artifacts(config.artifacts)
    host = socket.gethostname()
    space, traces = traced(space, tracing, host, f"{host}-{os.getpid()}")
    templates = Templates(artifacts, hosting=config.hosting)
    executions = Executions(space, templates)
    streams = Streams(config.threads // 2)
    return Services(
        config=config,
        space=space,
        artifacts=artifacts,
        templates=templates,
        catalog=Catalog(space, artifacts, templates),
        deployments=Deployments(space, templates),
        executions=executions,
        logs=Logs(executions, artifacts),
        streams=streams,
        feeds=Feeds(space, executions, streams.stopping, config.watchers),
        served=Served(),
        traces=traces,
    )


def _install_api(app: Flask) -> None:
    api = RestApi(
        app,
        version="0.1.0",
        title=TITLE,
        description=DESCRIPTION,
        doc="/",
        default_swagger_filename="swagger.json",
        authorizations=AUTHORIZATIONS,
    )
    for found in schemas.ALL:
        api.add_model(found.name, found)
    for namespace in NAMESPACES:
        api.add_namespace(namespace)
    app.add_url_rule("/openapi.json", "openapi", lambda: converted(api.__schema__))


def _guard(config: ManagerConfig) -> Guard:
    tokens = None if config.tokens is None else Tokens(config.tokens)
    return Guard(tokens, config.trust_loopback, config.address[0], config.names)


def _limit_body() -> None:
    if request.path != "/csar":
        request.max_content_length = BODY_LIMIT
