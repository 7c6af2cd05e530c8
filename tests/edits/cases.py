"""Cases of tests/edits/<CODE>.toml: a short visit, coded for a payer, perhaps changed afterwards, then scrubbed.

[[fails]] or [[passes]]
name = "..."
rows = ["97110 30", "97140 10+15 59 separate"]      # see tests/claims/visits.py; a plain visit when absent
payer = "medicare-part-b"
visit = { place_of_service = "10" }                 # changes of the visit before coding
claim = { frequency = "7" }                         # changes of the claim after coding
lines = [{ units = 9 }, {}]                         # changes of its lines after coding
rules = { units_per_day = 4 }                       # changes of the payer's rules
practice = "no prices"                              # the practice without its price list
history = { today = 2026-11-21 }                    # what is known of the patient
order_file = ["M545 0", "M5450 1"]                  # an ICD-10-CM order file installed for 2026-10-01 on
hcpcs_file = ["G0283,20030101,20261031"]            # a HCPCS level II file installed: code, added, ended
severity = "error"                                  # when it differs from the edit's own
"""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from ptedi.claims import coding
from ptedi.claims.fingerprint import of_services
from ptedi.claims.identity import control_number
from ptedi.claims.model import Claim, CodedClaim, ServiceLine, Visit
from ptedi.codes import table
from ptedi.codes.install import install
from ptedi.edits import History, scrub
from ptedi.findings import Finding
from ptedi.payers.profile import Enrollment, PayerProfile
from tests.claims.visits import CEDAR, PROFILES, visit

HERE = Path(__file__).parent
NUMBER = control_number("CDR", 7)


def of(code: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The failing and the passing cases of an edit."""
    path = HERE / f"{code}.toml"
    document = tomllib.loads(path.read_text()) if path.exists() else {}
    return document.get("fails", []), document.get("passes", [])


def run(case: dict[str, Any]) -> list[Finding]:
    """What the scrubber finds in a case."""
    coded, captured, practice, payer, history = build(case)
    with tempfile.TemporaryDirectory() as folder:
        if "order_file" in case:
            order = Path(folder) / "icd10cm-order-2027.txt"
            order.write_text("".join(f"{n:05d} {one.split()[0]:7} {one.split()[1]} words\n"
                                     for n, one in enumerate(case["order_file"], 1)))
            install([order], Path(folder) / "codes")
        if "hcpcs_file" in case:
            official = Path(folder) / "HCPC2026_OCT_ANWEB.csv"
            official.write_text("\n".join(["HCPC,ADD DT,TERM DT", *case["hcpcs_file"]]))
            install([official], Path(folder) / "codes")
        if (Path(folder) / "codes").is_dir():
            table.use(Path(folder) / "codes")
        try:
            return scrub(coded, captured, practice, payer, history)
        finally:
            if (Path(folder) / "codes").is_dir():
                table.use(None)


def build(case: dict[str, Any]) -> tuple[CodedClaim, Visit, Any, PayerProfile, History]:
    """A case's claim with everything an edit may look at."""
    payer = profile(case)
    captured = visit(*case.get("rows", ["97110 30", "97140 15"]), payer=payer.id, **plain(case.get("visit", {})))
    practice = CEDAR if "practice" not in case else replace(CEDAR, charges={})
    past = {"today": "2026-11-21"} | plain(case.get("history", {}))
    before = Decimal(past.get("therapy_dollars", str(captured.coverages[0].therapy_dollars_used)
                              if captured.coverages else "0"))  # fmt: skip
    coded = coding.code_visit(captured, practice, payer, control_number=NUMBER, therapy_dollars_before=before)
    if past.pop("same_claim", False):
        past["fingerprints"] = {of_services(coded): past.pop("as", "CDR000000003Y")}
    return changed(coded, case), captured, practice, payer, msgspec.convert(past, History)


def profile(case: dict[str, Any]) -> PayerProfile:
    """The payer with the changes of a case."""
    payer = PROFILES[case.get("payer", "medicare-part-b")]
    if "rules" in case:
        days, rules = payer.timeline
        over = {k: tuple(v) if isinstance(v, list) else v for k, v in case["rules"].items()}
        payer = replace(payer, timeline=(days, tuple(replace(r, **over) for r in rules)))
    rows = msgspec.convert(plain(case.get("enrolled", [])), list[Enrollment])
    return replace(payer, enrollments=tuple(rows))


def changed(coded: CodedClaim, case: dict[str, Any]) -> CodedClaim:
    """The claim as a person or another program may have left it."""
    claim = msgspec.to_builtins(coded.claim)
    claim["lines"] = list(claim["lines"])
    over = plain(case.get("claim", {}))
    for place, line in enumerate(plain(case.get("lines", []))):
        if place < len(claim["lines"]):
            claim["lines"][place] |= line
    for one in plain(case.get("more_lines", [])):
        claim["lines"].append(claim["lines"][0] | {"number": len(claim["lines"]) + 1} | one)
    for _ in range(case.get("repeat_lines", 0)):
        claim["lines"].append(claim["lines"][0] | {"number": len(claim["lines"]) + 1})
    for key, value in over.items():
        claim[key] = claim[key] | value if isinstance(value, dict) and claim.get(key) else value
    made = msgspec.convert(claim, Claim)
    assert all(isinstance(line, ServiceLine) for line in made.lines)
    return replace(coded, claim=made)


def plain(value: Any) -> Any:
    """TOML dates as texts, as msgspec reads them."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
