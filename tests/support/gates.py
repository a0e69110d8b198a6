"""A topology whose operations wait until the test lets them go on: nothing depends on how fast the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

TEMPLATE = """\
tosca_definitions_version: tosca_simple_yaml_1_1
description: Two servers with an application each, which connect to a database.
node_types:
  test.Gated:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      gates: {type: string}
      name: {type: string}
    requirements:
      - database:
          capability: tosca.capabilities.Endpoint
          relationship: tosca.relationships.ConnectsTo
          occurrences: [0, 1]
    capabilities:
      endpoint: tosca.capabilities.Endpoint
    interfaces:
      Standard:
        create: scripts/create.sh
        start:
          implementation: scripts/start.sh
          inputs: {GATE: {concat: [{get_property: [SELF, gates]}, /, {get_property: [SELF, name]}]}}
topology_template:
  inputs:
    gates: {type: string, description: The folder where gates are opened}
    servers: {type: integer, default: 2, constraints: [{greater_or_equal: 1}]}
  node_templates:
    front:
      type: tosca.nodes.Compute
      capabilities:
        scalable: {properties: {default_instances: {get_input: servers}, min_instances: 1, max_instances: 1000}}
    back:
      type: tosca.nodes.Compute
    app:
      type: test.Gated
      properties: {gates: {get_input: gates}, name: app}
      requirements: [{host: front}, {database: database}]
    database:
      type: test.Gated
      properties: {gates: {get_input: gates}, name: database}
      requirements: [{host: back}]
"""
CREATE = "#!/bin/sh\necho made\n"
START = """\
#!/bin/sh
echo waits at $GATE
while [ ! -e "$GATE" ]; do sleep 0.05; done
read word < "$GATE"
echo the gate says $word
[ "$word" = open ]
"""


@dataclass(frozen=True, slots=True)
class Gated:
    """A template and its scripts."""

    template: str
    scripts: Mapping[str, str]


GATED = Gated(TEMPLATE, {"scripts/create.sh": CREATE, "scripts/start.sh": START})


def opened(folder: Path, *names: str, fail: bool = False) -> None:
    """Let the starts of these nodes go on: to success, or to failure."""
    for name in names:
        part = folder / f".{name}"
        part.write_text("shut\n" if fail else "open\n")
        part.rename(folder / name)


def until(asked: Callable[[], T], patience: float = 30, pause: float = 0.05) -> T:
    """Ask until the answer is something; the answer."""
    deadline = time.monotonic() + patience
    while not (answer := asked()):
        assert time.monotonic() < deadline, "it does not come to be"
        time.sleep(pause)
    return answer
