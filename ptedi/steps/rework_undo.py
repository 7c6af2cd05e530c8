"""An approved correction taken back before it stands in a file: what it replaced is there again, in the books too.

Once the night has put the corrected claim into a batch it is on its way: what is wrong with it is corrected again.
"""

from __future__ import annotations

from dataclasses import replace

from ptedi import dates
from ptedi.errors import ConfigurationError
from ptedi.ledger.model import Source
from ptedi.steps.as_before import as_before
from ptedi.steps.books import post_charges, reverse_charges
from ptedi.steps.faults import point
from ptedi.steps.moves import undone
from ptedi.steps.night import Night
from ptedi.steps.rework import Draft, show
from ptedi.store import Connection, claims, closings, coordination, decisions, events, postings, reworks, work
from ptedi.store.claims import ClaimRow
from ptedi.store.coordination import Step
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.events import NewEvent
from ptedi.store.postings import Booking
from ptedi.store.reworks import ReworkKind, ReworkRow, ReworkState
from ptedi.submissions.status import Event, State

_NOT_SENT = frozenset({State.CAPTURED, State.HELD, State.READY})


def take_back(night: Night, rework_id: int, person: str, reason: str) -> Draft:
    """Takes an approved correction back.  Once; again tells the same.

    Raises:
        ConfigurationError: it was not approved, it stands in a batch, there is no reason, or something happened since.
    """
    if not reason.strip():
        raise ConfigurationError("taking a correction back needs a reason")
    with night.store.exclusive("code"), night.store.exclusive("post"):
        with night.store.begin() as conn:
            one = reworks.get(conn, rework_id)
            if one is None or one.kind is not ReworkKind.CORRECTED:
                raise ConfigurationError(f"there is no draft {rework_id}", hint="`ptedi rework list` lists them")
            if one.state is not ReworkState.UNDONE:
                _undo(conn, one, person, reason.strip())
                point("rework.taken back")
    return show(night, rework_id)


def can_take_back(night: Night, rework_id: int) -> bool:
    """Whether an approved correction is not in a batch yet."""
    with night.store.read() as conn:
        one = reworks.get(conn, rework_id)
        if one is None or one.state is not ReworkState.DONE or one.released_id is None:
            return False
        try:
            _may(conn, claims.get(conn, one.claim_id), claims.get(conn, one.released_id))
        except ConfigurationError:
            return False
    return True


def _undo(conn: Connection, one: ReworkRow, person: str, reason: str) -> None:
    if one.state is not ReworkState.DONE or one.released_id is None:
        raise ConfigurationError(f"draft {one.id} is {one.state}, it was not approved")
    before, after = claims.get(conn, one.claim_id), claims.get(conn, one.released_id)
    events.lock(conn, sorted((before.id, after.id)))
    _may(conn, before, after)
    number = after.patient_control_number
    events.append_all(conn, [
        NewEvent(claim_id=after.id, event=Event.SUPERSEDED, actor=person, evidence_key=f"rework {one.id} taken back",
                 detail=f"taken back before it was sent: {reason}"[:500]),
        NewEvent(claim_id=before.id, event=Event.CORRECTION_UNDONE, actor=person,
                 evidence_key=f"rework {one.id} taken back", detail=f"{number} is not sent: {reason}"[:500]),
    ])  # fmt: skip
    point("rework.events taken back")
    _as_decided(conn, before, one, person)
    loaded = claims.load_all(conn, [before.id, after.id])
    reverse_charges(conn, {after.id: loaded[after.id]})
    post_charges(conn, {before.id: loaded[before.id]})
    moved = postings.find(conn, f"rework:{number}")
    if moved is not None:
        day = closings.open_day(conn, moved.effective, dates.today())
        postings.post_all(conn, [Booking(entry=undone(moved, day, Source.MANUAL))])
    _items(conn, before, after, one)
    reworks.decide(conn, one.id, ReworkState.DONE, ReworkState.UNDONE, person)
    decisions.record(conn, NewDecision(actor=person, action=Verb.UNDO, reason=reason, claim_id=before.id,
                                       detail=f"corrected claim {number} taken back"))  # fmt: skip


def _may(conn: Connection, before: ClaimRow, after: ClaimRow) -> None:
    number, states = after.patient_control_number, events.current_states(conn, [before.id, after.id])
    if claims.in_batch(conn, [after.id]) or states[after.id] not in _NOT_SENT:
        raise ConfigurationError(f"{number} is {states[after.id]}: it stands in a batch",
                                 hint="correct it again when it is answered")  # fmt: skip
    known = coordination.get(conn, [before.id]).get(before.id)
    if states[before.id] is not State.SUPERSEDED or (known is not None and known.next_claim_id is not None):
        raise ConfigurationError(f"{before.patient_control_number} is {states[before.id]} by now: nothing was taken "
                                 "back", hint="correct it again when it is answered")  # fmt: skip


def _as_decided(conn: Connection, before: ClaimRow, one: ReworkRow, person: str) -> None:
    """The claim stands as it did: as its payer decided, appealed or rejected."""
    events.append_all(conn, [
        NewEvent(claim_id=before.id, event=again, actor=person, detail="what was said of it before stands",
                 evidence_key=f"rework {one.id} taken back stands{number or ''}")
        for number, again in enumerate(as_before(conn, before, Event.REWORKED))
    ])  # fmt: skip
    shared = coordination.get(conn, [before.id]).get(before.id)
    if shared is not None and (shared.payer_id or shared.since):  # the night looks at its next payer again
        coordination.put(conn, replace(shared, step=Step.WAITING))


def _items(conn: Connection, before: ClaimRow, after: ClaimRow, one: ReworkRow) -> None:
    """What the correction closed waits again; what the corrected claim asked is closed."""
    open_now = work.list_work(conn, claim_ids=[after.id])
    work.resolve(conn, [item.id for item in open_now], f"{after.patient_control_number} was taken back")
    closed = work.list_work(conn, claim_ids=[before.id], open_only=False)
    work.reopen(conn, [item.key for item in closed],
                f"{one.decided_by}: corrected claim {after.patient_control_number}")  # fmt: skip
