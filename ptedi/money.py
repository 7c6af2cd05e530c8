"""Exact money.  Amounts are `Decimal` with at most two places in the domain and integer cents in the store.

X12 type R amounts: no thousands mark, no leading or trailing zeros, at most two decimals (X12 RFI 396).
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
_LONGEST = 24  # digits that Decimal's default context still rounds exactly
_AMOUNT = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)


def amount(text: str) -> Decimal:
    """The exact amount that a text states, with two decimals.

    Raises:
        ValueError: not a plain decimal number, or more than two decimals that are not zero.
    """
    if len(text) > _LONGEST or not _AMOUNT.fullmatch(text):
        raise ValueError("not a monetary amount")
    value = Decimal(text)
    rounded = value.quantize(CENT)
    if rounded != value:
        raise ValueError("more than two decimals")
    return rounded


def cents(value: Decimal) -> int:
    """Integer cents of an amount; refuses fractions of a cent."""
    scaled = value.scaleb(2)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError("fraction of a cent")
    return whole


def from_cents(value: int) -> Decimal:
    """The amount of so many cents."""
    return Decimal(value).scaleb(-2)


def round_cents(value: Decimal) -> Decimal:
    """Rounds half up to the cent, as the Medicare pricing examples do."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def x12(value: Decimal) -> str:
    """An amount in X12's normal form: `120`, `36.85`, `9.4`, `0`, `-1.25`."""
    text = f"{value:.2f}"
    if Decimal(text) != value:
        raise ValueError("more than two decimals")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    whole = "0" if whole in ("-0", "") and not fraction else whole
    return f"{whole}.{fraction}" if fraction else whole


def usd(value: Decimal) -> str:
    """An amount for people: `1,234.50`, `-0.30`."""
    return f"{value:,.2f}"
