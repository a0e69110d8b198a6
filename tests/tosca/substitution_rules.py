"""Rules of substitution: § 2.10, § 2.11 and 1.3 § 3.8.12, with templates that stand for nodes beside the document."""

from __future__ import annotations

from tests.tosca.rules import HEAD, Rule

TYPES = (
    HEAD
    + """\
node_types:
  Db:
    derived_from: Root
    properties: { size: { type: integer, default: 1 }, zone: { type: string, required: false } }
    attributes: { url: { type: string } }
    capabilities: { service: Endpoint, other: Endpoint }
    requirements: [ { link: { capability: Endpoint, occurrences: [ 0, 2 ] } } ]
  Deep: { derived_from: Db }
  Rare: { derived_from: Root }
  App:
    derived_from: Root
    capabilities: { service: Endpoint, room: tosca.capabilities.Container }
    requirements:
      - link: { capability: Endpoint, occurrences: [ 0, 2 ] }
      - host: { capability: tosca.capabilities.Container, relationship: HostedOn, occurrences: [ 0, 1 ] }
    interfaces: { Standard: { type: tosca.interfaces.node.lifecycle.Standard } }
"""
)


def inner(mappings: str, more: str = "") -> str:
    return f"""{HEAD}imports: [ types.yaml ]
topology_template:
  inputs:
    size: {{ type: integer, default: 1, constraints: [ {{ less_than: 100 }} ] }}
    zone: {{ type: string, default: a }}
  outputs: {{ url: {{ value: {{ concat: [ {{ get_input: zone }}, x ] }} }} }}
  node_templates:
    app: {{ type: App, requirements: [ {{ link: {{ node: app2, capability: service }} }} ] }}
    app2: {{ type: App }}
{more}  substitution_mappings: {{ {mappings} }}
"""


SMALL = inner(
    "node_type: Db, attributes: { url: [ url ] }, capabilities: { service: [ app, service ] }, requirements: { link:"
    " [ app2, link ] }, substitution_filter: { properties: [ { size: { less_than: 200 } } ] }"
)
LARGE = inner("node_type: Db, substitution_filter: { properties: [ { size: { greater_or_equal: 50 } } ] }")
LOOP = inner("node_type: Rare", "    again: { type: Rare, directives: [ substitute ] }\n")
FILES = {"types.yaml": TYPES, "small.yaml": SMALL, "large.yaml": LARGE, "loop.yaml": LOOP}


def document(members: str, more: str = "", kind: str = "Db") -> str:
    return f"""imports: [ types.yaml, small.yaml, large.yaml, loop.yaml ]
topology_template:
  node_templates:
    db: {{ type: {kind}, {members} }}
    z: {{ type: App }}
{more}"""


SUBSTITUTE = "directives: [ substitute ]"


def rule(section: str, good: tuple[str, str], bad: tuple[str, str], code: str) -> Rule:
    kept, broken = (document(f"{SUBSTITUTE}, {members}", more) for members, more in (good, bad))
    return Rule(section, kept, broken, code, FILES)


def asking(value: str) -> str:
    faces = f"interfaces: {{ Standard: {{ operations: {{ create: {{ inputs: {{ x: {value} }} }} }} }} }}"
    return f"    a: {{ type: App, {faces} }}\n"


def leading(target: str) -> str:
    return f"    a: {{ type: App, requirements: [ {{ link: {target} }} ] }}\n"


PLAIN = ("properties: { size: 5 }", "")

RULES = [
    Rule("1.3 3.4.3", document("directives: [ select ]"), document(SUBSTITUTE, kind="Deep"), "no-substitute", FILES),
    Rule("2.10", document(SUBSTITUTE), document(SUBSTITUTE, kind="Rare"), "substitution-loop", FILES),
    rule("1.3 3.8.12 filters", PLAIN, ("properties: { size: 200 }", ""), "no-substitute"),
    rule("1.3 3.8.12 one template", PLAIN, ("properties: { size: 60 }", ""), "ambiguous-substitute"),
    rule(
        "1.3 3.8.12 node_filter",
        ("node_filter: { properties: [ { size: { less_than: 3 } } ] }", ""),
        ("node_filter: { properties: [ { size: { less_than: 1 } } ] }", ""),
        "no-substitute",
    ),
    rule(
        "2.10 capabilities",
        ("", leading("{ node: db, capability: service }")),
        ("", leading("{ node: db, capability: other }")),
        "no-substitute",
    ),
    rule(
        "2.11 requirements",
        ("requirements: [ { link: { node: z, capability: service } } ]", ""),
        ("requirements: [ { link: { node: z, capability: room } } ]", ""),
        "no-substitute",
    ),
    rule(
        "2.10 attributes",
        ("", asking("{ get_attribute: [ db, url ] }")),
        ("", asking("{ get_attribute: [ db, state ] }")),
        "unmapped-reference",
    ),
    rule(
        "2.10 properties",
        ("properties: { zone: b }", asking("{ get_attribute: [ db, url ] }")),
        ("properties: { zone: { get_attribute: [ SELF, url ] } }", asking("{ get_attribute: [ db, url ] }")),
        "property-loop",
    ),
    rule("3.1.3", ("", "    db2/app: { type: App }\n"), ("", "    db/app: { type: App }\n"), "duplicate-name"),
]
