"""The synthetic practice: its settings, and what its clinics capture on a day.

Tamarack Physical Therapy has three clinics, eight clinicians and about twelve hundred patients, none of them real: the
names are of trees, birds and stones, the towns do not exist, the numbers pass their check digits and belong to nobody.
The same seed has the same patients every night; the same seed and date give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ptedi.payers import profile
from ptedi.sandbox import charge_files, contracts, mistakes, people, records, visits

PRACTICE_ID = "tamarack"
NAME = "TAMARACK PHYSICAL THERAPY PLLC"
PARTNER = "harbor"
VISITS = 400
HISTORY_VISITS = 24
SEED = 2026

CLINICS = (  # id, name, street, ZIP+4, whether it is the billing address
    ("lakeside", "TAMARACK PT LAKESIDE", "100 SAMPLE SHORE DR", "49999-0100", True),
    ("riverbend", "TAMARACK PT RIVERBEND", "22 SPECIMEN MILL RD", "49999-0222", False),
    ("hilltop", "TAMARACK PT HILLTOP", "7 EXAMPLE HEIGHTS", "49998-0007", False),
)  # fmt: skip
FORMATS = ("csv", "csv", "xml")
"""What the systems of the clinics export; `hl7` and `fhir.json` are the others that are read."""

PRICES = {
    "97161": "145.00", "97162": "145.00", "97163": "145.00", "97164": "95.00", "97110": "62.00", "97112": "66.00",
    "97113": "70.00", "97116": "58.00", "97140": "60.00", "97150": "38.00", "97530": "72.00", "97535": "64.00",
    "97542": "60.00", "97032": "32.00", "97035": "28.00", "97012": "30.00", "97014": "28.00", "97016": "30.00",
    "97010": "12.00", "97750": "75.00", "97545": "260.00", "97546": "110.00", "20560": "50.00", "20561": "70.00",
    "G0283": "28.00",
}  # fmt: skip


def settings(*, environment: str = "T", seed: int = SEED, outbound: str = "clearinghouse/to",
             inbound: str = "clearinghouse/from") -> str:  # fmt: skip
    """The ptedi.toml of the practice: a workspace that sends to the sandbox clearinghouse over local drop folders."""
    return "\n".join((
        f'environment = "{environment}"          # T: test world.  P would be production', "",
        "[sandbox]", f"seed = {seed}", "",
        *_practice(), *(line for clinic in enumerate(CLINICS, 1) for line in _clinic(*clinic)),
        *(line for clinician in people.CLINICIANS for line in _clinician(clinician)),
        "[practice.charges]", *(f'{code} = "{price}"' for code, price in PRICES.items()), "",
        *_partner(outbound, inbound),
    ))  # fmt: skip


def charges(seed: int, service_date: date, visits: int = VISITS, bad_rows: bool = True,
            formats: Sequence[str] = FORMATS) -> dict[str, bytes]:  # fmt: skip
    """The charge files of a day by name, one per clinic in the format of its system (`charge_files.WRITERS`).

    With `bad_rows` some visits are spoiled, one for each kind of mistake people make (`mistakes.KINDS`).
    """
    captured = _captured(seed, service_date, visits)
    if bad_rows:
        mistakes.spoil(seed, service_date, captured)
    files: dict[str, bytes] = {}
    for (clinic, *_), kind in zip(CLINICS, formats, strict=True):
        here = [rows for rows in captured if rows[0]["clinic"] == clinic]
        if here:
            files[f"charges-{service_date:%Y%m%d}-{clinic}.{kind}"] = charge_files.WRITERS[kind](here)
    return files


def history_charges(seed: int, service_date: date, visits: int = HISTORY_VISITS) -> dict[str, bytes]:
    """A small, clean earlier day, so that a night has claims to reverse, recoup and pay late."""
    return charges(seed, service_date, visits=visits, bad_rows=False)


def kept(seed: int, days: Sequence[tuple[date, int]]) -> dict[str, bytes]:
    """Authorizations and progress reports of the patients of some days, as the files of a workspace (`edits.records`).

    Now and then one ended early, names few procedures or is nearly used up.
    """
    return records.files(seed, days)


def agreements() -> dict[str, bytes]:
    """What the payers of the practice agreed to pay, as the files of a workspace (`contracts/`)."""
    return contracts.files(profile.load().values(), PRICES)


def _captured(seed: int, service_date: date, count: int) -> list[list[dict[str, str]]]:
    patients = people.patients(seed, people.enough_for(count))
    return [visits.rows(seed, service_date, who) for who in visits.seen(seed, service_date, patients, count)]


def _practice() -> tuple[str, ...]:
    return (
        "[practice]", f'id = "{PRACTICE_ID}"', f'name = "{NAME}"', f'npi = "{people.npi_of(1)}"',
        'tax_id = "38-9999999"',
        'taxonomy = "261QP2000X"', 'contact_name = "BILLING OFFICE"', 'phone = "555-555-0100"', 'claim_prefix = "TAM"',
        '# time_zone = "America/Detroit"     # the clock of the dates and times on what we send; UTC unless said',
        'address = { line1 = "100 SAMPLE SHORE DR", city = "LAKE EXAMPLE", state = "MI", zip = "49999-0100" }',
        'pay_to = { line1 = "PO BOX 100", city = "LAKE EXAMPLE", state = "MI", zip = "49999-0001" }', "",
    )  # fmt: skip


def _clinic(number: int, clinic: tuple[str, str, str, str, bool]) -> tuple[str, ...]:
    key, name, street, zip_code, billing = clinic
    return (
        "[[practice.clinics]]", f'id = "{key}"', f'name = "{name}"', f'npi = "{people.npi_of(10 + number)}"',
        f"billing_address = {str(billing).lower()}",
        f'address = {{ line1 = "{street}", city = "LAKE EXAMPLE", state = "MI", zip = "{zip_code}" }}', "",
    )  # fmt: skip


def _clinician(clinician: people.Clinician) -> tuple[str, ...]:
    return (
        "[[practice.therapists]]", f'id = "{clinician.id}"', f'last = "{clinician.last}"',
        f'first = "{clinician.first}"', f'npi = "{clinician.npi}"', f'discipline = "{clinician.discipline}"', "",
    )  # fmt: skip


def _partner(outbound: str, inbound: str) -> tuple[str, ...]:
    return (
        f"[partners.{PARTNER}]", 'name = "Harbor Clearinghouse (sandbox)"', 'sender_id = "TAMARACKPT"',
        'receiver_id = "HARBORCH"', 'submitter_name = "TAMARACK PHYSICAL THERAPY"', 'submitter_id = "TAMARACKPT"',
        'contact_name = "BILLING OFFICE"', 'phone = "555-555-0100"', 'receiver_name = "HARBOR CLEARINGHOUSE"',
        "claims_per_set = 5000", f"[partners.{PARTNER}.transport]", 'kind = "local"', f'outbound = "{outbound}"',
        f'inbound = "{inbound}"', "",
    )  # fmt: skip

