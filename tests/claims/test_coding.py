import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.claims import coding, fingerprint, telling, units
from ptedi.claims.identity import control_number, line_of
from ptedi.codes import ncci
from ptedi.payers.profile import PayerProfile, UnitRule
from tests.claims.visits import CEDAR, PROFILES, visit

NUMBER = control_number("CDR", 7)
DAY = date(2026, 11, 20)


def code(captured, before="0.00", practice=CEDAR, profile=None):
    payer = profile or PROFILES[captured.coverages[0].payer_id]
    return coding.code_visit(captured, practice, payer, control_number=NUMBER, therapy_dollars_before=Decimal(before))


def shown(coded):
    return [f"{line.procedure}{''.join('-' + m for m in line.modifiers)} x{line.units} {line.charge}"
            for line in coded.claim.lines]


@pytest.mark.parametrize(("payer", "rows", "lines"), [
    ("medicare-part-b", ["97110 33", "97140 7"], ["97110-GP x2 120.00", "97140-GP x1 50.00"]),
    ("evergreen-commercial", ["97110 33", "97140 7"], ["97110-GP x2 120.00"]),
    ("granite-workers-comp", ["97110 24", "97140 23"], ["97110 x2 120.00", "97140 x2 100.00"]),
    ("medicare-part-b", ["97110 13+23", "97140 30"],
     ["97110-GP x1 60.00", "97110-GP-CQ x1 60.00", "97140-GP x2 100.00"]),
    ("evergreen-commercial", ["97110 13+23", "97140 30"], ["97110-GP x2 120.00", "97140-GP x2 100.00"]),
    ("medicare-part-b", ["97161 40", "97110 15"], ["97161-GP x1 150.00", "97110-GP x1 60.00"]),
    ("medicare-part-b", ["G0283 0+15", "97110 15"], ["G0283-GP-CQ x1 25.00", "97110-GP x1 60.00"]),
    ("medicare-part-b", ["97150 20", "97110 24 separate"], ["97150-GP x1 40.00", "97110-59-GP x2 120.00"]),
    ("medicare-part-b", ["97150 20", "97110 24 XE separate"], ["97150-GP x1 40.00", "97110-XE-GP x2 120.00"]),
    ("medicare-part-b", ["97150 20", "97110 24"], ["97150-GP x1 40.00", "97110-GP x2 120.00"]),
    ("granite-workers-comp", ["97150 20", "97110 24 separate"], ["97150 x1 40.00", "97110 x2 120.00"]),
    ("medicare-part-b", ["97530 15 separate", "97140 15"], ["97530-GP x1 65.00", "97140-GP x1 50.00"]),
    ("medicare-part-b", ["97110 20", "97110 18"], ["97110-GP x3 180.00"]),
    ("medicare-part-b", ["97110 15 RT", "97110 15 LT"], ["97110-GP-LT x1 60.00", "97110-GP-RT x1 60.00"]),
    ("medicare-part-b", ["95851 5 RT", "95851 5 LT"], ["95851-GP-LT x1 20.00", "95851-GP-RT x1 20.00"]),
    ("medicare-part-b", ["97129 38"], ["97129-GP x1 50.00", "97130-GP x2 90.00"]),
    ("granite-workers-comp", ["97545 180"], ["97545 x1 200.00", "97546 x1 90.00"]),
    ("medicare-part-b", ["97110 23 95"], ["97110-GP-95 x2 120.00"]),
    ("medicare-part-b", ["97110 6"], []),
])  # fmt: skip
def test_visits_become_lines(payer, rows, lines):
    assert shown(code(visit(*rows, payer=payer))) == lines


@pytest.mark.parametrize(("rows", "lines", "minutes"), [
    (["97129 15+15"], ["97129-GP x1", "97130-GP-CQ x1"], [15, 15]),
    (["97129 30+15"], ["97129-GP x1", "97130-GP x1", "97130-GP-CQ x1"], [15, 15, 15]),
    (["97129 15", "97130 0+15"], ["97129-GP x1", "97130-GP-CQ x1"], [15, 15]),
    (["97129 0+15", "97130 15"], ["97129-GP-CQ x1", "97130-GP x1"], [15, 15]),
    (["97129 7", "97130 20"], ["97129-GP x1", "97130-GP x1"], [15, 12]),
    (["97129 0", "97130 20"], ["97129-GP x1"], [20]),
    (["97129 15", "97130 3"], ["97129-GP x1"], [18]),
    (["97129 0+38"], ["97129-GP-CQ x1", "97130-GP-CQ x2"], [15, 23]),
    (["97129 5+10", "97130 5+10"], ["97129-GP-CQ x1", "97130-GP x1"], [15, 15]),
    (["97129 8+7", "97130 7+8"], ["97129-GP x1", "97130-GP-CQ x1"], [15, 15]),
    (["97129 7+8", "97130 8+7"], ["97129-GP-CQ x1", "97130-GP x1"], [15, 15]),
    (["97129 14+1", "97130 14+1"], ["97129-GP x1", "97130-GP x1"], [15, 15]),
    (["97129 0+15", "97130 30+15"], ["97129-GP-CQ x1", "97130-GP x2", "97130-GP-CQ x1"], [15, 30, 15]),
    (["97597 18+2", "97598 5+5"], ["97597-GP-CQ x1", "97598-GP-CQ x1"], [20, 10]),
    (["97597 20", "97598 9+1"], ["97597-GP x1", "97598-GP x1"], [20, 10]),
    (["97597 20", "97598 5+5"], ["97597-GP-CQ x1", "97598-GP-CQ x1"], [20, 10]),
    (["97550 30+15"], ["97550-GP x1", "97551-GP-CQ x1"], [30, 15]),
    (["97545 120+60"], ["97545-GP x1", "97546-GP-CQ x1"], [120, 60]),
    (["90912 15+15"], ["90912-GP x1", "90913-GP-CQ x1"], [15, 15]),
    (["97110 13+23", "97140 30"], ["97110-GP x1", "97110-GP-CQ x1", "97140-GP x2"], [13, 23, 30]),
])  # fmt: skip
def test_an_addon_stands_on_the_minutes_that_the_base_leaves(rows, lines, minutes):
    coded = code(visit(*rows))
    assert [line.rsplit(" ", 1)[0] for line in shown(coded)] == lines
    assert [trace.minutes for trace in coded.trace] == minutes


@given(st.integers(0, 90), st.integers(0, 90), st.integers(0, 60), st.integers(0, 60))
def test_a_family_has_the_assistants_share_of_its_pooled_minutes(therapist, assistant, more, helped):
    coded = code(visit(f"97129 {therapist}+{assistant}", *([f"97130 {more}+{helped}"] if more + helped else [])))
    therapist, assistant = therapist + more, assistant + helped
    total = sum(line.units for line in coded.claim.lines)
    share = units.assistant_share(total, therapist, assistant)
    assert sum(line.units for line in coded.claim.lines if "CQ" in line.modifiers) == share.assisted
    assert not coded.claim.lines or sum(trace.minutes for trace in coded.trace) == therapist + assistant


def test_a_tie_of_rows_and_the_modifier_it_costs_are_told():
    coded = code(visit("97110 8 GA", "97110 8"))
    assert shown(coded) == ["97110-GP x1 60.00"]
    assert [note.subject for note in coded.notes if note.rule == "lost modifier"] == ["GA"]
    assert [note.subject for note in coded.notes if note.rule == "tie"] == ["units"]


@pytest.mark.parametrize("rows", [
    ["97161 30 RT", "97161 10 LT"], ["97110 20 RT", "97110 20 LT", "97140 5"], ["97129 10 RT", "97129 10 LT"],
    ["97129 15+5 RT", "97129 0+20 LT"], ["97110 8 GA", "97110 8"],
])  # fmt: skip
def test_the_order_of_rows_of_one_code_decides_nothing(rows):
    one, two = code(visit(*rows)), code(visit(*reversed(rows)))
    assert sorted(shown(one)) == sorted(shown(two))


def test_rows_that_cannot_be_told_apart_share_a_line():
    coded = code(visit("97161 30 RT", "97161 10 LT"))
    assert shown(coded) == ["97161-GP-LT-RT x1 150.00"]
    assert [note.subject for note in coded.notes if note.rule == "merged rows"] == ["97161"]


@pytest.mark.parametrize(("rows", "counted"), [
    (["97010 10", "97014 10", "97110 15"], ["97110 15"]), (["97110 30 GY", "97140 15"], ["97140 15"]),
    (["97110 30 GX,GY"], []), (["97010 10"], []), (["97139 20", "97110 15"], ["97139 20", "97110 15"]),
])  # fmt: skip
def test_services_not_covered_do_not_count_toward_the_threshold(rows, counted):
    coded = code(visit(*rows), before="2440.00")
    assert coding.therapy_dollars(coded) == (coding.therapy_dollars(code(visit(*counted))) if counted else 0)
    if "97139 20" not in rows:
        assert not any("KX" in line.modifiers for line in coded.claim.lines)


def test_a_service_priced_by_the_contractor_counts_with_its_charge():
    assert coding.therapy_dollars(code(visit("97545 120"))) == Decimal("200.00")


def test_every_unit_and_modifier_has_its_reason():
    coded = code(visit("97110 13+23", "97150 10", "97140 30 separate"), before="2470.00")
    for line, trace in zip(coded.claim.lines, coded.trace, strict=True):
        told = {reason.subject for reason in trace.reasons}
        assert {"units", *line.modifiers} <= told and trace.line == line.number
        assert all(reason.message and reason.source for reason in trace.reasons)


@pytest.mark.parametrize(("before", "kx"), [("0.00", 0), ("2400.00", 0), ("2420.00", 1), ("2480.00", 2)])
def test_kx_from_the_line_that_passes_the_threshold(before, kx):
    coded = code(visit("97110 30", "97140 15"), before=before)
    assert sum("KX" in line.modifiers for line in coded.claim.lines) == kx
    other = code(visit("97110 30", payer="bluestone-ppo"), before)
    assert not any("KX" in line.modifiers for line in other.claim.lines)


def test_no_kx_beside_a_notice():
    assert shown(code(visit("97110 30 GA"), before="2600.00")) == ["97110-GP-GA x2 120.00"]


def test_assistants_of_other_disciplines():
    occupational = visit("97530 0+30", therapist_id="OT1", assistant_id="OTA1")
    assert shown(code(occupational)) == ["97530-GO-CO x2 130.00"]
    speech = visit("97129 0+15", therapist_id="SLP1", assistant_id="PTA1")
    assert shown(code(speech)) == ["97129-GN x1 50.00"]


def test_no_assistant_modifier_before_2020():
    assert shown(code(visit("97110 0+30", service_date="2019-12-31"))) == ["97110-GP x2 120.00"]


def test_both_rules_are_computed_and_the_difference_is_told():
    rules = {note.rule for note in code(visit("97112 24", "97110 23")).notes}
    assert "two rules" in rules
    assert "tie" in {note.rule for note in code(visit("97112 20", "97110 20")).notes}
    assert "no unit" in {note.rule for note in code(visit("97110 40", "97140 6", payer="bluestone-ppo")).notes}


def test_the_claim_around_the_lines():
    captured = visit("97110 30 p2.1", clinic_id="north", onset_date="2026-09-30", medical_record_number="M1",
                     coverage={"relationship": "19", "group_number": "G1", "group_name": "GROUP"},
                     payer="bluestone-ppo")
    claim = code(captured).claim
    assert (claim.payer.name, claim.filing_indicator) == ("BLUESTONE MUTUAL PPO", "BL")
    assert claim.patient_control_number == NUMBER
    assert claim.facility and claim.facility.name == "CEDAR NORTH" and claim.rendering.taxonomy == "225100000X"
    assert claim.patient == captured.patient and claim.relationship == "19" and claim.group_name == ""
    assert claim.diagnoses == ("M5450", "R262") and claim.lines[0].pointers == (2, 1)
    assert claim.prior_authorization == "AUTH1" and claim.referring == captured.referring
    assert claim.onset_date == date(2026, 9, 30) and claim.initial_treatment_date is None
    assert line_of(claim.lines[0].control_number) == (NUMBER, 1)
    assert code(visit("97110 30")).claim.facility is None
    assert code(visit("97110 30", clinic_id="north", place_of_service="12")).claim.facility is None
    assert code(visit("97110 30", onset_date="2026-11-20")).claim.onset_date is None


def test_a_medicare_number_loses_its_hyphens():
    assert code(visit("97110 30", coverage={"member_id": "1eg4-te5-mk73"})).claim.member_id == "1EG4TE5MK73"


def test_accident_data_goes_along():
    claim = code(visit("97110 30", payer="granite-workers-comp")).claim
    assert (claim.property_casualty_number, claim.related_cause) == ("WC123", "EM")
    assert claim.accident_date == date(2026, 9, 1)


def test_nothing_raises_on_bad_visits():
    assert code(visit("99999 30")).claim.lines[0].units == 1
    assert code(visit("97110 30", therapist_id="GONE")).claim.rendering.npi == ""
    assert code(visit("97110 30", clinic_id="GONE", diagnoses=[])).claim.lines[0].pointers == ()
    assert code(replace(visit("97110 30"), coverages=()), profile=PROFILES["medicare-part-b"]).claim.member_id == ""
    assert code(replace(visit("97110 30"), charges=())).claim.charge == 0
    unknown = PayerProfile(id="x", name="X", payer_id="X", partner="p", filing_indicator="CI")
    assert shown(code(visit("97110 23"), profile=unknown)) == ["97110 x2 120.00"]


def test_a_fingerprint_knows_services_not_numbers():
    one, two = code(visit("97110 30", "97140 15")), code(visit("97140 15", "97110 30", visit_id="V2"))
    assert fingerprint.of_services(one) == fingerprint.of_services(two)
    assert fingerprint.of_services(one) != fingerprint.of_services(code(visit("97110 45", "97140 15")))
    assert fingerprint.of_services(one) != fingerprint.of_services(code(visit("97110 30", "97140 15", patient_id="P2")))


def test_what_a_claim_counts_towards_the_threshold():
    coded = code(visit("97110 30", "97140 15"))
    note = next(n for n in coded.notes if n.subject == coding.THERAPY_DOLLARS)
    assert f"{coding.therapy_dollars(coded)}" in note.message and 0 < coding.therapy_dollars(coded) < coded.claim.charge


codes = st.sampled_from(["97110", "97112", "97140", "97530", "97161", "G0283", "97150", "97129", "95851", "97545",
                         "99999"])
marks = st.sampled_from(["", "59", "GP", "KX", "RT", "XE,95", "separate"])
rows = st.lists(st.builds(lambda c, a, b, m: f"{c} {a}+{b} {m}", codes, st.integers(0, 70), st.integers(0, 40), marks),
                min_size=1, max_size=8)  # fmt: skip
payers = st.sampled_from(sorted(PROFILES))


@given(rows, payers, st.integers(0, 3000))
def test_laws_of_coding(chart, payer, before):
    captured = visit(*chart, payer=payer)
    coded = code(captured, before=f"{before}.00")
    prices = CEDAR.charges
    for line, trace in zip(coded.claim.lines, coded.trace, strict=True):
        assert line.charge == prices.get(line.procedure, Decimal(0)) * line.units and line.units > 0
        assert len(set(line.modifiers)) == len(line.modifiers) and trace.rows
    assert coded.claim.charge == sum(line.charge for line in coded.claim.lines)
    assert [line.number for line in coded.claim.lines] == list(range(1, len(coded.claim.lines) + 1))
    total = sum(c.minutes for c in captured.charges if c.procedure in ("97110", "97112", "97140", "97530", "97129"))
    pooled = [ln for ln in coded.claim.lines if ln.procedure in ("97110", "97112", "97140", "97530", "97129", "97130")]
    if PROFILES[payer].on(coded.service_date).unit_rule == "CMS_TOTAL":
        assert sum(line.units for line in pooled) == units.cms_units(total)


@given(rows, payers, st.integers(0, 3000))
def test_every_modifier_says_why(chart, payer, before):
    coded = code(visit(*chart, payer=payer), before=f"{before}.00")
    for line, trace in zip(coded.claim.lines, coded.trace, strict=True):
        for one in line.modifiers:
            assert [r for r in trace.reasons if r.subject == one and r.message and r.source], one
        assert any(r.subject == "units" for r in trace.reasons)


@given(rows, payers)
def test_a_distinct_modifier_needs_a_pair_it_may_lift_and_documented_separate_time(chart, payer):
    captured = visit(*chart, payer=payer)
    coded = code(captured)
    codes_billed = {line.procedure for line in coded.claim.lines}
    for line, trace in zip(coded.claim.lines, coded.trace, strict=True):
        if any(r.rule == "separate time" for r in trace.reasons):
            partners = [other for other in codes_billed if (found := ncci.pair(other, line.procedure, DAY))
                        and found.indicator == "1"]  # fmt: skip
            apart = {c.procedure for c in captured.charges if c.separate_time}
            assert partners and apart & {line.procedure, *partners, "97129"}
            assert PROFILES[payer].on(DAY).ncci


@given(rows)
def test_every_full_block_of_a_visit_is_billed_and_the_other_rule_is_shown(chart):
    captured = visit(*chart)
    coded = code(captured)
    billed, minutes, count = {}, {}, {}
    for line in coded.claim.lines:
        billed[line.procedure] = billed.get(line.procedure, 0) + line.units
    for one in captured.charges:
        minutes[one.procedure] = minutes.get(one.procedure, 0) + one.minutes
        count[one.procedure] = count.get(one.procedure, 0) + 1
    for each in {"97110", "97112", "97140", "97530"} & minutes.keys():
        assert minutes[each] // 15 <= billed.get(each, 0) <= minutes[each] // 15 + 1
    both = [units.visit_units(rule, minutes, count, DAY).units for rule in UnitRule]
    differ = set(units.differing(*both))
    notes = [note.message for note in coded.notes if note.rule == "two rules"]
    assert bool(notes) == bool(differ) and all(each in notes[0] for each in differ)
    assert all(f"{minutes[each]} min" in notes[0] for each in differ & minutes.keys())


@given(rows, payers, st.randoms())
def test_order_of_rows_is_irrelevant_without_ties(chart, payer, random):
    shuffled = list(chart)
    random.shuffle(shuffled)
    one, two = code(visit(*chart, payer=payer)), code(visit(*shuffled, payer=payer))
    if not any(note.rule == "tie" for note in one.notes):
        units_of = [{}, {}]
        for coded, found in zip((one, two), units_of, strict=True):
            for line in coded.claim.lines:
                found[line.procedure] = found.get(line.procedure, 0) + line.units
        assert units_of[0] == units_of[1] and one.claim.charge == two.claim.charge
        shown_ = [sorted((ln.procedure, sorted(ln.modifiers), ln.units) for ln in coded.claim.lines)
                  for coded in (one, two)]  # fmt: skip
        assert shown_[0] == shown_[1]


def test_the_published_shape():
    told = json.loads(json.dumps(telling.as_json(code(visit("97110 13+23", "97140 30")))))
    assert (told["visit"], told["payer"], told["charge"]) == ("V1", "medicare-part-b", "220.00")
    line = told["lines"][1]
    assert (line["procedure"], line["modifiers"], line["units"], line["minutes"]) == ("97110", ["GP", "CQ"], 1, 23)
    assert line["charge"] == "60.00" and line["rows"] == [1]
    assert {"subject", "rule", "message", "source"} == set(line["why"][0]) and {"units", "CQ", "GP"} <= {
        why["subject"] for why in line["why"]}
