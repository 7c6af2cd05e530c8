"""What a later payer owes: the rule of the contract, the regulation's example, no figure where nothing tells."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.errors import ConfigurationError
from ptedi.money import ZERO
from ptedi.pricing import contract_file
from ptedi.pricing.compare import NOT_COMPARED, Verdict
from ptedi.pricing.contract import AfterOthers, Rate, Terms
from ptedi.pricing.later import Left, compare_later, left
from ptedi.pricing.paid import PaidLine
from ptedi.pricing.price import Billed
from ptedi.pricing.ways import Cause
from ptedi.remittances.model import Adjustment, Origin

DAY = dt.date(2026, 8, 3)
NOWHERE = Origin(0, 0)


def terms(rule: AfterOthers, fee: str = "125.00", **more: object) -> Terms:
    values: dict[str, object] = {"coinsurance_percent": D(20), "rates": {"97110": Rate(amount=D(fee))}}
    return Terms(effective_from=dt.date(2020, 1, 1), effective_to=dt.date.max, source="test", after_others=rule,
                 **(values | more))  # type: ignore[arg-type]


def line(paid: str, charge: str = "175.00", **more: str) -> PaidLine:
    values = dict.fromkeys(("allowed", "deductible", "coinsurance", "copay", "refused"), ZERO) | {
        name: D(text) for name, text in more.items()}  # fmt: skip
    return PaidLine(line=Billed(key="1:1", procedure="97110", modifiers=("GP",), units=1, charge=D(charge)),
                    paid=D(paid), **values)  # fmt: skip


BEFORE = Left(paid=D("120.00"), allowed=D("150.00"), share=D("30.00"))


@pytest.mark.parametrize(("rule", "fee", "before", "expected"), [
    (AfterOthers.MEDICARE, "125.00", BEFORE, "30.00"),             # 42 CFR 411.33(b): 55, 100 and 30
    (AfterOthers.MEDICARE, "30.00", BEFORE, "24.00"),              # alone it pays 80 % of 30
    (AfterOthers.MEDICARE, "125.00", replace(BEFORE, paid=D("150.00"), share=ZERO), "0.00"),
    (AfterOthers.PATIENT_SHARE, "125.00", BEFORE, "30.00"),
    (AfterOthers.OWN_BENEFIT, "125.00", BEFORE, "30.00"),
    (AfterOthers.OWN_BENEFIT, "30.00", BEFORE, "24.00"),
    (AfterOthers.OWN_LESS_PAID, "125.00", BEFORE, "0.00"),         # 100 less 120
    (AfterOthers.OWN_LESS_PAID, "160.00", BEFORE, "8.00"),         # 128 less 120
    (AfterOthers.OWN_LESS_PAID, "175.00", replace(BEFORE, paid=D("90.00")), "30.00"),  # 50, but no more than was left
])  # fmt: skip
def test_each_rule(rule: AfterOthers, fee: str, before: Left, expected: str) -> None:
    found = compare_later([line(expected)], {"1:1": before}, terms(rule, fee), DAY)[0]
    assert (found.verdict, found.expected) == (Verdict.AS_EXPECTED, D(expected))
    short = compare_later([line("-1.00")], {"1:1": before}, terms(rule, fee), DAY)[0]
    assert (short.verdict, short.cause, short.difference) == (Verdict.UNDERPAID, Cause.PRIOR, -1 - D(expected))
    over = compare_later([line("99.00")], {"1:1": before}, terms(rule, fee), DAY)[0]
    assert (over.verdict, over.difference) == (Verdict.OVERPAID, 99 - D(expected))


def test_sequestration_comes_off_at_the_end_and_is_named() -> None:
    rule = terms(AfterOthers.MEDICARE, sequestration_percent=D(2))
    assert compare_later([line("29.40")], {"1:1": BEFORE}, rule, DAY)[0].verdict is Verdict.AS_EXPECTED
    found = compare_later([line("30.00")], {"1:1": BEFORE}, rule, DAY)[0]
    assert (found.verdict, found.cause, found.difference) == (Verdict.OVERPAID, Cause.SEQUESTRATION, D("0.60"))


def test_what_the_later_plan_leaves_to_the_patient_is_its_own_affair() -> None:
    rule = terms(AfterOthers.PATIENT_SHARE, coinsurance_percent=None)
    for more in ({"copay": "5.00"}, {"deductible": "5.00"}, {"coinsurance": "5.00"}):
        assert compare_later([line("25.00", **more)], {"1:1": BEFORE}, rule, DAY)[0].verdict is Verdict.AS_EXPECTED


@pytest.mark.parametrize(("rule", "before", "said"), [
    (terms(AfterOthers.NOT_TOLD), BEFORE, "after_others"),
    (terms(AfterOthers.PATIENT_SHARE), None, "line by line"),
    (terms(AfterOthers.PATIENT_SHARE), replace(BEFORE, denied=D("175.00")), "denied 175.00"),
    (terms(AfterOthers.MEDICARE, rates={}), BEFORE, "No price"),
])  # fmt: skip
def test_what_nothing_tells_is_no_figure(rule: Terms, before: Left | None, said: str) -> None:
    found = compare_later([line("12.00")], {"1:1": before} if before else {}, rule, DAY)[0]
    assert (found.verdict, found.expected, found.difference) == (Verdict.NO_RULE, None, ZERO)
    assert said in found.sentence and found.verdict in NOT_COMPARED


def test_a_denied_line_is_the_denials_business() -> None:
    denied = line("0.00", refused="30.00")
    for rule in AfterOthers:
        assert compare_later([denied], {"1:1": BEFORE}, terms(rule), DAY)[0].verdict is Verdict.DENIED


def adjustment(code: str, amount: str) -> Adjustment:
    group, reason = code.split("-")
    return Adjustment(group, reason, D(amount), None, NOWHERE)


def test_what_is_left_of_a_line() -> None:
    first = [adjustment("CO-45", "25.00"), adjustment("CO-253", "2.40"), adjustment("PR-2", "20.00"),
             adjustment("PR-1", "10.00")]  # fmt: skip
    found = left(D("175.00"), [(D("117.60"), first)])
    assert found == Left(paid=D("117.60"), allowed=D("150.00"), share=D("30.00"))
    second = [adjustment("OA-23", "145.00"), adjustment("PR-3", "5.00")]
    assert left(D("175.00"), [(D("117.60"), first), (D("25.00"), second)]) == Left(
        paid=D("142.60"), allowed=D("150.00"), share=D("5.00"))  # fmt: skip
    for code in ("CO-50", "PR-96"):
        assert left(D("175.00"), [(ZERO, [adjustment(code, "175.00")])]).denied == D("175.00")


@given(charge=st.integers(1, 50_000), fee=st.integers(1, 50_000), allowed=st.integers(0, 50_000),
       paid=st.integers(0, 50_000), rule=st.sampled_from([one for one in AfterOthers if one]))  # fmt: skip
def test_no_rule_owes_more_than_was_left_or_less_than_nothing(charge: int, fee: int, allowed: int, paid: int,
                                                              rule: AfterOthers) -> None:  # fmt: skip
    allowed = min(allowed, charge)
    paid = min(paid, allowed)
    before = Left(paid=D(paid) / 100, allowed=D(allowed) / 100, share=D(allowed - paid) / 100)
    one = line("0.00", charge=f"{D(charge) / 100:.2f}")
    found = compare_later([one], {"1:1": before}, terms(rule, f"{D(fee) / 100:.2f}"), DAY)[0]
    assert found.expected is not None and ZERO <= found.expected <= before.share


def test_a_contract_says_its_rule_or_is_refused(tmp_path: Path) -> None:
    text = 'id = "x"\npayer = "x"\n[[terms]]\nfrom = 2026-01-01\nsource = "s"\nafter_others = "{}"\n'
    for rule in ("patient share", "own benefit", "own benefit less paid", "medicare"):
        (tmp_path / "x.toml").write_text(text.format(rule))
        assert contract_file.read(tmp_path / "x.toml").terms[0].after_others == rule
    (tmp_path / "x.toml").write_text(text.format("what is left"))
    with pytest.raises(ConfigurationError, match="after_others"):
        contract_file.read(tmp_path / "x.toml")
    medicare = contract_file.load().by_payer["medicare-part-b"][0]
    assert {one.after_others for one in medicare.terms} == {AfterOthers.MEDICARE}
