"""Rules of the standard, each with a document that keeps it and one that does not."""

from __future__ import annotations

from dataclasses import dataclass, field

HEAD = "tosca_definitions_version: tosca_simple_yaml_1_3\n"


@dataclass(frozen=True)
class Rule:
    """A rule: its section, what a document is that keeps it, and what one that breaks it and the code of the error."""

    section: str
    good: str
    bad: str
    code: str
    files: dict[str, str] = field(default_factory=dict, hash=False)  # beside both

    def documents(self) -> tuple[str, str]:
        return HEAD + self.good, HEAD + self.bad

    def __str__(self) -> str:
        return f"{self.section} {self.code}"


def root(members: str) -> str:
    """A node type that derives from the root."""
    return f"node_types: {{ my.A: {{ derived_from: Root, {members} }} }}\n"


def derived(parent: str, child: str) -> str:
    """A node type and one that derives from it."""
    return f"node_types:\n  my.A: {{ derived_from: Root, {parent} }}\n  my.B: {{ derived_from: my.A, {child} }}\n"


def property_of(definition: str) -> str:
    return root(f"properties: {{ x: {{ {definition} }} }}")


def node(members: str) -> str:
    """A topology of one Compute."""
    return f"topology_template: {{ node_templates: {{ c: {{ type: Compute, {members} }} }} }}\n"


def hosted(members: str) -> str:
    """A topology of software on a Compute."""
    return (
        "topology_template:\n  node_templates:\n    c: { type: Compute }\n"
        f"    s: {{ type: SoftwareComponent, requirements: [ host: {{ node: c, {members} }} ] }}\n"
    )
