"""The workloads that orchestrators are compared on, and the templates that each of them reads.

A workload is a graph of nodes; each node has the operations create, configure and start, all of which run one script.
The script appends the moments of its start and its end to a file, which tells what really ran and when.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OPERATIONS = ("create", "configure", "start")


@dataclass(frozen=True)
class Workload:
    """Nodes with the nodes that they depend on, and how long each operation sleeps."""

    name: str
    nodes: dict[str, tuple[str, ...]]
    seconds: float

    @property
    def operations(self) -> int:
        return len(self.nodes) * len(OPERATIONS)

    @property
    def critical_operations(self) -> int:
        """Operations on the longest way through the graph: a node starts when all that it depends on are started."""
        depth: dict[str, int] = {}
        for name in self.nodes:  # dependencies stand before the nodes that have them
            depth[name] = 1 + max((depth[other] for other in self.nodes[name]), default=0)
        return max(depth.values()) * len(OPERATIONS)


def wide(count: int, seconds: float) -> Workload:
    """Nodes that have nothing to do with each other."""
    return Workload(f"wide {count}", {f"n{i}": () for i in range(count)}, seconds)


def chain(count: int, seconds: float) -> Workload:
    """Nodes of which each depends on the one before."""
    return Workload(f"chain {count}", {f"n{i}": (f"n{i - 1}",) if i else () for i in range(count)}, seconds)


def appli(seconds: float) -> Workload:
    """The reference example, its 19 node instances written out as nodes of their own."""
    servers: dict[str, tuple[str, ...]] = dict.fromkeys(("srvA0", "srvA1", "srvA2", "srvB", "srvC", "srvD"), ())
    both_c = ("C0", "C1")
    components: dict[str, tuple[str, ...]] = {
        "C0": ("srvC",),
        "C1": ("srvC",),
        "D": ("srvD", *both_c),
        "B": ("srvB", "D"),
    }
    instances_of_a = {f"A{i}{j}": (f"srvA{i}", "B", *both_c) for i in range(3) for j in range(3)}
    return Workload("appli 19", {**servers, **components, **instances_of_a}, seconds)


def write_script(folder: Path, workload: Workload) -> Path:
    """The script of all operations."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "operation.sh"
    sleep = f"sleep {workload.seconds:g}\n" if workload.seconds else ""
    moment = f'echo "$EPOCHREALTIME" >> {folder}/moments\n'
    script.write_text(f"#!/bin/bash\n{moment}{sleep}{moment}")
    script.chmod(0o755)
    return script


def service_template(workload: Workload, version: str, operations: dict[str, Any], parent: str) -> dict[str, Any]:
    """A service template with one node type; ``operations`` is what its interface says."""
    return {
        "tosca_definitions_version": version,
        "metadata": {"template_name": "benchmark", "template_version": "1.0", "template_author": "benchmark"},
        "node_types": {"bench.Node": {"derived_from": parent, "interfaces": {"Standard": operations}}},
        "topology_template": {
            "node_templates": {name: _node(dependencies) for name, dependencies in workload.nodes.items()}
        },
    }


def write_yaml(path: Path, data: object) -> Path:
    """Write data as YAML, of which JSON is a part."""
    path.write_text(json.dumps(data, indent=1))
    return path


def _node(dependencies: tuple[str, ...]) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "bench.Node"}
    if dependencies:
        node["requirements"] = [{"dependency": name} for name in dependencies]
    return node
