"""A month's key figures against an independent slow oracle, to the cent; each number is the sum of its rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from ptedi import dates
from ptedi.reports.practice.catalogue import BY_KEY, PLACES, Sum, Unit
from ptedi.reports.practice.facts import Facts, Window
from ptedi.reports.practice.kpis import Measure, measures, number
from ptedi.steps.night import Night
from ptedi.steps.reporting import StoreSource, report
from tests.reports.practice import oracle
from tests.reports.practice.conftest import VISITS

WINDOWS = [(date(2026, 9, 1), date(2026, 9, 30)), (date(2026, 9, 8), date(2026, 9, 21)),
           (date(2026, 7, 1), date(2027, 1, 15))]  # fmt: skip
DEALT = {Unit.DAYS: 86_400, Unit.HOURS: 3_600, Unit.RATE: 1, Unit.CENTS: 1}


@pytest.fixture(scope="module")
def claims(month: Path) -> list[oracle.Claim]:
    return oracle.claims(month)


def found(night: Night, window: tuple[date, date], *, detail: bool = False) -> dict[str, Measure]:
    with night.store.read() as conn:
        facts = Facts(StoreSource(conn), Window(first=window[0], last=window[1]), dates.now(), detail=detail)
        return {one.kpi.key: one for one in measures(facts)}


def rounded(value: Fraction | None, places: str) -> Decimal | None:
    if value is None:
        return None
    return (Decimal(value.numerator) / value.denominator).quantize(Decimal(places), rounding=ROUND_HALF_UP)


def test_the_month_is_a_month(month: Path) -> None:
    assert oracle.rows(month, "select count(distinct visit_id) n from visits")[0]["n"] >= VISITS


@pytest.mark.parametrize("window", WINDOWS)
def test_every_figure_agrees_with_the_oracle(night: Night, month: Path, claims: list[oracle.Claim],
                                             window: tuple[date, date]) -> None:  # fmt: skip
    wanted = oracle.figures(claims, claims, *window)
    wanted["charge_lag"] = oracle.charge_lag(month, *window)
    days = (window[1] - window[0]).days + 1
    for key, one in found(night, window).items():
        if key == "underpayment":
            continue
        figure, kpi = wanted[key], BY_KEY[key]
        if kpi.by is Sum.MEDIAN:
            assert sorted(one.rows["numerator"]) == sorted(figure.values), key
            median = figure.median
            assert one.value == (None if median is None else rounded(median / DEALT[kpi.unit], "0.1")), key
            continue
        assert (one.numerator, one.denominator) == (figure.above, figure.below), key
        times = days if key == "days_in_ar" else 1
        ratio = None if figure.ratio is None else figure.ratio * times
        assert one.value == rounded(ratio, PLACES[kpi.unit]), key


@pytest.mark.parametrize("of", ["payer", "clinic", "therapist"])
def test_split_figures_agree_too(night: Night, claims: list[oracle.Claim], of: str) -> None:
    window = WINDOWS[0]
    measured = found(night, window)
    key_of: Callable[[oracle.Claim], str] = lambda claim: str(getattr(claim, of))  # noqa: E731
    for name in {key_of(claim) for claim in claims}:
        wanted = oracle.figures(claims, [c for c in claims if key_of(c) == name], *window)
        for key, one in measured.items():
            rows = one.rows[one.rows[of] == name]
            if one.kpi.by is Sum.RATIO and key in wanted:
                got = int(rows["numerator"].sum()), int(rows["denominator"].sum())
                assert got == (wanted[key].above, wanted[key].below), (key, name)


def test_the_month_has_what_the_figures_count(night: Night) -> None:
    measured = found(night, WINDOWS[0])
    assert 0 < measured["denial_rate"].numerator < measured["denial_rate"].denominator
    assert measured["recovery"].denominator > 0
    assert found(night, WINDOWS[2])["recovery"].numerator > 0
    assert measured["clean_claims"].numerator < measured["clean_claims"].denominator
    assert found(night, WINDOWS[2])["aged_over_90"].numerator > 0


def test_detail_opens_the_same_numbers_into_places(night: Night) -> None:
    plain, opened = found(night, WINDOWS[0]), found(night, WINDOWS[0], detail=True)
    assert plain.keys() == opened.keys()
    for key, one in opened.items():
        assert (plain[key].numerator, plain[key].denominator) == (one.numerator, one.denominator), key
        assert plain[key].value == number(one.kpi, one.rows, one.times), key


def test_paid_is_what_the_files_say(night: Night, month: Path) -> None:
    made = report(night, "payments", first=date(2026, 8, 1), last=date(2026, 12, 31))
    waiting = oracle.rows(month, "select coalesce(sum(paid_cents), 0) n from claim_payments where state != 'posted'")
    assert int(made.views[0].frame["paid"].sum()) + waiting[0]["n"] == oracle.claims_paid_by_the_files(month)
