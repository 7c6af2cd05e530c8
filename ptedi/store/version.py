"""The version of what is stored: it changes whenever anything is added that a report could tell of."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from ptedi.store.book_tables import decisions, deposits
from ptedi.store.price_tables import line_prices
from ptedi.store.tables import claim_events, claims, payments, postings, visits, work_items
from ptedi.store.work_tables import work_events

_APPENDED = (claim_events, postings, visits, claims, payments, deposits, decisions, work_items, work_events,
             line_prices)  # fmt: skip


def version(conn: Connection) -> tuple[int, ...]:
    """The newest row of each table that only grows; every change of anything else leaves an event beside it."""
    newest = [select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery() for table in _APPENDED]
    return tuple(int(number) for number in conn.execute(select(*newest)).one())
