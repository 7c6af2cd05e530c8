"""Texts, numbers, days and amounts as X12 carries them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_INNER = _PLAIN + " -'/.,&#()"


def npi(body: int) -> str:
    """A synthetic NPI: nine digits that begin with 1 and the check digit of 80840 + body (Luhn)."""
    digits = f"1{body % 100_000_000:08d}"
    total = 24
    for place, digit in enumerate(reversed(digits)):
        double = int(digit) * (2 if place % 2 == 0 else 1)
        total += double - 9 if double > 9 else double
    return digits + str(-total % 10)


npis = st.integers(0, 49_999_999).map(lambda n: npi(2 * n))
person_npis = st.integers(0, 49_999_999).map(lambda n: npi(2 * n + 1))  # never a billing provider's
days = st.dates(dt.date(1990, 1, 1), dt.date(2039, 12, 31))
amounts = st.integers(0, 9_999_999).map(lambda cents: Decimal(cents).scaleb(-2))
quantities = st.integers(0, 999).map(Decimal) | st.integers(1, 99).map(lambda n: Decimal(n).scaleb(-1))


def words(limit: int = 20, *, empty: bool = False, wild: bool = False) -> st.SearchStrategy[str]:
    """Normal text for the wire (upper case, no surplus blanks), or any text at all when `wild`."""
    limit = min(limit, 16)  # longer texts only cost time
    if wild:
        return st.text(max_size=limit)
    text = st.text(_INNER, min_size=0 if empty else 1, max_size=limit).map(lambda t: " ".join(t.split()))
    return text if empty else text.map(lambda t: t or "X")


def codes(limit: int = 10, *, empty: bool = False) -> st.SearchStrategy[str]:
    """Letters and digits."""
    return st.text(_PLAIN, min_size=0 if empty else 1, max_size=min(limit, 20))


def digits(limit: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=limit, max_size=limit)
