"""277CA, Claim Acknowledgment (005010X214): what a clearinghouse or payer says of each claim before adjudication.

The reader follows HL levels and takes what it knows: a rejection at receiver level without any claim, several claims
of one patient, statuses of lines, the patient level spelled PT, 22 or 23, and, as far as they speak of claims, the
answers to a 276 (X212) and older unsolicited 277s, whose REF*EJ names the claim.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

from ptedi import dates, money
from ptedi.submissions.acknowledgements import ClaimAcknowledgement, ClaimStatus, LineStatus, Status, StatusCode
from ptedi.transactions.answer import AnswerHeader
from ptedi.transactions.wire import plain
from ptedi.x12 import writer as x12
from ptedi.x12.interchange import Transaction, transactions
from ptedi.x12.reader import Segment
from ptedi.x12.writer import composite, segment

GUIDE = "005010X214"
_SOURCE, _RECEIVER, _PROVIDER, _PATIENT = "20", "21", "19", "PT"
_LEVELS = {_SOURCE: _SOURCE, _RECEIVER: _RECEIVER, _PROVIDER: _PROVIDER, _PATIENT: _PATIENT, "22": _PATIENT,
           "23": _PATIENT}  # fmt: skip


def read(source: bytes | BinaryIO) -> list[ClaimAcknowledgement]:
    """Every 277 transaction set of a file; never raises for what a set holds.

    Raises:
        UnreadableFile: the file holds no X12 at all.
    """
    return [_Reader(one).acknowledgement() for one in transactions(source, lenient=True) if one.set_id == "277"]


@dataclass(slots=True)
class _Line:
    procedure: str
    control_number: str = ""
    statuses: list[Status] = field(default_factory=list)


@dataclass(slots=True)
class _Claim:
    segment: Segment
    number: str = ""
    statuses: list[Status] = field(default_factory=list)
    references: dict[str, str] = field(default_factory=dict)
    days: tuple[dt.date | None, dt.date | None] = (None, None)
    name: Segment = field(default_factory=lambda: Segment([""]))
    lines: list[_Line] = field(default_factory=list)

    def finished(self) -> ClaimStatus:
        return ClaimStatus(
            patient_control_number=self.references.get("EJ", self.number),
            statuses=tuple(self.statuses),
            payer_claim_control_number=self.references.get("1K", ""),
            clearinghouse_trace=self.references.get("D9", ""),
            patient_last=self.name.get(3),
            patient_first=self.name.get(4),
            member_id=self.name.get(9),
            service_from=self.days[0],
            service_to=self.days[1],
            lines=tuple(
                LineStatus(
                    procedure=ln.procedure, line_control_number=ln.control_number, statuses=tuple(ln.statuses)
                )
                for ln in self.lines
            ),
            segment_index=self.segment.index,
            byte_offset=self.segment.offset,
        )  # fmt: skip


class _Reader:
    """Takes the segments of one set; `claim` and `line` are what STC, REF and DTP speak of."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.level = ""
        self.names: dict[str, Segment] = {}
        self.traces: dict[str, str] = {}
        self.statuses: dict[str, list[Status]] = {_SOURCE: [], _RECEIVER: [], _PROVIDER: []}
        self.days: dict[str, dt.date | None] = {}
        self.claims: list[_Claim] = []
        self.claim: _Claim | None = None
        self.line: _Line | None = None

    def acknowledgement(self) -> ClaimAcknowledgement:
        for one in self.transaction.segments:
            self._take(one)
        first = self.transaction.segments[0]
        source, receiver, provider = (self.names.get(k, Segment([""])) for k in (_SOURCE, _RECEIVER, _PROVIDER))
        return ClaimAcknowledgement(
            control_number=self.transaction.control_number,
            source_entity=source.get(1),
            source_name=source.get(3),
            source_id=source.get(9),
            receipt=self.traces.get(_SOURCE, ""),
            received=self.days.get("050"),
            processed=self.days.get("009"),
            receiver_name=receiver.get(3),
            receiver_id=receiver.get(9),
            provider_name=provider.get(3),
            provider_npi=provider.get(9),
            batch_reference=self.traces.get(_RECEIVER, ""),
            receiver_statuses=tuple(self.statuses[_RECEIVER]),
            provider_statuses=tuple(self.statuses[_PROVIDER]),
            claims=tuple(claim.finished() for claim in self.claims),
            segment_index=first.index,
            byte_offset=first.offset,
        )

    def _take(self, one: Segment) -> None:
        match one.id:
            case "HL":
                self.level = _LEVELS.get(one.get(3), "")
                self.claim = self.line = None
                if self.level == _PATIENT:
                    self.names.pop(_PATIENT, None)
            case "NM1":
                self.names.setdefault(self.level, one)
            case "TRN" if self.level == _PATIENT:
                self._open(one).number = one.get(2)
            case "TRN":
                self.traces.setdefault(self.level, one.get(2))
            case "STC":
                self._status(one)
            case "REF":
                self._reference(one)
            case "DTP":
                self._date(one)
            case "SVC" if self.claim:
                self.line = _Line(one.get(1).split(":")[1] if ":" in one.get(1) else one.get(1))
                self.claim.lines.append(self.line)

    def _open(self, one: Segment) -> _Claim:
        self.claim, self.line = _Claim(one, name=self.names.get(_PATIENT, Segment([""]))), None
        self.claims.append(self.claim)
        return self.claim

    def _status(self, one: Segment) -> None:
        status = _status(one)
        if self.line is not None:
            self.line.statuses.append(status)
        elif self.level == _PATIENT:
            (self.claim or self._open(one)).statuses.append(status)
        else:
            self.statuses.get(self.level, []).append(status)

    def _reference(self, one: Segment) -> None:
        if self.line is not None:
            if one.get(1) == "FJ":
                self.line.control_number = one.get(2)
        elif self.claim is not None:
            self.claim.references.setdefault(one.get(1), one.get(2))

    def _date(self, one: Segment) -> None:
        if self.claim is None:
            self.days[one.get(1)] = _day(one.get(3)[:8])
        elif self.line is None and one.get(1) in ("472", "232"):
            first, _, last = one.get(3).partition("-")
            self.claim.days = (_day(first), _day(last or first))


def _status(one: Segment) -> Status:
    return Status(
        codes=tuple(_code(one.get(n)) for n in (1, 10, 11) if one.get(n)),
        action=one.get(3),
        amount=_amount(one.get(4)),
        message=one.get(12),
        effective=_day(one.get(2)),
        segment_index=one.index,
        byte_offset=one.offset,
    )


def _code(text: str) -> StatusCode:
    category, status, entity = [*text.split(":"), "", ""][:3]
    return StatusCode(category=category, status=status, entity=entity)


def _amount(text: str) -> Decimal | None:
    try:
        return money.amount(text)
    except ValueError:
        return None


def _day(text: str) -> dt.date | None:
    try:
        return dates.d8(text)
    except ValueError:
        return None


# --- writing ---


def write(header: AnswerHeader, acknowledgements: Iterable[ClaimAcknowledgement]) -> bytes:
    """An interchange with one 277CA per acknowledgement; counts and totals are reckoned from its claims."""
    sets = (
        x12.TransactionSet(set_id="277", control_number=one.control_number, segments=_segments(one, header))
        for one in acknowledgements
    )
    return x12.interchange(header.envelope("HN", GUIDE), sets, newline=header.newline)


def _segments(one: ClaimAcknowledgement, header: AnswerHeader) -> Iterator[str]:
    created = header.created
    reference = plain(one.receipt, 30) or one.control_number
    yield segment("BHT", "0085", "08", reference, dates.x12_date(created.date()), f"{created:%H%M}", "TH")
    yield segment("HL", "1", "", _SOURCE, "1")
    yield _name(one.source_entity, one.source_name, "PI" if one.from_payer else "46", one.source_id)
    yield segment("TRN", "1", plain(one.receipt))
    for what, day in (("050", one.received), ("009", one.processed)):
        if day is not None:
            yield segment("DTP", what, "D8", dates.x12_date(day))
    below = bool(one.claims or one.provider_statuses or one.provider_npi or one.provider_name)
    yield segment("HL", "2", "1", _RECEIVER, "1" if below else "0")
    yield _name("41", one.receiver_name, "46", one.receiver_id)
    yield segment("TRN", "2", plain(one.batch_reference))
    yield from map(_stc, one.receiver_statuses)
    yield from _totals(one, "90", "AA")
    if below:
        yield from _provider(one)
    for number, claim in enumerate(one.claims, 4):
        yield from _claim(claim, number)


def _provider(one: ClaimAcknowledgement) -> Iterator[str]:
    """2000C, 2100C, 2200C."""
    yield segment("HL", "3", "2", _PROVIDER, "1" if one.claims else "0")
    yield _name("85", one.provider_name, "XX", one.provider_npi)
    if one.provider_statuses:
        yield segment("TRN", "1", "0")
        yield from map(_stc, one.provider_statuses)
        yield from _totals(one, "QA", "QC")


def _totals(one: ClaimAcknowledgement, accepted: str, rejected: str) -> Iterator[str]:
    """QTY and AMT of the claims accepted and rejected."""
    good = [c for c in one.claims if not c.rejected]
    bad = [c for c in one.claims if c.rejected]
    for what, claims in ((accepted, good), (rejected, bad)):
        if claims:
            yield segment("QTY", what, str(len(claims)))
    for what, claims in (("YU", good), ("YY", bad)):
        if claims:
            yield segment("AMT", what, money.x12(sum((_charge(c) for c in claims), money.ZERO)))


def _charge(claim: ClaimStatus) -> Decimal:
    return next((s.amount for s in claim.statuses if s.amount is not None), money.ZERO)


def _claim(claim: ClaimStatus, number: int) -> Iterator[str]:
    """2000D with 2200D and 2220D."""
    yield segment("HL", str(number), "3", _PATIENT)
    member = plain(claim.member_id)
    yield segment("NM1", "QC", "1", plain(claim.patient_last, 60), plain(claim.patient_first, 35), "", "", "",
                  "MI" if member else "", member)  # fmt: skip
    yield segment("TRN", "2", plain(claim.patient_control_number))
    yield from map(_stc, claim.statuses)
    if claim.payer_claim_control_number:
        yield segment("REF", "1K", plain(claim.payer_claim_control_number))
    if claim.clearinghouse_trace:
        yield segment("REF", "D9", plain(claim.clearinghouse_trace))
    if claim.service_from is not None:
        yield _service(claim.service_from, claim.service_to)
    for line in claim.lines:
        yield segment("SVC", composite("HC", plain(line.procedure)), "0")
        yield from map(_stc, line.statuses)
        if line.line_control_number:
            yield segment("REF", "FJ", plain(line.line_control_number))
        if claim.service_from is not None:
            yield _service(claim.service_from, claim.service_to)


def _stc(status: Status) -> str:
    first, *others = [composite(c.category, c.status, c.entity) for c in status.codes] or [""]
    second, third = (*others, "", "")[:2]
    return segment(
        "STC", first, "" if status.effective is None else dates.x12_date(status.effective), status.action,
        "" if status.amount is None else money.x12(status.amount), "", "", "", "", "", second, third,
        plain(status.message, 264),
    )  # fmt: skip


def _service(first: dt.date, last: dt.date | None) -> str:
    if last is None or last == first:
        return segment("DTP", "472", "D8", dates.x12_date(first))
    return segment("DTP", "472", "RD8", f"{dates.x12_date(first)}-{dates.x12_date(last)}")


def _name(entity: str, name: str, qualifier: str, number: str) -> str:
    number = plain(number)
    return segment("NM1", entity, "2", plain(name, 60), "", "", "", "", qualifier if number else "", number)
