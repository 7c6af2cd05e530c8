"""Rules drafted from what a payer refuses again and again."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
from decimal import Decimal as D
from pathlib import Path

import pytest

from ptedi.claims.model import Provider
from ptedi.claims.names import PersonName
from ptedi.config import data_folder
from ptedi.denials import patterns
from ptedi.denials.patterns import Refusal, RuleDraft
from ptedi.payers import profile
from ptedi.payers.profile import Profiles
from ptedi.payers.rules import PayerRules
from tests.store.samples import coded

DAY = dt.date(2026, 11, 2)
PAYER = """id = "plan"
name = "PLAN"
payer_id = "SYN99"
partner = "harbor"
filing_indicator = "CI"

[[differs]]
from = 2000-01-01
source = "contract"
not_covered = ["97602"]
instead = { 97150 = "97110" }
ncci = false
"""


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    (tmp_path / "plan.toml").write_text(PAYER, encoding="utf-8")
    return profile.load(tmp_path)


def refusal(
    number: int, code: str, *remarks: str, procedure: str = "97110", whole: bool = False, **more: object
) -> Refusal:  # fmt: skip
    claim = coded(number).claim
    line = dataclasses.replace(claim.lines[0], procedure=procedure, modifiers=())
    claim = dataclasses.replace(claim, lines=(line,), **{k: more.pop(k) for k in ("referring", "prior_authorization")
                                                         if k in more})  # type: ignore[arg-type]
    values: dict[str, object] = {
        "claim_id": number, "payer_id": "plan", "service_date": DAY + dt.timedelta(days=number), "code": code,
        "reason": code.rsplit("-", maxsplit=1)[-1], "remarks": frozenset(remarks), "amount": D("62.00"), "claim": claim,
        "line": None if whole else line,
    }  # fmt: skip
    return Refusal(**(values | more))  # type: ignore[arg-type]


def drafted(profiles: Profiles, *refusals: Refusal, at_least: int = 3) -> list[RuleDraft]:
    return patterns.drafts(refusals, profiles, at_least)


def three(code: str, *remarks: str, **more: object) -> list[Refusal]:
    return [refusal(n, code, *remarks, **more) for n in (1, 2, 3)]  # type: ignore[arg-type]


def test_three_claims_make_a_rule_and_two_do_not(profiles: Profiles) -> None:
    assert not drafted(profiles, *three("CO-197")[:2])
    assert not drafted(profiles, *three("CO-197")[:1] * 3)  # one claim three times
    [one] = drafted(profiles, *three("CO-197"))
    assert (one.payer_id, one.rule, one.claims, one.amount) == ("plan", "authorization_required", 3, D("186.00"))
    assert (one.first, one.last) == (DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=3))
    assert "CO-197" in one.sentence and "186.00" in one.sentence


@pytest.mark.parametrize(("refusals", "rule"), [
    (three("CO-16", "N286"), "referring_required"), (three("CO-4"), "therapy_modifier"),
    (three("CO-B7"), "enrollment_required"), (three("CO-236"), "ncci"),
    (three("A7:252:1P", reason="status 252", whole=True), "authorization_required"),
    (three("CO-16", "M76"), None), (three("CO-50"), None), (three("CO-999"), None),
    (three("CO-197", prior_authorization="A1"), None),
    (three("CO-16", "N286", referring=Provider(name=PersonName(last="X", first="Y"), npi="1234567893")), None),
    (three("CO-197", payer_id="stranger"), None),
])  # fmt: skip
def test_which_rule_a_refusal_calls_for(profiles: Profiles, refusals: list[Refusal], rule: str | None) -> None:
    assert [one.rule for one in drafted(profiles, *refusals)] == ([rule] if rule else [])


@pytest.mark.parametrize(("code", "procedure", "rule", "holds"), [
    ("CO-234", "97010", "not_covered", ("97602", "97010")),
    ("CO-181", "97014", "instead", (("97150", "97110"), ("97014", "G0283"))),
    ("CO-197", "97110", "authorization_required", True),
    ("CO-231", "97140", "ncci", True),
])  # fmt: skip
def test_the_block_reads_back_and_keeps_what_held(
    profiles: Profiles, tmp_path: Path, code: str, procedure: str, rule: str, holds: object
) -> None:
    [one] = drafted(profiles, *three(code, procedure=procedure))
    path = tmp_path / "new" / "plan.toml"
    path.parent.mkdir()
    path.write_text(f"{PAYER}\n{one.toml}", encoding="utf-8")
    read = profile.read(path)
    assert getattr(read.on(one.first), rule) == holds
    assert getattr(read.on(one.first - dt.timedelta(days=1)), rule) == getattr(profiles["plan"].on(DAY), rule)
    assert code in read.sources(one.last)[rule].source
    assert not patterns.drafts(three(code, procedure=procedure), Profiles({"plan": read}), 3)  # it holds now


def test_procedures_are_told_apart(profiles: Profiles) -> None:
    mixed = [refusal(n, "CO-234", procedure=p) for n, p in enumerate(("97010", "97014", "97010", "97014", "97010"), 1)]
    assert [(one.value, one.claims) for one in drafted(profiles, *mixed)] == [("97010", 3)]
    assert not drafted(profiles, *three("CO-234", procedure="97602"))


def test_the_table_names_rules_of_the_profile() -> None:
    names = {field.name for field in dataclasses.fields(PayerRules)}
    with (data_folder("schemas") / "codes" / "denial_rules.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows and {row["rule"] for row in rows} <= names
    assert all(row["source"] and row["verified"] for row in rows)
    assert len(patterns.standard()) == len(rows)
