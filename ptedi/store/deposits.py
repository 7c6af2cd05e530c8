"""What the bank says: one row per deposit, tied to the remittance it pays for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Row, func, insert, select, true, update

from ptedi.store.tables import deposits


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
    """A recorded deposit; `payment_id` is the remittance it pays for."""

    id: int
    file_id: int
    row: int
    trace_number: str
    originator: str
    deposit_date: date
    amount_cents: int
    payment_id: int | None


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
    query = select(deposits).order_by(deposits.c.id)
    if matched is not None:
        query = query.where(deposits.c.payment_id.is_not(None) if matched else deposits.c.payment_id.is_(None))
    return [_row(row) for row in conn.execute(query)]


def page(conn: Connection, *, waiting: bool, limit: int, offset: int) -> tuple[list[DepositRow], int]:
    """Deposits, the newest first, and how many there are; `waiting`: those that no remittance is tied to."""
    which = deposits.c.payment_id.is_(None) if waiting else true()
    query = select(deposits).where(which).order_by(deposits.c.deposit_date.desc(), deposits.c.id.desc())
    rows = [_row(row) for row in conn.execute(query.limit(limit).offset(offset))]
    return rows, int(conn.execute(select(func.count()).select_from(deposits).where(which)).scalar_one())


def match(conn: Connection, deposit_id: int, payment_id: int) -> None:
    """Ties a deposit to its remittance."""
    conn.execute(update(deposits).where(deposits.c.id == deposit_id).values(payment_id=payment_id))


def untie(conn: Connection, payment_id: int) -> None:
    """Lets go of the deposits of a remittance that was taken out of the books: they wait for the right one."""
    conn.execute(update(deposits).where(deposits.c.payment_id == payment_id).values(payment_id=None))


def matched_payments(conn: Connection) -> set[int]:
    """Payments that have a deposit."""
    query = select(deposits.c.payment_id).where(deposits.c.payment_id.is_not(None))
    return {int(one) for one in conn.execute(query).scalars() if one is not None}


def total_cents(conn: Connection) -> int:
    """The sum of all deposits."""
    return int(conn.execute(select(func.coalesce(func.sum(deposits.c.amount_cents), 0))).scalar_one())


def _row(row: Row[tuple[object, ...]]) -> DepositRow:
    return DepositRow(**row._asdict())
