"""What one file of acknowledgements will change: events with their evidence, and the work items of refusals."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from ptedi.denials import priority, rejections
from ptedi.denials.rejections import Complaint
from ptedi.findings import counted
from ptedi.money import from_cents
from ptedi.steps.night import Night
from ptedi.steps.rejected import BYSTANDERS, rejection_work, spelled
from ptedi.steps.words import NOT_SENT_HOW
from ptedi.store import Connection, batches, claims, events, work
from ptedi.store.batches import BatchClaim, BatchRow
from ptedi.store.claims import ClaimRow
from ptedi.store.events import NewEvent
from ptedi.store.files import StoredFile
from ptedi.store.references import ReferenceKind
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import Event, State, after

_KEY = 96  # characters; work items put up to 32 before it


@dataclass(slots=True, kw_only=True)
class AnswerBook:
    """What one file of acknowledgements will change."""

    night: Night
    conn: Connection
    file: StoredFile
    data: bytes = b""
    events: list[NewEvent] = field(default_factory=list)
    references: list[tuple[int, ReferenceKind, str]] = field(default_factory=list)
    answers: int = 0
    unknown: int = 0
    rows: rejections.Rows

    def event(self, claim_id: int, what: Event, key: str, detail: str, at: tuple[int, int]) -> None:
        """Notes an event with its evidence."""
        self.events.append(NewEvent(
            claim_id=claim_id, event=what, actor="apply_acknowledgements", evidence_key=_short(key),
            detail=detail[:500], file_id=self.file.id, segment_index=at[0], byte_offset=at[1],
        ))  # fmt: skip

    def confirm(self, batch: BatchRow, answer: str, words: str) -> None:
        """The partner has the file; a test file keeps what was answered, since it has no claim that could."""
        batches.confirm(self.conn, batch.id, "" if batch.is_trial else answer)
        if batch.is_trial:
            said = f"{answer}: {words}" if words else answer
            batches.note(self.conn, batch.id, f"{said} (file {self.file.id})")

    def nobody(self, key: str, sentence: str, answers: int = 1) -> None:
        """An answer to something we did not send, or so many answers of one set."""
        self.unknown += answers
        work.put(self.conn, NewWork(
            key=f"ack:{_short(key)}", kind=WorkKind.ACKNOWLEDGEMENT, category="unknown batch", file_id=self.file.id,
            sentence=sentence, next_action="INVESTIGATE", how=NOT_SENT_HOW,
        ))  # fmt: skip

    def silent(self, key: str, sentence: str) -> None:
        """An answer that names our claims and says nothing of them: they stay where they are."""
        work.put(self.conn, NewWork(
            key=f"ack:{_short(key)}", kind=WorkKind.ACKNOWLEDGEMENT, category="no verdict", file_id=self.file.id,
            sentence=sentence[:500], next_action="ASK_CLEARINGHOUSE", how="Ask for the status of these claims.",
        ))  # fmt: skip

    def refused(self, row: ClaimRow, key: str, sentence: str, complaints: Sequence[Complaint]) -> None:
        """A rejected claim waits for a person, with the partner's words and ours."""
        what = rejections.classify(complaints, payer=row.payer_id, on=row.service_date, rows=self.rows)
        work.put(self.conn, rejection_work(self.night, row, what, sentence, complaints,
                                           key=f"rejection:{row.id}:{_short(key)}", file_id=self.file.id))  # fmt: skip

    def whole(
        self, batch: BatchRow, members: list[BatchClaim], key: str, sentence: str, complaints: Sequence[Complaint],
    ) -> None:  # fmt: skip
        """One work item for everything that was refused together; without complaints of its own the fault is elsewhere.

        What an 835 decided before, or a person, does not wait: a refusal moves it no more.
        """
        states = events.current_states(self.conn, [m.claim_id for m in members])
        waiting = [one for one, state in states.items() if after(state, Event.FILE_REJECTED) is State.REJECTED]
        if not waiting:
            return
        rows = claims.get_all(self.conn, waiting)
        amount = sum(row.charge_cents for row in rows.values())
        day = batch.service_date or batch.built_at.date()
        what = rejections.classify(complaints, on=day, rows=self.rows) if complaints else BYSTANDERS
        rank = priority(from_cents(amount), what.chance, None)
        work.put(self.conn, NewWork(
            key=f"batch:{batch.id}:{_short(key)}", kind=WorkKind.REJECTION, category=what.category,
            file_id=self.file.id, next_action=what.action,
            sentence=f"{sentence} {counted(len(rows), 'claim')} wait{'s' * (len(rows) == 1)}.",
            how=f"{what.how}. Look first whether an earlier copy was accepted; then `ptedi batch resend {batch.id}` "
                "sends the claims again under new control numbers.",
            amount_cents=amount, priority=rank.value, chance=what.chance, fault=what.fault, confidence=what.confidence,
            reworkable=what.reworkable, remarks=spelled(complaints), cited=what.cited, edits=" ".join(what.edits),
        ))  # fmt: skip


def _short(key: str) -> str:
    """A key that fits its column, other for other evidence: answers may differ in the last of many codes only."""
    return key if len(key) <= _KEY else f"{key[: _KEY - 17]} {hashlib.sha256(key.encode()).hexdigest()[:16]}"
