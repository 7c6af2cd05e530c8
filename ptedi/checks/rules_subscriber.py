"""837P rules S: who is insured, who is treated, in which order payers pay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptedi.checks.records import NONE, Claim, Party, Seg, Subscriber
from ptedi.checks.registry import E, Fault, W, on, on_segment, page
from ptedi.checks.telling import Teller
from ptedi.checks.values import DAY, STATES, ZIP_FAULT, get
from ptedi.codes import mbi
from ptedi.dates import today

if TYPE_CHECKING:
    from ptedi.checks.collect_837p import Collector

SELF = page(
    "CS001", "S01", 4, E, "The patient is the subscriber, but not said so",
    checks="Claims directly below 2000B need SBR02 = 18 and HL04 = 0, and 2010BA with N3, N4 and DMG.",
    matters="Without relationship, address and birth date the payer cannot find the member.",
    example="HL*2*1*22*0  SBR*P***...  CLM*...", instead="Send SBR02 = 18 with address, birth date and sex.",
    reference="X222A1 2000B SBR02, 2010BA N3, N4, DMG",
)  # fmt: skip
DEPENDENT = page(
    "CS002", "S02", 4, E, "Dependent claim and patient loop do not fit",
    checks="With a patient loop (2000C) SBR02 is empty (HL04 against the levels that follow is told as SG023).",
    matters="The payer would process the claim for the wrong person.",
    example="SBR*P*18*... followed by HL*3*2*23*0",
    instead="Leave SBR02 empty and send 2000C with PAT01, or drop 2000C.",
    reference="X222A1 2000B HL04, SBR02, 2000C",
)  # fmt: skip
MEDICARE_SELF = page(
    "CS004", "S04", 7, E, "Medicare patient is always the subscriber",
    checks="With SBR09 MA or MB there is no patient loop.",
    matters="Every Medicare beneficiary has an own number; a dependent is rejected.",
    example="SBR*P*******MB with HL*3*2*23*0", instead="Send the patient as subscriber with SBR02 = 18.",
    reference="X222A1 2000B SBR09, 2000C",
)  # fmt: skip
SEQUENCE = page(
    "CS005", "S05", 3, E, "Order of payers not consistent",
    checks="SBR01 of 2000B and of every 2320 differ, one of them is P, S comes with P, T with S.",
    matters="A payer that cannot tell its rank denies the claim (CARC 22).",
    example="SBR*S in 2000B and no other payer", instead="Give each payer its rank: P, S, T.",
    reference="X222A1 2000B SBR01, 2320 SBR01",
)  # fmt: skip
MSP_TYPE = page(
    "CS006", "S06", 4, E, "Reason why Medicare is not primary",
    checks="SBR05 is sent when Medicare (MA, MB) is not primary, and only then.",
    matters="Medicare rejects a secondary claim that does not say why.",
    example="SBR*S*18*******MB", instead="Send 12, 13, 14, 15, 16, 41, 42, 43 or 47 in SBR05.",
    reference="X222A1 2000B SBR05",
)  # fmt: skip
FILING = page(
    "CS007", "S07", 4, E, "Claim filing indicator missing",
    checks="SBR09 of 2000B is filled.",
    matters="The clearinghouse routes and edits by it.",
    example="SBR*P*18",
    instead="MB Medicare Part B, MC Medicaid, CI commercial, BL Blue Cross, WC workers' compensation ...",
    reference="X222A1 2000B SBR09",
)  # fmt: skip
GROUP_NAME = page(
    "CS008", "S08", 4, W, "Group name beside a group number",
    checks="SBR04 is sent only when there is no group number in SBR03.",
    matters="The guide asks for one of the two.",
    example="SBR*P*18*GRP100*ACME*****CI", instead="Leave SBR04 out.", reference="X222A1 2000B SBR03, SBR04",
)  # fmt: skip
MEMBER_ID = page(
    "CS009", "S09", 5, E, "Member id not valid",
    checks="2010BA NM109 is no placeholder; for Medicare Part B since 2020 it is an eleven-character MBI.",
    matters="A wrong member id is the most frequent rejection.",
    example="NM1*IL*1*RIVERA*ANA****MI*123456789A for SBR09 = MB", instead="Copy the number from the card.",
    reference="X222A1 2010BA NM109; CMS MBI format",
)  # fmt: skip
BIRTH = page(
    "CS010", "S10", 4, E, "Birth date not possible",
    checks="DMG02 is not in the future, not after a service date and not more than 120 years ago.",
    matters="Denied with CARC 14; the payer finds no such member.",
    example="DMG*D8*20990101*F", instead="Correct the birth date.", reference="X222A1 2010BA/2010CA DMG02",
)  # fmt: skip
DEATH = page(
    "CS011", "S11", 4, E, "Service after the date of death",
    checks="PAT06 is not before a service date.",
    matters="Denied with CARC 13.",
    example="PAT*****D8*20260801 and DTP*472*D8*20260803", instead="Correct the date of death or the service date.",
    reference="X222A1 2000B/2000C PAT06",
)  # fmt: skip
FIRST_NAME = page(
    "CS012", "S12", 4, E, "First name missing",
    checks="A person (NM102 = 1) has a first name in NM104.",
    matters="Members are matched by first name too.",
    example="NM1*IL*1*RIVERA*****MI*1EG4TE5MK73", instead="Send the first name.",
    reference="X222A1 NM104; X12 RFI 2502",
)  # fmt: skip
ADDRESS = page(
    "CS013", "S13", 5, W, "State or ZIP of a person or payer",
    checks="In 2010BA, 2010CA and 2010BB a US address has a US state and a ZIP of five or nine digits.",
    matters="Letters come back; some payers match by ZIP.",
    example="N4*SAMPLETOWN*XX*4500", instead="Correct state and ZIP.", reference="X222A1 N402, N403",
)  # fmt: skip
ORGANISATION = page(
    "CS015", "S15", 4, W, "Subscriber is an organisation",
    checks="2010BA NM102 = 2 occurs with workers' compensation and liability only.",
    matters="A health plan insures persons.",
    example="NM1*IL*2*ACME INC****MI*123", instead="Send the person.", reference="X222A1 2010BA NM102",
)  # fmt: skip
CASUALTY = page(
    "CS016", "S16", 7, E, "Property and casualty claim number",
    checks="With SBR09 WC or AM the claim number stands in REF*Y4 of the patient, once.",
    matters="Workers' compensation and auto insurers find the accident by this number only.",
    example="SBR*P*18*******WC without REF*Y4", instead="Ask the insurer or employer for the claim number.",
    reference="X222A1 2010BA/2010CA REF*Y4",
)  # fmt: skip

_PERSON_LOOPS = ("2010BA", "2010CA", "2310A", "2310B", "2310D", "2420A")
PLACEHOLDERS = frozenset({"NONE", "UNKNOWN", "UNK", "NA", "N/A", "PENDING", "TBD", "SELF", "XXXXXXXXX", "000000000"})
_LIABILITY = frozenset({"WC", "AM", "LM", "OF"})
_MEDICARE = ("MA", "MB")
_MBI_SINCE = "20200101"


@on("subscriber")
def self_or_dependent(collector: Collector, subscriber: Subscriber, tell: Teller) -> None:
    """S01, S02, S04."""
    e = subscriber.sbr[0].split("*")
    relationship, has_child = get(e, 2), get(subscriber.hl[0].split("*"), 4) == "1"
    if subscriber.patients:
        patient = subscriber.patient.hl if subscriber.patient else subscriber.hl
        if subscriber.filing in _MEDICARE:
            tell(MEDICARE_SELF, patient, "A Medicare patient is the subscriber; drop the patient loop.", loop="2000C")
        elif relationship:
            text = f"SBR02 is {relationship}, yet a patient loop follows."
            tell(DEPENDENT, subscriber.sbr, text, "SBR02", loop="2000B")
    elif has_child:
        return  # a patient level was announced and is missing: the structure tells it
    elif subscriber.claims and relationship != "18":
        text = "The patient is the subscriber: SBR02 must be 18."
        tell(SELF, subscriber.sbr, text, "SBR02", loop="2000B", allowed=("18",))
    elif subscriber.claims:
        _whole_person(subscriber, tell)


def _whole_person(subscriber: Subscriber, tell: Teller) -> None:
    person = subscriber.person
    if person is None:
        return
    missing = [name for name in ("n3", "n4", "dmg") if getattr(person, name) is NONE]
    if missing:
        names = " and ".join(name.upper() for name in missing)
        tell(SELF, person.nm1, f"The subscriber is the patient, but 2010BA has no {names}.", loop="2010BA")


@on("claim_rare")
def sequence(collector: Collector, claim: Claim, tell: Teller) -> None:
    """S05."""
    ranks = [claim.subscriber.sequence, *(get(other.sbr[0].split("*"), 1) for other in claim.others)]
    known = [rank for rank in ranks if rank and rank != "U"]
    if known == ["P"]:
        return
    fault = ""
    if len(set(known)) < len(known):
        fault = "one rank stands twice"
    elif known and "P" not in known and len(known) == len(ranks):
        fault = "no payer is primary"
    elif "T" in known and "S" not in known and len(known) == len(ranks):
        fault = "tertiary without secondary"
    if fault:
        text = f"Payer ranks {', '.join(ranks)} are not consistent: {fault}."
        tell(SEQUENCE, claim.subscriber.sbr, text, "SBR01", loop="2000B", claim=claim.id)


@on("subscriber_sbr")
def medicare_secondary(collector: Collector, subscriber: Subscriber, tell: Teller) -> None:
    """S06, S07, S08."""
    seg: Seg = subscriber.sbr
    if not seg[0]:
        return
    e = seg[0].split("*")
    kind = get(e, 5)
    secondary = subscriber.filing in _MEDICARE and subscriber.sequence not in ("P", "U", "")
    if secondary and not kind:
        tell(MSP_TYPE, seg, "Medicare is not primary: SBR05 must say why.", "SBR05", loop="2000B")
    elif kind and not secondary:
        tell(MSP_TYPE, seg, f"SBR05 {kind} is sent, but Medicare is not a secondary payer here.", "SBR05", loop="2000B")
    if not subscriber.filing:
        tell(FILING, seg, "The claim filing indicator (SBR09) is missing.", "SBR09", loop="2000B")
    if get(e, 3) and get(e, 4):
        tell(GROUP_NAME, seg, "The group name is sent beside the group number.", "SBR04", loop="2000B")


@on("subscriber")
def member(collector: Collector, subscriber: Subscriber, tell: Teller) -> None:
    """S09, S15."""
    person = subscriber.person
    if person is None:
        return
    number = person.identifier
    bare = number.replace("-", "").replace(" ", "")
    if number and (bare.upper() in PLACEHOLDERS or " " in number):
        tell(MEMBER_ID, person.nm1, f"The member id {number} is a placeholder.", "NM109", loop="2010BA")
    elif subscriber.filing == "MB" and number and not _is_mbi(number) and _since_mbi(collector):
        tell(MEMBER_ID, person.nm1, f"The member id {number} is not a valid MBI.", "NM109", loop="2010BA")
    if get(person.elements, 2) == "2" and subscriber.filing not in _LIABILITY:
        tell(ORGANISATION, person.nm1, "The subscriber is an organisation.", "NM102", loop="2010BA")


def _is_mbi(number: str) -> bool:
    return len(number) == 11 and mbi.is_valid(number)  # as printed, with hyphens, it is not what a claim carries


def _since_mbi(collector: Collector) -> bool:
    created = get(collector.header.bht[0].split("*"), 4)
    return DAY[created] is None or created >= _MBI_SINCE


@on_segment("DMG")
def birth(loop: str, e: list[str]) -> Iterator[Fault]:
    """S10, against today."""
    day = DAY[get(e, 2)] if get(e, 1) == "D8" else None
    if day is None:
        return
    now = today()
    if day > now:
        yield Fault(BIRTH, f"The birth date {get(e, 2)} is in the future.", "DMG02")
    elif now.year - day.year > 120:
        yield Fault(BIRTH, f"The birth date {get(e, 2)} is more than 120 years ago.", "DMG02")


@on("claim")
def alive(collector: Collector, claim: Claim, tell: Teller) -> None:
    """S10 and S11, against the service dates."""
    person: Party | None = claim.person
    if person is None or not claim.first:
        return
    loop = "2010CA" if claim.patient else "2010BA"
    if person.dmg[0].startswith("DMG*D8*"):
        born = person.dmg[0][7:15]
        if claim.first < born <= collector.header.today:
            tell(BIRTH, person.dmg, f"The birth date {born} is after the service date.", "DMG02", loop=loop)
    pat = claim.patient.pat if claim.patient else claim.subscriber.pat
    if pat[0]:
        died = get(pat[0].split("*"), 6)
        if DAY[died] is not None and died < claim.last:
            where = "2000C" if claim.patient else "2000B"
            tell(DEATH, pat, f"The patient died on {died}, before the service.", "PAT06", loop=where)


@on_segment("NM1")
def first_name(loop: str, e: list[str]) -> Iterator[Fault]:
    """S12."""
    if loop in _PERSON_LOOPS and get(e, 2) == "1" and get(e, 3) and not get(e, 4):
        yield Fault(FIRST_NAME, f"The person in {loop} has no first name.", "NM104")


@on_segment("N4")
def address(loop: str, e: list[str]) -> Iterator[Fault]:
    """S13."""
    if loop not in ("2010BA", "2010CA", "2010BB") or get(e, 4) not in ("", "US", "USA"):
        return
    if get(e, 2) not in STATES:
        yield Fault(ADDRESS, f"{loop} has the state {get(e, 2) or 'missing'}.", "N402")
    elif ZIP_FAULT[get(e, 3)] == "shape":
        yield Fault(ADDRESS, f"{loop} has the ZIP {get(e, 3) or 'missing'}; five or nine digits are wanted.", "N403")


@on("claim_rare")
def casualty(collector: Collector, claim: Claim, tell: Teller) -> None:
    """S16."""
    if claim.subscriber.filing not in ("WC", "AM"):
        return
    people = [party for party in (claim.subscriber.person, claim.patient and claim.patient.person) if party]
    numbers = sum(1 for party in people for seg in party.refs if seg[0].startswith("REF*Y4*"))
    if not numbers:
        text = f"Payer kind {claim.subscriber.filing} needs its claim number in REF*Y4."
        tell(CASUALTY, claim.clm, text, loop="2300")
    elif numbers > 1:
        tell(CASUALTY, claim.clm, "REF*Y4 is sent for the subscriber and for the patient.", loop="2300")
