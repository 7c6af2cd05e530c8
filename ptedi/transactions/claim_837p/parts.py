"""What the reader of claims collects before a claim is whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ptedi import money
from ptedi.claims.model import NOT_SENT, Address, Person, PersonName, Provider, Sex

NOBODY = PersonName(last="", first="")
NOWHERE = Address(line1="", city="", state="", zip_code="")


@dataclass(slots=True)
class Party:
    """One NM1 with what follows it."""

    name: PersonName = NOBODY
    id: str = ""
    address: Address = NOWHERE
    birth_date: date = NOT_SENT
    sex: Sex = Sex.UNKNOWN
    taxonomy: str = ""
    tax_id: str = ""
    contact: str = ""
    phone: str = ""
    case_number: str = ""

    @property
    def full_name(self) -> str:
        """The name of an organisation, or of a person in one text."""
        return f"{self.name.last} {self.name.first}".strip()

    def person(self) -> Person:
        """As patient or subscriber."""
        return Person(name=self.name, birth_date=self.birth_date, sex=self.sex, address=self.address)

    def provider(self) -> Provider:
        """As rendering or referring provider."""
        return Provider(name=self.name, npi=self.id, taxonomy=self.taxonomy)


@dataclass(slots=True)
class LineParts:
    """A line being read."""

    procedure: str = ""
    modifiers: tuple[str, ...] = ()
    description: str = ""
    charge: Decimal = money.ZERO
    units: int = 0
    place: str = ""
    pointers: tuple[int, ...] = ()
    day: date = NOT_SENT
    control_number: str = ""


@dataclass(slots=True)
class ClaimParts:
    """A claim being read: its CLM and everything down to its last line."""

    number: str
    place: str
    frequency: str
    cause: str
    state: str
    charge: Decimal = money.ZERO
    diagnoses: tuple[str, ...] = ()
    references: dict[str, str] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)
    note: str = ""
    parties: dict[str, Party] = field(default_factory=dict)
    lines: list[LineParts] = field(default_factory=list)


def element(elements: list[str], number: int) -> str:
    """Element `number`, or "" when the sender left it out."""
    return elements[number] if number < len(elements) else ""
