"""837P rules D: diagnoses and the pointers to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptedi.checks.records import ICD10, Claim, Line
from ptedi.checks.registry import E, Fault, W, on, on_segment, page
from ptedi.checks.telling import Teller
from ptedi.codes import diagnosis

if TYPE_CHECKING:
    from ptedi.checks.collect_837p import Collector

QUALIFIERS = page(
    "CD001", "D01", 5, E, "Diagnosis qualifiers mixed up",
    checks="The first diagnosis has ABK, the others ABF (BK and BF before 2015-10-01), never a mix.",
    matters="ICD-9 codes for service dates since October 2015 are rejected.",
    example="HI*BK:7245", instead="HI*ABK:M545...*ABF:...", reference="X222A1 2300 HI",
)  # fmt: skip
POINT = page(
    "CD002", "D02", 5, E, "Decimal point in a diagnosis",
    checks="Diagnosis codes carry no point and no blank.",
    matters="The payer reads another code, or none.",
    example="HI*ABK:M54.50", instead="HI*ABK:M5450", reference="X222A1 2300 HI01-2",
)  # fmt: skip
REPEATED = page(
    "CD003", "D03", 4, E, "Diagnosis repeated",
    checks="No diagnosis code stands twice in a claim.",
    matters="Payers reject a repeated diagnosis, and the pointers become ambiguous.",
    example="HI*ABK:M5450*ABF:M5450", instead="Send each code once.", reference="X222A1 2300 HI",
)  # fmt: skip
UNKNOWN = page(
    "CD004", "D04", 5, E, "No ICD-10-CM code",
    checks="A diagnosis has the shape of an ICD-10-CM code: a letter, a digit, then up to five letters or digits. "
    "Whether a well-formed code is billable on its day, the payer's list decides.",
    matters="Rejected as invalid diagnosis (CARC 146).",
    example="HI*ABK:54M5", instead="Look the code up in this year's ICD-10-CM.", reference="X222A1 2300 HI01-2",
)  # fmt: skip
EXTERNAL = page(
    "CD005", "D05", 5, E, "External cause as first diagnosis",
    checks="The first diagnosis is not an external cause (V00 to Y99).",
    matters="A cause says how, not what: payers reject it in first place.",
    example="HI*ABK:W1830XA", instead="Send the injury first and the cause after it.", reference="X222A1 2300 HI01",
)  # fmt: skip
POINTER = page(
    "CD006", "D06", 3, E, "Diagnosis pointer points nowhere",
    checks="SV107 pointers are not greater than the number of diagnoses, do not repeat and the first is filled.",
    matters="A line without its diagnosis is denied (CARC 11, 16).",
    example="two diagnoses and SV1*...**4", instead="Point to the diagnoses that this service treats.",
    reference="X222A1 2400 SV107",
)  # fmt: skip
UNUSED = page(
    "CD007", "D07", 4, W, "Diagnosis that no line uses",
    checks="Every diagnosis is pointed to by a line.",
    matters="No harm by itself, but often the sign of a forgotten pointer.",
    example="HI*ABK:M5450*ABF:M6281 and every line with pointer 1", instead="Add the pointer or drop the diagnosis.",
    reference="X222A1 2300 HI, 2400 SV107",
)  # fmt: skip

_EXTERNAL = re.compile(r"[V-Y][0-9]")
_MALFORMED = re.compile(r"[. ]")


@on_segment("HI")
def codes(loop: str, e: list[str]) -> Iterator[Fault]:
    """D02, D04, D05: each code by itself."""
    for number, part in enumerate(e[1:], 1):
        qualifier, _, rest = part.partition(":")
        code = rest.partition(":")[0]
        if qualifier not in ("ABK", "ABF", "BK", "BF") or not code:
            continue
        reference = f"HI{number:02d}-2"
        if _MALFORMED.search(code):
            yield Fault(POINT, f"Diagnosis {code} is sent with a point or blank.", reference)
        elif qualifier in ("ABK", "ABF") and not diagnosis.is_valid(code):
            yield Fault(UNKNOWN, f"Diagnosis {code} is no ICD-10-CM code.", reference)
        elif qualifier == "ABK" and _EXTERNAL.match(code):
            yield Fault(EXTERNAL, f"Diagnosis {code} is an external cause and cannot be the first.", reference)


@on("claim_diagnoses")
def qualifiers(collector: Collector, claim: Claim, tell: Teller) -> None:
    """D01, D03."""
    found = claim.diagnoses
    if not found:
        return
    old = found[0][0] in ("BK", "BF")
    principal, further = ("BK", "BF") if old else ("ABK", "ABF")
    for number, (qualifier, _, seg) in enumerate(found):
        want = further if number else principal
        if qualifier != want:
            text = f"Diagnosis {number + 1} has the qualifier {qualifier} instead of {want}."
            tell(QUALIFIERS, seg, text, f"HI{number + 1:02d}-1", loop="2300", allowed=(want,))
            return
    if claim.last and ((old and claim.last >= ICD10) or (not old and claim.last < ICD10)):
        what = "ICD-9" if old else "ICD-10"
        text = f"{what} diagnoses do not fit the service date {claim.last}."
        tell(QUALIFIERS, found[0][2], text, "HI01-1", loop="2300")
    if len(found) > 1 and len({code for _, code, _ in found}) < len(found):
        _repeated(claim, tell)


def _repeated(claim: Claim, tell: Teller) -> None:
    seen: set[str] = set()
    for number, (_, code, seg) in enumerate(claim.diagnoses, 1):
        if code in seen:
            tell(REPEATED, seg, f"Diagnosis {code} is repeated.", f"HI{number:02d}-2", loop="2300")
        seen.add(code)


@on("service")
def pointers(claim: Claim, line: Line, tell: Teller) -> None:
    """D06."""
    pointers, count = line.service.pointers, len(claim.diagnoses)
    if not pointers or not count:
        return
    fault, element = "", "SV107-1"
    if not pointers[0]:
        fault = "has no first diagnosis pointer"
    elif len(set(pointers)) < len(pointers):
        fault = "points to one diagnosis twice"
    for number, pointer in enumerate(pointers, 1):
        if pointer.isdecimal() and not 1 <= int(pointer[:4]) <= count:
            fault, element = f"points to diagnosis {pointer}, only {count} sent", f"SV107-{number}"
            break
    if fault:
        tell(POINTER, line.sv1, f"Line {line.number} {fault}.", element, loop="2400", line=line.number)


@on("claim")
def unused(collector: Collector, claim: Claim, tell: Teller) -> None:
    """D07."""
    if len(claim.diagnoses) < 2 or not claim.lines:
        return
    used = {pointer for line in claim.lines for pointer in line.service.pointers}
    unused = [n for n in range(1, len(claim.diagnoses) + 1) if str(n) not in used]
    if unused and any(used):
        code = claim.diagnoses[unused[0] - 1]
        text = f"No line points to diagnosis {', '.join(map(str, unused))}."
        tell(UNUSED, code[2], text, f"HI{unused[0]:02d}-2", loop="2300")
