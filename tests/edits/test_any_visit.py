"""Coding and scrubbing never raise, whatever a visit holds; what they say is well formed."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.claims import telling
from ptedi.claims.coding import code_visit
from ptedi.claims.model import Provider
from ptedi.edits import Grant, History, PriorVisit, repairs, scrub
from tests.claims.visits import CEDAR, PROFILES, visit

text = st.one_of(st.text(max_size=8), st.sampled_from(["", "11", "10", "97110", "GP", "M54.50", "PT1", "main", "AA"]))
days = st.one_of(st.dates(date(2023, 1, 1), date(2027, 12, 31)), st.dates(), st.sampled_from([date.max, date.min]))
maybe = st.one_of(st.none(), days)
codes = st.one_of(text, st.sampled_from(["97110", "97140", "97161", "97164", "97129", "97130", "97014", "97150",
                                         "98980"]))  # fmt: skip
marks = st.lists(st.one_of(text, st.sampled_from(["59", "GP", "GO", "CQ", "KX", "GA", "95", "RT"])), max_size=6)
BASE = visit("97110 30")


@st.composite
def visits(draw):
    charge = BASE.charges[0]
    rows = tuple(
        replace(charge, procedure=draw(codes), therapist_minutes=draw(st.integers(0, 500)),
                assistant_minutes=draw(st.integers(0, 500)), modifiers=tuple(draw(marks)),
                diagnosis_pointers=tuple(draw(st.lists(st.integers(-1, 15), max_size=6))),
                separate_time=draw(st.booleans()), description=draw(text))
        for _ in range(draw(st.integers(0, 5)))
    )  # fmt: skip
    coverage = replace(
        BASE.coverages[0], payer_id=draw(st.sampled_from(sorted(PROFILES))), member_id=draw(text),
        relationship=draw(st.sampled_from(["18", "19", "01", ""])), sequence=draw(st.sampled_from("PST")),
        effective_from=draw(maybe), effective_to=draw(maybe), subscriber=draw(st.sampled_from([None, BASE.patient])),
    )  # fmt: skip
    return replace(
        BASE, service_date=draw(days), charges=rows,
        coverages=draw(st.sampled_from([(), (coverage,), (coverage,) * 2])),
        diagnoses=tuple(draw(st.lists(text, max_size=14))), clinic_id=draw(text), therapist_id=draw(text),
        assistant_id=draw(text), place_of_service=draw(text), authorization=draw(text), accident_cause=draw(text),
        onset_date=draw(maybe), initial_treatment_date=draw(maybe), plan_of_care_start=draw(maybe),
        plan_of_care_end=draw(maybe), accident_date=draw(maybe),
        referring=draw(st.one_of(st.none(), st.builds(Provider, name=st.just(BASE.patient.name), npi=text,
                                                      taxonomy=text))),
    )  # fmt: skip


histories = st.builds(
    History, today=days, progress_reports=st.lists(days, max_size=2).map(tuple),
    visits=st.lists(st.builds(PriorVisit, visit_id=text, service_date=days, payer_id=text, authorization=text,
                              procedures=st.lists(codes, max_size=3).map(tuple)), max_size=4).map(tuple),
    grants=st.dictionaries(text, st.builds(Grant, number=text, visits=st.integers(0, 3), effective_from=days,
                                           effective_to=days), max_size=2),
    therapy_dollars=st.one_of(st.none(), st.integers(0, 5000).map(lambda n: Decimal(n).quantize(Decimal("0.01")))),
)  # fmt: skip


@settings(max_examples=300)
@given(visits(), st.sampled_from(sorted(PROFILES)), histories)
def test_any_visit_gets_an_answer(captured, payer, history):
    profile = PROFILES[payer]
    coded = code_visit(captured, CEDAR, profile, control_number="CDR000000007X", therapy_dollars_before=Decimal("0.00"))
    json.dumps(telling.as_json(coded))
    for found in scrub(coded, captured, CEDAR, profile, history):
        assert found.message.endswith(".") and found.claim == "CDR000000007X" and found.hint
    fixed = repairs.fix(coded, captured, CEDAR, profile, history, suggested=True)
    assert sum(line.units for line in fixed.coded.claim.lines) <= sum(line.units for line in coded.claim.lines)
