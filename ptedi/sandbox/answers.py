"""The clearinghouse's and the payers' words as bytes: decisions in, TA1, 999, 277CA and 835 out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from ptedi.claims.model import Claim
from ptedi.money import ZERO
from ptedi.remittances.model import Payment
from ptedi.sandbox.memory import Route
from ptedi.sandbox.payer_desk import Remittance
from ptedi.sandbox.payers import Payer
from ptedi.submissions.acknowledgements import (
    ClaimAcknowledgement,
    ClaimStatus,
    GroupAcknowledgement,
    InterchangeAcknowledgement,
    LineStatus,
    Status,
    StatusCode,
)
from ptedi.transactions import (
    acknowledgement_999,
    acknowledgement_ta1,
    claim_acknowledgement_277ca,
    remittance_835,
)
from ptedi.transactions.answer import AnswerHeader
from ptedi.transactions.wire import plain
from ptedi.x12.interchange import InterchangeHeader, Transaction
from ptedi.x12.reader import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A claim with the status it gets in a 277CA: the clearinghouse's trace (REF*D9), the payer's number (REF*1K).

    `line` is the status of its first line, where the fault is told there.
    """

    claim: Claim
    status: StatusCode
    refused: bool
    trace: str
    number: str = ""
    line: StatusCode | None = None


def safe(text: str) -> str:
    """An identifier as part of a file name."""
    return "".join(c for c in text if c.isascii() and c.isalnum())[:20] or "0"


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def _header(route: Route, number: int, created: datetime) -> AnswerHeader:
    return AnswerHeader(
        sender_qualifier=route.our_qualifier, sender_id=route.our_id, receiver_qualifier=route.their_qualifier,
        receiver_id=route.their_id, control_number=number, group_control_number=number, created=created,
        usage=route.usage,
    )  # fmt: skip


def route_of(header: InterchangeHeader) -> Route:
    """The way back to the sender of an interchange, in ids that an envelope can hold whatever the sender wrote."""
    return Route(
        our_qualifier=_qualifier(header.receiver_qualifier), our_id=plain(header.receiver_id, 15) or "RECEIVER",
        their_qualifier=_qualifier(header.sender_qualifier), their_id=plain(header.sender_id, 15) or "SENDER",
        usage="P" if header.usage == "P" else "T",
    )  # fmt: skip


def _qualifier(text: str) -> str:
    return text if len(text) == 2 and text.isascii() and text.isalnum() else "ZZ"


def ta1(header: InterchangeHeader, code: str, note: str, number: int, day: date) -> bytes:
    """The TA1 of one interchange."""
    route = route_of(header)
    answer = InterchangeAcknowledgement(
        sender_id=route.our_id, receiver_id=route.their_id, interchange_control_number=header.control_number or 0,
        interchange_date=header.date, interchange_time=header.time, code=code, note=note, segment_index=0,
        byte_offset=0,
    )  # fmt: skip
    return acknowledgement_ta1.write(_header(route, number, _at(day, 21, 31)), [answer])


def functional(route: Route, verdict: GroupAcknowledgement, number: int, day: date) -> bytes:
    """The 999 of one functional group."""
    return acknowledgement_999.write(_header(route, number, _at(day, 21, 32)), [verdict])


def clearinghouse_277ca(route: Route, transaction: Transaction, seen: Iterable[Seen], number: int, day: date) -> bytes:
    """The 277CA of the clearinghouse (NM1*AY) on one set."""
    source = _first(transaction, "NM1", "40")
    return _claim_acknowledgements(
        route, transaction, seen, number, _at(day, 22, 0), ("AY", source.get(3), source.get(9))
    )


def payer_277ca(
    route: Route, transaction: Transaction, payer: Payer, seen: Iterable[Seen], number: int, day: date
) -> bytes:
    """The 277CA of a payer (NM1*PR) on its claims of one set."""
    return _claim_acknowledgements(route, transaction, seen, number, _at(day, 22, 10), ("PR", payer.name, payer.id))


def _claim_acknowledgements(
    route: Route, transaction: Transaction, seen: Iterable[Seen], number: int, at: datetime,
    source: tuple[str, str, str],
) -> bytes:  # fmt: skip
    by_provider: dict[str, list[Seen]] = {}
    for item in seen:
        by_provider.setdefault(item.claim.billing.npi, []).append(item)
    submitter = _first(transaction, "NM1", "41")
    day = at.date()
    sets = [
        ClaimAcknowledgement(
            control_number=f"{position:04d}", source_entity=source[0], source_name=source[1], source_id=source[2],
            receipt=f"RCPT{day:%y%m%d}{number:08d}", received=day, processed=day, receiver_name=submitter.get(3),
            receiver_id=submitter.get(9), provider_name=items[0].claim.billing.name, provider_npi=npi,
            batch_reference=_first(transaction, "BHT").get(3),
            receiver_statuses=(_status(StatusCode(category="A1", status="19", entity=source[0]), items, day),),
            provider_statuses=(_status(StatusCode(category="A1", status="19", entity="PR"), items, None),),
            claims=tuple(_claim_status(item, day) for item in items), segment_index=0, byte_offset=0,
        )
        for position, (npi, items) in enumerate(by_provider.items(), 1)
    ]  # fmt: skip
    return claim_acknowledgement_277ca.write(_header(route, number, at), sets)


def _first(transaction: Transaction, name: str, qualifier: str = "") -> Segment:
    fitting = (s for s in transaction.segments if s.id == name and (not qualifier or s.get(1) == qualifier))
    return next(fitting, Segment([name]))


def _status(code: StatusCode, items: Iterable[Seen], day: date | None, *, refused: bool = False) -> Status:
    charge = sum((item.claim.charge for item in items), ZERO)
    action = "U" if refused else "WQ"
    return Status(codes=(code,), action=action, amount=charge, effective=day, segment_index=0, byte_offset=0)


def _claim_status(item: Seen, day: date) -> ClaimStatus:
    claim = item.claim
    person = claim.person_treated.name
    first, last = claim.service_dates if claim.lines else (None, None)
    return ClaimStatus(
        patient_control_number=claim.patient_control_number,
        statuses=(_status(item.status, [item], day, refused=item.refused),),
        payer_claim_control_number=item.number, clearinghouse_trace=item.trace, patient_last=person.last,
        patient_first=person.first, member_id=claim.member_id, service_from=first, service_to=last,
        lines=_line_statuses(item, day), segment_index=0, byte_offset=0,
    )  # fmt: skip


def _line_statuses(item: Seen, day: date) -> tuple[LineStatus, ...]:
    if item.line is None:
        return ()
    line = item.claim.lines[0]
    status = Status(codes=(item.line,), action="U", effective=day, segment_index=0, byte_offset=0)
    return (LineStatus(procedure=line.procedure, line_control_number=line.control_number, statuses=(status,)),)


def remittance(item: Remittance, payments: Iterable[Payment], number: int, day: date) -> bytes:
    """The 835 of one payer."""
    route, payee = item.route, item.payments[0][0].payee
    header = remittance_835.RemittanceHeader(
        sender_qualifier=route.our_qualifier, sender_id=route.our_id, receiver_qualifier=route.their_qualifier,
        receiver_id=route.their_id, interchange_control_number=number, group_control_number=number,
        created=_at(day, 23, 0), usage=route.usage, receiver_reference=route.their_id, payee_address=payee.address,
    )  # fmt: skip
    return remittance_835.write(remittance_835.RemittanceFile(header=header, payments=tuple(payments)))
