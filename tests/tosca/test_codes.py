"""Every code has a document that provokes it, told on the right line, in words that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tosca.archives import parsed, zipped
from tests.tosca.attacks import ATTACKS, WARNED
from tests.tosca.provocations import HEAD, Provocation
from tests.tosca.provoked import PROVOCATIONS
from tosca import open_csar, parse
from tosca.codes import CODES, WARNINGS

# What these say, or what is done with what was found, tells what was expected.
_WITHOUT_EXPECTATION = ("yaml-syntax", "yaml-duplicate-key", "yaml-limit", "not-interpreted", *WARNINGS)


def _marked(provocation: Provocation) -> tuple[str, int]:
    """Return the file and line that bear the mark."""
    texts = {"main.yaml": provocation.text, **provocation.files}
    for name, text in texts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if ">>>" in line:
                return name, number
    raise AssertionError("no mark")


@pytest.mark.parametrize("code", PROVOCATIONS)
def test_a_problem_is_told_at_its_file_and_line(code: str) -> None:
    provocation = PROVOCATIONS[code]
    files = {name: text.replace(">>>", "   ") for name, text in provocation.files.items()}

    problems = parsed(provocation.document, files).problems

    found = [problem for problem in problems if problem.code == code]
    assert found, [str(problem) for problem in problems]
    assert (found[0].file, found[0].line) == _marked(provocation)
    assert found[0].column > 0
    assert provocation.says in found[0].message
    assert "expected" in found[0].message or code in _WITHOUT_EXPECTATION


@pytest.mark.parametrize("code", PROVOCATIONS)
def test_there_is_a_service_template_exactly_when_there_is_no_error(code: str) -> None:
    provocation = PROVOCATIONS[code]
    files = {name: text.replace(">>>", "   ") for name, text in provocation.files.items()}

    found = parsed(provocation.document, files)

    assert (found.service_template is None) == bool(found.problems.errors)
    assert bool(found.problems.errors) == found.problems.fatal
    if CODES[code].severity == "error":
        assert found.service_template is None


def test_every_code_is_provoked_by_a_document_or_an_archive() -> None:
    incomplete = {"absent-file", "absent-substitute"}

    assert set(CODES) == set(PROVOCATIONS) | {attack.code for attack in ATTACKS.values()} | {*WARNED, *incomplete}


def test_a_problem_tells_its_path() -> None:
    (problem,) = parsed(PROVOCATIONS["unknown-target"].document).problems.errors

    assert problem.path == "topology_template.node_templates.A.requirements[0].host"
    assert problem.to_dict()["severity"] == "error"
    assert str(problem).startswith("main.yaml:9:")


def test_all_problems_of_a_document_are_told_in_one_go() -> None:
    text = (
        PROVOCATIONS["unknown-target"].document + "      B:\n         type: Compte\n      C:\n         type: Compute\n"
    )
    text += "         properties: { x: 1 }\n"

    assert {problem.code for problem in parsed(text).problems.errors} == {
        "unknown-target",
        "unknown-type",
        "unknown-property",
    }


def test_a_copy_of_a_copy_is_told_without_a_proposal() -> None:
    text = "      A: { type: Compute }\n      B: { copy: A }\n      C: { copy: B }\n"
    problems = parsed(HEAD + "topology_template:\n   node_templates:\n" + text).problems.errors

    assert "'B', which is a copy itself, expected a template that is none" in problems[0].message
    assert "did you mean" not in problems[0].message


def test_entities_have_the_article_that_they_need() -> None:
    text = "node_types:\n   my.Type:\n      artifacts:\n         a: { type: tosca.artifacts.File }\n"
    (problem,) = parsed(HEAD + text).problems.errors

    assert problem.message.startswith("found an artifact definition without 'file'")


def test_a_file_that_a_template_without_its_archive_names_may_come_later() -> None:
    text = HEAD + "topology_template: { node_templates: { A: { type: Compute, interfaces: { Standard: "
    archive = zipped({"main.yaml": text + "{ create: a.sh } } } } }\n"})

    found = parse(open_csar(archive, complete=False))

    assert [(problem.code, problem.line) for problem in found.problems] == [("absent-file", 2)]
    assert found.service_template is not None
    assert [problem.code for problem in parse(open_csar(archive)).problems] == ["file-not-found"]


def test_every_leniency_stands_in_the_docs_with_its_reason() -> None:
    text = (Path(__file__).parents[2] / "docs" / "leniencies.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| `")}

    assert {code.strip("`") for code in rows} == set(WARNINGS)
    assert all(len(line.split("|")) == 5 and len(line.split("|")[3]) > 10 for line in rows.values())
