"""What a service template says to be secret."""

import pytest

from tests.tosca.archives import parsed
from tosca.model import ServiceTemplate

TEMPLATE = """\
tosca_definitions_version: {version}
data_types:
  shop.Login:
    derived_from: tosca.datatypes.Credential
    properties: {{ hint: {{ type: string, required: false, metadata: {{ secret: true }} }} }}
  shop.Account:
    properties:
      name: {{ type: string }}
      login: {{ type: shop.Login }}
      more: {{ type: list, required: false, entry_schema: {{ type: tosca.datatypes.Credential }} }}
capability_types:
  shop.Service:
    properties: {{ key: {{ type: string, required: false, metadata: {{ secret: "true" }} }} }}
node_types:
  shop.Base:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      pin: {{ type: integer, required: false, metadata: {{ secret: TRUE }} }}
      plain: {{ type: string, required: false, metadata: {{ secret: false }} }}
    attributes: {{ session: {{ type: string, metadata: {{ secret: true }} }} }}
  shop.Node:
    derived_from: shop.Base
    properties:
      pin: {{ type: integer, required: false, default: 1234 }}
      account: {{ type: shop.Account, required: false }}
    capabilities: {{ service: shop.Service }}
topology_template:
  inputs:
    password: {{ type: string, metadata: {{ secret: true }}, required: false }}
    login: {{ type: shop.Login, required: false }}
    name: {{ type: string, required: false }}
  node_templates:
    server: {{ type: tosca.nodes.Compute }}
    node:
      type: shop.Node
      requirements:
        - host: server
        - dependency: {{ node: server, relationship: tosca.relationships.ConnectsTo }}
  outputs:
    copy: {{ type: string, value: {{ get_input: password }}, metadata: {{ secret: true }} }}
"""


def template(version: str = "tosca_simple_yaml_1_3") -> ServiceTemplate:
    found = parsed(TEMPLATE.format(version=version))
    assert found.service_template is not None, [str(problem) for problem in found.problems.errors]
    return found.service_template


@pytest.mark.parametrize("version", ["tosca_simple_yaml_1_1", "tosca_simple_yaml_1_2", "tosca_simple_yaml_1_3"])
def test_secret_is_what_metadata_say_and_what_opens_something_in_a_credential(version: str) -> None:
    node = template(version).node_templates["node"]
    account = ("properties", "account")
    normative = {("properties", "admin_credential", name) for name in ("token", "keys")}  # of 1.1 and 1.2
    assert set(node.secrets) - normative == {
        ("properties", "pin"),
        ("attributes", "session"),
        ("capabilities", "service", "properties", "key"),
        (*account, "login", "token"),
        (*account, "login", "keys"),
        (*account, "login", "hint"),
        (*account, "more", "*", "token"),
        (*account, "more", "*", "keys"),
    }


def test_secret_inputs_and_outputs_are_known() -> None:
    found = template()
    assert found.inputs["password"].secret == ((),)
    assert set(found.inputs["login"].secret) == {("token",), ("keys",), ("hint",)}
    assert found.inputs["name"].secret == ()
    assert found.outputs["copy"].secret == ((),)


def test_the_credential_of_a_connection_is_secret() -> None:
    way = next(way for way in template().node_templates["node"].relationships if way.requirement == "dependency")
    assert set(way.secrets) == {("properties", "credential", "token"), ("properties", "credential", "keys")}
