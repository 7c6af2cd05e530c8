"""The one table of claim states and allowed transitions; a claim's state is derived from its events, in order.

Rejected is not denied: *rejected* is before adjudication (TA1, 999, 277CA), *denied* is adjudicated (835).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """Where a claim is."""

    CAPTURED = "captured"
    HELD = "held"
    READY = "ready"
    BATCHED = "batched"
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED_CLEARINGHOUSE = "accepted by clearinghouse"
    ACCEPTED_PAYER = "accepted by payer"
    REJECTED = "rejected"
    PAID = "paid"
    PARTLY_PAID = "partly paid"
    DENIED = "denied"
    REVERSED = "reversed"
    SUPERSEDED = "superseded"
    WRITTEN_OFF = "written off"
    CLOSED = "closed"


class Event(StrEnum):
    """What happened to a claim."""

    CODED = "coded"
    HELD = "held"
    RELEASED = "released"
    BATCHED = "batched"
    SENT = "sent"
    FILE_ACCEPTED = "999 accepted"
    FILE_REJECTED = "999 rejected"
    INTERCHANGE_REJECTED = "TA1 rejected"
    CLEARINGHOUSE_ACCEPTED = "277CA accepted by clearinghouse"
    PAYER_ACCEPTED = "277CA accepted by payer"
    CLEARINGHOUSE_REJECTED = "277CA rejected by clearinghouse"
    PAYER_REJECTED = "277CA rejected by payer"
    PAID = "835 paid"
    PARTLY_PAID = "835 partly paid"
    DENIED = "835 denied"
    REVERSED = "835 reversed"
    SUPERSEDED = "superseded by a corrected charge"
    WRITTEN_OFF = "written off"
    CLOSED = "closed"


_GOAL: dict[Event, State] = {
    Event.CODED: State.CAPTURED, Event.HELD: State.HELD, Event.RELEASED: State.READY,
    Event.BATCHED: State.BATCHED, Event.SENT: State.SENT, Event.FILE_ACCEPTED: State.RECEIVED,
    Event.FILE_REJECTED: State.REJECTED, Event.INTERCHANGE_REJECTED: State.REJECTED,
    Event.CLEARINGHOUSE_ACCEPTED: State.ACCEPTED_CLEARINGHOUSE, Event.PAYER_ACCEPTED: State.ACCEPTED_PAYER,
    Event.CLEARINGHOUSE_REJECTED: State.REJECTED, Event.PAYER_REJECTED: State.REJECTED,
    Event.PAID: State.PAID, Event.PARTLY_PAID: State.PARTLY_PAID, Event.DENIED: State.DENIED,
    Event.REVERSED: State.REVERSED, Event.SUPERSEDED: State.SUPERSEDED,
    Event.WRITTEN_OFF: State.WRITTEN_OFF, Event.CLOSED: State.CLOSED,
}  # fmt: skip

_ORDER = (State.SENT, State.RECEIVED, State.ACCEPTED_CLEARINGHOUSE, State.ACCEPTED_PAYER, State.REJECTED)
_BEFORE_SENDING = frozenset({State.CAPTURED, State.HELD, State.READY, State.BATCHED})
_ADJUDICATED = frozenset({State.PAID, State.PARTLY_PAID, State.DENIED, State.REVERSED})
_ENDED = frozenset({State.SUPERSEDED, State.WRITTEN_OFF, State.CLOSED})


def after(state: State | None, event: Event) -> State:
    """The state after an event; acknowledgements never move a claim backwards.

    A late 999 or clearinghouse acceptance does not undo a payer's word, an adjudicated claim is moved only by money,
    and what was superseded or closed stays so.  An acknowledgement may arrive before our own record of the send.
    """
    goal = _GOAL[event]
    if state is None or goal in _ENDED:
        return goal
    if state in _ENDED:
        return state
    if goal in _ADJUDICATED:
        return goal
    if state in _ADJUDICATED:
        return state
    if goal in _ORDER and state in _ORDER:
        return goal if _ORDER.index(goal) > _ORDER.index(state) else state
    if goal in _BEFORE_SENDING and state in _ORDER:
        return state
    return goal


def fold(events: Iterable[Event]) -> State | None:
    """The state after all events, None when there were none."""
    state: State | None = None
    for event in events:
        state = after(state, event)
    return state
