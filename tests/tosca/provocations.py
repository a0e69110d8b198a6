"""For each code of a problem in a template: a document that provokes it, and the line at which it must be told."""

from __future__ import annotations

from dataclasses import dataclass, field

HEAD = "tosca_definitions_version: tosca_simple_yaml_1_1\n"


@dataclass(frozen=True)
class Provocation:
    """A document, in which ``>>>`` marks the line of the problem, and what the message must contain."""

    text: str
    says: str
    files: dict[str, str] = field(default_factory=dict)

    @property
    def document(self) -> str:
        return self.text.replace(">>>", "   ")


def types(body: str, says: str, **files: str) -> Provocation:
    return Provocation(HEAD + body, says, dict(files))


def nodes(body: str, says: str, before: str = "") -> Provocation:
    return Provocation(f"{HEAD}{before}topology_template:\n   node_templates:\n{body}", says)


OWN = """\
node_types:
   my.Type:
      derived_from: tosca.nodes.Root
      properties:
         size: { type: integer, required: false }
      requirements:
         - peer: { capability: tosca.capabilities.Endpoint, node: tosca.nodes.WebServer, occurrences: [ 0, 1 ] }
         - data: { capability: tosca.capabilities.Endpoint, occurrences: [ 0, 1 ] }
"""

PROVOCATIONS: dict[str, Provocation] = {
    "yaml-syntax": Provocation(HEAD + "a: [ 1, 2\n>>>b: 3\n", "did not find"),
    "yaml-duplicate-key": Provocation(HEAD + "description: a\ndescription: b  # >>>\n", "twice"),
    "yaml-key": Provocation(HEAD + "metadata: {\n>>>[ a ]: b }\n", "expected a name"),
    "yaml-tag": Provocation(HEAD + "metadata:\n>>>a: !ruby/object:Gem b\n", "!ruby/object:Gem"),
    "yaml-limit": Provocation(HEAD + "metadata:\n>>>a: " + "[" * 200 + "]" * 200 + "\n", "100 levels"),
    "yaml-empty": Provocation(HEAD + "---   # >>>\n" + "a: b\n", "second document"),
    "wrong-shape": types("node_types:\n>>>- a\n", "expected a map of node types"),
    "unknown-keyname": nodes(
        "      A:\n         type: Compute\n      >>>requirments: []\n", "did you mean 'requirements'?"
    ),
    "missing-keyname": nodes("      A:\n      >>>description: no type\n", "a node template without 'type'"),
    "unknown-version": Provocation(
        "tosca_definitions_version: tosca_simple_yaml_9_9   # >>>\n", "tosca_simple_yaml_1_3"
    ),
    "import-not-found": types("imports:\n>>>- typs.yaml\n", "did you mean 'types.yaml'?", **{"types.yaml": HEAD}),
    "normative-import": types("imports:\n>>>- tosca-normative-types:1.0.0\n", "are known"),
    "import-by-address": types(
        "imports:\n>>>- https://example.org/types/own.yaml\n", "taken for 'types/own.yaml'", **{"types/own.yaml": HEAD}
    ),
    "other-language": Provocation(
        "tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0  # >>>\n", "read as the version"
    ),
    "incomplete-trigger": Provocation(
        "tosca_definitions_version: tosca_simple_yaml_1_0\ntopology_template:\n   policies:\n"
        "      - p: { type: tosca.policies.Scaling, triggers: { t: { condition: a } } }  # >>>\n",
        "without 'event'",
    ),
    "duplicate-type": types(
        "imports: [ other.yaml ]\nnode_types: { my.Type: { derived_from: tosca.nodes.Root } }\n",
        "defined in main.yaml already",
        **{"other.yaml": HEAD + "node_types:\n   my.Type:\n      derived_from: tosca.nodes.Root  # >>>\n"},
    ),
    "reserved-name": nodes("      SELF:\n      >>>type: tosca.nodes.Root\n", "'SELF'"),
    "unknown-type": nodes("      A:\n      >>>type: tosca.nodes.Compte\n", "did you mean 'tosca.nodes.Compute'?"),
    "wrong-kind": nodes("      A:\n      >>>type: tosca.capabilities.Scalable\n", "a type of kind capability"),
    "type-loop": types("node_types:\n   a:\n   >>>derived_from: b\n   b:\n      derived_from: a\n", "a → b → a"),
    "bad-refinement": types(
        "node_types:\n   my.Data:\n      derived_from: DBMS\n      properties:\n      >>>port: { type: list }\n",
        "type list, expected integer",
    ),
    "unusual-refinement": types(
        "node_types:\n   my.Type:\n      derived_from: Compute\n      capabilities:\n         endpoint:\n"
        "         >>>type: Endpoint\n",
        "expected tosca.capabilities.Endpoint.Admin",
    ),
    "wrong-value": nodes(
        "      A:\n         type: my.Type\n         properties:\n         >>>size: big\n", "an integer", OWN
    ),
    "constraint-violated": nodes(
        "      A:\n         type: Compute\n         capabilities:\n            host:\n               properties:\n"
        "               >>>num_cpus: 0\n",
        "greater_or_equal 1",
    ),
    "bad-constraint": types(
        "data_types:\n   my.Data:\n      properties:\n         a:\n            type: boolean\n"
        "            constraints:\n            >>>- greater_than: 3\n",
        "'greater_than' on a boolean",
    ),
    "unknown-property": nodes(
        "      A:\n         type: my.Type\n         properties:\n         >>>sise: 3\n", "did you mean 'size'?", OWN
    ),
    "missing-property": nodes("      A:\n      >>>type: tosca.nodes.Storage.ObjectStorage\n", "'name'"),
    "unknown-attribute": nodes(
        "      A:\n         type: Compute\n         attributes:\n         >>>publik_address: x\n", "'public_address'"
    ),
    "unknown-input": nodes(
        "      A:\n         type: my.Type\n         properties:\n         >>>size: { get_input: number }\n",
        "declares no inputs",
        OWN,
    ),
    "unknown-entity": nodes(
        "      srv:\n         type: my.Type\n         properties:\n         >>>size: { get_property: [ srw, size ] }\n",
        "did you mean 'srv'?",
        OWN,
    ),
    "bad-function": nodes(
        "      A:\n         type: my.Type\n         properties:\n         >>>size: { get_property: size }\n",
        "cannot take",
        OWN,
    ),
    "unknown-capability": nodes(
        "      A:\n         type: Compute\n         capabilities:\n         >>>scaleable: {}\n",
        "did you mean 'scalable'?",
    ),
    "scalable-range": nodes(
        "      A:\n         type: Compute\n         capabilities:\n            scalable:\n               properties:\n"
        "               >>>default_instances: 5\n                  max_instances: 3\n",
        "min_instances 1 and max_instances 3",
    ),
    "unknown-target": nodes(
        "      server:\n         type: Compute\n      A:\n         type: SoftwareComponent\n         requirements:\n"
        "         >>>- host: sever\n",
        "did you mean 'server'?",
    ),
    "unusual-node": nodes(
        "      B:\n         type: Compute\n      A:\n         type: my.Type\n         requirements:\n"
        "         >>>- peer: B\n",
        "expected a tosca.nodes.WebServer",
        OWN,
    ),
    "target-does-not-fit": nodes(
        "      B:\n         type: my.Type\n      A:\n         type: my.Type\n         requirements:\n"
        "         >>>- peer: B\n",
        "expected a tosca.nodes.WebServer",
        OWN,
    ),
    "capability-does-not-fit": nodes(
        "      B:\n         type: my.Type\n      A:\n         type: my.Type\n         requirements:\n"
        "         >>>- data: B\n",
        "tosca.capabilities.Endpoint",
        OWN,
    ),
    "unknown-relationship": nodes(
        "      B:\n         type: Compute\n      A:\n         type: my.Type\n         requirements:\n"
        "            - data:\n                  node: B\n               >>>relationship: ConectsTo\n",
        "'ConectsTo'",
        OWN,
    ),
    "too-many-requirements": nodes(
        "      B:\n         type: Compute\n      A:\n         type: my.Type\n      >>>requirements:\n"
        "            - data: B\n            - data: B\n",
        "at most 1",
        OWN,
    ),
    "bad-occurrences": types(
        "node_types:\n   my.Type:\n      requirements:\n         - peer:\n               capability: Node\n"
        "            >>>occurrences: [ 2, 1 ]\n",
        "[ least, UNBOUNDED ]",
    ),
    "bad-copy": nodes("      A:\n         type: Compute\n      >>>copy: B\n", "'B'"),
    "file-not-found": nodes(
        "      A:\n         type: Compute\n         interfaces:\n            Standard:\n"
        "            >>>create: scripts/create.sh\n",
        "'scripts/create.sh'",
    ),
    "hosting-cycle": nodes(
        "      A:\n         type: tosca.nodes.Root\n      >>>requirements: [ { host: B } ]\n"
        "      B:\n         type: tosca.nodes.Root\n         requirements: [ { host: A } ]\n",
        "A → B → A",
    ),
    "several-hosts": nodes(
        "      A:\n         type: tosca.nodes.Root\n      >>>requirements: [ { host: B }, { host: C } ]\n"
        "      B:\n         type: tosca.nodes.Root\n      C:\n         type: tosca.nodes.Root\n",
        "B and on C",
    ),
    "bad-workflow": types(
        "relationship_types:\n   my.Type:\n      workflow:\n         install:\n            source_weaving:\n"
        "            >>>- { after: created, before: started }\n",
        "either 'after' or 'before'",
    ),
    "later-keyname": nodes(
        "      A:\n         type: Compute\n         interfaces:\n            Standard:\n               create:\n"
        "                  implementation:\n                  >>>timeout: 30\n",
        "1.2 on",
    ),
    "top-level-metadata": types("template_name: mine  # >>>\n", "'metadata'"),
    "not-interpreted": types(
        "topology_template:\n>>>policies: [ { p: { type: tosca.policies.Placement } } ]\n", "'policies'"
    ),
    "undeclared-capability": nodes(
        "      A:\n         type: tosca.nodes.Root\n         capabilities:\n            scalable:\n"
        "            >>>properties: { default_instances: 3 }\n",
        "tosca.capabilities.Scalable",
    ),
    "undeclared-requirement": nodes(
        "      A:\n         type: tosca.nodes.Root\n         requirements:\n         >>>- host: B\n"
        "      B:\n         type: tosca.nodes.Root\n",
        "tosca.relationships.HostedOn",
    ),
    "undeclared-interface": nodes(
        "      A:\n         type: Compute\n         interfaces:\n            Backup:\n            >>>save: {}\n",
        "'Backup'",
    ),
    "undeclared-operation": nodes(
        "      A:\n         type: Compute\n         interfaces:\n            Standard:\n            >>>creat: {}\n",
        "did you mean 'create'?",
    ),
    "unassigned-host": nodes("      A:\n      >>>type: tosca.nodes.SoftwareComponent\n", "'host'"),
    "dangling-requirement": nodes(
        "      A:\n         type: tosca.nodes.SoftwareComponent\n         requirements:\n         >>>- host: Compute\n",
        "'host'",
    ),
    "value-for-definition": types(
        "node_types:\n   my.Web:\n      derived_from: DBMS\n      properties:\n      >>>port: 3306\n", "the default"
    ),
    "no-parent": types(
        "node_types:\n   my.Type:\n   >>>description: x\n"
        "topology_template: { node_templates: { A: { type: my.Type } } }\n",
        "'derived_from'",
    ),
    "relative-path": types(
        "imports: [ types/types.yaml ]\ntopology_template: { node_templates: { A: { type: my.Type } } }\n",
        "'scripts/create.sh'",
        **{
            "types/types.yaml": HEAD + "node_types:\n   my.Type:\n      derived_from: Root\n      interfaces:\n"
            "         Standard:\n         >>>create: scripts/create.sh\n",
            "scripts/create.sh": "",
        },
    ),
    "unusual-target": nodes(
        "      B:\n         type: Compute\n      A:\n         type: Compute\n         requirements:\n"
        "            - dependency:\n                  node: B\n               >>>relationship: HostedOn\n",
        "expected a tosca.capabilities.Container",
    ),
    "misspelled-function": nodes(
        "      A:\n         type: Compute\n         interfaces:\n            Standard:\n               create:\n"
        "                  inputs:\n                     x:\n                     >>>get_proprty: [ SELF, name ]\n",
        "did you mean 'get_property'?",
    ),
}
