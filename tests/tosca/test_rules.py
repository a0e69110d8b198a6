"""What the standard allows is read without an error, what it forbids is one error with its code."""

from __future__ import annotations

import pytest

from tests.tosca.archives import parsed
from tests.tosca.rules import Rule
from tests.tosca.substitution_rules import RULES as SUBSTITUTION_RULES
from tests.tosca.topology_rules import RULES as TOPOLOGY_RULES
from tests.tosca.type_rules import RULES as TYPE_RULES
from tests.tosca.value_rules import RULES as VALUE_RULES

RULES = [*TYPE_RULES, *TOPOLOGY_RULES, *VALUE_RULES, *SUBSTITUTION_RULES]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_document_that_keeps_a_rule_is_read(rule: Rule) -> None:
    good, _ = rule.documents()

    assert [str(problem) for problem in parsed(good, rule.files).problems.errors] == []


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_document_that_breaks_a_rule_is_told_of_once(rule: Rule) -> None:
    _, bad = rule.documents()

    (problem,) = parsed(bad, rule.files).problems.errors

    assert problem.code == rule.code
    assert problem.line > 1
    assert problem.column > 0
    assert "expected" in problem.message
