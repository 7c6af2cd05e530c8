"""Batches for people: the list, one batch with a page per claim, and the proof that it can be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ptedi.claims.model import Claim
from ptedi.money import from_cents
from ptedi.steps import report
from ptedi.steps.batch import rebuild
from ptedi.steps.evidence import RawSegment, claims_in_file
from ptedi.steps.night import Night
from ptedi.store import Connection, batch_rows, batches, claims, events, files
from ptedi.store.batch_rows import WantedBatches
from ptedi.store.batches import BatchRow


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchHead:
    """A batch in a list: where it went, under which numbers, what it carries and what became of it.

    `reference` is BHT03 of its first set, `further_references` those of the others; `second_opinion_claims` is how many
    of its claims pyx12 judged too; our own checks judged all.  A `trial` is a test file: no claim of ours is in it.
    """

    id: int
    partner: str
    environment: str
    service_date: date | None
    interchange: str
    group: int
    reference: str
    further_references: tuple[str, ...]
    file: str
    sha256: str
    claims: int
    charge: Decimal
    state: str
    reason: str
    built_at: datetime
    sent_at: datetime | None
    states: dict[str, int]
    second_opinion_claims: int
    trial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchClaim:
    """A claim of a batch: where it is, in which set (ST02), the claim, its segments as archived."""

    state: str
    set_control_number: str
    claim: Claim
    segments: tuple[RawSegment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """An answer to a batch: which, from which file, when, and how many of its claims it speaks of."""

    event: str
    file: str
    file_id: int
    at: datetime
    claims: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """A report in words that a partner left about a batch; its bytes lie unchanged in the archive."""

    file_id: int
    file: str
    at: datetime
    archived: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchStory:
    """One batch whole."""

    head: BatchHead
    answers: tuple[BatchAnswer, ...]
    reports: tuple[BatchReport, ...]
    claims: tuple[BatchClaim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A batch made again: both hashes, and the new bytes."""

    batch_id: int
    archived_sha256: str
    rebuilt_sha256: str
    data: bytes

    @property
    def same(self) -> bool:
        """Whether not a byte differs."""
        return self.archived_sha256 == self.rebuilt_sha256


def batch_list(night: Night) -> list[BatchHead]:
    """Every batch, newest first."""
    with night.store.read() as conn:
        return heads(conn, batch_rows.page(conn, WantedBatches(), None, 0))


def batch_story(night: Night, batch_id: int) -> BatchStory | None:
    """One batch with its claims, their segments and what was answered; None when there is no such batch."""
    with night.store.read() as conn:
        row = batches.find(conn, batch_id)
        if row is None:
            return None
        sets = {one.claim_id: one.set_control_number for one in batches.claims_of(conn, batch_id)}
        order = list(sets)
        documents, states = claims.load_all(conn, order), events.current_states(conn, order)
        data = files.read_bytes(night.archive, files.get(conn, row.file_id))
        (head,), answers = heads(conn, [row]), answers_of(conn, row)
        reports = reports_of(conn, batch_id)
    numbers = {documents[one].claim.patient_control_number: documents[one].service_date for one in order}
    segments = claims_in_file(data, numbers)
    members = tuple(
        BatchClaim(state=states[one].value if one in states else "", set_control_number=sets[one],
                   claim=documents[one].claim,
                   segments=segments.get(documents[one].claim.patient_control_number, ()))
        for one in order
    )  # fmt: skip
    return BatchStory(head=head, answers=answers, reports=reports, claims=members)


def rebuilt(night: Night, batch_id: int) -> Rebuilt | None:
    """Makes a batch again from its claims and its envelope; None when there is no such batch."""
    with night.store.read() as conn:
        row = batches.find(conn, batch_id)
        archived = files.get(conn, row.file_id).sha256 if row else ""
    if row is None:
        return None
    data = rebuild(night, batch_id)
    return Rebuilt(batch_id=batch_id, archived_sha256=archived, rebuilt_sha256=hashlib.sha256(data).hexdigest(),
                   data=data)  # fmt: skip


def heads(conn: Connection, rows: Sequence[BatchRow]) -> list[BatchHead]:
    """Batches with the states of their claims, in their order; two queries however many there are."""
    states = batch_rows.states_of(conn, [row.id for row in rows])
    hashes = batch_rows.hashes_of(conn, [row.file_id for row in rows])
    return [_head(row, states[row.id], hashes[row.file_id]) for row in rows]


def answers_of(conn: Connection, row: BatchRow) -> tuple[BatchAnswer, ...]:
    """What was answered since the batch was built, file by file."""
    return tuple(BatchAnswer(event=one.event, file=one.file, file_id=one.file_id, at=one.at, claims=one.claims)
                 for one in batch_rows.answers(conn, row.id, row.built_at))  # fmt: skip


def reports_of(conn: Connection, batch_id: int) -> tuple[BatchReport, ...]:
    """The reports in words that came about a batch."""
    return tuple(BatchReport(file_id=one.id, file=one.original_name, at=one.received_at, archived=one.stored_name)
                 for one in report.of_batch(conn, batch_id))  # fmt: skip


def _head(row: BatchRow, states: dict[str, int], sha256: str) -> BatchHead:
    return BatchHead(
        id=row.id, partner=row.partner_id, environment=row.environment, service_date=row.service_date,
        interchange=f"{row.interchange_control_number:09d}", group=row.group_control_number,
        reference=row.batch_reference, further_references=row.envelope.further_references, file=row.file_name,
        sha256=sha256,
        claims=row.claim_count, charge=from_cents(row.charge_cents), state=row.state.value, reason=row.reason,
        built_at=row.built_at, sent_at=row.sent_at, states=states,
        trial=row.is_trial,
        second_opinion_claims=row.claim_count if row.second_opinion_claims is None else row.second_opinion_claims,
    )  # fmt: skip
