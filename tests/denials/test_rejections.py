"""What a 277CA, 999 or TA1 complains about: its place in the tree, whose fault, which row; the practice's own rows."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.codes import claim_status
from ptedi.config import data_folder
from ptedi.denials import Action, Category, Confidence, Denial, Fault, rejections
from ptedi.denials.rejections import Complaint, of_errors, of_set, of_status, of_text
from ptedi.edits import EDITS
from ptedi.errors import ConfigurationError
from ptedi.sandbox import clearinghouse, first_look
from ptedi.submissions.acknowledgements import ElementError, SegmentError, SetAcknowledgement, Status, StatusCode

DAY = dt.date(2026, 8, 3)
SHIPPED = data_folder("schemas") / "codes" / "rejections.csv"
HEAD = SHIPPED.read_text(encoding="utf-8").splitlines()[0]


def ca(text: str) -> Complaint:
    return of_text(text)[0]


def judged(*texts: str, **more: object) -> Denial:
    return rejections.classify([ca(text) for text in texts], on=DAY, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "category", "fault", "edit"), [
    ("A7:562:82", Category.PROVIDER_ENROLMENT, Fault.BILLING, "PV103"), ("A7:562:DN", Category.REFERRAL,
                                                                         Fault.FRONT_DESK, "PV106"),
    ("A7:500:77", Category.MISSING_DATA, Fault.BILLING, "PV110"), ("A7:164:IL", Category.ELIGIBILITY,
                                                                   Fault.FRONT_DESK, "EG105"),
    ("A3:33:IL", Category.ELIGIBILITY, Fault.FRONT_DESK, "EG101"), ("A7:255:", Category.DIAGNOSIS, Fault.CLINICIAN,
                                                                    "DX109"),
    ("A7:453:", Category.MODIFIER, Fault.BILLING, "PT110"), ("A8:400:", Category.CHARGES, Fault.BILLING, "LN105"),
    ("A3:54:", Category.DUPLICATE, Fault.BILLING, "DU101"), ("A7:535:", Category.FREQUENCY, Fault.BILLING, "TF104"),
    ("A3:116:", Category.WRONG_PAYER, Fault.FRONT_DESK, ""), ("A6:252:", Category.AUTHORIZATION, Fault.FRONT_DESK,
                                                              "AU101"),
    ("999:NM109:2310B:7", Category.PROVIDER_ENROLMENT, Fault.BILLING, "PV103"),
    ("999:NM109:2010BA:1", Category.ELIGIBILITY, Fault.FRONT_DESK, "EG104"),
    ("999:HI01:2300:7", Category.DIAGNOSIS, Fault.CLINICIAN, "DX102"),
    ("999:SV105:2400", Category.PLACE_OF_SERVICE, Fault.BILLING, "PT165"),
    ("999:SV109:2400", Category.PROCEDURE_CODE, Fault.BILLING, "LN104"),
    ("999:ZZZ", Category.FILE_FORMAT, Fault.BILLING, ""), ("TA1:006", Category.SUBMITTER, Fault.BILLING, ""),
    ("TA1:025", Category.DUPLICATE, Fault.BILLING, ""), ("TA1:999", Category.FILE_FORMAT, Fault.BILLING, ""),
])  # fmt: skip
def test_a_complaint_has_its_place_in_the_tree(text: str, category: Category, fault: Fault, edit: str) -> None:
    found = judged(text)
    assert (found.category, found.fault) == (category, fault)
    assert edit in (found.edits or ("",))
    assert found.cited.startswith(f"{text}: row") and found.as_new_claim and found.chance > 0


def test_the_complaint_that_says_most_decides() -> None:
    assert judged("A7:21:", "A7:562:82").category is Category.PROVIDER_ENROLMENT
    assert judged("A7:255:", "A7:562:82").category is Category.PROVIDER_ENROLMENT
    assert judged("A7:255:", "A7:453:").category is Category.DIAGNOSIS
    assert (judged("A7:21:").confidence, judged("A7:255:").confidence, judged("A7:562:82").confidence) == (
        Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)  # fmt: skip


def test_what_nobody_knows_is_asked_about() -> None:
    for found in (judged("A9:99999:"), rejections.classify([], on=DAY)):
        assert (found.category, found.action, found.confidence) == (
            Category.UNKNOWN, Action.INVESTIGATE, Confidence.LOW)  # fmt: skip
    assert judged("A7:99999:").category is Category.MISSING_DATA


def test_every_refusal_of_the_sandbox_is_understood() -> None:
    values = [*vars(first_look).values(), clearinghouse.SOMETHING_WRONG]
    codes = [c for v in values for c in (v if isinstance(v, tuple) else (v,)) if isinstance(c, StatusCode)]
    assert len(codes) > 8
    for code in codes:
        found = rejections.classify(of_status([Status(codes=(code,), segment_index=0, byte_offset=0)]), on=DAY)
        assert found.category is not Category.UNKNOWN and found.cited


def test_the_table_names_known_codes_edits_and_a_source_everywhere() -> None:
    with SHIPPED.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 200
    assert not {code for row in rows for code in row["edits"].split()} - set(EDITS)
    keys = [(row["answer"], row["code"], row["detail"], row["entity"], row["payer"], row["effective_from"])
            for row in rows]  # fmt: skip
    assert len(set(keys)) == len(keys)
    for row in rows:
        assert row["source"] and row["verified"] and row["how"] and row["cause"]
        if row["answer"] == "277CA":
            assert row["code"] == "*" or claim_status.status(row["code"])
            assert not row["entity"] or claim_status.entity(row["entity"])
            assert not row["detail"] or claim_status.state(row["detail"]) in ("rejected", "unknown")


def test_errors_become_complaints_element_by_element() -> None:
    place = {"segment_index": 0, "byte_offset": 0}
    named = SegmentError(segment="NM1", position=9, loop="2310B", code="8",
                         elements=(ElementError(position="9", code="7"), ElementError(position="1-2", code="1")),
                         **place)  # type: ignore[arg-type]  # fmt: skip
    bare = SegmentError(segment="HI", position=3, loop="2300", code="3", **place)  # type: ignore[arg-type]
    assert list(map(str, of_errors([named, bare]))) == ["999:NM109:2310B:7", "999:NM101:2310B:1", "999:HI:2300:3"]
    whole = SetAcknowledgement(set_id="837", control_number="1", code="R", notes=("4",), **place)  # type: ignore[arg-type]
    assert [str(one) for one in of_set(whole)] == ["999:ST::4"]
    assert rejections.classify(of_set(whole), on=DAY).fault is Fault.CLEARINGHOUSE


_codes = st.text("ABCDEFGHIJ0123456789", min_size=1, max_size=6)
complaints = st.one_of(
    st.builds(Complaint, answer=st.just("277CA"), detail=st.sampled_from(["A3", "A6", "A7", "A8"]), code=_codes,
              entity=st.sampled_from(["", "82", "IL"])),
    st.builds(Complaint, answer=st.just("999"), code=_codes, detail=st.sampled_from(["", "2300", "2310B"]),
              entity=st.sampled_from(["", "7"])),
    st.builds(Complaint, answer=st.just("TA1"), code=_codes),
)  # fmt: skip


@given(st.lists(complaints, max_size=5))
def test_what_is_kept_with_an_item_is_what_was_said(several: list[Complaint]) -> None:
    assert of_text(" ".join(map(str, several))) == several
    assert rejections.classify(several, on=DAY).action in Action


def own(root: Path, *rows: str) -> rejections.Rows:
    (root / "rejections.csv").write_text("\n".join([HEAD, *rows]) + "\n")
    return rejections.of_workspace(root)


def test_the_practices_rows_come_first_and_hold_from_their_day(tmp_path: Path) -> None:
    assert rejections.of_workspace(tmp_path) == rejections.standard()
    rows = own(tmp_path, "277CA,562,,82,north,network,Ours,yes,INVESTIGATE,Call,10,payer,,2026-01-01,,letter,yes",
               "277CA,562,,82,*,modifier,Later,yes,INVESTIGATE,Call,10,payer,,2027-01-01,,letter,yes")  # fmt: skip
    assert judged("A7:562:82", payer="north", rows=rows).category is Category.NETWORK
    assert "the practice's" in judged("A7:562:82", payer="north", rows=rows).cited
    assert judged("A7:562:82", payer="south", rows=rows).category is Category.PROVIDER_ENROLMENT


@pytest.mark.parametrize("row", [
    "278,1,,,*,network,x,yes,INVESTIGATE,x,10,payer,,2026-01-01,,x,yes",
    "TA1,1,,,*,weather,x,yes,INVESTIGATE,x,10,payer,,2026-01-01,,x,yes",
    "TA1,1,,,*,network,x,yes,INVESTIGATE,x,110,payer,,2026-01-01,,x,yes",
    "TA1,1,,,*,network,x,yes,INVESTIGATE,x,10,payer,XX999,2026-01-01,,x,yes",
    "TA1,1,,,*,network,x,yes,INVESTIGATE,x,10,payer,,tomorrow,,x,yes", "TA1,1",
])  # fmt: skip
def test_a_wrong_row_is_named(tmp_path: Path, row: str) -> None:
    with pytest.raises(ConfigurationError, match="row 2"):
        own(tmp_path, row)


def test_a_file_that_is_none_of_this_is_named(tmp_path: Path) -> None:
    (tmp_path / "rejections.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigurationError, match="no column"):
        rejections.of_workspace(tmp_path)
