"""Where an HL7 v2 DFT^P03 keeps the columns of captured charges: the one table behind reader and documentation.

A place is a segment and a field, with a component and a subcomponent (1 when left out): `PV1-19`, `PID-5.2`,
`PV1-3.4.1`.  `IN1(2)` is the second coverage, with the IN2 and ZIN that follow it.  `PID-3[MR]` is the repetition
that says MR in a component after the fourth (identifier type, assigning authority).

ZPT and ZIN are segments of our own for what HL7 has no field for.  ZPT stands after PV1 for the visit, after an FT1 for
that procedure; ZIN stands after the IN1 it belongs to:

    ZPT|therapist minutes|assistant minutes|assistant|separate time Y/N|plan of care from|to|first treatment|onset
       |referral number|place of service|description of an unlisted procedure
    ZIN|claim number of the carrier|therapy dollars used this year
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"([A-Z][A-Z0-9]{2})(?:\(([1-9])\))?-([1-9]\d{0,2})(?:\[(\w{1,20})\])?"
                   r"(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?", re.ASCII)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place; `nth` is the coverage, `tag` the type that a repetition must name."""

    segment: str
    field: int
    nth: int = 1
    tag: str = ""
    component: int = 1
    subcomponent: int = 1


def place(text: str) -> Place:
    """The place that a text names.

    Raises:
        ValueError: it names none.
    """
    form = _FORM.fullmatch(text)
    if not form or form[5] == "0" or form[6] == "0":
        raise ValueError(text)
    return Place(segment=form[1], nth=int(form[2] or 1), field=int(form[3]), tag=form[4] or "",
                 component=int(form[5] or 1), subcomponent=int(form[6] or 1))  # fmt: skip


def _person(prefix: str, name: str, born: str, sex: str, address: str) -> dict[str, tuple[str, ...]]:
    parts = {
        "last": f"{name}.1", "first": f"{name}.2", "middle": f"{name}.3", "suffix": f"{name}.4", "birth_date": born,
        "sex": sex, "address": f"{address}.1", "address2": f"{address}.2", "city": f"{address}.3",
        "state": f"{address}.4", "zip": f"{address}.5",
    }  # fmt: skip
    return {f"{prefix}{part}": (where,) for part, where in parts.items()}


def _coverage(prefix: str, nth: int) -> dict[str, tuple[str, ...]]:
    one, own = f"IN1({nth})", f"ZIN({nth})"
    parts: dict[str, tuple[str, ...]] = {
        "payer": (f"{one}-3", f"{one}-2"), "member_id": (f"{one}-36", f"{one}-49"), "group_number": (f"{one}-8",),
        "group_name": (f"{one}-9",), "relationship": (f"{one}-17",), "claim_number": (f"{own}-1",),
        "coverage_from": (f"{one}-12",), "coverage_to": (f"{one}-13",), "therapy_dollars_used": (f"{own}-2",),
    }  # fmt: skip
    insured = _person(f"{prefix}subscriber_", f"{one}-16", f"{one}-18", f"{one}-43", f"{one}-19")
    return {f"{prefix}{part}": where for part, where in parts.items()} | insured


_PLACES: dict[str, tuple[str, ...]] = {
    "visit_id": ("PV1-19", "PV1-50", "PID-18"),
    "service_date": ("FT1-4", "PV1-44"),
    "clinic": ("PV1-3.4", "PV1-3.1", "FT1-16.4", "FT1-16.1", "PV1-39"),
    "therapist": ("PV1-7", "FT1-20"),
    "assistant": ("ZPT-3", "FT1-20"),
    "patient_id": ("PID-3[PI]", "PID-3", "PID-2"),
    **_person("patient_", "PID-5", "PID-7", "PID-8", "PID-11"),
    **_coverage("", 1),
    **_coverage("secondary_", 2),
    "diagnoses": ("DG1-3",),
    "place_of_service": ("ZPT-10",),
    "referring_npi": ("PV1-8[NPI]", "PV1-8", "FT1-21[NPI]", "FT1-21"),
    "referring_last": ("PV1-8.2", "FT1-21.2"),
    "referring_first": ("PV1-8.3", "FT1-21.3"),
    "authorization": ("IN1(1)-14",),
    "referral_number": ("ZPT-9",),
    "onset_date": ("ZPT-8",),
    "initial_treatment_date": ("ZPT-7",),
    "plan_of_care_start": ("ZPT-5",),
    "plan_of_care_end": ("ZPT-6",),
    "accident_date": ("ACC-1",),
    "accident_cause": ("ACC-2",),
    "accident_state": ("ACC-4",),
    "medical_record_number": ("PID-3[MR]",),
    "plan_of_care_certified": ("ZPT-13",),
    "documented_timed_minutes": ("ZPT-14",),
    "documented_minutes": ("ZPT-15",),
    "signed_date": ("ZPT-16",),
    "progress_report_date": ("ZPT-17",),
    "supervisor": ("ZPT-18",),
    "procedure": ("FT1-25", "FT1-7"),
    "therapist_minutes": ("ZPT-1",),
    "assistant_minutes": ("ZPT-2",),
    "pointers": ("FT1-19",),
    "modifiers": ("FT1-26",),
    "separate_time": ("ZPT-4",),
    "description": ("ZPT-11",),
}  # fmt: skip

PLACES: dict[str, tuple[Place, ...]] = {name: tuple(map(place, texts)) for name, texts in _PLACES.items()}
"""Column to the places that are tried, the first filled one wins."""

PLACE_TEXTS: dict[str, tuple[str, ...]] = _PLACES
"""The same as people write them."""

NAMED = frozenset({"clinic", "therapist", "assistant", "payer", "secondary_payer"})
"""Columns whose places are all looked at, since the first that the practice knows wins."""
