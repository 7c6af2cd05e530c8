"""A claim as the fields in which a person corrects it, and what was changed in them as settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ptedi.claims import rework_person as persons
from ptedi.claims.changes import aligned
from ptedi.claims.model import Claim, ServiceLine
from ptedi.claims.rework import CORRECTABLE, PRACTICE, Setting, shown

NAMES = {
    "authorization": "Authorization number", "referral": "Referral number", "member_id": "Member id",
    "group_number": "Group number", "place_of_service": "Place of service", "note": "Note to the payer",
    "claim_number_of_accident": "Accident claim number", "accident_state": "Accident state",
    "diagnoses": "Diagnoses", "referring": "Referring provider",
}  # fmt: skip
"""What a person calls each field of the claim as a whole, in the order of a form."""
LINE_NAMES = {"procedure": "Procedure", "modifiers": "Modifiers", "units": "Units", "charge": "Charge",
              "pointers": "Points to", "place_of_service": "Place"}  # fmt: skip
"""The same of a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value that can be corrected; `path` is what a `Setting` calls it (`line.2.units`)."""

    path: str
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One value as sent and as drafted."""

    name: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the draft says something else."""
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedLine:
    """A line as sent and as drafted, value by value; None where there was or is none."""

    before: int | None
    after: int | None
    values: tuple[Compared, ...]


def fields(claim: Claim) -> tuple[Field, ...]:
    """The claim as a whole, the persons last: their paths begin with `subscriber.` or `patient.`."""
    whole = tuple(Field(path=path, name=name, value=_value(claim, path)) for path, name in NAMES.items())
    return whole + tuple(
        Field(path=f"{who}.{part}", name=f"{_called(claim, who)} {name}", value=persons.value(person, part))
        for who, person in persons.people(claim).items() for part, name in persons.PARTS.items()
    )  # fmt: skip


def _called(claim: Claim, who: str) -> str:
    return "Patient's" if who == "patient" or claim.patient is None else "Subscriber's"


def line_fields(line: ServiceLine) -> tuple[Field, ...]:
    """One line of it."""
    return tuple(Field(path=f"line.{line.number}.{path}", name=name, value=_of_line(line, path))
                 for path, name in LINE_NAMES.items())  # fmt: skip


def differing(claim: Claim, wanted: Mapping[str, str]) -> list[Setting]:
    """What differs from the claim in the fields of a form, as settings; `line.2` with any word takes line 2 away.

    `practice` with any word takes practice, clinic and therapist from the settings of today.  A field that the form
    does not have stays as it is.  Units and procedure come before the charge, which they change.
    """
    removed = {line.number for line in claim.lines if wanted.get(f"line.{line.number}", "").strip()}
    known = [*fields(claim), *(one for line in claim.lines if line.number not in removed for one in line_fields(line))]
    changed = [Setting(path=one.path, value=wanted[one.path].strip()) for one in known
               if one.path in wanted and _plain(wanted[one.path]) != _plain(one.value)]  # fmt: skip
    changed.sort(key=lambda one: one.path.endswith(".charge"))
    today = [Setting(path=PRACTICE, value="today")] if wanted.get(PRACTICE) else []
    return [*today, *changed, *(Setting(path=f"line.{number}", value="remove") for number in sorted(removed))]


def compared(before: Claim, after: Claim) -> tuple[Compared, ...]:
    """The claims as wholes, value by value: those of the form first, then what the settings say."""
    pairs = zip((*fields(before), *_set(before)), (*fields(after), *_set(after)), strict=True)
    return tuple(Compared(name=one.name, before=one.value, after=other.value) for one, other in pairs)


def _set(claim: Claim) -> Iterator[Field]:
    """What stands in the settings: nobody types it into a form."""
    for path, name in (("billing", "Practice"), ("rendering", "Therapist"), ("facility", "Clinic"), ("payer", "Payer")):
        yield Field(path=path, name=name, value=shown(getattr(claim, path)))


def compared_lines(before: Claim, after: Claim) -> tuple[ComparedLine, ...]:
    """The lines beside each other, in the order in which they were sent."""
    found = [ComparedLine(before=one.before.number if one.before else None, after=one.after.number if one.after else
                          None, values=tuple(_values(one.before, one.after)))
             for one in aligned(before, after)]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.before is None, one.before or one.after or 0)))


def _values(before: ServiceLine | None, after: ServiceLine | None) -> Iterator[Compared]:
    for path, name in LINE_NAMES.items():
        yield Compared(name=name, before=_of_line(before, path) if before else "",
                       after=_of_line(after, path) if after else "")  # fmt: skip


def _value(claim: Claim, path: str) -> str:
    if path == "diagnoses":
        return ", ".join(claim.diagnoses)
    if path == "referring":
        one = claim.referring
        return f"{one.name.last}, {one.name.first}, {one.npi}" if one else ""
    return str(getattr(claim, CORRECTABLE[path]))


def _of_line(line: ServiceLine, path: str) -> str:
    value = getattr(line, path)
    return ", ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)


def _plain(text: str) -> str:
    return " ".join(word for word in re.split(r"[,\s]+", text.strip().upper()) if word)
