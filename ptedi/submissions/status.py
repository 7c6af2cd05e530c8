"""The one table of claim states and allowed transitions (MOVES); a claim's state is derived from its events, in order.

Rejected is not denied: *rejected* is before adjudication (TA1, 999, 277CA), *denied* is adjudicated (835).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    REWORKED = "reworked"
    APPEALED = "appealed"
    SUPERSEDED = "superseded"
    WRITTEN_OFF = "written off"
    CLOSED = "closed"


class Event(StrEnum):
    """What happened to a claim."""

    CODED = "coded"
    HELD = "held"
    HELD_BACK = "held back"
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
    UNPOSTED = "835 unposted"
    REWORKED = "reworked"
    APPEALED = "appealed"
    APPEAL_ENDED = "appeal ended"
    SUPERSEDED = "superseded by a corrected charge"
    WRITTEN_OFF = "written off"
    REINSTATED = "write-off taken back"
    CORRECTION_UNDONE = "correction taken back"
    REJECTION_STANDS = "rejection stands again"
    APPEAL_STANDS = "appeal stands again"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One row of the table: an event, the states from which it moves a claim, and where to.

    In every other state the event is recorded and moves nothing.
    """

    event: Event
    sources: tuple[State, ...]
    goal: State
    words: str


_BEFORE_SENDING = (State.CAPTURED, State.HELD, State.READY)
_ASKED_AGAIN = (State.REWORKED, *_BEFORE_SENDING)
_ACKNOWLEDGED = (State.RECEIVED, State.ACCEPTED_CLEARINGHOUSE, State.ACCEPTED_PAYER)
ADJUDICATED = (State.PAID, State.PARTLY_PAID, State.DENIED, State.REVERSED)
"""What an 835 says of a claim."""
_LIVE = (*_ASKED_AGAIN, State.BATCHED, State.SENT, *_ACKNOWLEDGED, State.REJECTED, *ADJUDICATED,
         State.APPEALED, State.CLOSED)  # fmt: skip
SETTLED = (State.PAID, State.PARTLY_PAID, State.DENIED)
"""What a claim may be closed from: its payer decided."""
# who may not have our own record of the send yet: an acknowledgement can be faster than it
_OUT = (State.BATCHED, State.SENT)


def _move(event: Event, sources: tuple[State, ...], goal: State, words: str) -> Move:
    return Move(event=event, sources=sources, goal=goal, words=words)


MOVES: tuple[Move, ...] = (
    _move(Event.CODED, _ASKED_AGAIN, State.CAPTURED, "a visit became a claim, or was coded again before it was sent"),
    _move(Event.HELD, _ASKED_AGAIN, State.HELD, "an edit of ours stops it"),
    _move(Event.HELD_BACK, _ASKED_AGAIN, State.HELD, "no edit stops it: a person wants it to wait"),
    _move(Event.RELEASED, _ASKED_AGAIN, State.READY, "no edit stops it (any more)"),
    _move(Event.BATCHED, (State.READY,), State.BATCHED, "it is in an 837P file that passed every check"),
    _move(Event.SENT, (State.BATCHED,), State.SENT, "the file lies at the partner's under its own name"),
    _move(Event.INTERCHANGE_REJECTED, (*_OUT, *_ACKNOWLEDGED), State.REJECTED, "the whole file was refused"),
    _move(Event.FILE_REJECTED, (*_OUT, *_ACKNOWLEDGED), State.REJECTED, "its transaction set was refused"),
    _move(Event.FILE_ACCEPTED, _OUT, State.RECEIVED, "its transaction set can be read"),
    _move(Event.CLEARINGHOUSE_ACCEPTED, (*_OUT, State.RECEIVED), State.ACCEPTED_CLEARINGHOUSE,
          "the clearinghouse passes it on; a payer's word is not undone"),
    _move(Event.PAYER_ACCEPTED, (*_OUT, State.RECEIVED, State.ACCEPTED_CLEARINGHOUSE), State.ACCEPTED_PAYER,
          "the payer took it into adjudication"),
    _move(Event.CLEARINGHOUSE_REJECTED, (*_OUT, *_ACKNOWLEDGED), State.REJECTED, "the clearinghouse refused it"),
    _move(Event.PAYER_REJECTED, (*_OUT, *_ACKNOWLEDGED), State.REJECTED, "the payer refused it before adjudication"),
    _move(Event.PAID, _LIVE, State.PAID, "an 835 pays it; money is believed whatever we knew before"),
    _move(Event.PARTLY_PAID, _LIVE, State.PARTLY_PAID, "an 835 pays a part and denies a part"),
    _move(Event.DENIED, _LIVE, State.DENIED, "an 835 adjudicates it and pays nothing"),
    _move(Event.REVERSED, _LIVE, State.REVERSED, "an 835 takes an earlier adjudication back"),
    _move(Event.UNPOSTED, (*ADJUDICATED, State.CLOSED), State.ACCEPTED_PAYER,
          "a person took the 835's answer out of the books; it is waited for again"),
    _move(Event.REWORKED, (State.REJECTED, State.PARTLY_PAID, State.DENIED, State.REVERSED, State.APPEALED,
                           State.CLOSED), State.REWORKED,
          "a person corrects it; acknowledgements of its first journey move it no more"),
    _move(Event.APPEALED, (State.PARTLY_PAID, State.DENIED, State.CLOSED), State.APPEALED,
          "the payer is asked to decide again"),
    _move(Event.APPEAL_ENDED, (State.APPEALED,), State.DENIED,
          "a person withdrew it, or the payer's letter keeps its decision; what an 835 said of it stands again"),
    _move(Event.SUPERSEDED, _LIVE, State.SUPERSEDED, "a corrected charge made another claim of its visit"),
    _move(Event.WRITTEN_OFF, _LIVE, State.WRITTEN_OFF, "a person gave up what is open"),
    _move(Event.REINSTATED, (State.WRITTEN_OFF,), State.REWORKED,
          "a person took the write-off back; what was said of it before follows and stands again"),
    _move(Event.CORRECTION_UNDONE, (State.SUPERSEDED,), State.REWORKED,
          "a person took back its correction, which was not sent; what was said of it before follows and stands again"),
    _move(Event.REJECTION_STANDS, (State.REWORKED,), State.REJECTED,
          "what a person made of it was taken back, and it was rejected before that"),
    _move(Event.APPEAL_STANDS, (State.REWORKED, State.PARTLY_PAID, State.DENIED), State.APPEALED,
          "what a person made of it was taken back, and it was appealed before that"),
    _move(Event.CLOSED, SETTLED, State.CLOSED,
          "no payer owes anything of it, it waits for no person and no other payer, and nothing was heard of it for 30 "
          "days (`[claims] close_after_days`); what the patient owes is on the patient's bill"),
)  # fmt: skip
"""The table.  What was superseded or written off stays so: later money of it is posted and waits for a person.

A closed claim only rests: later money and a person's act move it like one that was never closed.  Work that comes later
(a contract loaded since, say) opens it: what its payer decided stands again, in an event without a file.
"""

_GOAL = {move.event: move.goal for move in MOVES}
_TABLE = {(source, move.event): move.goal for move in MOVES for source in move.sources}


def after(state: State | None, event: Event) -> State:
    """The state after an event: the table's goal, or the same state where the table does not move it.

    A claim without any event takes the goal of its first one, so that a history cut off at its beginning can be read.
    """
    return _GOAL[event] if state is None else _TABLE.get((state, event), state)


def fold(events: Iterable[Event]) -> State | None:
    """The state after all events, None when there were none."""
    state: State | None = None
    for event in events:
        state = after(state, event)
    return state


_STAGES = {
    Event.INTERCHANGE_REJECTED: 0, Event.FILE_REJECTED: 1, Event.CLEARINGHOUSE_REJECTED: 2, Event.PAYER_REJECTED: 3,
    Event.FILE_ACCEPTED: 1, Event.CLEARINGHOUSE_ACCEPTED: 2, Event.PAYER_ACCEPTED: 3,
}  # fmt: skip
_REFUSALS = frozenset(list(_STAGES)[:4])
ANSWERS = tuple(_STAGES)
"""What acknowledgements say of a claim."""


def is_contradicted(events: Sequence[Event]) -> bool:
    """Whether a claim's last refusal is denied by another answer: from further down the road, or later at its stage.

    A clearinghouse that takes a claim in and then refuses it only changed its mind; a file is judged once.
    """
    told = [one for one in events if one in _STAGES]
    last = max((place for place, one in enumerate(told) if one in _REFUSALS), default=None)
    if last is None:
        return False
    stage = _STAGES[told[last]]
    return any(
        _STAGES[one] > stage or (_STAGES[one] == stage and (place > last or stage == 1))
        for place, one in enumerate(told) if one not in _REFUSALS
    )  # fmt: skip


def as_markdown() -> str:
    """The table as a page for people."""
    lines = [
        "# The states of a claim", "",
        "Generated from `ptedi/submissions/status.py`; `PTEDI_UPDATE=1 pytest tests/submissions` writes it anew.", "",
        "A claim's state is derived from its events, in the order in which they were recorded.  An event moves a claim",
        "only from the states of its row; in any other state it is recorded with its evidence and moves nothing.  So",
        "acknowledgements in any order, twice or late never move a claim backwards: a clearinghouse's A2 after a",
        "payer's rejection leaves it rejected, and what an 835 decided is moved only by money or by a person.",
        "*Rejected* is before adjudication (TA1, 999, 277CA), *denied* is adjudicated (835).", "",
        "| Event | From | To | When |", "|---|---|---|---|",
    ]  # fmt: skip
    for move in MOVES:
        lines.append(f"| {move.event} | {_sources(move.sources)} | **{move.goal}** | {move.words} |")
    ends = [state.value for state in State if not any(state in move.sources for move in MOVES)]
    lines += ["", f"States from which nothing leads on: {', '.join(ends) or 'none'}."]
    return "\n".join(lines) + "\n"


def _sources(sources: tuple[State, ...]) -> str:
    return "any that has not ended" if sources == _LIVE else ", ".join(sources)
