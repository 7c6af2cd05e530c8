"""837P rules V: providers, their identifiers and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptedi.checks.records import Billing, Claim, Header, Party
from ptedi.checks.registry import E, Fault, W, on, on_segment, page
from ptedi.checks.telling import Teller
from ptedi.checks.values import NPI_VALID, PO_BOX, STATES, STREET, ZIP_FAULT, get

if TYPE_CHECKING:
    from ptedi.checks.collect_837p import Collector

NPI = page(
    "CV001", "V01", 5, E, "NPI fails its check digit",
    checks="Every NM109 with NM108 = XX has ten digits, begins with 1 or 2 and passes the Luhn check with prefix "
    "80840.",
    matters="An NPI that does not exist is rejected by the clearinghouse, or denied as provider not found.",
    example="NM1*82*1*DOE*JANE****XX*1999900025",
    instead="Look the number up in the NPI registry; two digits are often swapped.",
    reference="X222A1 NM109; CMS NPI standard",
)  # fmt: skip
BILLING_NPI = page(
    "CV002", "V02", 4, E, "Billing provider without NPI",
    checks="2010AA NM108 is XX and NM109 the NPI.",
    matters="The payer cannot tell whom to pay.",
    example="NM1*85*2*SYNTHETIC PT GROUP LLC", instead="Send XX and the group NPI in NM108 and NM109.",
    reference="X222A1 2010AA NM109; X12 RFI 2000",
)  # fmt: skip
BILLING_BOX = page(
    "CV003", "V03", 4, E, "Billing address is a post-office box",
    checks="2010AA N301 and N302 are a street address.",
    matters="Since 5010 the billing address is where the provider is; payers reject a box.",
    example="N3*PO BOX 100", instead="Send the street in 2010AA and the box as pay-to address in 2010AB.",
    reference="X222A1 2010AA N3",
)  # fmt: skip
BILLING_ZIP = page(
    "CV004", "V04", 4, E, "Billing state or ZIP+4 wrong",
    checks="In 2010AA a US address has a US state and a nine-digit ZIP.",
    matters="Payers price and match by ZIP+4; five digits are rejected.",
    example="N4*SAMPLETOWN*OH*45001", instead="Look up the ZIP+4 of the practice address.",
    reference="X222A1 2010AA N402, N403",
)  # fmt: skip
FACILITY_ZIP = page(
    "CV005", "V05", 4, E, "Service facility without ZIP+4",
    checks="In 2310C and 2420C a US address has a nine-digit ZIP.",
    matters="The locality that prices the claim is found by ZIP+4.",
    example="N4*SAMPLETOWN*OH*45001", instead="Look up the ZIP+4 of the place of treatment.",
    reference="X222A1 2310C N403, 2420C N403",
)  # fmt: skip
TAX_ID = page(
    "CV006", "V06", 4, E, "Tax id malformed",
    checks="2010AA has one REF*EI or REF*SY of nine digits without hyphen; SY only for a person; not one digit nine "
    "times (told as a warning).",
    matters="Payment and the yearly 1099 go by this number.",
    example="REF*EI*99-9999999", instead="Send the nine digits of the EIN in REF*EI.",
    reference="X222A1 2010AA REF; X12 RFI 2000",
)  # fmt: skip
NAME_TYPE = page(
    "CV007", "V07", 4, E, "Organisation with a first name",
    checks="NM104 to NM107 are empty when NM102 is 2.",
    matters="Payers match either a person or an organisation; a mixture matches neither.",
    example="NM1*85*2*SYNTHETIC PT GROUP*JANE",
    instead="Send NM102 = 1 for a person, or only NM103 for an organisation.",
    reference="X222A1 NM102, NM104-07",
)  # fmt: skip
TAXONOMY = page(
    "CV008", "V08", 5, E, "Taxonomy code not known",
    checks="PRV03 has the ten characters of a provider taxonomy code; an unknown group of codes is told as a warning.",
    matters="Payers choose the contract by taxonomy: a wrong one denies with CARC 8.",
    example="PRV*BI*PXC*PHYSTHER", instead="225100000X for a physical therapist, 261QP2000X for a clinic.",
    reference="X222A1 PRV03; NUCC code set",
)  # fmt: skip
RENDERING = page(
    "CV009", "V09", 4, E, "Rendering provider repeats the billing provider, or is missing",
    checks="2310B is sent when it differs from 2010AA, and only then; a group without one is told as a warning.",
    matters="Payers reject a repeated provider; without the therapist a group claim is denied (N290).",
    example="NM1*85*...*XX*1999900016 and NM1*82*...*XX*1999900016",
    instead="Leave 2310B out, or send the therapist who treated.",
    reference="X222A1 2310B; X12 RFI 1270",
)  # fmt: skip
RENDERING_TYPE = page(
    "CV010", "V10", 7, W, "Rendering provider is an organisation",
    checks="2310B NM102 is 1.",
    matters="Therapy is rendered by a person; many payers deny an organisation.",
    example="NM1*82*2*SYNTHETIC PT GROUP", instead="Send the therapist.", reference="X222A1 2310B NM102",
)  # fmt: skip
FACILITY_SAME = page(
    "CV011", "V11", 4, E, "Service facility repeats the billing provider",
    checks="2310C is sent only for a place other than 2010AA's address, other than the patient's home (12) and with an "
    "NPI other than the billing one.",
    matters="Payers reject a facility that is the billing provider itself.",
    example="N3*100 MAIN ST in 2010AA and in 2310C", instead="Leave 2310C out.",
    reference="X222A1 2310C; X12 RFI 1845, 2810",
)  # fmt: skip
FACILITY_BOX = page(
    "CV012", "V12", 7, E, "Service facility is a post-office box",
    checks="2310C and 2420C N301 and N302 are a street address.",
    matters="Nobody is treated in a post-office box; the place of treatment decides the price.",
    example="N3*PO BOX 7", instead="Send the street.", reference="X222A1 2310C N301",
)  # fmt: skip
REFERRING = page(
    "CV014", "V14", 4, E, "Referring providers do not fit together",
    checks="At most one DN and one P3 in 2310A, P3 only with DN; DN equal to the rendering provider is told as a "
    "warning.",
    matters="Medicare wants exactly one certifying provider; two are rejected.",
    example="NM1*DN*1*SMITH... and NM1*DN*1*JONES...", instead="Keep the certifying provider as DN.",
    reference="X222A1 2310A NM101",
)  # fmt: skip
PAY_TO = page(
    "CV016", "V16", 4, E, "Pay-to address repeats the billing address",
    checks="2010AB is sent only when its address differs from 2010AA's.",
    matters="Payers reject a repeated address.",
    example="the same N3 and N4 in 2010AA and 2010AB", instead="Leave 2010AB out.", reference="X222A1 2010AB",
)  # fmt: skip
LINE_RENDERING = page(
    "CV017", "V17", 4, E, "Rendering provider at the wrong level",
    checks="2420A differs from 2310B; one provider of all lines stands in 2310B.",
    matters="Payers reject a line provider that repeats the claim's.",
    example="NM1*82 with the same NPI in 2310B and 2420A", instead="Send the provider once, in 2310B.",
    reference="X222A1 2420A; X12 RFI 345",
)  # fmt: skip
PHONE = page(
    "CV018", "V18", 5, E, "Contact number malformed",
    checks="PER numbers: TE and FX have ten digits, EX follows TE, EM holds an @.",
    matters="The receiver cannot call back; strict receivers reject the segment.",
    example="PER*IC*BILLING*TE*555-555-0100", instead="Send 5555550100.", reference="X222A1 PER03-08",
)  # fmt: skip
BILLING_CONTACT = page(
    "CV020", "V20", 4, W, "Billing contact repeats the submitter's",
    checks="2010AA PER is sent only when it differs from 1000A PER.",
    matters="The guide asks for it only when different.",
    example="the same PER*IC in 1000A and 2010AA", instead="Leave PER out of 2010AA.", reference="X222A1 2010AA PER",
)  # fmt: skip

_TAXONOMY = re.compile(r"[0-9]{2}[0-9A-Z]{7}[XYNL]", re.ASCII)
_TAXONOMY_KNOWN = re.compile(r"[123][0-9][0-9A-Z]{2}[0A-Z][0-9]{4}[A-Z]", re.ASCII)
_FACILITIES = ("2310C", "2420C")


@on_segment("NM1")
def npi(loop: str, e: list[str]) -> Iterator[Fault]:
    """V01."""
    if get(e, 8) == "XX" and (number := get(e, 9)) and not NPI_VALID[number]:
        yield Fault(NPI, f"NPI {number} of {loop} fails its check digit.", "NM109")


@on_segment("NM1")
def name_type(loop: str, e: list[str]) -> Iterator[Fault]:
    """V07, V10."""
    if get(e, 2) == "2":
        if any(e[4:8]):
            number = next(n for n in range(4, 8) if get(e, n))
            yield Fault(NAME_TYPE, f"{loop} is an organisation with a first or middle name.", f"NM1{number:02d}")
        if loop == "2310B":
            yield Fault(RENDERING_TYPE, "The rendering provider is an organisation, not a person.", "NM102")


@on("billing")
def billing_npi(collector: Collector, billing: Billing, tell: Teller) -> None:
    """V02."""
    provider = billing.provider
    if provider and (get(provider.elements, 8) != "XX" or not provider.identifier):
        tell(BILLING_NPI, provider.nm1, "The billing NPI is missing.", "NM109", loop="2010AA")


@on_segment("N3")
def boxes(loop: str, e: list[str]) -> Iterator[Fault]:
    """V03, V12."""
    if loop == "2010AA" or loop in _FACILITIES:
        for number in (1, 2):
            if PO_BOX[get(e, number)]:
                code = BILLING_BOX if loop == "2010AA" else FACILITY_BOX
                who = "billing" if loop == "2010AA" else "service facility"
                yield Fault(code, f"The {who} address must be a street, not {get(e, number)}.", f"N3{number:02d}")
                return


@on_segment("N4")
def zips(loop: str, e: list[str]) -> Iterator[Fault]:
    """V04, V05."""
    code = BILLING_ZIP if loop == "2010AA" else FACILITY_ZIP if loop in _FACILITIES else ""
    if not code or get(e, 4) not in ("", "US", "USA"):
        return
    if get(e, 2) not in STATES and loop == "2010AA":
        yield Fault(code, f"The billing state {get(e, 2)} is not a US state.".replace("  ", " "), "N402")
    if ZIP_FAULT[get(e, 3)]:
        who = "billing" if loop == "2010AA" else "service facility"
        yield Fault(code, f"The {who} ZIP {get(e, 3)} must be ZIP+4, nine digits.", "N403")


@on_segment("REF")
def tax_id(loop: str, e: list[str]) -> Iterator[Fault]:
    """V06, the number."""
    if loop == "2010AA" and get(e, 1) in ("EI", "SY"):
        number = get(e, 2)
        if len(number) != 9 or not (number.isascii() and number.isdecimal()):
            yield Fault(TAX_ID, f"The tax id {number} must be nine digits without hyphen.", "REF02")
        elif len(set(number)) == 1:
            yield Fault(TAX_ID, f"The tax id {number} is one digit nine times.", "REF02", W)


@on("billing")
def tax_id_kind(collector: Collector, billing: Billing, tell: Teller) -> None:
    """V06, the qualifier."""
    if billing.provider is None:
        return
    kinds = [seg for seg in billing.provider.refs if seg[0].startswith(("REF*EI*", "REF*SY*"))]
    if len({seg[0][4:6] for seg in kinds}) > 1:
        tell(TAX_ID, kinds[1], "Both REF*EI and REF*SY are sent; send one tax id.", "REF01", loop="2010AA")
    elif kinds and kinds[0][0].startswith("REF*SY*") and get(billing.provider.elements, 2) == "2":
        tell(TAX_ID, kinds[0], "An organisation has no social security number; send REF*EI.", "REF01", loop="2010AA")


@on_segment("PRV")
def taxonomy(loop: str, e: list[str]) -> Iterator[Fault]:
    """V08."""
    code = get(e, 3)
    if get(e, 2) != "PXC" or not code:
        return
    if len(code) != 10 or not (code[:2].isdecimal() and code.isalnum() and code[-1].isalpha()):
        yield Fault(TAXONOMY, f"The taxonomy code {code} is malformed.", "PRV03")
    elif not _TAXONOMY_KNOWN.fullmatch(code):
        yield Fault(TAXONOMY, f"The taxonomy code {code} belongs to no known group of codes.", "PRV03", W)


def _same_place(one: Party | None, two: Party | None) -> bool:
    if one is None or two is None or not one.n3[0]:
        return False
    a, b = (party.n3[0].split("*")[1:] + party.n4[0].split("*")[1:] for party in (one, two))
    street = [STREET["".join(party.n3[0].split("*")[1:])] for party in (one, two)]
    town = [(STREET[get(n4, 1)], get(n4, 3)[:5]) for n4 in (one.n4[0].split("*"), two.n4[0].split("*"))]
    return bool(a and b) and street[0] == street[1] and town[0] == town[1]


@on("claim_providers")
def rendering(collector: Collector, claim: Claim, tell: Teller) -> None:
    """V09."""
    billing = claim.billing.provider
    if billing is None or not billing.identifier:
        return
    if claim.rendering is not None:
        if claim.rendering.identifier == billing.identifier:
            text = "The rendering provider is the billing provider; leave 2310B out."
            tell(RENDERING, claim.rendering.nm1, text, "NM109", loop="2310B")
    elif get(billing.elements, 2) == "2" and claim.line_providers < len(claim.lines):
        tell(RENDERING, claim.clm, "A group bills without a rendering provider (2310B).", loop="2300", severity=W)


@on("claim_rare")
def facility(collector: Collector, claim: Claim, tell: Teller) -> None:
    """V11."""
    facility, billing = claim.facility, claim.billing.provider
    if facility is None:
        return
    if claim.place == "12":
        tell(FACILITY_SAME, facility.nm1, "No service facility is sent for the patient's home (12).", loop="2310C")
    elif billing and facility.identifier and facility.identifier == billing.identifier:
        tell(FACILITY_SAME, facility.nm1, "The service facility has the billing NPI.", "NM109", loop="2310C")
    elif _same_place(facility, billing):
        tell(FACILITY_SAME, facility.n3, "The service facility has the billing address.", "N301", loop="2310C")


@on("claim_providers")
def referring(collector: Collector, claim: Claim, tell: Teller) -> None:
    """V14."""
    if not claim.referring:
        return
    kinds = [get(party.elements, 1) for party in claim.referring]
    for kind in ("DN", "P3"):
        if kinds.count(kind) > 1:
            second = claim.referring[len(kinds) - 1 - kinds[::-1].index(kind)]
            tell(REFERRING, second.nm1, f"Two {kind} providers in 2310A.", "NM101", loop="2310A")
            return
    if "P3" in kinds and "DN" not in kinds:
        tell(REFERRING, claim.referring[0].nm1, "P3 without DN in 2310A.", "NM101", loop="2310A")
    elif claim.rendering and "DN" in kinds:
        doctor = claim.referring[kinds.index("DN")]
        if doctor.identifier and doctor.identifier == claim.rendering.identifier:
            text = "The referring provider is the rendering provider."
            tell(REFERRING, doctor.nm1, text, "NM109", loop="2310A", severity=W)


@on("billing")
def pay_to(collector: Collector, billing: Billing, tell: Teller) -> None:
    """V16."""
    if billing.pay_to and _same_place(billing.pay_to, billing.provider):
        tell(PAY_TO, billing.pay_to.n3, "The pay-to address is the billing address.", "N301", loop="2010AB")


@on("claim_rare")
def line_rendering(collector: Collector, claim: Claim, tell: Teller) -> None:
    """V17."""
    with_own = [line for line in claim.lines if line.rendering is not None]
    if not with_own:
        return
    common = claim.rendering.identifier if claim.rendering else ""
    for line in with_own:
        if line.rendering and common and line.rendering.identifier == common:
            text = f"Line {line.number} repeats the claim's rendering provider."
            tell(LINE_RENDERING, line.rendering.nm1, text, "NM109", loop="2420A", line=line.number)
    numbers = {line.rendering.identifier for line in claim.lines if line.rendering}
    if not claim.rendering and len(with_own) == len(claim.lines) and len(numbers) == 1 and numbers != {""}:
        first = with_own[0].rendering
        text = "Every line has the same rendering provider; send it once, in 2310B."
        tell(LINE_RENDERING, first.nm1 if first else claim.clm, text, "NM109", loop="2420A")


@on_segment("PER")
def phone(loop: str, e: list[str]) -> Iterator[Fault]:
    """V18."""
    before = ""
    for number in (3, 5, 7):
        kind, value = get(e, number), get(e, number + 1)
        reference = f"PER{number + 1:02d}"
        if kind in ("TE", "FX") and value and (len(value) != 10 or not value.isdecimal()):
            yield Fault(PHONE, f"The phone number {value} must be ten digits.", reference)
        elif kind == "EM" and value and "@" not in value:
            yield Fault(PHONE, f"The e-mail address {value} holds no @.", reference)
        elif kind == "EX" and before != "TE":
            yield Fault(PHONE, "An extension (EX) must follow its phone number (TE).", f"PER{number:02d}")
        before = kind


@on("billing")
def contact(collector: Collector, billing: Billing, tell: Teller) -> None:
    """V20."""
    header: Header = collector.header
    if billing.provider and billing.provider.pers and header.submitter and header.submitter.pers:
        own, submitter = (party.pers[0][0].split("*")[2:] for party in (billing.provider, header.submitter))
        if own == submitter:
            text = "The billing contact repeats the submitter's."
            tell(BILLING_CONTACT, billing.provider.pers[0], text, loop="2010AA")
