"""The facts of a proof of timely filing: every sending of a claim and of those it replaces, every answer, raw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from ptedi.letters.model import Exhibit, FilingProof, Piece, Sending
from ptedi.steps.evidence import Evidence, RawSegment, evidence
from ptedi.steps.letter_facts import first_accepted, sender, subject, trace_of
from ptedi.steps.night import Night
from ptedi.steps.refused import Refused
from ptedi.store import Connection, batches, claims, coordination, files
from ptedi.store.batches import BatchRow
from ptedi.store.claims import ClaimRow
from ptedi.store.files import StoredFile

_KINDS: Mapping[str, str] = {"837": "837", "277": "277CA", "997": "999"}


def proof_facts(night: Night, case: Refused) -> FilingProof:
    """Everything the pack shows."""
    with night.store.read() as conn:
        rows = _chain(conn, case.row)
        sendings = [one for row in rows for one in _sendings(night, conn, row)]
        accepted = [found for row in rows if (found := first_accepted(night, conn, row.id))[0] is not None]
        trace = trace_of(conn, case)
    exhibits = [_exhibit(night, row, one) for row in rows
                for one in evidence(night, row.patient_control_number) or () if one.segments]  # fmt: skip
    first, who = min(accepted, key=lambda pair: pair[0] or date.max, default=(None, ""))
    days = case.profile.on(case.row.service_date).timely_filing_days
    went = [one.sent.astimezone(night.zone).date() for one in sendings if one.sent]
    return FilingProof(
        sender=sender(night), subject=subject(night, case, trace), day=night.today(), limit_days=days,
        last_day=case.row.service_date + timedelta(days=days) if days else None, first_sent=min(went, default=None),
        first_received=first, received_by=who, sendings=tuple(sendings), exhibits=tuple(exhibits),
    )  # fmt: skip


def _chain(conn: Connection, row: ClaimRow) -> list[ClaimRow]:
    """The claim and the earlier ones of its visit to the same payer, oldest first: the first filing counts."""
    same = claims.of_visits(conn, [row.visit_id])[row.visit_id]
    later = coordination.before(conn, [one.id for one in same])
    return [one for one in same if one.id <= row.id and one.payer_id == row.payer_id
            and (one.id == row.id or one.id not in later)]  # fmt: skip


def _sendings(night: Night, conn: Connection, row: ClaimRow) -> list[Sending]:
    found = []
    for batch in batches.of_claim(conn, row.id):
        place = next(one for one in batches.claims_of(conn, batch.id) if one.claim_id == row.id)
        partner = night.partners.get(batch.partner_id)
        found.append(Sending(
            claim=row.patient_control_number, file=batch.file_name, sha256=files.get(conn, batch.file_id).sha256,
            interchange=batch.interchange_control_number, group=batch.group_control_number,
            transaction_set=place.set_control_number, batch=_reference(batch, place.set_control_number),
            built=batch.built_at, sent=batch.sent_at, receiver=partner.name if partner else batch.partner_id,
        ))  # fmt: skip
    return found


def _reference(batch: BatchRow, number: str) -> str:
    """BHT03 of a set."""
    return next((one for one, told in batch.envelope.references.items() if told == number), batch.batch_reference)


def _exhibit(night: Night, row: ClaimRow, one: Evidence) -> Exhibit:
    with night.store.read() as conn:
        stored = _file(conn, one.sha256)
    return Exhibit(
        claim=row.patient_control_number, kind=_KINDS.get(one.set_id, one.set_id), says=", ".join(one.events),
        file=one.file, sha256=one.sha256, received=stored.received_at,
        pieces=tuple(_piece(segment) for segment in one.segments),
    )  # fmt: skip


def _file(conn: Connection, digest: str) -> StoredFile:
    found = files.find(conn, digest) or files.find(conn, digest, "out")
    assert found is not None  # noqa: S101 - its segments were just read from it
    return found


def _piece(segment: RawSegment) -> Piece:
    said = tuple(f"{value.name or value.ref} {value.value}: {value.meaning}" for value in segment.values
                 if value.meaning)  # fmt: skip
    return Piece(index=segment.index, text=segment.text, name=segment.name, words=said)
