from __future__ import annotations

import datetime as dt
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.errors import UnreadableFile
from ptedi.submissions.acknowledgements import (
    ClaimAcknowledgement,
    ClaimStatus,
    ElementError,
    GroupAcknowledgement,
    InterchangeAcknowledgement,
    LineStatus,
    SegmentError,
    SetAcknowledgement,
    Status,
    StatusCode,
)
from ptedi.transactions import acknowledgement_999, acknowledgement_ta1, claim_acknowledgement_277ca
from ptedi.transactions.answer import AnswerHeader
from tests import strategies as some
from tests.transactions.damage import damaged

HEADER = AnswerHeader(
    sender_id="CLEARING1", receiver_id="PTGROUP1", control_number=201,
    created=dt.datetime(2026, 11, 20, 22, 0, tzinfo=dt.UTC),
)  # fmt: skip
ISA = "ISA*00*          *00*          *ZZ*CLEARING1      *ZZ*PTGROUP1       *261120*2200*^*00501*000000201*0*T*:~"
PLACE = {"segment_index": 0, "byte_offset": 0}
IDS = {"sender_id": "CLEARING1", "receiver_id": "PTGROUP1"}


def bare(thing: object) -> object:
    """The same records with every place in the file set to 0."""
    if isinstance(thing, (tuple, list)):
        return type(thing)(bare(item) for item in thing)
    if not is_dataclass(thing):
        return thing
    changed = {f.name: 0 if f.name in PLACE else bare(getattr(thing, f.name)) for f in fields(thing)}
    return replace(thing, **changed)  # type: ignore[type-var]


# --- TA1 ---

interchanges = st.builds(
    InterchangeAcknowledgement,
    interchange_control_number=st.integers(1, 999_999_999),
    interchange_date=some.digits(6),
    interchange_time=some.digits(4),
    code=st.sampled_from("AER"),
    note=some.digits(3),
    **{k: st.just(v) for k, v in {**IDS, **PLACE}.items()},
)


@given(st.lists(interchanges, min_size=1, max_size=3))
@settings(max_examples=30)
def test_ta1_reads_back_equal(acknowledgements: list[InterchangeAcknowledgement]) -> None:
    assert bare(acknowledgement_ta1.read(acknowledgement_ta1.write(HEADER, acknowledgements))) == acknowledgements


def test_ta1_beside_groups_and_in_several_interchanges() -> None:
    one = ISA + "TA1*000000007*261120*2130*R*025~IEA*0*000000201~"
    two = (
        ISA
        + "TA1*X*261120*2130*A*000~GS*FA*C*P*20261120*2200*1*X*005010X231A1~ST*999*0001~AK1*HC*1~"
        + "AK9*A*1*1*1~SE*4*0001~GE*1*1~"
    )
    found = acknowledgement_ta1.read((one + two + "IEA*1*000000201~").encode())
    assert [(a.interchange_control_number, a.code, a.note) for a in found] == [(7, "R", "025"), (0, "A", "000")]
    assert found[0].byte_offset == len(ISA)


# --- 999 ---

errors = st.builds(
    SegmentError,
    segment=st.sampled_from(["NM1", "CLM", "REF"]),
    position=st.integers(1, 9999),
    loop=st.sampled_from(["", "2300", "2010AA"]),
    code=st.sampled_from(["8", "I6", "3"]),
    claim=some.codes(20),
    context=st.just(()),
    elements=st.lists(
        st.builds(
            ElementError,
            position=st.sampled_from(["9", "5:3", "2:1:2"]),
            reference=st.sampled_from(["", "67"]),
            code=st.sampled_from(["7", "I10"]),
            value=some.words(30, empty=True),
        ),
        max_size=2,
    ).map(tuple),
    **{k: st.just(v) for k, v in PLACE.items()},
).map(lambda e: replace(e, context=("SITUATIONAL TRIGGER*CLM*21**5:3", f"CLM01:{e.claim}")))
sets = st.builds(
    SetAcknowledgement,
    set_id=st.just("837"),
    control_number=some.digits(4),
    guide=st.sampled_from(["", "005010X222A1"]),
    code=st.sampled_from("AER"),
    notes=st.lists(st.sampled_from(["5", "I5"]), max_size=2).map(tuple),
    errors=st.lists(errors, max_size=2).map(tuple),
    **{k: st.just(v) for k, v in PLACE.items()},
)
groups = st.builds(
    GroupAcknowledgement,
    functional_id=st.just("HC"),
    group_control_number=st.integers(1, 999_999_999),
    guide=st.sampled_from(["", "005010X222A1"]),
    code=st.sampled_from("AEPR"),
    included=st.integers(0, 9),
    received=st.integers(0, 9),
    accepted=st.integers(0, 9),
    notes=st.lists(st.sampled_from(["5"]), max_size=2).map(tuple),
    sets=st.lists(sets, max_size=2).map(tuple),
    **{k: st.just(v) for k, v in {**IDS, **PLACE}.items()},
)


@given(st.lists(groups, min_size=1, max_size=2))
@settings(max_examples=40)
def test_999_reads_back_equal(acknowledgements: list[GroupAcknowledgement]) -> None:
    assert bare(acknowledgement_999.read(acknowledgement_999.write(HEADER, acknowledgements))) == acknowledgements


def group(*body: str, kind: str = "999") -> GroupAcknowledgement:
    text = (
        ISA
        + "GS*FA*C*P*20261120*2200*1*X*005010X231A1~"
        + "".join(f"{s}~" for s in (f"ST*{kind}*0001", *body, "SE*9*0001"))
    )
    (found,) = acknowledgement_999.read(text.encode())
    return found


def test_contexts_in_any_order_name_the_claim() -> None:
    for contexts in (
        ("CTX*SITUATIONAL TRIGGER*CLM*21**5:3", "CTX*CLM01:PT1"),
        ("CTX*CLM01:PT1", "CTX*SITUATIONAL TRIGGER*CLM*21**5:3"),
    ):
        found = group("AK1*HC*3*005010X222A1", "AK2*837*0001", "IK3*REF*24*2300*I6", contexts[0], "IK4*2*127*1",
                      contexts[1], "IK5*R*I5", "AK9*R*1*1*0")  # fmt: skip
        (error,) = found.sets[0].errors
        assert (error.claim, error.segment, error.position, error.loop, error.code) == ("PT1", "REF", 24, "2300", "I6")
        assert len(error.context) == 2
        assert error.elements == (ElementError(position="2", reference="127", code="1"),)
    assert found.sets[0].notes == ("I5",)


def test_a_claim_without_context_segments_gets_one_when_written() -> None:
    error = SegmentError(segment="CLM", position=21, loop="2300", code="8", claim="PT1", **PLACE)
    one = SetAcknowledgement(set_id="837", control_number="0001", code="R", errors=(error,), **PLACE)
    sent = GroupAcknowledgement(
        **IDS,
        functional_id="HC",
        group_control_number=3,
        code="R",
        included=1,
        received=1,
        accepted=0,
        sets=(one,),
        **PLACE,
    )
    (found,) = acknowledgement_999.read(acknowledgement_999.write(HEADER, [sent]))
    assert found.sets[0].errors[0].claim == "PT1"


def test_997_and_missing_verdicts() -> None:
    found = group(
        "AK1*HC*56",
        "AK2*837*1",
        "AK3*NM1*8**3",
        "AK4*5:1*1331*7*95",
        "AK5*R*5",
        "AK2*837*2",
        "AK9*P*2*2*1*4",
        kind="997",
    )
    assert [(s.code, len(s.errors)) for s in found.sets] == [("R", 1), ("R", 0)]
    assert found.sets[0].errors[0].elements[0].position == "5:1"
    assert (found.code, found.notes, found.accepted) == ("P", ("4",), 1)
    assert group("AK1*HC*x").code == "R"


# --- 277CA ---

statuses = st.builds(
    Status,
    codes=st.lists(
        st.builds(
            StatusCode,
            category=st.sampled_from(["A1", "A2", "A3", "A7"]),
            status=st.sampled_from(["19", "20", "164"]),
            entity=st.sampled_from(["", "PR", "IL"]),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    action=st.sampled_from(["WQ", "U"]),
    amount=st.none() | some.amounts,
    message=some.words(60, empty=True),
    effective=st.none() | some.days,
    **{k: st.just(v) for k, v in PLACE.items()},
)


@st.composite
def claim_statuses(draw: st.DrawFn) -> ClaimStatus:
    first = draw(st.none() | some.days)
    last = None if first is None else draw(st.just(first) | some.days)
    return ClaimStatus(
        patient_control_number=draw(some.codes(20)),
        statuses=tuple(draw(st.lists(statuses, min_size=1, max_size=2))),
        payer_claim_control_number=draw(some.codes(20, empty=True)),
        clearinghouse_trace=draw(some.codes(20, empty=True)),
        patient_last=draw(some.words(60)),
        patient_first=draw(some.words(35, empty=True)),
        member_id=draw(some.codes(20, empty=True)),
        service_from=first,
        service_to=last,
        lines=tuple(
            draw(
                st.lists(
                    st.builds(
                        LineStatus,
                        procedure=some.codes(5),
                        line_control_number=some.codes(30, empty=True),
                        statuses=st.lists(statuses, min_size=1, max_size=2).map(tuple),
                    ),
                    max_size=2,
                )
            )
        ),
        **PLACE,
    )


acknowledgements_277 = st.builds(
    ClaimAcknowledgement,
    control_number=some.digits(4),
    source_entity=st.sampled_from(["AY", "PR"]),
    source_name=some.words(60),
    source_id=some.codes(10),
    receipt=some.codes(20),
    received=some.days,
    processed=some.days,
    receiver_name=some.words(60),
    receiver_id=some.codes(10),
    provider_name=some.words(60),
    provider_npi=some.npis,
    batch_reference=some.codes(30),
    receiver_statuses=st.lists(statuses, max_size=2).map(tuple),
    provider_statuses=st.lists(statuses, max_size=2).map(tuple),
    claims=st.lists(claim_statuses(), max_size=3).map(tuple),
    **{k: st.just(v) for k, v in PLACE.items()},
)


@given(st.lists(acknowledgements_277, min_size=1, max_size=2))
@settings(max_examples=40)
def test_277ca_reads_back_equal(acknowledgements: list[ClaimAcknowledgement]) -> None:
    data = claim_acknowledgement_277ca.write(HEADER, acknowledgements)
    assert bare(claim_acknowledgement_277ca.read(data)) == acknowledgements


def claim_ack(*body: str) -> ClaimAcknowledgement:
    text = (
        ISA + "GS*HN*C*P*20261120*2200*1*X*005010X214~" + "".join(f"{s}~" for s in ("ST*277*0001", *body, "SE*9*0001"))
    )
    (found,) = claim_acknowledgement_277ca.read(text.encode())
    return found


HEAD = ("HL*1**20*1", "NM1*AY*2*CH*****46*CH1", "TRN*1*R1", "HL*2*1*21*1", "NM1*41*2*US*****46*U1", "TRN*2*B17",
        "STC*A1:19:AY*20261120*WQ*630", "HL*3*2*19*1", "NM1*85*2*US*****XX*1234567893")  # fmt: skip


def test_a_rejection_at_receiver_level_has_no_claims() -> None:
    found = claim_ack(*HEAD[:3], "HL*2*1*21*0", *HEAD[4:6], "STC*A8:746:40*20261120*U*630")
    assert (found.claims, found.batch_reference, found.from_payer) == ((), "B17", False)
    assert [s.rejected for s in found.receiver_statuses] == [True]


def test_several_claims_of_one_patient_and_line_statuses() -> None:
    found = claim_ack(
        *HEAD, "HL*4*3*PT", "NM1*QC*1*DOE*JAN****MI*M1", "TRN*2*PT1", "STC*A2:20:PR*20261120*WQ*120", "REF*1K*ICN1",
        "DTP*472*D8*20261101", "TRN*2*PT2", "STC*A3:247*20261120*U*60******A7:164:IL**LOOK", "REF*D9*CH9",
        "DTP*472*RD8*20261101-20261103", "SVC*HC:97110:GP*60", "STC*A8:507*20261120*U", "REF*FJ*PT2-01",
        "REF*1K*NOT THIS",
    )  # fmt: skip
    one, two = found.claims
    assert (one.patient_control_number, one.payer_claim_control_number, one.rejected) == ("PT1", "ICN1", False)
    assert (two.patient_control_number, two.clearinghouse_trace, two.rejected) == ("PT2", "CH9", True)
    assert (two.patient_last, two.member_id, two.service_to) == ("DOE", "M1", dt.date(2026, 11, 3))
    assert [c.category for c in two.statuses[0].codes] == ["A3", "A7"]
    assert (two.statuses[0].message, two.statuses[0].amount) == ("LOOK", Decimal(60))
    assert (two.lines[0].procedure, two.lines[0].line_control_number, two.lines[0].statuses[0].rejected) == (
        "97110",
        "PT2-01",
        True,
    )
    assert two.payer_claim_control_number == ""


def test_the_claim_number_of_a_277_that_answers_a_276() -> None:
    found = claim_ack(*HEAD, "HL*4*3*22*0", "NM1*IL*1*DOE", "TRN*2*OURTRACE", "STC*P3:317*20261120**60", "REF*EJ*PT1")
    assert found.claims[0].patient_control_number == "PT1"


# --- all of them ---


def texts() -> list[list[str]]:
    ta1 = (ISA + "TA1*000000007*261120*2130*R*025~IEA*0*000000201~").split("~")
    ack = (ISA + "GS*FA*C*P*20261120*2200*1*X*005010X231A1~ST*999*0001~AK1*HC*1~AK2*837*0001~IK3*REF*24*2300*I6~"
           "CTX*CLM01:A~IK4*5:3*1*1~IK5*R*5~AK9*R*1*1*0~SE*4*0001~GE*1*1~IEA*1*000000201~").split("~")  # fmt: skip
    ca = [ISA[:-1], "GS*HN*C*P*20261120*2200*1*X*005010X214", "ST*277*0001", *HEAD, "HL*4*3*PT", "NM1*QC*1*DOE",
          "TRN*2*PT1", "STC*A2:20:PR*20261120*WQ*120", "REF*1K*ICN1", "DTP*472*D8*20261101", "SVC*HC:97110*60",
          "STC*A8:507*20261120*U", "REF*FJ*PT2-01", "SE*9*0001", "GE*1*1", "IEA*1*000000201", ""]  # fmt: skip
    return [ta1, ack, ca]


@pytest.mark.parametrize("module", [acknowledgement_ta1, acknowledgement_999, claim_acknowledgement_277ca])
def test_fuzz_never_raises(module) -> None:  # type: ignore[no-untyped-def]
    for one in texts():
        for data in damaged(one, 150):
            assert isinstance(module.read(data), list)


def test_what_is_no_x12_is_unreadable() -> None:
    for module in (acknowledgement_ta1, acknowledgement_999, claim_acknowledgement_277ca):
        with pytest.raises(UnreadableFile):
            module.read(b"")


SHARED = Path(__file__).resolve().parents[2] / "../shared"


@pytest.mark.corpus
@pytest.mark.skipif(not SHARED.exists(), reason="the corpus is not here")
def test_every_acknowledgement_of_the_corpus_is_read() -> None:
    seen = {"TA1": 0, "999": 0, "277": 0}
    for path in sorted(p for p in (*SHARED.glob("corpus/**/*"), *SHARED.glob("samples/*")) if p.is_file()):
        data = path.read_bytes()
        if b"ISA" not in data[:2000] or (path.suffix in (".json", ".csv", ".txt") and b"~" not in data):
            continue
        try:
            seen["TA1"] += len(acknowledgement_ta1.read(data))
            for one in acknowledgement_999.read(data):
                seen["999"] += 1
                assert one.functional_id and one.code in "AEPRMWX", path.name
            for answer in claim_acknowledgement_277ca.read(data):
                seen["277"] += 1
                assert answer.source_entity, path.name
                assert all(c.patient_control_number and c.statuses for c in answer.claims), path.name
        except UnreadableFile:
            continue
    assert seen["TA1"] >= 4 and seen["999"] >= 20 and seen["277"] >= 5, seen
