"""837P rules L: service lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptedi.checks.records import Claim, Line
from ptedi.checks.registry import E, Fault, W, on, on_segment, page
from ptedi.checks.telling import Teller
from ptedi.checks.values import COUNT, DAY, Remembered, get
from ptedi.codes import procedures
from ptedi.dates import today

if TYPE_CHECKING:
    from ptedi.checks.collect_837p import Collector

PROCEDURE = page(
    "CL002", "L02", 5, E, "No CPT or HCPCS code",
    checks="SV101-1 is HC and SV101-2 has the shape of a CPT or HCPCS code. Whether a well-formed code is active on "
    "its day, the payer's list decides.",
    matters="Rejected as invalid procedure (CARC 181).",
    example="SV1*HC:99ZZZ*...",
    instead="Look the code up in this year's list.", reference="X222A1 2400 SV101-1, SV101-2",
)  # fmt: skip
MODIFIERS = page(
    "CL003", "L03", 5, E, "Modifiers wrong",
    checks="At most four modifiers of two characters, none twice; a fifth would land in the description.",
    matters="A fifth modifier is silently lost; a repeated one is rejected (CARC 4).",
    example="SV1*HC:97110:GP:GP*...", instead="Send each modifier once, the one that changes the price first.",
    reference="X222A1 2400 SV101-3 to SV101-7",
)  # fmt: skip
THERAPY = page(
    "CL004", "L04", 7, E, "Therapy modifier missing",
    checks="For Medicare (SBR09 = MB) a code that is always therapy carries GP, GO or GN. What other payers need is a "
    "matter of their profile (edits PT).",
    matters="Medicare returns the line as unprocessable (CARC 4, N519).",
    example="SV1*HC:97110*60*UN*1 for Medicare", instead="Add GP for physical therapy.",
    reference="X222A1 2400 SV101-3; Medicare Claims Processing Manual ch. 5, 20.1",
)  # fmt: skip
UNITS = page(
    "CL005", "L05", 4, E, "Units of a line wrong",
    checks="Units are above zero; a CPT procedure has whole units; MJ (minutes) is for anaesthesia.",
    matters="Rejected, or paid for one unit.",
    example="SV1*HC:97110:GP*120*UN*0", instead="Send UN and the number of units by the 8-minute or midpoint rule.",
    reference="X222A1 2400 SV103, SV104",
)  # fmt: skip
RANGE = page(
    "CL006", "L06", 4, E, "Service date range wrong",
    checks="A range (RD8) ends after it starts; a timed therapy code has a single date; a range of one day is told as "
    "a warning.",
    matters="Therapy is billed by the day; a range is denied.",
    example="DTP*472*RD8*20260804-20260803", instead="Send D8 and the day, one line a day.",
    reference="X222A1 2400 DTP*472",
)  # fmt: skip
SERVICE_DATE = page(
    "CL007", "L07", 4, E, "Service date in the future",
    checks="DTP*472 is not after today.",
    matters="Services are billed after they were given; rejected.",
    example="DTP*472*D8*20990101", instead="Correct the date.", reference="X222A1 2400 DTP*472",
)  # fmt: skip
LINE_PLACE = page(
    "CL008", "L08", 4, W, "Line repeats the claim's place of service",
    checks="SV105 is sent only when it differs from CLM05-1.",
    matters="The guide asks for it only when different.",
    example="CLM05 11 and SV105 11", instead="Leave SV105 empty.", reference="X222A1 2400 SV105",
)  # fmt: skip
LINE_CONTROL = page(
    "CL009", "L09", 4, E, "Line control number repeated or missing",
    checks="REF*6R differs on every line of a claim; a line without is told as a warning.",
    matters="Payers return it with the line: without it the remittance is matched by code, date and charge.",
    example="REF*6R*A1-01 on two lines", instead="Number the lines: A1-01, A1-02.", reference="X222A1 2400 REF*6R",
)  # fmt: skip
UNLISTED = page(
    "CL010", "L10", 4, E, "Unlisted code without description",
    checks="97039, 97139, 97799 and other unlisted codes have a description in SV101-7 or NTE*ADD.",
    matters="Nobody can price an unlisted service without knowing what it was.",
    example="SV1*HC:97799*80*UN*1", instead="SV1*HC:97799:::::DRY NEEDLING THREE MUSCLES*80*UN*1",
    reference="X222A1 2400 SV101-7, NTE",
)  # fmt: skip
DUPLICATE = page(
    "CL011", "L11", 4, W, "Possible duplicate line",
    checks="No two lines have the same code, modifiers and date without 59, XE, XP, XS, XU, 76, 77 or 91.",
    matters="The second line is denied as a duplicate (OA-18).",
    example="two lines 97110 GP of one day", instead="Add the units up into one line.", reference="X222A1 2400 SV101",
)  # fmt: skip
LINE_AUTHORISATION = page(
    "CL012", "L12", 4, E, "Line repeats the claim's authorization",
    checks="A line's REF*G1 or REF*9F differs from the claim's.",
    matters="The guide asks for it on the line only when different; strict payers reject it.",
    example="REF*G1*AUTH5566 in 2300 and in 2400",
    instead="Leave the line's out.", reference="X222A1 2400 REF*G1, REF*9F",
)  # fmt: skip

_SHAPE = re.compile(r"[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4}", re.ASCII)
_MODIFIER = re.compile(r"[A-Z0-9]{2}", re.ASCII)
_REPEATS = frozenset({"59", "XE", "XP", "XS", "XU", "76", "77", "91"})
_DISCIPLINES = frozenset({"GP", "GO", "GN"})
_UNLISTED = frozenset({"97039", "97139", "97799"})


def _is_always_therapy(code: str) -> bool:
    found = procedures.find(code, today())
    return found is not None and found.therapy == "always"


def _is_timed(code: str) -> bool:
    found = procedures.find(code, today())
    return found is not None and found.basis is procedures.Basis.TIMED


ALWAYS_THERAPY = Remembered(_is_always_therapy)
TIMED = Remembered(_is_timed)


@on_segment("SV1")
def procedure(loop: str, e: list[str]) -> Iterator[Fault]:
    """L02, L03, L05: the line by itself."""
    parts = get(e, 1).split(":")
    qualifier, code = parts[0], get(parts, 1)
    if qualifier != "HC":
        yield Fault(PROCEDURE, f"The code qualifier is {qualifier}, not HC.", "SV101-1")
    elif code and not _SHAPE.fullmatch(code):
        yield Fault(PROCEDURE, f"{code} is no CPT or HCPCS code.", "SV101-2")
    yield from _modifiers(parts)
    yield from _units(qualifier, code, get(e, 3), get(e, 4))


def _modifiers(parts: list[str]) -> Iterator[Fault]:
    modifiers = [m for m in parts[2:6] if m]
    repeated = next((m for m in modifiers if modifiers.count(m) > 1), "")
    if repeated:
        number = len(parts[2:6]) - parts[2:6][::-1].index(repeated) + 2
        yield Fault(MODIFIERS, f"Modifier {repeated} is repeated.", f"SV101-{number}")
    for number, modifier in enumerate(parts[2:6], 3):
        if len(modifier) == 2 and not _MODIFIER.fullmatch(modifier):
            yield Fault(MODIFIERS, f"{modifier} is no modifier.", f"SV101-{number}")
    if len(modifiers) == 4 and _MODIFIER.fullmatch(get(parts, 6)):
        yield Fault(MODIFIERS, f"A fifth modifier {parts[6]} stands in the description.", "SV101-7")


def _units(qualifier: str, code: str, unit: str, units: str) -> Iterator[Fault]:
    if unit == "MJ" and not (len(code) == 5 and code.isdecimal() and code < "02000"):
        yield Fault(UNITS, "Minutes (MJ) are for anaesthesia only; send UN.", "SV103")
        return
    value = COUNT[units]
    if value is None:
        return
    if value <= 0:
        yield Fault(UNITS, f"Units {units} must be above 0.", "SV104")
    elif value != value.to_integral_value() and qualifier == "HC" and code.isdecimal():
        yield Fault(UNITS, f"Units {units} must be a whole number.", "SV104")


@on("service")
def therapy(claim: Claim, line: Line, tell: Teller) -> None:
    """L04, where every file shows it: Medicare Part B."""
    service = line.service
    if claim.subscriber.filing == "MB" and ALWAYS_THERAPY[service.code] and _DISCIPLINES.isdisjoint(service.modifiers):
        text = f"Line {line.number}: {service.code} is always therapy and needs GP, GO or GN."
        tell(THERAPY, line.sv1, text, "SV101-3", loop="2400", line=line.number, allowed=("GP", "GO", "GN"))


@on_segment("DTP")
def service_date(loop: str, e: list[str]) -> Iterator[Fault]:
    """L06 and L07: the date by itself."""
    if loop != "2400" or get(e, 1) != "472":
        return
    first, _, last = get(e, 3).partition("-")
    start, end = DAY[first], DAY[last or first]
    if start is None or end is None:
        return
    if end < start:
        yield Fault(RANGE, f"The service date range {get(e, 3)} is reversed.", "DTP03")
    elif last and end == start:
        yield Fault(RANGE, f"The service date range {get(e, 3)} is one day; send D8.", "DTP03", W)
    if max(start, end) > today():
        yield Fault(SERVICE_DATE, f"The service date {last or first} is in the future.", "DTP03")


@on("line")
def timed_range(claim: Claim, line: Line, tell: Teller) -> None:
    """L06, timed therapy."""
    if line.last > line.first and TIMED[line.service.code]:
        text = f"Line {line.number}: {line.service.code} is billed by the day, not for a range."
        tell(RANGE, line.dates[0], text, "DTP03", loop="2400", line=line.number)


@on("service")
def line_place(claim: Claim, line: Line, tell: Teller) -> None:
    """L08."""
    if line.service.place and line.service.place == claim.place:
        text = f"Line {line.number} repeats the claim's place of service {claim.place}."
        tell(LINE_PLACE, line.sv1, text, "SV105", loop="2400", line=line.number)


@on("claim")
def line_control(collector: Collector, claim: Claim, tell: Teller) -> None:
    """L09."""
    seen: set[str] = set()
    missing: list[Line] = []
    for line in claim.lines:
        text = ""
        for seg in line.refs:
            if seg[0].startswith("REF*6R*"):
                text = seg[0]
                if text in seen:
                    why = f"Line {line.number} repeats the line control number {text[7:]}."
                    tell(LINE_CONTROL, seg, why, "REF02", loop="2400", line=line.number)
                seen.add(text)
        if not text:
            missing.append(line)
    if missing:
        numbers = ", ".join(str(line.number) for line in missing)
        what = "Line" if len(missing) == 1 else "Lines"
        text = f"{what} {numbers} without line control number (REF*6R)."
        tell(LINE_CONTROL, missing[0].sv1, text, loop="2400", line=missing[0].number, severity=W)


@on("service")
def unlisted(claim: Claim, line: Line, tell: Teller) -> None:
    """L10."""
    service = line.service
    if service.code in _UNLISTED and not service.description and not line.notes:
        text = f"Line {line.number}: the unlisted code {service.code} needs a description."
        tell(UNLISTED, line.sv1, text, "SV101-7", loop="2400", line=line.number)


@on("claim")
def duplicate(collector: Collector, claim: Claim, tell: Teller) -> None:
    """L11."""
    lines = claim.lines
    if len({line.service.code for line in lines}) == len(lines):
        return
    seen: dict[tuple[str, frozenset[str], str], int] = {}
    for line in lines:
        modifiers = frozenset(line.service.modifiers)
        key = (line.service.code, modifiers, line.first)
        if key in seen and _REPEATS.isdisjoint(modifiers) and line.first:
            text = f"Lines {seen[key]} and {line.number} have the same code, modifiers and date."
            tell(DUPLICATE, line.sv1, text, "SV101", loop="2400", line=line.number)
        seen.setdefault(key, line.number)


@on("line")
def line_authorisation(claim: Claim, line: Line, tell: Teller) -> None:
    """L12."""
    claims = {seg[0] for seg in claim.refs}
    for seg in line.refs:
        if seg[0].startswith(("REF*G1*", "REF*9F*")) and seg[0] in claims:
            text = f"Line {line.number} repeats the claim's {seg[0][4:6]} number."
            tell(LINE_AUTHORISATION, seg, text, "REF02", loop="2400", line=line.number)
