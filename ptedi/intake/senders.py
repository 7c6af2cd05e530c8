"""How other systems name what we know under names of our own: the `[intake]` tables of ptedi.toml.

    [intake.hl7.payers]
    MCARE = "medicare-part-b"           # what IN1-3 says, and the profile it means
    [intake.hl7.clinics]
    "MAIN BLDG" = "lakeside"
    [intake.hl7.therapists]
    DR77 = "pt-rowe"
    [intake.hl7.places]
    therapist_minutes = "FT1-10"        # a column of docs/intake.md and the field that holds it, or several to try
    visit_id = ["PID-18", "PV1-19"]

    [intake.fhir.payers]                # clinics and therapists likewise
    00430 = "bluestone-ppo"
    [intake.fhir.extensions]
    therapist_minutes = "https://sender.example/fhir/minutes"

Without a table codes are taken as they are; a clinic or clinician is known by id and by NPI.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ptedi.claims.model import Practice
from ptedi.intake.columns import BY_NAME
from ptedi.intake.fhir_urls import EXTENSIONS
from ptedi.intake.hl7_places import Place, place
from ptedi.payers.settings import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """A sender's codes of payers, clinics and clinicians, each with the id that ptedi knows."""

    payers: Mapping[str, str] = field(default_factory=dict)
    clinics: Mapping[str, str] = field(default_factory=dict)
    therapists: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """The `[intake]` settings: codes by format, where HL7 messages keep columns, urls of FHIR extensions."""

    hl7: Codes = field(default_factory=Codes)
    fhir: Codes = field(default_factory=Codes)
    places: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    extensions: Mapping[str, str] = field(default_factory=dict)


def load(table: Mapping[str, Any]) -> Senders:
    """Reads the `[intake]` table of ptedi.toml (`workspace.table("intake")`); without one nothing is renamed.

    Raises:
        ConfigurationError: an entry is unknown or malformed.
    """
    at = Table(table, "intake")
    at.only("hl7", "fhir")
    hl7, fhir = at.table("hl7"), at.table("fhir")
    hl7.only("payers", "clinics", "therapists", "places")
    fhir.only("payers", "clinics", "therapists", "extensions")
    return Senders(hl7=_codes(hl7), fhir=_codes(fhir), places=_places(hl7.table("places")),
                   extensions=_extensions(fhir.table("extensions")))  # fmt: skip


def _codes(at: Table) -> Codes:
    return Codes(**{name: {key: at.table(name).text(key) for key, _ in at.table(name).items()}
                    for name in ("payers", "clinics", "therapists")})  # fmt: skip


def _places(at: Table) -> dict[str, tuple[Place, ...]]:
    read: dict[str, tuple[Place, ...]] = {}
    for column, given in at.items():
        if column not in BY_NAME:
            raise at.wrong(column, "is not a column of captured charges")
        texts = (at.text(column),) if isinstance(given, str) else at.texts(column)
        try:
            read[column] = tuple(place(text) for text in texts)
        except ValueError:
            raise at.wrong(column, "must be a place such as FT1-10, PID-3[MR].1 or IN1(2)-36") from None
    return read


def _extensions(at: Table) -> dict[str, str]:
    at.only(*EXTENSIONS)
    return {column: at.text(column) for column, _ in at.items()}


class Names:
    """Chooses, among what a message says, what the practice knows; when it knows nothing, the first that is said."""

    def __init__(self, codes: Codes, practice: Practice, payer_ids: Collection[str]) -> None:
        """Names of one sender, for one practice."""
        self._codes = codes
        self._payers = frozenset(payer_ids)
        self._clinics = {clinic.npi: clinic.id for clinic in practice.clinics}
        self._people = {person.npi: person.id for person in practice.therapists}
        self._assistants = {person.id for person in practice.therapists if person.discipline.is_assistant}

    def payer(self, said: Iterable[str]) -> str:
        """The payer's profile."""
        return _first([self._codes.payers.get(code, code) for code in said if code], self._payers)

    def clinic(self, said: Iterable[str]) -> str:
        """The clinic's id."""
        known = self._clinics
        named = [self._codes.clinics.get(code, code) for code in said if code]
        return _first([known.get(name, name) for name in named], known.values())

    def clinician(self, code: str) -> str:
        """The id of a therapist or assistant."""
        name = self._codes.therapists.get(code, code)
        return self._people.get(name, name)

    def therapist(self, said: Iterable[str]) -> str:
        """The clinician in charge: rather not an assistant."""
        named = [self.clinician(code) for code in said if code]
        return _first(named, set(self._people.values()) - self._assistants)

    def assistant(self, said: Iterable[str]) -> str:
        """The assistant among those who took part, "" when there is none."""
        named = (self.clinician(code) for code in said if code)
        return next((name for name in named if name in self._assistants), "")


def _first(named: list[str], known: Collection[str]) -> str:
    return next((name for name in named if name in known), named[0] if named else "")
