"""The price of a visit: the handbook's worked example to the cent, and what holds of every price."""

import datetime as dt
from decimal import Decimal
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.codes import therapy
from ptedi.money import ZERO, round_cents
from ptedi.pricing import contract_file
from ptedi.pricing.contract import Basis, Per, Rate, Terms
from ptedi.pricing.fee import NoFee
from ptedi.pricing.price import Allowed, Billed, Price, Reduction, allow, price

DAY = dt.date(2024, 7, 15)
VISIT = [
    Billed(key="1", procedure="97530", modifiers=("GP",), units=1, charge=D("70.00")),
    Billed(key="2", procedure="97110", modifiers=("GP",), units=1, charge=D("60.00")),
    Billed(key="3", procedure="97110", modifiers=("GP", "CQ"), units=1, charge=D("60.00")),
    Billed(key="4", procedure="97140", modifiers=("GP",), units=1, charge=D("55.00")),
]


@pytest.fixture(scope="module")
def medicare() -> Terms:
    terms = contract_file.load().by_payer["medicare-part-b"][0].on(DAY)
    assert terms is not None
    return terms


def priced(lines, terms, day=DAY, **more) -> list[Price]:
    found = price(lines, terms, day, **more)
    assert all(isinstance(one, Price) for one in found)
    return found  # type: ignore[return-value]


def test_the_worked_visit_to_the_cent(medicare: Terms) -> None:
    rows = [
        (p.allowed.fee, p.allowed.allowed, p.line.charge - p.allowed.fee, p.allowed.reduction, p.paid.coinsurance,
         p.paid.assistant, p.paid.sequestration, p.paid.paid)
        for p in priced(VISIT, medicare)
    ]  # fmt: skip
    assert rows == [
        (D("36.62"), D("36.62"), D("33.38"), D("0.00"), D("7.32"), D("0.00"), D("0.59"), D("28.71")),
        (D("29.29"), D("22.30"), D("30.71"), D("6.99"), D("4.46"), D("0.00"), D("0.36"), D("17.48")),
        (D("29.29"), D("22.30"), D("30.71"), D("6.99"), D("4.46"), D("2.68"), D("0.30"), D("14.86")),
        (D("26.96"), D("20.80"), D("28.04"), D("6.16"), D("4.16"), D("0.00"), D("0.33"), D("16.31")),
    ]
    assert sum(row[-1] for row in rows) == D("77.36") and sum(row[1] for row in rows) == D("102.02")


def test_the_worked_visit_with_fifty_dollars_of_deductible_left(medicare: Terms) -> None:
    found = [p.paid for p in priced(VISIT, medicare, deductible=D("50.00"))]
    totals = [sum(getattr(p, name) for p in found) for name in ("deductible", "coinsurance", "assistant",
                                                               "sequestration", "paid")]  # fmt: skip
    assert totals == [D("50.00"), D("10.40"), D("2.68"), D("0.77"), D("38.17")]


def test_the_conversion_factor_is_that_of_the_day(medicare: Terms) -> None:
    line = [VISIT[0]]
    before, after = (allow(line, medicare, day)[0] for day in (dt.date(2024, 3, 8), dt.date(2024, 3, 9)))
    assert (before.allowed, after.allowed) == (D("36.02"), D("36.62"))  # type: ignore[union-attr]


def test_relative_values_of_another_year_price_nothing(medicare: Terms) -> None:
    found = allow([VISIT[0]], medicare, dt.date(2026, 7, 1))[0]
    assert isinstance(found, NoFee) and "2026" in found.reason


def test_the_dearest_unit_is_found_among_all_disciplines(medicare: Terms) -> None:
    """97161 has the most practice expense of these: it is whole, the exercise of the other claim is reduced."""
    lines = [Billed(key="o", procedure="97535", modifiers=("GO",), units=1, charge=D(80)),
             Billed(key="p", procedure="97161", modifiers=("GP",), units=1, charge=D(180))]  # fmt: skip
    one, two = allow(lines, medicare, DAY)
    assert isinstance(one, Allowed) and isinstance(two, Allowed)
    assert (one.whole_units, two.whole_units) == (0, 1) and one.reduction > 0 and two.reduction == 0


# --- the kinds of contracts ---

HEAD = {"effective_from": dt.date(2026, 1, 1), "effective_to": dt.date.max, "source": "test"}


def flat(**more: object) -> Terms:
    rates = {"97110": Rate(amount=D("31.50")), "97140": Rate(amount=D("29.00")), "97161": Rate(amount=D("90.00"))}
    return Terms(**(HEAD | {"rates": rates} | more))  # type: ignore[arg-type]


def line(procedure: str = "97110", units: int = 2, charge: str = "120.00", *modifiers: str) -> Billed:
    return Billed(key=procedure, procedure=procedure, modifiers=modifiers, units=units, charge=D(charge))


def allowed(terms: Terms, *lines: Billed, day: dt.date = DAY) -> list[Decimal | None]:
    return [one.allowed if isinstance(one, Allowed) else None for one in allow(lines, terms, day)]


@pytest.mark.parametrize(("terms", "lines", "wanted"), [
    (flat(), [line()], ["63.00"]),
    (flat(), [line(charge="50.00")], ["50.00"]),
    (flat(lesser_of=False), [line(charge="50.00")], ["63.00"]),
    (flat(), [line("97112")], [None]),
    (flat(basis=Basis.CHARGES, percent=D(60)), [line("97112", 2, "121.00")], ["72.60"]),
    (flat(rates={"97110": Rate(amount=D(40), per=Per.LINE)}), [line(units=4, charge="200.00")], ["40.00"]),
    (flat(rates={"97110": Rate(amount=D(30)), "97110-CQ": Rate(amount=D("25.50"))}),
     [line(), line("97110", 2, "120.00", "GP", "CQ")], ["60.00", "51.00"]),
    (flat(caps={"97110": D("28.00")}), [line()], ["56.00"]),
    (flat(units_per_day=3), [line("97140", 2, "110.00"), line()], ["29.00", "63.00"]),
    (flat(per_visit=D("85.00")), [line("97140", 1, "60.00"), line("97110", 2, "120.00")], ["28.33", "56.67"]),
    (flat(per_visit=D("85.00"), per_visit_except=("97161",)), [line("97161", 1, "180.00"), line()], ["90.00", "85.00"]),
    (flat(per_visit=D("85.00")), [line("97140", 1, "60.00")], ["60.00"]),
    (flat(per_visit_most=D("100.00")), [line(), line("97161", 1, "180.00")], ["41.18", "58.82"]),
    (Terms(**(HEAD | {"basis": Basis.MEDICARE, "percent": D(110)})), [line(units=1)], ["32.22"]),  # type: ignore[arg-type]
])  # fmt: skip
def test_kinds_of_contracts(terms: Terms, lines: list[Billed], wanted: list[str | None]) -> None:
    assert allowed(terms, *lines) == [one if one is None else D(one) for one in wanted]


# --- laws ---

CODES = st.sampled_from(["97110", "97112", "97140", "97530", "97161", "97035", "20560"])
LINES = st.lists(st.tuples(CODES, st.integers(1, 6), st.integers(0, 30_000), st.booleans()), min_size=1, max_size=6)
TERMS = st.sampled_from([
    flat(basis=Basis.MEDICARE, rates={}, mppr=True, assistant_percent=D(85), sequestration_percent=D(2),
         coinsurance_percent=D(20)),
    flat(basis=Basis.CHARGES, percent=D(73)), flat(basis=Basis.MEDICARE, percent=D("117.5"), mppr=True),
    flat(basis=Basis.MEDICARE, per_visit=D("91.37")), flat(basis=Basis.MEDICARE, per_visit_most=D("88.01")),
    flat(basis=Basis.MEDICARE, lesser_of=False, mppr=True),
])  # fmt: skip


def billed(rows) -> list[Billed]:
    return [Billed(key=str(n), procedure=code, units=units, charge=round_cents(D(cents) / 100),
                   modifiers=("GP", "CQ") if pta else ("GP",)) for n, (code, units, cents, pta) in enumerate(rows)]


@given(LINES, TERMS, st.integers(0, 20_000))
def test_every_line_balances_and_nothing_is_negative(rows, terms, owed) -> None:
    found = priced(billed(rows), terms, deductible=D(owed) / 100)
    for one in found:
        parts = one.paid
        assert one.allowed.allowed == (parts.deductible + parts.coinsurance + parts.copay + parts.assistant
                                       + parts.sequestration + parts.paid)  # fmt: skip
        assert min(parts.deductible, parts.coinsurance, parts.assistant, parts.sequestration, parts.paid) >= 0
        if terms.lesser_of:
            assert one.allowed.allowed <= one.line.charge
    assert sum(p.paid.deductible for p in found) <= D(owed) / 100
    if terms.per_visit is not None:
        assert sum(p.allowed.allowed for p in found) == min(terms.per_visit, sum(p.line.charge for p in found))
    if terms.per_visit_most is not None:
        assert sum(p.allowed.allowed for p in found) <= terms.per_visit_most


@given(LINES, TERMS, st.data())
def test_one_more_unit_never_pays_less(rows, terms, data) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    more = [(c, u + (n == place), cents, pta) for n, (c, u, cents, pta) in enumerate(rows)]
    assert total(more, terms) >= total(rows, terms)


def total(rows, terms) -> Decimal:
    return sum((one.allowed for one in allow(billed(rows), terms, DAY) if isinstance(one, Allowed)), ZERO)


@given(LINES)
def test_a_day_has_one_whole_unit_and_wrong_reductions_order_as_they_must(rows) -> None:
    terms = flat(basis=Basis.MEDICARE, rates={}, mppr=True, lesser_of=False)
    by_way = {how: allow(billed(rows), terms, DAY, how) for how in Reduction}
    therapy_lines = [n for n, (code, *_) in enumerate(rows) if therapy.reducible(code, DAY) is not None]
    right = by_way[Reduction.DEAREST_WHOLE]
    assert sum(right[n].whole_units for n in therapy_lines) == bool(therapy_lines)  # type: ignore[union-attr]
    sums = {how: sum((one.allowed for one in found), ZERO) for how, found in by_way.items()}  # type: ignore[union-attr]
    assert sums[Reduction.NONE] >= sums[Reduction.DEAREST_WHOLE] >= sums[Reduction.TWICE]
    assert sums[Reduction.NONE] >= sums[Reduction.ONE_OF_EACH] >= sums[Reduction.DEAREST_WHOLE] >= sums[Reduction.EVERY]
