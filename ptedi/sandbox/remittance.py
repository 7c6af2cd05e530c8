"""From decisions to payments: which claims one check pays, what is kept back or added (PLB), and what the check is.

check = sum CLP04 - sum PLB, never negative: what is missing is carried forward (PLB FB) to a later check.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from ptedi.claims.model import BillingProvider
from ptedi.money import ZERO
from ptedi.remittances.model import Adjustment, ClaimPayment, Payment, ProviderAdjustment, ServicePayment
from ptedi.sandbox import chance
from ptedi.sandbox.adjudication import NOWHERE
from ptedi.sandbox.memory import Memory, Receivable, Route
from ptedi.sandbox.payers import Payer, Plan

_KINDS_FROM = Decimal(50)
_TRACES = {"ACH": "EFT", "CHK": "CHK", "NON": "NPY"}


@dataclass(slots=True, kw_only=True)
class Account:
    """What one payer owes one practice in this run.

    `late` holds claims that a further payment pays; `deferred` holds overpayments that the payer will take back later:
    old CLP07 and amount.
    """

    payer: Payer
    payee: BillingProvider
    route: Route
    claims: list[ClaimPayment] = field(default_factory=list)
    late: list[ClaimPayment] = field(default_factory=list)
    deferred: list[tuple[str, Decimal]] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Sorts accounts so that the order of arrival leaves no trace."""
        return (self.payer.id, self.payee.npi, self.route.their_id, self.payer.filing_indicator)


def reversal(paid: ClaimPayment) -> ClaimPayment:
    """CLP02 22: the earlier result with every amount negated, the groups kept, no patient share stated."""
    return replace(
        paid, status_code="22", charge=-paid.charge, paid=-paid.paid, patient_responsibility=None, interest=ZERO,
        crossover_payer="", remarks=[], original_reference="", adjustments=_negated(paid.adjustments),
        lines=[_negated_line(line) for line in paid.lines],
    )  # fmt: skip


def _negated(adjustments: Iterable[Adjustment]) -> list[Adjustment]:
    return [replace(a, amount=-a.amount) for a in adjustments]


def _negated_line(line: ServicePayment) -> ServicePayment:
    allowed = None if line.allowed is None else -line.allowed
    return replace(line, charge=-line.charge, paid=-line.paid, allowed=allowed, adjustments=_negated(line.adjustments))


def payments(
    account: Account, memory: Memory, seed: int, day: date, *, letter: bool, kinds: bool = False
) -> list[Payment]:
    """The payments of one account: Medicaid sends denials apart, in a payment of nothing.

    With `letter` an overpayment that was announced by letter may be taken back, once a day at most; with `kinds` the
    first payment carries fees, a levy, an adjustment in our favour and a refund received.
    """
    parts = [account.claims, account.late]
    if account.payer.plan is Plan.MEDICAID:
        kept = [c for c in account.claims if c.is_reversal or c.paid or c.original_reference]
        parts = [kept, [c for c in account.claims if c not in kept], account.late]
    found: list[Payment] = []
    for claims in filter(None, parts):
        first = not found
        adjustments = _provider_adjustments(account, claims, memory, seed, day, letter=letter) if first else []
        if kinds and first:
            adjustments += _of_all_kinds(account, claims, adjustments, day)
        found.append(_payment(account, claims, adjustments, memory, day, len(found) + 1))
    return found


def _payment(
    account: Account, claims: Sequence[ClaimPayment], adjustments: list[ProviderAdjustment], memory: Memory,
    day: date, position: int,
) -> Payment:  # fmt: skip
    amount = sum((c.paid for c in claims), ZERO) - sum((a.amount for a in adjustments), ZERO)
    method = "NON" if amount <= 0 else "CHK" if account.payer.plan is Plan.WORKERS_COMPENSATION else "ACH"
    trace = f"{_TRACES[method]}{day:%y%m%d}{memory.next('trace'):06d}"
    if amount < 0:
        adjustments.append(_provider_adjustment(account.payee.npi, day, "FB", trace, amount))
        owed = Receivable(reference=trace, payer=account.payer.id, payee=account.payee.npi, reason="FB", amount=-amount)
        memory.open_receivable(owed, day)
        amount = ZERO
    return Payment(
        control_number=f"{position:04d}", trace_number=trace, originator=account.payer.originator,
        payer=account.payer.name, payer_id=account.payer.id, payee=account.payee.name, payee_npi=account.payee.npi,
        payee_tax_id=account.payee.tax_id, amount=amount, method=method, date=day, production_date=day,
        claims=list(claims), provider_adjustments=adjustments, origin=NOWHERE,
    )  # fmt: skip


def _provider_adjustments(
    account: Account, claims: Sequence[ClaimPayment], memory: Memory, seed: int, day: date, *, letter: bool
) -> list[ProviderAdjustment]:
    npi = account.payee.npi
    found = [
        _provider_adjustment(npi, day, "L6", c.payer_claim_control_number, -c.interest) for c in claims if c.interest
    ]
    for reference, amount in account.deferred:
        found.append(_provider_adjustment(npi, day, "WO", reference, -amount))
        opened = Receivable(reference=reference, payer=account.payer.id, payee=npi, reason="WO", amount=amount)
        memory.open_receivable(opened, day)
    left = sum((c.paid for c in claims), ZERO) - sum((a.amount for a in found), ZERO)
    for item in memory.receivables(account.payer.id, npi, day):
        taken = min(item.amount, left)
        if taken <= 0 or (item.reason == "FB" and taken < item.amount):
            continue
        memory.reduce_receivable(item, taken)
        found.append(_provider_adjustment(npi, day, item.reason, item.reference, taken))
        left -= taken
    if letter:
        found += _by_letter(account, memory, seed, day, left)
    return found


def _of_all_kinds(
    account: Account, claims: Sequence[ClaimPayment], taken: Sequence[ProviderAdjustment], day: date
) -> list[ProviderAdjustment]:
    """PLB AH, LE and CS, and 72 with the WO that offsets it; nothing where the payment is too small for them."""
    left = sum((c.paid for c in claims), ZERO) - sum((a.amount for a in taken), ZERO)
    if left < _KINDS_FROM:
        return []
    reference = claims[0].payer_claim_control_number
    amounts = {"AH": "1.50", "LE": "12.00", "CS": "-3.25", "72": "-8.40", "WO": "8.40"}
    return [_provider_adjustment(account.payee.npi, day, reason, reference, Decimal(amount))
            for reason, amount in amounts.items()]  # fmt: skip


def _by_letter(account: Account, memory: Memory, seed: int, day: date, left: Decimal) -> list[ProviderAdjustment]:
    """An overpayment from before the practice's records, announced by letter."""
    amount = Decimal(2500 + chance.number(seed, "letter", f"{account.payer.id}|{day.isoformat()}", 4000)).scaleb(-2)
    if account.payer.plan is not Plan.COMMERCIAL or left < amount * 2 or memory.next(f"letter {day.isoformat()}") > 1:
        return []
    reference = f"LTR{chance.digits(seed, 'letter number', account.payer.id, 8)}"
    return [_provider_adjustment(account.payee.npi, day, "WO", reference, amount)]


def _provider_adjustment(npi: str, day: date, reason: str, reference: str, amount: Decimal) -> ProviderAdjustment:
    return ProviderAdjustment(npi, date(day.year, 12, 31), reason, reference, amount, NOWHERE)
