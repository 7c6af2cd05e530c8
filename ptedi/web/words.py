"""Our codes in a biller's words and colours; one place, so that two pages never say it differently."""

from __future__ import annotations

from ptedi.web.cells import Chip

KINDS = {
    "denial": "Denied", "rejection": "Rejected", "held": "Held before sending",
    "hold": "Held back by a person", "charge": "Charge rows refused",
    "unmatched": "Payment matches no claim", "quarantine": "In quarantine",
    "parked": "Remittance set aside", "conflict": "Two remittances contradict", "reversal": "Payment taken back",
    "unanswered": "A part was not answered", "credit": "Paid more than billed",
    "underpaid": "Paid less than agreed", "overpaid": "Paid more than agreed",
    "deposit": "Deposit without remittance", "acknowledgement": "Acknowledgement not understood",
    "rules": "Payer rules to look at", "draft": "Changed after billing", "coordination": "Next payer to bill",
    "stale": "Answer overdue", "night": "The night stands still", "adjustment": "Nothing was due: adjust it off",
    "pattern": "Rule drafted from denials", "appeal": "Appeal: not answered, or lost",
}  # fmt: skip
"""What each kind of work is called on a page."""

_TONES = {
    "paid": "good", "accepted by payer": "good", "closed": "good", "posted": "good", "confirmed": "good",
    "partly paid": "attention", "reworked": "waiting", "appealed": "waiting",
    "sent": "waiting", "received": "waiting", "accepted by clearinghouse": "waiting", "batched": "waiting",
    "ready": "waiting", "built": "waiting", "sending": "waiting", "taken": "waiting", "open": "attention",
    "held": "attention", "unmatched": "attention", "parked": "attention", "unknown": "stopped", "failed": "stopped",
    "rejected": "stopped", "denied": "stopped", "quarantined": "stopped", "conflicting": "stopped",
    "reversed": "attention", "unposted": "attention",
}  # fmt: skip


_ACCOUNTS = {
    "charges": "Charges", "receivable.payer.primary": "Payer owes", "receivable.payer.secondary": "Second payer owes",
    "receivable.payer.tertiary": "Third payer owes", "receivable.payer.denied": "Denied, open",
    "receivable.payer.disputed": "Disputed, open", "receivable.patient.deductible": "Patient owes: deductible",
    "receivable.patient.coinsurance": "Patient owes: coinsurance", "receivable.patient.copay": "Patient owes: copay",
    "receivable.patient.other": "Patient owes: other", "receivable.patient.covered": "Patient's part, another payer's",
    "adjustment.contractual": "Adjusted: contract", "adjustment.sequestration": "Adjusted: sequestration",
    "adjustment.mppr": "Adjusted: multiple procedures", "adjustment.other": "Adjusted: other",
    "adjustment.write-off": "Written off", "cash": "Check or transfer", "clearing": "Paid",
    "unapplied": "Waits, unapplied", "unapplied.parked": "Waits, set aside", "unapplied.suspense": "Let in unexplained",
}  # fmt: skip
_BY = {"charge": "charge", "era": "remittance", "rule": "our rule", "manual": "a person"}


def account(name: str) -> str:
    """What an account of the ledger is called."""
    return _ACCOUNTS.get(name, name.replace("provider.", "Provider level: "))


def by(source: str) -> str:
    """Why something was posted."""
    return _BY.get(source, source)


def state(name: str) -> Chip:
    """The state of a claim, a payment, a batch or a work item as a chip."""
    return Chip(name, _TONES.get(name, "plain"))


def kind(name: str) -> str:
    """What a kind of work is called."""
    return KINDS.get(name, name.replace("_", " "))
