"""Visits that changed after they were billed: what to send about each is drafted; a person releases it or not.

A draft is no claim: it has no number, stands in no book and goes nowhere.  `release` makes it one.  What it replaces is
superseded in the same transaction: its charge leaves the books as the new one enters, and what a payer paid on it stays
there until the payer takes it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

from ptedi.claims import assembly, changes
from ptedi.claims.changes import Action, Proposal
from ptedi.claims.model import CodedClaim, Visit
from ptedi.claims.spans import joined, period, together
from ptedi.edits import visits as edited
from ptedi.edits.repairs import APPROVED, REPAIR
from ptedi.money import cents
from ptedi.steps import spans
from ptedi.steps.hold import filing_deadline
from ptedi.steps.night import Night
from ptedi.steps.past import Past
from ptedi.steps.rulebook import Rulebook
from ptedi.steps.spans import pieces
from ptedi.steps.spent import Spent
from ptedi.store import Connection, claims, coordination, drafts, events, payments, references, visits, work
from ptedi.store.claims import ClaimRow
from ptedi.store.drafts import DraftRow, DraftState, NewDraft
from ptedi.store.references import ReferenceKind
from ptedi.store.visits import VisitRow
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import State

UNNUMBERED = "DRAFT"
"""Stands for the control number that only a released claim gets."""
CATEGORY = "changed after billing"
BY_HAND = "send a corrected claim"
RELEASE = "approve, then it goes out"
NOTHING_LEFT = "Nothing that can be billed is left: have the payer void the claim."
_UNDONE = "the visit says again what was billed"
_NEWER = "the visit was captured again since"


def draft(night: Night, conn: Connection, visit_ids: Iterable[str]) -> set[str]:
    """Drafts what to send about billed visits with another content; returns those that need a person's own thoughts."""
    unclear: set[str] = set()
    wanted = sorted(visit_ids)
    newest, known = visits.newest(conn, wanted), claims.of_visits(conn, wanted)
    for old in drafts.list_open(conn, wanted):
        if old.visit_row_id != newest[old.visit_id].row_id:
            _withdraw(conn, old, _NEWER)
    for visit_id in wanted:
        before = billed(conn, known.get(visit_id, []))
        if before is None or not _put(night, conn, newest[visit_id], before):
            unclear.add(visit_id)
        elif len(visits.of_claims(conn, [before.id])[before.id]) > 1:
            _one_draft(conn, before, newest[visit_id].row_id)
    return unclear


def _one_draft(conn: Connection, before: ClaimRow, visit_row_id: int) -> None:
    """A claim of several visits has one draft, of the visit that changed last: it holds what all of them say now."""
    for old in drafts.list_open(conn):
        if old.claim_id == before.id and old.visit_row_id != visit_row_id:
            _withdraw(conn, old, "another visit of the claim was captured again since")


def refresh(night: Night) -> int:
    """Looks at open drafts again: a payer's number may have become known, or settings corrected; how many changed."""
    changed = 0
    with night.store.read() as conn:
        waiting = drafts.list_open(conn)
    for one in waiting:
        with night.store.begin() as conn:
            row = visits.get(conn, [one.visit_row_id])[one.visit_row_id]
            before = billed(conn, claims.of_visits(conn, [one.visit_id])[one.visit_id])
            if before is not None:
                _put(night, conn, row, before)
            changed += drafts.of_revision(conn, one.visit_row_id) != one
    return changed


def proposal(night: Night, conn: Connection, row: VisitRow, before: ClaimRow, number: str) -> Proposal | None:
    """What today's settings and knowledge would have us send, as the claim of this number; None when nobody can say."""
    profile, several = night.profiles.get(before.payer_id), [one.visit for one in members(conn, row, before)]
    if profile is None or any(visit.primary.payer_id != before.payer_id for visit in several):
        return None
    if len(several) > 1 and len({period(v.service_date, profile.on(v.service_date)) for v in several}) > 1:
        return None
    spent = Spent.before_claims_of(night, conn, several)
    try:
        coded = pieces(night, several, profile, number, spent)
    except (LookupError, ValueError, ArithmeticError):
        return None
    groups = together([p for p in coded if p.coded.claim.lines] or coded[:1], profile.on(before.service_date))
    now = joined(groups[0], number)
    if len(groups) > 1 or len(assembly.parts(now)) > 1:
        return None
    sent = claims.load(conn, before.id)
    now = _as_approved(night, conn, before, several, sent, now)
    if events.current_states(conn, [before.id])[before.id] is State.REJECTED:
        return changes.resend(sent, now)
    found = changes.propose(sent, now, profile.on(now.service_date), _payer_number(conn, before.id))
    return found if found.action is not Action.VOID else replace(found, draft=None, message=NOTHING_LEFT)


def _as_approved(
    night: Night, conn: Connection, before: ClaimRow, several: Sequence[Visit], sent: CodedClaim, now: CodedClaim,
) -> CodedClaim:  # fmt: skip
    """The claim with the repairs of the billed one: what a person took for right is right as long as it is the same.

    A repair that would now change something else than it did is offered again.
    """
    said = tuple(note for note in sent.notes if note.subject == APPROVED)
    if not said and not any(note.subject == REPAIR for note in sent.notes):
        return now
    rules, profile = Rulebook.of(night), night.profiles[before.payer_id]
    past = Past.of_patients(night, conn, [before], several, rules.records)
    kept = replace(now, notes=(*now.notes, *said))
    return edited.whole(kept, spans.fix(kept, several, night, profile, before, past, rules.waivers)).coded


def members(conn: Connection, row: VisitRow, before: ClaimRow) -> list[VisitRow]:
    """The visits of a billed claim as they are captured now, the changed one among them."""
    ids = [one.visit_id for one in visits.of_claims(conn, [before.id])[before.id]]
    newest = visits.newest(conn, ids) | {row.visit_id: row}
    return [newest[visit_id] for visit_id in dict.fromkeys((*ids, row.visit_id))]


def lines(found: Proposal) -> tuple[str, ...]:
    """The line diff in words."""
    return tuple(change.message for change in found.changes)


def item_key(visit_row_id: int, *about: str) -> str:
    """The key of the work item of a draft as it is now."""
    return f"draft:{visit_row_id}:{sha256('|'.join(about).encode()).hexdigest()[:12]}"


def close_items(conn: Connection, visit_row_id: int, resolution: str, keep: str = "") -> None:
    """Closes the questions about a revision's draft."""
    start = f"draft:{visit_row_id}:"
    gone = [item.id for item in work.list_work(conn, kinds=[WorkKind.DRAFT])
            if item.key.startswith(start) and item.key != keep]  # fmt: skip
    work.resolve(conn, gone, resolution)


def _put(night: Night, conn: Connection, row: VisitRow, before: ClaimRow) -> bool:
    """Keeps the draft of a revision with its question; False when nothing can be drafted."""
    found = proposal(night, conn, row, before, UNNUMBERED)
    if found is None:
        return False
    old = drafts.of_revision(conn, row.row_id)
    if found.action is Action.NOTHING:
        if old is not None:
            _withdraw(conn, old, _UNDONE)
        return True
    drafts.put(conn, NewDraft(visit_row_id=row.row_id, visit_id=row.visit_id, claim_id=before.id,
                              action=found.action.value, message=found.message, changes=lines(found),
                              coded=found.draft))  # fmt: skip
    item = _item(night, row, before, found)
    close_items(conn, row.row_id, "the draft changed", item.key)
    work.put(conn, item)
    return True


def _withdraw(conn: Connection, old: DraftRow, reason: str) -> None:
    drafts.close(conn, old.id, DraftState.WITHDRAWN)
    close_items(conn, old.visit_row_id, reason)


def _item(night: Night, row: VisitRow, before: ClaimRow, found: Proposal) -> NewWork:
    told = "; ".join(lines(found)) or "what surrounds the lines changed"
    deadline = filing_deadline(night, before)
    after = cents(found.draft.claim.charge) if found.draft else before.charge_cents
    how = ("`ptedi claim` shows the claim as billed; `ptedi work approve ITEM` sends the draft with the next batch, "
           "`ptedi work dismiss ITEM` leaves things as they are.") if found.draft else (
           "`ptedi work dismiss ITEM` closes this when it is done or needs nothing.")  # fmt: skip
    return NewWork(
        key=item_key(row.row_id, found.action.value, found.message, told), kind=WorkKind.DRAFT, claim_id=before.id,
        category=CATEGORY, sentence=f"Captured again after billing: {told}.  {found.message}",
        next_action=RELEASE if found.draft else _next(found.action), how=how, amount_cents=after, deadline=deadline,
        deadline_basis="timely filing, counted from the service date" if deadline else "",
    )  # fmt: skip


def _next(action: Action) -> str:
    return {Action.WAIT: "wait for the payer's number", Action.REOPEN: "ask for a reopening"}.get(action, BY_HAND)


def billed(conn: Connection, rows: Sequence[ClaimRow]) -> ClaimRow | None:
    """The one claim that a change is about: the living one that went out, else the last one; None when several live."""
    later = coordination.before(conn, [row.id for row in rows])
    rows = [row for row in rows if row.id not in later]
    out = claims.in_batch(conn, [row.id for row in rows])
    went = [row for row in rows if row.id in out]
    states = events.current_states(conn, [row.id for row in went])
    living = [row for row in went if states[row.id] is not State.SUPERSEDED]
    if len(living) > 1:
        return None
    last = living or went
    return last[-1] if last else None


def _payer_number(conn: Connection, claim_id: int) -> str:
    """What the payer calls a claim: the last remittance says it (CLP07), else the last 277CA (REF*1K)."""
    paid = [one.clp.payer_claim_control_number for one in payments.of_claims(conn, [claim_id]).get(claim_id, [])]
    told = references.of_claim(conn, claim_id).get(ReferenceKind.PAYER, [])
    return next((number for number in (*reversed(paid), *reversed(told)) if number), "")
