"""The part of a captured visit that its procedures share: when, where, who, for what, on whose word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from ptedi.claims.model import NOT_SENT, Charge, PersonName, Practice, Provider, Visit
from ptedi.codes import diagnosis, npi, place_of_service
from ptedi.intake.columns import CAUSES
from ptedi.intake.coverage import coverages, patient
from ptedi.intake.fields import Fields
from ptedi.intake.model import Around

MOST_DIAGNOSES = 24
_DIAGNOSIS = re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?", re.ASCII)
_LONGEST_LIFE = 125
_LONGEST_WAIT = 10
_BEFORE_VISIT = ("onset_date", "initial_treatment_date", "accident_date")


def visit(fields: Fields, day: date, diagnoses: tuple[str, ...], charges: tuple[Charge, ...], around: Around) -> Visit:
    """The visit of these charges."""
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
        documented_timed_minutes=_told(fields, "documented_timed_minutes"),
        documented_minutes=_told(fields, "documented_minutes"), signed_date=fields.day("signed_date"),
        plan_of_care_certified=fields.day("plan_of_care_certified"),
        progress_report_date=fields.day("progress_report_date"), supervising_id=fields.raw("supervisor"),
    )  # fmt: skip


def _told(fields: Fields, name: str) -> int | None:
    return fields.minutes(name) if fields.raw(name) else None


def _key(fields: Fields, name: str) -> str:
    if not fields.raw(name):
        fields.note("IN020", f"The cell {name} is empty.", name)
    return fields.key(name)


def _unknown(fields: Fields, name: str, code: str, message: str, known: Sequence[str]) -> None:
    if fields.raw(name):
        fields.note(code, message, name, known=known)
    else:
        fields.note("IN020", f"The cell {name} is empty.", name)


def read_service_date(fields: Fields, today: date) -> date:
    """The day of the visit."""
    if not fields.raw("service_date"):
        fields.note("IN020", "The cell service_date is empty.", "service_date")
    day = fields.day("service_date")
    if day and day > today:
        fields.note("IN022", "The visit is in the future.", "service_date")
    elif day and day.year < today.year - _LONGEST_WAIT:
        fields.note("IN022", f"The visit is more than {_LONGEST_WAIT} years ago.", "service_date")
    return day or today


def _birth(fields: Fields, born: date, day: date, today: date) -> None:
    if born == NOT_SENT:
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
    if fields.raw("supervisor"):
        fields.one_of("supervisor", therapists, "IN046", "The supervisor")


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


def read_diagnoses(fields: Fields) -> tuple[str, ...]:
    """The diagnoses without their points, most important first.

    A list that is longer than a claim (twelve) or says a code twice is the edits' to mend: DX103, DX105.
    """
    codes = fields.parts("diagnoses")
    bad = next((code for code in codes if not _DIAGNOSIS.fullmatch(code)), None)
    compact = tuple(diagnosis.compact(code) for code in codes)
    if not codes:
        fields.note("IN061", "The visit has no diagnosis.", "diagnoses")
    elif bad is not None:
        fields.note("IN060", f"The diagnosis {bad[:20]!a} is not formed like an ICD-10-CM code.", "diagnoses")
    elif len(codes) > MOST_DIAGNOSES:
        fields.note("IN061", f"The visit has {len(codes)} diagnoses, at most {MOST_DIAGNOSES} are read.", "diagnoses")
    return compact
