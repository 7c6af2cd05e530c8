"""What a person gives up, or bills to the patient: the reasons, and the entries.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.model import Entry, Posting, Source, entry
from ptedi.money import ZERO

Standing = Mapping[tuple[Account, int | None], Decimal]
"""What stands on a claim, by account and line."""


class WriteOffReason(StrEnum):
    """Why something is given up; kept with the posting."""

    TIMELY_FILING = "timely-filing"
    NO_AUTHORIZATION = "no-authorization"
    NOT_COVERED = "not-covered"
    APPEAL_LOST = "appeal-lost"
    DOCUMENTATION = "documentation"
    CREDENTIALING = "credentialing"
    SMALL_BALANCE = "small-balance"
    HARDSHIP = "hardship"
    BAD_DEBT = "bad-debt"
    BILLED_IN_ERROR = "billed-in-error"


PATIENTS = frozenset({WriteOffReason.SMALL_BALANCE, WriteOffReason.HARDSHIP, WriteOffReason.BAD_DEBT,
                      WriteOffReason.BILLED_IN_ERROR})  # fmt: skip
"""The reasons for which a patient's share may be given up: waiving it as a habit is not allowed by most payers."""


def open_amounts(standing: Standing, kind: Kind, line: int | None = None) -> dict[tuple[Account, int | None], Decimal]:
    """What is owed in one column, of one line or of all.

    Raises:
        ValueError: an account stands below zero there: more was posted than owed, which a write-off would hide.
    """
    found = {key: amount for key, amount in standing.items()
             if key[0].kind is kind and amount and (line is None or key[1] == line)}  # fmt: skip
    if any(amount < 0 for amount in found.values()):
        raise ValueError("an account stands below zero")
    return found


def write_off_entry(key: str, day: date, amounts: Standing, reason: WriteOffReason, claim_id: int) -> Entry:
    """Out of what is owed, into the write-offs, line by line."""
    postings = [Posting(account=account, amount=sign * amount, line=line, reference=reason.value)
                for (owed, line), amount in amounts.items()
                for account, sign in ((owed, -1), (Account.WRITE_OFF, 1))]  # fmt: skip
    return entry(key, day, Source.MANUAL, postings, claim_id)


def patient_entry(key: str, day: date, shares: Mapping[tuple[int | None, str], Decimal], claim_id: int) -> Entry:
    """Refused under PR: out of the denied receivable into the patient's, by line and reason code."""
    postings = [Posting(account=account, amount=sign * amount, line=line, group="PR", reason=reason)
                for (line, reason), amount in shares.items()
                for account, sign in ((Account.DENIED, -1), (Account.PATIENT_OTHER, 1))]  # fmt: skip
    return entry(key, day, Source.MANUAL, postings, claim_id)


def total(amounts: Standing) -> Decimal:
    """The sum."""
    return sum(amounts.values(), ZERO)
