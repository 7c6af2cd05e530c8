"""The columns of captured charges: the one definition behind the CSV reader, the XML reader and both schemas.

A charge file has one row per procedure.  Columns about the visit are repeated on every row of the visit; a blank cell
means "as on the other rows".  In XML the same columns are attributes, grouped in elements (`element`, `attribute`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """How the text of a cell is read; each has an XSD type and a JSON Schema pattern in `schemas.py`."""

    TEXT = "text"
    KEY = "key"
    DATE = "date"
    MINUTES = "minutes"
    AMOUNT = "amount"
    FLAG = "flag"
    SEX = "sex"
    RELATIONSHIP = "relationship"
    STATE = "state"
    ZIP = "zip"
    NPI = "npi"
    CAUSE = "cause"
    PLACE = "place"
    PROCEDURE = "procedure"
    CODES = "codes"


WORDS = frozenset({Kind.TEXT, Kind.KEY, Kind.CODES})
"""Kinds whose length is limited by the column; the others have a form of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        name: the CSV header.
        meaning: one sentence for people.
        element, attribute: where the XML keeps it, relative to `visit` ("" is `visit` itself).
        kind: how its text is read.
        required: whether the header must be there.
        of_row: true for the columns of the procedure, false for those of the visit.
        limit: longest text taken, for words and identifiers.
        example: a value that would be accepted.
    """

    name: str
    meaning: str
    element: str
    attribute: str
    kind: Kind = Kind.TEXT
    required: bool = False
    of_row: bool = False
    limit: int = 60
    example: str = ""


def _visit(name: str, meaning: str, kind: Kind = Kind.TEXT, *, required: bool = False, limit: int = 60,
           example: str = "") -> Column:
    return Column(name=name, meaning=meaning, element="", attribute=name, kind=kind, required=required, limit=limit,
                  example=example)  # fmt: skip


def _in(element: str, prefix: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns placed in an element: `last` in `patient` becomes the header `patient_last`."""
    return tuple(replace(c, name=f"{prefix}{c.name}", element=element) for c in columns)


def _optional(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(replace(c, required=False) for c in columns)


_PERSON = (
    _visit("last", "Family name.", required=True, limit=60, example="Alderwick"),
    _visit("first", "Given name.", required=True, limit=35, example="Nora"),
    _visit("middle", "Middle name or initial.", limit=25, example="J"),
    _visit("suffix", "Name suffix.", limit=10, example="JR"),
    _visit("birth_date", "Date of birth.", Kind.DATE, required=True, example="1951-04-02"),
    _visit("sex", "F, M or U.", Kind.SEX, required=True, limit=1, example="F"),
    _visit("address", "Street address.", required=True, limit=55, example="12 Sample Lane"),
    _visit("address2", "Second address line.", limit=55, example="Apt 4"),
    _visit("city", "City.", required=True, limit=30, example="Exampleton"),
    _visit("state", "Two-letter state.", Kind.STATE, required=True, limit=2, example="OH"),
    _visit("zip", "ZIP code, five or nine digits.", Kind.ZIP, required=True, limit=10, example="44099"),
)  # fmt: skip

_PATIENT_ID = _visit("id", "The practice's id of the patient.", Kind.KEY, required=True, limit=38, example="P-0001")

_COVERAGE = (
    _visit("payer", "Our id of the payer (the file name of its profile).", Kind.KEY, required=True,
           example="medicare-part-b"),
    _visit("member_id", "Member id on the card; the MBI for Medicare.", Kind.KEY, required=True, limit=30,
           example="1EG4TE5MK73"),
    _visit("group_number", "Group or policy number.", limit=50, example="GRP100"),
    _visit("group_name", "Group name, where there is no number.", example="Example Employees"),
    _visit("relationship", "Patient's relationship to the subscriber: 18 self (when blank), 01 spouse, 19 child, "
           "20 employee, 21 unknown, 39 and 40 organ donor, 53 life partner, G8 other.", Kind.RELATIONSHIP, limit=2,
           example="18"),
    _visit("claim_number", "The carrier's claim number: workers' compensation or auto.", limit=50, example="WC-1000"),
    _visit("coverage_from", "First day of the coverage.", Kind.DATE, example="2026-01-01"),
    _visit("coverage_to", "Last day of the coverage.", Kind.DATE, example="2026-12-31"),
    _visit("therapy_dollars_used", "Allowed therapy dollars of this calendar year before our own claims "
           "(opening balance of the KX counter).", Kind.AMOUNT, limit=14, example="1250.00"),
)  # fmt: skip

_REFERRING = (
    _visit("npi", "NPI of the referring provider.", Kind.NPI, limit=10, example="1234567893"),
    _visit("last", "Family name of the referring provider.", example="Fennimore"),
    _visit("first", "Given name of the referring provider.", limit=35, example="Ada"),
)  # fmt: skip

_PLAN = (
    _visit("start", "First day of the plan of care.", Kind.DATE, example="2026-10-01"),
    _visit("end", "Last day of the certified plan of care.", Kind.DATE, example="2026-12-29"),
    _visit("certified", "Day on which a physician or other practitioner certified the plan of care.", Kind.DATE,
           example="2026-10-08"),
)  # fmt: skip

_ACCIDENT = (
    _visit("date", "Day of the accident.", Kind.DATE, example="2026-09-14"),
    _visit("cause", "AA auto, EM employment, OA other.", Kind.CAUSE, limit=2, example="EM"),
    _visit("state", "State of an auto accident.", Kind.STATE, limit=2, example="OH"),
)  # fmt: skip

_PROCEDURE = (
    Column(name="procedure", meaning="CPT or HCPCS code.", element="procedure", attribute="code", kind=Kind.PROCEDURE,
           required=True, of_row=True, limit=5, example="97110"),
    Column(name="therapist_minutes", meaning="Minutes of the therapist alone with the patient.", element="procedure",
           attribute="therapist_minutes", kind=Kind.MINUTES, required=True, of_row=True, limit=4, example="23"),
    Column(name="assistant_minutes", meaning="Minutes of the assistant apart from the therapist.", element="procedure",
           attribute="assistant_minutes", kind=Kind.MINUTES, of_row=True, limit=4, example="8"),
    Column(name="pointers", meaning="Positions in the visit's diagnoses, from 1, separated by blanks; blank means the "
           "first up to four.", element="procedure", attribute="pointers", kind=Kind.CODES, of_row=True, limit=20,
           example="1 2"),
    Column(name="modifiers", meaning="Modifiers the clinician documented, separated by blanks; GP, CQ and KX are added "
           "by the coder.", element="procedure", attribute="modifiers", kind=Kind.CODES, of_row=True, limit=20,
           example="59"),
    Column(name="separate_time", meaning="yes when the note documents distinct time blocks.", element="procedure",
           attribute="separate_time", kind=Kind.FLAG, of_row=True, limit=5, example="yes"),
    Column(name="description", meaning="Free words: what an unlisted procedure was, or why 22 or 52.",
           element="procedure", attribute="description", of_row=True, limit=80, example="cupping therapy"),
)  # fmt: skip

COLUMNS: tuple[Column, ...] = (
    _visit("visit_id", "The practice's permanent key of the visit.", Kind.KEY, required=True, limit=38,
           example="V-20261120-001"),
    _visit("service_date", "Day of the visit.", Kind.DATE, required=True, example="2026-11-20"),
    _visit("clinic", "Id of the clinic in ptedi.toml.", Kind.KEY, required=True, example="lakeside"),
    _visit("therapist", "Id of the clinician in charge, never an assistant.", Kind.KEY, required=True,
           example="pt-rowe"),
    _visit("assistant", "Id of the assistant who furnished the assistant minutes.", Kind.KEY, example="pta-moss"),
    *_in("patient", "patient_", (_PATIENT_ID, *_PERSON)),
    *_in("coverage", "", _COVERAGE),
    *_in("coverage/subscriber", "subscriber_", _optional(_PERSON)),
    *_in("secondary", "secondary_", _optional(_COVERAGE)),
    *_in("secondary/subscriber", "secondary_subscriber_", _optional(_PERSON)),
    _visit("diagnoses", "ICD-10-CM codes, most important first, separated by blanks; a claim takes twelve, "
           "those the pointers need first.", Kind.CODES, required=True, limit=200, example="M54.50 M25.561"),
    _visit("place_of_service", "Place of service; the clinic's own when blank.", Kind.PLACE, limit=2, example="11"),
    *_in("referring", "referring_", _REFERRING),
    _visit("authorization", "Prior authorization number.", limit=50, example="AUTH1234"),
    _visit("referral_number", "Referral number given by the payer.", limit=50, example="REF1234"),
    _visit("onset_date", "Onset of the current illness.", Kind.DATE, example="2026-09-30"),
    _visit("initial_treatment_date", "First treatment of this episode.", Kind.DATE, example="2026-10-01"),
    *_in("plan_of_care", "plan_of_care_", _PLAN),
    *_in("accident", "accident_", _ACCIDENT),
    _visit("medical_record_number", "Number of the patient's record.", limit=50, example="MR-0001"),
    _visit("documented_timed_minutes", "Total minutes of timed codes, as the note says it.", Kind.MINUTES, limit=4,
           example="38"),
    _visit("documented_minutes", "Total treatment minutes, timed and untimed, as the note says it.", Kind.MINUTES,
           limit=4, example="53"),
    _visit("signed_date", "Day on which the clinician signed the note.", Kind.DATE, example="2026-11-20"),
    _visit("progress_report_date", "Day of the last progress report.", Kind.DATE, example="2026-11-12"),
    _visit("supervisor", "Id of the therapist who supervised, where that differs from ptedi.toml.", Kind.KEY,
           example="pt-rowe"),
    *_PROCEDURE,
)  # fmt: skip

BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
VISIT_COLUMNS: tuple[Column, ...] = tuple(column for column in COLUMNS if not column.of_row)
ROW_COLUMNS: tuple[Column, ...] = tuple(column for column in COLUMNS if column.of_row)
REQUIRED: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.required)
COMMENTS: tuple[str, ...] = ("row", "verdict", "reason")
"""Columns of a reject file that a reader passes over; so are columns that begin with `x_`."""

RELATIONSHIPS = ("18", "01", "19", "20", "21", "39", "40", "53", "G8")
CAUSES = ("AA", "EM", "OA")
STATES = frozenset(
    "AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP MS MT NC ND NE NH NJ NM NV NY "
    "OH OK OR PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY".split()
)

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 200_000
MAX_CELL = 2_000
MAX_CODE = 60
MAX_MINUTES = 480
"""Longest time of one procedure in minutes (eight hours); a visit may not exceed it either."""


def is_comment(name: str) -> bool:
    """Whether a reader passes over the column: the comments of a reject file, and `x_...` of the sender's own."""
    return name in COMMENTS or name.startswith("x_")
