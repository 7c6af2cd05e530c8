"""Visits of a period on one claim: who goes together, what is pooled, and each visit found in it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.claims.coding import code_visit
from ptedi.claims.spans import LINKED, Piece, joined, period, slices, together
from ptedi.money import ZERO
from ptedi.payers.profile import ClaimPer, PayerRules, SpanPeriod
from tests.claims.visits import CEDAR, PROFILES, visit

MONDAY = date(2026, 11, 16)
WEEK = PayerRules(claim_per=ClaimPer.SPAN)
MONTH = replace(WEEK, span_period=SpanPeriod.MONTH)


def piece(day: int, *rows: str, payer: str = "bluestone-ppo", **over: Any) -> Piece:
    """A visit so many days after Monday, coded."""
    on = MONDAY + timedelta(days=day)
    one = visit(*(rows or ("97110 30",)), payer=payer, visit_id=f"V{day:02}", service_date=on.isoformat(), **over)
    return Piece(visit=one, coded=code_visit(one, CEDAR, PROFILES[payer], control_number="CDR000000001J"))


def days(groups: list[tuple[Piece, ...]]) -> list[list[int]]:
    return [[(one.visit.service_date - MONDAY).days for one in group] for group in groups]


@pytest.mark.parametrize(("rules", "day", "first", "last"), [
    (WEEK, "2026-11-16", "2026-11-16", "2026-11-22"),
    (WEEK, "2026-11-22", "2026-11-16", "2026-11-22"),
    (WEEK, "2026-12-31", "2026-12-28", "2027-01-03"),
    (MONTH, "2026-11-30", "2026-11-01", "2026-11-30"),
    (MONTH, "2028-02-10", "2028-02-01", "2028-02-29"),
    (MONTH, "2026-12-01", "2026-12-01", "2026-12-31"),
])  # fmt: skip
def test_the_period_of_a_day(rules: PayerRules, day: str, first: str, last: str) -> None:
    assert period(date.fromisoformat(day), rules) == (date.fromisoformat(first), date.fromisoformat(last))
    assert period(date.fromisoformat(day), PayerRules()) is None


@pytest.mark.parametrize("over", [
    {"authorization": "OTHER"}, {"therapist_id": "OT1"}, {"clinic_id": "north"}, {"onset_date": "2026-11-01"},
    {"referral_number": "R1"}, {"place_of_service": "12"}, {"patient_id": "P2"},
    {"accident_date": "2026-11-01", "accident_cause": "AA", "accident_state": "MI"},
])  # fmt: skip
def test_what_surrounds_the_lines_must_be_equal(over: dict[str, str]) -> None:
    assert days(together([piece(0), piece(2, **over), piece(4)], WEEK)) == [[0, 4], [2]]


def test_the_onset_is_told_although_one_visit_was_on_its_day() -> None:
    groups = together([piece(0, onset_date="2026-11-16"), piece(2, onset_date="2026-11-16")], WEEK)
    assert days(groups) == [[0, 2]]
    assert joined(groups[0], "CDR000000002H").claim.onset_date == MONDAY


def test_days_and_a_second_visit_of_a_day_part_claims() -> None:
    again = piece(0)
    again = replace(again, visit=replace(again.visit, visit_id="V99"), coded=again.coded)
    assert days(together([piece(0), again, piece(2), piece(4)], WEEK)) == [[0], [0, 2, 4]]
    assert days(together([piece(0), piece(2), piece(4)], replace(WEEK, span_days=3))) == [[0, 2], [4]]


def test_fifty_lines_and_twelve_diagnoses_part_claims_between_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [piece(n, diagnoses=[f"M54.{n}{k}" for k in range(5)]) for n in range(4)]
    assert days(together(many, WEEK)) == [[0, 1], [2, 3]]
    monkeypatch.setattr("ptedi.claims.assembly.MOST_LINES", 3)
    two = [piece(n, "97110 30", "97140 15") for n in range(3)]
    assert days(together(two, WEEK)) == [[0], [1], [2]]
    big = piece(1, "97110 16", "97140 16", "97530 16", "97116 16")
    assert days(together([piece(0), big, piece(2)], WEEK)) == [[0, 2], [1]]


def test_a_visit_without_a_line_stays_by_itself() -> None:
    assert days(together([piece(0), piece(2, "97110 5"), piece(4)], WEEK)) == [[0, 4], [2]]


def test_diagnoses_are_pooled_and_pointers_follow() -> None:
    parts = (piece(0, "97110 30 p2", diagnoses=["M54.50", "R26.2"]),
             piece(2, "97110 30 p1.3", diagnoses=["R26.2", "M54.50", "M62.81"]))  # fmt: skip
    claim = joined(parts, "CDR000000002H", ["CDR000000003F"])
    assert claim.claim.diagnoses == ("M5450", "R262", "M6281")
    assert [line.pointers for line in claim.claim.lines] == [(2,), (2, 3)]
    assert [line.control_number for line in claim.claim.lines] == ["CDR000000002HL1", "CDR000000002HL2"]
    assert claim.claim.charge == sum((p.coded.claim.charge for p in parts), ZERO)
    assert [note.rule for note in claim.notes][-2:] == ["visits of a period", LINKED]


def test_the_notes_of_a_visit_stay_with_its_day() -> None:
    parts = (piece(0, "97110 5", "97140 30"), piece(2))
    first, second = slices(joined(parts, "CDR000000002H"))
    assert "no unit" in {note.rule for note in first.notes} and "no unit" not in {note.rule for note in second.notes}


ROWS = st.lists(st.sampled_from(["97110 30", "97140 15", "97530 23", "97112 8", "97116 38"]), min_size=1, max_size=4,
                unique=True)  # fmt: skip
VISITS = st.dictionaries(st.integers(0, 6), st.tuples(ROWS, st.sampled_from(["A1", "A2"])), min_size=1, max_size=6)


@given(VISITS, st.randoms())
def test_every_visit_is_billed_once_as_it_would_be_alone(chosen: dict[int, tuple[list[str], str]], chance: Any) -> None:
    pieces = [piece(day, *rows, authorization=auth) for day, (rows, auth) in chosen.items()]
    groups = together(pieces, WEEK)
    chance.shuffle(pieces)
    assert days(together(pieces, WEEK)) == days(groups)
    seen = []
    for group in groups:
        coded = joined(group, "CDR000000002H")
        assert [line.number for line in coded.claim.lines] == list(range(1, len(coded.claim.lines) + 1))
        for one, part in zip(group, slices(coded), strict=True):
            alone = one.coded.claim
            assert [(x.procedure, x.modifiers, x.units, x.charge, x.service_date) for x in part.claim.lines] == [
                (x.procedure, x.modifiers, x.units, x.charge, x.service_date) for x in alone.lines]  # fmt: skip
            assert [[part.claim.diagnoses[p - 1] for p in x.pointers] for x in part.claim.lines] == [
                [alone.diagnoses[p - 1] for p in x.pointers] for x in alone.lines]  # fmt: skip
            assert part.visit_ids == (one.visit.visit_id,)
            seen.append(one.visit.visit_id)
    assert sorted(seen) == sorted(p.visit.visit_id for p in pieces)
