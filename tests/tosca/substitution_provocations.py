"""Provocations of nodes that are to be substituted, with the templates beside them."""

from __future__ import annotations

from tests.tosca.provocations import HEAD, Provocation

TYPES = HEAD + "node_types:\n   my.Db:\n      derived_from: tosca.nodes.Root\n      attributes: { url: string }\n"
TYPES = TYPES.replace("{ url: string }", "{ url: { type: string } }")


def inner(body: str = "", more: str = "") -> str:
    """A template that stands for a database."""
    text = f"{HEAD}imports: [ types.yaml ]\ntopology_template:\n   outputs: {{ url: {{ value: x }} }}\n"
    text += f"   node_templates:\n      srv: {{ type: Compute }}\n{body}"
    return f"{text}   substitution_mappings: {{ node_type: my.Db }}\n{more}"


def entry(body: str, says: str, **files: str) -> Provocation:
    """A topology whose imports stand for nodes of it."""
    named = {f"{name}.yaml": text for name, text in files.items()} | {"types.yaml": TYPES}
    head = f"{HEAD}imports: [ {', '.join(named)} ]\ntopology_template:\n   node_templates:\n"
    return Provocation(head + body, says, named)


DB = "      db:\n         type: my.Db\n      >>>directives: [ substitutable ]\n"
DEEP = "      deep:\n         type: my.Db\n      >>>directives: [ substitutable ]\n"
MANY = "".join(f"      n{number}: {{ type: Compute }}\n" for number in range(5001))

PROVOCATIONS: dict[str, Provocation] = {
    "no-substitute": entry(DB, "expected a template of the archive that stands for this type"),
    "ambiguous-substitute": entry(DB, "one.yaml and two.yaml fit equally well", one=inner(), two=inner()),
    "substitution-loop": entry(DB.replace(">>>", "   "), "main.yaml → inner.yaml → inner.yaml", inner=inner(DEEP)),
    "substitution-limit": entry(
        "      db: { type: my.Db, directives: [ substitutable ] }\n"
        "      eb:\n      >>>type: my.Db\n         directives: [ substitutable ]\n",
        "more than 10000",
        inner=inner(MANY),
    ),
    "unmapped-reference": entry(
        DB.replace(">>>", "   ") + "      app:\n         type: tosca.nodes.Root\n         interfaces:\n"
        "            Standard:\n               create:\n                  inputs:\n"
        "                  >>>x: { get_attribute: [ db, state ] }\n",
        "found get_attribute of 'state' of 'db', in whose place stands inner.yaml",
        inner=inner(),
    ),
}
