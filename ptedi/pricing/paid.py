"""What an 835 says of one billed line, in the terms of a price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ptedi.money import ZERO
from ptedi.pricing.price import Billed
from ptedi.remittances.balance import AFTER_ALLOWED
from ptedi.remittances.model import Adjustment, ServicePayment
from ptedi.remittances.outcome import is_denying

_DEDUCTIBLE, _COINSURANCE, _COPAY = frozenset({"1", "66"}), frozenset({"2"}), frozenset({"3"})
_AFTER = AFTER_ALLOWED | {"237"}  # 237: what a payer takes of an assistant's line (with RARC N851)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """A line as the payer decided it; parts of a split line added up.

    Attributes:
        line: what was billed.
        allowed: what the payer allowed, as sent or derived from what it priced away.
        deductible, coinsurance, copay: the patient's part as the payer states it.
        refused: what was denied, or moved to the patient because it is not covered: the worklist has it.
        paid: what was paid.
    """

    line: Billed
    allowed: Decimal
    deductible: Decimal
    coinsurance: Decimal
    copay: Decimal
    refused: Decimal
    paid: Decimal

    @property
    def is_refused(self) -> bool:
        """Whether nothing of the line was paid because it was denied."""
        return not self.paid and self.refused > 0


def paid_line(line: Billed, services: Iterable[ServicePayment]) -> PaidLine:
    """What these service payments say of a line."""
    sums = dict.fromkeys(("allowed", "deductible", "coinsurance", "copay", "refused", "paid"), ZERO)
    for service in services:
        sums["paid"] += service.paid
        priced = ZERO
        for one in service.adjustments:
            kind = _kind(one)
            if kind:
                sums[kind] += one.amount
            if one.group != "PR" and one.reason not in _AFTER:
                priced += one.amount
        sums["allowed"] += service.charge - priced if service.allowed is None else service.allowed
    return PaidLine(line=line, **sums)


def _kind(one: Adjustment) -> str:
    """Which sum an adjustment belongs to, "" for a part of the price or a cut after it."""
    if one.group == "PR":
        if one.reason in _DEDUCTIBLE:
            return "deductible"
        return "coinsurance" if one.reason in _COINSURANCE else "copay" if one.reason in _COPAY else "refused"
    return "refused" if is_denying(one) and one.reason not in AFTER_ALLOWED else ""
