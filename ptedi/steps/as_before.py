"""What leads a claim back to where it stood before a person ended it, when that person's act is taken back."""

from __future__ import annotations

from ptedi.steps.known import StoreLookup
from ptedi.steps.remit_claims import stands_now
from ptedi.store import Connection, events, payments
from ptedi.store.claims import ClaimRow
from ptedi.submissions.status import Event, State

_AGAIN = {State.HELD: Event.HELD, State.REJECTED: Event.REJECTION_STANDS}


def as_before(conn: Connection, row: ClaimRow, act: Event) -> tuple[Event, ...]:
    """The events that follow when the newest act of this kind is taken back, in order; none when nothing stood.

    What an 835 decided since stands as it is now; an appeal that was out is out again; what an edit held or an
    acknowledgement rejected, and no payer decided, is held or rejected again.
    """
    stood = _stood(conn, row.id, act)
    known = StoreLookup(conn).by_control_number(row.patient_control_number)
    history = payments.history(conn, [row.id]).get(row.id, [])
    if known is None or not history:
        again = _AGAIN.get(stood) if stood else None
        return (again,) if again else ()
    now = stands_now(history, known)
    appealed = stood is State.APPEALED and now in (Event.DENIED, Event.PARTLY_PAID)
    return tuple(one for one in (now, Event.APPEAL_STANDS if appealed else None) if one)


def _stood(conn: Connection, claim_id: int, act: Event) -> State | None:
    """The state in which the newest act of this kind found the claim."""
    story = events.of_claim(conn, claim_id)
    at = max((i for i, one in enumerate(story) if one.event is act), default=0)
    return story[at - 1].state_after if at else None
