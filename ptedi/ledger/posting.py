"""From a remittance to ledger entries.  Pure: what it is given decides what it returns, whatever the order of files.

A check is one entry (cash, provider-level amounts, clearing), each claim payment another (clearing to the accounts of
the claim), so that the clearing account is empty when the whole check is posted and a single claim can be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.ledger.accounts import PAYER_BY_SEQUENCE, Account, provider_account
from ptedi.ledger.model import Entry, Posting, Source, entry
from ptedi.ledger.policy import Action, Policy, Treatment
from ptedi.money import ZERO
from ptedi.remittances.model import Adjustment, ClaimPayment, Origin, Payment, ServicePayment

_AFTER_ANOTHER = frozenset({"2", "3", "20", "21"})
PRICING_ONLY = "25"


def charge_entry(
    patient_control_number: str, number: int, claim_id: int, lines: Mapping[int, Decimal], day: date, sequence: str
) -> Entry:
    """A coded claim: the payer owes the charge of each line; `number` counts the claim's charge entries."""
    receivable = PAYER_BY_SEQUENCE[sequence]
    postings = []
    for line, charge in lines.items():
        postings.append(Posting(account=receivable, amount=charge, line=line))
        postings.append(Posting(account=Account.CHARGES, amount=-charge, line=line))
    return entry(f"charge:{patient_control_number}:{number}", day, Source.CHARGE, postings, claim_id)


def check_entry(
    payment: Payment, key: str, effective: date, source: Source = Source.ERA, *, released: bool = False
) -> Entry:
    """A check: cash in, provider-level amounts beside it, the claims' money into clearing.

    Of a check that does not foot and that a person released, the difference waits in suspense.
    """
    claims = sum((c.paid for c in payment.claims), ZERO)
    cash = payment.amount if payment.credit_debit != "D" else -payment.amount
    postings = [Posting(account=Account.CASH, amount=cash, reference=payment.trace_number, origin=payment.origin)]
    postings += [
        Posting(account=provider_account(p.reason), amount=p.amount, reason=p.reason, reference=p.reference,
                origin=p.origin)
        for p in payment.provider_adjustments
    ]  # fmt: skip
    postings.append(Posting(account=Account.CLEARING, amount=-claims, origin=payment.origin))
    if released:
        off = sum((p.amount for p in postings), ZERO)
        postings.append(Posting(account=Account.SUSPENSE, amount=-off, reference=payment.trace_number,
                                origin=payment.origin))  # fmt: skip
    return entry(f"era:{key}:check", effective, source, postings)


def unapplied_entry(
    clp: ClaimPayment, key: str, effective: date, source: Source = Source.ERA, account: Account = Account.UNAPPLIED
) -> Entry:
    """A claim payment that may not be posted: its money waits in unapplied, so that the check still foots.

    Another practice's money waits in its own account (`Account.PARKED`).
    """
    reference = clp.payer_claim_control_number
    return entry(key, effective, source, [
        Posting(account=Account.CLEARING, amount=clp.paid, reference=reference, origin=clp.origin),
        Posting(account=account, amount=-clp.paid, reference=reference, origin=clp.origin),
    ])  # fmt: skip


def comes_after_another(clp: ClaimPayment) -> bool:
    """Whether another payer adjudicated the claim before (secondary, tertiary)."""
    return clp.status_code in _AFTER_ANOTHER or prior_payers_part(clp) != ZERO


def prior_payers_part(clp: ClaimPayment) -> Decimal:
    """What earlier payers paid and adjusted, as this payer restates it (OA-23, both levels)."""
    return sum((a.amount for a in adjustments(clp) if (a.group, a.reason) == ("OA", "23")), ZERO)


def misses_prior_payer(clp: ClaimPayment) -> bool:
    """A later payer that adjusts the whole charge and does not restate the earlier payer (X12 RFI 1696)."""
    return clp.status_code in _AFTER_ANOTHER and prior_payers_part(clp) == ZERO


def adjustments(clp: ClaimPayment) -> list[Adjustment]:
    """The adjustments of the claim and of its lines; they add up, they never repeat."""
    return [*clp.adjustments, *(a for line in clp.lines for a in line.adjustments)]


def held(clp: ClaimPayment, payer_id: str, service_date: date, policy: Policy) -> Decimal:
    """What of a claim payment the policy holds, net: a line bundled into another that was paid more holds nothing."""
    return sum(
        (a.amount for a in adjustments(clp)
         if policy.treat(a.group, a.reason, payer_id, service_date).action is Action.HOLD), ZERO,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The books of one claim payment: its entry and each adjustment with the treatment it got.

    `unplaced` are the service payments that fit no line of the claim; they are posted to the claim as a whole.
    """

    entry: Entry
    treatments: tuple[tuple[Adjustment, int | None, Treatment], ...]
    unplaced: tuple[ServicePayment, ...] = ()

    def total(self, action: Action) -> Decimal:
        """The sum of the adjustments that were treated so."""
        return sum((a.amount for a, _, treatment in self.treatments if treatment.action is action), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What posting needs to know of a matched claim: our ids, payer, sequence, date of service, matched lines.

    `lines` has one entry per service payment, our line number or None where no line could be told.  `released` says
    that a person releases a claim that does not balance: what its figures do not explain stays owed by the payer.
    """

    claim_id: int
    payer_id: str
    sequence: str
    service_date: date
    lines: Sequence[int | None]
    policy: Policy
    source: Source = Source.ERA
    released: bool = False


def claim_entry(clp: ClaimPayment, context: Context, key: str, effective: date) -> Posted:
    """A claim payment posted to its claim.

    The charge leaves the receivable into cash, adjustments, the patient's share, and what is held: a denied amount
    stays a receivable.  A reversal is the same thing with the signs it carries.
    """
    book = _Book(context=context, postings=[], treatments=[])
    receivable = _receivable(clp, context)
    for service, line in zip(clp.lines, context.lines, strict=True):
        _line(book, service, line, receivable)
    if clp.lines:
        at_claim = sum((a.amount for a in clp.adjustments), ZERO)
        book.add(Account.CLEARING, -at_claim, None, clp.origin)
        book.adjust_all(clp.adjustments, None, receivable)
    else:
        book.add(Account.CLEARING, clp.paid, None, clp.origin)
        book.add(receivable, -clp.charge, None, clp.origin)
        book.adjust_all(clp.adjustments, None, receivable)
    if context.released:
        book.dispute(clp)
    posted = entry(key, effective, context.source, book.postings, context.claim_id)
    unplaced = [s for s, line in zip(clp.lines, context.lines, strict=True) if line is None]
    return Posted(entry=posted, treatments=tuple(book.treatments), unplaced=tuple(unplaced))


def _line(book: _Book, service: ServicePayment, line: int | None, receivable: Account) -> None:
    book.add(Account.CLEARING, service.paid, line, service.origin)
    book.add(receivable, -service.charge, line, service.origin)
    book.adjust_all(service.adjustments, line, receivable)


def _receivable(clp: ClaimPayment, context: Context) -> Account:
    """Whose debt the payment settles; a crossover settles what the earlier payer left to the patient."""
    if context.sequence == "P" and comes_after_another(clp):
        return Account.PATIENT_COVERED
    return PAYER_BY_SEQUENCE[context.sequence]


@dataclass(slots=True, kw_only=True)
class _Book:
    """The postings of one claim payment while they are written down."""

    context: Context
    postings: list[Posting]
    treatments: list[tuple[Adjustment, int | None, Treatment]]

    def add(self, account: Account, amount: Decimal, line: int | None, origin: Origin) -> None:
        """Writes one posting."""
        self.postings.append(Posting(account=account, amount=amount, line=line, origin=origin))

    def dispute(self, clp: ClaimPayment) -> None:
        """Takes exactly the claim's money out of clearing; what the figures leave unexplained stays owed."""
        cleared = sum((p.amount for p in self.postings if p.account is Account.CLEARING), ZERO)
        self.add(Account.CLEARING, clp.paid - cleared, None, clp.origin)
        self.add(Account.DISPUTED, -sum((p.amount for p in self.postings), ZERO), None, clp.origin)

    def adjust_all(self, found: Sequence[Adjustment], line: int | None, receivable: Account) -> None:
        """Writes adjustments by the policy; what an earlier payer did goes back to where it already stands."""
        for adjustment in found:
            treatment = self.context.policy.treat(
                adjustment.group, adjustment.reason, self.context.payer_id, self.context.service_date
            )
            self.treatments.append((adjustment, line, treatment))
            self.postings.append(Posting(
                account=receivable if treatment.action is Action.PRIOR else treatment.account,
                amount=adjustment.amount, line=line, group=adjustment.group, reason=adjustment.reason,
                origin=adjustment.origin,
            ))  # fmt: skip


def mirrors(original: ClaimPayment, reversal: ClaimPayment) -> bool:
    """Whether a reversal takes back exactly what the original said: charge, payment and every adjustment."""
    return (
        original.charge == -reversal.charge and original.paid == -reversal.paid
        and _sums(original, 1) == _sums(reversal, -1)
    )  # fmt: skip


def _sums(clp: ClaimPayment, sign: int) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = {}
    for a in adjustments(clp):
        sums[a.group, a.reason] = sums.get((a.group, a.reason), ZERO) + sign * a.amount
    return {pair: amount for pair, amount in sums.items() if amount}
