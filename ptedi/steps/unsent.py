"""Claims that should have left us and have not: ready ones in no file, files that were built and never sent.

A night that fails says so at once; this is the net below it, for a night that nobody runs, a channel that stays down, a
question that somebody closed.  It asks from the next day on, and closes what it asked when the claims are gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ptedi.denials import priority
from ptedi.findings import counted
from ptedi.money import from_cents
from ptedi.steps.deliver import task_key
from ptedi.store import Connection, batches, work
from ptedi.store.batches import Outbox
from ptedi.store.census import Clock
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import State

HOURS = 24  # a night comes once a day
PREFIX = "stale:837P:"
SENT = "it was sent"
_HERE = (Outbox.BUILT, Outbox.SENDING, Outbox.UNKNOWN, Outbox.FAILED)
_CHANCE = 95  # percent of claims that are paid once they go out: own judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Claims that still lie here: of one built file, or (`batch_id` None) ready ones for a partner in no file."""

    partner: str
    batch_id: int | None
    claims: int
    amount: Decimal
    waiting_hours: int


def unsent(conn: Connection, clocks: Sequence[Clock], now: datetime) -> list[Unsent]:
    """What should have left us more than a day ago, files first."""
    return [*_files(conn, now), *_ready(clocks, now)]


def ask(conn: Connection, found: Sequence[Unsent], partners: Collection[str]) -> tuple[int, int]:
    """One item for each, closed when its claims are gone; how many were opened and closed.

    `partners`: those that ptedi.toml has; nobody sends to another one.
    """
    wanted = {item.key: item for item in (_item(one, one.partner in partners) for one in found)}
    there = [one for one in work.list_work(conn, kinds=[WorkKind.STALE]) if one.key.startswith(PREFIX)]
    opened = sum(work.put(conn, item) for item in wanted.values()) + work.reopen(conn, wanted, SENT)
    return opened, work.resolve(conn, [one.id for one in there if one.key not in wanted], SENT)


def _files(conn: Connection, now: datetime) -> Iterator[Unsent]:
    asked = {one.key for one in work.list_work(conn, kinds=[WorkKind.ACKNOWLEDGEMENT])}
    for row in batches.list_batches(conn, states=_HERE):
        hours = _hours(row.built_at, now)
        if hours > HOURS and task_key(row) not in asked and not row.is_trial:
            yield Unsent(partner=row.partner_id, batch_id=row.id, claims=row.claim_count,
                         amount=from_cents(row.charge_cents), waiting_hours=hours)  # fmt: skip


def _ready(clocks: Sequence[Clock], now: datetime) -> Iterator[Unsent]:
    by_partner: dict[str, list[Clock]] = defaultdict(list)
    for one in clocks:
        if one.state is State.READY and one.since is not None and _hours(one.since, now) > HOURS:
            by_partner[one.partner_id].append(one)
    for partner, several in sorted(by_partner.items()):
        oldest = min(one.since for one in several if one.since)
        yield Unsent(partner=partner, batch_id=None, claims=len(several), waiting_hours=_hours(oldest, now),
                     amount=from_cents(sum(one.charge_cents for one in several)))  # fmt: skip


def _hours(since: datetime, now: datetime) -> int:
    return int((now - since).total_seconds() // 3600)


def _item(one: Unsent, is_known: bool) -> NewWork:
    days, rest = divmod(one.waiting_hours, 24)
    ago = f"{counted(days, 'day')} {counted(rest, 'hour')} ago"
    claims = counted(one.claims, "claim")
    if one.batch_id is not None:
        sentence = f"Batch {one.batch_id} for {one.partner} ({claims}) was built {ago} and has not been sent."
        how = f"Run `ptedi nightly`; `ptedi partners try {one.partner}` says whether the way to them works."
    else:
        sentence = f"{claims} for {one.partner} became ready {ago} and {'is' if one.claims == 1 else 'are'} in no file."
        how = "Run `ptedi nightly` for their service date, and look what it says."
    if not is_known:
        how = f"ptedi.toml has no partner {one.partner}: name its table so again, then run `ptedi nightly`."
    return NewWork(
        key=f"{PREFIX}{one.batch_id if one.batch_id is not None else f'ready {one.partner}'}", kind=WorkKind.STALE,
        category="not sent", sentence=sentence, next_action="RUN_AGAIN", how=how, amount_cents=int(one.amount * 100),
        priority=priority(one.amount, _CHANCE, None).value, chance=_CHANCE,
    )  # fmt: skip
