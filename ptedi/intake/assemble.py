"""From the rows of one visit to a Visit, with everything that is wrong on the way noted against its row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ptedi.claims.model import Charge, ChargeSource, PersonName, Practice, Provider, Visit
from ptedi.codes import diagnosis, npi, place_of_service, procedures
from ptedi.findings import Finding
from ptedi.intake.columns import CAUSES, MAX_MINUTES, VISIT_COLUMNS
from ptedi.intake.coverage import coverages, patient
from ptedi.intake.fields import NO_DAY, Fields
from ptedi.intake.model import RawRow
from ptedi.intake.pages import found

_DIAGNOSIS = re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?", re.ASCII)
_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)
_LONGEST_LIFE = 125
_LONGEST_WAIT = 10
_BEFORE_VISIT = ("onset_date", "initial_treatment_date", "accident_date")


@dataclass(frozen=True, slots=True)
class Around:
    """What a charge file is read against."""

    practice: Practice
    payer_ids: frozenset[str]
    today: date
    file_sha256: str


def visit(rows: Sequence[RawRow], around: Around) -> tuple[Visit, dict[int, list[Finding]]]:
    """The visit of these rows and what was found, by row; with a stopping finding the visit must not be used."""
    by_row: dict[int, list[Finding]] = {row.row: _shaped(row) for row in rows}
    agreed = _agree(rows, by_row)
    shared = Fields(agreed)
    diagnoses = _diagnoses(shared)
    day = _service_date(shared, around.today)
    charges = []
    for row in rows:
        own = Fields(row.cells, row.row)
        charges.append(_charge(own, row, len(diagnoses), day, around))
        if charges[-1].assistant_minutes and not shared.raw("assistant"):
            own.note("IN044", "There are minutes of an assistant, but no assistant is named.", "assistant_minutes")
        by_row[row.row].extend(own.notes)
    if sum(charge.minutes for charge in charges) > MAX_MINUTES:
        shared.note("IN024", f"The minutes of the visit add up to more than {MAX_MINUTES}.")
    captured = _visit(shared, day, diagnoses, tuple(charges), around)
    _spread(shared.notes, rows, by_row)
    return captured, {number: _once(notes) for number, notes in by_row.items()}


def _shaped(row: RawRow) -> list[Finding]:
    """What the reader already found; a schema finding on a column yields to our own word about it (see `_once`)."""
    return list(row.findings)


def _once(notes: list[Finding]) -> list[Finding]:
    """Each problem once: what charges.xsd says of a column is dropped when a rule of ours speaks of it too."""
    named = {note.element for note in notes if note.code != "IN006" and note.element and note.severity.stops}
    kept = [note for note in notes if note.code != "IN006" or note.element not in named]
    return list(dict.fromkeys(kept))


def _agree(rows: Sequence[RawRow], by_row: dict[int, list[Finding]]) -> dict[str, str]:
    """The visit's cells as most rows have them; a row that says otherwise is noted, and all rows when there is a tie.

    A blank cell says nothing.  Which row came first plays no part.
    """
    agreed: dict[str, str] = {}
    for column in VISIT_COLUMNS:
        said = Counter(text for row in rows if (text := row.cells.get(column.name, "")))
        if not said:
            continue
        ranked = sorted(said.items(), key=lambda item: (-item[1], item[0]))
        agreed[column.name] = ranked[0][0]
        if len(ranked) == 1:
            continue
        tie = ranked[0][1] == ranked[1][1]
        for row in rows:
            text = row.cells.get(column.name, "")
            if text and (tie or text != ranked[0][0]):
                by_row[row.row].append(found("IN070", f"The rows of the visit have different {column.name}.",
                                             row=row.row, column=column.name, value=text))  # fmt: skip
    return agreed


def _spread(notes: Sequence[Finding], rows: Sequence[RawRow], by_row: dict[int, list[Finding]]) -> None:
    """A finding about the visit goes to each row that says the value found (to all when none does)."""
    for note in notes:
        saying = [row for row in rows if note.element and note.value and row.cells.get(note.element) == note.value]
        for row in saying or rows:
            by_row[row.row].append(replace(note, row=row.row))


def _visit(fields: Fields, day: date, diagnoses: tuple[str, ...], charges: tuple[Charge, ...], around: Around) -> Visit:
    treated = patient(fields)
    _birth(fields, treated.birth_date, day, around.today)
    clinic = around.practice.clinic(fields.raw("clinic"))
    if not clinic:
        _unknown(fields, "clinic", "IN040", "The clinic is not in ptedi.toml.", [c.id for c in around.practice.clinics])
    place = fields.raw("place_of_service") or (clinic.place_of_service if clinic else "11")
    if place_of_service.find(place, day) is None:
        fields.note("IN045", "The place of service is not in the code list.", "place_of_service")
    _people(fields, around.practice)
    _dates(fields, day)
    _accident(fields)
    return Visit(
        visit_id=_key(fields, "visit_id"), service_date=day, clinic_id=fields.raw("clinic"),
        therapist_id=fields.raw("therapist"), assistant_id=fields.raw("assistant"),
        patient_id=_key(fields, "patient_id"), patient=treated,
        coverages=coverages(fields, treated, around.payer_ids), diagnoses=diagnoses, charges=charges,
        place_of_service=place, referring=_referring(fields), authorization=fields.key("authorization"),
        referral_number=fields.key("referral_number"), onset_date=fields.day("onset_date"),
        initial_treatment_date=fields.day("initial_treatment_date"),
        plan_of_care_start=fields.day("plan_of_care_start"), plan_of_care_end=fields.day("plan_of_care_end"),
        accident_date=fields.day("accident_date"), accident_cause=fields.raw("accident_cause").upper(),
        accident_state=fields.state("accident_state"), medical_record_number=fields.key("medical_record_number"),
    )  # fmt: skip


def _key(fields: Fields, name: str) -> str:
    if not fields.raw(name):
        fields.note("IN020", f"The cell {name} is empty.", name)
    return fields.key(name)


def _unknown(fields: Fields, name: str, code: str, message: str, known: Sequence[str]) -> None:
    if fields.raw(name):
        fields.note(code, message, name, known=known)
    else:
        fields.note("IN020", f"The cell {name} is empty.", name)


def _service_date(fields: Fields, today: date) -> date:
    if not fields.raw("service_date"):
        fields.note("IN020", "The cell service_date is empty.", "service_date")
    day = fields.day("service_date")
    if day and day > today:
        fields.note("IN022", "The visit is in the future.", "service_date")
    elif day and day.year < today.year - _LONGEST_WAIT:
        fields.note("IN022", f"The visit is more than {_LONGEST_WAIT} years ago.", "service_date")
    return day or today


def _birth(fields: Fields, born: date, day: date, today: date) -> None:
    if born == NO_DAY:
        return
    if born > today or born.year < today.year - _LONGEST_LIFE:
        fields.note("IN022", "Nobody alive was born on that day.", "patient_birth_date")
    elif born > day:
        fields.note("IN022", "The visit is before the patient's birth.", "patient_birth_date")


def _people(fields: Fields, practice: Practice) -> None:
    therapists = [t.id for t in practice.therapists if not t.discipline.is_assistant]
    assistants = [t.id for t in practice.therapists if t.discipline.is_assistant]
    therapist = fields.raw("therapist")
    if therapist in assistants:
        fields.note("IN042", "The therapist named is an assistant.", "therapist", known=therapists)
    elif therapist not in therapists:
        _unknown(fields, "therapist", "IN041", "The therapist is not in ptedi.toml.", therapists)
    if fields.raw("assistant"):
        fields.one_of("assistant", assistants, "IN043", "The assistant")


def _dates(fields: Fields, day: date) -> None:
    start, end = fields.day("plan_of_care_start"), fields.day("plan_of_care_end")
    if start and end and end < start:
        fields.note("IN023", "The plan of care ends before it begins.", "plan_of_care_end")
    for name in _BEFORE_VISIT:
        before = fields.day(name)
        if before and before > day:
            fields.note("IN023", f"The date {name} is after the visit.", name)


def _accident(fields: Fields) -> None:
    cause = fields.raw("accident_cause").upper()
    if cause and cause not in CAUSES:
        fields.note("IN067", "The cause of the accident is not AA, EM or OA.", "accident_cause", known=CAUSES)
    elif bool(cause) != bool(fields.raw("accident_date")):
        missing = "accident_date" if cause else "accident_cause"
        fields.note("IN067", f"The accident is incomplete: {missing} is empty.", missing)
    elif cause == "AA" and not fields.raw("accident_state"):
        fields.note("IN067", "An auto accident needs its state.", "accident_state")


def _referring(fields: Fields) -> Provider | None:
    number, last = fields.raw("referring_npi"), fields.raw("referring_last")
    if not number and not last:
        return None
    if not number or not last:
        missing = "referring_last" if number else "referring_npi"
        fields.note("IN064", f"The referrer is incomplete: {missing} is empty.", missing)
    elif not npi.is_valid(number):
        fields.note("IN063", "The NPI of the referrer is not ten digits with a right check digit.", "referring_npi")
    name = PersonName(last=fields.text("referring_last"), first=fields.text("referring_first"))
    return Provider(name=name, npi=npi.compact(number))


def _diagnoses(fields: Fields) -> tuple[str, ...]:
    codes = fields.parts("diagnoses")
    bad = next((code for code in codes if not _DIAGNOSIS.fullmatch(code)), None)
    compact = tuple(diagnosis.compact(code) for code in codes)
    if not codes:
        fields.note("IN061", "The visit has no diagnosis.", "diagnoses")
    elif bad is not None:
        fields.note("IN060", f"The diagnosis {bad[:20]!a} is not formed like an ICD-10-CM code.", "diagnoses")
    elif len(codes) > 12:
        fields.note("IN061", f"The visit has {len(codes)} diagnoses, a claim has room for twelve.", "diagnoses")
    elif len(set(compact)) < len(compact):
        fields.note("IN061", "A diagnosis is listed twice.", "diagnoses")
    return compact


def _charge(fields: Fields, row: RawRow, diagnoses: int, day: date, around: Around) -> Charge:
    therapist, assistant = fields.minutes("therapist_minutes"), fields.minutes("assistant_minutes")
    clean = not fields.notes
    code = _procedure(fields, day, around.practice.charges, timed_without_minutes=clean and not therapist + assistant)
    modifiers = fields.parts("modifiers")
    if len(modifiers) > 4 or len(set(modifiers)) < len(modifiers) or not all(map(_MODIFIER.fullmatch, modifiers)):
        fields.note("IN052", "There may be four different modifiers of two characters each.", "modifiers")
    return Charge(
        procedure=code, therapist_minutes=therapist, assistant_minutes=assistant,
        source=ChargeSource(file_sha256=around.file_sha256, row=row.row, row_sha256=row.row_sha256),
        diagnosis_pointers=_pointers(fields, diagnoses), modifiers=modifiers,
        separate_time=fields.flag("separate_time"), description=fields.text("description"),
    )  # fmt: skip


def _procedure(fields: Fields, day: date, prices: Mapping[str, object], *, timed_without_minutes: bool) -> str:
    code = fields.raw("procedure").upper()
    if not code:
        fields.note("IN020", "The cell procedure is empty.", "procedure")
        return code
    known = procedures.find(code, day)
    if known is None:
        fields.note("IN050", "The procedure is not in the code table on that day.", "procedure", known=sorted(prices))
    elif code not in prices:
        fields.note("IN051", f"The procedure {code} has no price in ptedi.toml.", "procedure")
    elif known.basis is procedures.Basis.TIMED and timed_without_minutes:
        fields.note("IN025", f"The procedure {code} is paid by time and has no minutes.", "therapist_minutes")
    return code


def _pointers(fields: Fields, diagnoses: int) -> tuple[int, ...]:
    parts = fields.parts("pointers")
    pointers = tuple(int(p) for p in parts if p.isascii() and p.isdecimal() and len(p) <= 2)
    wrong = len(pointers) < len(parts) or len(pointers) > 4 or len(set(pointers)) < len(pointers)
    if wrong:
        fields.note("IN062", "Pointers are one to four different positions, separated by blanks.", "pointers")
    elif diagnoses and any(not 1 <= p <= diagnoses for p in pointers):
        fields.note("IN062", f"A pointer is outside the {diagnoses} diagnoses of the visit.", "pointers")
    return pointers
