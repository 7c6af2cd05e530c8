"""The end of a claim's life: it is closed when nothing of it is open.  Late money or a person's act opens it again."""

from __future__ import annotations

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


def close_settled(night: Night) -> int:
    """Closes the claims of which nothing is open and nothing was heard for a while; how many.

    Again, or after a kill: closes what is left.
    """
    quiet, closed = close_after(night.workspace), 0
    until = dates.now() - quiet if quiet else None  # at once: whatever the clock says, which may have gone back
    with night.store.exclusive("post"):  # what is settled is not settled differently meanwhile
        with night.store.read() as conn:
            ids = settled.resting(conn, until)
        for start in range(0, len(ids), _PIECE):
            with night.store.begin() as conn:
                closed += _close(conn, ids[start : start + _PIECE], until, quiet)
                point("settled.closed")
        point("settled.kept")
    return closed


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
