"""What persons do with money that came, in one place: look at checks, decide, enter paper, tie the bank, close days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.errors import ConfigurationError
from ptedi.ledger.day import DayEquation, Figure
from ptedi.ledger.provider import Reference, Standing
from ptedi.money import from_cents
from ptedi.steps.close import DayClose, Misfit, close_day, day_close, days, verify_closings
from ptedi.steps.deposit import expects_deposit
from ptedi.steps.enter import EntryResult, enter
from ptedi.steps.eob import CSV_TEMPLATE, TEMPLATE
from ptedi.steps.eob_form import STATUSES, SentClaim, SentLine, eob_text, sent_claim
from ptedi.steps.night import Night
from ptedi.steps.remit_pages import (
    PaymentState,
    RemitHead,
    RemitPage,
    WantedRemits,
    remit_head,
    remit_page,
    remit_payers,
)
from ptedi.steps.remit_views import (
    CandidateRow,
    RemitRow,
    RemitStory,
    check_story,
    provider_balance,
    remit_story,
)
from ptedi.steps.remits import Done, Unsure, assign, match, park, release, repost, unpost
from ptedi.steps.ties import Tied, tie, untie
from ptedi.store import Connection, deposits, payments
from ptedi.store.deposits import DepositRow

__all__ = [
    "CSV_TEMPLATE", "STATUSES", "TEMPLATE", "CandidateRow", "DayClose", "DayEquation", "DepositView", "Done",
    "EntryResult", "Figure", "Misfit", "PaymentState", "Reference", "RemitHead", "RemitPage", "RemitRow",
    "RemitStory", "SentClaim", "SentLine", "Standing", "Tied", "Unsure", "WaitingCheck", "WantedRemits", "assign",
    "check_story", "close_day", "day_close", "days", "deposit", "deposit_page", "enter", "eob_text", "find_story",
    "match", "park", "provider_balance", "release", "remit_head", "remit_page", "remit_payers", "remit_story", "repost",
    "sent_claim", "tie", "unpost", "untie", "verify_closings", "waiting_checks",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositView:
    """A deposit that the bank shows; `checks` are the payments it is tied to, `open` what of it waits for one."""

    id: int
    file_id: int
    row: int
    day: date
    trace: str
    originator: str
    amount: Decimal
    checks: tuple[int, ...]
    open: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCheck:
    """A check that the bank does not show; `open` is what of it is missing."""

    id: int
    trace: str
    payer: str
    day: date
    amount: Decimal
    open: Decimal


def find_story(night: Night, ref: str) -> RemitStory | None:
    """Everything known of a check (`12`) or one claim of it (`12.3`), None when there is none of that name."""
    try:
        return remit_story(night, ref)
    except ConfigurationError:
        return None


def deposit_page(night: Night, *, waiting: bool = False, limit: int, offset: int = 0) -> tuple[list[DepositView], int]:
    """One page of deposits, the newest first, and how many there are; `waiting`: those without a remittance only."""
    with night.store.read() as conn:
        rows, total = deposits.page(conn, waiting=waiting, limit=limit, offset=offset)
        return [_deposit(conn, one) for one in rows], total


def deposit(night: Night, number: int) -> DepositView | None:
    """One deposit, None when there is none of this number."""
    with night.store.read() as conn:
        found = deposits.get(conn, number)
        return None if found is None else _deposit(conn, found)


def waiting_checks(night: Night) -> list[WaitingCheck]:
    """The checks that the bank does not show, or not as a whole, the newest first."""
    with night.store.read() as conn:
        rows = {row.id: row for row in payments.list_payments(conn) if expects_deposit(row)}
        short = deposits.short(conn, {number: row.amount_cents for number, row in rows.items()})
    return [WaitingCheck(id=number, trace=rows[number].trace_number, payer=rows[number].payer, day=rows[number].paid_on,
                         amount=from_cents(rows[number].amount_cents), open=from_cents(cents))
            for number, cents in sorted(short.items(), reverse=True)]  # fmt: skip


def _deposit(conn: Connection, one: DepositRow) -> DepositView:
    parts = tuple(tie.payment_id for tie in deposits.parts_of(conn, one.id)) if one.parts_cents else ()
    return DepositView(id=one.id, file_id=one.file_id, row=one.row, day=one.deposit_date, trace=one.trace_number,
                       originator=one.originator, amount=from_cents(one.amount_cents), open=from_cents(one.open_cents),
                       checks=(one.payment_id,) if one.payment_id is not None else parts)  # fmt: skip
