"""837P rules C: the claim as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptedi.checks.records import Claim
from ptedi.checks.registry import E, Fault, W, on, on_segment, page
from ptedi.checks.telling import Teller
from ptedi.checks.values import CENTS, DAY, get, money
from ptedi.findings import counted

if TYPE_CHECKING:
    from ptedi.checks.collect_837p import Collector

TOTAL = page(
    "CC001", "C01", 3, E, "Claim total is not the sum of its lines",
    checks="CLM02 = sum of SV102.",
    matters="Every clearinghouse rejects an unbalanced claim.",
    example="CLM*A1*240*... with lines 120 and 55", instead="Correct the total or the line that is missing.",
    reference="X222A1 2300 CLM02, 2400 SV102",
)  # fmt: skip
UNIQUE = page(
    "CC002", "C02", 4, E, "Patient control number used twice",
    checks="CLM01 is not repeated in a file, a replacement or void of the same claim apart.",
    matters="The remittance comes back by CLM01: two claims of one number cannot be told apart.",
    example="CLM*A1*120 and CLM*A1*60 in one file", instead="Give every claim its own control number.",
    reference="X222A1 CLM01; X12 RFI 535",
)  # fmt: skip
FREQUENCY = page(
    "CC003", "C03", 4, E, "Frequency and original reference do not fit",
    checks="CLM05-3 is 1, 7 or 8; 7 and 8 come with REF*F8, 1 without.",
    matters="A replacement without the payer's number is denied as a duplicate; with 1 and F8 nobody knows what is "
    "meant.",
    example="CLM*A1*120***11:B:7... without REF*F8",
    instead="Send the payer claim control number of the 835 (CLP07) in REF*F8.",
    reference="X222A1 CLM05-3, 2300 REF*F8; X12 RFI 2416",
)  # fmt: skip
SIGNATURES = page(
    "CC004", "C04", 4, E, "Signature and assignment indicators",
    checks="CLM06 is Y; CLM08 other than Y (benefits not assigned) is told as a warning.",
    matters="Without the provider's signature on file the claim is returned; without assignment the patient is paid.",
    example="CLM*A1*120***11:B:1*N*A*Y*Y", instead="Send Y when the signature is on file.", reference="X222A1 CLM06-10",
)  # fmt: skip
ACCIDENT = page(
    "CC005", "C05", 4, E, "Accident without date or state",
    checks="CLM11 AA or OA comes with DTP*439; AA also with the US state in CLM11-4.",
    matters="The payer holds the claim and asks for the accident, or denies it.",
    example="CLM*...*AA:::OH without DTP*439", instead="Send the accident date in DTP*439 and the state in CLM11-4.",
    reference="X222A1 CLM11, 2300 DTP*439",
)  # fmt: skip
ACCIDENT_DATE = page(
    "CC006", "C06", 4, W, "Accident date without related cause",
    checks="DTP*439 comes with CLM11.",
    matters="The payer may look for another insurer and hold the claim.",
    example="DTP*439*D8*20260701 without CLM11", instead="Send AA, OA or EM in CLM11, or drop the date.",
    reference="X222A1 CLM11, 2300 DTP*439",
)  # fmt: skip
CLAIM_DATES = page(
    "CC007", "C07", 4, E, "Claim date after the service",
    checks="Onset, initial treatment, last seen, acute manifestation, accident, period and x-ray dates are not after "
    "the last service date; accident and initial treatment not after the first.",
    matters="Payers reject dates that contradict each other.",
    example="DTP*431*D8*20260810 with service on 20260803", instead="Correct the date.", reference="X222A1 2300 DTP",
)  # fmt: skip
AUTHORISATION = page(
    "CC008", "C08", 4, E, "Authorization number as referral number",
    checks="REF*G1 and REF*9F do not hold the same number.",
    matters="The payer looks the referral up and finds an authorization.",
    example="REF*G1*AUTH5566 and REF*9F*AUTH5566", instead="Send the number once, under the right qualifier.",
    reference="X222A1 2300 REF*G1, REF*9F",
)  # fmt: skip
PATIENT_PAID = page(
    "CC010", "C10", 3, E, "Patient paid more than the charge",
    checks="AMT*F5 is not negative and not greater than CLM02.",
    matters="Some payers subtract the amount from their payment.",
    example="AMT*F5*300 with CLM02 240", instead="Send what the patient paid toward this claim only.",
    reference="X222A1 2300 AMT*F5",
)  # fmt: skip
ATTACHMENT = page(
    "CC011", "C11", 4, E, "Attachment without control number",
    checks="PWK02 other than AA comes with PWK05 = AC and PWK06.",
    matters="The payer cannot join the paper to the claim and denies with CARC 163.",
    example="PWK*OZ*FX", instead="Send AC and the number written on the attachment.", reference="X222A1 PWK05, PWK06",
)  # fmt: skip
TELEHEALTH = page(
    "CC015", "C15", 5, W, "Telehealth place without telehealth modifier",
    checks="Place 02 or 10 comes with 95, 93, GT, GQ, FQ, FR or G0 on a line (codes that are no place at all: EL007).",
    matters="Payers price telehealth by place and modifier together and deny one without the other.",
    example="CLM*A1*120***10:B:1... with HC:97110:GP",
    instead="Add 95, or send the place where the patient was treated.",
    reference="X222A1 CLM05-1, SV105; CMS place of service code set",
)  # fmt: skip
CHARGE = page(
    "CC016", "C16", 4, E, "Charge zero or negative",
    checks="CLM02 is above zero for claims (BHT06 = CH); SV102 is not negative.",
    matters="Nothing is asked for, so nothing is paid; negative charges are rejected.",
    example="CLM*A1*0*...", instead="Send the full charge of each service.", reference="X222A1 CLM02, SV102",
)  # fmt: skip

_AFTER_LAST = {
    "431": "onset", "304": "last seen", "453": "acute manifestation", "484": "last period", "455": "x-ray",
    "454": "initial treatment", "439": "accident",
}  # fmt: skip
_MODIFIERS = frozenset({"95", "93", "GT", "GQ", "G0", "FQ", "FR"})


@on("claim")
def charge(collector: Collector, claim: Claim, tell: Teller) -> None:
    """C01, C16; one finding per cause."""
    if claim.charge is None or (claim.charge == claim.total and claim.charge):
        return
    lines = [line.charge for line in claim.lines]
    negative = [line for line in claim.lines if line.charge is not None and line.charge < 0]
    for line in negative:
        text = f"Line {line.number} has the negative charge {money(line.charge or 0)}."
        tell(CHARGE, line.sv1, text, "SV102", loop="2400", line=line.number)
    if claim.charge < 0 and not negative:
        tell(CHARGE, claim.clm, f"The claim charge {money(claim.charge)} is negative.", "CLM02", loop="2300")
    elif claim.charge == 0 and "*CH" in collector.header.bht[0] and not any(lines):
        tell(CHARGE, claim.clm, "The claim charge is zero.", "CLM02", loop="2300")
    if None in lines or not lines or negative:
        return
    total = sum(cents for cents in lines if cents is not None)
    if total != claim.charge:
        several = counted(len(lines), "line")
        text = f"The claim total {money(claim.charge)} is not the sum {money(total)} of its {several}; "
        text += f"off by {money(claim.charge - total)}."
        tell(TOTAL, claim.clm, text, "CLM02", loop="2300", allowed=(money(total),))


@on("claim")
def unique(collector: Collector, claim: Claim, tell: Teller) -> None:
    """C02, within the file."""
    number = hash(claim.id)  # ids of a million claims would cost three times the memory
    if number in collector.seen_claims and claim.id and claim.frequency not in ("7", "8"):
        text = f"The control number {claim.id} is used on another claim of this file."
        tell(UNIQUE, claim.clm, text, "CLM01", loop="2300")
    collector.seen_claims.add(number)


@on("claim_references")
def frequency(collector: Collector, claim: Claim, tell: Teller) -> None:
    """C03."""
    code = claim.frequency
    if code == "1":
        if claim.refs and (original := claim.ref("F8")):
            text = "Frequency 1 (original) is sent with the payer's number of an earlier claim."
            tell(FREQUENCY, original[0], text, "REF01", loop="2300")
    elif code in ("7", "8"):
        if not claim.ref("F8"):
            what = "A replacement (7)" if code == "7" else "A void (8)"
            text = f"{what} needs the payer claim control number in REF*F8."
            tell(FREQUENCY, claim.clm, text, "CLM05-3", loop="2300")
    elif code:
        text = f"Frequency {code} is not 1, 7 or 8."
        tell(FREQUENCY, claim.clm, text, "CLM05-3", loop="2300", allowed=("1", "7", "8"))


@on("claim_rare")
def signatures(collector: Collector, claim: Claim, tell: Teller) -> None:
    """C04."""
    e = claim.elements
    if get(e, 6) == "N":
        text = "The provider's signature is not on file (CLM06)."
        tell(SIGNATURES, claim.clm, text, "CLM06", loop="2300", allowed=("Y",))
    if get(e, 8) in ("N", "W"):
        text = "Benefits are not assigned: the payer will pay the patient."
        tell(SIGNATURES, claim.clm, text, "CLM08", loop="2300", severity=W)


@on("claim_dates")
def accident(collector: Collector, claim: Claim, tell: Teller) -> None:
    """C05, C06."""
    cause = get(claim.elements, 11)
    if not cause:
        if claim.dates and (date := claim.date("439")):
            text = "An accident date is sent without related cause (CLM11)."
            tell(ACCIDENT_DATE, date[0], text, "DTP01", loop="2300")
        return
    parts = cause.split(":")
    causes = parts[:3]
    if ("AA" in causes or "OA" in causes) and not claim.date("439"):
        tell(ACCIDENT, claim.clm, "An accident claim needs the accident date (DTP*439).", "CLM11", loop="2300")
    if "AA" in causes and not get(parts, 3) and get(parts, 4) in ("", "US"):
        tell(ACCIDENT, claim.clm, "An auto accident claim needs the state in CLM11-4.", "CLM11-4", loop="2300")


@on("claim_dates")
def claim_dates(collector: Collector, claim: Claim, tell: Teller) -> None:
    """C07."""
    if not claim.dates or not claim.last:
        return
    for seg in claim.dates:
        e = seg[0].split("*")
        name = _AFTER_LAST.get(get(e, 1))
        day = get(e, 3)[:8]
        if name is None or DAY[day] is None:
            continue
        limit = claim.first if e[1] in ("439", "454") else claim.last
        if day > limit:
            text = f"The {name} date {day} is after the service date {limit}."
            tell(CLAIM_DATES, seg, text, "DTP03", loop="2300")


@on("claim_references")
def authorisation(collector: Collector, claim: Claim, tell: Teller) -> None:
    """C08, what the file shows."""
    if len(claim.refs) > 1:
        prior, referral = claim.ref("G1"), claim.ref("9F")
        if prior and referral and prior[1] == referral[1]:
            text = "The referral number is the authorization number."
            tell(AUTHORISATION, referral[0], text, "REF02", loop="2300")


@on("claim_rare")
def patient_paid(collector: Collector, claim: Claim, tell: Teller) -> None:
    """C10."""
    for seg in claim.amounts:
        e = seg[0].split("*")
        paid = CENTS[get(e, 2)]
        if e[1] != "F5" or paid is None or claim.charge is None:
            continue
        if paid < 0:
            tell(PATIENT_PAID, seg, f"The patient paid {money(paid)}, a negative amount.", "AMT02", loop="2300")
        elif paid > claim.charge > 0:
            text = f"The patient paid {money(paid)}, more than the charge {money(claim.charge)}."
            tell(PATIENT_PAID, seg, text, "AMT02", loop="2300")


@on_segment("PWK")
def attachment(loop: str, e: list[str]) -> Iterator[Fault]:
    """C11."""
    if get(e, 2) not in ("", "AA") and (get(e, 5) != "AC" or not get(e, 6)):
        element = "PWK05" if get(e, 5) != "AC" else "PWK06"
        yield Fault(ATTACHMENT, f"An attachment sent by {get(e, 2)} needs AC and its control number.", element)


@on("claim_rare")
def telehealth(collector: Collector, claim: Claim, tell: Teller) -> None:
    """C15."""
    if claim.place in ("02", "10") and claim.lines:
        modifiers = {modifier for line in claim.lines for modifier in line.service.modifiers}
        if not modifiers & _MODIFIERS:
            text = f"Place of service {claim.place} (telehealth) without a telehealth modifier on any line."
            tell(TELEHEALTH, claim.clm, text, "CLM05-1", loop="2300")
