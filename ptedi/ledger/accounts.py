"""The accounts of the ledger.  Positive amounts debit, negative amounts credit, every balance is derived.

What is owed to us stands in the receivables (payer, denied, patient); money that came stands in cash.  The clearing
account carries one remittance from its check to its claims and is empty again when the whole check is posted.

Two accounts hold what a payer's figures leave unexplained once a person released it: by how much a claim does not
balance stays owed by the payer (disputed), by how much a check does not foot waits in suspense.  Only a person's
decision writes there, with its reason; nothing else is ever made to fit.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The column of the closing equation in which an account counts."""

    BILLED = "billed"
    PAYER = "open"
    PATIENT = "patient"
    ADJUSTMENT = "adjustments"
    CASH = "cash"
    CLEARING = "clearing"
    UNAPPLIED = "unapplied"
    PROVIDER = "provider level"


class Account(StrEnum):
    """Where a cent can stand."""

    CHARGES = "charges"
    PAYER_PRIMARY = "receivable.payer.primary"
    PAYER_SECONDARY = "receivable.payer.secondary"
    PAYER_TERTIARY = "receivable.payer.tertiary"
    DENIED = "receivable.payer.denied"
    DISPUTED = "receivable.payer.disputed"
    PATIENT_DEDUCTIBLE = "receivable.patient.deductible"
    PATIENT_COINSURANCE = "receivable.patient.coinsurance"
    PATIENT_COPAY = "receivable.patient.copay"
    PATIENT_OTHER = "receivable.patient.other"
    PATIENT_COVERED = "receivable.patient.covered"
    CONTRACTUAL = "adjustment.contractual"
    SEQUESTRATION = "adjustment.sequestration"
    MPPR = "adjustment.mppr"
    OTHER_ADJUSTMENT = "adjustment.other"
    WRITE_OFF = "adjustment.write-off"
    CASH = "cash"
    CLEARING = "clearing"
    UNAPPLIED = "unapplied"
    PARKED = "unapplied.parked"
    SUSPENSE = "unapplied.suspense"
    PROVIDER_RECOUPMENT = "provider.recoupment"
    PROVIDER_REFUND = "provider.refund"
    PROVIDER_INTEREST = "provider.interest"
    PROVIDER_FORWARD_BALANCE = "provider.forward balance"
    PROVIDER_ADJUSTMENT = "provider.adjustment"
    PROVIDER_NONREIMBURSABLE = "provider.nonreimbursable"
    PROVIDER_ACCELERATION = "provider.acceleration"
    PROVIDER_LATE_FILING = "provider.late filing"
    PROVIDER_WITHHELD = "provider.withheld"
    PROVIDER_OTHER = "provider.other"

    @property
    def kind(self) -> Kind:
        """The column of the closing equation in which this account counts."""
        return _KIND[self]

    @property
    def is_receivable(self) -> bool:
        """Whether somebody still owes what stands here."""
        return self.kind in (Kind.PAYER, Kind.PATIENT)


def _kind(account: Account) -> Kind:
    prefix = account.value.split(".")
    if prefix[0] == "receivable":
        return Kind.PAYER if prefix[1] == "payer" else Kind.PATIENT
    by_prefix = {
        "charges": Kind.BILLED, "adjustment": Kind.ADJUSTMENT, "cash": Kind.CASH, "clearing": Kind.CLEARING,
        "unapplied": Kind.UNAPPLIED, "provider": Kind.PROVIDER,
    }  # fmt: skip
    return by_prefix[prefix[0]]


_KIND = {account: _kind(account) for account in Account}

PROVIDER_LEVEL = tuple(account for account in Account if account.kind is Kind.PROVIDER)

PAYER_BY_SEQUENCE = {
    "P": Account.PAYER_PRIMARY, "S": Account.PAYER_SECONDARY, "T": Account.PAYER_TERTIARY,
}  # fmt: skip

_PROVIDER = {
    "WO": Account.PROVIDER_RECOUPMENT, "WU": Account.PROVIDER_RECOUPMENT,
    "72": Account.PROVIDER_REFUND,
    "L6": Account.PROVIDER_INTEREST, "51": Account.PROVIDER_INTEREST,
    "FB": Account.PROVIDER_FORWARD_BALANCE,
    "CS": Account.PROVIDER_ADJUSTMENT, "J1": Account.PROVIDER_NONREIMBURSABLE, "AP": Account.PROVIDER_ACCELERATION,
    "50": Account.PROVIDER_LATE_FILING,
    "IR": Account.PROVIDER_WITHHELD, "E3": Account.PROVIDER_WITHHELD, "LE": Account.PROVIDER_WITHHELD,
}  # fmt: skip


def provider_account(reason: str) -> Account:
    """The provider-level account of a PLB reason code; an unknown code is kept with its code under other."""
    return _PROVIDER.get(reason, Account.PROVIDER_OTHER)
