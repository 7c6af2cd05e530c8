"""Claims of a synthetic practice for the sandbox's tests, straight into 837P bytes."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from pathlib import Path

from ptedi.claims.model import (
    Address,
    BillingProvider,
    Claim,
    PayerName,
    Person,
    PersonName,
    Provider,
    ServiceLine,
    Sex,
)
from ptedi.submissions.batch import Batch, Envelope
from ptedi.transactions import claim_837p

DAY = dt.date(2026, 11, 20)
HOME = Address(line1="1 SAMPLE ST", city="SAMPLETOWN", state="OH", zip_code="450010001")
PRACTICE = BillingProvider(
    name="SAMPLE PT GROUP", npi="1777700026", tax_id="987654321", taxonomy="225100000X", address=HOME,
    contact_name="BILLING OFFICE", phone="5555550101",
)  # fmt: skip
THERAPIST = Provider(name=PersonName(last="WREN", first="ROBIN"), npi="1999900024", taxonomy="225100000X")
REFERRER = Provider(name=PersonName(last="ALDER", first="ALEX"), npi="1999900040")
PAYERS = (
    ("SYN01", "SAMPLE MEDICARE B", "MB"), ("SYN02", "SAMPLE ADVANTAGE", "16"), ("SYN03", "SAMPLE BLUE", "BL"),
    ("SYN04", "SAMPLE COMMERCIAL", "CI"), ("SYN05", "SAMPLE MEDICAID", "MC"), ("SYN06", "SAMPLE COMP FUND", "WC"),
)  # fmt: skip
PRICES = {"97110": 62, "97112": 66, "97140": 60, "97530": 72, "97161": 145, "97116": 58, "97010": 12}


def claim(number: int, *, seed: int = 1, payer: int | None = None, prefix: str = "S") -> Claim:
    """One claim; the same number and seed give the same claim."""
    rng = random.Random(f"{seed}/{number}")
    payer_id, name, filing = PAYERS[rng.randrange(6) if payer is None else payer]
    control = f"{prefix}{seed:04d}{number:08d}"
    codes = rng.sample(sorted(PRICES), rng.randint(1, 4))
    lines = []
    for at, code in enumerate(codes, 1):
        units = rng.randint(1, 3) if code not in ("97161", "97010") else 1
        modifiers = ("GP", *(("CQ",) if filing == "MB" and code != "97161" and rng.random() < 0.2 else ()))
        lines.append(ServiceLine(
            number=at, procedure=code, modifiers=modifiers, units=units,
            charge=Decimal(PRICES[code] * units).quantize(Decimal("0.01")),
            pointers=(1,), service_date=DAY, control_number=f"{control}L{at}",
        ))  # fmt: skip
    person = Person(
        name=PersonName(last=f"PINE{number}", first="PAT"), birth_date=dt.date(1950, 1, 1), sex=Sex.FEMALE, address=HOME
    )
    return Claim(
        patient_control_number=control, payer=PayerName(name=name, id=payer_id), billing=PRACTICE, rendering=THERAPIST,
        referring=REFERRER, filing_indicator=filing, member_id=f"M{number:09d}", subscriber=person,
        place_of_service="11", diagnoses=("M5450",), lines=tuple(lines),
        property_casualty_number=f"WC{number}" if filing == "WC" else "",
        related_cause="EM" if filing == "WC" else "", accident_date=dt.date(2026, 9, 1) if filing == "WC" else None,
    )  # fmt: skip


def claims(count: int, *, seed: int = 1, first: int = 1) -> list[Claim]:
    """So many claims of mixed payers."""
    return [claim(number, seed=seed) for number in range(first, first + count)]


def file(batch: list[Claim], number: int = 1) -> bytes:
    """The 837P of a batch."""
    envelope = Envelope(
        sender_id="SUB0001", receiver_id="HARBORCH", application_sender="SUB0001", application_receiver="HARBORCH",
        submitter_name="SAMPLE PT GROUP", submitter_id="SUB0001", contact_name="EDI DESK", phone="5555550100",
        receiver_name="HARBOR CLEARINGHOUSE", receiver_identifier="HARBORCH", interchange_control_number=number,
        group_control_number=number, batch_reference=f"B{number:08d}",
        created=dt.datetime(2026, 11, 20, 21, 0, tzinfo=dt.UTC),
    )  # fmt: skip
    return claim_837p.write(Batch(envelope=envelope, claims=tuple(batch)))


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by name."""
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())} if folder.is_dir() else {}
