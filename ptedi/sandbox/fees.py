"""The sandbox payers' fee table.  All amounts are inventions for tests: nothing here is a Medicare or contract price.

Per code: the fee of one unit, and the part of it that stands for the practice's expense, which the multiple-procedure
reduction halves.  Codes that are missing here are priced at 45 % of the charge, expense one half.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ptedi.money import round_cents

_CENTS: dict[str, tuple[int, int]] = {
    "97010": (410, 260), "97012": (1480, 560), "97016": (1190, 540), "97018": (580, 330), "97022": (1740, 1110),
    "97024": (720, 480), "97026": (640, 430), "97028": (810, 430), "97032": (1450, 570), "97033": (1980, 1060),
    "97034": (1420, 680), "97035": (1440, 690), "97036": (3590, 2590), "97110": (3010, 1420), "97112": (3460, 1690),
    "97113": (3770, 2090), "97116": (3020, 1430), "97124": (2890, 1590), "97129": (2360, 480), "97130": (2270, 470),
    "97140": (2780, 1330), "97150": (1830, 870), "97161": (10150, 5080), "97162": (10150, 5080),
    "97163": (10150, 5080), "97164": (7020, 3720), "97165": (10250, 5180), "97166": (10250, 5180),
    "97167": (10250, 5180), "97168": (7080, 3790), "97530": (3870, 2260), "97533": (6550, 4580), "97535": (3420, 1740),
    "97537": (3280, 1610), "97542": (3310, 1640), "97750": (3480, 1770), "97755": (3920, 1450), "97760": (4970, 2960),
    "97761": (4330, 2370), "97763": (5240, 3330), "92507": (7860, 4080), "92526": (8690, 4720), "20560": (2640, 1380),
    "20561": (3850, 1960), "95992": (4460, 1720), "G0283": (1290, 610), "98975": (1940, 1700), "98977": (4750, 4520),
    "98980": (4980, 2390), "98981": (3940, 1720),
}  # fmt: skip

PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Fee:
    """The price of one unit and the expense within it."""

    unit: Decimal
    expense: Decimal


def fee(code: str, charge_per_unit: Decimal, percent: int = 100) -> Fee:
    """The fee of a code at so many percent of the table."""
    if code in _CENTS:
        unit, expense = (Decimal(value) * percent * PERCENT * PERCENT for value in _CENTS[code])
    else:
        unit = charge_per_unit * 45 * PERCENT
        expense = unit / 2
    return Fee(unit=round_cents(unit), expense=round_cents(expense))


def known() -> set[str]:
    """The codes that the table has."""
    return set(_CENTS)
