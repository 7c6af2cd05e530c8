"""What people drop that is no good 837P: answered or reported, and never in the way of the rest."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptedi.sandbox.oracle import Fate, SandboxReport
from ptedi.transactions import acknowledgement_999, acknowledgement_ta1, claim_acknowledgement_277ca
from ptedi.x12 import oracle as pyx12
from tests.sandbox import night
from tests.sandbox.conftest import Box

GOOD = night.file(night.claims(6), 1)


def verdicts(box: Box) -> list[tuple[str, str]]:
    return [(t.code, t.note) for data in box.left("TA1") for t in acknowledgement_ta1.read(data)]


@pytest.mark.parametrize("name", ["a.837.part", ".hidden", "~a.837", "a.TMP", "a.837.filepart", "a.manifest.json"])
def test_unfinished_files_and_companions_are_not_touched(box: Box, name: str):
    box.put(name, GOOD)
    assert box.run() == SandboxReport()
    assert night.tree(box.out) == {}


def test_folders_links_and_an_absent_drop_folder_are_passed_over(box: Box, tmp_path: Path):
    assert box.run() == SandboxReport()
    box.drop.mkdir()
    (box.drop / "folder").mkdir()
    (tmp_path / "elsewhere").write_bytes(GOOD)
    (box.drop / "link.837").symlink_to(tmp_path / "elsewhere")
    assert box.run() == SandboxReport()


@pytest.mark.parametrize("data", [b"", b"\x00" * 500, b"hello", b"<xml/>", b"PK\x03\x04" + bytes(range(256)), b"ISA"])
def test_what_is_no_x12_gets_a_report_and_the_rest_is_answered(box: Box, data: bytes):
    box.put("bad.837", data)
    box.put("good.837", GOOD)
    report = box.run()
    assert (report.files, report.unreadable) == (2, 1)
    assert len(box.left("REPORT")) == 1
    assert report.claims_received == 6
    assert box.run() == SandboxReport()


def test_a_cut_file_is_rejected_as_a_whole(box: Box):
    box.put("cut.837", GOOD[:-80])
    report = box.run()
    assert verdicts(box) == [("R", "023")]
    assert report.claims_received == report.count(Fate.INTERCHANGE_REJECTED) > 0
    box.put("whole.837", GOOD)  # the number was not used up by what was refused
    assert box.run().interchanges_rejected == 0


def test_a_wrong_trailer_is_rejected_with_its_note(box: Box):
    box.put("a.837", GOOD.replace(b"IEA*1*000000001", b"IEA*1*000000009"))
    box.run()
    assert verdicts(box) == [("R", "001")]


def test_a_set_that_pyx12_refuses_is_rejected_with_place_and_claim(box: Box):
    box.put("a.837", GOOD.replace(b"DMG*D8*19500101*F", b"DMG*D8*19501301*F", 1))
    report = box.run()
    group = acknowledgement_999.read(box.left("999")[0])[0]
    assert (group.code, group.accepted, group.sets[0].code, group.sets[0].notes) == ("R", 0, "R", ("5",))
    error = group.sets[0].errors[0]
    assert (error.segment, error.code, error.elements[0].position, error.elements[0].code) == ("DMG", "8", "2", "8")
    segments = GOOD.decode().split("~")
    assert segments[error.position + 1].startswith("DMG*")
    assert report.count(Fate.SET_REJECTED) == 6
    assert box.left("277CA") == []
    assert pyx12.validate(box.left("999")[0]).ok


def test_a_missing_segment_blames_its_claim(box: Box):
    claims = night.claims(6)
    where = GOOD.index(b"HI*", GOOD.index(claims[2].patient_control_number.encode()))
    box.put("a.837", GOOD[:where] + GOOD[GOOD.index(b"~", where) + 1 :].replace(b"SE*", b"SE*", 1))
    box.run()
    group = acknowledgement_999.read(box.left("999")[0])[0]
    assert claims[2].patient_control_number in {e.claim for e in group.sets[0].errors}


def test_harmless_errors_are_accepted_and_noted(box: Box):
    box.put("a.837", GOOD.replace(b"TE*5555550100", b"TE*5", 1).replace(b"N3*1 SAMPLE ST", b"N3*" + b"1" * 60, 1))
    report = box.run()
    group = acknowledgement_999.read(box.left("999")[0])[0]
    assert (group.code, group.sets[0].code) == ("E", "E")
    assert report.claims_rejected < 6


def test_two_sets_one_bad_is_a_partial_acceptance(box: Box):
    st_at, ge_at = GOOD.index(b"ST*837"), GOOD.index(b"GE*1")
    one = GOOD[st_at:ge_at]
    two = one.replace(b"*0001", b"*0002").replace(b"S0001", b"S0009").replace(b"DMG*D8*19500101", b"DMG*D8*1950010")
    box.put("a.837", GOOD[:ge_at] + two + GOOD[ge_at:].replace(b"GE*1", b"GE*2"))
    box.run()
    group = acknowledgement_999.read(box.left("999")[0])[0]
    assert (group.code, [s.code for s in group.sets], group.received, group.accepted) == ("P", ["A", "R"], 2, 1)


def test_several_interchanges_in_a_file_are_answered_each(box: Box):
    box.put("a.837", GOOD + b"\n" + night.file(night.claims(3, first=50), 2))
    report = box.run()
    assert report.claims_received == 9
    assert verdicts(box) == [("A", "000"), ("A", "000")]


def test_other_transactions_are_no_claims(box: Box):
    box.put("a.837", GOOD)
    box.run()
    for name, data in night.tree(box.out).items():
        if name.endswith(".835") or "277CA" in name:
            box.put(f"echo_{name}", data)
    report = box.run()
    assert report.checks == ()
    assert report.claims_received == 0
    assert {g.notes for d in box.left("999")[1:] for g in acknowledgement_999.read(d)} == {("1",)}


def test_a_claim_whose_sum_is_wrong_is_refused_by_the_clearinghouse(box: Box):
    claim = night.claims(1)[0]
    charge = f"*{claim.charge.normalize():f}*".encode()
    data = night.file([claim])
    where = data.index(b"CLM*")
    box.put("a.837", data[:where] + data[where:].replace(charge, b"*1*", 1))
    report = box.run()
    assert report.results[claim.patient_control_number].reasons == ("A8:400",)
    assert claim_acknowledgement_277ca.read(box.left("277CA")[0])[0].claims[0].rejected


def test_a_negative_charge_never_reaches_a_payer(box: Box):
    claim = night.claim(1)
    line = replace(claim.lines[0], charge=Decimal("-5.00"))
    box.put("a.837", night.file([replace(claim, lines=(line,))]))
    assert box.run().checks == ()


def test_other_delimiters_and_newlines_are_the_senders_choice(box: Box, tmp_path: Path):
    data = GOOD.replace(b"*", b"|").replace(b":", b">").replace(b"~", b"\n")
    plain = Box(tmp_path / "plain")
    plain.put("a.837", GOOD)
    box.put("a.837", data)
    assert box.run() == plain.run()
    assert night.tree(box.out) == night.tree(plain.out)


def test_delimiters_in_identifiers_do_not_break_the_answers(box: Box):
    data = GOOD.replace(b"*", b"|").replace(b"SUB0001        ", b"SUB*~^         ")
    box.put("a.837", data)
    box.run()
    assert all(re.match(rb"ISA\*", d) for d in box.left("x12"))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_never_raises(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory):
    box = Box(tmp_path_factory.mktemp("damage"))
    spoiled = bytearray(night.file(night.claims(2), 1))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(spoiled) - 1))
        what = data.draw(st.sampled_from([b"", b"*", b"~", b":", b"^", b"\xff", b"ISA*", b"-", b"9" * 30, b"GS*HC~"]))
        spoiled[at : at + data.draw(st.integers(0, 3))] = what
    box.put("a.837", bytes(spoiled))
    report = box.run()
    assert report.files == 1
    assert night.tree(box.out)
    assert box.run() == SandboxReport()
