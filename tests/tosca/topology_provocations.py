"""Provocations of what stands beside the node templates: groups, policies, substitution mappings and workflows."""

from __future__ import annotations

from tests.tosca.provocations import HEAD, Provocation


def topology(body: str, says: str, types: str = "") -> Provocation:
    """A topology with two nodes, and more below it."""
    nodes = "topology_template:\n   node_templates:\n"
    nodes += "      srv: { type: Compute, capabilities: { host: { properties: { mem_size: 2 kB } } } }\n"
    nodes += "      app: { type: WebServer, requirements: [ { host: srv } ] }\n"
    return Provocation(f"{HEAD}{types}{nodes}{body}", says)


def steps(body: str, says: str) -> Provocation:
    return topology(f"   workflows:\n      w:\n         steps:\n{body}", says)


TYPES = """\
group_types: { my.Group: { derived_from: tosca.groups.Root, members: [ tosca.nodes.WebServer ] } }
"""

PROVOCATIONS: dict[str, Provocation] = {
    "unknown-reference": topology(
        "   outputs:\n      o:\n      >>>value: { get_attribute: [ srv, publik_address ] }\n",
        "did you mean 'public_address'?",
    ),
    "undeclared-attribute": topology(
        "      a: { type: Root }\n   outputs:\n      o:\n      >>>value: { get_attribute: [ a, ip ] }\n", "'ip' of 'a'"
    ),
    "string-for-list": steps(
        "            s:\n            >>>on_success: t\n            t: { target: srv }\n", "expected a list"
    ),
    "equals-for-equal": steps(
        "            s:\n               target: srv\n               filter:\n"
        "            >>>- state: [ { equals: started } ]\n",
        "'equal'",
    ),
    "field-type": topology(
        "   policies:\n      - p:\n         >>>type: tosca.policies.Monitoring\n", "no type of the standard"
    ),
    "matched-requirement": topology(
        "      db:\n         type: DBMS\n         requirements:\n         >>>- host: Compute\n", "'srv'"
    ),
    "number-for-unit": topology(
        "      db:\n         type: DBMS\n         requirements:\n            - host:\n                  node_filter:\n"
        "                     capabilities:\n                        - host:\n"
        "                           >>>properties: [ { mem_size: { less_than: 4096 } } ]\n",
        "4096 B",
    ),
    "too-many-sources": topology(
        "      one:\n      >>>type: One\n      a: { type: Root, requirements: [ { dependency: one } ] }\n"
        "      b: { type: Root, requirements: [ { dependency: one } ] }\n",
        "at most 1",
        "node_types:\n   One:\n      derived_from: Root\n"
        "      capabilities: { feature: { type: Node, occurrences: [ 0, 1 ] } }\n",
    ),
    "unknown-repository": topology(
        "      db:\n         type: DBMS\n         requirements: [ { host: srv } ]\n         artifacts:\n"
        "            image:\n            >>>file: image.qcow2\n               repository: hbu\n",
        "did you mean 'hub'?",
        "repositories: { hub: { url: 'https://example.org/' } }\n",
    ),
    "property-loop": topology(
        "      a:\n         type: Database\n         properties:\n         >>>name: { get_property: [ SELF, name ] }\n",
        "a.name → a.name",
    ),
    "type-for-entity": topology(
        "   outputs:\n      o:\n      >>>value: { get_property: [ tosca.policies.Scaling, size ] }\n",
        "a type of policy",
    ),
    "convertible-type": topology(
        "      db:\n         type: DBMS\n         requirements: [ { host: srv } ]\n         properties:\n"
        "         >>>port: { get_input: port }\n   inputs: { port: { type: string } }\n",
        "type string, expected one of type integer",
    ),
    "nobody-in-output": topology(
        "   outputs:\n      o:\n      >>>value: { get_attribute: [ SELF, state ] }\n", "expected the name of a template"
    ),
    "unknown-directive": topology(
        "      one:\n         type: Compute\n      >>>directives: [ selct ]\n", "did you mean 'select'?"
    ),
    "unusual-source": topology(
        "      one:\n         type: Root\n         requirements:\n         >>>- host: srv\n",
        "expected a tosca.nodes.SoftwareComponent",
    ),
    "undeclared-property": topology(
        "   policies:\n      - p:\n            type: tosca.policies.Scaling\n            properties:\n"
        "            >>>increment: 1\n",
        "tosca.policies.Scaling declares none",
    ),
    "early-implementation": topology(
        "",
        "'copy' in an interface type",
        "interface_types:\n   my.Backup:\n      derived_from: tosca.interfaces.Root\n   >>>copy: copy.sh\n",
    ),
    "unused-schema": topology(
        "",
        "expected it of a list or a map",
        "node_types:\n   my.Type:\n      derived_from: Root\n      properties:\n         p:\n            type: string\n"
        "         >>>entry_schema: string\n",
    ),
    "foreign-keyname": topology(
        "", "Alien4Cloud", "node_types:\n   my.Type:\n      derived_from: Root\n   >>>abstract: true\n"
    ),
    "list-for-map": topology(
        "      one:\n         type: Compute\n         interfaces:\n            Standard:\n            >>>create: []\n",
        "taken for an empty one",
    ),
    "unmapped-input": topology(
        "   inputs:\n      size:\n      >>>type: string\n   substitution_mappings: { node_type: Compute }\n", "'size'"
    ),
    "unknown-member": topology(
        "   groups:\n      g:\n         type: tosca.groups.Root\n      >>>members: [ srw ]\n", "did you mean 'srv'?"
    ),
    "member-does-not-fit": topology(
        "   groups:\n      g:\n         type: my.Group\n      >>>members: [ app, srv ]\n",
        "expected a tosca.nodes.WebServer",
        TYPES,
    ),
    "duplicate-name": topology(
        "   policies:\n      - p: { type: Scaling }\n      - p:\n         >>>type: tosca.policies.Scaling\n",
        "'p' twice",
    ),
    "bad-substitution": topology(
        "   substitution_mappings:\n      node_type: tosca.nodes.WebServer\n      capabilities:\n"
        "      >>>data_endpoint: [ app, data_endpont ]\n",
        "did you mean 'data_endpoint'?",
    ),
    "bad-step": steps(
        "            s:\n            >>>activities: [ { call_operation: Standard.start } ]\n", "no 'target'"
    ),
    "bad-condition": steps(
        "            s:\n               target: srv\n            >>>filter: [ started ]\n", "assert, or an attribute"
    ),
    "unknown-step": steps(
        "            s: { target: srv, activities: [ { set_state: a } ] }\n            t:\n"
        "               target: srv\n            >>>on_success: [ z ]\n",
        "'z'",
    ),
    "unknown-requirement": steps(
        "            s:\n               target: app\n            >>>target_relationship: hots\n", "did you mean 'host'?"
    ),
    "unknown-operation": steps(
        "            s:\n               target: srv\n               activities:\n"
        "               >>>- call_operation: Standard.strat\n",
        "did you mean 'Standard.start'?",
    ),
    "workflow-not-found": steps(
        "            s:\n               target: srv\n               activities:\n            >>>- inline: instal\n",
        "did you mean 'install'?",
    ),
    "workflow-loop": steps(
        "            s:\n            >>>target: srv\n               on_success: [ t ]\n"
        "            t: { target: srv, on_success: [ s ] }\n",
        "s → t → s",
    ),
}
