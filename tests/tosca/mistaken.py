"""Documents with several mistakes each.  ``# !CODE`` ends each line on which an error must be told, and no other."""

from __future__ import annotations

HEAD = "tosca_definitions_version: tosca_simple_yaml_1_3\n"

MISTAKEN = {
    "a type that nobody knows leaves its templates be": """
node_types:
  my.Server:
    derived_from: tosca.nodes.Compte  # !unknown-type
    properties: { size: { type: integer } }
    requirements:
      - disk: { capability: tosca.capabilities.Atachment, occurrences: [ 0, 1 ] }  # !unknown-type
  my.Big:
    derived_from: my.Server
    properties: { size: { default: 3 } }
topology_template:
  node_templates:
    server:
      type: my.Big
      properties: { speed: 3, size: { get_input: sze } }  # !unknown-input
      capabilities: { hosting: { properties: { a: 1 } } }
    app:
      type: tosca.nodes.SoftwareComponent
      requirements: [ { host: server }, { dependency: servr } ]  # !unknown-target
  outputs:
    size: { value: { get_property: [ server, weight ] } }
    address: { value: { get_attribute: [ sever, private_address ] } }  # !unknown-entity
""",
    "misspelled keynames hide what they hold": """
node_types:
  my.Component:
    derived_from: tosca.nodes.SoftwareComponent
    propertys: { port: { type: integer } }  # !unknown-keyname
  my.Web:
    derived_from: my.Component
topology_template:
  node_templates:
    server: { type: tosca.nodes.Compute }
    web:
      type: my.Web
      properties: { port: 80 }
      requirments: [ { host: server } ]  # !unknown-keyname
    database:
      tpye: tosca.nodes.Database  # !unknown-keyname
      properties: { name: shop }
    other:
      type: tosca.nodes.Database
      propertis: { name: shop }  # !unknown-keyname
      requirements: [ { host: web } ]
""",
    "a misspelled section of the topology hides its names": """
topology_template:
  input:  # !unknown-keyname
    port: { type: integer }
  node_templates:
    web:
      type: tosca.nodes.WebServer
      properties: { component_version: { get_input: port }, x: 1 }  # !unknown-property
      artefacts: {}  # !unknown-keyname
    server:
      type: tosca.nodes.Compute
      capabilities: { host: { properties: { num_cpus: many } } }  # !wrong-value
""",
    "a misspelled section of types hides its types": """
node_typs:  # !unknown-keyname
  my.Web: { derived_from: tosca.nodes.WebServer }
topology_template:
  node_templates:
    web: { type: my.Web, requirements: [ { host: server } ] }
    server:
      type: tosca.nodes.Compute
      capabilities: { scalable: { properties: { max_instances: lots } } }  # !wrong-value
""",
    "an import that is not there hides its types": """
imports:
  - types.yaml  # !import-not-found
node_types:
  my.Own:
    derived_from: tosca.nodes.SoftwareComponent
    capabilities: { feed: { type: my.Feed } }
    requirements: [ { feed: { capability: my.Feed, relationship: my.Reads, occurrences: [ 0, 1 ] } } ]
  my.Second: { derived_from: my.First, properties: { a: { default: 1 } } }
topology_template:
  node_templates:
    web: { type: my.Web, properties: { port: 80 }, interfaces: { Standard: { create: absent.sh } } }  # !file-not-found
    server:
      type: tosca.nodes.Compute
      properties: { name: x }  # !unknown-property
      descripton: x  # !unknown-keyname
    other: { type: my.Web, requirements: [ { feed: my.Feed }, { host: server } ] }
    mine: { type: my.Own, properties: { a: 1 }, requirements: [ { feed: other } ] }
  outputs:
    port: { value: { get_property: [ web, port ] } }
    address: { value: { get_attribute: [ sevrer, private_address ] } }  # !unknown-entity
    size: { value: { get_input: sise } }  # !unknown-input
""",
    "sections of the wrong shape": """
topology_template:
  node_templates:
    database:
      type: tosca.nodes.Database
      properties:
        - shop  # !wrong-shape
      requirements: [ { host: dbms } ]
    dbms:
      type: tosca.nodes.DBMS
      requirements: server  # !wrong-shape
    group: [ database ]  # !wrong-shape
  outputs:
    name: { value: { get_property: [ database, name ] } }
""",
    "data types": """
data_types:
  my.Address:
    derived_from: tosca.datatypes.Rot  # !unknown-type
    properties: { street: { type: strng, constraints: [ { in_range: [ 1, Main ] } ] } }  # !unknown-type
  my.Range:
    properties:
      low: { type: integer, constraints: [ { greater_then: 3 } ] }  # !bad-constraint
      high: { type: integer, default: much }  # !wrong-value
node_types:
  my.Node:
    derived_from: tosca.nodes.Root
    properties:
      address: { type: my.Address, required: false }
      range: { type: my.Range }
topology_template:
  node_templates:
    a:
      type: my.Node
      properties:
        address: { street: Main, number: 3 }
        range: { low: 1, hihg: 2 }  # !unknown-property
    b:
      type: my.Node
      properties: { range: { low: two } }  # !wrong-value
""",
    "capabilities and relationships": """
capability_types:
  my.Feed:
    derived_from: tosca.capabilities.Endpont  # !unknown-type
relationship_types:
  my.Reads:
    derived_from: tosca.relationships.ConnectsTo
    valid_target_types: [ my.Feed ]
    propertis: { rate: { type: integer } }  # !unknown-keyname
node_types:
  my.Source:
    derived_from: tosca.nodes.SoftwareComponent
    capabilities: { feed: { type: my.Feed } }
  my.Reader:
    derived_from: tosca.nodes.SoftwareComponent
    requirements: [ { feed: { capability: my.Feed, relationship: my.Reads } } ]
topology_template:
  node_templates:
    server: { type: tosca.nodes.Compute }
    source: { type: my.Source, requirements: [ { host: server } ] }
    reader:
      type: my.Reader
      requirements:
        - host: server
        - feed: { node: source, capability: fed, relationship: { type: my.Reads, properties: { rate: 3 } } }
        - dependency: { node: source, relationship: my.Read }  # !unknown-relationship
""",
    "groups, policies and workflows": """
topology_template:
  node_templates:
    a: { type: tosca.nodes.Comput }  # !unknown-type
    b: { type: tosca.nodes.Compute }
  groups:
    g: { type: tosca.groups.Rot, members: [ a, b, c ] }  # !unknown-type unknown-member
  policies:
    - p: { type: tosca.policies.Scaling, targets: [ g, a ] }
    - q: { type: tosca.policies.Scalng, targets: [ a, d ] }  # !unknown-type
  workflows:
    w:
      steps:
        one:
          target: a
          activities: [ { call_operation: Special.run } ]
          on_success: [ two, tree ]  # !unknown-step
        two:
          traget: g  # !unknown-keyname
          activities: [ { call_operation: Standard.create } ]
        three: { target: b, activities: [ { call_operation: Standard.crate } ] }  # !unknown-operation
""",
    "a loop of types": """
node_types:
  my.A: { derived_from: my.B, properties: { x: { default: 1 } } }  # !type-loop
  my.B: { derived_from: my.A }
  my.C: { derived_from: my.A, properties: { y: { default: 1 } } }
topology_template:
  node_templates:
    a: { type: my.C, properties: { z: 1 }, requirements: [ { host: b } ] }
    b: { type: my.B, colour: red }  # !unknown-keyname
""",
    "interfaces": """
interface_types:
  my.Backup:
    derived_from: tosca.interfaces.Rot  # !unknown-type
    save: { inputs: { where: { type: string } } }
node_types:
  my.Database:
    derived_from: tosca.nodes.Database
    interfaces:
      Backup: { type: my.Backup, save: {} }
      Standard: { create: { implemetation: x.sh } }  # !unknown-keyname
topology_template:
  node_templates:
    database:
      type: my.Database
      properties: { name: x }
      interfaces: { Backup: { load: load.sh }, Standard: { create: create.sh } }  # !file-not-found file-not-found
    other:
      type: my.Database
      properties: { nme: x, user: x }
      interfaces: { Standard: { start: { inputs: { x: { get_property: [ SELF, nme ] } } } } }
""",
    "hosts": """
topology_template:
  node_templates:
    a: { type: tosca.nodes.SoftwareComponent, requirements: [ { host: b } ] }  # !target-does-not-fit
    b: { type: tosca.nodes.SoftwareComponent, requirements: [ { host: c } ] }
    c: { type: tosca.nodes.Unknown }  # !unknown-type
    d: { type: tosca.nodes.SoftwareComponent, requirements: [ { host: nobody } ] }  # !unknown-target
    e: { type: tosca.nodes.SoftwareComponent, properties: { component_version: { get_attribute: [ HOST, x ] } } }
  outputs:
    o: { value: { get_attribute: [ a, host, private_address ] } }
    p: { value: { get_attribute: [ d, host, private_address ] } }
    q: { value: { get_attribute: [ c, anything ] } }
""",
    "names that are no names": """
topology_template:
  node_templates:
    a: { type: tosca.nodes.Compute }
    b: { type: [ tosca.nodes.Compute ] }  # !wrong-shape
    c: { type: Root, requirements: [ { dependency: { node: [ a ] } } ] }  # !wrong-shape
  groups:
    g: { type: tosca.groups.Root, members: [ [ a ] ] }  # !wrong-shape
  workflows:
    w: { steps: { s: { activities: [ { inline: [ w ] }, { inline: x } ] } } }  # !wrong-shape workflow-not-found
    v: { steps: { s: { target: [ a ], activities: [ { call_operation: Standard.create } ] } } }  # !wrong-shape
""",
    "a copy of what is wrong": """
topology_template:
  node_templates:
    a: { type: tosca.nodes.Database, properties: { nme: x } }  # !unknown-property
    b: { copy: a, requirements: [ { host: a } ] }  # !target-does-not-fit
    c: { copy: z }  # !bad-copy
    d: { type: tosca.nodes.Root, requirements: [ { dependency: c } ] }
""",
}
