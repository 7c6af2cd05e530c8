"""What was paid compared with the price: the step that a payer got wrong is named."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.codes import table
from ptedi.money import ZERO
from ptedi.pricing import contract_file, ways
from ptedi.pricing.compare import Verdict, compare
from ptedi.pricing.contract import Contract, Terms
from ptedi.pricing.paid import PaidLine, paid_line
from ptedi.pricing.price import Billed, Reduction, allow, settle
from ptedi.pricing.ways import Cause, Way
from ptedi.remittances.model import Adjustment, Origin, ServicePayment
from tests.pricing.test_price import DAY, VISIT

CONTRACT = contract_file.load().by_payer["medicare-part-b"][0]
TERMS = CONTRACT.on(DAY)
assert TERMS is not None
WIDE = [replace(one, units=3, charge=one.charge * 3) if one.key in "24" else one for one in VISIT]


def decided(lines: list[Billed], way: Way, deductible: str = "0") -> list[PaidLine]:
    """What a payer pays that reckons this way."""
    terms, left, found = way.terms or TERMS, D(deductible), []
    billed = [way.billed(one) for one in lines]
    for line, one in zip(lines, allow(billed, terms, way.day or DAY, way.reduction), strict=True):
        owed = min(left, one.allowed)
        left -= owed
        share = ((one.allowed - owed) * (D("0.3") if way.stated_coinsurance else D("0.2"))).quantize(D("0.01"))
        cuts = way.cuts(terms, by_assistant=line.by_assistant)
        parts = settle(one.allowed, owed, share, ZERO, cuts)
        found.append(PaidLine(line=line, allowed=one.allowed, deductible=parts.deductible, copay=ZERO, refused=ZERO,
                              coinsurance=parts.coinsurance, paid=parts.paid))  # fmt: skip
    return found


def test_what_is_right_is_right() -> None:
    for lines in (VISIT, WIDE):
        found = compare(decided(lines, ways.AS_AGREED, "50"), CONTRACT, TERMS, DAY)
        assert {one.verdict for one in found} == {Verdict.AS_EXPECTED} and {one.cause for one in found} == {None}


@pytest.mark.parametrize(("way", "cause", "sign"), [
    (Way(cause=Cause.MPPR, text="", reduction=Reduction.EVERY), Cause.MPPR, -1),
    (Way(cause=Cause.MPPR, text="", reduction=Reduction.TWICE), Cause.MPPR, -1),
    (Way(cause=Cause.MPPR, text="", reduction=Reduction.NONE), Cause.MPPR, 1),
    (Way(cause=Cause.MPPR, text="", reduction=Reduction.ONE_OF_EACH), Cause.MPPR, 1),
    (Way(cause=Cause.SEQUESTRATION, text="", sequestration=ZERO), Cause.SEQUESTRATION, 1),
    (Way(cause=Cause.SEQUESTRATION, text="", sequestration=D(4)), Cause.SEQUESTRATION, -1),
    (Way(cause=Cause.COINSURANCE, text="", stated_coinsurance=True), Cause.COINSURANCE, -1),
    (Way(cause=Cause.YEAR, text="", day=dt.date(2024, 1, 2)), Cause.YEAR, -1),
    (Way(cause=Cause.ASSISTANT, text="", assistant=ZERO), Cause.ASSISTANT, 1),
    (Way(cause=Cause.ASSISTANT, text="", of_allowed=True), Cause.ASSISTANT, -1),
    (Way(cause=Cause.UNITS, text="", units=("2", 2)), Cause.UNITS, -1),
    (Way(cause=Cause.SEVERAL, text="", reduction=Reduction.EVERY, sequestration=D(4)), None, -1),
])  # fmt: skip
def test_the_step_that_differs_is_named(way: Way, cause: Cause | None, sign: int) -> None:
    found = compare(decided(WIDE, way), CONTRACT, TERMS, DAY)
    off = [one for one in found if one.verdict in (Verdict.UNDERPAID, Verdict.OVERPAID)]
    assert off and all(one.difference * sign > 0 for one in off)
    assert {one.cause for one in off} == {cause} or (cause is None and Cause.SEVERAL in {one.cause for one in off})
    assert all(f"{abs(one.difference):.2f}" in one.sentence for one in off)


def test_an_assistants_reduction_that_is_not_due() -> None:
    lines = decided(VISIT, ways.AS_AGREED)
    short = decided(VISIT, Way(cause=Cause.ASSISTANT, text="", assistant=D(15)))
    found = compare([short[0], *lines[1:]], CONTRACT, TERMS, DAY)
    assert [one.cause for one in found] == [Cause.ASSISTANT, None, None, None] and found[0].difference == D("-4.31")


def test_a_locality_that_is_not_ours(tmp_path) -> None:
    head = "locality,name,work,practice,malpractice,effective_from,effective_to,source,verified\n"
    (tmp_path / "gpci.csv").write_text(head + "06302-00,elsewhere,1.000,0.874,0.512,2024-01-01,,test,yes\n")
    table.use(tmp_path)
    try:
        paid = decided(VISIT, Way(cause=Cause.LOCALITY, text="", terms=replace(TERMS, locality="06302-00")))
        found = compare(paid, CONTRACT, TERMS, DAY)
    finally:
        table.use(None)
    assert {one.cause for one in found} == {Cause.LOCALITY} and "06302-00" in found[0].sentence


def test_another_price_is_the_rate_and_what_is_taken_later_is_not() -> None:
    right = decided(VISIT, ways.AS_AGREED)
    less = [replace(one, allowed=one.allowed - 5, paid=one.paid - 4) for one in right]
    assert {one.cause for one in compare(less, CONTRACT, TERMS, DAY)} == {Cause.RATE}
    later = [replace(right[0], paid=right[0].paid - D("1.11")), *right[1:]]
    assert [one.cause for one in compare(later, CONTRACT, TERMS, DAY)] == [Cause.OTHER, None, None, None]


def test_more_deductible_than_a_year_has() -> None:
    lines = decided(VISIT, ways.AS_AGREED, "50")
    found = compare(lines, CONTRACT, TERMS, DAY, deductible_left=D("40.00"))
    assert [one.verdict for one in found] == [Verdict.AS_EXPECTED, Verdict.UNDERPAID, *[Verdict.AS_EXPECTED] * 2]
    assert found[1].cause is Cause.DEDUCTIBLE and found[1].difference == D("-7.84")  # 10.00 x 80 % x 98 %


def test_a_denied_line_leaves_the_ranking_and_is_left_to_its_denial() -> None:
    """The dearest unit is denied: the next one is paid whole, and that is right."""
    rest = decided(VISIT[1:], ways.AS_AGREED)
    denied = PaidLine(line=VISIT[0], allowed=ZERO, deductible=ZERO, coinsurance=ZERO, copay=ZERO, refused=D("70.00"),
                      paid=ZERO)  # fmt: skip
    found = compare([denied, *rest], CONTRACT, TERMS, DAY)
    assert [one.verdict for one in found] == [Verdict.DENIED, *[Verdict.AS_EXPECTED] * 3]


def test_a_part_that_is_denied_is_not_underpaid_too() -> None:
    right = decided(WIDE, ways.AS_AGREED)
    part = replace(right[1], paid=right[1].paid - 17, refused=D("20.00"))
    found = compare([right[0], part, *right[2:]], CONTRACT, TERMS, DAY)
    assert found[1].verdict is Verdict.DENIED and found[1].expected == right[1].paid


def test_a_year_without_relative_values_is_no_contract() -> None:
    day = dt.date(2026, 7, 1)
    found = compare(decided(VISIT, ways.AS_AGREED), CONTRACT, CONTRACT.on(day) or TERMS, day)
    assert {one.verdict for one in found} == {Verdict.NO_CONTRACT} and all(one.expected is None for one in found)


@given(st.lists(st.integers(-3, 3), min_size=4, max_size=4))
def test_rounding_within_the_tolerance_is_silent(cents) -> None:
    right = decided(VISIT, ways.AS_AGREED)
    paid = [replace(one, paid=one.paid + D(c) / 100) for one, c in zip(right, cents, strict=True)]
    found = compare(paid, CONTRACT, TERMS, DAY)
    assert [one.verdict is Verdict.AS_EXPECTED for one in found] == [abs(c) <= 2 for c in cents]


def test_parts_of_a_split_line_are_added_up() -> None:
    def part(charge: str, paid: str, *cas: tuple[str, str, str]) -> ServicePayment:
        return ServicePayment(qualifier="HC", procedure="97110", modifiers=("GP",), charge=D(charge), paid=D(paid),
                              units=D(1), origin=Origin(1, 0),
                              adjustments=[Adjustment(g, r, D(a), None, Origin(1, 0)) for g, r, a in cas])  # fmt: skip

    found = paid_line(VISIT[1], [
        part("60.00", "17.48", ("CO", "45", "30.71"), ("CO", "59", "6.99"), ("PR", "2", "4.46"), ("CO", "253", "0.36")),
        part("60.00", "0.00", ("CO", "151", "50.00"), ("PR", "1", "7.00"), ("PR", "96", "3.00")),
    ])  # fmt: skip
    assert (found.paid, found.coinsurance, found.deductible, found.refused) == (D("17.48"), D("4.46"), D(7), D("53.00"))
    assert found.allowed == D("32.30")


def test_a_visit_paid_as_one_is_judged_as_one() -> None:
    terms = Terms(effective_from=DAY, effective_to=DAY, source="test", per_visit=D("85.00"))
    contract = Contract(id="x", payer="x", terms=(terms,), version="")
    first, *rest = decided(VISIT, ways.AS_AGREED)
    nothing = {"allowed": ZERO, "deductible": ZERO, "coinsurance": ZERO, "refused": ZERO}
    for paid, verdict, off in (("85.00", Verdict.AS_EXPECTED, 0), ("80.00", Verdict.UNDERPAID, -5)):
        lines = [replace(first, paid=D(paid), **nothing), *(replace(one, paid=ZERO, **nothing) for one in rest)]
        found = compare(lines, contract, terms, DAY)
        assert [one.verdict for one in found] == [verdict, *[Verdict.AS_EXPECTED] * 3]
        assert [one.difference for one in found] == [D(off), 0, 0, 0]
