"""TA1, 999 and 277CA into claim events and work items, each with its evidence; in any order, any number of times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ptedi.claims import identity
from ptedi.codes import claim_status
from ptedi.denials import priority, rejections
from ptedi.denials.rejections import Complaint
from ptedi.errors import UnreadableFile
from ptedi.findings import counted
from ptedi.money import from_cents
from ptedi.steps import quarantine
from ptedi.steps.collect import MIXED, put_away
from ptedi.steps.inbound_pages import ANSWER_CUT_OFF, NOT_X12, finding
from ptedi.steps.night import Night
from ptedi.steps.rejected import BYSTANDERS, rejection_work, spelled
from ptedi.steps.words import NOT_SENT_HOW, error_words, set_words, ta1_words, verdict_words
from ptedi.store import Connection, batches, claims, events, files, references, work
from ptedi.store.batches import BatchClaim, BatchRow
from ptedi.store.claims import ClaimRow
from ptedi.store.events import NewEvent
from ptedi.store.files import StoredFile
from ptedi.store.references import ReferenceKind
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.acknowledgements import (
    ClaimAcknowledgement,
    ClaimStatus,
    GroupAcknowledgement,
    InterchangeAcknowledgement,
    SegmentError,
    SetAcknowledgement,
    Status,
)
from ptedi.submissions.status import Event, State, after
from ptedi.transactions import acknowledgement_999, acknowledgement_ta1, claim_acknowledgement_277ca
from ptedi.x12.interchange import cut_off

_PASSED = frozenset({"A", "E"})
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
        book = _Book(night=night, conn=conn, file=file, rows=rejections.of_workspace(night.workspace.root))
        data = files.read_bytes(night.archive, file)
        try:
            if cut_off(data):
                return _refuse_cut(book, data)
            _read(book, data)
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


def _refuse_cut(book: _Book, data: bytes) -> Applied:
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


def _read(book: _Book, data: bytes) -> None:
    for interchange in acknowledgement_ta1.read(data):
        _interchange(book, interchange)
    for group in acknowledgement_999.read(data):
        _group(book, group)
    for one in claim_acknowledgement_277ca.read(data):
        _claim_acknowledgement(book, one)


@dataclass(slots=True, kw_only=True)
class _Book:
    """What one file of acknowledgements will change."""

    night: Night
    conn: Connection
    file: StoredFile
    events: list[NewEvent] = field(default_factory=list)
    references: list[tuple[int, ReferenceKind, str]] = field(default_factory=list)
    answers: int = 0
    unknown: int = 0
    rows: rejections.Rows

    def event(self, claim_id: int, what: Event, key: str, detail: str, at: tuple[int, int]) -> None:
        """Notes an event with its evidence."""
        self.events.append(NewEvent(
            claim_id=claim_id, event=what, actor="apply_acknowledgements", evidence_key=key[:128], detail=detail[:500],
            file_id=self.file.id, segment_index=at[0], byte_offset=at[1],
        ))  # fmt: skip

    def confirm(self, batch: BatchRow, answer: str, words: str) -> None:
        """The partner has the file; a test file keeps what was answered, since it has no claim that could."""
        batches.confirm(self.conn, batch.id, "" if batch.is_trial else answer)
        if batch.is_trial:
            said = f"{answer}: {words}" if words else answer
            batches.note(self.conn, batch.id, f"{said} (file {self.file.id})")

    def nobody(self, key: str, sentence: str) -> None:
        """An answer to something we did not send."""
        self.unknown += 1
        work.put(self.conn, NewWork(
            key=f"ack:{key}", kind=WorkKind.ACKNOWLEDGEMENT, category="unknown batch", file_id=self.file.id,
            sentence=sentence, next_action="INVESTIGATE", how=NOT_SENT_HOW,
        ))  # fmt: skip

    def refused(self, row: ClaimRow, key: str, sentence: str, complaints: Sequence[Complaint]) -> None:
        """A rejected claim waits for a person, with the partner's words and ours."""
        what = rejections.classify(complaints, payer=row.payer_id, on=row.service_date, rows=self.rows)
        work.put(self.conn, rejection_work(self.night, row, what, sentence, complaints,
                                           key=f"rejection:{row.id}:{key}", file_id=self.file.id))  # fmt: skip


# --- TA1: the interchange ---


def _interchange(book: _Book, ta1: InterchangeAcknowledgement) -> None:
    book.answers += 1
    number, at = ta1.interchange_control_number, (ta1.segment_index, ta1.byte_offset)
    found = _ours(batches.by_interchange(book.conn, number), ta1.sender_id, ta1.receiver_id)
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
    _whole(book, found, members, f"TA1 {number} {ta1.note}", f"The whole file was refused: {words}.",
           [Complaint(answer="TA1", code=ta1.note)])  # fmt: skip


def _not_taken(book: _Book, batch: BatchRow, members: list[BatchClaim], words: str) -> list[BatchClaim]:
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


def _ours(found: Iterable[BatchRow], sender: str, receiver: str) -> BatchRow | None:
    """The batch that went to this sender from this receiver."""
    pair = (sender, receiver)
    return next((b for b in found if not sender or (b.envelope.receiver_id, b.envelope.sender_id) == pair), None)


def _whole(
    book: _Book, batch: BatchRow, members: list[BatchClaim], key: str, sentence: str, complaints: Sequence[Complaint],
) -> None:  # fmt: skip
    """One work item for everything that was refused together; without complaints of its own the fault is elsewhere.

    What an 835 decided before, or a person, does not wait: a refusal moves it no more.
    """
    states = events.current_states(book.conn, [m.claim_id for m in members])
    waiting = [one for one, state in states.items() if after(state, Event.FILE_REJECTED) is State.REJECTED]
    if not waiting:
        return
    rows = claims.get_all(book.conn, waiting)
    amount = sum(row.charge_cents for row in rows.values())
    day = batch.service_date or batch.built_at.date()
    what = rejections.classify(complaints, on=day, rows=book.rows) if complaints else BYSTANDERS
    rank = priority(from_cents(amount), what.chance, None)
    work.put(book.conn, NewWork(
        key=f"batch:{batch.id}:{key}", kind=WorkKind.REJECTION, category=what.category, file_id=book.file.id,
        sentence=f"{sentence} {counted(len(rows), 'claim')} wait{'s' * (len(rows) == 1)}.", next_action=what.action,
        how=f"{what.how}. Look first whether an earlier copy was accepted; then `ptedi batch resend {batch.id}` sends "
            "the claims again under new control numbers.",
        amount_cents=amount, priority=rank.value, chance=what.chance, fault=what.fault, confidence=what.confidence,
        reworkable=what.reworkable, remarks=spelled(complaints), cited=what.cited, edits=" ".join(what.edits),
    ))  # fmt: skip


# --- 999: the functional group and its sets ---


def _group(book: _Book, group: GroupAcknowledgement) -> None:
    book.answers += 1
    number = group.group_control_number
    found = _ours(batches.by_group(book.conn, number), group.sender_id, group.receiver_id)
    if found is None:
        sentence = f"A 999 answers functional group {number}, which we did not send."
        book.nobody(f"999:{group.sender_id}:{number}:{group.code}", sentence)
        return
    faults = [error for one in group.sets for error in one.errors]
    book.confirm(found, f"999 {verdict_words(group.code)}", error_words(faults))
    members = batches.claims_of(book.conn, found.id)
    for one in group.sets:
        _set(book, found, [m for m in members if _same(m, one.control_number)], number, one)
    rest = [m for m in members if not any(_same(m, one.control_number) for one in group.sets)]
    if rest and group.code in ("A", "E", "R") and (not group.sets or group.code == "R"):
        verdict = SetAcknowledgement(set_id="837", control_number="", code=group.code, notes=group.notes,
                                     segment_index=group.segment_index, byte_offset=group.byte_offset)  # fmt: skip
        _set(book, found, rest, number, verdict)


def _same(member: BatchClaim, number: str) -> bool:
    """Whether AK202 is the ST02 of a claim's set; some partners leave its leading zeros off."""
    return number.lstrip("0") == member.set_control_number.lstrip("0")


def _set(book: _Book, batch: BatchRow, members: list[BatchClaim], number: int, verdict: SetAcknowledgement) -> None:
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
        _whole(book, batch, others, key, f"A set was refused: {set_words(verdict)}.",
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


# --- 277CA: the claims ---


def _claim_acknowledgement(book: _Book, one: ClaimAcknowledgement) -> None:
    book.answers += 1
    batch = next(iter(batches.by_reference(book.conn, one.batch_reference)), None) if one.batch_reference else None
    who = "payer" if one.from_payer else "clearinghouse"
    if batch is not None:
        book.confirm(batch, f"277CA from {who}", _told(one) if batch.is_trial else "")
        _refused_whole(book, one, batch, who)
    found = claims.by_control_numbers(book.conn, [c.patient_control_number for c in one.claims])
    parts = _numbers(one)
    for status in one.claims:
        row = found.get(status.patient_control_number)
        if row is None and batch is not None and batch.is_trial:
            continue
        if row is None:
            key = f"277CA:{one.batch_reference}:{book.file.sha256[:16]}:{status.segment_index}"
            book.nobody(key, f"A 277CA of {one.source_name or who} speaks of a claim that is not ours.")
        else:
            _status(book, one, row, status, split=len(parts[status.patient_control_number]) > 1)
    if batch is None and not one.claims:
        key = f"277CA:{one.batch_reference}:{one.control_number}:{book.file.sha256[:16]}"
        book.nobody(key, f"A 277CA answers batch {one.batch_reference or 'without number'}, which we did not send.")


def _refused_whole(book: _Book, one: ClaimAcknowledgement, batch: BatchRow, who: str) -> None:
    """A receiver or provider level refusal takes every claim of the set with it."""
    refusals = [s for s in (*one.receiver_statuses, *one.provider_statuses) if s.rejected]
    if not refusals or any(not c.rejected for c in one.claims):
        return
    words, first = _words(refusals), refusals[0]
    what = Event.PAYER_REJECTED if one.from_payer else Event.CLEARINGHOUSE_REJECTED
    key = f"277CA {who} {one.batch_reference} batch {_codes(refusals)}"
    number = batch.envelope.references[one.batch_reference]
    members = [m for m in batches.claims_of(book.conn, batch.id) if m.set_control_number == number]
    for member in members:
        book.event(member.claim_id, what, key, words, (first.segment_index, first.byte_offset))
    _whole(book, batch, members, key, f"The {who} refused the whole batch: {words}.", rejections.of_status(refusals))


def _status(
    book: _Book, one: ClaimAcknowledgement, row: ClaimRow, status: ClaimStatus, *, split: bool
) -> None:  # fmt: skip
    """One claim, or the part of it that the payer keeps under a number of its own (a split claim)."""
    book.references += [(row.id, ReferenceKind.PAYER, status.payer_claim_control_number),
                        (row.id, ReferenceKind.CLEARINGHOUSE, status.clearinghouse_trace)]  # fmt: skip
    who = "payer" if one.from_payer else "clearinghouse"
    every = [*status.statuses, *(s for line in status.lines for s in line.statuses)]
    words, at = _all_words(status), (status.segment_index, status.byte_offset)
    key = f"277CA {who} {one.batch_reference} {_codes(every)}"
    if split:
        key += f" {status.payer_claim_control_number}"
        words = f"part {status.payer_claim_control_number}: {words}"
    if status.rejected:
        book.event(row.id, Event.PAYER_REJECTED if one.from_payer else Event.CLEARINGHOUSE_REJECTED, key, words, at)
        refusals = [s for s in every if s.rejected]
        said = f"The {who} rejected {'a part of ' if split else ''}the claim: {_all_words(status, refusing=True)}."
        if split and (taken := _taken(one, row.patient_control_number)):
            said += f" It took another part in as {taken}: do not send that part again."
        book.refused(row, key, said, rejections.of_status(refusals))
        return
    into_adjudication = one.from_payer and any(c.category in ("A2", "A5") for s in status.statuses for c in s.codes)
    what = Event.PAYER_ACCEPTED if into_adjudication else Event.CLEARINGHOUSE_ACCEPTED
    book.event(row.id, what, key, words, at)


def _numbers(one: ClaimAcknowledgement) -> dict[str, set[str]]:
    """The payer's numbers of each claim: more than one when the payer split it."""
    found: dict[str, set[str]] = defaultdict(set)
    for status in one.claims:
        found[status.patient_control_number] |= {status.payer_claim_control_number} - {""}
    return found


def _taken(one: ClaimAcknowledgement, number: str) -> str:
    """The payer's numbers of the parts of a split claim that it took in."""
    told = [c for c in one.claims if c.patient_control_number == number and not c.rejected]
    return ", ".join(c.payer_claim_control_number for c in told)


def _all_words(status: ClaimStatus, *, refusing: bool = False) -> str:
    """The statuses of a claim in words, those of a line with the line; all of them, or those that refuse the claim."""
    parts = [_words(s for s in status.statuses if s.rejected or not refusing)]
    for line in status.lines:
        told = _words(s for s in line.statuses if s.rejected or not refusing)
        known = identity.line_of(line.line_control_number)
        name = f"line {known[1]} {line.procedure}" if known else f"line {line.procedure}"
        parts += [f"{name}: {told}"] if told else []
    return "; ".join(filter(None, parts))


def _told(one: ClaimAcknowledgement) -> str:
    """What a 277CA says of a whole set, claim by claim where it has claims."""
    heads = _words((*one.receiver_statuses, *one.provider_statuses))
    return "; ".join(filter(None, [*map(_all_words, one.claims)])) or heads


def _codes(statuses: Iterable[Status]) -> str:
    return " ".join(sorted({f"{c.category}:{c.status}:{c.entity}" for s in statuses for c in s.codes}))


def _words(statuses: Iterable[Status]) -> str:
    """Our words for each code, then the partner's own."""
    parts: list[str] = []
    for status in statuses:
        for code in status.codes:
            label = claim_status.label(code.category, code.status, code.entity)
            spelled = ":".join(filter(None, (code.category, code.status, code.entity)))
            parts.append(f"{spelled} {label}" if label else spelled)
        if status.message:
            parts.append(f'they say "{status.message}"')
    return "; ".join(dict.fromkeys(parts))

