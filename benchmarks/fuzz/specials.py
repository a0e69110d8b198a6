"""What YAML and the standard have that is seldom written: odd pieces of text, odd values, names of the language.

Place in the flow of a run: what `benchmarks.fuzz.text` and `benchmarks.fuzz.structure` put into documents.
"""

from __future__ import annotations

from typing import Any


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_LONG = "x" * 300_000
_SCALARS = _words("""
0x1F 1_000 0o17 017 1e999 .nan .inf -.inf 1:30:00 2001-01-01 2001-01-01t25:61:61z ~ yes null -0 1. .5 + - 1.2.3.4-5
9999-12-31T23:59:59.999999+99:99 1.0.0.x-0 UNBOUNDED $ %s {0} ../ /etc (? (a+)+$ [ ٣ ² ①
""")
_CHARACTERS = "\u2028\u2029\ufeff\x00\x85\x0b\x1b\x7f\u202e\u00a0é\u0301\U0001d4b3\uffff\ufffe\U0010ffff\t\r\n"

# Pieces of text that are put anywhere: structure, tags, anchors, scalars of all notations, characters.
PIECES: tuple[str, ...] = (
    *(
        "&a ",
        "*a",
        "<<: *a",
        "<<: [ *a, *b ]",
        "<<: x",
        "? [ a ]\n: b\n",
        "? a\n: b\n",
        "? |\n  a\n: b\n",
        "- ",
        ": ",
        "#",
    ),
    *(
        "---\n",
        "...\n",
        "%YAML 1.2\n---\n",
        "%TAG ! tag:x,2000:\n---\n",
        "!!binary eA==",
        "!!str ",
        "!!int x",
        "!!float ",
    ),
    *(
        "!!set ",
        "!!omap ",
        "!foo ",
        "! ",
        "!<x> ",
        "!!python/name:os ",
        "|\n  x\n",
        ">-\n  x\n",
        "|9\n",
        ">+2\n",
        "'",
        '"',
    ),
    *("\\", '"\\ud83d"', '"\\x00"', '"\\U0001F600"', '"\\N"', "{}", "[]", "[ , ]", "{ a: }", "{ ? }", "[ ? a : b ]"),
    *("1e400 GB", "9" * 400 + " GB", "1 gb", "-1 MB", "3 hz", "1e-999 s", "9" * 5000, "[ 1, UNBOUNDED ]", "[ 9, 1 ]"),
    *(
        "[" * 95 + "]" * 95,
        "{ a: " * 60 + "}" * 60,
        "[ " + "a, " * 20_000 + "]",
        _LONG,
        f"'{_LONG}'",
        "{ pattern: '(a+)+$' }",
    ),
    *_SCALARS,
    *_CHARACTERS,
)

# Values that are put in the place of others.
VALUES: tuple[Any, ...] = (
    *(None, 0, -1, 1, 2**70, 10**400, 1.5, float("nan"), float("inf"), True, False, "", "x", "a" * 2000, "9" * 5000),
    *(
        [],
        {},
        [[]],
        [None],
        {"": {}},
        {"": ""},
        ["a", {"b": None}],
        {"a": {"b": ["c"]}},
        [{"a": 1}, {"a": 2}],
        {"$x": 1},
    ),
    *([0, "UNBOUNDED"], [1, 0], [2**70, 2**80], {"in_range": [1, 2]}, {"pattern": "(a+)+$"}, {"pattern": "("}),
    *("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", {"constraints": [{"pattern": "(a+)+$"}]}),
    *("é\u2028\u202e", " ", "\n", ".", "a.b", "..", "[0]", "1 GB", "10 Ghz", "5 m", "1.0", "1.0.0.beta-3"),
    *_SCALARS,
)

# Names that mean something.
NAMES = _words("""
SELF HOST SOURCE TARGET ORCHESTRATOR R_TARGET ALL root Root Compute SoftwareComponent Configure Standard PortDef
tosca.nodes.Root tosca.nodes.Compute tosca.nodes.LoadBalancer tosca.nodes.Database tosca.nodes.BlockStorage AttachesTo
tosca.relationships.HostedOn tosca.relationships.ConnectsTo tosca.relationships.RoutesTo tosca.capabilities.Scalable
tosca.capabilities.Endpoint tosca.capabilities.Container tosca.capabilities.Node tosca.datatypes.network.PortSpec
tosca.interfaces.node.lifecycle.Standard tosca.datatypes.Root tosca.datatypes.Credential tosca.groups.Root
tosca.policies.Scaling tosca.artifacts.File string integer float boolean timestamp range version list map json xml
scalar-unit.size substitute select strict interleaved install uninstall deploy undeploy initial created started
configured deleted error main.yaml other.yaml self.yaml http://x/y.yaml file:///etc
""")

# Keys of the language, which are put where others stood.
KEYS = (
    "",
    *_words("""
type derived_from default properties attributes requirements capabilities interfaces artifacts copy directives
node_filter metadata description inputs outputs operations implementation primary dependencies timeout operation_host
node capability relationship occurrences count entry_schema key_schema constraints required status valid_values
members targets triggers workflow workflows source_weaving target_weaving steps activities call_operation set_state
delegate inline on_success on_failure filter preconditions substitution_mappings node_type mapping
substitution_filter imports file repository namespace_prefix namespace_uri repositories scalable default_instances
max_instances min_instances host dependency mime_type file_ext valid_source_types valid_target_types external_schema
interface notifications condition event ditrit.host ditrit.retries ditrit.retry_pause ditrit.restart weaving <<
schema value x
"""),
)

FUNCTIONS = _words("""
get_input get_property get_attribute get_operation_output get_nodes_of_type get_artifact concat join token get_secret
get_inputs get_propety
""")
VERSIONS = tuple(f"tosca_simple_yaml_1_{minor}" for minor in range(4))
_KINDS = ("node", "relationship", "capability", "data", "interface", "artifact", "group", "policy")
TYPES = tuple(f"{kind}_types" for kind in _KINDS)
