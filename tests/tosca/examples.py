"""The reference example, in the loose form of the field's oldest files and in the form of the standard."""

from __future__ import annotations

from tests.tosca.archives import META

COUNTS = {"srvA": 3, "A": 3, "srvB": 1, "B": 1, "srvC": 1, "C": 2, "srvD": 1, "D": 1}
CONNECTIONS = {"A": ["B", "C"], "B": ["D"], "C": [], "D": ["C"]}
OPERATIONS = ("create", "configure", "start", "stop", "delete")


def loose() -> dict[str, str | bytes]:
    """Everything in one folder, plain roots, bare script paths."""
    nodes = "".join(_loose_node(name) for name in COUNTS)
    text = f"tosca_definitions_version: tosca_simple_yaml_1_0\ntopology_template:\n  node_templates:\n{nodes}"
    files: dict[str, str | bytes] = {"appli/Definitions/appli.yaml": text}
    files["appli/TOSCA-Metadata/TOSCA.meta"] = META.format(entry="Definitions/appli.yaml")
    return files | {f"appli/scripts/{operation}.sh": "echo\n" for operation in (*OPERATIONS, "relation")}


def _loose_node(name: str) -> str:
    lines = [f"    {name}:", "      type: tosca.nodes.Root", "      capabilities:", "        scalable:"]
    lines += ["          properties:", f"            default_instances: {COUNTS[name]}"]
    if name in CONNECTIONS:
        lines += ["      requirements:", f"        - host: srv{name}"]
        for target in CONNECTIONS[name]:
            lines += ["        - connection:", f"            node: {target}", "            relationship:"]
            lines += ["              type: tosca.relationships.ConnectsTo", "              interfaces:"]
            lines += ["                Configure:", "                  inputs:", f"                    TO: {target}"]
            lines += ["                  pre_configure_source: ../scripts/relation.sh"]
    lines += ["      interfaces:", "        Standard:", "          inputs:", f"            NAME: {name}"]
    lines += [f"          {operation}: ../scripts/{operation}.sh" for operation in OPERATIONS]
    return "\n".join(lines) + "\n"


TYPES = """\
node_types:
  demo.nodes.Component:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      port: { type: integer, default: 80, constraints: [ { in_range: [ 1, 65535 ] } ] }
    capabilities:
      scalable: tosca.capabilities.Scalable
      endpoint: tosca.capabilities.Endpoint
    requirements:
      - connection:
          capability: tosca.capabilities.Endpoint
          relationship: tosca.relationships.ConnectsTo
          occurrences: [ 0, UNBOUNDED ]
    interfaces:
      Standard:
        inputs:
          NAME: { type: string, default: { get_attribute: [ SELF, tosca_name ] } }
        create: scripts/create.sh
        configure: { implementation: scripts/configure.sh, inputs: { PORT: { get_property: [ SELF, port ] } } }
        start: { implementation: { primary: scripts/start.sh, dependencies: [ scripts/relation.sh ] } }
        stop: scripts/stop.sh
        delete: scripts/delete.sh
"""


def standard() -> dict[str, str | bytes]:
    """The same as a standard document with types of its own."""
    nodes = "".join(_standard_node(name) for name in COUNTS)
    text = f"tosca_definitions_version: tosca_simple_yaml_1_1\n{TYPES}topology_template:\n  node_templates:\n{nodes}"
    files: dict[str, str | bytes] = {"appli.yaml": text}
    return files | {f"scripts/{operation}.sh": "#!/bin/sh\n" for operation in (*OPERATIONS, "relation")}


def _standard_node(name: str) -> str:
    kind = "demo.nodes.Component" if name in CONNECTIONS else "tosca.nodes.Compute"
    lines = [f"    {name}:", f"      type: {kind}", "      capabilities:", "        scalable:"]
    lines += [f"          properties: {{ default_instances: {COUNTS[name]}, max_instances: 5 }}"]
    if name in CONNECTIONS:
        lines += ["      requirements:", f"        - host: srv{name}"]
        lines += [f"        - connection: {target}" for target in CONNECTIONS[name]]
    return "\n".join(lines) + "\n"
