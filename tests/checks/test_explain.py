"""Every code has its page, every guide rule its place, and the generated index is current."""

import csv
from pathlib import Path

import pytest

from ptedi.checks import explain
from ptedi.checks.accounting import NOT_DECIDABLE, STRUCTURE
from ptedi.findings import CATALOGUE, Rule

ROOT = Path(__file__).resolve().parents[2]


def ours() -> list[Rule]:
    wanted = ("CE", "CF", "CV", "CS", "CC", "CD", "CL", "CB", "CX", "RP", "RD", "IE", "SG", "EL")
    return [rule for code, rule in CATALOGUE.items() if code[:2] in wanted and rule.reference != "test"]


def guide_rules() -> list[str]:
    folder = ROOT / "../shared/guide"
    if not folder.exists():
        pytest.skip("the guide's rule tables are not here")
    rows = []
    for name in ("rules_837p.csv", "rules_835.csv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            rows += [row["id"] for row in csv.DictReader(file)]
    return rows


@pytest.mark.corpus
def test_every_guide_rule_is_accounted_for() -> None:
    decided = {rule.guide_rule for rule in CATALOGUE.values() if rule.guide_rule}
    for name in guide_rules():
        assert name in decided or name in STRUCTURE or name in NOT_DECIDABLE, name
    assert not decided & NOT_DECIDABLE.keys()


def test_structure_codes_exist() -> None:
    for codes in STRUCTURE.values():
        assert set(codes) <= CATALOGUE.keys()


def test_codes_follow_the_guide() -> None:
    for code, rule in CATALOGUE.items():
        if code[0] == "C" and code[1] != "X" and rule.guide_rule:
            assert code == f"C{rule.guide_rule[0]}{int(rule.guide_rule[1:]):03d}"
        if code.startswith("RP"):
            assert code == f"RP{int(rule.guide_rule[1:]):03d}"


MEANING = [rule for rule in ours() if rule.code[0] == "C" or rule.code.startswith("RP")]


@pytest.mark.parametrize("rule", MEANING, ids=lambda rule: rule.code)
def test_pages_are_whole(rule: Rule) -> None:
    assert rule.title and rule.checks and rule.matters and rule.instead
    assert all(len(text) < 400 for text in (rule.checks, rule.matters, rule.example, rule.instead))
    text = explain.explain(rule.code)
    assert text is not None and rule.title in text and rule.checks in text


def test_by_guide_rule_and_unknown() -> None:
    assert [rule.code for rule in explain.find("c01")] == ["CC001"]
    assert [rule.code for rule in explain.find("P03")] == ["RP003"]
    assert explain.explain("ZZ999") is None
