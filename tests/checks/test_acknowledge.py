"""999 and TA1 of checked files: read back, accepted by pyx12 and by our own check, blaming the right claim."""

from datetime import UTC, datetime

import pytest

from ptedi.checks import acknowledge, check_file
from ptedi.checks import acknowledgement_codes as codes
from ptedi.findings import CATALOGUE
from ptedi.transactions import acknowledgement_999, acknowledgement_ta1
from ptedi.transactions.answer import AnswerHeader
from ptedi.x12 import oracle
from tests.x12.mutations import Mutation, envelopes

from .base import PAYMENT, PRIMARY, SECONDARY, check, edit, wrap
from .matrix import CLAIMS, REMITTANCES, Case, Edit

HEADER = AnswerHeader(
    sender_id="CLEARHOUSE", receiver_id="PTGROUP01", control_number=77, group_control_number=78,
    created=datetime(2026, 8, 3, 22, 0, tzinfo=UTC),
)  # fmt: skip


def answer(*sets: str) -> acknowledge.GroupAcknowledgement:
    written = acknowledge.write_999(check(*sets), HEADER)
    (group,) = acknowledgement_999.read(written)
    return group


def test_accepted() -> None:
    group = answer(PRIMARY, PRIMARY.replace("A000", "B000").replace("B260803001", "B260803002"))
    assert (group.code, group.included, group.received, group.accepted) == ("A", 2, 2, 2)
    assert [(s.set_id, s.control_number, s.code) for s in group.sets] == [("837", "0001", "A"), ("837", "0002", "A")]
    assert (group.functional_id, group.group_control_number, group.guide) == ("HC", 1, "005010X222A1")


def test_own_control_numbers() -> None:
    report = check_file(acknowledge.write_999(check(PRIMARY), HEADER))
    (interchange,), (group,) = report.structure.interchanges, report.structure.groups  # type: ignore[union-attr]
    assert (interchange.header.control_number, group.header.control_number) == (77, 78)


@pytest.mark.parametrize(
    ("edits", "segment", "loop", "code", "element", "element_code"),
    [
        ((("N3*5 ELM ST", "N9*5 ELM ST"),), "N9", "2010", "1", None, None),
        ((("HI*ABK:M25511\n", ""),), "HI", "2300", "3", None, None),
        ((("REF*EA*MRN1", "REF*EA*MRN1\nREF*EA*MRN2"),), "REF", "2300", "5", None, None),
        ((("97140:GP*55*", "97140:GP*5X*"),), "SV1", "2400", "8", "2", "6"),
        ((("11:B:1", "11:Z:1"),), "CLM", "2300", "8", "5:2", "7"),
        ((("CLM*A0001*240", "CLM*A0001*241"),), "CLM", "2300", "8", "2", "I12"),
        ((("11:B:1", "11:B:7"),), "REF", "2300", "I6", None, None),
    ],
)
def test_errors(
    edits: tuple[Edit, ...], segment: str, loop: str, code: str, element: str | None, element_code: str | None
) -> None:
    (one,) = answer(edit(PRIMARY, *edits)).sets
    (error,) = one.errors
    assert one.code == "R"
    assert (error.segment, error.loop, error.code) == (segment, loop, code)
    assert [(e.position, e.code) for e in error.elements] == ([(element, element_code)] if element else [])


def test_the_claim_is_blamed_and_the_trigger_named() -> None:
    (one,) = answer(edit(PRIMARY, ("11:B:1", "11:B:7"))).sets
    (error,) = one.errors
    assert error.claim == "A0001"
    assert error.context == ("CLM01:A0001", "SITUATIONAL TRIGGER*CLM*19*2300*5:3")


def test_partly_accepted() -> None:
    group = answer(PRIMARY, edit(PRIMARY, ("CLM*A0001*240", "CLM*B0001*241"), ("CLM*A0002", "CLM*B0002")))
    assert (group.code, group.received, group.accepted) == ("P", 2, 1)
    assert [s.code for s in group.sets] == ["A", "R"]


def test_only_structure_when_asked() -> None:
    report = check(edit(PRIMARY, ("CLM*A0001*240", "CLM*A0001*241")))
    assert [g.code for g in acknowledge.groups(report, snip=2)] == ["A"]


def test_set_and_group_notes() -> None:
    data = wrap(PRIMARY).replace(b"~SE*", b"~SE*9")
    (group,) = acknowledge.groups(check_file(data))
    assert group.sets[0].notes == ("4",)
    (group,) = acknowledge.groups(check_file(wrap(PRIMARY).replace(b"GE*1*1", b"GE*1*2")))
    assert (group.code, group.notes) == ("R", ("4",))


def test_remittances_are_answered() -> None:
    (one,) = answer(edit(PAYMENT, ("120*36.85", "120*36.8"))).sets
    assert (one.set_id, one.code, one.errors[0].segment, one.errors[0].claim) == ("835", "R", "SVC", "A0001")


def test_a_999_is_never_answered() -> None:
    assert acknowledge.groups(check_file(acknowledge.write_999(check(PRIMARY), HEADER))) == []


@pytest.mark.parametrize("case", [*CLAIMS[2::9], *REMITTANCES[::5]], ids=lambda case: case[0])
def test_pyx12_accepts_every_answer(case: Case) -> None:
    written = acknowledge.write_999(check(edit(case[1], *case[2])), HEADER)
    result = oracle.validate(written)
    assert result.ok, result.errors


@pytest.mark.parametrize("case", [*CLAIMS, *REMITTANCES], ids=lambda case: case[0])
def test_our_own_check_accepts_every_answer(case: Case) -> None:
    if not case[0].startswith("E06"):
        written = acknowledge.write_999(check(edit(case[1], *case[2])), HEADER)
        assert check_file(written).verdict == "accepted"


def test_interchanges() -> None:
    (ta1,) = acknowledgement_ta1.read(acknowledge.write_ta1(check(SECONDARY), HEADER))
    assert (ta1.interchange_control_number, ta1.code, ta1.note) == (1, "A", "000")
    assert (ta1.interchange_date, ta1.interchange_time) == ("260803", "2130")
    wrong = check_file(wrap(PRIMARY).replace(b"IEA*1*000000001", b"IEA*1*000000009"))
    assert [(t.code, t.note) for t in acknowledge.interchanges(wrong)] == [("R", "001")]
    usage = check_file(wrap(PRIMARY).replace(b"*1*T*:", b"*1*X*:"))
    assert [(t.code, t.note) for t in acknowledge.interchanges(usage)] == [("R", "020")]


def test_unreadable_files_have_no_answer() -> None:
    report = check_file(b"hello")
    assert acknowledge.groups(report) == [] and acknowledge.interchanges(report) == []


def test_answer_changes_the_places() -> None:
    when = datetime(2026, 8, 3, 22, 0, tzinfo=UTC)
    accepted = acknowledge.answer(check(PRIMARY), control_number=5, created=when)
    assert accepted is not None
    (group,) = acknowledgement_999.read(accepted)
    assert (group.sender_id, group.receiver_id, group.code) == ("CLEARHOUSE", "PTGROUP01", "A")
    wrong = check_file(wrap(PRIMARY).replace(b"IEA*1*000000001", b"IEA*1*000000009"))
    refused = acknowledge.answer(wrong, control_number=6, created=when)
    assert refused is not None
    assert [(t.code, t.note) for t in acknowledgement_ta1.read(refused)] == [("R", "001")]
    assert acknowledge.answer(check_file(b"hello"), control_number=7, created=when) is None
    assert acknowledge.answer(check_file(accepted), control_number=8, created=when) is None


def test_every_structure_code_has_its_code_of_an_acknowledgment() -> None:
    tables = (
        codes.INTERCHANGE_NOTES, codes.GROUP_NOTES, codes.SET_NOTES, codes.SEGMENT_CODES, codes.ELEMENT_CODES,
        codes.NOT_TOLD, {"IE020": codes.ISA_NOTES},
    )  # fmt: skip
    for code, rule in CATALOGUE.items():
        if code[:2] in ("IE", "SG", "EL") and rule.reference != "test":
            assert sum(code in table for table in tables) == 1, code
    assert all(code in CATALOGUE for table in tables for code in table)


REFUSED = [mutation for mutation in envelopes() if not mutation.codes & codes.NOT_TOLD.keys()]


@pytest.mark.parametrize("mutation", REFUSED, ids=lambda mutation: mutation.kind)
def test_a_rejected_file_is_answered_so(mutation: Mutation) -> None:
    report = check_file(mutation.data)
    assert report.verdict == "rejected"
    refused = [one.code for one in acknowledge.interchanges(report)] + [g.code for g in acknowledge.groups(report)]
    assert set(refused) & {"R", "P"} or mutation.kind == "envelope ISA missing"
