"""The practice as ptedi.toml describes it.

    [practice]
    id = "cedar"
    name = "CEDAR PHYSICAL THERAPY PLLC"        # 2010AA NM103
    npi = "1987654328"                          # the group's NPI
    tax_id = "12-3456789"                       # EIN
    taxonomy = "261QP2000X"                     # 2000A PRV03
    contact_name = "BILLING OFFICE"             # optional
    phone = "505-555-0100"                      # optional, ten digits
    claim_prefix = "CDR"                        # letters before the number of each claim (CLM01), at most ten
    time_zone = "America/Denver"                # IANA name: the date and time of what we send; UTC unless said
    address = { line1 = "100 MAIN ST", city = "SANTA FE", state = "NM", zip = "87501-1234" }
    pay_to = { line1 = "PO BOX 12", city = "SANTA FE", state = "NM", zip = "87504-0012" }   # only when it differs

    [[practice.clinics]]
    id = "NORTH"                                # what charge files say
    name = "CEDAR PT NORTH"
    npi = "1234567893"
    place_of_service = "11"                     # 11 unless said otherwise
    billing_address = true                      # true: 2310C is not sent for visits here
    address = { line1 = "9 ELM ST", city = "SANTA FE", state = "NM", zip = "87501-2222" }

    [[practice.therapists]]
    id = "T1"                                   # what charge files say
    last = "DOE"
    first = "JANE"
    npi = "1555555550"
    discipline = "PT"                           # PT, PTA, OT, OTA, SLP
    supervisor = ""                             # optional: id of who supervises (2310D, where a payer wants it)
    taxonomy = "225100000X"                     # by discipline unless said otherwise

    [practice.charges]                          # price of one unit, in quotes
    97110 = "60.00"

Every mistake is a ConfigurationError whose sentence names the place: `practice.clinics[2].npi: ...`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any

from stdnum.exceptions import ValidationError

from ptedi import dates, money
from ptedi.claims.model import Address, BillingProvider, Clinic, Discipline, PersonName, Practice, Therapist
from ptedi.codes import ein, npi, place_of_service, procedures, taxonomy
from ptedi.errors import ConfigurationError
from ptedi.payers.settings import Table

TAXONOMY = {Discipline.PT: "225100000X", Discipline.PTA: "225200000X", Discipline.OT: "225X00000X",
            Discipline.OTA: "224Z00000X", Discipline.SLP: "235Z00000X"}  # fmt: skip
_STATE = re.compile(r"[A-Z]{2}")
_PREFIX = re.compile(r"[A-Z]{1,10}")
DEFAULT_PREFIX = "PT"


def load(table: Mapping[str, Any]) -> Practice:
    """Reads the `[practice]` table of ptedi.toml (`workspace.table("practice")`).

    Raises:
        ConfigurationError: something is missing, unknown, or fails its check digit.
    """
    at = Table(table, "practice")
    at.only("id", "name", "npi", "tax_id", "taxonomy", "contact_name", "phone", "claim_prefix", "time_zone",
            "address", "pay_to", "clinics", "therapists", "charges")
    claim_prefix(table)
    time_zone(table)
    practice = Practice(
        id=at.text("id"), billing=_billing(at), clinics=tuple(_clinic(c) for c in at.tables("clinics")),
        therapists=tuple(_therapist(t) for t in at.tables("therapists")), charges=_charges(at.table("charges")),
    )  # fmt: skip
    _distinct("practice.clinics", [c.id for c in practice.clinics])
    _distinct("practice.therapists", [t.id for t in practice.therapists])
    _supervisors(at, practice.therapists)
    if not practice.clinics or not practice.therapists:
        raise ConfigurationError("practice: needs at least one [[practice.clinics]] and one [[practice.therapists]]")
    return practice


def claim_prefix(table: Mapping[str, Any]) -> str:
    """The letters that start each claim control number, from the same table.

    Raises:
        ConfigurationError: not one to ten capital letters.
    """
    at = Table(table, "practice")
    prefix = at.text("claim_prefix", DEFAULT_PREFIX)
    if not _PREFIX.fullmatch(prefix):
        raise at.wrong("claim_prefix", "must be one to ten capital letters")
    return prefix


def time_zone(table: Mapping[str, Any]) -> tzinfo:
    """The zone of the practice's day and of the date and time on what it sends, from the same table; UTC unless said.

    Raises:
        ConfigurationError: not the IANA name of a zone.
    """
    at = Table(table, "practice")
    if "time_zone" not in at:
        return UTC
    try:
        return dates.zone(at.text("time_zone"))
    except ValueError as problem:
        raise at.wrong("time_zone", str(problem)) from None


def _billing(at: Table) -> BillingProvider:
    return BillingProvider(
        name=at.text("name", longest=60), npi=_npi(at), tax_id=_tax_id(at), taxonomy=_taxonomy(at),
        address=_address(at.table("address")), contact_name=at.text("contact_name", "", longest=60), phone=_phone(at),
        pay_to=_address(at.table("pay_to")) if "pay_to" in at else None,
    )  # fmt: skip


def _clinic(at: Table) -> Clinic:
    at.only("id", "name", "npi", "place_of_service", "billing_address", "address")
    place = at.text("place_of_service", "11")
    if not place_of_service.is_valid(place):
        raise at.wrong("place_of_service", f"{place} is not a two-digit place of service")
    return Clinic(
        id=at.text("id"), name=at.text("name", longest=60), npi=_npi(at), address=_address(at.table("address")),
        place_of_service=place, is_billing_address=at.flag("billing_address"),
    )  # fmt: skip


def _therapist(at: Table) -> Therapist:
    at.only("id", "last", "first", "middle", "suffix", "npi", "discipline", "taxonomy", "supervisor")
    discipline = at.text("discipline")
    if discipline not in list(Discipline):
        raise at.wrong("discipline", f"must be one of {', '.join(Discipline)}")
    name = PersonName(last=at.text("last", longest=60), first=at.text("first", longest=35),
                      middle=at.text("middle", ""), suffix=at.text("suffix", ""))
    return Therapist(id=at.text("id"), name=name, npi=_npi(at), discipline=Discipline(discipline),
                     taxonomy=_taxonomy(at, TAXONOMY[Discipline(discipline)]), supervisor=at.text("supervisor", ""))


def _supervisors(at: Table, therapists: tuple[Therapist, ...]) -> None:
    """Each supervisor named is another person of the practice, and no assistant."""
    for row, one in zip(at.tables("therapists"), therapists, strict=True):
        found = next((t for t in therapists if t.id == one.supervisor), None)
        if one.supervisor and (found is None or found is one or found.discipline.is_assistant):
            raise row.wrong("supervisor", f"{one.supervisor} is no other therapist of the practice")


def _charges(at: Table) -> dict[str, Decimal]:
    charges = {}
    for code, price in at.items():
        if not procedures.is_valid(code):
            raise at.wrong(code, "is not a five-character procedure code")
        try:
            charges[code] = money.amount(price) if isinstance(price, str) else money.amount("")
        except ValueError:
            raise at.wrong(code, 'must be an amount in quotes, for example "60.00"') from None
        if charges[code] < 0:
            raise at.wrong(code, "a price cannot be negative")
    return charges


def _address(at: Table) -> Address:
    at.only("line1", "line2", "city", "state", "zip")
    state, zip_code = at.text("state"), at.text("zip").replace("-", "")
    if not _STATE.fullmatch(state):
        raise at.wrong("state", "must be the two capital letters of a state")
    if not (zip_code.isdecimal() and len(zip_code) in (5, 9)):
        raise at.wrong("zip", "must have five or nine digits")
    return Address(line1=at.text("line1", longest=55), line2=at.text("line2", "", longest=55),
                   city=at.text("city", longest=30), state=state, zip_code=zip_code)


def _npi(at: Table) -> str:
    value = at.text("npi")
    try:
        return npi.validate(value)
    except ValidationError:
        raise at.wrong("npi", f"{value} is not an NPI (ten digits with a check digit)") from None


def _tax_id(at: Table) -> str:
    try:
        return ein.validate(at.text("tax_id"))
    except ValidationError:
        raise at.wrong("tax_id", "is not an employer identification number (nine digits, assigned prefix)") from None


def _taxonomy(at: Table, default: str | None = None) -> str:
    value = at.text("taxonomy", default)
    if not taxonomy.is_valid(value):
        raise at.wrong("taxonomy", f"{value} is not a taxonomy code (ten characters, the last is X)")
    return value


def _phone(at: Table) -> str:
    digits = re.sub(r"[^0-9]", "", at.text("phone", ""))
    if digits and len(digits) != 10:
        raise at.wrong("phone", "must have ten digits")
    return digits


def _distinct(where: str, ids: list[str]) -> None:
    twice = sorted({key for key in ids if ids.count(key) > 1})
    if twice:
        raise ConfigurationError(f"{where}: the id {twice[0]} is used twice")
