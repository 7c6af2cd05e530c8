"""837P rules F and E13: how values are written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptedi.checks.registry import E, Fault, I, W, on_segment, page
from ptedi.checks.values import AMOUNT_FAULT, get
from ptedi.findings import counted

CHARACTERS = page(
    "CE013", "E13", 1, E, "Leading blanks in a value",
    checks="No text begins with a blank (characters outside the guide's sets are told as EL findings).",
    matters="A name with a blank in front does not match the payer's member file.",
    example="NM1*IL*1* RIVERA*ANA", instead="Remove the blank.", reference="X222A1 appendix B, character sets",
)  # fmt: skip
AMOUNTS = page(
    "CF002", "F02", 1, E, "Amount not in normal form",
    checks="Amounts have at most two decimals and ten digits; superfluous zeros are left out (told as a warning).",
    matters="A fraction of a cent cannot be paid or balanced; some payers reject 0120.00 where 120 is meant.",
    example="SV1*HC:97110*120.555*UN*2", instead="Write 120.55 or 120, without superfluous zeros.",
    reference="X222A1 type R elements; X12 RFI 396",
)  # fmt: skip
PUNCTUATION = page(
    "CF003", "F03", 1, I, "Punctuation in a name or address",
    checks="Names and addresses hold letters, digits, blanks, hyphen, apostrophe, slash and the usual . , & #.",
    matters="Payers match names and addresses as texts; unusual marks break the match.",
    example='NM1*IL*1*RIVERA "ANNIE"*ANA', instead="Write the name as on the insurance card.",
    reference="X222A1 NM103-05, N301, N401",
)  # fmt: skip
LENGTHS = page(
    "CF004", "F04", 2, E, "Longer than the guide allows",
    checks="CLM01 has at most 20 characters, REF*6R 30, BHT03 30, SV104 eight digits and three decimals.",
    matters="Payers return only the first 20 characters of CLM01: the remittance would not find its claim.",
    example="CLM*PT26080001-RIVERA-ANA-0001*...", instead="Use a shorter control number.",
    reference="X222A1 CLM01, 2400 REF*6R, BHT03, SV104; X12 RFI 525",
)  # fmt: skip

_AMOUNT_AT = {"CLM": (2,), "SV1": (2,), "AMT": (2,), "SVD": (2,), "CAS": (3, 6, 9, 12, 15, 18)}
_MARKS = re.compile(r"[^A-Za-z0-9 \-'/.,&#()]")
_UNITS = re.compile(r"[0-9]{0,8}(?:\.[0-9]{0,3})?", re.ASCII)


@on_segment("NM1", "N3", "N4", "REF", "NTE", "PER", "DMG")
def leading_blank(loop: str, e: list[str]) -> Iterator[Fault]:
    """E13."""
    for number, value in enumerate(e):
        if number and value[:1] == " " and value.strip():
            reference = f"{e[0]}{number:02d}"
            yield Fault(CHARACTERS, f"{reference} begins with a blank.", reference)


@on_segment("CLM", "SV1", "AMT", "SVD", "CAS")
def amounts(loop: str, e: list[str]) -> Iterator[Fault]:
    """F02."""
    for number in _AMOUNT_AT[e[0]]:
        value = get(e, number)
        fault = AMOUNT_FAULT[value]
        if fault:
            reference = f"{e[0]}{number:02d}"
            why = {
                "fraction": f"{reference} amount {value} has more than two decimals.",
                "long": f"{reference} amount {value} has more than ten digits.",
                "zeros": f"{reference} amount {value} has superfluous zeros.",
            }[fault]
            yield Fault(AMOUNTS, why, reference, W if fault == "zeros" else None)


@on_segment("NM1", "N3")
def punctuation(loop: str, e: list[str]) -> Iterator[Fault]:
    """F03."""
    for number in (3, 4, 5) if e[0] == "NM1" else (1, 2):
        found = _MARKS.search(get(e, number))
        if found and found.group().isascii():
            reference = f"{e[0]}{number:02d}"
            yield Fault(PUNCTUATION, f"{reference} holds the mark {found.group()}.", reference)


@on_segment("CLM", "REF", "BHT", "SV1")
def lengths(loop: str, e: list[str]) -> Iterator[Fault]:
    """F04."""
    if e[0] == "SV1":
        units = get(e, 4)
        if units and not _UNITS.fullmatch(units.lstrip("-")) and units.replace(".", "", 1).lstrip("-").isdecimal():
            yield Fault(LENGTHS, f"SV104 {units} has more than eight digits or three decimals.", "SV104")
        return
    number, limit = {"CLM": (1, 20), "BHT": (3, 30)}.get(e[0], (2, 30))
    value = get(e, number)
    if len(value) > limit and (e[0] != "REF" or (e[1] == "6R" and loop == "2400")):
        reference = f"{e[0]}{number:02d}"
        yield Fault(LENGTHS, f"{reference} has {counted(len(value), 'character')}, the guide allows {limit}.",
                    reference)
