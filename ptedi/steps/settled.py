"""The end of a claim's life: it is closed when nothing of it is open.

Late money or a person's act opens it again, and so does work that comes later (a contract loaded since finds it
underpaid, say): a closed claim waits for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from ptedi import dates
from ptedi.findings import counted
from ptedi.steps.faults import point
from ptedi.steps.night import Night, close_after
from ptedi.store import Connection, events, settled
from ptedi.store.events import NewEvent
from ptedi.submissions.status import Event, State

ACTOR = "take_census"
_PIECE = 500  # claims closed in one transaction
_AGAIN = {State.PAID: Event.PAID, State.PARTLY_PAID: Event.PARTLY_PAID, State.DENIED: Event.DENIED}


def close_settled(night: Night) -> int:
    """Closes the claims of which nothing is open and nothing was heard for a while; how many.

    Closed ones of which something waits by now are opened first.  Again, or after a kill: closes what is left.
    """
    quiet, closed = close_after(night.workspace), 0
    until = dates.now() - quiet if quiet else None  # at once: whatever the clock says, which may have gone back
    with night.store.exclusive("post"):  # what is settled is not settled differently meanwhile
        with night.store.begin() as conn:
            open_again(conn)
        with night.store.read() as conn:
            ids = settled.resting(conn, until)
        for start in range(0, len(ids), _PIECE):
            with night.store.begin() as conn:
                closed += _close(conn, ids[start : start + _PIECE], until, quiet)
                point("settled.closed")
        point("settled.kept")
    return closed


def open_again(conn: Connection, claim_ids: Iterable[int] | None = None, actor: str = ACTOR) -> int:
    """Opens those of these claims (None: of all) that are closed and of which something waits; how many.

    Each stands again as its payer decided it; who works on it moves it from there.
    """
    found = settled.woken(conn, claim_ids)
    events.lock(conn, found)
    heads, decided = events.heads(conn, found), events.decided_states(conn, found)
    events.append_all(conn, [
        NewEvent(claim_id=one, event=_AGAIN[decided[one]], actor=actor,
                 evidence_key=f"opened after event {heads[one][0]}",
                 detail="it was closed, and something waits: what its payer decided stands")
        for one in found if heads[one][1] is State.CLOSED and decided[one] in _AGAIN
    ])  # fmt: skip
    return len(found)


def _close(conn: Connection, ids: list[int], until: datetime | None, quiet: timedelta) -> int:
    events.lock(conn, ids)
    still = settled.resting(conn, until, ids)
    heads = events.heads(conn, still)
    events.append_all(conn, [
        NewEvent(claim_id=one, event=Event.CLOSED, actor=ACTOR, evidence_key=f"closed after event {heads[one][0]}",
                 detail=_said(heads[one][1], quiet)) for one in still
    ])  # fmt: skip
    return len(still)


def _said(state: State | None, quiet: timedelta) -> str:
    heard = f", nothing was heard of it for {counted(quiet.days, 'day')}" if quiet else ""
    return f"{state}; no payer owes anything{heard}"
