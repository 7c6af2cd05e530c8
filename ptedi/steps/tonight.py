"""The first thing a person sees: a night as a flow, what fell out of it where, what waits, what is wrong or late."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from ptedi.dates import now, today
from ptedi.money import ZERO, from_cents
from ptedi.steps.night import Night
from ptedi.steps.summary import Figure, NightSummary, summary
from ptedi.store import tonight as asked
from ptedi.store.batches import Outbox
from ptedi.store.payments import PaymentState
from ptedi.store.tonight import BatchState, WaitingRow
from ptedi.store.work import WorkKind
from ptedi.submissions.status import State

SOON = timedelta(days=14)
_FRESH = timedelta(seconds=60)  # a summary is made anew after this long even when nothing new was written
_KEPT = 32
_TROUBLED = (Outbox.UNKNOWN, Outbox.FAILED)
_ASIDE = (PaymentState.QUARANTINED, PaymentState.CONFLICTING, PaymentState.PARKED, PaymentState.UNMATCHED)
ACKNOWLEDGED = (State.ACCEPTED_CLEARINGHOUSE, State.ACCEPTED_PAYER, State.PAID, State.PARTLY_PAID, State.DENIED,
                State.REVERSED, State.REWORKED, State.APPEALED, State.WRITTEN_OFF,
                State.CLOSED)  # fmt: skip
UNANSWERED = (State.SENT, State.RECEIVED)
SENT = (*UNANSWERED, State.REJECTED, *ACKNOWLEDGED)
PAID = (State.PAID, State.PARTLY_PAID, State.CLOSED)
_STANDING = tuple(one.value for one in State if one is not State.SUPERSEDED)
MONEY = (WorkKind.QUARANTINE, WorkKind.UNMATCHED, WorkKind.PARKED, WorkKind.CONFLICT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One place of the flow: how many, how much, and how they can be listed again.

    Attributes:
        name: charges, refused, claims, held, sent, unanswered, acknowledged, rejected, paid, denied, quarantined.
        states: the claims of the night to first payers in these states are what is counted here.
        kinds: the kinds of work items that hold what is counted here.
    """

    name: str
    count: int
    amount: Decimal | None = None
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for a person, of one kind; `past` deadlines are over, `soon` come within two weeks."""

    kind: str
    items: int
    amount: Decimal
    nobodys: int
    oldest_days: int
    deadline: date | None
    past: int
    soon: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something wrong or late.

    Attributes:
        what: equation, step, channel, answers, deadlines_past, deadlines_soon.
        count, amount: of items, batches or claims.
        who: the partner it is about.
        kinds: the kinds of work items that hold it; empty when it is no work item.
        stops: it stops the night or loses money today; otherwise it is a warning.
    """

    what: str
    count: int
    amount: Decimal = ZERO
    who: str = ""
    kinds: tuple[str, ...] = ()
    stops: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tonight:
    """A night for the first page, as of `at`."""

    at: datetime
    summary: NightSummary
    stations: dict[str, Station]
    waiting: tuple[Waiting, ...]
    alarms: tuple[Alarm, ...]


def nights(night: Night, *, limit: int = 60) -> list[date]:
    """The newest service dates with a claim, newest first."""
    with night.store.read() as conn:
        return asked.nights(conn, limit)


def waiting_count(night: Night) -> int:
    """How many items of the worklist wait for a person."""
    with night.store.read() as conn:
        return asked.waiting_count(conn, today())


def look(night: Night, service_date: date) -> Tonight:
    """One night; the summary behind it is made anew when something was written since the last one."""
    with night.store.read() as conn:
        stamp = asked.stamp(conn)
        rows = asked.waiting(conn, today(), SOON)
        troubled = asked.batch_states(conn, _TROUBLED)
    at, told = _summaries.get(night, service_date, stamp)
    return Tonight(at=at, summary=told, stations={one.name: one for one in _stations(told)},
                   waiting=tuple(sorted(map(_waiting, rows), key=lambda one: (-one.amount, one.kind))),
                   alarms=tuple(_alarms(told, rows, troubled)))  # fmt: skip


class _Summaries:
    """The last summaries by workspace and day: many people look at the same night."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, date], tuple[tuple[int, ...], datetime, NightSummary]] = {}
        self._lock = threading.Lock()

    def get(self, night: Night, day: date, stamp: tuple[int, ...]) -> tuple[datetime, NightSummary]:
        """The summary of a day and when it was made."""
        key = (night.workspace.database_url, day)
        with self._lock:
            kept = self._kept.get(key)
        if kept and kept[0] == stamp and timedelta() <= now() - kept[1] < _FRESH:
            return kept[1], kept[2]
        at, told = now(), summary(night, day)
        with self._lock:
            self._kept[key] = (stamp, at, told)
            while len(self._kept) > _KEPT:
                self._kept.pop(next(iter(self._kept)))
        return at, told


_summaries = _Summaries()


def _stations(told: NightSummary) -> Iterable[Station]:
    def of(name: str, states: Iterable[State]) -> Station:
        several = [told.by_state.get(state.value, Figure()) for state in states]
        return Station(name=name, count=sum(one.count for one in several),
                       amount=sum((one.amount for one in several), ZERO),
                       states=tuple(state.value for state in states))  # fmt: skip

    rows = told.rows_by_verdict
    yield Station(name="charges", count=told.visits)
    yield Station(name="refused", count=rows.get("rejected", 0), kinds=(WorkKind.CHARGE.value,))
    yield Station(name="claims", count=told.claims.count, amount=told.claims.amount, states=_STANDING)
    yield of("held", (State.HELD,))
    yield Station(name="sent", count=told.sent.count, amount=told.sent.amount, states=tuple(s.value for s in SENT))
    yield of("unanswered", UNANSWERED)
    yield of("rejected", (State.REJECTED,))
    yield of("acknowledged", ACKNOWLEDGED)
    yield of("paid", PAID)
    yield of("denied", (State.DENIED,))
    aside = [told.payments.get(state.value, Figure()) for state in _ASIDE]
    items = [told.work.get(kind.value, Figure()) for kind in MONEY]
    yield Station(name="quarantined", kinds=tuple(kind.value for kind in MONEY),
                  count=max(sum(one.count for one in items), sum(one.count for one in aside)),
                  amount=sum((abs(one.amount) for one in items), ZERO))  # fmt: skip


def _waiting(row: WaitingRow) -> Waiting:
    return Waiting(kind=row.kind, items=row.items, amount=from_cents(row.cents), nobodys=row.nobodys,
                   oldest_days=(now() - row.oldest).days, deadline=row.deadline, past=row.past,
                   soon=row.soon)  # fmt: skip


def _alarms(told: NightSummary, rows: Iterable[WaitingRow], troubled: Iterable[BatchState]) -> Iterable[Alarm]:
    by_kind = {row.kind: row for row in rows}

    def of(what: str, kind: WorkKind) -> Iterable[Alarm]:
        if row := by_kind.get(kind.value):
            yield Alarm(what=what, count=row.items, amount=from_cents(row.cents), kinds=(kind.value,))

    if not told.closes:
        yield Alarm(what="equation", count=1)
    yield from of("step", WorkKind.NIGHT)
    for one in troubled:
        yield Alarm(what=f"channel_{one.state}", count=one.batches, amount=from_cents(one.cents), who=one.partner)
    yield from of("answers", WorkKind.STALE)
    past, soon = sum(row.past for row in by_kind.values()), sum(row.soon for row in by_kind.values())
    if past:
        yield Alarm(what="deadlines_past", count=past)
    if soon:
        yield Alarm(what="deadlines_soon", count=soon, stops=False)

