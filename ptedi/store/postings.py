"""The ledger in the store: append-only entries, each key once, balances always summed from the rows."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, FromClause, Row, case, exists, func, literal_column, or_, select

from ptedi.dates import now
from ptedi.ledger.accounts import PAYER_BY_SEQUENCE, PROVIDER_LEVEL, Account
from ptedi.ledger.model import Entry, Posting, Source
from ptedi.money import ZERO, cents, from_cents
from ptedi.remittances.model import Origin
from ptedi.store import sums
from ptedi.store._sql import among, chunks, insert_tuples
from ptedi.store.tables import claims, postings


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """An entry with the rows it comes from."""

    entry: Entry
    payment_id: int | None = None
    claim_payment_id: int | None = None
    file_id: int | None = None


def post(conn: Connection, booking: Booking) -> bool:
    """Writes one entry; whether it was new (an entry that is there stays as it is)."""
    return post_all(conn, [booking]) == 1


def post_all(conn: Connection, bookings: Sequence[Booking]) -> int:
    """Writes the entries whose keys are not in the ledger yet, all in this transaction; how many were new."""
    known = _known(conn, [b.entry.key for b in bookings])
    fresh = {b.entry.key: b for b in bookings if b.entry.key not in known}
    at = now()
    rows = [values for b in fresh.values() for values in _rows(b, at)]
    insert_tuples(conn, postings, _WRITTEN, rows)
    sums.add(conn, [(p.account.value, cents(p.amount), b.entry.claim_id is not None)
                    for b in fresh.values() for p in b.entry.postings])  # fmt: skip
    return len(fresh)


def _known(conn: Connection, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(keys):
        query = select(postings.c.transaction_key).where(among(conn, postings.c.transaction_key, some)).distinct()
        found.update(conn.execute(query).scalars())
    return found


_WRITTEN = ("transaction_key", "sequence", "account", "amount_cents", "claim_id", "line", "payment_id",
            "claim_payment_id", "adjustment_group", "adjustment_reason", "reference", "source", "file_id",
            "segment_index", "byte_offset", "effective_date", "at")  # fmt: skip


def _rows(booking: Booking, at: datetime) -> list[tuple[object, ...]]:
    """The postings of an entry in the columns `_WRITTEN`."""
    entry, source = booking.entry, booking.entry.source.value
    return [
        (entry.key, number, p.account.value, cents(p.amount), entry.claim_id, p.line, booking.payment_id,
         booking.claim_payment_id, p.group[:2], p.reason[:5], p.reference[:64], source, booking.file_id,
         p.origin.segment_index if p.origin else None, p.origin.byte_offset if p.origin else None,
         entry.effective, at)
        for number, p in enumerate(entry.postings, 1)
    ]  # fmt: skip


def find(conn: Connection, key: str) -> Entry | None:
    """The entry with this key as it was posted, or None."""
    rows = conn.execute(select(postings).where(postings.c.transaction_key == key).order_by(postings.c.sequence)).all()
    return _entry(key, rows) if rows else None


def _entry(key: str, rows: Sequence[Row[tuple[object, ...]]]) -> Entry:
    first = rows[0]
    return Entry(key=key, effective=first.effective_date, source=Source(first.source), claim_id=first.claim_id,
                 postings=tuple(map(_posting, rows)))  # fmt: skip


def _posting(row: Row[tuple[object, ...]]) -> Posting:
    origin = None if row.segment_index is None else Origin(row.segment_index, row.byte_offset)
    return Posting(account=Account(row.account), amount=from_cents(row.amount_cents), line=row.line,
                   group=row.adjustment_group, reason=row.adjustment_reason, reference=row.reference,
                   origin=origin)  # fmt: skip


def balances(conn: Connection, *, service_date: date | None = None) -> dict[Account, Decimal]:
    """The balance of each account: of the claims of one service date, or of everything ever posted."""
    if service_date is None:
        return {account: from_cents(total) for account, total in sums.balances(conn).items()}
    query = select(postings.c.account, func.sum(postings.c.amount_cents)).group_by(postings.c.account)
    query = query.join(claims, claims.c.id == postings.c.claim_id).where(claims.c.service_date == service_date)
    return {Account(name): from_cents(int(total)) for name, total in conn.execute(query)}


def balances_on_claims(conn: Connection) -> dict[Account, Decimal]:
    """The balance of each account over the postings of all claims (clearing then shows what was paid on them)."""
    return {account: from_cents(total) for account, total in sums.balances(conn, on_claims=True).items()}


def balances_of_claims(conn: Connection, claim_ids: Iterable[int] | None = None) -> dict[int, dict[Account, Decimal]]:
    """The balances of each claim (of all claims without ids)."""
    found: dict[int, dict[Account, Decimal]] = {}
    if claim_ids is None:
        _sum_into(conn, found, postings.c.claim_id.is_not(None))
        return found
    for some in chunks(sorted(set(claim_ids))):
        _sum_into(conn, found, postings.c.claim_id.in_(some))
    return found


def _sum_into(conn: Connection, found: dict[int, dict[Account, Decimal]], where: ColumnElement[bool]) -> None:
    query = select(postings.c.claim_id, postings.c.account, func.sum(postings.c.amount_cents))
    grouped = query.where(where).group_by(postings.c.claim_id, postings.c.account)
    for claim_id, account, total in conn.execute(grouped):
        found.setdefault(claim_id, {})[Account(account)] = from_cents(int(total))


def owing(conn: Connection) -> tuple[set[int], set[int]]:
    """Claims on which something is denied or that owe us less than nothing; others of which a payer owes us something.

    The database adds up, so that the claims with nothing open, which are most of them, stay there.
    """
    c = postings.c
    receivable = [one.value for one in Account if one.is_receivable]
    refused = func.sum(case((c.account == Account.DENIED.value, c.amount_cents), else_=0))
    owed = func.sum(c.amount_cents)
    expected = [func.sum(case((c.account == one.value, c.amount_cents), else_=0)) for one in PAYER_BY_SEQUENCE.values()]
    first = (refused != 0) | (owed < 0)
    query = (
        select(c.claim_id, case((first, 1), else_=0)).where(c.account.in_(receivable), c.claim_id.is_not(None))
        .group_by(c.claim_id).having(or_(first, *(one > 0 for one in expected)))
    )  # fmt: skip
    found: tuple[set[int], set[int]] = (set(), set())
    for claim_id, is_first in conn.execute(query):
        found[0 if is_first else 1].add(claim_id)
    return found


def charges_of(conn: Connection, claim_ids: Iterable[int]) -> dict[int, tuple[int, dict[int, Decimal]]]:
    """What is booked as billed: per claim the number of charge entries and the charge of each line."""
    found: dict[int, tuple[int, dict[int, Decimal]]] = {}
    c = postings.c
    for some in chunks(sorted(set(claim_ids))):
        query = select(c.claim_id, c.transaction_key, c.line, c.amount_cents).where(
            among(conn, c.claim_id, some), c.account == Account.CHARGES.value)  # fmt: skip
        keys: dict[int, set[str]] = {}
        for claim_id, key, line, amount in conn.execute(query).all():
            keys.setdefault(claim_id, set()).add(key)
            lines = found.setdefault(claim_id, (0, {}))[1]
            lines[line] = lines.get(line, ZERO) - from_cents(amount)
        found |= {claim_id: (len(names), found[claim_id][1]) for claim_id, names in keys.items()}
    return found


def lines_of(conn: Connection, claim_id: int, accounts: Iterable[Account]) -> dict[tuple[Account, int | None], Decimal]:
    """What stands in some accounts of a claim, by account and line; zero balances are left out."""
    c = postings.c
    query = select(c.account, c.line, func.sum(c.amount_cents)).where(
        c.claim_id == claim_id, c.account.in_([one.value for one in accounts])).group_by(c.account, c.line)  # fmt: skip
    found = {(Account(name), line): from_cents(int(total)) for name, line, total in conn.execute(query)}
    return {key: amount for key, amount in sorted(found.items(), key=lambda p: (p[0][0], p[0][1] or 0)) if amount}


def of_claim_payment(conn: Connection, claim_payment_id: int) -> Entry | None:
    """The entry that a claim payment stands on its claim as, None without one."""
    found = [e for e, *_ in live_entries(conn, claim_payment_id=claim_payment_id) if e.claim_id is not None]
    return found[-1] if found else None


UNDO = "undo:"  # the key of the entry that takes another back: this before the other's key


def live_entries(
    conn: Connection, *, claim_payment_id: int | None = None, payment_id: int | None = None
) -> list[tuple[Entry, int | None, int | None]]:
    """Entries of a claim payment, or of a whole payment, that nothing took back, oldest first.

    Each with its claim payment and file.
    """
    rows = _entry_rows(conn, claim_payment_id, payment_id)
    return [(_entry(key, rows[key]), rows[key][0].claim_payment_id, rows[key][0].file_id)
            for key in rows if _is_live(key, rows)]  # fmt: skip


def all_entries(
    conn: Connection, *, claim_payment_id: int | None = None, payment_id: int | None = None
) -> list[tuple[Entry, bool]]:
    """Every entry of a claim payment, or of a whole payment, oldest first; whether it stands (nothing took it back)."""
    rows = _entry_rows(conn, claim_payment_id, payment_id)
    return [(_entry(key, found), _is_live(key, rows)) for key, found in rows.items()]


def own_entries(conn: Connection, payment_id: int) -> list[tuple[Entry, bool]]:
    """The same of a payment without what stands on its claims: cash, provider level, what let it in."""
    c = postings.c
    rows = _by_key(conn, (c.payment_id == payment_id) & c.claim_payment_id.is_(None))
    return [(_entry(key, found), _is_live(key, rows)) for key, found in rows.items()]


def on_claims(conn: Connection, payment_id: int) -> dict[Account, Decimal]:
    """What the claims of a payment come to, by account: all their entries and what took some of them back."""
    c = postings.c
    query = select(c.account, func.sum(c.amount_cents)).where(
        c.payment_id == payment_id, c.claim_payment_id.is_not(None)).group_by(c.account)  # fmt: skip
    return {Account(name): from_cents(int(total)) for name, total in sorted(conn.execute(query).all())}


def _is_live(key: str, keys: Container[str]) -> bool:
    return not key.startswith(UNDO) and UNDO + key not in keys


def _entry_rows(
    conn: Connection, claim_payment_id: int | None, payment_id: int | None
) -> dict[str, list[Row[tuple[object, ...]]]]:
    c = postings.c
    where = c.claim_payment_id == claim_payment_id if claim_payment_id is not None else c.payment_id == payment_id
    return _by_key(conn, where)


def _by_key(conn: Connection, where: ColumnElement[bool]) -> dict[str, list[Row[tuple[object, ...]]]]:
    rows: dict[str, list[Row[tuple[object, ...]]]] = {}
    for row in conn.execute(select(postings).where(where).order_by(postings.c.id)):
        rows.setdefault(row.transaction_key, []).append(row)
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPosting:
    """One posting of a payment as the books of a day see it."""

    payment_id: int
    claim_payment_id: int | None
    claim_id: int | None
    key: str
    account: Account
    cents: int
    reason: str
    reference: str


def of_day(conn: Connection, day: date) -> list[DayPosting]:
    """The postings of payments that stand in the books of a day, in their order."""
    c, entry = postings.c, postings.alias("entry")
    query = select(c.payment_id, c.claim_payment_id, c.claim_id, c.transaction_key.label("key"), c.account,
                   c.amount_cents.label("cents"), c.adjustment_reason.label("reason"), c.reference).join(
        entry, entry.c.transaction_key == c.transaction_key).where(
        entry.c.effective_date == day, *_of_payments(entry)).order_by(c.id)  # fmt: skip
    return [DayPosting(**(row._asdict() | {"account": Account(row.account)})) for row in conn.execute(query)]


def days(conn: Connection) -> set[date]:
    """The days in whose books something of a payment stands."""
    c, paid = postings.c, _of_payments(postings)
    found = select(func.min(c.effective_date).label("day")).where(*paid).cte("found", recursive=True)
    later = select(func.min(c.effective_date)).where(*paid, c.effective_date > found.c.day).scalar_subquery()
    found = found.union_all(select(later).where(found.c.day.is_not(None)))  # each day by one look into the index
    return set(conn.execute(select(found.c.day).where(found.c.day.is_not(None))).scalars())


def _of_payments(entry: FromClause) -> tuple[ColumnElement[bool], ...]:
    """The first posting of each entry of a payment, as the index of the days has them (no parameters there)."""
    return entry.c.sequence == literal_column("1"), entry.c.payment_id.is_not(None)


def count_entries(conn: Connection, *, claim_payment_id: int | None = None, payment_id: int | None = None) -> int:
    """How many entries were ever posted for a claim payment, or for a whole payment."""
    c = postings.c
    where = c.claim_payment_id == claim_payment_id if claim_payment_id is not None else c.payment_id == payment_id
    return int(conn.execute(select(func.count(c.transaction_key.distinct())).where(where)).scalar_one())


def provider_totals(conn: Connection) -> dict[tuple[Account, str], Decimal]:
    """Provider-level amounts by account and reason code: positive was taken from us, negative was given."""
    query = select(postings.c.account, postings.c.adjustment_reason, func.sum(postings.c.amount_cents)).where(
        postings.c.account.in_(PROVIDER_LEVEL)).group_by(postings.c.account, postings.c.adjustment_reason)  # fmt: skip
    return {(Account(a), reason): from_cents(int(total)) for a, reason, total in conn.execute(query)}


def recoupments(conn: Connection) -> tuple[Decimal, Decimal]:
    """What payers took back so far, and what they announced to take back and have not: by PLB reference."""
    c = postings.c
    taken = func.sum(case((c.amount_cents > 0, c.amount_cents), else_=0))
    query = select(c.reference, taken, func.sum(c.amount_cents)).where(
        c.account == Account.PROVIDER_RECOUPMENT.value).group_by(c.reference)  # fmt: skip
    rows = [(int(cents), int(net)) for _, cents, net in conn.execute(query)]
    return from_cents(sum(cents for cents, _ in rows)), from_cents(sum(max(-net, 0) for _, net in rows))


def unbalanced(conn: Connection, *, service_date: date | None = None) -> list[str]:
    """Keys of entries that do not sum to zero: always empty, or the database was changed behind our back.

    Of the whole ledger, or of what stands on the claims of a service date.
    """
    query = select(postings.c.transaction_key).group_by(postings.c.transaction_key)
    if service_date is not None:
        query = query.join(claims, claims.c.id == postings.c.claim_id).where(claims.c.service_date == service_date)
    return list(conn.execute(query.having(func.sum(postings.c.amount_cents) != 0)).scalars())


def dangling(conn: Connection) -> list[tuple[str, int]]:
    """The tables of which postings name rows that are not there, and how many postings do: always empty, likewise."""
    found = []
    for key in sorted(postings.foreign_keys, key=lambda key: key.column.table.name):
        gone = key.parent.is_not(None) & ~exists().where(key.column == key.parent)
        if lost := int(conn.execute(select(func.count()).select_from(postings).where(gone)).scalar_one()):
            found.append((key.column.table.name, lost))
    return found
