"""Closing a day: its equation from files, tables, ledger and bank, each read apart; kept with who closed it and a hash.

A closed day is never written to again: what comes later, or is decided later, stands in the books of an open day.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

import msgspec

from ptedi.dates import today
from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.day import DayEquation, Figure, figure
from ptedi.money import cents, from_cents, usd
from ptedi.remittances.model import Payment
from ptedi.steps.collect import waiting_files
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.store import Connection, closings, decisions, deposits, files, payments, postings, sums
from ptedi.store.chain import START
from ptedi.store.closings import Closing
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.deposits import DepositRow, Tie
from ptedi.store.payments import PaymentRow, PaymentState
from ptedi.store.postings import DayPosting
from ptedi.transactions import remittance_835

_Rows = list[tuple[str, str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClose:
    """A day: its equation, what is still open, and its closing once there is one."""

    day: date
    equation: DayEquation
    open: tuple[str, ...]
    closing: Closing | None = None

    @property
    def closes(self) -> bool:
        """Whether nothing is open and every cent is explained."""
        return not self.open and not self.equation.unexplained


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A closed day that is not what it was: which figure, and how."""

    day: date
    problem: str


def day_close(night: Night, day: date, *, without_bank: bool = False) -> DayClose:
    """The equation of a day as it stands now, and what is open."""
    waiting = len(waiting_files(night).remittances)
    with night.store.read() as conn:
        return _look(night, conn, day, waiting, without_bank=without_bank)


def close_day(night: Night, day: date, person: str, *, without_bank: bool = False) -> DayClose:
    """Closes a day if nothing is open; said again it tells the closing that is there.

    Raises:
        ConfigurationError: the day is still to come.
    """
    if day > today():
        raise ConfigurationError(f"{day} is still to come", hint="a day is closed when its money is in")
    waiting = len(waiting_files(night).remittances)
    with night.store.exclusive("post"), night.store.begin() as conn:
        found = _look(night, conn, day, waiting, without_bank=without_bank)
        if found.closing is not None or not found.closes:
            return found
        closing = closings.add(conn, day, person, _document(day, found.equation))
        bank = " without the bank" if found.equation.waiting_for_bank.rows else ""
        decisions.record(conn, NewDecision(actor=person, action=Verb.CLOSE, reason=f"close {day}{bank}",
                                           detail=f"{day} {closing.content_sha256}"))  # fmt: skip
        point("close.written")
    return DayClose(day=day, equation=found.equation, open=(), closing=closing)


def days(night: Night) -> list[tuple[date, Closing | None]]:
    """Every day with money in its books, newest first, with its closing."""
    with night.store.read() as conn:
        closed = {one.day: one for one in closings.list_closings(conn)}
        seen = {*closed, *postings.days(conn), *payments.book_days(conn)}
    return [(day, closed.get(day)) for day in sorted(seen, reverse=True)]


def verify_closings(night: Night) -> list[Misfit]:
    """Looks whether each closed day is still what was closed; empty when all are."""
    found: list[Misfit] = []
    with night.store.read() as conn:
        last = START
        for one in closings.list_closings(conn):
            if one.prev_hash != last or not one.is_whole:
                found.append(Misfit(day=one.day, problem="the closing itself was changed"))
            last = one.hash
            now = _document(one.day, _equation(night, conn, one.day))
            found += [Misfit(day=one.day, problem=text) for text in _changes(one.document, now)]
        found += [Misfit(day=today(), problem=f"decision {number} was changed") for number in decisions.broken(conn)]
    return found


# --- the figures ---


def _look(night: Night, conn: Connection, day: date, waiting: int, *, without_bank: bool) -> DayClose:
    equation = _equation(night, conn, day)
    found = [f"{waiting} files of money are collected and not applied"] if waiting else []
    found += _open(conn, day, equation, without_bank=without_bank)
    return DayClose(day=day, equation=equation, open=tuple(found), closing=closings.get(conn, day))


def _equation(night: Night, conn: Connection, day: date) -> DayEquation:
    rows = postings.of_day(conn, day)
    times = _times(rows)
    here = {p.id: p for p in payments.of_day(conn, day)
            if p.state in (PaymentState.POSTED, PaymentState.UNPOSTED)}  # fmt: skip
    checks = [here.get(i) or payments.get(conn, i) for i in sorted({*times, *here})]
    checks = [p for p in checks if times[p.id] or (p.state is PaymentState.POSTED and not p.amount_cents)]
    tied = _tied(conn)
    short = deposits.short(conn, {p.id: p.amount_cents for p in checks})
    sent = _read_again(night, conn, checks)
    moving = [p for p in checks if times[p.id]]
    claims = {p.id: sum(r.paid_cents for r in payments.claims_of(conn, p.id)) for p in moving}
    return DayEquation(
        files=figure([(str(p.id), about, times[p.id] * amount)
                      for p, (about, amount) in zip(checks, sent, strict=True)]),
        payments=figure([(str(p.id), _name(p), times[p.id] * p.amount_cents) for p in checks]),
        claims=figure([(str(p.id), f"{p.claim_count} claims of check {p.trace_number}", times[p.id] * claims[p.id])
                       for p in moving]),
        cash=_ledger(rows, Kind.CASH, 1), posted=_ledger(rows, Kind.CLEARING, 1, on_claims=True),
        unapplied=_ledger(rows, Kind.UNAPPLIED, -1), provider=_ledger(rows, Kind.PROVIDER, 1),
        suspense=_ledger(rows, None, -1),
        bank=figure([r for p in moving for r in _bank(conn, p, times[p.id], tied)]),
        waiting_for_bank=figure([(str(p.id), _name(p), short[p.id]) for p in moving
                                 if times[p.id] > 0 and p.id in short]),
    )  # fmt: skip


def _times(rows: list[DayPosting]) -> Counter[int]:
    """How often each check was posted on the day, less how often it was taken back."""
    keys = {(r.payment_id, r.key) for r in rows if r.claim_payment_id is None}
    found = Counter[int]()
    for payment_id, key in keys:
        found[payment_id] += -1 if key.startswith(postings.UNDO) else 1
    return found


def _name(payment: PaymentRow) -> str:
    return f"check {payment.trace_number or 'without trace'} of {payment.payer}"


def _ledger(rows: list[DayPosting], kind: Kind | None, sign: int, *, on_claims: bool = False) -> Figure:
    """What the ledger says of one column on the day; None is what waits in suspense."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for r in rows:
        wanted = r.account is Account.SUSPENSE if kind is None else (
            r.account.kind is kind and r.account is not Account.SUSPENSE)  # fmt: skip
        if wanted and (r.claim_id is not None or not on_claims):
            about = f"{r.account} {r.reason} {r.reference}".rstrip() if r.reason else r.account.value
            sums[str(r.payment_id), about] += r.cents
    return figure([(ref, about, sign * total) for (ref, about), total in sorted(sums.items()) if total])


def _tied(conn: Connection) -> dict[int, list[tuple[Tie, DepositRow]]]:
    """The deposits of each check, and what of each belongs to it."""
    found: dict[int, list[tuple[Tie, DepositRow]]] = defaultdict(list)
    rows = {one.id: one for one in deposits.list_deposits(conn)}
    for one in deposits.ties(conn):
        found[one.payment_id].append((one, rows[one.deposit_id]))
    return dict(found)


def _bank(conn: Connection, payment: PaymentRow, times: int, tied: dict[int, list[tuple[Tie, DepositRow]]]) -> _Rows:
    """The deposits of a check; of one that was taken back after its day was closed, what that day said of the bank."""
    ref = str(payment.id)
    if times > 0:
        return [(ref, f"{'part of ' * (tie.cents != one.amount_cents)}deposit {one.trace_number} of {one.deposit_date}",
                 tie.cents) for tie, one in tied.get(payment.id, [])]  # fmt: skip
    before = closings.get(conn, payment.book_date) if payment.book_date else None
    said = msgspec.json.decode(before.document, type=_Document) if before else None
    return [(ref, f"{row.about}, taken back", -row.cents)
            for row in (said.equation.bank.rows if said else ()) if row.ref == ref]  # fmt: skip


def _read_again(night: Night, conn: Connection, checks: list[PaymentRow]) -> list[tuple[str, int]]:
    """Name of the file and BPR02 of each check, from the archive."""
    opened: dict[int, tuple[str, list[Payment]]] = {}
    found = []
    for p in checks:
        if p.file_id not in opened:
            file = files.get(conn, p.file_id)
            data = files.legible(files.read_bytes(night.archive, file))
            opened[p.file_id] = file.original_name, list(remittance_835.read(data))
        name, sets = opened[p.file_id]
        one = sets[p.set_index]
        amount = cents(-one.amount if one.credit_debit == "D" else one.amount)
        found.append((f"{name} set {one.control_number}", amount))
    return found


# --- what is open ---


def _open(conn: Connection, day: date, equation: DayEquation, *, without_bank: bool) -> list[str]:
    found = []
    for p in payments.of_day(conn, day):
        if p.state in (PaymentState.QUARANTINED, PaymentState.CONFLICTING) and p.amount_cents:
            found.append(f"remit {p.id}, {_name(p)}, {usd(from_cents(p.amount_cents))}, is {p.state}: {p.reason[:160]}")
    if not without_bank:
        found += [f"remit {r.ref}, {r.about}, {usd(from_cents(r.cents))}, has not reached the bank"
                  for r in equation.waiting_for_bank.rows]  # fmt: skip
    found += _taken_back(conn, equation)
    found += [f"{_open_part(one)}deposit {one.trace_number} of {usd(from_cents(one.amount_cents))} has no remittance"
              for one in deposits.list_deposits(conn, matched=False) if one.deposit_date == day]  # fmt: skip
    found += [f"ledger entry {key} does not sum to zero" for key in postings.unbalanced(conn)]
    found += [f"the running sum of {name} is off by {usd(from_cents(off))}" for name, off in sums.differences(conn)]
    found += [f"{name} is {usd(from_cents(off))}" for name, off in equation.differences.items() if off]
    return found


def _open_part(one: DepositRow) -> str:
    return "" if one.open_cents == one.amount_cents else f"{usd(from_cents(one.open_cents))} of "


def _taken_back(conn: Connection, equation: DayEquation) -> list[str]:
    """Checks of closed days that were taken out of the books without another copy in their place."""
    there = {payments.get(conn, int(r.ref)).payment_key for r in equation.payments.rows if r.cents > 0}
    return [f"remit {r.ref}, {r.about}, {usd(from_cents(r.cents))}, was taken out of a closed day and nothing stands "
            "in its place" for r in equation.payments.rows
            if r.cents < 0 and equation.cash.cents < 0
            and payments.get(conn, int(r.ref)).payment_key not in there]  # fmt: skip


# --- what is kept ---


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    day: date
    equation: DayEquation


def _document(day: date, equation: DayEquation) -> str:
    return msgspec.json.encode(_Document(day=day, equation=equation), order="deterministic").decode()


def _changes(then: str, now: str) -> list[str]:
    if hashlib.sha256(then.encode()).digest() == hashlib.sha256(now.encode()).digest():
        return []
    try:
        before, after = (msgspec.json.decode(text, type=_Document).equation for text in (then, now))
    except msgspec.MsgspecError:
        return ["the closing cannot be read"]
    found = []
    for name in DayEquation.__dataclass_fields__:
        if name in ("bank", "waiting_for_bank") and _by_check(before) == _by_check(after):
            continue  # a check that waited has reached the bank, or its deposit went to another copy of it
        one, two = getattr(before, name), getattr(after, name)
        gone, new = set(one.rows) - set(two.rows), set(two.rows) - set(one.rows)
        if gone or new:
            found.append(f"{name}: {usd(from_cents(one.cents))} then, {usd(from_cents(two.cents))} now; remits "
                         + ", ".join(sorted({row.ref for row in gone | new})))  # fmt: skip
    return found


def _by_check(equation: DayEquation) -> Counter[str]:
    found = Counter[str]()
    for row in (*equation.bank.rows, *equation.waiting_for_bank.rows):
        found[row.ref] += row.cents
    return found
