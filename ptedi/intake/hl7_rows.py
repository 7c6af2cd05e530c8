"""Captured charges as HL7 v2 DFT^P03 (2.3 to 2.5.1): each FT1 is a row, its visit is what the message says around it.

Messages of one visit may come apart: rows of a visit id belong together, as in CSV.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from ptedi.codes import diagnosis
from ptedi.findings import Finding
from ptedi.intake import cells, hl7_file, relations
from ptedi.intake.columns import COLUMNS, MAX_ROWS, Column, Kind
from ptedi.intake.csv_rows import too_long
from ptedi.intake.hl7_file import RawMessage
from ptedi.intake.hl7_message import Message, Segment, npi, parse, part
from ptedi.intake.hl7_places import NAMED, PLACES, Place
from ptedi.intake.model import RawFile, RawRow
from ptedi.intake.pages import found
from ptedi.intake.senders import Names, Senders

VERSIONS = ("2.3", "2.3.1", "2.4", "2.5", "2.5.1")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:\d{2,6}(?:\.\d{1,4})?)?(?:[+-]\d{4})?", re.ASCII)
_MINUTE = re.compile(r"(\d{12})(?:\d\d(?:\.\d{1,4})?)?([+-]\d{4})?", re.ASCII)
_WHOLE = re.compile(r"\+?(\d{1,4})\.0*", re.ASCII)
_COUNT = re.compile(r"\+?0*[1-9]\d{0,5}(?:\.0*)?", re.ASCII)
_OLD_CODES = frozenset({"I9", "I9C", "ICD9", "ICD-9", "I9CDX", "ICD9CM"})
_POINTERS = 4
_OF_FT1 = frozenset({"ZPT"})
Posted = dict[tuple[str, str], tuple[int, int]]
"""Transaction id and procedure to the line of the message, and the row, that posted them first."""
_PERSON = ("birth_date", "sex", "address", "address2", "city", "state", "zip")


@dataclass(frozen=True, slots=True)
class _Scope:
    """What places look at: the message, its coverages with their followers, the visit's ZPT, the FT1 with its own."""

    message: Message
    coverages: tuple[tuple[Segment, ...], ...]
    shared: Segment
    own: tuple[Segment, ...]

    def segments(self, place: Place) -> Iterator[Segment]:
        if place.segment in ("IN1", "IN2", "IN3", "ZIN"):
            group = self.coverages[place.nth - 1] if place.nth <= len(self.coverages) else ()
            yield from (segment for segment in group if segment.id == place.segment)
        elif place.segment == "FT1":
            yield from (segment for segment in self.own if segment.id == "FT1")
        else:
            yield from (segment for segment in self.own if segment.id == place.segment)
            yield self.message.first(place.segment) if place.segment != "ZPT" else self.shared

    def values(self, places: Sequence[Place], *, of_row: bool = False) -> Iterator[str]:
        """What the places say; the ZPT of the visit says nothing about a procedure."""
        for place in places:
            for segment in self.segments(place):
                if of_row and segment is self.shared:
                    continue
                text = segment.value(place.field, place.component, place.subcomponent, tag=place.tag)
                if text.strip():
                    yield text.strip()

    def all_values(self, places: Sequence[Place]) -> Iterator[str]:
        """What all repetitions at the places say, with the NPI of persons."""
        for place in places:
            for segment in self.segments(place):
                for repetition in segment.repetitions(place.field):
                    said = part(repetition, place.component, place.subcomponent).strip()
                    yield from filter(None, (said, npi(repetition) if place.component == 1 else ""))


def read(data: bytes, senders: Senders, names: Names) -> RawFile:
    """The rows of an HL7 file; an error among the findings means that there are none."""
    if b"\0" in data:
        at = data.index(b"\0")
        return RawFile(findings=(found("IN003", f"The file is not text: it has a zero byte at offset {at}.",
                                       offset=at),))  # fmt: skip
    cut = hl7_file.cut(data)
    if cut.findings:
        return RawFile(findings=tuple(cut.findings))
    if not cut.messages:
        return RawFile(findings=(found("IN001", "The file has no messages."),))
    numbered = hl7_file.rows(cut.messages)
    if numbered[-1][1].stop - 1 > MAX_ROWS:
        return RawFile(findings=(found("IN010", f"The file has more than {MAX_ROWS:,} rows."),))
    places = PLACES | dict(senders.places)
    posted: Posted = {}
    return RawFile(rows=tuple(row for raw, numbers in numbered for row in _rows(raw, numbers, places, names, posted)))


def _rows(raw: RawMessage, numbers: range, places: dict[str, tuple[Place, ...]], names: Names, posted: Posted
          ) -> Iterator[RawRow]:  # fmt: skip
    text, bad = raw.text()
    message, torn = parse(text, raw.encoding)
    general = [*filter(None, (bad, torn))] or list(_header(message))
    coverages = _coverages(message)
    if len(coverages) > 2:
        general.append(found("IN087", f"The message has {len(coverages)} coverages; two are read.", column="IN1"))
    groups = _charges(message)
    around = _Scope(message, coverages, _of_visit(message), ())
    fixed = {name for name, where in places.items() if not any(one.segment in ("FT1", "ZPT") for one in where)}
    shared = {c.name: _column(c, around, places[c.name], names) for c in COLUMNS if c.name in fixed}
    for nth, number in enumerate(numbers):
        scope = replace(around, own=groups[nth]) if nth < len(groups) else around
        known, notes = _cells(scope, places, names, shared)
        notes.extend(_posted_before(scope, known.get("procedure", ""), raw.line, number, posted))
        placed = [_at(finding, number) for finding in (*general, *notes)]
        yield RawRow(row=number, row_sha256=cells.fingerprint(known), cells=known,
                     findings=(*too_long(number, known), *placed))  # fmt: skip


def _posted_before(scope: _Scope, procedure: str, line: int, number: int, posted: Posted) -> Iterator[Finding]:
    """An FT1 that another message posted under the same transaction id: a correction, and nobody says of what."""
    transaction = scope.own[0].value(2).strip() if scope.own else ""
    first, row = posted.setdefault((transaction, procedure), (line, number))
    if transaction and first != line:
        yield found("IN094", f"Row {row} posts the same transaction in another message.", column="FT1-2",
                    value=transaction[:40])  # fmt: skip


def _at(finding: Finding, row: int) -> Finding:
    return found(finding.code, finding.message, row=row, column=finding.element, value=finding.value)


def _header(message: Message) -> Iterator[Finding]:
    """What MSH says this is: a charge message of a version that is read."""
    head = message.first("MSH")
    kind, event, version = head.value(9), head.value(9, 2), head.value(12)
    if kind != "DFT" or event not in ("P03", ""):
        yield found("IN081", "The message does not post charges: it is no DFT^P03.", column="MSH-9",
                    value=f"{kind}^{event}"[:20])  # fmt: skip
    if version not in VERSIONS:
        yield found("IN086", "The message is of a version that is read like 2.5.1.", column="MSH-12",
                    value=version[:10])  # fmt: skip


def _coverages(message: Message) -> tuple[tuple[Segment, ...], ...]:
    """Each IN1 with what follows it, in the order of IN1-22 where all say it, else as they come."""
    groups: list[list[Segment]] = []
    for segment in message.segments:
        if segment.id == "IN1":
            groups.append([segment])
        elif segment.id in ("IN2", "IN3", "ZIN") and groups:
            groups[-1].append(segment)
    ranks = [group[0].value(22) for group in groups]
    if groups and all(rank.isascii() and rank.isdecimal() and len(rank) < 3 for rank in ranks):
        groups.sort(key=lambda group: int(group[0].value(22)))
    return tuple(map(tuple, groups))


def _of_visit(message: Message) -> Segment:
    """The ZPT of the visit: the one before the first FT1."""
    before = takewhile(lambda segment: segment.id != "FT1", message.segments)
    return next((segment for segment in before if segment.id == "ZPT"), Segment("ZPT", ()))


def _charges(message: Message) -> list[tuple[Segment, ...]]:
    """Each FT1 with its ZPT."""
    groups: list[list[Segment]] = []
    for segment in message.segments:
        if segment.id == "FT1":
            groups.append([segment])
        elif segment.id in _OF_FT1 and groups:
            groups[-1].append(segment)
    return [tuple(group) for group in groups]


def _cells(scope: _Scope, places: dict[str, tuple[Place, ...]], names: Names, shared: dict[str, str]
           ) -> tuple[dict[str, str], list[Finding]]:  # fmt: skip
    """The columns that a row says, and what is wrong with it as an HL7 charge."""
    charge = next((segment for segment in scope.own if segment.id == "FT1"), Segment("FT1", ()))
    notes = list(_kind_of_charge(charge)) if scope.own else []
    known = dict(shared)
    for column in COLUMNS:
        if column.name not in shared:
            known[column.name] = _column(column, scope, places[column.name], names)
    _referrer(scope, places, known)
    _guarantor(scope, known)
    if known["accident_date"] and not known["accident_cause"] and scope.message.first("ACC").value(6).upper() == "Y":
        known["accident_cause"] = "EM"
    _elapsed(charge, names, known)
    notes.extend(_diagnoses(scope, places, known))
    return {name: text for name, said in known.items() if (text := cells.normal(said))}, notes


def _column(column: Column, scope: _Scope, places: Sequence[Place], names: Names) -> str:
    """What a message says of a column."""
    if column.name == "assistant":
        return _assistant(scope, places, names)
    if column.name == "supervisor":
        return names.clinician(next(scope.values(places), ""))
    if column.name in NAMED:
        return _named(column.name, scope.all_values(places), names)
    if column.kind is Kind.CODES:
        return " ".join(_list(scope, places))
    return _value(column, next(scope.values(places, of_row=column.of_row), ""))


def _named(name: str, said: Iterator[str], names: Names) -> str:
    if name == "clinic":
        return names.clinic(said)
    if name == "therapist":
        return names.therapist(said)
    return names.payer(said)


def _assistant(scope: _Scope, places: Sequence[Place], names: Names) -> str:
    """Who is named as assistant; of those who performed (FT1-20), the one who is an assistant of ours."""
    performed = [place for place in places if (place.segment, place.field) == ("FT1", 20)]
    named = next(scope.values([place for place in places if place not in performed]), "")
    return names.clinician(named) if named else names.assistant(scope.all_values(performed))


def _list(scope: _Scope, places: Sequence[Place]) -> list[str]:
    """The codes of a repeating field or of repeating segments, from the first place that has any."""
    for place in places:
        segments = scope.own if place.segment in ("FT1", "ZPT") else scope.message.all(place.segment)
        codes = [part(rep, place.component, place.subcomponent).strip() for segment in segments
                 if segment.id == place.segment for rep in segment.repetitions(place.field)
                 if part(rep, 3).upper() not in _OLD_CODES]  # fmt: skip
        if any(codes):
            return [code for code in codes if code]
    return []


def _value(column: Column, said: str) -> str:
    """A text as charge files write it: HL7's dates with hyphens, its codes as ours; what is malformed stays."""
    if column.kind is Kind.DATE:
        return day(said)
    if column.kind is Kind.MINUTES:
        whole = _WHOLE.fullmatch(said)
        return whole[1] if whole else said
    if column.kind is Kind.SEX:
        return relations.sex(said)
    return relations.relationship(said) if column.kind is Kind.RELATIONSHIP else said


def day(said: str) -> str:
    """The day of an HL7 date or time stamp."""
    match = _TIME.fullmatch(said)
    return f"{match[1]}-{match[2]}-{match[3]}" if match else said


def _kind_of_charge(charge: Segment) -> Iterator[Finding]:
    """Credits, payments and adjustments are no work done."""
    kind, quantity = charge.value(6).upper(), charge.value(10)
    if kind not in ("CG", ""):
        yield found("IN084", "The FT1 is not a charge (CG).", column="FT1-6", value=kind[:10])
    if quantity and not _COUNT.fullmatch(quantity):
        yield found("IN084", "The quantity of the FT1 is not a positive whole number.", column="FT1-10",
                    value=quantity[:20])  # fmt: skip


def _referrer(scope: _Scope, places: dict[str, tuple[Place, ...]], known: dict[str, str]) -> None:
    """Number and name of one person: of the attending's referrer when PV1-8 says anything, else who ordered."""
    if any(places[name] is not PLACES[name] for name in ("referring_npi", "referring_last", "referring_first")):
        return
    for segment, number in ((scope.message.first("PV1"), 8), *((one, 21) for one in scope.own if one.id == "FT1")):
        if segment.repetitions(number):
            numbers = filter(None, map(npi, segment.repetitions(number)))
            known["referring_npi"] = next(numbers, "") or segment.value(number)
            known["referring_last"], known["referring_first"] = segment.value(number, 2), segment.value(number, 3)
            return


def _guarantor(scope: _Scope, known: dict[str, str]) -> None:
    """What IN1 leaves out of a subscriber is taken from GT1 when both name the same person."""
    guarantor = scope.message.first("GT1")
    name = (guarantor.value(3).casefold(), guarantor.value(3, 2).casefold())
    said = dict(zip(_PERSON, (day(guarantor.value(8)), relations.sex(guarantor.value(9)),
                              *(guarantor.value(5, nth) for nth in range(1, 6))), strict=True))  # fmt: skip
    for prefix in ("subscriber_", "secondary_subscriber_"):
        if all(name) and name == (known[f"{prefix}last"].casefold(), known[f"{prefix}first"].casefold()):
            parts = _PERSON if not known[f"{prefix}address"] else _PERSON[:2]
            for part_name in parts:
                known[f"{prefix}{part_name}"] = known[f"{prefix}{part_name}"] or said[part_name]


def _elapsed(charge: Segment, names: Names, known: dict[str, str]) -> None:
    """Without minutes, the time from FT1-4.1 to FT1-4.2 counts, for whom FT1-20 names."""
    if known["therapist_minutes"] or known["assistant_minutes"]:
        return
    minutes = _between(charge.value(4, 1), charge.value(4, 2))
    if minutes:
        performers = [part(repetition, 1) for repetition in charge.repetitions(20)]
        whose = "assistant_minutes" if performers and names.assistant(performers[:1]) else "therapist_minutes"
        known[whose] = str(minutes)


def _between(start: str, end: str) -> int:
    """Whole minutes between two time stamps that are exact to the minute, 0 when they are not."""
    one, two = _MINUTE.fullmatch(start), _MINUTE.fullmatch(end)
    if not one or not two or one[2] != two[2]:
        return 0
    try:
        first, last = (datetime.strptime(match[1], "%Y%m%d%H%M") for match in (one, two))  # noqa: DTZ007
    except ValueError:
        return 0
    return max(0, int((last - first).total_seconds()) // 60)


def _diagnoses(scope: _Scope, places: dict[str, tuple[Place, ...]], known: dict[str, str]) -> Iterator[Finding]:
    """FT1-19 says codes: they become positions in the visit's list, which is DG1, or all FT1-19 without DG1."""
    listed = known["diagnoses"].split()
    if not listed:
        everywhere = (rep for one in scope.message.all("FT1") for rep in one.repetitions(19)
                      if part(rep, 3).upper() not in _OLD_CODES)  # fmt: skip
        listed = list(dict.fromkeys(code for rep in everywhere if (code := part(rep, 1).strip())))
        known["diagnoses"] = " ".join(listed)
    if places["pointers"] is not PLACES["pointers"]:
        return
    order = [diagnosis.compact(code) for code in listed]
    own = known["pointers"].split()[:_POINTERS]
    known["pointers"] = " ".join(str(order.index(diagnosis.compact(c)) + 1) for c in own
                                 if diagnosis.compact(c) in order)  # fmt: skip
    for code in own:
        if diagnosis.compact(code) not in order:
            yield found("IN062", "A diagnosis of the procedure is not among those of the visit.", column="pointers",
                        value=code[:20])  # fmt: skip

