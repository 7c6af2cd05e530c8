"""Work items for analysts, each with the place of what it is about: the segment that denied, the newest answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from ptedi.ledger.accounts import Account
from ptedi.store import tables as t
from ptedi.store._read import Rows, Wanted, picked, read
from ptedi.store.work import WorkKind

_NAMES = ("kind", "claim_id", "line", "category", "adjustment_group", "adjustment_reason", "remarks", "next_action",
          "amount_cents", "deadline", "priority", "owner", "state", "created_at", "closed_at")  # fmt: skip
_PLACES = ("file_id", "segment_index", "byte_offset")


def work(conn: Connection, wanted: Wanted = None) -> Rows:
    """Every work item, open or closed.

    The place of a denial is where the newest remittance denied the line so (its posting); of other items about a claim
    the newest answer to it; an item about a file has the file alone.
    """
    w, denying, answer = t.work_items.c, t.postings.alias("denying"), t.claim_events.alias("answer")
    columns: dict[str, ColumnElement[Any]] = {"item": w.id} | {name: w[name] for name in _NAMES}
    same = or_(w.file_id.is_(None), w.file_id == answer.c.file_id)
    told = {name: case((denying.c.id.is_not(None), denying.c[name]), (same, answer.c[name])) for name in _PLACES}
    columns |= told | {"file_id": func.coalesce(told["file_id"], w.file_id)}
    query = select(*picked(conn, columns, wanted)).select_from(t.work_items)
    if wanted is None or not set(_PLACES).isdisjoint(wanted):
        query = select(*picked(conn, columns, wanted)).select_from(
            t.work_items.outerjoin(denying, denying.c.id == _denying())
            .outerjoin(answer, and_(answer.c.claim_id == w.claim_id, answer.c.sequence == _newest_answer())))
    return read(conn, query.order_by(w.id))


def _denying() -> ColumnElement[Any]:
    """The newest posting that denied what an item is about; that of a claim to a later payer is on the first one's."""
    w, p, on = t.work_items.c, t.postings.c, t.coordinations.c
    first = select(func.max(on.claim_id)).where(on.next_claim_id == w.claim_id).correlate(
        t.work_items).scalar_subquery()  # fmt: skip
    return select(func.max(p.id)).where(
        w.kind.in_([WorkKind.DENIAL.value, WorkKind.ADJUSTMENT.value]), p.account == Account.DENIED.value,
        p.claim_id == func.coalesce(first, w.claim_id), p.adjustment_reason == w.adjustment_reason,
        p.claim_payment_id.is_not(None), func.coalesce(p.line, 0) == func.coalesce(w.line, 0),
    ).correlate(t.work_items).scalar_subquery()  # fmt: skip


def _newest_answer() -> ColumnElement[Any]:
    w, e = t.work_items.c, t.claim_events.c
    return select(func.max(e.sequence)).where(e.claim_id == w.claim_id, e.segment_index.is_not(None)).correlate(
        t.work_items).scalar_subquery()  # fmt: skip
