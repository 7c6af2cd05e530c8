"""The nouns of an 835: payment, claim payment, service payment, adjustment, provider adjustment.

Records are filled segment by segment by the reader and are therefore not frozen; nobody else changes them.
Every record keeps its origin (segment position in the file, byte offset).  Amounts are exact, signs as sent.
Source: 005010X221A1 loops 1000A to 2110 and PLB.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from ptedi.findings import Finding
from ptedi.money import ZERO


class Origin(NamedTuple):
    """Where a record stands in its file: 1-based segment number in the file, 0-based byte offset.

    A named tuple, because a remittance of any size makes one for every line and adjustment.
    """

    segment_index: int
    byte_offset: int


class OtherSegment(NamedTuple):
    """A segment that no field holds, or not all of it: its text in canonical spelling, its place, its record's place.

    `of` is the origin of the line, claim or payment in which it stands.
    """

    text: str
    origin: Origin
    of: Origin


@dataclass(slots=True)
class Adjustment:
    """One CAS triple: group CO/PR/OA/PI, reason (CARC), amount, quantity (None when not sent)."""

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None
    origin: Origin


@dataclass(slots=True, kw_only=True)
class ServicePayment:
    """Loop 2110: one adjudicated line.

    Attributes:
        qualifier: SVC01-1 (HC, NU, N4 ...).
        procedure, modifiers: SVC01, the adjudicated code.
        submitted_procedure, submitted_modifiers: SVC06, empty unless the payer changed the code.
        units: SVC05 paid units, 1 when not sent (RFI 2163); units_submitted: SVC07, None when not sent.
        allowed: AMT*B6 as sent, else None; `allowed_amount` derives it.
        line_control_number: REF*6R.
        remarks: LQ*HE codes in order.
    """

    qualifier: str
    procedure: str
    modifiers: tuple[str, ...]
    charge: Decimal
    paid: Decimal
    units: Decimal
    units_submitted: Decimal | None = None
    submitted_procedure: str = ""
    submitted_modifiers: tuple[str, ...] = ()
    service_date: dt.date | None = None
    service_date_end: dt.date | None = None
    line_control_number: str = ""
    allowed: Decimal | None = None
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    origin: Origin


@dataclass(slots=True, kw_only=True)
class ClaimPayment:
    """Loop 2100: one adjudicated claim (CLP), its adjustments and lines.

    Attributes:
        patient_responsibility: CLP05, None when not sent (as on a reversal).
        member_id: NM109 of the patient (QC), else of the subscriber (IL).
        subscriber_last, subscriber_first: NM1*IL, only sent when the subscriber is not the patient.
        corrected_last, corrected_first, corrected_member_id: NM1*74, what the payer has in place of what was billed.
        crossover_payer: NM1*TT, to whom the payer forwarded the claim.
        original_reference: REF*F8.
        interest: the sum of AMT*I.
        remarks: MOA or MIA remark codes in order.
    """

    patient_control_number: str
    status_code: str
    charge: Decimal
    paid: Decimal
    patient_responsibility: Decimal | None
    filing_indicator: str
    payer_claim_control_number: str
    place_of_service: str = ""
    frequency: str = ""
    patient_last: str = ""
    patient_first: str = ""
    member_id: str = ""
    subscriber_last: str = ""
    subscriber_first: str = ""
    corrected_last: str = ""
    corrected_first: str = ""
    corrected_member_id: str = ""
    rendering_npi: str = ""
    crossover_payer: str = ""
    original_reference: str = ""
    statement_from: dt.date | None = None
    statement_to: dt.date | None = None
    received: dt.date | None = None
    interest: Decimal = ZERO
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    lines: list[ServicePayment] = field(default_factory=list)
    origin: Origin

    @property
    def is_reversal(self) -> bool:
        """CLP02 = 22."""
        return self.status_code == "22"


@dataclass(slots=True)
class ProviderAdjustment:
    """One PLB pair: reason code, reference, amount (positive takes money from the payment)."""

    provider: str
    fiscal_year_end: dt.date | None
    reason: str
    reference: str
    amount: Decimal
    origin: Origin


@dataclass(slots=True, kw_only=True)
class Payment:
    """One 835 transaction set: BPR, TRN, payer, payee, claims, provider adjustments.

    `findings` holds what the reader could not make sense of; balancing findings come from `remittances.balance`.
    `others` holds, in file order, every segment that the fields of payment, claims and lines do not say whole, so that
    nothing sent is lost: the header as it came, and whatever else a payer adds.
    """

    control_number: str
    trace_number: str = ""
    originator: str = ""
    payer: str = ""
    payer_id: str = ""
    payee: str = ""
    payee_npi: str = ""
    payee_tax_id: str = ""
    amount: Decimal = ZERO
    credit_debit: str = "C"
    method: str = ""
    date: dt.date | None = None
    production_date: dt.date | None = None
    claims: list[ClaimPayment] = field(default_factory=list)
    provider_adjustments: list[ProviderAdjustment] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    others: list[OtherSegment] = field(default_factory=list)
    origin: Origin
