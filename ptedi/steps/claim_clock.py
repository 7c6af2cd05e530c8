"""A claim's clock: since when it is where it is, and how long its payer still takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ptedi import dates
from ptedi.steps.census import FILED
from ptedi.steps.hold import filing_deadline
from ptedi.steps.night import Night
from ptedi.store import claims, events
from ptedi.submissions.status import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Since when a claim is in its state, for how many days; `filing_left` is None once it is filed or ended."""

    state: State
    since: datetime
    days: int
    filing_deadline: date | None
    filing_left: int | None


def times(night: Night, number: str) -> Times | None:
    """The clock of a claim; None when there is no such claim or nothing happened to it."""
    with night.store.read() as conn:
        row = claims.by_control_number(conn, number)
        story = events.of_claim(conn, row.id) if row else []
    if row is None or not story:
        return None
    state, since = story[-1].state_after, story[-1].at
    for one in reversed(story):
        if one.state_after is not state:
            break
        since = one.at
    last = filing_deadline(night, row)
    left = None if last is None or state in FILED else (last - dates.today()).days
    return Times(state=state, since=since, days=(dates.now() - since).days, filing_deadline=last, filing_left=left)
