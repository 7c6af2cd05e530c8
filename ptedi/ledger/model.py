"""Posting and entry: the append-only double-entry record.  An entry that does not sum to zero cannot be made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ptedi.errors import ContractViolation
from ptedi.ledger.accounts import Account, Kind
from ptedi.money import ZERO
from ptedi.remittances.model import Origin


class Source(StrEnum):
    """Why something was posted: a captured charge, a payer's remittance, one of our rules, a person."""

    CHARGE = "charge"
    ERA = "era"
    RULE = "rule"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One side of an entry: positive debits the account, negative credits it.

    Attributes:
        account: where it stands.
        amount: exact, never zero.
        line: our service line number, None for the claim as a whole.
        group, reason: the CAS pair (or the PLB reason) that caused it.
        reference: PLB reference and the like.
        origin: segment and byte in the file it came from, None when it did not come from a file.
    """

    account: Account
    amount: Decimal
    line: int | None = None
    group: str = ""
    reason: str = ""
    reference: str = ""
    origin: Origin | None = None

    def mirrored(self, origin: Origin | None) -> Posting:
        """The same posting with the opposite sign and its own origin."""
        return replace(self, amount=-self.amount, origin=origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is posted as one: all of it or nothing, summing to zero.

    `key` makes posting the same thing again a no-op; `effective` is the day it counts for (payment date, date of
    service); `claim_id` and `payment_id` are the store's.
    """

    key: str
    effective: date
    source: Source
    postings: tuple[Posting, ...]
    claim_id: int | None = None

    def __post_init__(self) -> None:
        difference = sum((p.amount for p in self.postings), ZERO)
        if difference:
            raise ContractViolation(f"ledger entry {self.key} does not sum to zero: {difference} too much")

    def total(self, kind: Kind) -> Decimal:
        """The sum of the postings that count in one column of the closing equation."""
        return sum((p.amount for p in self.postings if p.account.kind is kind), ZERO)


def entry(key: str, effective: date, source: Source, postings: list[Posting], claim_id: int | None = None) -> Entry:
    """An entry of these postings without the zero ones."""
    kept = tuple(p for p in postings if p.amount)
    return Entry(key=key, effective=effective, source=source, postings=kept, claim_id=claim_id)


def mirror(original: Entry, key: str, effective: date, origin: Origin | None, source: Source) -> Entry:
    """The entry that takes another one back to the cent."""
    postings = tuple(p.mirrored(origin) for p in original.postings)
    return Entry(key=key, effective=effective, source=source, postings=postings, claim_id=original.claim_id)
