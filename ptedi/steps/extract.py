"""Captured charges in: each file once, each row with a verdict, each visit in its newest revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ptedi.disk import sweep, write_whole
from ptedi.findings import counted
from ptedi.intake import ChargeFile, RowVerdict
from ptedi.steps import drafts, inbox, quarantine
from ptedi.steps.books import reverse_charges
from ptedi.steps.charge_reader import ACTOR, Captured, Read, reading
from ptedi.steps.faults import point
from ptedi.steps.inbox import Waiting
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, events, files, visits, work
from ptedi.store.claims import ClaimRow
from ptedi.store.events import NewEvent
from ptedi.store.files import StoredFile
from ptedi.store.visits import Outcome, RowOutcome, Saved
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import Event, State

REFUSED = "refused charge rows"
_VISIT_KEY = "charge:visit:"
_FOLDED = "IN014"
_RECALLABLE = frozenset({State.CAPTURED, State.HELD, State.READY, State.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What extract_charges found: files taken, seen before and quarantined; visits and rows by verdict.

    `left_alone` counts what lies in the inbox and is never read: folders, links, pipes and hidden files;
    `stuck_in_inbox` what was taken in and cannot be deleted there, because the folder may not be written.
    """

    files: int = 0
    repeated_files: int = 0
    quarantined_files: int = 0
    visits: int = 0
    visits_changed: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    rows_repeated: int = 0
    rows_changed: int = 0
    drafts_changed: int = 0
    left_alone: int = 0
    stuck_in_inbox: int = 0


def extract_charges(night: Night) -> Extracted:
    """Takes every charge file of the inbox; a file that was taken before only leaves the inbox."""
    counts: Counter[str] = Counter()
    night.use_tables()
    for name in ("inbox", "archive", "rejects", "quarantine", "outbox"):
        sweep(night.workspace.folder(name))
    with night.store.exclusive("extract"):
        waiting = inbox.charge_files(night)
        with reading(night, waiting) as read:
            for one in waiting:
                counts.update(_take(night, one, read))
        counts["left_alone"] = inbox.left_alone(night.workspace.folder("inbox"))
        counts["drafts_changed"] = drafts.refresh(night)
        point("extract.drafts looked at")
    return Extracted(**counts)


def _take(night: Night, waiting: Waiting, read: Read) -> dict[str, int]:
    with night.store.begin() as conn:
        file = files.register(conn, night.archive, waiting.data, waiting.path.name, kind="charges")
    point("extract.registered")
    captured = read(waiting, file.original_name)
    if file.state == files.RECEIVED or _says_otherwise(night, file, captured.file):
        counts = _process(night, file, captured, waiting.data)
    else:
        counts = {"repeated_files": 1}
    point("extract.processed")
    stuck = not inbox.clear(waiting.path, waiting.data)
    point("extract.cleared")
    return counts | {"stuck_in_inbox": int(stuck)}


def _says_otherwise(night: Night, file: StoredFile, charges: ChargeFile) -> bool:
    """Whether a file that was dropped again has rows that are in order now, because settings were corrected."""
    if charges.refused:
        return False
    with night.store.read() as conn:
        before = {row.row for row in visits.rows_of(conn, file.id) if row.verdict == "rejected"}
    return file.state == files.QUARANTINED or bool(before - {row.row for row in charges.waiting})


def _process(night: Night, file: StoredFile, captured: Captured, data: bytes) -> dict[str, int]:
    """The file is archived; what it says is saved in one transaction, after the papers for people are written."""
    charges = captured.file
    if charges.refused:
        return _quarantine(night, file, charges, data)
    if captured.rejects:
        folder = night.workspace.folder("rejects")
        write_whole(folder / reject_name(file, charges.kind), captured.rejects)
    point("extract.rejects written")
    with night.store.begin() as conn:
        visits.lock(conn)
        saved = visits.save_records(conn, captured.visits, file.id)
        point("extract.visits saved")
        late = _supersede(conn, file, [one.visit_id for one in saved if one.outcome is Outcome.CHANGED])
        rows = _verdicts(charges, {one.visit_id: one for one in saved}, late)
        visits.save_rows(conn, file.id, rows)
        unclear = drafts.draft(night, conn, late)
        point("extract.drafts made")
        _ask(conn, file, charges, unclear)
        _answered(conn, {one.visit_id for one in saved})
        work.resolve_key(conn, _quarantine_key(file), "the file was dropped again and could be read")
        point("extract.rows saved")
        said = Counter(row.verdict for row in rows)
        sentence = ", ".join(f"{counted(count, 'row')} {verdict}" for verdict, count in sorted(said.items()))
        files.set_state(conn, file.id, files.PROCESSED, sentence)
    outcomes = Counter(one.outcome for one in saved)
    counts = {"files": 1, "visits": outcomes[Outcome.NEW], "visits_changed": outcomes[Outcome.CHANGED]}
    return counts | {f"rows_{verdict}": count for verdict, count in said.items()}


def reject_name(file: StoredFile, kind: str) -> str:
    """The name of a file's reject file: no words of ours or theirs that could name a patient."""
    return f"charges-{file.id}-{file.sha256[:8]}.{kind}"


def _quarantine(night: Night, file: StoredFile, charges: ChargeFile, data: bytes) -> dict[str, int]:
    quarantine.keep(night, file, data, charges.findings)
    point("extract.quarantine written")
    with night.store.begin() as conn:
        reason = quarantine.sentence(charges.findings)
        files.set_state(conn, file.id, files.QUARANTINED, reason)
        work.put(conn, NewWork(
            key=_quarantine_key(file), kind=WorkKind.QUARANTINE, file_id=file.id, category="charge file",
            sentence=reason, next_action="correct and drop again",
            how="The file is whole in quarantine/ with its reason beside it; nothing of it was taken.",
        ))  # fmt: skip
    return {"quarantined_files": 1}


def _supersede(conn: Connection, file: StoredFile, visit_ids: list[str]) -> set[str]:
    """Recalls the claims of changed visits; returns the visits whose claim is on its way and stays.

    A claim that was rejected was never adjudicated: the corrected visit goes out as a new one, not as a replacement.
    """
    late: set[str] = set()
    events.lock(conn, [row.id for rows in claims.of_visits(conn, visit_ids).values() for row in rows])
    for visit_id, rows in claims.of_visits(conn, visit_ids).items():  # again: until now they could part, or be released
        events.lock(conn, [row.id for row in rows])
        states = events.current_states(conn, [row.id for row in rows])
        living = [row for row in rows if states[row.id] is not State.SUPERSEDED]
        went_out = claims.batched(conn, [row.id for row in living if states[row.id] is not State.REJECTED])
        if not went_out and all(states[row.id] in _RECALLABLE for row in living):
            for row in living:
                _recall(conn, file, row)
        else:
            late.add(visit_id)
    return late


def _recall(conn: Connection, file: StoredFile, row: ClaimRow) -> None:
    events.append_all(conn, [NewEvent(
        claim_id=row.id, event=Event.SUPERSEDED, actor=ACTOR, evidence_key=f"charges {file.sha256}",
        detail="the visit was captured again with other content", file_id=file.id,
    )])  # fmt: skip
    reverse_charges(conn, {row.id: claims.load(conn, row.id)})
    asked = work.list_work(conn, kinds=[WorkKind.HELD, WorkKind.REJECTION], claim_ids=[row.id])
    work.resolve(conn, [item.id for item in asked], "the visit was captured again with other content")


def _verdicts(charges: ChargeFile, saved: Mapping[str, Saved], late: set[str]) -> list[RowOutcome]:
    return [
        RowOutcome(row=row.row, row_sha256=row.row_sha256, visit_id=row.visit_id,
                   verdict=_verdict(row, saved, late), codes=visits.codes(row.findings), letters=_letters(row))
        for row in charges.rows
    ]  # fmt: skip


def _letters(row: RowVerdict) -> tuple[str, ...]:
    """The columns of a row that are sent without their accents; its file keeps them as they were captured."""
    return tuple(dict.fromkeys(one.element for one in row.findings if one.code == _FOLDED and one.element))


def _verdict(row: RowVerdict, saved: Mapping[str, Saved], late: set[str]) -> str:
    if not row.accepted:
        return "rejected"
    if row.visit_id in late:
        return "changed"
    return "repeated" if saved[row.visit_id].outcome is Outcome.SAME else "accepted"


def _ask(conn: Connection, file: StoredFile, charges: ChargeFile, unclear: set[str]) -> None:
    """One work item per refused visit, and per visit that changed too late without a draft that would do.

    A visit of which a sound capture is stored waits for nobody, whatever an older file says of it.
    """
    refused: dict[str, list[RowVerdict]] = {}
    for row in charges.waiting:
        refused.setdefault(row.visit_id, []).append(row)
    for row in refused.pop("", []):
        _refused(conn, file, charges, _key(file, f"row {row.row}"), f"Row {row.row}", [row])
    sound = visits.known(conn, refused)
    for visit_id, rows in refused.items():
        if visit_id not in sound:
            _refused(conn, file, charges, f"{_VISIT_KEY}{visit_id}", f"Visit {visit_id}", rows)
    for visit_id in sorted(unclear):
        work.put(conn, NewWork(
            key=_key(file, visit_id), kind=WorkKind.CHARGE, file_id=file.id, category=drafts.CATEGORY,
            sentence="The visit was captured again with other content after its claim had gone out.",
            next_action=drafts.BY_HAND,
            how="Compare both captures with what was billed: several claims, or another payer.  Void or replace what "
                "was wrong.",
        ))  # fmt: skip


def _refused(
    conn: Connection, file: StoredFile, charges: ChargeFile, key: str, subject: str, rows: list[RowVerdict]
) -> None:
    """The item of a refused visit, or of a row of no visit, as its newest file has it."""
    stopping = [f for row in rows for f in row.findings if f.severity.stops and f.code != "IN072"]
    name = reject_name(file, charges.kind)
    work.renew(conn, NewWork(
        key=key, kind=WorkKind.CHARGE, file_id=file.id, category=REFUSED,
        sentence=f"{subject} in {name}: {quarantine.sentence(stopping)}"[:500], next_action="correct and drop again",
        how=f"{subject}: correct its rows in rejects/{name} and drop that file into inbox/.",
        remarks=" ".join(visits.codes(stopping)),
    ))  # fmt: skip


def _answered(conn: Connection, visit_ids: set[str]) -> None:
    """A visit that is in order now closes the items that its refused captures left."""
    waiting = [item for item in work.list_work(conn, kinds=[WorkKind.CHARGE]) if item.category == REFUSED]
    done = [item.id for item in waiting if item.key.split(":", 2)[2] in visit_ids]
    work.resolve(conn, done, "the visit was captured again and accepted")


def _quarantine_key(file: StoredFile) -> str:
    return f"quarantine:{file.sha256}"


def _key(file: StoredFile, subject: str) -> str:
    return f"charge:{file.sha256[:16]}:{subject}"
