"""The accounts of the ledger.  Positive amounts debit, negative amounts credit, every balance is derived.

What is owed to us stands in the receivables (payer, denied, patient); money that came stands in cash.  The clearing
account carries one remittance from its check to its claims and is empty again when the whole check is posted.
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
    PROVIDER_RECOUPMENT = "provider.recoupment"
    PROVIDER_INTEREST = "provider.interest"
    PROVIDER_FORWARD_BALANCE = "provider.forward balance"
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

PAYER_BY_SEQUENCE = {
    "P": Account.PAYER_PRIMARY, "S": Account.PAYER_SECONDARY, "T": Account.PAYER_TERTIARY,
}  # fmt: skip

_PROVIDER = {
    "WO": Account.PROVIDER_RECOUPMENT, "WU": Account.PROVIDER_RECOUPMENT,
    "L6": Account.PROVIDER_INTEREST, "51": Account.PROVIDER_INTEREST,
    "FB": Account.PROVIDER_FORWARD_BALANCE,
}  # fmt: skip


def provider_account(reason: str) -> Account:
    """The provider-level account of a PLB reason code; an unknown code is kept with its code under other."""
    return _PROVIDER.get(reason, Account.PROVIDER_OTHER)
