"""Whole tables for analysts, in bulk: named columns of many rows, nothing summed that a report must open up.

Every function gives `Rows`; `ptedi.reports` makes frames of them.  Only the columns wanted are read, as the driver
hands them over: amounts are integer cents, days and times (UTC) ISO texts or days and seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import date
from itertools import chain
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
)  # fmt: skip
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.selectable import FromClause

from ptedi.ledger.accounts import Account, Kind
from ptedi.store import tables as t
from ptedi.store._read import MANY, Columns, Rows, Wanted, picked, read, told
from ptedi.store._sql import chunks
from ptedi.store.milestones import STEPS
from ptedi.store.payments import PaymentState
from ptedi.store.price_tables import line_prices
from ptedi.store.report_tables import claim_lines, claim_milestones
from ptedi.store.work_rows import work

__all__ = ["MANY", "ON_CLAIMS", "TABLES", "Rows", "Wanted", "balances", "by_line", "claim_payments", "claims", "events",
           "files", "lines", "payments", "postings", "read", "remitted", "told", "variances", "visits"]  # fmt: skip

ON_CLAIMS = tuple(a.value for a in Account if a.kind in (Kind.PAYER, Kind.PATIENT, Kind.ADJUSTMENT, Kind.CLEARING))
"""The accounts in which a claim's money stands; the account of charges is their mirror."""
_OF_LATER_PAYERS = ("2", "3", "20", "21")  # CLP02: processed as secondary or tertiary

Join: TypeAlias = tuple[Set[str], FromClause, ColumnElement[bool]]
"""The columns that need it, what is joined, on what."""


def _joined(conn: Connection, columns: Columns, wanted: Wanted, start: FromClause, joins: Sequence[Join]
            ) -> Select[Any]:  # fmt: skip
    """The wanted columns, joined only with what they come from."""
    source = start
    for names, table, on in joins:
        if wanted is None or not names.isdisjoint(wanted):
            source = source.outerjoin(table, on)
    return select(*picked(conn, columns, wanted)).select_from(source)


def _ordered(query: Select[Any], wanted: Wanted, shown: str, *order: ColumnElement[Any]) -> Select[Any]:
    """In order where rows are shown one by one (that column is wanted): what is only summed needs none."""
    return query.order_by(*order) if wanted is None or shown in wanted else query


def claims(conn: Connection, wanted: Wanted = None) -> Rows:
    """Every claim with its state and the milestones of its life; `later_payer`: made of an earlier payer's answer.

    The milestones are of its first journey: what happened after a person sent it again (`reworked`) does not count.
    Clinic and therapist are those of the newest revision of its visit.
    """
    c, state, life = t.claims.c, t.claim_states.c, claim_milestones.c
    later = select(t.coordinations.c.next_claim_id.label("id")).where(
        t.coordinations.c.next_claim_id.is_not(None)).subquery()  # fmt: skip
    visit, newer, then = t.visits.alias("visit"), t.visits.alias("newer"), t.coordinations.alias("then")
    columns: dict[str, ColumnElement[Any]] = {
        "claim_id": c.id, "claim": c.patient_control_number, "visit_row_id": c.visit_row_id, "visit_id": c.visit_id,
        "patient_id": c.patient_id, "service_date": c.service_date, "payer": c.payer_id, "partner": c.partner_id,
        "charge_cents": c.charge_cents, "created_at": c.created_at, "state": state.state_after, "since": state.at,
        "later_payer": later.c.id.is_not(None), "next_payer": then.c.payer_id,
        "clinic": visit.c.clinic_id, "therapist": visit.c.therapist_id, "captured_at": _first_captured(visit),
    } | {name: life[name] for name in STEPS} | _first_journey(life)  # fmt: skip
    newest = select(func.max(newer.c.revision)).where(newer.c.visit_id == c.visit_id).scalar_subquery()
    joins = (
        ({"state", "since"}, t.claim_states, state.claim_id == c.id),
        ({*STEPS, *_first_journey(life)}, claim_milestones, life.claim_id == c.id),
        ({"later_payer"}, later, later.c.id == c.id),
        ({"next_payer"}, then, then.c.claim_id == c.id),
        ({"clinic", "therapist", "captured_at"}, visit,
         and_(visit.c.visit_id == c.visit_id, visit.c.revision == newest)),
    )  # fmt: skip
    return read(conn, _joined(conn, columns, wanted, t.claims, joins).order_by(c.id))


def _first_journey(life: ReadOnlyColumnCollection[str, Any]) -> dict[str, ColumnElement[Any]]:
    """How a claim fared before a person sent it again."""
    again, never = func.coalesce(life.reworked_event, 1 << 30), (1 << 30) + 1
    refused = func.coalesce(life.rejected_event, never) < again
    return {
        "clean": life.held_event.is_(None),
        "accepted": and_(func.coalesce(life.accepted_event, never) < again, ~refused),
        "paid_at_once": func.coalesce(life.paid_event == life.remitted_event, false()),
    }  # fmt: skip


def _first_captured(visit: FromClause) -> ColumnElement[Any]:
    """When a visit's first revision was read."""
    others = t.visits.alias("others")
    first = select(func.min(others.c.captured_at)).where(others.c.visit_id == visit.c.visit_id).scalar_subquery()
    return case((visit.c.revision == 1, visit.c.captured_at), else_=first)


def visits(conn: Connection, wanted: Wanted = None) -> Rows:
    """Each visit's newest revision, when it was first captured and in which file."""
    v, link, rows, newer = t.visits.c, t.claim_visits.c, t.charge_rows.c, t.visits.alias("newer")
    source = select(rows.file_id, rows.visit_id, func.min(rows.row).label("source_row")).where(
        rows.visit_id != "").group_by(rows.file_id, rows.visit_id).subquery()  # fmt: skip
    columns: dict[str, ColumnElement[Any]] = {
        "visit_row_id": v.id, "visit_id": v.visit_id, "revision": v.revision, "service_date": v.service_date,
        "patient_id": v.patient_id, "captured_at": _first_captured(t.visits), "file_id": v.file_id,
        "source_row": source.c.source_row, "on_a_claim": exists().where(link.visit_id == v.visit_id),
        "clinic": v.clinic_id, "therapist": v.therapist_id, "payer": v.payer_id, "minutes": v.minutes,
        "charge_rows": v.charge_count,
    }  # fmt: skip
    newest = ~exists().where(newer.c.visit_id == v.visit_id, newer.c.revision > v.revision)
    of_row = and_(source.c.file_id == v.file_id, source.c.visit_id == v.visit_id)
    query = _joined(conn, columns, wanted, t.visits, [({"source_row"}, source, of_row)]).where(newest)
    return read(conn, _ordered(query, wanted, "visit_id", v.id))


def lines(conn: Connection, wanted: Wanted = None) -> Rows:
    """Every service line of every claim as it was last coded; `minutes` are those its units were made of."""
    c = claim_lines.c
    return read(conn, select(*picked(conn, dict(c), wanted)).order_by(c.claim_id, c.line))


def payments(conn: Connection, wanted: Wanted = None) -> Rows:
    """Every 835 transaction set and what became of it."""
    p = t.payments.c
    names = ("file_id", "set_index", "trace_number", "originator", "payer", "method", "payment_date", "book_date",
             "amount_cents", "claim_count", "state", "posted_at")  # fmt: skip
    return read(conn, select(*picked(conn, {"payment_id": p.id} | {name: p[name] for name in names}, wanted)
                              ).order_by(p.id))  # fmt: skip


def claim_payments(conn: Connection, wanted: Wanted = None) -> Rows:
    """Every CLP with its payment's day and place."""
    c, p = t.claim_payments.c, t.payments.c
    own = ("payment_id", "claim_id", "state", "patient_control_number", "payer_claim_control_number", "status_code",
           "charge_cents", "paid_cents", "patient_cents", "segment_index", "byte_offset")  # fmt: skip
    of_check = {name: p[name] for name in ("payment_date", "book_date", "posted_at", "file_id")}
    columns = {"claim_payment_id": c.id} | {name: c[name] for name in own} | of_check
    joins = [(set(of_check), t.payments, p.id == c.payment_id)]
    return read(conn, _ordered(_joined(conn, columns, wanted, t.claim_payments, joins), wanted, "byte_offset", c.id))


def postings(
    conn: Connection, accounts: Iterable[str] = ON_CLAIMS, *, until: date | None = None, on_claims: bool = True,
    claim_ids: Sequence[int] | None = None, wanted: Wanted = None,
) -> Rows:  # fmt: skip
    """Postings of some accounts, each with the place it came from.

    Args:
        conn: the store.
        accounts: which accounts; all of them when empty.
        until: the last day in whose books they may stand.
        on_claims: only those that stand on a claim.
        claim_ids: only those of these claims.
        wanted: which columns; all when None.
    """
    p = t.postings.c
    same = ("claim_id", "line", "account", "adjustment_group", "adjustment_reason", "source", "payment_id",
            "claim_payment_id", "effective_date", "at", "file_id", "segment_index", "byte_offset")  # fmt: skip
    other = _other_payers()
    columns = {"posting_id": p.id, "cents": p.amount_cents} | {name: p[name] for name in same} | {
        "other_payer": func.coalesce(other.c.payer_id, "")}  # fmt: skip
    query = _joined(conn, columns, wanted, t.postings, [({"other_payer"}, other, other.c.id == p.claim_payment_id)])
    query = _ordered(query.where(*_which(accounts, until, on_claims)), wanted, "byte_offset", p.id)
    if claim_ids is None:
        return read(conn, query)
    parts = (read(conn, query.where(p.claim_id.in_(some))).chunks for some in chunks(sorted(claim_ids)))
    return Rows(tuple(query.selected_columns.keys()), chain.from_iterable(parts))


def balances(conn: Connection, accounts: Iterable[str] = ON_CLAIMS, *, until: date | None = None,
             wanted: Wanted = None, lines: bool = False) -> Rows:  # fmt: skip
    """What stands in some accounts of each claim, summed by the database: `cents` up to a day, `ever` whenever.

    With `lines` of each line of each claim.
    """
    p = t.postings.c
    ever = func.sum(p.amount_cents)
    then = ever if until is None else func.sum(case((p.effective_date <= until, p.amount_cents), else_=0))
    columns = {"claim_id": p.claim_id, "account": p.account, "cents": cast(then, BigInteger),
               "ever": cast(ever, BigInteger)}  # fmt: skip
    both = wanted is None or "ever" in wanted
    by = [p.line] if lines else []
    query = select(*picked(conn, columns, wanted), *by).where(*_which(accounts, None if both else until, True))
    something = or_(then != 0, ever != 0) if both else then != 0
    return read(conn, query.group_by(p.account, p.claim_id, *by).having(something))


def remitted(conn: Connection, accounts: Iterable[str], first: date, last: date, *, lines: bool = False) -> Rows:
    """What claim payments put into some accounts of each claim (or line, with `lines`) on each day of the books.

    `other_payer` is who answered when it was not the claim's own payer, else empty.
    """
    p, other = t.postings.c, _other_payers()
    by = [p.account, p.claim_id, p.effective_date, other.c.payer_id, *([p.line] if lines else [])]
    told_by = func.coalesce(other.c.payer_id, "").label("other_payer")
    query = (
        select(*picked(conn, {column.name: column for column in by if column.name != "payer_id"}, None), told_by,
               cast(func.sum(p.amount_cents), BigInteger).label("cents"))
        .select_from(t.postings).outerjoin(other, other.c.id == p.claim_payment_id)
        .where(*_which(accounts, None, True), p.claim_payment_id.is_not(None), p.effective_date.between(first, last))
        .group_by(*by)
    )  # fmt: skip
    return read(conn, query)


def _other_payers() -> FromClause:
    """Claim payments that another payer sent than that of the claim on whose account they stand: `id`, `payer_id`.

    Claims to later payers have no account of their own; a claim that its payer forwarded has not even a claim.
    """
    c, on, own = t.claim_payments.c, t.coordinations.alias("on").c, t.claims.c
    asked = select(c.id, own.payer_id).join(t.coordinations, t.coordinations.c.next_claim_id == c.claim_id).join(
        t.claims, own.id == c.claim_id)  # fmt: skip
    is_later = exists().where(t.coordinations.c.next_claim_id == c.claim_id)
    forwarded = select(c.id, on.payer_id).join(on.claim_id.table, on.claim_id == c.claim_id).where(
        c.status_code.in_(_OF_LATER_PAYERS), on.payer_id != "", ~is_later)  # fmt: skip
    return asked.union_all(forwarded).subquery("other")


def by_line(conn: Connection, accounts: Iterable[str]) -> Rows:
    """What stands in some accounts of each line of each claim."""
    p = t.postings.c
    return read(conn, select(p.claim_id, p.line, cast(func.sum(p.amount_cents), BigInteger).label("cents"))
                 .where(*_which(accounts, None, True)).group_by(p.claim_id, p.line))  # fmt: skip


def _which(accounts: Iterable[str], until: date | None, on_claims: bool) -> list[ColumnElement[bool]]:
    p, some = t.postings.c, list(accounts)
    where: list[ColumnElement[bool]] = [p.account.in_(some)] if some else []
    if until is not None:
        where.append(p.effective_date <= until)
    return [*where, p.claim_id.is_not(None)] if on_claims else where


def events(conn: Connection, wanted: Wanted = None) -> Rows:
    """Every event of every claim with its evidence."""
    e = t.claim_events.c
    names = ("claim_id", "sequence", "event", "state_after", "actor", "at", "detail", "file_id", "segment_index",
             "byte_offset")  # fmt: skip
    return read(conn, select(*picked(conn, {name: e[name] for name in names}, wanted)
                              ).order_by(e.claim_id, e.sequence))  # fmt: skip


def files(conn: Connection, wanted: Wanted = None) -> Rows:
    """Every file that came in or went out."""
    f = t.files.c
    columns = {"file_id": f.id, "file": f.original_name} | {
        name: f[name] for name in ("kind", "direction", "sha256", "received_at")}  # fmt: skip
    return read(conn, select(*picked(conn, columns, wanted)).order_by(f.id))


def variances(conn: Connection, wanted: Wanted = None) -> Rows | None:
    """What each line was paid against its price, with the SVC of the newest 835 that says so; None without any.

    A denied line is none of them: its denial has its amount.  One of which no contract is known has no expected amount.
    """
    price, c, p = line_prices.c, t.claim_payments.c, t.payments.c
    columns: dict[str, ColumnElement[Any]] = {
        "claim_id": price.claim_id, "line": price.line, "payer": price.payer_id, "code": price.procedure,
        "verdict": price.verdict, "why": price.sentence,
        "step": price.cause, "expected_cents": price.expected_cents, "paid_cents": price.paid_cents,
        "variance_cents": price.difference_cents, "paid_on": func.coalesce(p.payment_date, p.book_date),
        "file_id": p.file_id, "segment_index": price.segment_index, "byte_offset": price.byte_offset,
    }  # fmt: skip
    query = (
        select(*picked(conn, columns, wanted))
        .join(t.claim_payments, and_(c.id == price.claim_payment_id, c.state == PaymentState.POSTED.value))
        .join(t.payments, p.id == c.payment_id)
        .where(price.replaced_at.is_(None), price.verdict != "denied")
    )  # fmt: skip
    found = read(conn, _ordered(query, wanted, "line", price.claim_id, price.line, price.payer_id))
    start = next(found.chunks, None)
    return None if start is None else Rows(found.names, chain([start], found.chunks))


TABLES = {call.__name__: call for call in (claims, visits, lines, payments, claim_payments, events, work, files)}
"""The functions that give whole tables, by the name of the table."""
