"""The workers that are alive, each with what it runs, as people know it.

Place in the flow: presence and operation tuples in the space → **workers** → `manager.api.worker`, ``ditrit top``.
"""

from __future__ import annotations

from typing import Any

from engine.executions.history import describe_operation, operation_id
from engine.executions.networks import ProductionCache
from engine.executions.presence import present
from engine.executions.records import ExecutionRecord
from engine.rete.memory import CellId
from engine.space.base import Space
from engine.space.errors import SpaceError
from engine.space.tuples import Tuple


def workers(space: Space) -> list[dict[str, Any]]:
    """The live workers by id; ``running`` are the ids of operations, ``operations`` say what these are."""
    productions, networks = ProductionCache(space), dict[str, str | None]()
    found = []
    for about, held in present(space):
        described = [_described(space, productions, networks, tuple_) for tuple_ in held]
        found.append({**about, "running": [item["id"] for item in described], "operations": described})
    return sorted(found, key=lambda worker: str(worker["id"]))


def _described(
    space: Space, productions: ProductionCache, networks: dict[str, str | None], tuple_: Tuple
) -> dict[str, Any]:
    fields = tuple_.fields
    about = {
        "id": operation_id(fields["execution"], CellId(fields["production"], fields["flat"]), fields["step"]),
        "execution": fields["execution"],
        "model": fields["model"],
        "instance": fields["instance"],
        "started": fields.get("started"),
    }
    execution = fields["execution"]
    if execution not in networks:
        record = ExecutionRecord.read(space, execution)
        networks[execution] = None if record is None else record[0].network
    network = networks[execution]
    unknown = dict.fromkeys(("node", "index", "relationship", "interface", "operation"))
    if network is None:
        return {**about, **unknown}
    try:
        production = productions.get(network, fields["production"])
    except SpaceError:  # removed in between
        return {**about, **unknown}
    if production.steps[fields["step"]].operation is None:  # it looks at a condition
        return {**about, **unknown, "node": production.subject.get("node"), "operation": "check"}
    said = describe_operation(production, fields["flat"], fields["step"])
    return {**about, **{name: said.get(name) for name in unknown}}
