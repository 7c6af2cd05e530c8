"""Other payers of a claim out of an 837P (2320 to 2330G, 2430), whatever is missing in them.

The claim reader hands over every segment of these loops; loops 2330C to 2330G (providers) are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Protocol

from ptedi.claims.coordination import LineAdjudication, OtherPayer, PriorAdjustment
from ptedi.claims.names import PayerName
from ptedi.transactions.claim_837p.parts import Party, element

_REMARKS = slice(3, 8)  # MOA03 to MOA07


class Values(Protocol):
    """How the claim reader reads amounts and dates, telling what cannot be read."""

    def amount(self, text: str, element: str) -> Decimal:
        """The amount, 0.00 when it is none."""

    def day(self, text: str, element: str) -> date | None:
        """The date, None when it is none."""


@dataclass(slots=True)
class _Decision:
    """What 2320 and 2430 have in common."""

    adjustments: list[PriorAdjustment] = field(default_factory=list)
    amounts: dict[str, Decimal] = field(default_factory=dict)
    decided_on: date | None = None


@dataclass(slots=True)
class _Payer(_Decision):
    elements: list[str] = field(default_factory=list)
    remarks: tuple[str, ...] = ()
    parties: dict[str, Party] = field(default_factory=dict)
    claim_number: str = ""
    at: str = ""


@dataclass(slots=True)
class _Adjudication(_Decision):
    line: int = 0
    elements: list[str] = field(default_factory=list)


class OtherPayers:
    """Collects the other payers of one claim; `line` is the number of the present service line, 0 before the first."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._payers: list[_Payer] = []
        self._lines: list[_Adjudication] = []
        self._at: _Decision | None = None

    def sbr(self, e: list[str]) -> None:
        """Begins 2320."""
        one = _Payer(elements=e)
        self._payers.append(one)
        self._at = one

    def svd(self, line: int, e: list[str]) -> None:
        """Begins 2430."""
        one = _Adjudication(line=line, elements=e)
        one.amounts["paid"] = self._values.amount(element(e, 2), "SVD02")
        self._lines.append(one)
        self._at = one

    def leave(self) -> None:
        """What follows is of no other payer."""
        self._at = None

    def nm1(self, code: str, party: Party) -> None:
        """Begins 2330A, 2330B or a loop that is passed over."""
        if isinstance(self._at, _Payer):
            self._at.at = code
            self._at.parties.setdefault(code, party)

    def cas(self, e: list[str]) -> None:
        """Adjustments of 2320 or 2430."""
        if self._at is not None:
            for at in range(2, len(e), 3):
                if e[at]:
                    self._at.adjustments.append(PriorAdjustment(
                        group=element(e, 1), reason=e[at], amount=self._values.amount(element(e, at + 1), "CAS"),
                        quantity=_decimal(element(e, at + 2)),
                    ))  # fmt: skip

    def amt(self, e: list[str]) -> None:
        """AMT*D and AMT*EAF."""
        if self._at is not None and element(e, 1) in ("D", "EAF"):
            self._at.amounts.setdefault(e[1], self._values.amount(element(e, 2), "AMT02"))

    def moa(self, e: list[str]) -> None:
        """Remarks of the claim."""
        if isinstance(self._at, _Payer):
            self._at.remarks = tuple(code for code in e[_REMARKS] if code)

    def dtp(self, e: list[str]) -> None:
        """DTP*573 of 2330B or 2430."""
        if self._at is not None and element(e, 1) == "573":
            self._at.decided_on = self._at.decided_on or self._values.day(element(e, 3)[:8], "DTP03")

    def ref(self, e: list[str]) -> None:
        """REF*F8 of 2330B."""
        if isinstance(self._at, _Payer) and self._at.at == "PR" and element(e, 1) == "F8":
            self._at.claim_number = self._at.claim_number or element(e, 2)

    def payers(self) -> tuple[OtherPayer, ...]:
        """The payers in the order of the file."""
        return tuple(map(_payer, self._payers))

    def adjudications(self, line: int) -> tuple[LineAdjudication, ...]:
        """What they decided of a line."""
        return tuple(_adjudication(one) for one in self._lines if one.line == line) if self._lines else ()


def _payer(one: _Payer) -> OtherPayer:
    payer, member, e = one.parties.get("PR", Party()), one.parties.get("IL", Party()), one.elements
    address = member.address
    known = address.line1 or address.city or address.state or address.zip_code
    return OtherPayer(
        payer=PayerName(name=payer.full_name, id=payer.id), sequence=element(e, 1), relationship=element(e, 2),
        group_number=element(e, 3), group_name=element(e, 4), insurance_type=element(e, 5),
        filing_indicator=element(e, 9),
        subscriber=member.name, member_id=member.id, address=address if known else None,
        adjustments=tuple(one.adjustments), paid=one.amounts.get("D"), remaining=one.amounts.get("EAF"),
        remarks=one.remarks, decided_on=one.decided_on, claim_number=one.claim_number,
    )  # fmt: skip


def _adjudication(one: _Adjudication) -> LineAdjudication:
    e = one.elements
    code, into = element(e, 3).split(":"), element(e, 6)
    return LineAdjudication(
        payer_id=element(e, 1), paid=one.amounts.get("paid", Decimal("0.00")), procedure=element(code, 1),
        modifiers=tuple(m for m in code[2:6] if m), units=_decimal(element(e, 5)) or Decimal(1),
        bundled_into=int(into) if into.isdecimal() and into.isascii() and len(into) < 7 else 0,
        adjustments=tuple(one.adjustments), decided_on=one.decided_on, remaining=one.amounts.get("EAF"),
    )  # fmt: skip


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text) if text and len(text) < 16 else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None

