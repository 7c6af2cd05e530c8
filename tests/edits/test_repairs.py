"""What can be mended is mended once, on record, and only what is safe without asking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.edits import EDITS, repairs
from ptedi.edits.repairs import Safety
from ptedi.edits.telehealth import SAYS_HOW
from tests.edits import cases

MENDED = sorted(code for code in EDITS if repairs.safety_of(code))
CASES = [(code, case) for code in MENDED for case in cases.of(code)[0]]


def fixed(case, **options):
    return repairs.fix(*cases.build(case), **options)


@pytest.mark.parametrize(("code", "case"), CASES, ids=[f"{code} {case['name']}" for code, case in CASES])
def test_a_repair_silences_its_edit(code, case):
    result = fixed(case, suggested=True)
    done = [repair.code for repair in result.applied]
    if code in done:
        assert code not in {found.code for found in result.findings}
    else:
        assert code in ("DX107", "LN105", "PT112", "PT116", "PT160")   # what the claim itself does not decide
    notes = [note for note in result.coded.notes if note.subject == "repair"]
    assert [note.rule for note in notes] == done


@pytest.mark.parametrize(("code", "case"), CASES, ids=[f"{code} {case['name']}" for code, case in CASES])
def test_suggested_repairs_wait_for_a_person(code, case):
    result = fixed(case)
    assert all(repair.safety is Safety.SAFE for repair in result.applied)
    assert not any(repair.safety is Safety.SAFE for repair in result.proposed)


def test_a_missing_gp_comes_back_in_its_place():
    result = fixed({"rows": ["97110 30 RT"], "lines": [{"modifiers": ["RT"]}]})
    assert result.coded.claim.lines[0].modifiers == ("GP", "RT")
    assert [(r.code, r.line) for r in result.applied] == [("PT110", 1)] and "97110 RT x2" in result.applied[0].before


def test_97014_is_only_suggested():
    case = {"rows": ["97110 30", "97014 15"]}
    assert [r.code for r in fixed(case).proposed] == ["PT130"]
    assert [line.procedure for line in fixed(case, suggested=True).coded.claim.lines] == ["97110", "G0283"]


@pytest.mark.parametrize(("payer", "said", "after"), [
    ("bluestone-ppo", "93", "93"), ("medicare-part-b", "GT", "95"), ("medicare-part-b", "93", "93"),
    ("bluestone-ppo", "GT", "95"), ("medicare-part-b", "FQ", "FQ"), ("medicare-part-b", "GT,93", "93 GT"),
])  # fmt: skip
def test_one_telehealth_modifier_is_never_put_beside_another(payer, said, after):
    case = {"payer": payer, "rows": [f"97110 30 {said}"], "visit": {"place_of_service": "10"}}
    [line] = fixed(case, suggested=True).coded.claim.lines
    assert sorted(set(line.modifiers) & SAYS_HOW) == after.split()


def test_a_repeat_names_the_right_clinician_or_goes():
    other = {"visit_id": "V0", "service_date": "2026-11-20", "procedures": ["97110"], "rendering": "1999999992"}
    case = {"rows": ["97110 30 76"], "history": {"visits": [other]}}
    assert "77" in fixed(case, suggested=True).coded.claim.lines[0].modifiers
    assert not {"76", "77"} & set(fixed({"rows": ["97110 30 76"]}, suggested=True).coded.claim.lines[0].modifiers)


def test_pointers_follow_their_diagnoses():
    case = {"rows": ["97110 30 p3"], "visit": {"diagnoses": ["M54.50", "M5450", "R26.2"]}}
    claim = fixed(case).coded.claim
    assert claim.diagnoses == ("M5450", "R262") and claim.lines[0].pointers == (2,)


def test_a_thirteenth_diagnosis_goes_unless_a_line_needs_it():
    case = dict(next(case for case in cases.of("DX103")[0]))
    case["rows"] = ["97110 30 p13", "97140 15 p1"]
    claim = fixed(case, suggested=True).coded.claim
    assert len(claim.diagnoses) == 12 and claim.diagnoses[11] == "M6281"
    assert [line.pointers for line in claim.lines] == [(12,), (1,)]


@given(st.sampled_from(CASES), st.booleans())
def test_mending_a_mended_claim_changes_nothing(chosen, suggested):
    coded, *rest = cases.build(chosen[1])
    once = repairs.fix(coded, *rest, suggested=suggested)
    again = repairs.fix(once.coded, *rest, suggested=suggested)
    assert again.coded == once.coded and not again.applied
