"""The first time of each step of a claim's life, kept beside its events so that nobody reads whole histories for them.

They are derived: `rebuild` makes them anew from the events, and a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, case, cast, delete, extract, func, insert, select

from ptedi.store._sql import put_rows
from ptedi.store.report_tables import claim_milestones
from ptedi.store.tables import claim_events
from ptedi.submissions.status import Event

_JUDGED = (Event.HELD, Event.RELEASED)
_TAKEN = (Event.CLEARINGHOUSE_ACCEPTED, Event.PAYER_ACCEPTED)
_TURNED_AWAY = (Event.CLEARINGHOUSE_REJECTED, Event.PAYER_REJECTED)
_REMITTED = (Event.PAID, Event.PARTLY_PAID, Event.DENIED)
STEPS: dict[str, tuple[Event, ...]] = {
    "scrubbed_at": _JUDGED, "scrubbed_event": _JUDGED, "held_event": (Event.HELD,),
    "sent_at": (Event.SENT,), "sent_event": (Event.SENT,),
    "file_answered_at": (Event.FILE_ACCEPTED, Event.FILE_REJECTED), "claim_answered_at": (*_TAKEN, *_TURNED_AWAY),
    "accepted_event": _TAKEN,
    "rejected_event": (Event.INTERCHANGE_REJECTED, Event.FILE_REJECTED, *_TURNED_AWAY),
    "reworked_event": (Event.REWORKED,), "remitted_at": _REMITTED, "remitted_event": _REMITTED,
    "paid_event": (Event.PAID,), "partly_paid_event": (Event.PARTLY_PAID,), "denied_event": (Event.DENIED,),
}  # fmt: skip
"""The columns and the events of which each holds the first: its number, or its second (`_at`)."""
_OF: dict[str, tuple[str, ...]] = {
    event.value: tuple(name for name, events in STEPS.items() if event in events) for event in Event
}
_NONE = dict.fromkeys(STEPS)


def keep(conn: Connection, events: Sequence[Mapping[str, Any]]) -> None:
    """Remembers what new events, in their order, are the first of."""
    found: dict[int, dict[str, int | None]] = {}
    for row in events:
        for name in _OF[row["event"]]:
            steps = found.setdefault(row["claim_id"], {"claim_id": row["claim_id"], **_NONE})
            if steps[name] is None:
                steps[name] = _second(row["at"]) if name.endswith("_at") else row["sequence"]
    put_rows(conn, claim_milestones, "claim_id", list(found.values()), missing=True)


def rebuild(conn: Connection) -> None:
    """Makes all of them anew."""
    conn.execute(delete(claim_milestones))
    conn.execute(insert(claim_milestones).from_select(["claim_id", *STEPS], by_history(conn)))


def by_history(conn: Connection) -> Select[Any]:
    """What the table must say of each claim, found in the events themselves."""
    e = claim_events.c
    second = (cast(func.floor(extract("epoch", e.at)), BigInteger) if conn.dialect.name == "postgresql"
              else cast(func.strftime("%s", e.at), BigInteger))  # fmt: skip

    def first(name: str, events: Sequence[Event]) -> ColumnElement[Any]:
        value = second if name.endswith("_at") else e.sequence
        return func.min(case((e.event.in_([event.value for event in events]), value))).label(name)

    told = [event for event, names in _OF.items() if names]
    return select(e.claim_id, *(first(name, events) for name, events in STEPS.items())).where(
        e.event.in_(told)).group_by(e.claim_id)  # fmt: skip


def _second(at: datetime) -> int:
    return int(at.timestamp() // 1)
