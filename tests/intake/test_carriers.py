"""Whatever carries the charges, the visits are the same: the synthetic night, its mistakes, and any visit at all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi import intake
from ptedi.intake.columns import COLUMNS
from ptedi.sandbox import mistakes, practice
from tests.intake import records
from tests.intake.carriers import CARRIERS, NEW, grouped, said
from tests.intake.records import read
from tests.intake.test_rules import OF_OTHER_FORMATS

DAY = date(2026, 11, 20)


def _night(seed: int, visits: int, *, spoiled: bool) -> list[list[dict[str, str]]]:
    captured = practice._captured(seed, DAY, visits)
    if spoiled:
        mistakes.spoil(seed, DAY, captured)
    return captured


@pytest.mark.parametrize("name", NEW)
def test_a_night_is_the_same(name):
    captured = _night(3, 60, spoiled=True)
    csv, other = read(CARRIERS["csv"](captured)), read(CARRIERS[name](captured))
    assert other.kind == name.split()[0] and not other.findings
    assert said(other) == said(csv)
    assert len(other.rows) == len(csv.rows)
    by_id = {v.visit_id for v in csv.waiting}
    assert {v.visit_id for v in other.waiting} == by_id and len(by_id) >= 10
    accepted = sorted(row.row_sha256 for row in csv.rows if row.accepted)
    assert sorted(row.row_sha256 for row in other.rows if row.accepted) == accepted


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize("kind", mistakes.KINDS)
def test_each_mistake_gets_its_code_from_every_carrier(name, kind):
    change, code = mistakes.KINDS[kind]
    rows = next(rows for rows in _night(5, 60, spoiled=False) if len(rows) > 1)
    change(rows)
    file = read(CARRIERS[name]([rows]))
    assert not file.visits and len(file.rows) == len(rows)
    assert code in records.codes(file)


@pytest.mark.parametrize("name", NEW)
def test_rejects_come_back_whole_and_harmless(name):
    captured = _night(3, 60, spoiled=True)
    data = CARRIERS[name](captured)
    file = read(data)
    out = intake.rejects(file, data)
    again = read(out)
    assert sorted(v.row_sha256 for v in again.rows) == sorted(v.row_sha256 for v in file.waiting)
    assert not again.visits and not again.findings
    settled = intake.rejects(again, out)
    assert intake.rejects(read(settled), settled) == settled
    for verdict in file.waiting:
        assert verdict.findings[0].code.encode() in out


@pytest.mark.parametrize("name", NEW)
def test_corrected_rejects_are_accepted(name):
    rows = [dict(row) for row in records.ROWS]
    rows[1]["procedure"] = "97011"
    data = CARRIERS[name]([rows])
    out = intake.rejects(read(data), data)
    assert read(out).visits == ()
    corrected = read(out.replace(b"97011", b"97140"))
    assert said(corrected) == said(read(CARRIERS["csv"]([records.ROWS])))


def test_every_column_is_carried():
    row = {**{c.name: c.example for c in COLUMNS}, **records.SUBSCRIBER, "relationship": "01"}
    row |= {f"secondary_{name}": text for name, text in records.SUBSCRIBER.items()}
    row |= {"secondary_payer": "bluestone-ppo", "secondary_relationship": "19", "referring_npi": "1999901014"}
    expected = said(read(records.as_csv([row])))
    assert len(expected) == 1
    for name in NEW:
        file = read(CARRIERS[name]([[row]]))
        assert said(file) == expected, (name, [f.message for r in file.rows for f in r.findings])
        assert file.rows[0].row_sha256 == read(records.as_csv([row])).rows[0].row_sha256, name


WORD = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9 '.&|\\,#!$%@-]{0,16}[A-Za-z0-9])?", fullmatch=True)
NAME = st.from_regex(r"[A-Za-z\xc0-\xff](?:[A-Za-z\xc0-\xff '-]{0,14}[A-Za-z])?", fullmatch=True)
KEY = st.from_regex(r"[0-9A-Za-z](?:[0-9A-Za-z._/#+-]{0,12}[0-9A-Za-z])?", fullmatch=True)
DAYS = st.dates(date(2025, 1, 1), DAY).map(str)


@st.composite
def persons(draw, prefix):
    return {
        f"{prefix}last": draw(NAME), f"{prefix}first": draw(NAME), f"{prefix}middle": draw(st.just("") | NAME),
        f"{prefix}suffix": draw(st.sampled_from(["", "JR", "III"])), f"{prefix}sex": draw(st.sampled_from("FMU")),
        f"{prefix}birth_date": str(draw(st.dates(date(1930, 1, 1), date(2020, 1, 1)))),
        f"{prefix}address": draw(WORD), f"{prefix}address2": draw(st.just("") | WORD), f"{prefix}city": draw(NAME),
        f"{prefix}state": draw(st.sampled_from(["MI", "OH"])), f"{prefix}zip": draw(st.sampled_from(
            ["49998", "49999-0100"])),
    }  # fmt: skip


@st.composite
def coverages(draw, prefix, payer):
    relationship = draw(st.sampled_from(["18", "01", "19", "20", "21", "39", "40", "53", "G8"]))
    said = {
        f"{prefix}payer": payer, f"{prefix}member_id": draw(KEY), f"{prefix}relationship": relationship,
        f"{prefix}group_number": draw(st.just("") | KEY), f"{prefix}group_name": draw(st.just("") | WORD),
        f"{prefix}claim_number": draw(st.just("") | KEY), f"{prefix}coverage_from": draw(st.just("") | DAYS),
        f"{prefix}coverage_to": draw(st.sampled_from(["", "2026-12-31"])),
        f"{prefix}therapy_dollars_used": draw(st.sampled_from(["", "0.00", "1250.10", "99999.99"])),
    }  # fmt: skip
    return said | (draw(persons(f"{prefix}subscriber_")) if relationship != "18" else {})


@st.composite
def visits(draw):
    """The rows of any visit that can be accepted."""
    shared = {
        "visit_id": draw(KEY), "service_date": str(DAY), "clinic": draw(st.sampled_from(["lakeside", "hilltop"])),
        "therapist": draw(st.sampled_from(["pt-rowe", "pt-thorn"])), "assistant": "pta-moss", "patient_id": draw(KEY),
        **draw(persons("patient_")), **draw(coverages("", "medicare-part-b")),
        **(draw(coverages("secondary_", "bluestone-ppo")) if draw(st.booleans()) else {}),
        "diagnoses": draw(st.sampled_from(["M54.50", "M54.50 M25.561", "Z47.1 Z96.651 M25.661"])),
        "place_of_service": draw(st.sampled_from(["", "12", "10"])),
        **(draw(st.fixed_dictionaries({"referring_npi": st.just("1999901014"), "referring_last": NAME,
                                       "referring_first": st.just("") | NAME})) if draw(st.booleans()) else {}),
        **{name: draw(st.just("") | KEY) for name in ("authorization", "referral_number", "medical_record_number")},
        **{name: draw(st.just("") | DAYS) for name in ("onset_date", "initial_treatment_date", "plan_of_care_start")},
        "plan_of_care_end": draw(st.sampled_from(["", "2026-12-29"])),
        **draw(st.sampled_from([{}, {"accident_date": "2026-09-14", "accident_cause": "AA", "accident_state": "OH"}])),
    }  # fmt: skip
    codes = draw(st.lists(st.sampled_from(["97110", "97140", "97530", "97112"]), min_size=1, max_size=4, unique=True))
    return [{**shared, "procedure": code, "therapist_minutes": str(draw(st.integers(1, 60))),
             "assistant_minutes": draw(st.sampled_from(["", "0", "8"])),
             "pointers": draw(st.sampled_from(["", "1"])), "modifiers": draw(st.sampled_from(["", "59", "XE 95"])),
             "separate_time": draw(st.sampled_from(["", "yes", "no"])), "description": draw(st.just("") | WORD),
             } for code in codes]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(visits(), st.sampled_from(NEW))
def test_a_visit_survives_every_carrier(rows, name):
    """visit -> HL7 or FHIR -> visit is the identity."""
    plain = read(records.as_csv(rows))
    expected = said(plain)
    file = read(CARRIERS[name]([rows]))
    assert said(file) == expected, [f.message for row in file.rows for f in row.findings]
    assert [row.accepted for row in file.rows] == [row.accepted for row in plain.rows]
    assert [row.row_sha256 for row in file.rows] == [row.row_sha256 for row in plain.rows]


def test_grouping_is_by_visit():
    assert [len(rows) for rows in grouped(records.ROWS)] == [2]
    assert {"IN080", "IN092"} <= OF_OTHER_FORMATS
