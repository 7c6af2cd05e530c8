"""Every edit has a page and cases; its failing cases fail for it and its passing cases do not."""

import re
from pathlib import Path

import pytest

from ptedi.checks.explain import explain
from ptedi.edits import EDITS
from ptedi.edits.registry import SECTIONS, edit, page
from ptedi.findings import CATALOGUE, Severity
from tests.edits import cases

CASES = [(code, wanted, case) for code in EDITS for wanted, group in zip((True, False), cases.of(code), strict=True)
         for case in group]  # fmt: skip


NAMES = [f"{code} {'fails' if wanted else 'passes'}: {case['name']}" for code, wanted, case in CASES]


@pytest.mark.parametrize(("code", "wanted", "case"), CASES, ids=NAMES)
def test_case(code, wanted, case):
    found = [f for f in cases.run(case) if f.code == code]
    assert bool(found) == wanted
    if found:
        assert found[0].severity == case.get("severity", EDITS[code].rule.severity)
        assert all(f.message.endswith(".") and f.claim == cases.NUMBER and f.hint for f in found)


@pytest.mark.parametrize("code", EDITS)
def test_every_edit_has_failing_and_passing_cases(code):
    fails, passes = cases.of(code)
    assert fails and passes, f"tests/edits/{code}.toml needs [[fails]] and [[passes]]"


def test_there_are_many_edits_and_each_is_explained():
    running = [one for one in EDITS.values() if one.rule.status != "retired"]
    assert len(running) >= 50
    for one in running:
        told = explain(one.code)
        assert told is not None and one.rule.title in told
        words = " ".join(told.split())
        assert all(text in words for text in (one.rule.checks, one.rule.matters, one.rule.instead, one.rule.reference))


def test_every_case_file_belongs_to_an_edit():
    assert {path.stem for path in Path(cases.HERE).glob("*.toml")} == set(EDITS)


@pytest.mark.parametrize("code", EDITS)
def test_every_edit_has_a_page(code):
    rule = EDITS[code].rule
    assert CATALOGUE[code] is rule
    assert all((rule.checks, rule.matters, rule.example, rule.instead, rule.reference)) and rule.title
    assert all(text.endswith(".") for text in (rule.checks, rule.matters, rule.example, rule.instead))
    assert re.fullmatch(r"(PT|NC|DX|EG|AU|PV|DU|TF|LN)\d{3}", code)


def test_a_clean_visit_has_nothing_that_stops_it():
    for payer in cases.PROFILES:
        assert not [f for f in cases.run({"payer": payer}) if f.severity.stops], payer


def test_a_page_must_be_complete():
    with pytest.raises(ValueError, match="Why it matters"):
        @edit("ZZ901", Severity.INFO)
        def half(c):
            """Title.

            What it checks: x.
            """

    title, sections = page("A title.\n\n    What it checks: one\n        two.\n    Example: three.\n    ")
    assert title == "A title" and sections == {"What it checks": "one two.", "Example": "three."}
    assert set(sections) <= set(SECTIONS)
