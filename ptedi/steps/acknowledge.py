"""TA1, 999 and 277CA into claim events and work items, each with its evidence; in any order, any number of times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ptedi.denials import rejections
from ptedi.denials.rejections import Complaint
from ptedi.errors import UnreadableFile
from ptedi.findings import counted
from ptedi.steps import claim_answers, quarantine
from ptedi.steps.answer_book import AnswerBook
from ptedi.steps.collect import MIXED, put_away
from ptedi.steps.inbound_pages import ANSWER_CUT_OFF, NOT_X12, finding
from ptedi.steps.marked import is_test, usage_of
from ptedi.steps.night import Night
from ptedi.steps.words import error_words, set_words, ta1_words, verdict_words
from ptedi.store import batches, claims, events, files, references, work
from ptedi.store.batches import BatchClaim, BatchRow
from ptedi.store.claims import ClaimRow
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.acknowledgements import (
    GroupAcknowledgement,
    InterchangeAcknowledgement,
    SegmentError,
    SetAcknowledgement,
)
from ptedi.submissions.status import Event, State
from ptedi.transactions import acknowledgement_999, acknowledgement_ta1, claim_acknowledgement_277ca
from ptedi.x12.interchange import cut_off

_PASSED = frozenset({"A", "E"})
_REFUSED = frozenset("RMWX")  # AK901: rejected, or not to be trusted (authentication, assurance, decryption)
_COPY = "025"  # TA105: this interchange control number was used before
_SILENT = frozenset({State.BATCHED, State.SENT, State.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a file of acknowledgements did: answers read, claims newly accepted or rejected, answers to nothing sent."""

    file_id: int
    answers: int = 0
    accepted: int = 0
    rejected: int = 0
    unknown: int = 0


def apply_acknowledgements(night: Night, file_id: int) -> Applied:
    """Applies every TA1, 999 and 277CA of a file; a file applied before changes nothing."""
    with night.store.begin() as conn:
        file = files.get(conn, file_id)
        if file.state == files.QUARANTINED:
            return Applied(file_id=file_id)
        book = AnswerBook(night=night, conn=conn, file=file, rows=rejections.of_workspace(night.workspace.root))
        data = files.read_bytes(night.archive, file)
        try:
            if cut_off(data):
                return _refuse_cut(book, data)
            book.data = files.legible(data)
            _read(book)
        except UnreadableFile as problem:
            put_away(night, conn, file, data, [finding(NOT_X12, str(problem))])
            return Applied(file_id=file_id)
        references.note_all(conn, book.references, file_id)
        told = events.append_new(conn, book.events)
        if file.kind not in ("835", "mixed"):
            files.set_state(conn, file_id, files.PROCESSED)
    rejected = {e.claim_id for e in told if "rejected" in e.event.value}
    accepted = {e.claim_id for e in told} - rejected
    return Applied(file_id=file_id, answers=book.answers, accepted=len(accepted), rejected=len(rejected),
                   unknown=book.unknown)  # fmt: skip


def _refuse_cut(book: AnswerBook, data: bytes) -> Applied:
    """Half an answer is none: a verdict whose code is missing would read as a refusal.

    Remittances beside it in the file are judged for themselves.
    """
    problem = finding(ANSWER_CUT_OFF, "The file breaks off in the middle of an answer.")
    if book.file.kind == MIXED:
        work.put(book.conn, NewWork(
            key=f"file:{book.file.sha256}", kind=WorkKind.QUARANTINE, file_id=book.file.id, category="file",
            sentence=quarantine.sentence([problem]), next_action="LOOK_AT_FILE",
            how="Its remittances are posted as far as they are whole; its acknowledgements are not applied.",
        ))  # fmt: skip
    else:
        put_away(book.night, book.conn, book.file, data, [problem])
    return Applied(file_id=book.file.id)


def _read(book: AnswerBook) -> None:
    for interchange in acknowledgement_ta1.read(book.data):
        _interchange(book, interchange)
    for group in acknowledgement_999.read(book.data):
        _group(book, group)
    for one in claim_acknowledgement_277ca.read(book.data):
        claim_answers.apply(book, one)


# --- TA1: the interchange ---


def _interchange(book: AnswerBook, ta1: InterchangeAcknowledgement) -> None:
    book.answers += 1
    number, at = ta1.interchange_control_number, (ta1.segment_index, ta1.byte_offset)
    found = _ours(book, batches.by_interchange(book.conn, number), ta1)
    if found is None:
        sentence = f"A TA1 answers interchange {number}, which we did not send."
        book.nobody(f"TA1:{ta1.sender_id}:{number}:{ta1.code}", sentence)
        return
    words = ta1_words(ta1.code, ta1.note)
    book.confirm(found, f"TA1 {verdict_words(ta1.code)}", "" if ta1.code in _PASSED else words)
    if ta1.code in _PASSED:
        return
    members = batches.claims_of(book.conn, found.id)
    if ta1.note == _COPY:
        members = _not_taken(book, found, members, words)
        if not members:
            return
    for member in members:
        book.event(member.claim_id, Event.INTERCHANGE_REJECTED, f"TA1 {number} {ta1.code} {ta1.note}", words, at)
    book.whole(found, members, f"TA1 {number} {ta1.note}", f"The whole file was refused: {words}.",
           [Complaint(answer="TA1", code=ta1.note)])  # fmt: skip


def _not_taken(book: AnswerBook, batch: BatchRow, members: list[BatchClaim], words: str) -> list[BatchClaim]:
    """Of a file that is refused as a copy, the claims of which nobody said that the first copy was taken."""
    states = events.current_states(book.conn, [m.claim_id for m in members])
    left = [m for m in members if states[m.claim_id] in _SILENT]
    if len(left) < len(members):
        taken = counted(len(members) - len(left), "claim")
        work.put(book.conn, NewWork(
            key=f"ack:copy:{batch.id}", kind=WorkKind.ACKNOWLEDGEMENT, category="copy", file_id=book.file.id,
            sentence=f"The partner refused batch {batch.id} as a copy ({words}); {taken} of it went on before.",
            next_action="NOTHING", how="The first copy was taken: those claims stay as they are.",
        ))  # fmt: skip
    return left


def _ours(
    book: AnswerBook, found: Iterable[BatchRow], said: InterchangeAcknowledgement | GroupAcknowledgement
) -> BatchRow | None:  # fmt: skip
    """The batch that went to this sender from this receiver.

    Test files that went out before the workspace was for production have the numbers of its first real ones: ISA15 of
    the answer says which of the two it is about.
    """
    pair = (said.sender_id, said.receiver_id)
    fits = [b for b in found if not said.sender_id or (b.envelope.receiver_id, b.envelope.sender_id) == pair]
    if len({b.environment for b in fits}) > 1:
        world = "T" if is_test(usage_of(book.data), said.byte_offset) else "P"
        fits = [b for b in fits if b.environment == world]
    return next(iter(fits), None)


# --- 999: the functional group and its sets ---


def _group(book: AnswerBook, group: GroupAcknowledgement) -> None:
    book.answers += 1
    number = group.group_control_number
    found = _ours(book, batches.by_group(book.conn, number), group)
    if found is None:
        sentence = f"A 999 answers functional group {number}, which we did not send."
        book.nobody(f"999:{group.sender_id}:{number}:{group.code}", sentence)
        return
    faults = [error for one in group.sets for error in one.errors]
    book.confirm(found, f"999 {verdict_words(group.code)}", error_words(faults))
    members = batches.claims_of(book.conn, found.id)
    for one in group.sets:
        _set(book, found, [m for m in members if _same(m, one.control_number)], number, one)
        if members and not any(_same(m, one.control_number) for m in members):
            sentence = f"A 999 judges set {one.control_number} of our group {number}, which has no such set."
            book.nobody(f"999:{group.sender_id}:{number}:{one.control_number}:{one.code}", sentence)
    rest = [m for m in members if not any(_same(m, one.control_number) for one in group.sets)]
    if rest and (group.code in _REFUSED or (group.code in _PASSED and not group.sets)):
        verdict = SetAcknowledgement(set_id="837", control_number="", code=group.code, notes=group.notes,
                                     segment_index=group.segment_index, byte_offset=group.byte_offset)  # fmt: skip
        _set(book, found, rest, number, verdict)


def _same(member: BatchClaim, number: str) -> bool:
    """Whether AK202 is the ST02 of a claim's set; some partners leave its leading zeros off."""
    return number.lstrip("0") == member.set_control_number.lstrip("0")


def _set(
    book: AnswerBook, batch: BatchRow, members: list[BatchClaim], number: int, verdict: SetAcknowledgement
) -> None:
    """A set is accepted or refused as a whole; the claims at fault are named by CTX or by their place in the set."""
    key, at = f"999 {number} {verdict.control_number} {verdict.code}", (verdict.segment_index, verdict.byte_offset)
    rows = claims.get_all(book.conn, [m.claim_id for m in members])
    blamed = _blamed(verdict, members, rows)
    if verdict.code in _PASSED:
        for member in members:
            noted = error_words(blamed.get(member.claim_id, ()))
            words = f"accepted, errors noted: {noted}" if noted else ""
            book.event(member.claim_id, Event.FILE_ACCEPTED, key, words, at)
        return
    for member in members:
        words = error_words(blamed.get(member.claim_id, ())) or "refused with the set; the fault is in another claim"
        book.event(member.claim_id, Event.FILE_REJECTED, key, words, at)
        if member.claim_id in blamed:
            book.refused(rows[member.claim_id], key, f"The clearinghouse could not read the claim: {words}.",
                         rejections.of_errors(blamed[member.claim_id]))  # fmt: skip
    others = [m for m in members if m.claim_id not in blamed]
    if others:
        book.whole(batch, others, key, f"A set was refused: {set_words(verdict)}.",
               [] if blamed else rejections.of_set(verdict))  # fmt: skip


def _blamed(
    verdict: SetAcknowledgement, members: list[BatchClaim], rows: dict[int, ClaimRow]
) -> dict[int, list[SegmentError]]:
    """What each claim at fault is blamed for."""
    by_number = {row.patient_control_number: claim_id for claim_id, row in rows.items()}
    found: dict[int, list[SegmentError]] = {}
    for error in verdict.errors:
        claim_id = by_number.get(error.claim) or next(
            (m.claim_id for m in members if m.first_segment <= error.position <= m.last_segment), None
        )
        if claim_id is not None:
            found.setdefault(claim_id, []).append(error)
    return found
