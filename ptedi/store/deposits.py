"""What the bank says: one row per deposit, tied to the remittance it pays for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)

from ptedi.store.book_tables import deposit_parts, deposits, deposits_apart
from ptedi.store.tables import payments


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeposit:
    """A row of a bank file."""

    row: int
    trace_number: str
    originator: str
    deposit_date: date
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRow:
    """A recorded deposit; `payment_id` is the remittance it was found to pay for, as a whole.

    `parts_cents` is what of it a person tied to remittances, in parts (`ties`).
    """

    id: int
    file_id: int
    row: int
    trace_number: str
    originator: str
    deposit_date: date
    amount_cents: int
    payment_id: int | None
    parts_cents: int

    @property
    def open_cents(self) -> int:
        """What of it no remittance is tied to."""
        return 0 if self.payment_id is not None else self.amount_cents - self.parts_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """What of a deposit belongs to which remittance; `by_hand`: a person said so."""

    deposit_id: int
    payment_id: int
    cents: int
    by_hand: bool


def add_all(conn: Connection, file_id: int, new: Sequence[NewDeposit]) -> int:
    """Records the deposits of a bank file; rows that are there already stay, how many were new."""
    known = set(conn.execute(select(deposits.c.row).where(deposits.c.file_id == file_id)).scalars())
    rows = [
        {"file_id": file_id, "row": n.row, "trace_number": n.trace_number[:64], "originator": n.originator[:32],
         "deposit_date": n.deposit_date, "amount_cents": n.amount_cents, "payment_id": None}
        for n in new if n.row not in known
    ]  # fmt: skip
    if rows:
        conn.execute(insert(deposits), rows)
    return len(rows)


def known(conn: Connection, new: NewDeposit) -> bool:
    """Whether another file already stated this deposit (trace, originator, date, amount)."""
    c = deposits.c
    query = select(c.id).where(
        c.trace_number == new.trace_number[:64], c.originator == new.originator[:32],
        c.deposit_date == new.deposit_date, c.amount_cents == new.amount_cents,
    )
    return conn.execute(query.limit(1)).first() is not None


def list_deposits(conn: Connection, *, matched: bool | None = None) -> list[DepositRow]:
    """Deposits, oldest first: all, the matched, or those that still wait for their remittance."""
    query = select(deposits, _parts().label("parts_cents")).order_by(deposits.c.id)
    if matched is not None:
        query = query.where(~_waits() if matched else _waits())
    return [_row(row) for row in conn.execute(query)]


def get(conn: Connection, deposit_id: int) -> DepositRow | None:
    """The deposit with this number, or None."""
    row = conn.execute(select(deposits, _parts().label("parts_cents")).where(deposits.c.id == deposit_id)).first()
    return None if row is None else _row(row)


def _parts() -> ScalarSelect[int]:
    c = deposit_parts.c
    return select(func.coalesce(func.sum(c.cents), 0)).where(c.deposit_id == deposits.c.id).scalar_subquery()


def _waits() -> ColumnElement[bool]:
    """No remittance is tied to it, or not to all of it."""
    none = ~exists().where(deposit_parts.c.deposit_id == deposits.c.id)
    return and_(deposits.c.payment_id.is_(None), or_(none, _parts() != deposits.c.amount_cents))


def ties(conn: Connection, *, payment_ids: Sequence[int] | None = None) -> list[Tie]:
    """Which deposits belong to which remittances, by deposit; of some remittances, or of all."""
    whole = select(deposits.c.id.label("deposit_id"), deposits.c.payment_id, deposits.c.amount_cents.label("cents"),
                   literal(0).label("by_hand")).where(deposits.c.payment_id.is_not(None))  # fmt: skip
    parts = select(deposit_parts.c.deposit_id, deposit_parts.c.payment_id, deposit_parts.c.cents, literal(1))
    if payment_ids is not None:
        whole = whole.where(deposits.c.payment_id.in_(payment_ids))
        parts = parts.where(deposit_parts.c.payment_id.in_(payment_ids))
    rows = conn.execute(union_all(whole, parts)).all()
    found = [Tie(deposit_id=r.deposit_id, payment_id=r.payment_id, cents=int(r.cents), by_hand=bool(r.by_hand))
             for r in rows]  # fmt: skip
    return sorted(found, key=lambda one: (one.deposit_id, one.payment_id))


def parts_of(conn: Connection, deposit_id: int) -> list[Tie]:
    """To which remittances a person tied a deposit."""
    query = select(deposit_parts).where(deposit_parts.c.deposit_id == deposit_id).order_by(deposit_parts.c.id)
    return [Tie(deposit_id=r.deposit_id, payment_id=r.payment_id, cents=r.cents, by_hand=True)
            for r in conn.execute(query)]  # fmt: skip


def tie(conn: Connection, several: Sequence[Tie]) -> None:
    """Ties parts of deposits to remittances, as a person says, whoever kept them apart before."""
    c = deposits_apart.c
    for one in several:
        conn.execute(delete(deposits_apart).where(c.deposit_id == one.deposit_id, c.payment_id == one.payment_id))
    rows = [{"deposit_id": one.deposit_id, "payment_id": one.payment_id, "cents": one.cents} for one in several]
    conn.execute(insert(deposit_parts), rows)


def let_go(conn: Connection, deposit_id: int) -> None:
    """Unties a deposit from all its remittances."""
    conn.execute(update(deposits).where(deposits.c.id == deposit_id).values(payment_id=None))
    conn.execute(delete(deposit_parts).where(deposit_parts.c.deposit_id == deposit_id))


def keep_apart(conn: Connection, several: Sequence[Tie]) -> None:
    """Remembers that a person untied these: `apart`."""
    known = apart(conn)
    rows = [{"deposit_id": one.deposit_id, "payment_id": one.payment_id} for one in several
            if (one.deposit_id, one.payment_id) not in known]  # fmt: skip
    if rows:
        conn.execute(insert(deposits_apart), rows)


def apart(conn: Connection) -> set[tuple[int, int]]:
    """Deposits and remittances that belong to each other only if a person says so."""
    return {(int(one), int(other)) for one, other in conn.execute(select(deposits_apart))}


def page(conn: Connection, *, waiting: bool, limit: int, offset: int) -> tuple[list[DepositRow], int]:
    """Deposits, the newest first, and how many there are; `waiting`: what no remittance is tied to, or only in part."""
    which = _waits() if waiting else true()
    query = select(deposits, _parts().label("parts_cents")).where(which)
    query = query.order_by(deposits.c.deposit_date.desc(), deposits.c.id.desc())
    rows = [_row(row) for row in conn.execute(query.limit(limit).offset(offset))]
    return rows, int(conn.execute(select(func.count()).select_from(deposits).where(which)).scalar_one())


def match(conn: Connection, deposit_id: int, payment_id: int) -> None:
    """Ties a deposit to its remittance."""
    conn.execute(update(deposits).where(deposits.c.id == deposit_id).values(payment_id=payment_id))


def untie(conn: Connection, payment_id: int) -> None:
    """Lets go of the deposits of a remittance that was taken out of the books: they wait for the right one."""
    conn.execute(update(deposits).where(deposits.c.payment_id == payment_id).values(payment_id=None))
    conn.execute(delete(deposit_parts).where(deposit_parts.c.payment_id == payment_id))


def pass_on(conn: Connection, payment_id: int, heir_id: int) -> None:
    """Gives what a person said of a copy of a check to the copy that is posted in its place: ties in parts, kept apart.

    What was found by trace waits, to be found again: the sound copy may say another amount.
    """
    conn.execute(update(deposits).where(deposits.c.payment_id == payment_id).values(payment_id=None))
    for table in (deposit_parts, deposits_apart):
        at = table.c
        there = select(at.deposit_id).where(at.payment_id == heir_id)
        conn.execute(update(table).where(at.payment_id == payment_id, at.deposit_id.not_in(there))
                     .values(payment_id=heir_id))  # fmt: skip
        conn.execute(delete(table).where(at.payment_id == payment_id))


def let_go_of_copies(conn: Connection) -> None:
    """Lets go of deposits that were found for a copy of a check that another one replaced since."""
    copies = select(payments.c.id).where(payments.c.state == "duplicate")
    conn.execute(update(deposits).where(deposits.c.payment_id.in_(copies)).values(payment_id=None))


def matched_payments(conn: Connection) -> set[int]:
    """Payments that have a deposit, or a part of one."""
    query = select(deposits.c.payment_id).where(deposits.c.payment_id.is_not(None))
    return {int(one) for one in conn.execute(query.union(select(deposit_parts.c.payment_id))).scalars() if one}


def short(conn: Connection, payment_cents: Mapping[int, int]) -> dict[int, int]:
    """What of remittances (their cents by number) no deposit covers yet: all of it, or what a person's ties leave."""
    tied: dict[int, list[Tie]] = {}
    for one in ties(conn):
        tied.setdefault(one.payment_id, []).append(one)
    found = {number: cents - sum(one.cents for one in tied.get(number, []))
             for number, cents in payment_cents.items()
             if all(one.by_hand for one in tied.get(number, []))}  # fmt: skip
    return {number: cents for number, cents in found.items() if cents}


def total_cents(conn: Connection) -> int:
    """The sum of all deposits."""
    return int(conn.execute(select(func.coalesce(func.sum(deposits.c.amount_cents), 0))).scalar_one())


def _row(row: Row[tuple[object, ...]]) -> DepositRow:
    return DepositRow(**row._asdict())
