"""What waits for a person: one item per cause, whoever finds it and however often."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from enum import StrEnum

from sqlalchemy import Connection, Row, func, select, update

from ptedi.dates import now
from ptedi.store import deeds
from ptedi.store._sql import among, chunks, insert_all_new, insert_new, utc, utc_or_none
from ptedi.store.deeds import Deed
from ptedi.store.tables import claims, work_items

OPEN, TAKEN, RESOLVED = "open", "taken", "resolved"


class WorkKind(StrEnum):
    """Why something waits."""

    DENIAL = "denial"
    REJECTION = "rejection"
    HELD = "held"
    HOLD = "hold"
    CHARGE = "charge"
    UNMATCHED = "unmatched"
    QUARANTINE = "quarantine"
    PARKED = "parked"
    CONFLICT = "conflict"
    REVERSAL = "reversal"
    UNANSWERED = "unanswered"
    CREDIT = "credit"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    DEPOSIT = "deposit"
    ACKNOWLEDGEMENT = "acknowledgement"
    RULES = "rules"
    DRAFT = "draft"
    COORDINATION = "coordination"
    STALE = "stale"
    NIGHT = "night"
    ADJUSTMENT = "adjustment"
    PATTERN = "pattern"
    APPEAL = "appeal"


CHANCES = {
    WorkKind.DENIAL: 50, WorkKind.REJECTION: 90, WorkKind.HELD: 95, WorkKind.CHARGE: 95, WorkKind.REVERSAL: 50,
    WorkKind.HOLD: 95,
    WorkKind.PARKED: 0, WorkKind.RULES: 0, WorkKind.DRAFT: 90, WorkKind.COORDINATION: 80, WorkKind.STALE: 60,
    WorkKind.ADJUSTMENT: 0, WorkKind.APPEAL: 40, WorkKind.UNANSWERED: 90,
}  # fmt: skip
"""Percent of the amount at stake that work on such an item brings, where nobody said it of the item; 100 else.

Own judgement: money that came and waits is sure, a claim that was never judged nearly so.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWork:
    """A work item to be made; `key` names the cause, so that the same cause makes one item.

    Its rank is amount x chance x urgency of the day (`store.worklist`); `priority` stands where no amount is at stake.
    """

    key: str
    kind: WorkKind
    sentence: str
    next_action: str
    category: str = ""
    how: str = ""
    amount_cents: int = 0
    claim_id: int | None = None
    line: int | None = None
    file_id: int | None = None
    payment_id: int | None = None
    adjustment_group: str = ""
    adjustment_reason: str = ""
    remarks: str = ""
    deadline: date | None = None
    deadline_basis: str = ""
    priority: int = 0
    chance: int | None = None
    fault: str = ""
    confidence: str = ""
    reworkable: str = ""
    edits: str = ""
    cited: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """A recorded work item."""

    id: int
    key: str
    kind: WorkKind
    claim_id: int | None
    line: int | None
    file_id: int | None
    payment_id: int | None
    category: str
    adjustment_group: str
    adjustment_reason: str
    remarks: str
    sentence: str
    next_action: str
    how: str
    amount_cents: int
    deadline: date | None
    deadline_basis: str
    priority: int
    chance: int
    fault: str
    confidence: str
    reworkable: str
    edits: str
    cited: str
    snoozed_until: date | None
    owner: str
    state: str
    resolution: str
    created_at: datetime
    closed_at: datetime | None


_WIDTH = {"key": 128, "category": 48, "adjustment_group": 2, "adjustment_reason": 5, "remarks": 64, "next_action": 32,
          "edits": 64}  # fmt: skip


def put(conn: Connection, new: NewWork) -> bool:
    """Makes an item unless its cause has one; whether it was new.  A resolved item stays resolved."""
    return insert_new(conn, work_items, ("key",), _values(new) | {
        "owner": "", "state": OPEN, "resolution": "", "created_at": now(), "closed_at": None,
    })  # fmt: skip


def put_all(conn: Connection, several: Iterable[NewWork]) -> int:
    """Makes many items, each unless its cause has one; how many were new.  What is there already is only looked up."""
    wanted: dict[str, NewWork] = {}
    for new in several:
        wanted.setdefault(new.key[: _WIDTH["key"]], new)
    for some in chunks(sorted(wanted)):
        for key in conn.execute(select(work_items.c.key).where(among(conn, work_items.c.key, some))).scalars():
            del wanted[key]
    at = now()
    rows = [_values(new) | {"owner": "", "state": OPEN, "resolution": "", "created_at": at, "closed_at": None}
            for new in wanted.values()]  # fmt: skip
    if rows:
        insert_all_new(conn, work_items, ("key",), rows)
    return len(rows)


def renew(conn: Connection, new: NewWork) -> bool:
    """Makes an item, or brings the one of its cause up to date and opens it again if another file asks again.

    Returns whether it was new.
    """
    if put(conn, new):
        return True
    values, c = _values(new), work_items.c
    mine = c.key == values["key"]
    conn.execute(update(work_items).where(mine & (c.state != RESOLVED)).values(**values))
    other = mine & (c.state == RESOLVED) & (c.file_id.is_(None) | (c.file_id != new.file_id))
    deeds.record_where(conn, other, deeds.SYSTEM, Deed.REOPENED, "another file asks again")
    conn.execute(update(work_items).where(other).values(**values, state=OPEN, resolution="", closed_at=None))
    return False


def revive(conn: Connection, new: NewWork) -> None:
    """Makes an item, or opens the one of its cause again: a person's decision brought the cause back."""
    if not put(conn, new):
        values = _values(new) | {"state": OPEN, "resolution": "", "closed_at": None}
        mine = work_items.c.key == values["key"]
        deeds.record_where(conn, mine & (work_items.c.state == RESOLVED), deeds.SYSTEM, Deed.REOPENED,
                           "a decision brought it back")  # fmt: skip
        conn.execute(update(work_items).where(mine).values(**values))


def refresh(conn: Connection, several: Iterable[NewWork]) -> int:
    """Brings waiting items up to date with what is known of their causes now; how many said something else before."""
    wanted = {str(values["key"]): values for values in map(_values, several)}
    changed = 0
    for some in chunks(sorted(wanted)):
        query = select(work_items).where(work_items.c.key.in_(some), work_items.c.state != RESOLVED)
        for row in conn.execute(query).all():
            here, values = row._asdict(), wanted[row.key]
            if any(here[name] != value for name, value in values.items() if name != "priority"):  # follows the day
                conn.execute(update(work_items).where(work_items.c.id == row.id).values(**values))
                changed += 1
    return changed


def _values(new: NewWork) -> dict[str, object]:
    values = {field.name: getattr(new, field.name) for field in fields(new)}
    for name, width in _WIDTH.items():
        values[name] = values[name][:width]
    chance = CHANCES.get(new.kind, 100) if new.chance is None else new.chance
    return values | {"kind": new.kind.value, "chance": chance}


def reopen(conn: Connection, keys: Iterable[str], resolution: str) -> int:
    """Opens items again that were closed with exactly this resolution; what a person closed stays closed."""
    opened = 0
    for some in chunks([key[: _WIDTH["key"]] for key in keys]):
        where = work_items.c.key.in_(some) & (work_items.c.state == RESOLVED) & (work_items.c.resolution == resolution)
        values = {"state": OPEN, "resolution": "", "closed_at": None}
        deeds.record_where(conn, where, deeds.SYSTEM, Deed.REOPENED, "its cause is back")
        opened += conn.execute(update(work_items).where(where).values(**values)).rowcount
    return opened


def resolve(conn: Connection, item_ids: Iterable[int], resolution: str, actor: str = deeds.SYSTEM) -> int:
    """Closes items with the reason; how many were open."""
    closed = 0
    for some in chunks(sorted(set(item_ids))):
        where = among(conn, work_items.c.id, some) & (work_items.c.state != RESOLVED)
        values = {"state": RESOLVED, "resolution": resolution, "closed_at": now(), "snoozed_until": None}
        deeds.record_where(conn, where, actor, Deed.RESOLVED, resolution)
        closed += conn.execute(update(work_items).where(where).values(**values)).rowcount
    return closed


def resolve_key(conn: Connection, key: str, resolution: str) -> int:
    """Closes the item of one cause."""
    query = select(work_items.c.id).where(work_items.c.key == key[: _WIDTH["key"]])
    return resolve(conn, conn.execute(query).scalars().all(), resolution)


def resolve_keys(conn: Connection, keys: Iterable[str], resolution: str) -> int:
    """Closes the items of some causes; how many were open."""
    found: list[int] = []
    c = work_items.c
    for some in chunks(sorted({key[: _WIDTH["key"]] for key in keys})):
        found += conn.execute(select(c.id).where(among(conn, c.key, some), c.state != RESOLVED)).scalars()
    return resolve(conn, found, resolution)


def get(conn: Connection, item_id: int) -> WorkItem | None:
    """The item with this number, or None."""
    row = conn.execute(select(work_items).where(work_items.c.id == item_id)).first()
    return None if row is None else _item(row)


def newest(conn: Connection) -> int:
    """The number of the newest item; 0 before the first."""
    return int(conn.execute(select(func.coalesce(func.max(work_items.c.id), 0))).scalar_one())


def get_all(conn: Connection, item_ids: Iterable[int]) -> dict[int, WorkItem]:
    """The items with these numbers, of those that there are."""
    found: dict[int, WorkItem] = {}
    for some in chunks(sorted(set(item_ids))):
        rows = conn.execute(select(work_items).where(work_items.c.id.in_(some)))
        found |= {row.id: _item(row) for row in rows}
    return found


def list_work(
    conn: Connection, *, kinds: Iterable[WorkKind] = (), open_only: bool = True, claim_ids: Iterable[int] | None = None
) -> list[WorkItem]:
    """Items by kind and claim, highest priority first."""
    query = select(work_items).order_by(work_items.c.priority.desc(), work_items.c.id)
    if wanted := [kind.value for kind in kinds]:
        query = query.where(work_items.c.kind.in_(wanted))
    if open_only:
        query = query.where(work_items.c.state != RESOLVED)
    if claim_ids is None:
        return [_item(row) for row in conn.execute(query)]
    c = work_items.c
    some = [row for ids in chunks(sorted(set(claim_ids)))
            for row in conn.execute(query.where(among(conn, c.claim_id, ids)))]  # fmt: skip
    return sorted(map(_item, some), key=lambda item: (-item.priority, item.id))


def claims_of(conn: Connection, kinds: Iterable[WorkKind]) -> set[int]:
    """The claims behind the items of these kinds that wait."""
    c = work_items.c
    wanted = c.kind.in_([kind.value for kind in kinds]) & (c.state != RESOLVED) & c.claim_id.is_not(None)
    return set(conn.execute(select(c.claim_id).where(wanted).distinct()).scalars())


def since(conn: Connection, kinds: Iterable[WorkKind], day: date) -> list[WorkItem]:
    """Items of these kinds made on or after a day, closed ones too, oldest first."""
    start = datetime.combine(day, time.min, tzinfo=UTC)
    where = work_items.c.kind.in_([kind.value for kind in kinds]) & (work_items.c.created_at >= start)
    return [_item(row) for row in conn.execute(select(work_items).where(where).order_by(work_items.c.id))]


def totals(conn: Connection) -> dict[WorkKind, tuple[int, int]]:
    """Number and cents of the items that wait, by kind."""
    c = work_items.c
    query = select(c.kind, func.count(), func.sum(c.amount_cents)).where(c.state != RESOLVED).group_by(c.kind)
    return {WorkKind(kind): (int(count), int(cents)) for kind, count, cents in conn.execute(query)}


def denials(conn: Connection, service_date: date) -> list[tuple[int, str, int]]:
    """The denials of a service date that wait: claim, `CO-97`, cents."""
    c = work_items.c
    query = (
        select(c.claim_id, c.adjustment_group, c.adjustment_reason, c.amount_cents)
        .join(claims, claims.c.id == c.claim_id)
        .where(c.state != RESOLVED, c.kind == WorkKind.DENIAL.value, claims.c.service_date == service_date)
        .order_by(c.id)
    )  # fmt: skip
    return [(int(r[0]), f"{r[1]}-{r[2]}", int(r[3])) for r in conn.execute(query)]


def _item(row: Row[tuple[object, ...]]) -> WorkItem:
    return WorkItem(**(row._asdict() | {
        "kind": WorkKind(row.kind), "created_at": utc(row.created_at), "closed_at": utc_or_none(row.closed_at),
    }))  # fmt: skip
