"""Which nodes become machines, who makes them, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.executions.history import owner_of
from engine.instances.scaling import scale_of
from engine.rete.production import Production
from engine.weaving import compile_workflow, weave, workflow_of
from engine.weaving.compile import compile_network
from engine.weaving.hosting import Hosting, HostingError
from tests.support.topologies import Node, appli, topology
from tosca.imperative_model import Step, StepActivity, Workflow
from tosca.model import ServiceTemplate

SERVERS = ["srvA", "srvB", "srvC", "srvD"]


def as_compute(template: ServiceTemplate, *names: str) -> ServiceTemplate:
    nodes = {
        name: replace(node, lineage=("my.Server", "tosca.nodes.Compute", *node.lineage)) if name in names else node
        for name, node in template.node_templates.items()
    }
    types = {**template.node_types}
    for name in ("my.Server", "tosca.nodes.Compute"):
        types.setdefault(name, replace(template.node_types["tosca.nodes.Root"], name=name, workflows={}))
    return replace(template, node_templates=nodes, node_types=types)


def with_metadata(template: ServiceTemplate, name: str, provider: str) -> ServiceTemplate:
    node = replace(template.node_templates[name], metadata={"ditrit.host": provider})
    return replace(template, node_templates={**template.node_templates, name: node})


def sequence(template: ServiceTemplate, workflow: str, node: str) -> list[str]:
    woven = weave(template, workflow, providers=Hosting.parse("lxc").providers(template))
    found = (str(element) for element in woven.sequences[node] if element.state or element.operation)
    return [".".join(word.split(".")[-2:]) for word in found]


def test_only_compute_nodes_that_are_hosted_on_nothing_become_machines() -> None:
    template = as_compute(appli(), *SERVERS, "A")
    assert Hosting.parse("lxc").providers(template) == dict.fromkeys(SERVERS, "lxc")
    assert Hosting.parse("local").providers(template) == {}
    assert Hosting.parse("").providers(template) == {}


def test_a_rule_for_a_type_goes_before_the_default_and_the_template_before_both() -> None:
    template = as_compute(appli(), "srvA", "srvB")
    assert Hosting.parse("my.Server=lxc").providers(template) == {"srvA": "lxc", "srvB": "lxc"}
    assert Hosting.parse("lxc, my.Server = local").providers(template) == {}
    assert Hosting.parse("local").providers(with_metadata(template, "srvA", "lxc")) == {"srvA": "lxc"}
    assert Hosting.parse("lxc").providers(with_metadata(template, "srvA", "local")) == {"srvB": "lxc"}


@pytest.mark.parametrize(("text", "where"), [("lcx", "the rules"), ("my.Server=", "the rule 'my.Server='")])
def test_an_unknown_provider_is_an_error_that_names_it(text: str, where: str) -> None:
    with pytest.raises(HostingError, match=f"{where}: found host provider .*, expected one of local, lxc, ssh"):
        Hosting.parse(text)


def test_an_unknown_provider_in_a_template_is_an_error_that_names_the_node() -> None:
    template = with_metadata(as_compute(appli(), "srvA"), "srvA", "vmware")
    with pytest.raises(HostingError, match="the metadata of node 'srvA': found host provider 'vmware'"):
        Hosting().providers(template)


def test_a_machine_is_there_before_anything_runs_in_it_and_as_long_as_anything_does() -> None:
    operations = ("create", "configure", "start", "stop", "delete")
    template = as_compute(topology([Node("srv", operations=operations)]), "srv")
    assert [word for word in sequence(template, "install", "srv") if "." in word] == [
        "Host.create",
        *("Standard.create", "Standard.configure", "Host.start", "Standard.start"),
    ]
    assert [word for word in sequence(template, "uninstall", "srv") if "." in word] == [
        *("Standard.stop", "Standard.delete", "Host.delete"),
    ]


def test_a_machine_without_operations_of_its_own_is_stopped_when_its_node_is() -> None:
    template = as_compute(topology([Node("srv", operations=())]), "srv")
    assert [word for word in sequence(template, "uninstall", "srv") if "." in word] == ["Host.stop", "Host.delete"]
    found = sequence(template, "install", "srv")
    assert found.index("Host.create") < found.index("created") < found.index("Host.start") < found.index("started")


def test_every_operation_knows_the_machine_at_the_foot_of_its_chain() -> None:
    template = as_compute(appli(), *SERVERS)
    woven = weave(template, "install", providers=dict.fromkeys(SERVERS, "lxc"))
    scale = scale_of(template, {})
    checked = 0
    for production in compile_network(woven, scale).productions:
        if not any(step.operation for step in production.steps):
            continue
        found = production.subject["machine"]
        assert found["node"] == production.subject["root"]
        for flat in range(production.count):
            assert number(production, flat) == owner_index(production, flat)[0]
            checked += 1
    assert checked > 100


def test_the_operations_of_a_step_are_between_those_of_the_machine() -> None:
    operations = ("create", "configure", "start", "stop", "delete")
    template = as_compute(topology([Node("srv", operations=operations)]), "srv")
    calls = tuple(StepActivity("call_operation", f"Standard.{name}") for name in ("create", "start"))
    step = Step("all", target="srv", activities=calls)
    template = replace(template, workflows={"install": Workflow("install", steps={"all": step})})

    workflow = workflow_of(template, "install", providers={"srv": "lxc"})
    compiled = compile_workflow(workflow, scale_of(template, {}))
    ran = [
        (step.operation["interface"], step.operation["name"], production.subject["machine"]["node"])
        for production in compiled.productions
        for step in production.steps
        if step.operation
    ]
    assert [(interface, name) for interface, name, _ in ran] == [
        *(("Host", "create"), ("Standard", "create"), ("Host", "start"), ("Standard", "start"))
    ]
    assert {node for *_, node in ran} == {"srv"}


def number(production: Production, flat: int) -> int:
    found = production.subject["machine"]
    own = flat % found["modulo"] if found["modulo"] else flat
    return int(own // found["divide"])


def owner_index(production: Production, flat: int) -> tuple[int, ...]:
    return tuple(owner_of(production, flat)[1])
