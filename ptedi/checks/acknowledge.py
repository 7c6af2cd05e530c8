"""The acknowledgement of a checked file: 999 (005010X231A1) for its functional groups, TA1 for its interchanges.

Any set with a guide is answered, 835s included; a 999 is never acknowledged.  The unit of effect is the transaction
set: R when an error was found in it, E when only the structure warns, A otherwise.  A group is A, E, R or P (some sets
accepted, some rejected).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from ptedi.checks.acknowledgement_codes import (
    ELEMENT_CODES,
    GROUP_NOTES,
    INTERCHANGE_NOTES,
    ISA_NOTES,
    MISSING_SEGMENTS,
    SEGMENT_CODES,
    SET_ELEMENTS,
    SET_NOTES,
    TRIGGERS,
    meaning_code,
)
from ptedi.checks.file import FileReport
from ptedi.findings import Finding, Severity
from ptedi.submissions.acknowledgements import (
    ElementError,
    GroupAcknowledgement,
    InterchangeAcknowledgement,
    SegmentError,
    SetAcknowledgement,
)
from ptedi.transactions import acknowledgement_999, acknowledgement_ta1
from ptedi.transactions.answer import AnswerHeader
from ptedi.x12 import guide as guides
from ptedi.x12.structure import GroupSummary, InterchangeSummary, TransactionSummary

_REJECTING = Severity.ERROR
Span = TransactionSummary | GroupSummary | InterchangeSummary


def write_999(report: FileReport, header: AnswerHeader, *, snip: int = 7) -> bytes:
    """A 999 for every functional group of a checked file; `header` carries our own control numbers."""
    return acknowledgement_999.write(header, groups(report, snip=snip))


def write_ta1(report: FileReport, header: AnswerHeader) -> bytes:
    """A TA1 for every interchange of a checked file."""
    return acknowledgement_ta1.write(header, interchanges(report))


def answer(
    report: FileReport, *, control_number: int, created: datetime, newline: str = "", snip: int = 7
) -> bytes | None:
    """What goes back to the sender of a checked file: TA1 for an interchange refused as a whole, else 999.

    Sender and receiver change places; `control_number` is ours and serves as ISA13 and GS06.  None when there is
    nobody to answer: no X12, no interchange header, or nothing but acknowledgements.
    """
    if report.structure is None or not report.structure.interchanges:
        return None
    theirs = report.structure.interchanges[0].header
    header = AnswerHeader(
        sender_qualifier=theirs.receiver_qualifier, sender_id=theirs.receiver_id,
        receiver_qualifier=theirs.sender_qualifier, receiver_id=theirs.sender_id, control_number=control_number,
        group_control_number=control_number, created=created, usage=theirs.usage, newline=newline,
    )  # fmt: skip
    refused = [one for one in interchanges(report) if one.code == "R"]
    if refused:
        return acknowledgement_ta1.write(header, refused)
    answered = groups(report, snip=snip)
    return acknowledgement_999.write(header, answered) if answered else None


def interchanges(report: FileReport, *, only_requested: bool = False) -> list[InterchangeAcknowledgement]:
    """What TA1 says of each interchange; `only_requested` answers those with ISA14 = 1."""
    if report.structure is None:
        return []
    result = []
    for one in report.structure.interchanges:
        if only_requested and not one.header.acknowledgement_requested:
            continue
        code, note = _interchange_verdict(one, report)
        segment = one.header.segment
        result.append(
            InterchangeAcknowledgement(
                sender_id=one.header.receiver_id, receiver_id=one.header.sender_id,
                interchange_control_number=one.header.control_number or 0, interchange_date=one.header.date,
                interchange_time=one.header.time, code=code, note=note, segment_index=segment.index,
                byte_offset=segment.offset,
            )
        )  # fmt: skip
    return result


def _interchange_verdict(one: InterchangeSummary, report: FileReport) -> tuple[str, str]:
    for finding in _within(one, report.findings):
        if finding.severity is not _REJECTING:
            continue
        if finding.code == "IE020":
            return "R", ISA_NOTES.get(finding.element or "", "022")
        if finding.code in INTERCHANGE_NOTES:
            return "R", INTERCHANGE_NOTES[finding.code]
    return "A", "000"


def groups(report: FileReport, *, snip: int = 7) -> list[GroupAcknowledgement]:
    """What a 999 says of each functional group; findings above a SNIP type are left to the 277CA."""
    if report.structure is None:
        return []
    told = [f for f in report.findings if f.severity is _REJECTING and (f.snip or 1) <= snip]
    warned = [f for f in report.findings if f.severity is Severity.WARNING and f.code[:2] in ("SG", "EL")]
    result = []
    for group in report.structure.groups:
        if group.header.functional_id == "FA" or not group.header.segment.index:
            continue
        sets = [t for t in report.structure.transactions if group.first_index < t.first_index <= group.last_index]
        result.append(_group(group, [_set(one, told, warned) for one in sets], _within(group, told)))
    return result


def _group(group: GroupSummary, sets: list[SetAcknowledgement], errors: list[Finding]) -> GroupAcknowledgement:
    notes = tuple(dict.fromkeys(GROUP_NOTES[f.code] for f in errors if f.code in GROUP_NOTES))
    accepted = sum(one.code in "AE" for one in sets)
    if notes or (sets and not accepted):
        code, accepted = "R", 0
    elif accepted < len(sets):
        code = "P"
    else:
        code = "E" if any(one.code == "E" for one in sets) else "A"
    header = group.header
    included = group.sets if group.declared is None else group.declared
    return GroupAcknowledgement(
        sender_id=group.interchange.receiver_id, receiver_id=group.interchange.sender_id,
        functional_id=header.functional_id, group_control_number=header.control_number or 0, guide=header.guide,
        code=code, included=included, received=group.sets, accepted=accepted, notes=notes[:5], sets=tuple(sets),
        segment_index=header.segment.index, byte_offset=header.segment.offset,
    )  # fmt: skip


def _set(one: TransactionSummary, told: list[Finding], warned: list[Finding]) -> SetAcknowledgement:
    errors = _within(one, told)
    notes = [note for f in errors if (note := _set_note(f))]
    segments = [f for f in errors if not _set_note(f) and f.segment_position]
    if segments:
        notes.append("5" if any((f.snip or 1) < 2 for f in segments) else "I5")
    if not one.checked:
        notes.append("1")
    code = "R" if notes or errors else "E" if _within(one, warned) else "A"
    return SetAcknowledgement(
        set_id=one.set, control_number=one.control_number.strip(), guide=one.reference, code=code,
        notes=tuple(dict.fromkeys(notes))[:5], errors=tuple(_segment_errors((one.guide, one.set), segments)),
        segment_index=one.first_index, byte_offset=0,
    )  # fmt: skip


def _set_note(finding: Finding) -> str:
    """IK502 of a finding about the set as a whole, "" of any other."""
    return SET_NOTES.get(finding.code) or SET_ELEMENTS.get(finding.element or "", "")


def _segment_errors(guide: tuple[str, str], findings: list[Finding]) -> Iterable[SegmentError]:
    """One IK3 a segment and code, with an IK4 for each of its elements."""
    grouped: dict[tuple[int, str, str, str, str], list[Finding]] = {}
    for finding in findings:
        code, segment = _segment_code(finding)
        key = (finding.segment_position or 0, segment, finding.loop or "", code, finding.claim or "")
        grouped.setdefault(key, []).append(finding)
    for (position, segment, loop, code, claim), members in sorted(grouped.items(), key=lambda item: item[0][0]):
        elements = tuple(_element(guide, f) for f in members if f.element) if code == "8" else ()
        yield SegmentError(
            segment=segment, position=position, loop=loop[:4],  # data element 447 has four characters
            code="I6" if code == "8" and not elements else code, claim=claim,
            context=_contexts(members, claim), elements=elements,
            segment_index=members[0].segment_index or 0, byte_offset=members[0].byte_offset or 0,
        )  # fmt: skip


def _segment_code(finding: Finding) -> tuple[str, str]:
    """IK304 and the segment it speaks of: the missing one where a finding misses a segment."""
    segment = finding.segment or "ST"
    missing = MISSING_SEGMENTS.get((finding.code, finding.element or ""))
    if missing:
        return "I6", missing
    return SEGMENT_CODES.get(finding.code, "8" if finding.element else "I6"), segment


def _contexts(findings: list[Finding], claim: str) -> tuple[str, ...]:
    contexts = [f"CLM01:{claim[:35]}"] if claim else []
    for finding in findings:
        trigger = TRIGGERS.get((finding.code, finding.element or ""))
        if trigger and finding.segment_position:
            segment, element = trigger
            loop = (finding.loop or "")[:4]
            contexts.append(f"SITUATIONAL TRIGGER*{segment}*{finding.segment_position}*{loop}*{element}")
    return tuple(dict.fromkeys(contexts))


def _element(guide: tuple[str, str], finding: Finding) -> ElementError:
    reference = finding.element or ""
    number, _, component = reference[len(finding.segment or "") :].partition("-")
    position = number.lstrip("0") or "1"
    code = ELEMENT_CODES.get(finding.code) or meaning_code(finding)
    value = finding.value or ""
    if code in ("1", "2", "I9"):
        value = ""
    return ElementError(
        position=f"{position}:{component}" if component else position, code=code, value=value,
        reference=_data_elements(*guide).get(reference, ""),
    )  # fmt: skip


@cache
def _data_elements(guide: str, set_id: str) -> dict[str, str]:
    """Element reference -> number in the data element dictionary (IK402)."""
    known = guides.find(guide, set_id)
    found: dict[str, str] = {}
    for _, segment in guides.walk(known.root) if known else ():
        for element in segment.elements:
            if element.data_element.isdecimal():  # a composite has no number of its own
                found.setdefault(element.ref, element.data_element)
            for part in element.components:
                found.setdefault(part.ref, part.data_element)
    return found


def _within(span: Span, findings: Iterable[Finding]) -> list[Finding]:
    return [f for f in findings if span.first_index <= (f.segment_index or 0) <= span.last_index]
