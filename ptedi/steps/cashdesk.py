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
from ptedi.store import deposits

__all__ = [
    "CSV_TEMPLATE", "STATUSES", "TEMPLATE", "CandidateRow", "DayClose", "DayEquation", "DepositView", "Done",
    "EntryResult", "Figure", "Misfit", "PaymentState", "Reference", "RemitHead", "RemitPage", "RemitRow",
    "RemitStory", "SentClaim", "SentLine", "Standing", "Unsure", "WantedRemits", "assign", "check_story", "close_day",
    "day_close", "days", "deposit_page", "enter", "eob_text", "find_story", "match", "park", "provider_balance",
    "release", "remit_head", "remit_page", "remit_payers", "remit_story", "repost", "sent_claim", "unpost",
    "verify_closings",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositView:
    """A deposit that the bank shows; `check` is the payment it is tied to, None while none fits it to the cent."""

    id: int
    file_id: int
    row: int
    day: date
    trace: str
    originator: str
    amount: Decimal
    check: int | None


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
    return [DepositView(id=one.id, file_id=one.file_id, row=one.row, day=one.deposit_date, trace=one.trace_number,
                        originator=one.originator, amount=from_cents(one.amount_cents), check=one.payment_id)
            for one in rows], total  # fmt: skip
