"""The equation that closes a day: files = payments = claims - provider adjustments = bank, each figure with its rows.

    files      BPR02 of the sets, read again from the archived files
    payments   what the store says of the same checks; taken-back ones with a minus
    claims     CLP04 of all their claims; in the ledger they stand on claims (posted) or wait (unapplied)
    provider   PLB, positive takes money away
    suspense   by how much checks do not foot that a person released
    bank       the deposits tied to the checks

Amounts in cents, no tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One part of a figure: what it is called, where it comes from, its cents."""

    ref: str
    about: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of the equation and the rows that make it."""

    rows: tuple[Row, ...] = ()

    @property
    def cents(self) -> int:
        """The sum of the rows."""
        return sum(row.cents for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEquation:
    """A day's figures; `waiting_for_bank` are checks that the bank does not show yet."""

    files: Figure = field(default_factory=Figure)
    payments: Figure = field(default_factory=Figure)
    cash: Figure = field(default_factory=Figure)
    claims: Figure = field(default_factory=Figure)
    posted: Figure = field(default_factory=Figure)
    unapplied: Figure = field(default_factory=Figure)
    provider: Figure = field(default_factory=Figure)
    suspense: Figure = field(default_factory=Figure)
    bank: Figure = field(default_factory=Figure)
    waiting_for_bank: Figure = field(default_factory=Figure)

    @property
    def differences(self) -> dict[str, int]:
        """Each leg of the equation with its cents off; all 0, or the day does not close."""
        made_of = self.claims.cents - self.provider.cents + self.suspense.cents
        return {
            "files - payments": self.files.cents - self.payments.cents,
            "payments - cash in the ledger": self.payments.cents - self.cash.cents,
            "payments - (claims - provider + suspense)": self.payments.cents - made_of,
            "claims - (posted + unapplied)": self.claims.cents - self.posted.cents - self.unapplied.cents,
            "payments - (bank + waiting for the bank)":
                self.payments.cents - self.bank.cents - self.waiting_for_bank.cents,
        }  # fmt: skip

    @property
    def unexplained(self) -> int:
        """The cents that no leg explains."""
        return sum(map(abs, self.differences.values()))


def figure(rows: Sequence[tuple[str, str, int]]) -> Figure:
    """A figure of these rows, in their order."""
    return Figure(rows=tuple(Row(ref=ref, about=about, cents=cents) for ref, about, cents in rows))
