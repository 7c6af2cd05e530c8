"""TA1, 999 and 277CA move claims by their evidence, in any order, and blame the right claim in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from ptedi.steps import inbound
from ptedi.steps.night import Night
from ptedi.steps.outbound import build_batches, code_visits, deliver_batches, extract_charges, scrub_claims
from ptedi.store import batches, claims, events, references, work
from ptedi.store.batches import BatchClaim, BatchRow, Outbox
from ptedi.store.references import ReferenceKind
from ptedi.store.work import WorkItem, WorkKind
from ptedi.submissions.acknowledgements import (
    ClaimAcknowledgement,
    ClaimStatus,
    ElementError,
    GroupAcknowledgement,
    InterchangeAcknowledgement,
    SegmentError,
    SetAcknowledgement,
    Status,
    StatusCode,
)
from ptedi.submissions.status import Event, State
from ptedi.transactions import acknowledgement_999, acknowledgement_ta1, claim_acknowledgement_277ca
from ptedi.transactions.answer import AnswerHeader
from tests.steps.conftest import DAY

HEADER = AnswerHeader(sender_id="HARBORCH", receiver_id="TAMARACKPT", control_number=7,
                      created=dt.datetime(2026, 11, 21, 1, 0))  # noqa: DTZ001  # fmt: skip
PLACE = {"segment_index": 0, "byte_offset": 0}


@pytest.fixture
def batch(night: Night, drop: Callable[..., None]) -> BatchRow:
    drop(visits=8)
    extract_charges(night)
    code_visits(night, DAY)
    scrub_claims(night, DAY)
    [batch_id] = build_batches(night, DAY).batch_ids
    deliver_batches(night)
    with night.store.read() as conn:
        return batches.get(conn, batch_id)


def members(night: Night, batch: BatchRow) -> list[BatchClaim]:
    with night.store.read() as conn:
        return batches.claims_of(conn, batch.id)


def number_of(night: Night, claim_id: int) -> str:
    with night.store.read() as conn:
        return claims.get(conn, claim_id).patient_control_number


def apply(night: Night, *contents: bytes) -> list[inbound.Applied]:
    done = []
    for n, data in enumerate(contents):
        (night.workspace.root / "inbox" / f"answer{n}.edi").write_bytes(data)
        inbound.collect_inbound(night)
        done += [inbound.apply_acknowledgements(night, i) for i in inbound.waiting_files(night).acknowledgements]
    return done


def states(night: Night) -> dict[int, State]:
    with night.store.read() as conn:
        return events.current_states(conn)


def items(night: Night, kind: WorkKind = WorkKind.REJECTION) -> list[WorkItem]:
    with night.store.read() as conn:
        return work.list_work(conn, kinds=[kind])


def ta1(batch: BatchRow, code: str, note: str = "000") -> bytes:
    return acknowledgement_ta1.write(HEADER, [InterchangeAcknowledgement(
        sender_id="", receiver_id="", interchange_control_number=batch.interchange_control_number, code=code, note=note,
        interchange_date="261121", interchange_time="0100", **PLACE)])  # fmt: skip


def group(batch: BatchRow, code: str, *errors: SegmentError, number: int = 0) -> bytes:
    one = SetAcknowledgement(set_id="837", control_number="0001", guide="005010X222A1", code=code,
                             notes=("5",) if code == "R" else (), errors=errors, **PLACE)  # fmt: skip
    return acknowledgement_999.write(HEADER, [GroupAcknowledgement(
        sender_id="", receiver_id="", functional_id="HC", group_control_number=number or batch.group_control_number,
        guide="005010X222A1", code=code, included=1, received=1, accepted=int(code != "R"), sets=(one,), **PLACE,
    )])  # fmt: skip


def status(category: str, code: str = "20", entity: str = "", action: str = "", message: str = "") -> Status:
    return Status(codes=(StatusCode(category=category, status=code, entity=entity),),
                  action=action or ("U" if category in ("A3", "A7") else "WQ"), message=message,
                  effective=dt.date(2026, 11, 21), **PLACE)  # fmt: skip


def claim_answer(batch: BatchRow, who: str, *of: ClaimStatus, receiver: Status | None = None) -> bytes:
    return claim_acknowledgement_277ca.write(HEADER, [ClaimAcknowledgement(
        control_number="0001", source_entity=who, source_name="SOURCE", batch_reference=batch.batch_reference,
        receiver_statuses=(receiver or status("A1", "19", "PR" if who == "PR" else "40"),), claims=of, **PLACE,
    )])  # fmt: skip


def said(night: Night, claim_id: int, one: Status, **more: str) -> ClaimStatus:
    return ClaimStatus(patient_control_number=number_of(night, claim_id), statuses=(one,), **more, **PLACE)  # type: ignore[arg-type]


def test_the_way_up_and_never_down(night: Night, batch: BatchRow) -> None:
    key = members(night, batch)[0].claim_id
    apply(night, ta1(batch, "A"), group(batch, "A"))
    assert set(states(night).values()) - {State.HELD} == {State.RECEIVED}
    with night.store.read() as conn:
        assert batches.get(conn, batch.id).state is Outbox.CONFIRMED
    payer = said(night, key, status("A2"), payer_claim_control_number="ICN77")
    apply(night, claim_answer(batch, "PR", payer))
    apply(night, claim_answer(batch, "AY", said(night, key, status("A1", "19"), clearinghouse_trace="D9-1")))
    assert states(night)[key] is State.ACCEPTED_PAYER
    with night.store.read() as conn:
        assert references.of_claim(conn, key) == {ReferenceKind.PAYER: ["ICN77"], ReferenceKind.CLEARINGHOUSE: ["D9-1"]}
        trail = events.of_claim(conn, key)
    assert all(e.file_id and e.byte_offset for e in trail if "277CA" in e.event.value)
    assert items(night) == []


def test_a_refused_interchange_takes_every_claim(night: Night, batch: BatchRow) -> None:
    apply(night, ta1(batch, "R", "025"))
    assert {states(night)[m.claim_id] for m in members(night, batch)} == {State.REJECTED}
    [item] = items(night)
    assert "025" in item.sentence
    assert item.amount_cents == batch.charge_cents


def test_a_refused_set_blames_its_claim_by_name_or_by_place(night: Night, batch: BatchRow) -> None:
    one, two, *rest = members(night, batch)
    named = SegmentError(segment="NM1", position=2, code="8", claim=number_of(night, one.claim_id),
                         elements=(ElementError(position="09", code="7", value="X"),), **PLACE)  # fmt: skip
    placed = SegmentError(segment="HI", position=two.first_segment + 1, loop="2300", code="3", **PLACE)
    [done] = apply(night, group(batch, "R", named, placed))
    assert done.rejected == len(rest) + 2
    assert {states(night)[m.claim_id] for m in members(night, batch)} == {State.REJECTED}
    by_claim = {item.claim_id: item for item in items(night)}
    assert set(by_claim) == {one.claim_id, two.claim_id} | ({None} if rest else set())
    assert "NM109" in by_claim[one.claim_id].sentence
    assert "HI" in by_claim[two.claim_id].sentence
    assert by_claim[one.claim_id].deadline is not None


def test_accepted_with_errors_is_accepted(night: Night, batch: BatchRow) -> None:
    one = members(night, batch)[0]
    noted = SegmentError(segment="REF", position=one.first_segment + 1, code="5", **PLACE)
    apply(night, group(batch, "E", noted))
    assert states(night)[one.claim_id] is State.RECEIVED
    with night.store.read() as conn:
        assert "REF" in events.of_claim(conn, one.claim_id)[-1].detail


def test_a_rejected_claim_keeps_their_words_and_ours(night: Night, batch: BatchRow) -> None:
    key = members(night, batch)[0].claim_id
    refusal = status("A7", "562", "85", message="NPI NOT ON FILE")
    late = claim_answer(batch, "PR", said(night, key, status("A2")))
    apply(night, claim_answer(batch, "AY", said(night, key, refusal)), late)
    assert states(night)[key] is State.REJECTED
    [item] = items(night)
    assert "NPI NOT ON FILE" in item.sentence
    assert "A7:562:85" in item.sentence
    assert item.next_action == "CORRECT_RESUBMIT"
    summary = inbound.summary(night, DAY)
    assert sum(f.count for f in summary.rejected.values()) == 1
    assert summary.closes


def test_a_batch_refused_by_the_payer(night: Night, batch: BatchRow) -> None:
    apply(night, claim_answer(batch, "PR", receiver=status("A3", "24", "41")))
    assert {states(night)[m.claim_id] for m in members(night, batch)} == {State.REJECTED}
    assert len(items(night)) == 1


def test_the_same_answer_again_and_in_another_file(night: Night, batch: BatchRow) -> None:
    key = members(night, batch)[0].claim_id
    contents = [group(batch, "A"), claim_answer(batch, "AY", said(night, key, status("A7", "33", "IL")))]
    apply(night, *contents)
    with night.store.read() as conn:
        before = events.of_claim(conn, key)
    assert apply(night, *contents) == []
    apply(night, *(data.replace(b"~", b"~\n") for data in contents))
    with night.store.read() as conn:
        assert events.of_claim(conn, key) == before
    assert len(items(night)) == 1


def test_an_answer_to_somebody_else(night: Night, batch: BatchRow) -> None:
    before = states(night)
    [done] = apply(night, group(batch, "R", number=batch.group_control_number + 1))
    assert done.unknown == 1
    assert states(night) == before
    assert len(items(night, WorkKind.ACKNOWLEDGEMENT)) == 1


def test_a_rejection_has_its_place_in_the_tree_of_denials(night: Night, batch: BatchRow) -> None:
    first, second, *_ = members(night, batch)
    apply(night, group(batch, "A"),
          claim_answer(batch, "AY", said(night, first.claim_id, status("A7", "562", "82"))),
          claim_answer(batch, "PR", said(night, second.claim_id, status("A7", "164", "IL"))))  # fmt: skip
    found = {item.claim_id: item for item in items(night)}
    assert (found[first.claim_id].category, found[first.claim_id].fault) == ("provider enrolment", "billing")
    one = found[second.claim_id]
    assert (one.category, one.next_action, one.reworkable, one.confidence) == (
        "eligibility", "CORRECT_RESUBMIT", "yes", "medium")  # fmt: skip
    assert one.remarks == "A7:164:IL" and one.cited.startswith("A7:164:IL: row") and "EG104" in one.edits
    assert one.deadline_basis.startswith("filing limit") and not items(night, WorkKind.DENIAL)


def test_the_set_that_went_down_with_one_claim_is_nobodys_fault(night: Night, batch: BatchRow) -> None:
    guilty = members(night, batch)[0]
    error = SegmentError(segment="NM1", position=guilty.first_segment + 1, loop="2010BA", code="8",
                         elements=(ElementError(position="9", code="7"),), **PLACE)  # fmt: skip
    apply(night, group(batch, "R", error))
    found = {item.claim_id: item for item in items(night)}
    assert (found[guilty.claim_id].category, found[guilty.claim_id].remarks) == ("eligibility", "999:NM109:2010BA:7")
    assert (found[None].category, found[None].fault, found[None].chance) == ("file format", "nobody", 95)


def test_a_refused_file_is_classified_by_its_note(night: Night, batch: BatchRow) -> None:
    apply(night, ta1(batch, "R", "006"))
    (item,) = items(night)
    assert (item.category, item.next_action, item.remarks) == ("submitter enrolment", "INVESTIGATE", "TA1:006")


def test_the_practices_own_row_changes_what_waits(night: Night, batch: BatchRow) -> None:
    member = members(night, batch)[0]
    apply(night, claim_answer(batch, "PR", said(night, member.claim_id, status("A7", "255"))))
    (before,) = items(night)
    assert before.category == "diagnosis"
    (night.workspace.root / "rejections.csv").write_text(
        "answer,code,detail,entity,payer,category,cause,reworkable,action,how,chance,fault,edits,effective_from,"
        "effective_to,source,verified\n277CA,255,,,*,documentation,Ours,yes,ATTACH_RECORDS,Send the notes,50,payer,,"
        "2026-01-01,,letter,yes\n")
    inbound.route_denials(night)
    (after,) = items(night)
    assert (after.id, after.category, after.next_action, after.chance) == (
        before.id, "documentation", "ATTACH_RECORDS", 50)  # fmt: skip
    assert (after.sentence, after.remarks) == (before.sentence, before.remarks)


def test_a_claim_that_the_payer_split_keeps_every_number_and_verdict(night: Night, batch: BatchRow) -> None:
    """Two parts of one claim under numbers of their own: one goes on, one is refused; in either order, twice."""
    key = members(night, batch)[0].claim_id
    taken = said(night, key, status("A2"), payer_claim_control_number="ICN-A")
    also = said(night, key, status("A2"), payer_claim_control_number="ICN-B")
    refused = said(night, key, status("A7", "164", "IL"), payer_claim_control_number="ICN-C")
    apply(night, claim_answer(batch, "PR", refused, taken, also))
    apply(night, claim_answer(batch, "PR", refused, taken, also).replace(b"~", b"~\n"))
    assert states(night)[key] is State.REJECTED
    with night.store.read() as conn:
        assert sorted(references.of_claim(conn, key)[ReferenceKind.PAYER]) == ["ICN-A", "ICN-B", "ICN-C"]
        trail = [one.detail.split(":")[0] for one in events.of_claim(conn, key) if "277CA" in one.event.value]
    assert sorted(trail) == ["part ICN-A", "part ICN-B", "part ICN-C"]
    [item] = items(night)
    assert "A7:164:IL" in item.sentence
    assert "another part in as ICN-A, ICN-B" in item.sentence


def test_a_copy_that_is_refused_takes_nothing_back(night: Night, batch: BatchRow) -> None:
    """The partner saw the file twice: what it said of the first copy stands."""
    apply(night, group(batch, "A"), ta1(batch, "R", "025"))
    assert {states(night)[m.claim_id] for m in members(night, batch)} == {State.RECEIVED}
    assert items(night) == []
    [item] = items(night, WorkKind.ACKNOWLEDGEMENT)
    assert (item.category, item.next_action) == ("copy", "NOTHING")
    assert f"{batch.claim_count} claims" in item.sentence


def test_a_late_refusal_of_what_was_paid_is_no_work(night: Night, batch: BatchRow) -> None:
    first, *others = members(night, batch)
    with night.store.begin() as conn:
        for one in others:
            events.append(conn, one.claim_id, Event.PAID, "test", "835")
    apply(night, ta1(batch, "R", "006"))
    assert {states(night)[one.claim_id] for one in others} == {State.PAID}
    [item] = items(night)
    assert "1 claim wait" in item.sentence
    with night.store.read() as conn:
        assert item.amount_cents == claims.get(conn, first.claim_id).charge_cents
