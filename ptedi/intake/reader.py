"""Reading captured charges: bytes in; visits, row verdicts and findings out, whatever the bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date

from ptedi.claims.model import Practice, Visit
from ptedi.findings import Finding
from ptedi.intake import assemble, csv_rows, fhir_rows, hl7_file, hl7_rows, xml_rows
from ptedi.intake.columns import MAX_BYTES
from ptedi.intake.fields import read_day
from ptedi.intake.model import Around, ChargeFile, RawRow, RowVerdict
from ptedi.intake.pages import found
from ptedi.intake.senders import Names, Senders

_AS_THEY_ARE = Senders()
_BOM = b"\xef\xbb\xbf"
_OTHER_TEXT = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\x00<", "UTF-16"), (b"<\x00", "UTF-16"))
_NOT_TEXT = ((b"PK\x03\x04", "an Excel workbook or a ZIP archive"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
             (b"%PDF", "a PDF"), (b"\x1f\x8b", "a gzip archive"), (b"ISA", "an X12 file"))  # fmt: skip


def read(data: bytes, name: str, practice: Practice, payer_ids: frozenset[str], today: date,
         senders: Senders = _AS_THEY_ARE) -> ChargeFile:  # fmt: skip
    """Reads a charge file; every problem is a finding of the file or of a row, never an exception.

    One bad row makes its whole visit wait, since the minutes of a visit are pooled into units.  `senders` says what
    other systems' codes mean (the `[intake]` tables of ptedi.toml).
    """
    sha256 = hashlib.sha256(data).hexdigest()
    hl7 = hl7_file.holds(data)
    text, problem = _size(data) if hl7 else decode(data)
    kind = recognise(data) or kind_of(text, name)
    if problem:
        return ChargeFile(kind=kind, name=name, sha256=sha256, findings=(problem,))
    if hl7:
        raw = hl7_rows.read(data, senders, Names(senders.hl7, practice, payer_ids))
    elif kind == "fhir":
        raw = fhir_rows.read(text, senders, Names(senders.fhir, practice, payer_ids))
    else:
        raw = xml_rows.read(text) if kind == "xml" else csv_rows.read(text)
    around = Around(practice, payer_ids, today, sha256)
    visits, rows = _judge(raw.rows, around)
    return ChargeFile(kind=kind, name=name, sha256=sha256, visits=visits, rows=rows, findings=raw.findings)


def decode(data: bytes) -> tuple[str, Finding | None]:
    """The text of the bytes, or the finding that says why there is none (with an empty text)."""
    body = data.removeprefix(_BOM)
    if len(data) > MAX_BYTES:
        return _size(data)
    if not body.strip():
        return "", found("IN001", "The file is empty.")
    for mark, encoding in _OTHER_TEXT:
        if body.startswith(mark):
            return "", found("IN002", f"The file is {encoding}, not UTF-8, from byte offset 0.", offset=0)
    for mark, what in _NOT_TEXT:
        if body.startswith(mark):
            return "", found("IN003", f"The file is {what}, not captured charges.",
                             hint="Charges come as CSV, XML, HL7 v2 or FHIR; save a sheet as `CSV UTF-8`.")  # fmt: skip
    return _utf8(body, len(data) - len(body))


def _size(data: bytes) -> tuple[str, Finding | None]:
    if len(data) <= MAX_BYTES:
        return "", None
    return "", found("IN010", f"The file has {len(data):,} bytes, at most {MAX_BYTES:,} are read.")


def _utf8(body: bytes, before: int) -> tuple[str, Finding | None]:
    try:
        text = body.decode()
    except UnicodeDecodeError as problem:
        at = problem.start + before
        line = body.count(b"\n", 0, problem.start) + 1
        return "", found("IN002", f"The byte at offset {at} (line {line}) is not UTF-8.", offset=at,
                         value=f"0x{body[problem.start]:02X}")  # fmt: skip
    if "\0" in text:
        at = body.index(b"\0") + before
        return "", found("IN003", f"The file is not text: it has a zero byte at offset {at}.", offset=at)
    return text, None


def kind_of(text: str, name: str) -> str:
    """`xml` or `fhir` when the text begins as XML or JSON does, else `csv`; without a text the name decides."""
    start = text.lstrip()[:1]
    if start:
        return {"<": "xml", "{": "fhir", "[": "fhir"}.get(start, "csv")
    return {"xml": "xml", "json": "fhir"}.get(name.lower().rpartition(".")[2], "csv")


def recognise(data: bytes) -> str:
    """`hl7` or `fhir` when the bytes are such charges, "" when only the name or a header row could tell."""
    if hl7_file.holds(data):
        return "hl7"
    start = data[:4096].removeprefix(_BOM).lstrip()
    return "fhir" if start[:1] in (b"{", b"[") and b'"resourceType"' in data else ""


def table_of(data: bytes, name: str) -> csv_rows.Sheet | None:
    """The header and rows of a CSV as they were captured; None of any other file."""
    if data.lstrip()[:3].upper() == b"ISA" or recognise(data):
        return None
    text, problem = decode(data)
    if problem or kind_of(text, name) != "csv" or not name.lower().endswith((".csv", ".txt")):
        return None
    return csv_rows.records(text)[0]


def _judge(rows: Sequence[RawRow], around: Around) -> tuple[tuple[Visit, ...], tuple[RowVerdict, ...]]:
    """The accepted visits in file order, and the verdict on every row in file order."""
    first = _first_by_content(rows)
    groups = _groups(rows)
    rivals = _rivals(groups, around.practice)
    visits: list[Visit] = []
    verdicts: dict[int, RowVerdict] = {}
    for number, group in enumerate(groups):
        visit, by_row = assemble.visit(group, around)
        for row in group:
            if first[row.row_sha256] != row.row:
                by_row[row.row].append(found("IN071", f"The row repeats row {first[row.row_sha256]}.", row=row.row))
            if number in rivals:
                by_row[row.row].append(_two_visits(row, rivals[number]))
        accepted = not any(f.severity.stops for notes in by_row.values() for f in notes)
        if accepted:
            visits.append(visit)
        verdicts.update((row.row, _verdict(row, by_row, accepted)) for row in group)
    return tuple(visits), tuple(verdicts[row.row] for row in rows)


def _first_by_content(rows: Iterable[RawRow]) -> dict[str, int]:
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.row_sha256, row.row)
    return first


def _groups(rows: Iterable[RawRow]) -> list[list[RawRow]]:
    """Rows by visit id; a row without one is a group of its own."""
    groups: dict[str | int, list[RawRow]] = {}
    for row in rows:
        groups.setdefault(row.cells.get("visit_id") or row.row, []).append(row)
    return list(groups.values())


def _rivals(groups: Sequence[list[RawRow]], practice: Practice) -> dict[int, int]:
    """Groups of one patient, day and discipline under several visit ids: place of the group to a row of another.

    A mistyped or forgotten visit id would otherwise tear a visit apart, and each half would be billed by itself.
    """
    same_day: dict[tuple[str, date], list[int]] = {}
    for number, group in enumerate(groups):
        for key in {(row.cells.get("patient_id", ""), read_day(row.cells.get("service_date", ""))) for row in group}:
            if key[0] and key[1]:
                same_day.setdefault((key[0], key[1]), []).append(number)
    rivals: dict[int, int] = {}
    for numbers in same_day.values():
        disciplines = [_discipline(groups[number], practice) for number in numbers]
        if len(numbers) > 1 and ("" in disciplines or len(set(disciplines)) < len(disciplines)):
            for number in numbers:
                other = numbers[0] if number != numbers[0] else numbers[1]
                rivals[number] = groups[other][0].row
    return rivals


def _discipline(group: Sequence[RawRow], practice: Practice) -> str:
    """PT, OT or SLP by the therapists of the rows; "" when they are unknown or several."""
    found_here = {practice.therapist(row.cells.get("therapist", "")) for row in group if row.cells.get("therapist")}
    names = {therapist.discipline.value.removesuffix("A") if therapist else "" for therapist in found_here}
    return names.pop() if len(names) == 1 else ""


def _two_visits(row: RawRow, other: int) -> Finding:
    return found("IN073", f"Row {other} is of the same patient and day under another visit id.", row=row.row,
                 column="visit_id", value=row.cells.get("visit_id"))  # fmt: skip


def _verdict(row: RawRow, by_row: dict[int, list[Finding]], accepted: bool) -> RowVerdict:
    notes = by_row[row.row]
    if not accepted and not any(f.severity.stops for f in notes):
        bad = next(number for number, others in by_row.items() if any(f.severity.stops for f in others))
        waits = f"The row waits for row {bad} of the same visit."
        notes = [*notes, found("IN072", waits, row=row.row, value=str(bad))]
    return RowVerdict(row=row.row, row_sha256=row.row_sha256, visit_id=row.cells.get("visit_id", ""),
                      accepted=accepted, findings=tuple(notes))
