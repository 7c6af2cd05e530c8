"""What became of a claim or a line by its remittance: paid, patient's share, denied, reversed.

Being paid nothing is not yet a denial: a deductible leaves zero too.  Denied means that nothing was paid and that an
adjustment refuses the service (CLP02 is 1, 2 or 3 for most denials, X12 RFI 1423).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from ptedi.remittances.model import Adjustment, ClaimPayment, ServicePayment

# deductible, coinsurance, copay, fee schedule, multiple procedures, prior payer, sequestration, MIPS, workers' fees
NOT_DENIALS = frozenset({"1", "2", "3", "45", "59", "23", "253", "237", "P12"})
_COPAY = ("PR", "241")  # copay under the low-income subsidy
_NO_RESULT = frozenset({"22", "23", "25"})  # reversal, forwarded unprocessed, predetermination: nothing was decided


class Outcome(StrEnum):
    """The result of a claim payment in posting terms."""

    PAID = "paid"
    PARTIALLY_PAID = "partially_paid"
    PATIENT_RESPONSIBILITY = "patient_responsibility"
    DENIED = "denied"
    REVERSED = "reversed"
    FORWARDED = "forwarded"
    INFORMATION = "information"


def refuses(group: str, reason: str) -> bool:
    """Whether a group and reason refuse something; so do PR-96 and PR-119, although they say that the patient pays."""
    return reason not in NOT_DENIALS and (group, reason) != _COPAY


def is_denying(adjustment: Adjustment) -> bool:
    """Whether an adjustment refuses something, rather than prices it or is the patient's share."""
    return refuses(adjustment.group, adjustment.reason) and bool(adjustment.amount)


def line_denied(line: ServicePayment) -> bool:
    """A charged line paid nothing for a reason that is neither pricing nor the patient's share."""
    return not line.paid and bool(line.charge) and any(map(is_denying, line.adjustments))


def claim_denied(claim: ClaimPayment) -> bool:
    """A claim paid nothing with a denying adjustment at either level, or with CLP02 = 4."""
    if claim.status_code == "4":
        return True
    if claim.status_code in _NO_RESULT or claim.paid:
        return False
    return any(map(is_denying, claim.adjustments)) or any(map(line_denied, claim.lines))


def is_denied(record: ClaimPayment | ServicePayment) -> bool:
    """`claim_denied` or `line_denied`, whichever the record is."""
    return claim_denied(record) if isinstance(record, ClaimPayment) else line_denied(record)


def denials(record: ClaimPayment | ServicePayment) -> Iterator[Adjustment]:
    """The adjustments of a record itself (not of its lines) that refuse something, in file order."""
    return filter(is_denying, record.adjustments)


def outcome(claim: ClaimPayment) -> Outcome:
    """The posting status of a claim payment (CLP02 read together with the amounts)."""
    special = {"22": Outcome.REVERSED, "23": Outcome.FORWARDED, "25": Outcome.INFORMATION}.get(claim.status_code)
    if special:
        return special
    if claim_denied(claim):
        return Outcome.DENIED
    if not claim.paid and claim.charge:
        return Outcome.PATIENT_RESPONSIBILITY
    return Outcome.PARTIALLY_PAID if any(map(line_denied, claim.lines)) else Outcome.PAID
