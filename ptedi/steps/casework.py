"""What persons do with single claims, in one place: look at them, correct, appeal, give up, bill on, take back.

The letters are imported when the first one is written: drawing PDFs is nothing that a night waits for.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ptedi.denials.actions import words as action_words
from ptedi.ledger.accounts import Account
from ptedi.ledger.write_off import PATIENTS, WriteOffReason
from ptedi.steps.answers import Answer, AnsweredLine, answers
from ptedi.steps.appeals import ANSWERS, AppealTold
from ptedi.steps.appeals import answered as appeal_answered
from ptedi.steps.appeals import told as appeal_told
from ptedi.steps.appeals import withdraw as withdraw_appeal
from ptedi.steps.claim_clock import Times, times
from ptedi.steps.documents import Document, captured_in, documents, letter
from ptedi.steps.night import Night
from ptedi.steps.patient_bill import Billed, bill_next, bill_patient
from ptedi.steps.price_view import PriceStory, price_story
from ptedi.steps.repair import offers
from ptedi.steps.rework import Draft, list_drafts
from ptedi.steps.rework import approve as approve_correction
from ptedi.steps.rework import show as correction
from ptedi.steps.rework import withdraw as withdraw_correction
from ptedi.steps.rework_desk import (
    Choice,
    Desk,
    Made,
    MadePage,
    MadeStory,
    Tried,
    Way,
    desk,
    draft_correction,
    draft_values,
    made_of,
    made_page,
    tried_draft,
    try_correction,
)
from ptedi.steps.rework_undo import can_take_back
from ptedi.steps.rework_undo import take_back as take_back_correction
from ptedi.steps.source import SourcePage, source, whole_file
from ptedi.steps.views import ClaimStory, patients_named
from ptedi.steps.write_off import WriteOff, list_write_offs
from ptedi.steps.write_off import approve as approve_write_off
from ptedi.steps.write_off import ask as ask_write_off
from ptedi.steps.write_off import refuse as refuse_write_off
from ptedi.steps.write_off import rules_of as write_off_rules
from ptedi.steps.write_off import show as write_off
from ptedi.steps.write_off import undo as undo_booking
from ptedi.store.reworks import ReworkKind, ReworkLine, ReworkState
from ptedi.store.views import ClaimOrder, ClaimRow, EventRow, PostingRow, Wanted
from ptedi.store.work import WorkKind
from ptedi.store.work_views import ViewRow
from ptedi.store.worklist import NOBODY, WAITING, Choices, Order, Shown, Sum, WantedWork, WorkRow
from ptedi.submissions.status import Event, State

LETTERS = (ReworkKind.APPEAL, ReworkKind.PROOF)
"""What goes by mail."""

if TYPE_CHECKING:
    from ptedi.steps.letters import Written

__all__ = [
    "ANSWERS",
    "LETTERS",
    "NOBODY",
    "PATIENTS",
    "WAITING",
    "Account",
    "Answer",
    "AnsweredLine",
    "AppealTold",
    "Billed",
    "Choice",
    "Choices",
    "ClaimOrder",
    "ClaimRow",
    "ClaimStory",
    "Desk",
    "Document",
    "Draft",
    "Event",
    "EventRow",
    "Made",
    "MadePage",
    "MadeStory",
    "Order",
    "PostingRow",
    "PriceStory",
    "ReworkKind",
    "ReworkLine",
    "ReworkState",
    "Shown",
    "SourcePage",
    "State",
    "Sum",
    "Times",
    "Tried",
    "ViewRow",
    "Wanted",
    "WantedWork",
    "Way",
    "WorkKind",
    "WorkRow",
    "WriteOff",
    "WriteOffReason",
    "action_words",
    "answers",
    "appeal_answered",
    "appeal_told",
    "approve_correction",
    "approve_write_off",
    "ask_write_off",
    "bill_next",
    "bill_patient",
    "can_take_back",
    "captured_in",
    "correction",
    "desk",
    "documents",
    "draft_correction",
    "draft_values",
    "letter",
    "letters",
    "list_drafts",
    "list_write_offs",
    "made_of",
    "made_page",
    "offers",
    "patients_named",
    "preview_appeal",
    "preview_proof",
    "price_story",
    "refuse_write_off",
    "sent",
    "source",
    "take_back_correction",
    "times",
    "tried_draft",
    "try_correction",
    "undo_booking",
    "whole_file",
    "withdraw_appeal",
    "withdraw_correction",
    "write_appeal",
    "write_off",
    "write_off_rules",
    "write_proof",
]  # fmt: skip


def write_appeal(night: Night, number: str, person: str) -> Written:
    """Writes the appeal of a denied claim as PDF; see `steps.letters.appeal`."""
    from ptedi.steps import letters as pdf  # noqa: PLC0415

    return pdf.appeal(night, number, person)


def write_proof(night: Night, number: str, person: str) -> Written:
    """Writes the proof of timely filing of a claim as PDF; see `steps.letters.proof`."""
    from ptedi.steps import letters as pdf  # noqa: PLC0415

    return pdf.proof(night, number, person)


def preview_appeal(night: Night, number: str) -> bytes:
    """The appeal as it would be written now; see `steps.letter_preview.appeal`."""
    from ptedi.steps import letter_preview  # noqa: PLC0415

    return letter_preview.appeal(night, number)


def preview_proof(night: Night, number: str) -> bytes:
    """The proof of timely filing as it would be written now; see `steps.letter_preview.proof`."""
    from ptedi.steps import letter_preview  # noqa: PLC0415

    return letter_preview.proof(night, number)


def sent(night: Night, rework_id: int, day: date, person: str) -> Written:
    """Records that a letter was sent; see `steps.letters.sent`."""
    from ptedi.steps import letters as pdf  # noqa: PLC0415

    return pdf.sent(night, rework_id, day, person)


def letters(night: Night) -> list[Written]:
    """Every letter written, oldest first."""
    from ptedi.steps import letters as pdf  # noqa: PLC0415

    return pdf.list_letters(night)
