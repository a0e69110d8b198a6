"""How long does a parse take, against reading the YAML alone, and does it stay linear?

Place in the flow: measures `tosca.parse` on chains of node templates.  The ratio compares with ``yaml.compose`` of the
same text by libyaml; the last column is microseconds per node template.

    python benchmarks/parsing.py [--json FILE] [--sizes 100,1000,5000,20000]
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import yaml

from tosca import open_csar, parse

SCRIPTS = ("create", "configure", "start")
HEAD = """\
tosca_definitions_version: tosca_simple_yaml_1_1
node_types:
  bench.nodes.Component:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      port: { type: integer, constraints: [ { in_range: [ 1, 65535 ] } ] }
      label: { type: string }
      folder: { type: string, default: /opt }
    capabilities:
      endpoint: tosca.capabilities.Endpoint
    requirements:
      - next:
          capability: tosca.capabilities.Endpoint
          relationship: tosca.relationships.ConnectsTo
          occurrences: [ 0, 1 ]
topology_template:
  node_templates:
    server:
      type: tosca.nodes.Compute
"""
NODE = """\
    node{number}:
      type: bench.nodes.Component
      properties:
        port: {port}
        label: the node number {number}
      requirements:
        - host: server{next}
      interfaces:
        Standard:
          inputs:
            PORT: {{ get_property: [ SELF, port ] }}
          create: scripts/create.sh
          configure: scripts/configure.sh
          start: scripts/start.sh
"""


def document(size: int) -> str:
    """Write a chain of so many node templates, each connected to the one before it."""
    nodes = []
    for number in range(size):
        following = f"\n        - next: node{number - 1}" if number else ""
        nodes.append(NODE.format(number=number, port=1 + number % 65535, next=following))
    return HEAD + "".join(nodes)


def archive(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as csar:
        csar.writestr("main.yaml", text)
        for script in SCRIPTS:
            csar.writestr(f"scripts/{script}.sh", "#!/bin/sh\n")
    return buffer.getvalue()


def cpu(action: Callable[[], object], rounds: int) -> float:
    """Return the least CPU time of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        start = time.process_time()
        action()
        best = min(best, time.process_time() - start)
    return best


def measure(size: int, rounds: int) -> dict[str, float]:
    text = document(size)
    csar = open_csar(archive(text))
    if parse(csar).service_template is None:
        raise SystemExit("the benchmark's own document does not parse")
    composed = cpu(lambda: yaml.compose(text, Loader=yaml.CSafeLoader), rounds)
    parsed = cpu(lambda: parse(csar), rounds)
    return {
        "nodes": size,
        "bytes": len(text),
        "compose": round(composed, 4),
        "parse": round(parsed, 4),
        "ratio": round(parsed / composed, 2),
        "per_node": round(parsed / size * 1e6, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--sizes", default="100,1000,5000,20000")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = [measure(int(size), options.rounds) for size in options.sizes.split(",")]
    print(" ".join(f"{name:>10}" for name in rows[0]))
    for row in rows:
        print(" ".join(f"{value:>10}" for value in row.values()))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
