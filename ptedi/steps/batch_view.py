"""Batches for people: the list, one batch with a page per claim, and the proof that it can be made again."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ptedi.claims.model import Claim
from ptedi.money import from_cents
from ptedi.steps import report
from ptedi.steps.batch import rebuild
from ptedi.steps.evidence import RawSegment, claims_in_file
from ptedi.steps.night import Night
from ptedi.store import Connection, batches, claims, events, files
from ptedi.store.batches import BatchRow
from ptedi.store.census import ANSWERS


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchHead:
    """A batch in a list: where it went, under which numbers, what it carries and what became of it.

    `second_opinion_claims` is how many of its claims pyx12 judged too; our own checks judged all.
    """

    id: int
    partner: str
    environment: str
    service_date: date | None
    interchange: str
    group: int
    reference: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchClaim:
    """A claim of a batch: where it is, the claim, its segments as archived."""

    state: str
    claim: Claim
    segments: tuple[RawSegment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """An answer to a batch: which, from which file, when, and how many of its claims it speaks of."""

    event: str
    file: str
    at: datetime
    claims: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """A report in words that a partner left about a batch; its bytes lie unchanged in the archive."""

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
        return [_head(conn, row) for row in reversed(batches.list_batches(conn))]


def batch_story(night: Night, batch_id: int) -> BatchStory | None:
    """One batch with its claims, their segments and what was answered; None when there is no such batch."""
    with night.store.read() as conn:
        row = _find(conn, batch_id)
        if row is None:
            return None
        order = [one.claim_id for one in batches.claims_of(conn, batch_id)]
        documents, states = claims.load_all(conn, order), events.current_states(conn, order)
        data = files.read_bytes(night.archive, files.get(conn, row.file_id))
        head, answers = _head(conn, row), _answers(conn, row, order)
        reports = tuple(BatchReport(file=one.original_name, at=one.received_at, archived=one.stored_name)
                        for one in report.of_batch(conn, batch_id))  # fmt: skip
    numbers = {documents[one].claim.patient_control_number: documents[one].service_date for one in order}
    segments = claims_in_file(data, numbers)
    members = tuple(
        BatchClaim(state=states[one].value if one in states else "", claim=documents[one].claim,
                   segments=segments.get(documents[one].claim.patient_control_number, ()))
        for one in order
    )  # fmt: skip
    return BatchStory(head=head, answers=answers, reports=reports, claims=members)


def rebuilt(night: Night, batch_id: int) -> Rebuilt | None:
    """Makes a batch again from its claims and its envelope; None when there is no such batch."""
    with night.store.read() as conn:
        row = _find(conn, batch_id)
        archived = files.get(conn, row.file_id).sha256 if row else ""
    if row is None:
        return None
    data = rebuild(night, batch_id)
    return Rebuilt(batch_id=batch_id, archived_sha256=archived, rebuilt_sha256=hashlib.sha256(data).hexdigest(),
                   data=data)  # fmt: skip


def _find(conn: Connection, batch_id: int) -> BatchRow | None:
    return next((row for row in batches.list_batches(conn) if row.id == batch_id), None)


def _head(conn: Connection, row: BatchRow) -> BatchHead:
    states = events.current_states(conn, [one.claim_id for one in batches.claims_of(conn, row.id)])
    counted = Counter(state.value for state in states.values())
    return BatchHead(
        id=row.id, partner=row.partner_id, environment=row.environment, service_date=row.service_date,
        interchange=f"{row.interchange_control_number:09d}", group=row.group_control_number,
        reference=row.batch_reference, file=row.file_name, sha256=files.get(conn, row.file_id).sha256,
        claims=row.claim_count, charge=from_cents(row.charge_cents), state=row.state.value, reason=row.reason,
        built_at=row.built_at, sent_at=row.sent_at, states=dict(sorted(counted.items())),
        second_opinion_claims=row.claim_count if row.second_opinion_claims is None else row.second_opinion_claims,
    )  # fmt: skip


def _answers(conn: Connection, row: BatchRow, order: list[int]) -> tuple[BatchAnswer, ...]:
    """What was answered since the batch was built, file by file."""
    found: dict[tuple[str, int], list[datetime]] = {}
    for claim_id in order:
        for one in events.of_claim(conn, claim_id):
            if one.event in ANSWERS and one.file_id is not None and one.at >= row.built_at:
                found.setdefault((one.event.value, one.file_id), []).append(one.at)
    return tuple(
        BatchAnswer(event=event, file=files.get(conn, file_id).original_name, at=min(times), claims=len(times))
        for (event, file_id), times in sorted(found.items(), key=lambda pair: (min(pair[1]), pair[0]))
    )  # fmt: skip
