"""Coordination of benefits: what the payers before this one did with a claim (2320, 2330, 2430).

A line that a payer adjudicated says so in one `LineAdjudication` for each adjudicated code (X12 RFI 1405); what the
payer said of the claim as a whole is in `OtherPayer`.  The two add up and never repeat each other:

    line    SV102 = sum SVD02 + CAS of 2430, for each payer
    claim   AMT*D = sum SVD02 - CAS of 2320; without line data CLM02 = AMT*D + CAS of 2320
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.claims.names import Address, PayerName, PersonName


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorAdjustment:
    """One CAS triple of another payer: group CO, PR, OA or PI, reason (CARC), amount, quantity when it was sent."""

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAdjudication:
    """2430: what one payer decided of a line, for example SVD*PRIPAY01*36.85*HC:97110:GP**2~.

    Attributes:
        payer_id: SVD01, the NM109 of the payer's 2330B.
        paid: SVD02, never negative.
        procedure, modifiers: SVD03, the code that the payer paid (its SVC01).
        units: SVD05, above zero (1 when the 835 has none, X12 RFI 2163).
        bundled_into: SVD06, the LX of the line that received the payment; 0 when there is none.
        decided_on: DTP*573.
        remaining: AMT*EAF, what the payer left to the patient; None when it is told for the claim.
    """

    payer_id: str
    paid: Decimal
    procedure: str
    modifiers: tuple[str, ...] = ()
    units: Decimal = Decimal(1)
    bundled_into: int = 0
    adjustments: tuple[PriorAdjustment, ...] = ()
    decided_on: date | None = None
    remaining: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPayer:
    """2320, 2330A and 2330B: another payer of the claim, its subscriber, and what it decided of the claim as a whole.

    Attributes:
        payer: 2330B NM1*PR; `claim_number` its REF*F8, the payer's own number of the claim (CLP07 of its 835).
        sequence, relationship, group_number, group_name, insurance_type, filing_indicator: SBR01 to SBR05, SBR09.
        subscriber, member_id, address: 2330A.
        adjustments: CAS of the claim; what lines tell is not repeated here.
        paid: AMT*D, None while the payer has not decided.
        remaining: AMT*EAF, None where the lines tell it.
        remarks: MOA03 to MOA07.
        decided_on: 2330B DTP*573, None where the lines tell it.
    """

    payer: PayerName
    sequence: str
    relationship: str = "18"
    group_number: str = ""
    group_name: str = ""
    insurance_type: str = ""
    filing_indicator: str = ""
    subscriber: PersonName
    member_id: str
    address: Address | None = None
    adjustments: tuple[PriorAdjustment, ...] = ()
    paid: Decimal | None = None
    remaining: Decimal | None = None
    remarks: tuple[str, ...] = ()
    decided_on: date | None = None
    claim_number: str = ""
