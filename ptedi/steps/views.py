"""Answers for people: claims, one claim's story, the worklist, the files that wait in the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec

from ptedi.claims.model import CodedClaim
from ptedi.config import Workspace
from ptedi.disk import write_whole
from ptedi.findings import Finding
from ptedi.steps.night import Night
from ptedi.store import views
from ptedi.store.views import ClaimRow, EventRow, PostingRow, WorkRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStory:
    """One claim from its charge rows to its last posting."""

    claim: ClaimRow
    coded: CodedClaim
    findings: tuple[Finding, ...]
    events: tuple[EventRow, ...]
    postings: tuple[PostingRow, ...]
    work: tuple[WorkRow, ...]


def list_claims(night: Night, *, states: tuple[str, ...] = (), service_date: date | None = None,
                payer_id: str | None = None) -> list[ClaimRow]:  # fmt: skip
    """Claims with their state and money."""
    with night.store.read() as connection:
        return views.list_claims(connection, states=states, service_date=service_date, payer_id=payer_id)


def claim_story(night: Night, patient_control_number: str) -> ClaimStory | None:
    """Everything known of one claim, None when there is no such claim."""
    with night.store.read() as connection:
        row = views.claim_row(connection, patient_control_number)
        if row is None:
            return None
        documents = views.finding_documents(connection, row.id)
        return ClaimStory(
            claim=row,
            coded=msgspec.json.decode(views.document(connection, row.id), type=CodedClaim),
            findings=tuple(msgspec.json.decode(text, type=Finding) for text in documents),
            events=tuple(views.events(connection, row.id)),
            postings=tuple(views.postings(connection, row.id)),
            work=tuple(views.worklist(connection, claim_id=row.id, resolved=True)),
        )


def worklist(night: Night, *, kinds: tuple[str, ...] = (), resolved: bool = False) -> list[WorkRow]:
    """What waits for a person."""
    with night.store.read() as connection:
        return views.worklist(connection, kinds=kinds, resolved=resolved)


def newest_service_date(night: Night) -> date | None:
    """The newest service date that has a claim."""
    with night.store.read() as connection:
        return views.newest_service_date(connection)


def drop(workspace: Workspace, name: str, data: bytes) -> None:
    """Puts a file into the inbox whole: temporary name, then rename."""
    write_whole(workspace.folder("inbox") / name, data)
