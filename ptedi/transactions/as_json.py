"""The published shapes of `ptedi read FILE --format json`.

Amounts are decimal texts with two places (`"66.64"`), quantities decimal texts (`"2"`), dates ISO 8601, what was not
sent is null or "".  These keys stay; new ones may join them.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import cast

from ptedi.claims.model import NOT_SENT, Claim, Person, ServiceLine
from ptedi.errors import UnreadableFile
from ptedi.findings import Finding, Severity
from ptedi.money import ZERO
from ptedi.remittances import balance
from ptedi.remittances.model import Adjustment, ClaimPayment, Payment, ServicePayment
from ptedi.submissions.acknowledgements import (
    ClaimAcknowledgement,
    ClaimStatus,
    GroupAcknowledgement,
    InterchangeAcknowledgement,
    SetAcknowledgement,
    Status,
)
from ptedi.transactions import (
    acknowledgement_999,
    acknowledgement_ta1,
    claim_837p,
    claim_acknowledgement_277ca,
    pages,
    remittance_835,
)
from ptedi.x12.interchange import identify
from ptedi.x12.rules import CUT_OFF
from ptedi.x12.stream import Blocks

Json = dict[str, object]
_LIMITS = frozenset({"ST*", "SE*", "GE*", "GS*", "IEA", "ISA"})


def read_file(data: bytes) -> Json:
    """Everything a file says: `kinds`, `payments`, `claims`, `acknowledgements` and `findings`; never raises.

    `kinds` is empty, with a finding, when the file is no X12 at all.
    """
    kinds = identify(data)
    content: Json = {"kinds": sorted(kinds)}
    findings: list[Finding] = []
    try:
        content["payments"] = [payment(p) for p in remittance_835.read(data, findings)]
    except UnreadableFile as problem:
        told = pages.finding(pages.UNREADABLE, f"{str(problem)[:1].upper()}{str(problem)[1:]}.")
        return {"kinds": [], "payments": [], "claims": [], "acknowledgements": [], "findings": [told.as_json()]}
    content["claims"] = []
    if kinds & {"837P", "837I", "837D", "837"}:
        batches = claim_837p.read_batches(data)
        content["claims"] = [
            claim(c, charge) for one in batches for c, charge in zip(one.claims, one.charges, strict=True)
        ]
        findings += [finding for one in batches for finding in one.findings]
    content["acknowledgements"] = _acknowledgements(data, kinds)
    findings += _without_end(data)
    content["findings"] = [finding.as_json() for finding in findings]
    return content


def cut_off(content: Json) -> bool:
    """Whether the end of a file, or of a set in it, is missing from what `read_file` made of it."""
    payments, findings = cast("list[Json]", content.get("payments", [])), cast("list[Json]", content["findings"])
    told = [*findings, *(one for payment in payments for one in cast("list[Json]", payment["findings"]))]
    return any(one["code"] in (pages.CUT_OFF.code, CUT_OFF.code) for one in told)


def _without_end(data: bytes) -> list[Finding]:
    """Tells of the sets that do not end; those of an 835 are told with its payments."""
    found: list[Finding] = []
    begun: tuple[list[str], int, int] | None = None
    for block in Blocks(data, [], lenient=True):
        for place, text in enumerate(block.texts):
            if text[:3] not in _LIMITS:
                continue
            if begun is not None and text[:3] != "SE*":
                found.append(_no_end(*begun))
            begun = None
            if text[:3] == "ST*" and text[3:6] != "835":
                begun = text.split("*"), block.first + place, block.offset(place)
    return [*found, _no_end(*begun)] if begun is not None else found


def _no_end(e: list[str], index: int, offset: int) -> Finding:
    """Tells that the set which this ST begins does not end."""
    name = " ".join(filter(None, e[1:3]))
    return pages.finding(pages.CUT_OFF, f"The transaction set {name} has no end (SE).", segment="SE",
                         segment_index=index, byte_offset=offset)  # fmt: skip


def _acknowledgements(data: bytes, kinds: set[str]) -> list[Json]:
    found: list[Json] = []
    if "TA1" in kinds:
        found += [interchange_acknowledgement(one) for one in acknowledgement_ta1.read(data)]
    if kinds & {"999", "997"}:
        found += [group_acknowledgement(one) for one in acknowledgement_999.read(data)]
    if kinds & {"277CA", "277"}:
        found += [claim_acknowledgement(one) for one in claim_acknowledgement_277ca.read(data)]
    return found


# --- 835 ---


def payment(one: Payment) -> Json:
    """A payment of an 835 with its claims; `balanced` when every cent of it is explained."""
    off = balance.check(one)
    lost = any(f.severity is Severity.ERROR for f in (*one.findings, *off))
    return {
        "control_number": one.control_number,
        "trace_number": one.trace_number,
        "originator": one.originator,
        "payer": one.payer,
        "payer_id": one.payer_id,
        "payee": one.payee,
        "payee_npi": one.payee_npi,
        "payee_tax_id": one.payee_tax_id,
        "amount": _money(one.amount),
        "credit_debit": one.credit_debit,
        "method": one.method,
        "date": _day(one.date),
        "production_date": _day(one.production_date),
        "claims": [claim_payment(c) for c in one.claims],
        "provider_adjustments": [
            {"reason": p.reason, "reference": p.reference, "amount": _money(p.amount), "provider": p.provider,
             "fiscal_year_end": _day(p.fiscal_year_end)}
            for p in one.provider_adjustments
        ],
        "balanced": not lost,
        "findings": [finding.as_json() for finding in (*one.findings, *off)],
    }  # fmt: skip


def claim_payment(one: ClaimPayment) -> Json:
    """A claim of an 835 with its lines."""
    return {
        "patient_control_number": one.patient_control_number,
        "status_code": one.status_code,
        "charge": _money(one.charge),
        "paid": _money(one.paid),
        "patient_responsibility": _money(one.patient_responsibility or ZERO),
        "payer_claim_control_number": one.payer_claim_control_number,
        "filing_indicator": one.filing_indicator,
        "original_reference": one.original_reference,
        "member_id": one.member_id,
        "rendering_npi": one.rendering_npi,
        "crossover_payer": one.crossover_payer,
        "interest": _money(one.interest),
        "statement_from": _day(one.statement_from),
        "statement_to": _day(one.statement_to),
        "adjustments": [_adjustment(a) for a in one.adjustments],
        "remarks": list(one.remarks),
        "lines": [service_payment(line) for line in one.lines],
    }


def service_payment(one: ServicePayment) -> Json:
    """A line of an 835; `allowed` as sent (AMT*B6), else derived from its adjustments."""
    return {
        "procedure": one.procedure,
        "modifiers": list(one.modifiers),
        "charge": _money(one.charge),
        "paid": _money(one.paid),
        "units": _number(one.units),
        "line_control_number": one.line_control_number,
        "allowed": _money(balance.allowed(one)),
        "service_date": _day(one.service_date),
        "service_date_end": _day(one.service_date_end),
        "submitted_procedure": one.submitted_procedure,
        "submitted_modifiers": list(one.submitted_modifiers),
        "adjustments": [_adjustment(a) for a in one.adjustments],
        "remarks": list(one.remarks),
    }


def _adjustment(one: Adjustment) -> Json:
    quantity = None if one.quantity is None else _number(one.quantity)
    return {"group": one.group, "reason": one.reason, "amount": _money(one.amount), "quantity": quantity}


# --- 837P ---


def claim(one: Claim, charge: Decimal | None = None) -> Json:
    """A claim of an 837P with its lines; `patient` is null when the subscriber is the patient.

    Args:
        one: the claim.
        charge: CLM02 as the file states it, where that may differ from the sum of the lines.
    """
    return {
        "patient_control_number": one.patient_control_number,
        "charge": _money(one.charge if charge is None else charge),
        "payer": one.payer.name,
        "payer_id": one.payer.id,
        "filing_indicator": one.filing_indicator,
        "sequence": one.sequence,
        "subscriber": {**_person(one.subscriber), "member_id": one.member_id, "group_number": one.group_number},
        "relationship": one.relationship,
        "patient": None if one.patient is None else _person(one.patient),
        "billing_npi": one.billing.npi,
        "rendering_npi": one.rendering.npi,
        "referring_npi": one.referring.npi if one.referring else None,
        "supervising_npi": one.supervising.npi if one.supervising else None,
        "facility_npi": one.facility.npi if one.facility else None,
        "place_of_service": one.place_of_service,
        "frequency": one.frequency,
        "original_reference": one.original_reference,
        "prior_authorization": one.prior_authorization,
        "referral_number": one.referral_number,
        "diagnoses": list(one.diagnoses),
        "lines": [service_line(line) for line in one.lines],
    }


def service_line(one: ServiceLine) -> Json:
    """A line of an 837P."""
    return {
        "number": one.number,
        "procedure": one.procedure,
        "modifiers": list(one.modifiers),
        "charge": _money(one.charge),
        "units": str(one.units),
        "line_control_number": one.control_number,
        "service_date": _day(one.service_date),
        "diagnosis_pointers": list(one.pointers),
        "place_of_service": one.place_of_service,
    }


def _person(one: Person) -> Json:
    return {
        "last": one.name.last, "first": one.name.first, "middle": one.name.middle,
        "birth_date": _day(one.birth_date), "sex": one.sex.value,
    }  # fmt: skip


# --- TA1, 999, 277CA ---


def interchange_acknowledgement(one: InterchangeAcknowledgement) -> Json:
    """A TA1."""
    return {
        "kind": "TA1",
        "sender_id": one.sender_id,
        "receiver_id": one.receiver_id,
        "interchange_control_number": one.interchange_control_number,
        "code": one.code,
        "note": one.note,
    }


def group_acknowledgement(one: GroupAcknowledgement) -> Json:
    """A 999 or 997 with its sets and errors."""
    return {
        "kind": "999",
        "sender_id": one.sender_id,
        "receiver_id": one.receiver_id,
        "functional_id": one.functional_id,
        "group_control_number": one.group_control_number,
        "code": one.code,
        "included": one.included,
        "received": one.received,
        "accepted": one.accepted,
        "notes": list(one.notes),
        "sets": [_set(s) for s in one.sets],
    }


def _set(one: SetAcknowledgement) -> Json:
    return {
        "set": one.set_id,
        "guide": one.guide,
        "control_number": one.control_number,
        "code": one.code,
        "notes": list(one.notes),
        "errors": [
            {
                "segment": error.segment, "segment_position": error.position, "loop": error.loop, "code": error.code,
                "claim": error.claim, "context": list(error.context),
                "elements": [
                    {"position": e.position, "reference": e.reference, "code": e.code, "value": e.value}
                    for e in error.elements
                ],
            }
            for error in one.errors
        ],
    }  # fmt: skip


def claim_acknowledgement(one: ClaimAcknowledgement) -> Json:
    """A 277CA with its claims; `stage` says who speaks."""
    return {
        "kind": "277CA",
        "stage": "payer" if one.from_payer else "clearinghouse",
        "source": one.source_name,
        "source_id": one.source_id,
        "batch_reference": one.batch_reference,
        "statuses": [_status(s) for s in (*one.receiver_statuses, *one.provider_statuses)],
        "claims": [_claim_status(c) for c in one.claims],
    }


def _claim_status(one: ClaimStatus) -> Json:
    return {
        "patient_control_number": one.patient_control_number,
        "rejected": one.rejected,
        "payer_claim_control_number": one.payer_claim_control_number,
        "clearinghouse_trace": one.clearinghouse_trace,
        "statuses": [_status(s) for s in one.statuses],
        "lines": [
            {"procedure": ln.procedure, "line_control_number": ln.line_control_number,
             "statuses": [_status(s) for s in ln.statuses]}
            for ln in one.lines
        ],
    }  # fmt: skip


def _status(one: Status) -> Json:
    return {
        "codes": [{"category": c.category, "status": c.status, "entity": c.entity} for c in one.codes],
        "rejected": one.rejected,
        "amount": None if one.amount is None else _money(one.amount),
        "date": _day(one.effective),
        "message": one.message,
    }


# --- values ---


def _money(value: Decimal) -> str:
    return f"{value:.2f}"


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _day(day: dt.date | None) -> str | None:
    return None if day is None or day == NOT_SENT else day.isoformat()
