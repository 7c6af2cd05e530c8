"""Synthetic TA1, 999 and 277CA files for `sample_edi`: answers to the 837P samples."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from ptedi.claims.identity import control_number, line_control_number
from ptedi.submissions.acknowledgements import (
    ClaimAcknowledgement,
    ClaimStatus,
    ElementError,
    GroupAcknowledgement,
    InterchangeAcknowledgement,
    LineStatus,
    SegmentError,
    SetAcknowledgement,
    Status,
    StatusCode,
)
from ptedi.transactions import acknowledgement_999, acknowledgement_ta1, claim_acknowledgement_277ca
from ptedi.transactions.answer import AnswerHeader
from tests.samples.claims import BILLING, DAY

GUIDE = "005010X222A1"
RECEIVED = date(2026, 10, 6)
SENT = Decimal("240.50")


def header(number: int) -> AnswerHeader:
    """The envelope of one sample file."""
    return AnswerHeader(
        sender_id="SMPCLEAR", receiver_id="WILLOWPT", control_number=number, group_control_number=number,
        created=datetime(2026, 10, 6, 22, 10, tzinfo=UTC), newline="\n",
    )  # fmt: skip


def ta1(code: str, note: str) -> InterchangeAcknowledgement:
    return InterchangeAcknowledgement(
        sender_id="SMPCLEAR", receiver_id="WILLOWPT", interchange_control_number=1, interchange_date="261006",
        interchange_time="2130", code=code, note=note, segment_index=0, byte_offset=0,
    )  # fmt: skip


def error(segment: str, position: int, loop: str, *elements: ElementError, claim: int = 1) -> SegmentError:
    return SegmentError(
        segment=segment, position=position, loop=loop, code="8", claim=control_number("WC", claim), elements=elements,
        segment_index=0, byte_offset=0,
    )  # fmt: skip


def answered(control: str, code: str, *errors: SegmentError) -> SetAcknowledgement:
    return SetAcknowledgement(
        set_id="837", control_number=control, guide=GUIDE, code=code, notes=("5",) if errors else (), errors=errors,
        segment_index=0, byte_offset=0,
    )  # fmt: skip


def group(code: str, *sets: SetAcknowledgement) -> GroupAcknowledgement:
    return GroupAcknowledgement(
        sender_id="SMPCLEAR", receiver_id="WILLOWPT", functional_id="HC", group_control_number=1, guide=GUIDE,
        code=code, included=len(sets), received=len(sets), accepted=sum(s.code != "R" for s in sets), sets=sets,
        segment_index=0, byte_offset=0,
    )  # fmt: skip


def status(category: str, code: str, entity: str, amount: str | None = None) -> Status:
    action = "U" if category in ("A3", "A6", "A7", "A8") else "WQ"
    return Status(
        codes=(StatusCode(category=category, status=code, entity=entity),), action=action,
        amount=None if amount is None else Decimal(amount), effective=RECEIVED, segment_index=0, byte_offset=0,
    )  # fmt: skip


def claim(number: int, one: Status, payer_number: str = "", lines: tuple[LineStatus, ...] = ()) -> ClaimStatus:
    return ClaimStatus(
        patient_control_number=control_number("WC", number), statuses=(one,), payer_claim_control_number=payer_number,
        clearinghouse_trace=f"SMPT{number:08d}", patient_last="TANAKA", patient_first="JUNE", member_id="3AC1DE2FG45",
        service_from=DAY, service_to=DAY, lines=lines, segment_index=0, byte_offset=0,
    )  # fmt: skip


def claims(source: tuple[str, str, str], batch: Status, *statuses: ClaimStatus) -> ClaimAcknowledgement:
    entity, name, number = source
    return ClaimAcknowledgement(
        control_number="0001", source_entity=entity, source_name=name, source_id=number, receipt="R26100600001",
        received=RECEIVED, processed=RECEIVED, receiver_name=BILLING.name, receiver_id="WILLOWPT",
        provider_name=BILLING.name if statuses else "", provider_npi=BILLING.npi if statuses else "",
        batch_reference="WCB000001", receiver_statuses=(batch,),
        provider_statuses=(replace(batch, effective=None),) if statuses else (),
        claims=statuses, segment_index=0, byte_offset=0,
    )  # fmt: skip


CLEARINGHOUSE = ("AY", "SAMPLE CLEARINGHOUSE", "SMPCLEAR")
PAYER = ("PR", "MEDICARE PART B OHIO", "SMPMB")


def files() -> dict[str, bytes]:
    """Every TA1, 999 and 277CA sample by its name."""
    frequency = ElementError(position="5:3", reference="1325", code="7", value="9")
    phone = ElementError(position="4", reference="364", code="5", value="44055501420")
    line = LineStatus(
        procedure="97140", line_control_number=line_control_number(control_number("WC", 23), 2),
        statuses=(status("A8", "507", ""),),
    )  # fmt: skip
    ta1s = {"accepted": ta1("A", "000"), "accepted_with_errors": ta1("E", "014"), "rejected_duplicate": ta1("R", "025")}
    groups = {
        "accepted": group("A", answered("0001", "A")),
        "accepted_with_errors": group("E", answered("0001", "E", error("PER", 14, "2010", phone))),
        "rejected": group("R", answered("0001", "R", error("CLM", 25, "2300", frequency))),
        "partially_accepted": group(
            "P", answered("0001", "A"), answered("0002", "R", error("CLM", 25, "2300", frequency, claim=2))
        ),
    }
    answers = {
        "accepted_by_clearinghouse": claims(
            CLEARINGHOUSE, status("A1", "19", "AY", "240.50"), claim(1, status("A1", "19", "40", "240.50"))
        ),
        "accepted_by_payer": claims(
            PAYER, status("A1", "19", "PR", "240.50"), claim(1, status("A2", "20", "PR", "240.50"), "MB2629000001")
        ),
        "mixed": claims(
            CLEARINGHOUSE, status("A1", "19", "AY", "632.50"), claim(21, status("A1", "19", "40", "240.50")),
            claim(22, status("A7", "164", "IL", "210.00")), claim(23, status("A3", "247", "", "182.00"), lines=(line,)),
        ),
        "batch_rejected": claims(CLEARINGHOUSE, status("A8", "746", "40", "240.50")),
    }  # fmt: skip
    made: dict[str, bytes] = {}
    for number, (name, one) in enumerate(ta1s.items(), 201):
        made[f"ta1/{name}.edi"] = acknowledgement_ta1.write(header(number), [one])
    for number, (name, verdict) in enumerate(groups.items(), 211):
        made[f"999/{name}.edi"] = acknowledgement_999.write(header(number), [verdict])
    for number, (name, answer) in enumerate(answers.items(), 221):
        made[f"277ca/{name}.edi"] = claim_acknowledgement_277ca.write(header(number), [answer])
    return made
