"""Visits for tests, written short: `visit("97110 30", "97140 10+15 59 separate", payer="medicare-part-b")`.

A row is `<procedure> <therapist>[+<assistant>] [modifiers] [separate] [p1.2]`.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import msgspec

from ptedi.claims import practice
from ptedi.claims.model import Charge, ChargeSource, Practice, Visit
from ptedi.codes import npi
from ptedi.payers import profile


def number(body: int) -> str:
    """A synthetic NPI."""
    first = f"1{body:08d}"
    return first + npi.check_digit(first)


PROFILES = profile.load()
PEOPLE = (("PT1", "PT", 11), ("PTA1", "PTA", 12), ("OT1", "OT", 13), ("OTA1", "OTA", 14), ("SLP1", "SLP", 15),
          ("PT2", "PT", 16))
PRICES = {"97110": "60.00", "97112": "55.00", "97140": "50.00", "97530": "65.00", "97116": "52.00", "97035": "20.00",
          "97161": "150.00", "97162": "160.00", "97163": "170.00", "97164": "90.00", "97150": "40.00",
          "97124": "45.00", "97014": "25.00", "G0283": "25.00", "97010": "10.00", "97129": "50.00", "97130": "45.00",
          "97750": "70.00", "97545": "200.00", "97546": "90.00", "97165": "150.00", "97139": "80.00",
          "97012": "30.00", "20561": "60.00", "97535": "58.00", "97032": "30.00", "98979": "30.00", "98980": "50.00",
          "98985": "45.00", "98977": "45.00", "97113": "66.00", "97542": "58.00", "95851": "20.00"}  # fmt: skip
_ADDRESS = {"line1": "100 SAMPLE ST", "city": "EXAMPLE", "state": "MI", "zip": "49999-0100"}
CEDAR: Practice = practice.load({
    "id": "cedar", "name": "CEDAR PHYSICAL THERAPY", "npi": number(1), "tax_id": "38-9999999",
    "taxonomy": "261QP2000X", "address": _ADDRESS,
    "clinics": [{"id": "main", "name": "CEDAR MAIN", "npi": number(2), "billing_address": True, "address": _ADDRESS},
                {"id": "north", "name": "CEDAR NORTH", "npi": number(3), "address": _ADDRESS}],
    "therapists": [{"id": key, "last": "TEST", "first": key, "npi": number(body), "discipline": kind}
                   for key, kind, body in PEOPLE],
    "charges": PRICES,
})  # fmt: skip
MEMBERS = {"medicare-part-b": "1EG4TE5MK73", "bluestone-ppo": "BXQ123456789", "state-medicaid": "1234567890"}
_HOME = {"line1": "1 ELM ST", "city": "EXAMPLE", "state": "MI", "zip_code": "499990001"}
_BASE: dict[str, Any] = {
    "visit_id": "V1", "service_date": "2026-11-20", "clinic_id": "main", "therapist_id": "PT1", "patient_id": "P1",
    "patient": {"name": {"last": "DOE", "first": "PAT"}, "birth_date": "1950-02-03", "sex": "F", "address": _HOME},
    "diagnoses": ["M54.50", "R26.2"], "plan_of_care_start": "2026-10-01", "plan_of_care_end": "2026-12-15",
    "referring": {"name": {"last": "REED", "first": "R"}, "npi": number(21)}, "authorization": "AUTH1",
}  # fmt: skip


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """The base with the changes, tables merged, an empty text standing for nothing where a table was."""
    result = dict(base)
    for key, value in over.items():
        inner = result.get(key)
        result[key] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
        if value == "" and (isinstance(inner, dict) or key.endswith(("_date", "_start", "_end", "_from", "_to"))):
            del result[key]
    return result


def row(text: str, place: int) -> Charge:
    """One captured row."""
    code, minutes, *rest = text.split()
    therapist, _, assistant = minutes.partition("+")
    pointers = next((part[1:] for part in rest if part.startswith("p")), "")
    marks = [m for part in rest if part != "separate" and not part.startswith("p") for m in part.split(",")]
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Charge(procedure=code, therapist_minutes=int(therapist), assistant_minutes=int(assistant or 0),
                  source=ChargeSource(file_sha256="0" * 64, row=place, row_sha256=digest), modifiers=tuple(marks),
                  separate_time="separate" in rest,
                  diagnosis_pointers=tuple(int(p) for p in pointers.split(".") if p))


def visit(*rows: str, payer: str = "medicare-part-b", **over: Any) -> Visit:
    """A visit with these rows, paid by one payer, changed as wanted."""
    coverage = {"payer_id": payer, "member_id": MEMBERS.get(payer, "MEMBER1")}
    coverage |= over.pop("coverage", {})
    base = _BASE | {"coverages": [coverage]}
    if payer == "granite-workers-comp":
        coverage.setdefault("property_casualty_number", "WC123")
        base |= {"accident_date": "2026-09-01", "accident_cause": "EM", "accident_state": "MI"}
    charges = [msgspec.to_builtins(row(text, place)) for place, text in enumerate(rows, 1)]
    if any("+" in text.split()[1] for text in rows):
        base |= {"assistant_id": "PTA1"}
    coverage["therapy_dollars_used"] = str(Decimal(coverage.get("therapy_dollars_used", "0.00")))
    if coverage.get("relationship", "18") != "18" and coverage.get("subscriber") != "":
        coverage.setdefault("subscriber", _BASE["patient"])
    for key in ("effective_from", "effective_to", "subscriber"):
        if coverage.get(key) == "":
            del coverage[key]
    return msgspec.convert(merged(base | {"charges": charges}, over), Visit)
