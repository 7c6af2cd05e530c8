"""The equations that close a night, each side from its own source, the difference in exact cents.

1. Claims: billed = paid + adjustments + patient + open.  Billed comes from the claims and paid from the remittances;
   adjustments, patient and open come from the ledger.  What the ledger itself says of billed and paid must agree.
2. Remittances: posted checks = claims paid + waiting in unapplied - provider-level amounts.
3. Bank: checks = deposits, but for checks whose deposit and deposits whose check have not come yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ptedi.ledger.accounts import Account, Kind
from ptedi.money import ZERO

Balances = Mapping[Account, Decimal]


def total(balances: Balances, kind: Kind) -> Decimal:
    """The balance of all accounts of one column."""
    return sum((amount for account, amount in balances.items() if account.kind is kind), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsEquation:
    """Billed = paid + adjustments + patient + open, over some claims.

    `billed` is the sum of the claims' charges and `paid` of the remittances' CLP04; `ledger_billed` and `ledger_paid`
    say the same from the postings.
    """

    billed: Decimal
    paid: Decimal
    adjustments: Decimal
    patient: Decimal
    open: Decimal
    ledger_billed: Decimal
    ledger_paid: Decimal

    @property
    def unexplained(self) -> Decimal:
        """Cents that no column explains: 0.00, or something is wrong."""
        return self.billed - self.paid - self.adjustments - self.patient - self.open

    @property
    def disagreement(self) -> Decimal:
        """By how much the ledger and the source tables differ, whatever cancels out: 0.00, or something is wrong."""
        return abs(self.billed - self.ledger_billed) + abs(self.paid - self.ledger_paid)


def claims_equation(balances: Balances, *, billed: Decimal, paid: Decimal) -> ClaimsEquation:
    """The first equation from the balances of some claims' postings and the sums of the tables."""
    return ClaimsEquation(
        billed=billed, paid=paid, adjustments=total(balances, Kind.ADJUSTMENT), patient=total(balances, Kind.PATIENT),
        open=total(balances, Kind.PAYER), ledger_billed=-total(balances, Kind.BILLED),
        ledger_paid=total(balances, Kind.CLEARING),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceEquation:
    """Posted checks = claims paid + unapplied - provider level, over all postings from remittances."""

    checks: Decimal
    claims: Decimal
    unapplied: Decimal
    provider: Decimal
    cash: Decimal
    clearing: Decimal

    @property
    def unexplained(self) -> Decimal:
        """Cents between the checks and what was made of them, and what was left in clearing."""
        return abs(self.checks - self.claims - self.unapplied + self.provider) + abs(self.clearing)

    @property
    def disagreement(self) -> Decimal:
        """By how much the cash account and the checks differ."""
        return abs(self.checks - self.cash)


def remittance_equation(balances: Balances, *, checks: Decimal, claims: Decimal) -> RemittanceEquation:
    """The second equation from the balances of all postings and the sums of the payment tables."""
    return RemittanceEquation(
        checks=checks, claims=claims, unapplied=-total(balances, Kind.UNAPPLIED),
        provider=total(balances, Kind.PROVIDER), cash=total(balances, Kind.CASH),
        clearing=total(balances, Kind.CLEARING),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BankEquation:
    """Checks = deposits, but for the ones that wait for their other half."""

    checks: Decimal
    bank: Decimal
    without_deposit: Decimal
    without_remittance: Decimal

    @property
    def unexplained(self) -> Decimal:
        """Cents by which checks and deposits that belong together differ."""
        return (self.checks - self.without_deposit) - (self.bank - self.without_remittance)
