"""Balancing: each formula breaks alone, is said once, with exact cents."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.findings import CATALOGUE, Severity
from ptedi.remittances import balance
from ptedi.remittances.model import Payment

from .records import cas, claim, line, payment


def worked() -> Payment:
    """The worked example: three lines of one Medicare claim."""
    return payment(
        "66.64",
        claim(
            "240", "66.64",
            line("120", "36.85", "CO-45 60,CO-59 13,CO-253 0.75,PR-2 9.4"),
            line("55", "0", "CO-97 55", "97140"),
            line("65", "29.79", "CO-45 27,CO-253 0.61,PR-2 7.6", "97530"),
        ),
    )  # fmt: skip


def codes(p: Payment) -> list[str]:
    return [f.code for f in balance.check(p)]


def test_balances() -> None:
    assert codes(worked()) == []


@pytest.mark.parametrize(
    ("change", "code", "element", "off"),
    [
        (lambda p: setattr(p, "amount", Decimal("66.65")), "RP001", "BPR02", "0.01"),
        (lambda p: setattr(p.claims[0], "paid", Decimal("66.63")), "RP002", "CLP04", "-0.01"),
        (lambda p: p.claims[0].adjustments.extend(cas("CO-45 1")), "RP002", "CLP04", "1.00"),
        (lambda p: setattr(p.claims[0].lines[0], "paid", Decimal("36.84")), "RP003", "SVC03", "-0.01"),
        (lambda p: setattr(p.claims[0].lines[0], "charge", Decimal("121")), "RP003", "SVC03", "-1.00"),
        (lambda p: p.claims[0].lines[1].adjustments.pop(), "RP003", "SVC03", "-55.00"),
        (lambda p: setattr(p.claims[0], "charge", Decimal("250")), "RP004", "CLP03", "10.00"),
        (lambda p: p.claims[0].lines.pop(1), "RP004", "CLP03", "55.00"),
        (lambda p: setattr(p.claims[0], "patient_responsibility", Decimal("17.01")), "RP006", "CLP05", "0.01"),
        (lambda p: setattr(p.claims[0], "patient_responsibility", None), "RP006", "CLP05", "-17.00"),
        (lambda p: setattr(p.claims[0], "interest", Decimal("1.25")), "RP017", "PLB04", "1.25"),
    ],
)
def test_one_defect_is_one_finding(change: object, code: str, element: str, off: str) -> None:
    p = worked()
    change(p)  # type: ignore[operator]
    (finding,) = balance.check(p)
    assert (finding.code, finding.element) == (code, element)
    assert finding.message.endswith(f"off by {off}.")
    assert finding.snip == 3
    assert finding.severity == CATALOGUE[code].severity


def test_a_false_claim_total_that_the_payment_adds_up_is_the_claims() -> None:
    p = worked()
    p.claims[0].paid += Decimal("5")
    p.amount += Decimal("5")
    assert codes(p) == ["RP002"]


def test_claim_and_payment_off_by_different_cents_are_two_defects() -> None:
    p = worked()
    p.claims[0].paid += Decimal("5")
    p.amount += Decimal("7")
    assert codes(p) == ["RP002", "RP001"]


def test_paid_and_charge_both_unlike_the_lines() -> None:
    p = worked()
    p.claims[0].lines[0].adjustments.pop()
    p.claims[0].paid += Decimal("1")
    p.amount += Decimal("1")
    assert codes(p) == ["RP003", "RP005"]


def test_place_of_a_line() -> None:
    p = worked()
    p.claims[0].lines[1].paid = Decimal("1")
    (f,) = balance.check(p)
    assert (f.claim, f.line, f.loop, f.segment, f.segment_position) == ("PT1", 2, "2110", "SVC", 10)
    assert (f.segment_index, f.byte_offset, f.value, f.allowed) == (12, 700, "1.00", ("0.00",))


def test_without_lines() -> None:
    assert codes(payment("90", claim("120", "90", adjustments="CO-45 30"))) == []
    assert codes(payment("90", claim("120", "90", adjustments="CO-45 20"))) == ["RP002"]


def test_reversal_states_no_share() -> None:
    back = claim("-120", "-90", line("-120", "-90", "CO-45 -20,PR-2 -10"), status="22")
    assert codes(payment("-90", back)) == []
    back.patient_responsibility = Decimal("-10")
    (f,) = balance.check(payment("-90", back))
    assert (f.code, f.severity) == ("RP006", Severity.WARNING)


def test_provider_adjustments() -> None:
    c = claim("120", "90", adjustments="CO-45 30")
    assert codes(payment("71.58", c, plb="WO 18.42")) == []
    assert codes(payment("90", c, plb="WO 18.42")) == ["RP001"]
    c.interest = Decimal("1.25")
    assert codes(payment("91.25", c, plb="L6 -1.25")) == []


def test_debit_is_negative_money() -> None:
    p = payment("90", claim("-120", "-90", adjustments="CO-45 -30", status="22"))
    assert codes(p) == ["RP001"]
    p.credit_debit = "D"
    assert codes(p) == []


def test_allowed() -> None:
    assert balance.allowed(line("120", "0", "CO-45 60,CO-59 13,CO-253 0.75,PR-2 9.4")) == Decimal("47.00")
    assert balance.allowed(line("120", "0", "CO-45 60", allowed=Decimal("47"))) == Decimal("47")
    assert balance.allowed(line("55", "0", "CO-97 55")) == 0


AMOUNT = st.decimals("-999.99", "999.99", places=2)


@given(st.lists(st.lists(st.tuples(AMOUNT, st.lists(AMOUNT, max_size=3)), min_size=1, max_size=3), max_size=4), AMOUNT)
def test_whatever_is_built_balanced_balances_and_any_cent_shows(
    claims: list[list[tuple[Decimal, list[Decimal]]]], plb: Decimal
) -> None:
    built = []
    for lines in claims:
        rows = [line(str(x), str(x - sum(a)), ",".join(f"CO-45 {y}" for y in a)) for x, a in lines]
        built.append(claim(str(sum(r.charge for r in rows)), str(sum(r.paid for r in rows)), *rows))
    paid = sum((c.paid for c in built), Decimal(0)) - plb
    p = payment(str(paid), *built, plb=f"WO {plb}")
    assert codes(p) == []
    for c in built:
        for x in c.lines:
            x.paid += Decimal("0.01")
            assert codes(p) == ["RP003"]
            x.paid -= Decimal("0.01")
        c.paid += Decimal("0.01")
        assert codes(p) == ["RP002"]
        c.paid -= Decimal("0.01")
