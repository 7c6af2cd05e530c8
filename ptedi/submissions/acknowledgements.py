"""What comes back before adjudication: TA1 (interchange), 999 (functional group), 277CA (claims)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeAcknowledgement:
    """TA1: the interchange acknowledged, A accepted / E accepted with errors / R rejected, note code (TA105).

    `sender_id` and `receiver_id` are of the interchange that brings the TA1: the sender is who acknowledges.
    `interchange_date` and `interchange_time` repeat ISA09 and ISA10 of the interchange acknowledged.
    """

    sender_id: str
    receiver_id: str
    interchange_control_number: int
    interchange_date: str = ""
    interchange_time: str = ""
    code: str
    note: str
    segment_index: int
    byte_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementError:
    """IK4: position of the element (and component), data element reference, error code IK403, copy of the bad value."""

    position: str
    reference: str = ""
    code: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentError:
    """IK3 with its CTX and IK4s: segment id, position counted from ST, loop, error code IK304.

    `claim` is the CLM01 that a business-unit CTX names, "" without one; `context` keeps every CTX as sent.
    """

    segment: str
    position: int
    loop: str = ""
    code: str = ""
    claim: str = ""
    context: tuple[str, ...] = ()
    elements: tuple[ElementError, ...] = ()
    segment_index: int
    byte_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAcknowledgement:
    """AK2 to IK5: one transaction set; code A, E, M, R, W, X or P; set-level syntax error codes IK502-06."""

    set_id: str
    control_number: str
    guide: str = ""
    code: str
    notes: tuple[str, ...] = ()
    errors: tuple[SegmentError, ...] = ()
    segment_index: int
    byte_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAcknowledgement:
    """AK1 to AK9 of a 999 (or a 997): the group acknowledged and its sets.

    `sender_id` and `receiver_id` are of the interchange that brings it: the sender is who acknowledges.
    `code` is AK901 (A, E, P, R ...); included/received/accepted are AK902-904; `notes` AK905-09.
    """

    sender_id: str
    receiver_id: str
    functional_id: str
    group_control_number: int
    guide: str = ""
    code: str
    included: int
    received: int
    accepted: int
    notes: tuple[str, ...] = ()
    sets: tuple[SetAcknowledgement, ...] = ()
    segment_index: int
    byte_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCode:
    """One STC composite: category (A1, A2, A3, A7 ...), status, entity."""

    category: str
    status: str
    entity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """STC: up to three composites, action WQ (accept) or U (reject), amount, free text, date."""

    codes: tuple[StatusCode, ...]
    action: str = ""
    amount: Decimal | None = None
    message: str = ""
    effective: date | None = None
    segment_index: int
    byte_offset: int

    @property
    def rejected(self) -> bool:
        """Whether this status refuses what it speaks of (action U, or category A3, A4, A6, A7, A8)."""
        return self.action == "U" or any(c.category in {"A3", "A4", "A6", "A7", "A8"} for c in self.codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatus:
    """2220D: a status of one service line; `line_control_number` is REF*FJ."""

    procedure: str
    line_control_number: str
    statuses: tuple[Status, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStatus:
    """2200D: the statuses of one claim; `payer_claim_control_number` REF*1K, `clearinghouse_trace` REF*D9.

    `patient_last`, `patient_first` and `member_id` are NM1*QC; `service_from` and `service_to` DTP*472.
    """

    patient_control_number: str
    statuses: tuple[Status, ...]
    payer_claim_control_number: str = ""
    clearinghouse_trace: str = ""
    patient_last: str = ""
    patient_first: str = ""
    member_id: str = ""
    service_from: date | None = None
    service_to: date | None = None
    lines: tuple[LineStatus, ...] = ()
    segment_index: int
    byte_offset: int

    @property
    def rejected(self) -> bool:
        """Whether any status, of the claim or of a line, refuses the claim."""
        return any(s.rejected for s in self.statuses) or any(s.rejected for line in self.lines for s in line.statuses)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAcknowledgement:
    """One 277CA transaction set (005010X214).

    `source_entity` tells the stage: AY or another clearinghouse code, PR the payer.  `batch_reference` is the BHT03
    echoed in 2200B TRN02; `receiver_statuses` and `provider_statuses` are the STCs of 2200B and 2200C.
    `receipt` is the source's own number of what it received (2200A TRN02), `received` and `processed` its dates.
    """

    control_number: str
    source_entity: str
    source_name: str
    source_id: str = ""
    receipt: str = ""
    received: date | None = None
    processed: date | None = None
    receiver_name: str = ""
    receiver_id: str = ""
    provider_name: str = ""
    provider_npi: str = ""
    batch_reference: str = ""
    receiver_statuses: tuple[Status, ...] = ()
    provider_statuses: tuple[Status, ...] = ()
    claims: tuple[ClaimStatus, ...] = ()
    segment_index: int
    byte_offset: int

    @property
    def from_payer(self) -> bool:
        """Whether the payer speaks (NM1*PR), not a clearinghouse."""
        return self.source_entity == "PR"
