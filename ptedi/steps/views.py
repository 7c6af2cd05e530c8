"""Answers for people: claims, one claim's story, the worklist, the files that wait in the inbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import msgspec

from ptedi.claims.model import CodedClaim
from ptedi.config import Workspace
from ptedi.disk import write_whole
from ptedi.findings import Finding
from ptedi.steps.night import Night
from ptedi.store import Connection, files, patients, views
from ptedi.store import worklist as grid
from ptedi.store.patients import PatientName
from ptedi.store.views import ClaimRow, EventRow, PostingRow, Wanted
from ptedi.store.worklist import WAITING, Shown, WantedWork, WorkRow
from ptedi.submissions.status import State


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStory:
    """One claim from its charge rows to its last posting.

    `successors` took the place of a superseded claim; `replaces` are the superseded claims this one took the place of;
    `file_names` are the names, as they came, of the charge files its lines name by sha256.
    """

    claim: ClaimRow
    coded: CodedClaim
    findings: tuple[Finding, ...]
    events: tuple[EventRow, ...]
    postings: tuple[PostingRow, ...]
    work: tuple[WorkRow, ...]
    successors: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    file_names: dict[str, str] = field(default_factory=dict)


def list_claims(night: Night, *, states: tuple[str, ...] = (), service_date: date | None = None,
                payer_id: str | None = None, patient_id: str | None = None, visit_id: str | None = None,
                first: date | None = None, last: date | None = None) -> list[ClaimRow]:  # fmt: skip
    """Claims with their state and money: of some states, a payer, a patient, a visit, a day or a span of days."""
    wanted = Wanted(states=states, payer_id=payer_id, patient_id=patient_id, visit_id=visit_id,
                    first=service_date or first, last=service_date or last)  # fmt: skip
    with night.store.read() as connection:
        return views.list_claims(connection, wanted)


def claims_page(night: Night, wanted: Wanted, limit: int, offset: int = 0) -> tuple[list[ClaimRow], int]:
    """So many of the claims that are asked for, after the first `offset`, and how many there are."""
    with night.store.read() as connection:
        return views.list_claims(connection, wanted, limit, offset), views.count_claims(connection, wanted)


def patients_named(night: Night, words: str, limit: int = 20) -> list[PatientName]:
    """Patients of whose names each word begins a part, by name; the words stay out of logs and addresses."""
    with night.store.read() as connection:
        return patients.find(connection, words, limit)


def claim_story(night: Night, patient_control_number: str) -> ClaimStory | None:
    """Everything known of one claim, None when there is no such claim."""
    with night.store.read() as connection:
        row = views.claim_row(connection, patient_control_number)
        if row is None:
            return None
        documents = views.finding_documents(connection, row.id)
        coded = _coded(connection, row)
        after, before = _line_of(connection, row, coded)
        return ClaimStory(
            claim=row, coded=coded, successors=after, replaces=before, file_names=_file_names(connection, coded),
            findings=tuple(msgspec.json.decode(text, type=Finding) for text in documents),
            events=tuple(views.events(connection, row.id)),
            postings=tuple(views.postings(connection, row.id)),
            work=tuple(grid.worklist(connection, _work(resolved=True), claim_id=row.id)),
        )


def _coded(connection: Connection, row: ClaimRow) -> CodedClaim:
    return msgspec.json.decode(views.document(connection, row.id), type=CodedClaim)


def _file_names(connection: Connection, coded: CodedClaim) -> dict[str, str]:
    named = sorted({source.file_sha256 for trace in coded.trace for source in trace.rows})
    found = ((sha256, files.find(connection, sha256)) for sha256 in named)
    return {sha256: file.original_name for sha256, file in found if file is not None}


def _line_of(connection: Connection, row: ClaimRow, coded: CodedClaim) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Claims in the place of a superseded one, and superseded ones in whose place a claim is; each by number.

    Of the other claims of its visits those of the same standing (primary, secondary) count: later living ones follow
    a superseded claim, earlier superseded ones went before a living one.
    """
    same = [one for one in views.of_same_visits(connection, row.id)
            if _coded(connection, one).claim.sequence == coded.claim.sequence]  # fmt: skip
    gone = row.state == State.SUPERSEDED
    after = [one for one in same if gone and one.id > row.id and one.state != State.SUPERSEDED]
    before = [one for one in same if not gone and one.id < row.id and one.state == State.SUPERSEDED]
    return (tuple(one.patient_control_number for one in after), tuple(one.patient_control_number for one in before))


def worklist(night: Night, *, kinds: tuple[str, ...] = (), resolved: bool = False) -> list[WorkRow]:
    """What waits for a person."""
    with night.store.read() as connection:
        return grid.worklist(connection, _work(kinds, resolved=resolved))


def work_page(night: Night, *, kinds: tuple[str, ...] = (), resolved: bool = False,
              limit: int) -> tuple[list[WorkRow], int]:  # fmt: skip
    """The first so many items of the worklist, and how many there are."""
    wanted = _work(kinds, resolved=resolved)
    with night.store.read() as connection:
        return grid.worklist(connection, wanted, limit=limit), grid.total(connection, wanted).items


def _work(kinds: tuple[str, ...] = (), *, resolved: bool) -> WantedWork:
    """Items of these kinds that wait and do not sleep; with `resolved` all of them."""
    return WantedWork(kinds=kinds, states=tuple(Shown) if resolved else WAITING)


def newest_service_date(night: Night) -> date | None:
    """The newest service date that has a claim."""
    with night.store.read() as connection:
        return views.newest_service_date(connection)


def drop(workspace: Workspace, name: str, data: bytes) -> None:
    """Puts a file into the inbox whole: temporary name, then rename."""
    write_whole(workspace.folder("inbox") / name, data)
