"""The codes of all problems, with their severity: one table.

Place in the flow: `tosca.problems` looks a code up when it is reported.  Codes are stable; messages are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of problem."""

    severity: Severity
    meaning: str


ERRORS = {
    # the archive
    "csar-not-a-zip": "the archive is no zip file, or is truncated or corrupt",
    "csar-unsafe-member": "a member's name, or a link, could lead out of the archive",
    "csar-duplicate-member": "two members have the same name",
    "csar-too-large": "the archive exceeds a limit",
    "csar-encrypted": "a member is encrypted",
    "csar-compression": "a member is compressed in a way that is not read",
    "csar-no-entry": "the archive does not say which template it enters with",
    "csar-several-entries": "the archive has several YAML files at its root and no TOSCA.meta",
    "csar-entry-missing": "entry definitions, or others, that TOSCA.meta names are not in the archive",
    "csar-meta-syntax": "TOSCA.meta is not written in blocks of 'name: value' lines",
    # YAML
    "yaml-syntax": "the file is not YAML",
    "yaml-duplicate-key": "a key occurs twice in a map",
    "yaml-key": "a key is not a plain name, or a merge key merges what is no map",
    "yaml-tag": "a YAML tag that is not read",
    "yaml-limit": "too deep, too large, or aliases that expand without measure",
    "yaml-empty": "the file has no document, or several",
    # language
    "wrong-shape": "a map, a list or a scalar stands where something else is expected",
    "unknown-keyname": "a keyname that the entity does not have",
    "missing-keyname": "a required keyname is missing",
    "unknown-version": "a tosca_definitions_version that is not read",
    "import-not-found": "an import names a file that is not in the archive",
    "unknown-repository": "an import or artifact names a repository that is not defined",
    "duplicate-type": "two files define the same type",
    "reserved-name": "a template bears a name that functions reserve, or a prefix is the standard's own",
    # types
    "unknown-type": "a type that nobody defines",
    "wrong-kind": "a type of another kind than the place asks for",
    "type-loop": "a type that derives from itself",
    "bad-refinement": "a definition that turns what it inherits into something else, or adds what cannot be added",
    # values
    "wrong-value": "a value that does not fit its type",
    "constraint-violated": "a value that violates a constraint",
    "bad-constraint": "a constraint that is not one, or does not fit the type; a pattern is a regular expression of "
    "Python's without references to groups, conditions, atomic groups, possessive quantifiers and the flags x and L",
    "unknown-property": "a property that the type does not declare",
    "missing-property": "a required property without a value",
    "unknown-attribute": "an attribute that the type does not declare",
    "unknown-input": "get_input of an input that the topology does not declare",
    "unknown-entity": "a function names a template that does not exist",
    "unknown-reference": "a function whose path leads to nothing that its entity has",
    "property-loop": "properties that are each other's value",
    "bad-function": "a function whose arguments do not fit",
    # templates
    "unknown-capability": "a capability that the type does not declare",
    "scalable-range": "instance counts that contradict each other",
    "unknown-target": "a requirement names a template that does not exist",
    "target-does-not-fit": "the target of a requirement is not of the kind that it asks for",
    "capability-does-not-fit": "the target of a requirement lacks the capability that it asks for",
    "unknown-relationship": "a relationship that is neither a type nor a template",
    "too-many-requirements": "a requirement is assigned more often than it may be",
    "too-many-sources": "more relationships lead to a capability than its occurrences allow",
    "bad-occurrences": "occurrences that are no range",
    "bad-copy": "a copy of a template that does not exist, or that is a copy itself",
    "file-not-found": "a script or artifact that is not in the archive",
    "hosting-cycle": "node templates that are hosted on each other",
    "several-hosts": "a node template that is hosted on two others",
    "unknown-member": "a group, policy or workflow names a template that does not exist",
    "member-does-not-fit": "a member of a group, or a target of a policy, is not of the kind that the type allows",
    "duplicate-name": "two policies, or two requirements of a type, have the same name",
    "bad-substitution": "a substitution mapping that leads nowhere, or leaves open what it must map",
    "no-substitute": "no template of the archive fits a node that is to be substituted",
    "ambiguous-substitute": "several templates fit equally well a node that is to be substituted",
    "substitution-loop": "a node for which only a template fits that contains it",
    "substitution-limit": "more node templates, or calls in a value, than can be when all nodes are substituted",
    "unmapped-reference": "a function asks a substituted node for what nothing in its place has",
    # workflows
    "bad-step": "an activity that is none, or a step that leaves open where it runs",
    "bad-condition": "a condition clause that is none",
    "unknown-step": "on_success or on_failure name a step that does not exist",
    "unknown-requirement": "target_relationship names a requirement that the target does not have",
    "unknown-operation": "a step calls an operation that its target does not have",
    "workflow-not-found": "an activity or trigger names a workflow that does not exist",
    "workflow-loop": "steps that wait for each other, or workflows that contain each other",
    "bad-workflow": "a declarative workflow or weaving that is not written in the grammar of 7.4.2",
}

WARNINGS = {
    "csar-nested-folder": "the archive keeps everything in one top-level folder",
    "later-keyname": "a keyname of a later version of the standard",
    "top-level-metadata": "template_name and the like belong in metadata",
    "not-interpreted": "a construct that is read but does not change the deployment",
    "undeclared-capability": "a capability that the type does not declare, taken for what its name says",
    "undeclared-requirement": "a requirement that the type does not declare, taken for what its name says",
    "undeclared-interface": "an interface that the type does not declare",
    "undeclared-operation": "an operation that the interface type does not declare",
    "unassigned-host": "a required host without an assignment",
    "dangling-requirement": "a requirement without a node template as its target",
    "relative-path": "a path that leads from the root of the archive, not from the file that states it",
    "undeclared-attribute": "an attribute of a plain node that no type declares; operations may set it",
    "unmapped-input": "an input of a substituting topology without a default or a property to take it from",
    "type-for-entity": "a function that names a policy by its type",
    "string-for-list": "a single name where a list of names is expected",
    "equals-for-equal": "the operator 'equals', which samples of the standard write for 'equal'",
    "field-type": "a type that another processor brings without an import, not of the standard",
    "matched-requirement": "a requirement without a node template as its target, given one of the topology that fits",
    "number-for-unit": "a number without a unit in a filter, taken for one of the smallest unit",
    "absent-file": "a file that a template names, which came without its archive",
    "unusual-node": "a target of another type than the requirement asks for, which has the capability that it asks for",
    "value-for-definition": "a value where a type redefines a property that it inherits, taken for the default",
    "no-parent": "a node or relationship type without derived_from, taken for one that derives from the root",
    "unusual-refinement": "a derived type that gives what it inherits a type beside the inherited one, not below it",
    "convertible-type": "a function that gives a value of another type, which can be converted when it is known",
    "nobody-in-output": "SELF, SOURCE, TARGET or HOST in an output, which only a node or a relationship can mean",
    "unknown-directive": "a directive that the standard does not have",
    "unusual-source": "a relationship from a node that the capability does not take relationships from",
    "undeclared-property": "a property of an artifact or policy whose normative type declares none",
    "early-implementation": "an operation of an interface type that has an implementation already",
    "unused-schema": "the schema of entries or keys in the definition of what has none",
    "normative-import": "an import of the file in which another processor keeps the normative types",
    "import-by-address": "an import by an address, taken for the file of the archive that bears the end of its path",
    "other-language": "a profile or dialect of others that adds to a version of the standard, read as that version",
    "foreign-keyname": "a keyname that another processor has added, left out",
    "list-for-map": "a list of maps with a single key each, or an empty one, where a map is expected",
    "incomplete-trigger": "a trigger without an event or an action in a document of 1.0, which has no triggers",
    "misspelled-function": "a map whose only key is nearly the name of a function, with arguments that would fit",
    "absent-substitute": "a node that is to be substituted, in a template which came without its archive",
    "unusual-target": "a relationship type that is not meant for the capability it leads to",
}

CODES: dict[str, Code] = {code: Code("error", meaning) for code, meaning in ERRORS.items()} | {
    code: Code("warning", meaning) for code, meaning in WARNINGS.items()
}
