"""Therapy dollars: the estimate under the multiple procedure reduction, and the running total of a patient's year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.claims.coding import code_visit
from ptedi.claims.modifiers import Draft, estimates
from ptedi.claims.running import TherapyDollars
from ptedi.codes import procedures, therapy
from tests.claims.visits import CEDAR, PROFILES, visit

JULY = date(2024, 7, 1)  # the day of the worked example of the fee schedule


def amounts(*lines: str, beside: tuple[str, ...] = ()) -> list[str]:
    """What `97110 2` lines are likely allowed."""
    drafts = [Draft(code=code, item=procedures.find(code, JULY), units=int(units), charge=Decimal("99.00"))
              for code, units in (line.split() for line in lines)]  # fmt: skip
    return [str(amount) for amount in estimates(drafts, JULY, beside=beside)]


@pytest.mark.parametrize(("lines", "wanted"), [
    (["97530 1", "97110 1", "97110 1", "97140 1"], ["36.62", "22.30", "22.30", "20.80"]),  # 102.02 in all
    (["97140 1", "97530 1"], ["20.80", "36.62"]),
    (["97530 2"], ["62.42"]),  # one whole, one reduced
    (["97112 1", "97124 1"], ["25.30", "30.29"]),  # the higher practice expense, not the higher fee (33.62)
    (["97113 1", "97113 1"], ["36.62", "26.46"]),  # equal ones: the first
    (["20560 2", "97110 1"], ["51.26", "29.29"]),  # not under the reduction: every unit whole, and no rival
    (["97129 1", "97130 2"], ["22.30", "42.60"]),
    (["97010 1", "97110 1"], ["0.00", "29.29"]),
    ([], []),
])  # fmt: skip
def test_one_unit_of_the_day_is_paid_whole(lines: list[str], wanted: list[str]) -> None:
    assert amounts(*lines) == wanted


@pytest.mark.parametrize(("beside", "wanted"), [
    ((), "29.29"), (("97140",), "29.29"), (("97110",), "22.30"), (("97530",), "22.30"), (("20560", "97999"), "29.29"),
])  # fmt: skip
def test_an_earlier_visit_of_the_day_may_have_had_it(beside: tuple[str, ...], wanted: str) -> None:
    assert amounts("97110 1", beside=beside) == [wanted]


CODES = st.lists(st.sampled_from(["97110", "97112", "97140", "97530", "97124", "97035", "20560", "97129"]), min_size=1,
                 max_size=6, unique=True)  # fmt: skip


@given(CODES, st.randoms(), st.integers(1, 3))
def test_the_total_of_a_day_does_not_depend_on_the_order(codes: list[str], chance: object, units: int) -> None:
    lines = [f"{code} {units}" for code in codes]
    total = sum(map(Decimal, amounts(*lines)))
    chance.shuffle(lines)  # type: ignore[attr-defined]
    assert sum(map(Decimal, amounts(*lines))) == total
    reduced = [code for code in codes if therapy.reducible(code, JULY) is not None]
    least = sum((therapy.estimate(c, JULY, reduced=c in reduced) or 0) * units for c in codes)
    best = max(reduced, key=lambda c: (therapy.reducible(c, JULY), therapy.estimate(c, JULY)), default=None)
    more = therapy.estimate(best, JULY) - therapy.estimate(best, JULY, reduced=True) if best else 0
    assert total == least + more


def total(*several: object) -> TherapyDollars:
    """These visits entered one after another."""
    dollars = TherapyDollars(CEDAR, PROFILES)
    for one in several:
        profile = PROFILES[one.primary.payer_id]
        dollars.add(one, code_visit(one, CEDAR, profile, control_number="CDR000000001J", beside=dollars.beside(one)))
    return dollars


def on(day: str, *rows: str, **over: object) -> object:
    return visit(*(rows or ("97110 15",)), visit_id=f"V{day}{over.get('therapist_id', '')}", service_date=day, **over)


def test_each_family_and_year_has_a_total_of_its_own() -> None:
    first, second, later = on("2026-03-02"), on("2026-03-09"), on("2026-03-16")
    ot = on("2026-03-10", "97530 15", therapist_id="OT1")
    dollars = total(first, second, ot)
    one = therapy.estimate("97110", date(2026, 3, 2))
    assert dollars.before(first, "medicare-part-b") == 0
    assert dollars.before(second, "medicare-part-b") == one
    assert dollars.before(later, "medicare-part-b") == 2 * one
    assert dollars.before(on("2026-03-16", therapist_id="SLP1"), "medicare-part-b") == 2 * one
    assert dollars.before(on("2026-03-16", therapist_id="OT1"), "medicare-part-b") == therapy.estimate(
        "97530", date(2026, 3, 2))  # fmt: skip
    assert dollars.before(on("2027-01-04"), "medicare-part-b") == 0
    assert dollars.before(on("2026-03-16", patient_id="P2"), "medicare-part-b") == 0
    assert dollars.before(later, "evergreen-commercial") == 0


def test_one_unit_of_a_day_is_whole_across_disciplines() -> None:
    pt, ot = on("2026-03-02", "97530 15"), on("2026-03-02", "97110 15", therapist_id="OT1")
    dollars = total(pt, ot)
    later = on("2026-03-09", therapist_id="OT1")
    assert dollars.beside(ot) == ("97530",) and dollars.beside(pt) == ()
    assert dollars.before(later, "medicare-part-b") == therapy.estimate("97110", date(2026, 3, 2), reduced=True)


def test_the_opening_balance_is_that_of_the_coverage_billed() -> None:
    one = visit("97110 15", payer="bluestone-ppo")
    medicare = visit("97110 15", coverage={"therapy_dollars_used": "2400.00", "sequence": "S"}).coverages[0]
    both = type(one)(**{name: getattr(one, name) for name in one.__slots__}
                     | {"coverages": (*one.coverages, medicare)})  # fmt: skip
    assert TherapyDollars(CEDAR, PROFILES).before(both, "medicare-part-b") == Decimal("2400.00")
    assert TherapyDollars(CEDAR, PROFILES).before(one, "medicare-part-b") == 0
