"""What a run should have led to, told by the side that caused it: the figures that the demo and the tests compare with.

The totals are sums over what the payers decided, taken before anything was written; no line of a file is read here.
Reversals count against: after a reversal with its correction only the correction is left in every figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import msgspec

from ptedi.money import ZERO
from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.sandbox.memory import opened

_PRICED = frozenset({"1", "2", "3", "23", "45", "59", "94", "237", "253", "P12"})


class Fate(StrEnum):
    """What became of a claim."""

    INTERCHANGE_REJECTED = "interchange rejected"
    SET_REJECTED = "set rejected"
    CLEARINGHOUSE_REJECTED = "rejected by clearinghouse"
    PAYER_REJECTED = "rejected by payer"
    PAID = "paid"
    PARTLY_PAID = "partly paid"
    PATIENT = "patient responsibility"
    DENIED = "denied"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """The last word on one claim."""

    fate: Fate
    charge: Decimal
    paid: Decimal = ZERO
    patient: Decimal = ZERO
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """How often and how much a reason refused."""

    claims: int = 0
    lines: int = 0
    amount: Decimal = ZERO

    def __add__(self, other: Denied) -> Denied:
        return Denied(
            claims=self.claims + other.claims, lines=self.lines + other.lines, amount=self.amount + other.amount
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One payment: the money that should reach the bank, nothing for method NON."""

    trace_number: str
    originator: str
    payer_id: str
    payee_npi: str
    method: str
    amount: Decimal
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A file that the scenario spoiled or sent astray on purpose."""

    name: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxReport:
    """Counts and exact amounts of one run, or of several added up.

    Attributes:
        files: new files in the drop folder; unreadable: those that were no X12.
        interchanges_rejected, sets_rejected: by TA1 and by 999.
        claims_received: claims in readable 837P sets, whatever became of them.
        results: the last word on each claim by its CLM01.
        reversals: claim payments with CLP02 22.
        charge, paid: sums of CLP03 and CLP04.
        adjustments: sums by group and reason (`CO-45`), both levels.
        denied: by group and reason of refused lines (`CO-16`, `PR-96`).
        provider_adjustments: sums by PLB reason, signs as in the file.
        recouped: what PLB WO took from payments; deferred: what PLB WO left for later.
        checks: every payment; unbalanced: claims whose amounts are wrong on purpose; not_footing: traces of payments
            whose amounts do not add up on purpose.  All of them are in the sums as they should have been.
        broken: files that are wrong on purpose and are in none of the sums.
        written: names of all files left, oldest first.
    """

    files: int = 0
    unreadable: int = 0
    interchanges_rejected: int = 0
    sets_rejected: int = 0
    claims_received: int = 0
    results: dict[str, ClaimResult] = field(default_factory=dict)
    reversals: int = 0
    charge: Decimal = ZERO
    paid: Decimal = ZERO
    adjustments: dict[str, Decimal] = field(default_factory=dict)
    denied: dict[str, Denied] = field(default_factory=dict)
    provider_adjustments: dict[str, Decimal] = field(default_factory=dict)
    recouped: Decimal = ZERO
    deferred: Decimal = ZERO
    checks: tuple[Check, ...] = ()
    broken: tuple[Broken, ...] = ()
    unbalanced: tuple[str, ...] = ()
    not_footing: tuple[str, ...] = ()
    written: tuple[str, ...] = ()

    def count(self, *fates: Fate) -> int:
        """How many claims met one of these fates."""
        return sum(result.fate in fates for result in self.results.values())

    @property
    def claims_rejected(self) -> int:
        """Claims that never reached adjudication."""
        return self.count(
            Fate.INTERCHANGE_REJECTED, Fate.SET_REJECTED, Fate.CLEARINGHOUSE_REJECTED, Fate.PAYER_REJECTED
        )

    @property
    def patient_responsibility(self) -> Decimal:
        """The sum of PR adjustments."""
        return sum((amount for key, amount in self.adjustments.items() if key.startswith("PR-")), ZERO)

    @property
    def interest(self) -> Decimal:
        """Interest paid to the practice."""
        return -self.provider_adjustments.get("L6", ZERO)

    @property
    def check_total(self) -> Decimal:
        """What should be in the bank."""
        return sum((check.amount for check in self.checks), ZERO)

    @property
    def balances(self) -> bool:
        """Charges = paid + adjustments, and checks = paid - provider adjustments, to the cent."""
        adjusted = sum(self.adjustments.values(), ZERO)
        taken = sum(self.provider_adjustments.values(), ZERO)
        return self.charge == self.paid + adjusted and self.check_total == self.paid - taken

    def __add__(self, other: SandboxReport) -> SandboxReport:
        return SandboxReport(**{f.name: _plus(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)})

    def as_json(self) -> dict[str, object]:
        """The figures as plain JSON values, amounts as decimal strings, fates counted instead of listed."""
        plain = cast(dict[str, object], msgspec.to_builtins(self))
        del plain["results"]
        fates = Counter(result.fate.value for result in self.results.values())
        return plain | {
            "fates": dict(sorted(fates.items())), "claims_rejected": self.claims_rejected,
            "patient_responsibility": str(self.patient_responsibility), "interest": str(self.interest),
            "check_total": str(self.check_total), "balances": self.balances,
        }  # fmt: skip


def _plus(left: Any, right: Any) -> Any:
    if isinstance(left, dict) and isinstance(right, dict):
        both = {**left, **right}
        for key in left.keys() & right.keys():
            both[key] = right[key] if isinstance(right[key], ClaimResult) else left[key] + right[key]
        return both
    return left + right


def of_payments(payments: Iterable[tuple[str, Payment]]) -> SandboxReport:
    """The figures of payments, each with the id of its payer."""
    total = SandboxReport()
    for payer_id, payment in payments:
        total += _of_payment(payer_id, payment)
    return total


def _of_payment(payer_id: str, payment: Payment) -> SandboxReport:
    adjustments: dict[str, Decimal] = {}
    denied: dict[str, Denied] = {}
    claims = [claim for claim in payment.claims if claim.status_code != "25"]  # a price told beforehand: no result
    for claim in claims:
        for key, amount in _adjustments(claim):
            adjustments[key] = adjustments.get(key, ZERO) + amount
        for key, one in _denied(claim).items():
            denied[key] = denied.get(key, Denied()) + one
    provider: dict[str, Decimal] = {}
    for item in payment.provider_adjustments:
        provider[item.reason] = provider.get(item.reason, ZERO) + item.amount
    written_off = [item.amount for item in payment.provider_adjustments if item.reason == "WO"]
    assert payment.date is not None  # noqa: S101 - the sandbox dates every payment
    check = Check(
        trace_number=payment.trace_number, originator=payment.originator, payer_id=payer_id,
        payee_npi=payment.payee_npi, method=payment.method, amount=payment.amount, day=payment.date,
    )  # fmt: skip
    return SandboxReport(
        results=dict(_results(claims)), reversals=sum(c.is_reversal for c in claims),
        charge=sum((c.charge for c in claims), ZERO), paid=sum((c.paid for c in claims), ZERO),
        adjustments=adjustments, denied=denied, provider_adjustments=provider, checks=(check,),
        recouped=sum((a for a in written_off if a > 0), ZERO), deferred=-sum((a for a in written_off if a < 0), ZERO),
    )  # fmt: skip


def _adjustments(claim: ClaimPayment) -> Iterable[tuple[str, Decimal]]:
    for adjustment in (*claim.adjustments, *(a for line in claim.lines for a in line.adjustments)):
        yield f"{adjustment.group}-{adjustment.reason}", adjustment.amount


def _denied(claim: ClaimPayment) -> dict[str, Denied]:
    sign = -1 if claim.is_reversal else 1
    found: dict[str, Denied] = {}
    for line in claim.lines:
        for adjustment in line.adjustments:
            if adjustment.reason not in _PRICED:
                key = f"{adjustment.group}-{adjustment.reason}"
                one = Denied(claims=0 if key in found else sign, lines=sign, amount=adjustment.amount)
                found[key] = found.get(key, Denied()) + one
    return found


def _results(claims: Iterable[ClaimPayment]) -> Iterable[tuple[str, ClaimResult]]:
    for claim in claims:
        if claim.is_reversal:
            yield claim.patient_control_number, ClaimResult(fate=Fate.VOIDED, charge=-claim.charge)
            continue
        reasons = tuple(sorted(_denied(claim)))
        if claim.paid:
            fate = Fate.PARTLY_PAID if reasons else Fate.PAID
        else:
            fate = Fate.DENIED if any(not r.startswith("PR-") for r in reasons) else Fate.PATIENT
        patient = claim.patient_responsibility or ZERO
        yield (
            claim.patient_control_number,
            ClaimResult(fate=fate, charge=claim.charge, paid=claim.paid, patient=patient, reasons=reasons),
        )


def history(state: Path) -> SandboxReport:
    """All runs of a sandbox added up: what a practice that posted everything should show."""
    total = SandboxReport()
    with opened(state) as memory:
        for text in memory.reports():
            total += msgspec.json.decode(text, type=SandboxReport)
    return total
