"""Whole tables for analysts, in bulk: plain rows under named columns, nothing summed that a report must open up.

Every function gives `Rows`; `ptedi.reports` makes frames of them.  Amounts are integer cents, times UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from ptedi.ledger.accounts import Account, Kind
from ptedi.store import tables as t
from ptedi.store._sql import chunks
from ptedi.store.payments import PaymentState
from ptedi.store.price_tables import line_prices
from ptedi.submissions.status import Event

ON_CLAIMS = tuple(a.value for a in Account if a.kind in (Kind.PAYER, Kind.PATIENT, Kind.ADJUSTMENT, Kind.CLEARING))
"""The accounts in which a claim's money stands; the account of charges is their mirror."""
_REFUSED = (Event.INTERCHANGE_REJECTED, Event.FILE_REJECTED, Event.CLEARINGHOUSE_REJECTED, Event.PAYER_REJECTED)
_TAKEN = (Event.CLEARINGHOUSE_ACCEPTED, Event.PAYER_ACCEPTED)
_REMITTED = (Event.PAID, Event.PARTLY_PAID, Event.DENIED)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table and the names of their columns."""

    names: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


def _all(conn: Connection, query: Select[Any]) -> Rows:
    found = conn.execute(query)
    return Rows(tuple(found.keys()), found.fetchall())


def claims(conn: Connection) -> Rows:
    """Every claim with its state and the milestones of its life; `later_payer`: made of an earlier payer's answer.

    The milestones are of its first journey: what happened after a person sent it again (`reworked`) does not count.
    """
    c, state, life = t.claims.c, t.claim_states.c, _milestones().subquery()
    later = select(t.coordinations.c.next_claim_id.label("id")).where(
        t.coordinations.c.next_claim_id.is_not(None)).subquery()  # fmt: skip
    query = (
        select(c.id.label("claim_id"), c.patient_control_number.label("claim"), c.visit_row_id, c.visit_id,
               c.patient_id, c.service_date, c.payer_id.label("payer"), c.partner_id.label("partner"), c.charge_cents,
               c.created_at, state.state_after.label("state"), state.at.label("since"),
               later.c.id.is_not(None).label("later_payer"),
               *(life.c[name] for name in life.c.keys() if name != "claim_id"))
        .outerjoin(t.claim_states, state.claim_id == c.id)
        .outerjoin(life, life.c.claim_id == c.id)
        .outerjoin(later, later.c.id == c.id)
        .order_by(c.id)
    )  # fmt: skip
    return _all(conn, query)


def _milestones() -> Select[Any]:
    e = t.claim_events.c

    def first(value: ColumnElement[Any], *events: Event) -> ColumnElement[Any]:
        return func.min(case((e.event.in_([event.value for event in events]), value)))

    return select(
        e.claim_id,
        first(e.at, Event.HELD, Event.RELEASED).label("scrubbed_at"),
        first(e.sequence, Event.HELD, Event.RELEASED).label("scrubbed_event"),
        first(e.sequence, Event.HELD).label("held_event"),
        first(e.at, Event.SENT).label("sent_at"),
        first(e.sequence, Event.SENT).label("sent_event"),
        first(e.at, Event.FILE_ACCEPTED, Event.FILE_REJECTED).label("file_answered_at"),
        first(e.at, *_TAKEN, Event.CLEARINGHOUSE_REJECTED, Event.PAYER_REJECTED).label("claim_answered_at"),
        first(e.sequence, *_TAKEN).label("accepted_event"),
        first(e.sequence, *_REFUSED).label("rejected_event"),
        first(e.sequence, Event.REWORKED).label("reworked_event"),
        first(e.at, *_REMITTED).label("remitted_at"),
        first(e.sequence, *_REMITTED).label("remitted_event"),
        first(e.sequence, Event.PAID).label("paid_event"),
        first(e.sequence, Event.PARTLY_PAID).label("partly_paid_event"),
        first(e.sequence, Event.DENIED).label("denied_event"),
    ).group_by(e.claim_id)


def visits(conn: Connection) -> Rows:
    """Each visit's newest revision with its clinic and therapist, when it was first captured and in which file."""
    v = t.visits.c
    first = select(v.visit_id, func.min(v.captured_at).label("captured_at"), func.max(v.revision).label("revision")
                   ).group_by(v.visit_id).subquery()  # fmt: skip
    billed = select(t.claim_visits.c.visit_id).distinct().subquery()
    rows = t.charge_rows.c
    source = select(rows.file_id, rows.visit_id, func.min(rows.row).label("source_row")).where(
        rows.visit_id != "").group_by(rows.file_id, rows.visit_id).subquery()  # fmt: skip
    query = (
        select(v.id, v.visit_id, v.revision, v.service_date, v.patient_id, first.c.captured_at, v.file_id,
               source.c.source_row, billed.c.visit_id.is_not(None).label("on_a_claim"), v.document)
        .join(first, and_(first.c.visit_id == v.visit_id, first.c.revision == v.revision))
        .outerjoin(source, and_(source.c.file_id == v.file_id, source.c.visit_id == v.visit_id))
        .outerjoin(billed, billed.c.visit_id == v.visit_id)
        .order_by(v.id)
    )  # fmt: skip
    names = ("visit_row_id", "visit_id", "revision", "service_date", "patient_id", "captured_at", "file_id",
             "source_row", "on_a_claim", "clinic", "therapist", "payer", "minutes", "charge_rows")  # fmt: skip
    return Rows(names, [(*row[:-1], *_captured(row[-1])) for row in conn.execute(query)])


class _Coverage(msgspec.Struct):
    payer_id: str
    sequence: str = "P"


class _Captured(msgspec.Struct):
    therapist_minutes: int
    assistant_minutes: int


class _Visit(msgspec.Struct):
    clinic_id: str
    therapist_id: str
    coverages: tuple[_Coverage, ...]
    charges: tuple[_Captured, ...]


_visit = msgspec.json.Decoder(_Visit).decode


def _captured(document: str) -> tuple[str, str, str, int, int]:
    one = _visit(document)
    payer = next((c.payer_id for c in one.coverages if c.sequence == "P"), "")
    minutes = sum(c.therapist_minutes + c.assistant_minutes for c in one.charges)
    return one.clinic_id, one.therapist_id, payer, minutes, len(one.charges)


class _Line(msgspec.Struct):
    number: int
    procedure: str
    charge: str
    units: int
    service_date: date
    control_number: str
    modifiers: tuple[str, ...] = ()


class _Claim(msgspec.Struct):
    lines: tuple[_Line, ...]


class _Trace(msgspec.Struct):
    line: int
    minutes: int


class _Coded(msgspec.Struct):
    claim: _Claim
    trace: tuple[_Trace, ...] = ()


_coded = msgspec.json.Decoder(_Coded).decode


def lines(conn: Connection) -> Rows:
    """Every service line of every claim as it was last coded; `minutes` are those its units were made of."""
    query = select(t.claims.c.id, t.claims.c.document).order_by(t.claims.c.id)
    names = ("claim_id", "line", "procedure", "modifiers", "units", "minutes", "charge_cents", "service_date",
             "control_number")  # fmt: skip
    return Rows(names, [row for claim_id, document in conn.execute(query) for row in _lines(claim_id, document)])


def _lines(claim_id: int, document: str) -> Iterator[tuple[object, ...]]:
    one = _coded(document)
    minutes = {trace.line: trace.minutes for trace in one.trace}
    for line in one.claim.lines:
        yield (claim_id, line.number, line.procedure, ":".join(line.modifiers), line.units,
               minutes.get(line.number, 0), _cents(line.charge), line.service_date, line.control_number)  # fmt: skip


def _cents(amount: str) -> int:
    """Integer cents of an amount as our own documents write it: two decimals, always."""
    whole, _, part = amount.partition(".")
    return int(whole + part.ljust(2, "0"))


def payments(conn: Connection) -> Rows:
    """Every 835 transaction set and what became of it."""
    p = t.payments.c
    return _all(conn, select(
        p.id.label("payment_id"), p.file_id, p.set_index, p.trace_number, p.originator, p.payer, p.method,
        p.payment_date, p.book_date, p.amount_cents, p.claim_count, p.state, p.posted_at).order_by(p.id))  # fmt: skip


def claim_payments(conn: Connection, *, posted: bool = False) -> Rows:
    """Every CLP with its payment's day and place; only those that stand in the books with `posted`."""
    c, p = t.claim_payments.c, t.payments.c
    query = select(
        c.id.label("claim_payment_id"), c.payment_id, c.claim_id, c.state, c.patient_control_number,
        c.payer_claim_control_number, c.status_code, c.charge_cents, c.paid_cents, c.patient_cents, p.payment_date,
        p.book_date, p.posted_at, p.file_id, c.segment_index, c.byte_offset,
    ).join(t.payments, p.id == c.payment_id).order_by(c.id)  # fmt: skip
    return _all(conn, query.where(c.state == PaymentState.POSTED.value) if posted else query)


def postings(
    conn: Connection, accounts: Iterable[str] = ON_CLAIMS, *, until: date | None = None, on_claims: bool = True,
    claim_ids: Sequence[int] | None = None,
) -> Rows:  # fmt: skip
    """Postings of some accounts, each with the place it came from.

    Args:
        conn: the store.
        accounts: which accounts; all of them when empty.
        until: the last day in whose books they may stand.
        on_claims: only those that stand on a claim.
        claim_ids: only those of these claims.
    """
    p = t.postings.c
    query = select(
        p.id.label("posting_id"), p.claim_id, p.line, p.account, p.amount_cents.label("cents"), p.adjustment_group,
        p.adjustment_reason, p.source, p.payment_id, p.claim_payment_id, p.effective_date, p.at, p.file_id,
        p.segment_index, p.byte_offset,
    ).where(*_which(accounts, until, on_claims)).order_by(p.id)  # fmt: skip
    if claim_ids is None:
        return _all(conn, query)
    parts = [_all(conn, query.where(p.claim_id.in_(some))) for some in chunks(sorted(claim_ids))]
    return Rows(tuple(query.selected_columns.keys()), [row for part in parts for row in part.rows])


def balances(conn: Connection, accounts: Iterable[str] = ON_CLAIMS, *, until: date | None = None) -> Rows:
    """What stands in some accounts of each claim; like `postings`, but summed by the database."""
    p = t.postings.c
    total = func.sum(p.amount_cents)
    return _all(conn, select(p.claim_id, p.account, total.label("cents")).where(*_which(accounts, until, True))
                .group_by(p.account, p.claim_id).having(total != 0))  # fmt: skip


def _which(accounts: Iterable[str], until: date | None, on_claims: bool) -> list[ColumnElement[bool]]:
    p, wanted = t.postings.c, list(accounts)
    where: list[ColumnElement[bool]] = [p.account.in_(wanted)] if wanted else []
    if until is not None:
        where.append(p.effective_date <= until)
    return [*where, p.claim_id.is_not(None)] if on_claims else where


def last_booked(conn: Connection) -> date | None:
    """The newest day that has a posting."""
    return conn.execute(select(func.max(t.postings.c.effective_date))).scalar()


def first_and_last_service(conn: Connection) -> tuple[date, date] | None:
    """The first and the last service date of all visits, None without one."""
    first, last = conn.execute(select(func.min(t.visits.c.service_date), func.max(t.visits.c.service_date))).one()
    return None if first is None else (first, last)


def events(conn: Connection) -> Rows:
    """Every event of every claim with its evidence."""
    e = t.claim_events.c
    return _all(conn, select(
        e.claim_id, e.sequence, e.event, e.state_after, e.actor, e.at, e.detail, e.file_id, e.segment_index,
        e.byte_offset).order_by(e.claim_id, e.sequence))  # fmt: skip


def work(conn: Connection) -> Rows:
    """Every work item, open or closed."""
    w = t.work_items.c
    return _all(conn, select(
        w.id.label("item"), w.kind, w.claim_id, w.line, w.category, w.adjustment_group, w.adjustment_reason, w.remarks,
        w.next_action, w.amount_cents, w.deadline, w.priority, w.owner, w.state, w.created_at, w.closed_at,
        w.file_id).order_by(w.id))  # fmt: skip


def files(conn: Connection) -> Rows:
    """Every file that came in or went out."""
    f = t.files.c
    return _all(conn, select(f.id.label("file_id"), f.original_name.label("file"), f.kind, f.direction, f.sha256,
                             f.received_at).order_by(f.id))  # fmt: skip


def variances(conn: Connection) -> Rows | None:
    """What each line that has a price was paid against it, with the newest 835 that says so; None when none has one.

    A denied line is none of them: its denial has its amount.
    """
    price, c, p = line_prices.c, t.claim_payments.c, t.payments.c
    newest = (
        select(c.claim_id, func.max(c.id).label("id")).where(c.state == PaymentState.POSTED.value)
        .group_by(c.claim_id).subquery()
    )  # fmt: skip
    query = (
        select(price.claim_id, price.line, price.procedure.label("code"), price.verdict, price.cause.label("step"),
               price.expected_cents, price.paid_cents, price.difference_cents.label("variance_cents"),
               func.coalesce(p.payment_date, p.book_date).label("paid_on"), p.file_id, c.segment_index, c.byte_offset)
        .join(newest, newest.c.claim_id == price.claim_id).join(t.claim_payments, c.id == newest.c.id)
        .join(t.payments, p.id == c.payment_id)
        .where(price.replaced_at.is_(None), price.expected_cents.is_not(None), price.verdict != "denied")
        .order_by(price.claim_id, price.line)
    )  # fmt: skip
    found = _all(conn, query)
    return found if found.rows else None


TABLES = {call.__name__: call for call in (claims, visits, lines, payments, claim_payments, events, work, files)}
"""The functions that give whole tables, by the name of the table."""
