"""837P rules B: what other payers did (2320, 2330, 2430), balanced to the cent.

    line    SV102 = SVD02 + CAS of 2430, for each payer
    claim   AMT*D = sum SVD02 - CAS of 2320; without line data CLM02 = AMT*D + CAS of 2320

The formulas hold on X12's published coordination-of-benefits examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptedi.checks.known_codes import reason_known
from ptedi.checks.records import Adjudication, Claim, Line, Other, Party, Seg
from ptedi.checks.registry import E, Fault, W, on, on_segment, page
from ptedi.checks.telling import Teller
from ptedi.checks.values import CENTS, COUNT, DAY, get, money
from ptedi.dates import today

if TYPE_CHECKING:
    from ptedi.checks.collect_837p import Collector

ADJUDICATION_DATE = page(
    "CB002", "B02", 4, E, "Adjudication date missing or twice",
    checks="A payer that adjudicated has DTP*573 at one level: in its 2430 loops, else in 2330B.",
    matters="The secondary payer needs the date and rejects two that may differ.",
    example="DTP*573 in 2330B and in 2430 of the same payer", instead="Keep the date of the lines.",
    reference="X222A1 2330B DTP*573, 2430 DTP*573",
)  # fmt: skip
LINE_BALANCE = page(
    "CB003", "B03", 3, E, "Other payer's line does not balance",
    checks="For each payer and line SV102 = SVD02 + the CAS amounts of 2430.",
    matters="Secondary payers reject what does not balance (CARC 129).",
    example="SV102 120, SVD02 75, CAS 38 and 3", instead="Copy paid amount and adjustments from the 835 of that payer.",
    reference="X222A1 2430 SVD02, CAS",
)  # fmt: skip
CLAIM_BALANCE = page(
    "CB004", "B04", 3, E, "Other payer's paid amount does not balance",
    checks="With line data AMT*D = sum of SVD02 - CAS of 2320; without, CLM02 = AMT*D + CAS of 2320.",
    matters="Secondary payers reject what does not balance (CARC 129).",
    example="AMT*D*80 with lines paid 75 and 21.50", instead="Copy CLP04 of that payer's 835 to AMT*D.",
    reference="X222A1 2320 AMT*D, CAS",
)  # fmt: skip
UNKNOWN_PAYER = page(
    "CB005", "B05", 4, E, "Line adjudicated by an unknown payer",
    checks="SVD01 is the NM109 of a 2330B of the claim.",
    matters="Nobody can tell who paid the line.",
    example="SVD*PRIPAY99*... with 2330B PRIPAY01", instead="Send the same payer id in both places.",
    reference="X222A1 2430 SVD01, 2330B NM109; X12 RFI 1517",
)  # fmt: skip
SAME_PAYER = page(
    "CB006", "B06", 4, E, "Payers with the same id",
    checks="The ids of all 2330B and of 2010BB differ (a warning while no line names them).",
    matters="Line adjudications name their payer by this id.",
    example="NM1*PR...PI*SECPAY01 in 2010BB and 2330B", instead="Give each payer its own id.",
    reference="X222A1 2330B NM109, 2010BB NM109",
)  # fmt: skip
TWICE = page(
    "CB007", "B07", 4, E, "Line adjustment repeated at claim level",
    checks="An adjustment told in 2430 is not repeated in the CAS of 2320 (found when it explains an imbalance).",
    matters="The amount is counted twice and the claim does not balance.",
    example="CAS*CO*45*38 in 2320 and in 2430",
    instead="Tell it at the line only.", reference="X222A1 2320 CAS, 2430 CAS",
)  # fmt: skip
REMAINING = page(
    "CB008", "B08", 4, E, "Remaining liability at two levels",
    checks="AMT*EAF stands in 2320 or in 2430 of one payer, not in both; in 2320 it is the sum of the PR adjustments "
    "(told as a warning).",
    matters="The secondary payer would count it twice.",
    example="AMT*EAF*33.50 in 2320 and AMT*EAF*10 in 2430",
    instead="Keep one level.", reference="X222A1 2320, 2430 AMT*EAF",
)  # fmt: skip
ADJUSTMENT = page(
    "CB009", "B09", 5, E, "Adjustment not valid",
    checks="CAS groups are CO, OA, PI, PR (CR ended with 5010); amounts are not zero; a reason stands once in its "
    "group and is of the CARC list (both told as warnings).",
    matters="The secondary payer cannot use the adjustment.",
    example="CAS*CR*45*10", instead="Copy the adjustments from the 835.", reference="X222A1 CAS; X12 RFI 213, 1147",
)  # fmt: skip
NON_COVERED = page(
    "CB010", "B10", 4, W, "Non-covered amount of a payer that decided",
    checks="AMT*A8 stands for a payer that was not billed: equal to CLM02, without AMT*D, CAS or 2430.",
    matters="The two statements contradict each other.",
    example="AMT*A8*120 and AMT*D*75", instead="Send AMT*A8 or the adjudication.", reference="X222A1 2320 AMT*A8",
)  # fmt: skip
PRIMARY = page(
    "CB011", "B11", 3, E, "Primary claim with payments of others",
    checks="When 2000B SBR01 is P, no 2320 carries AMT*D, CAS or a 2430.",
    matters="A lower payer cannot have paid before the primary.",
    example="SBR*P in 2000B and AMT*D in 2320",
    instead="Correct the payer ranks.", reference="X222A1 2000B SBR01, 2320",
)  # fmt: skip
PAID_UNITS = page(
    "CB012", "B12", 4, E, "Paid units or amount of another payer",
    checks="SVD05 is above zero and SVD02 not negative.",
    matters="Rejected; an 835 without SVC05 means one unit.",
    example="SVD*PRIPAY01*75*HC:97110**0", instead="Send the paid units, 1 when the 835 has none.",
    reference="X222A1 2430 SVD02, SVD05; X12 RFI 2163",
)  # fmt: skip
DATE_POSSIBLE = page(
    "CB013", "B13", 4, E, "Adjudication date not possible",
    checks="DTP*573 is not before the service and not in the future.",
    matters="A payer decides after the service.",
    example="DTP*573*D8*20260701 for a service on 20260720", instead="Copy the date of the 835 (BPR16).",
    reference="X222A1 2330B, 2430 DTP*573",
)  # fmt: skip
BUNDLED = page(
    "CB014", "B14", 4, W, "Bundled into a line that is not there",
    checks="SVD06 names an LX of the claim.",
    matters="The secondary payer cannot follow the bundling.",
    example="SVD*...*9 in a claim of two lines", instead="Send the number of the line that received the payment.",
    reference="X222A1 2430 SVD06; X12 RFI 2425",
)  # fmt: skip

_GROUPS = ("CO", "OA", "PI", "PR")


def triples(seg: Seg) -> Iterator[tuple[str, str, int]]:
    """Group, reason and cents of each adjustment in a CAS."""
    e = seg[0].split("*")
    for number in range(2, len(e) - 1, 3):
        cents = CENTS[e[number + 1]]
        if e[number] and cents is not None:
            yield e[1], e[number], cents


def adjusted(segs: list[Seg]) -> int:
    """The cents that some CAS take away."""
    return sum(cents for seg in segs for _, _, cents in triples(seg))


@on_segment("CAS")
def adjustment(loop: str, e: list[str]) -> Iterator[Fault]:
    """B09."""
    if get(e, 1) == "CR":
        yield Fault(ADJUSTMENT, "Adjustment group CR ended with version 5010.", "CAS01")
    reasons = e[2::3]
    for number in range(2, len(e), 3):
        cents = CENTS[get(e, number + 1)]
        if e[number] and cents == 0:
            yield Fault(ADJUSTMENT, f"Adjustment {e[1]}-{e[number]} is zero.", f"CAS{number + 1:02d}")
        elif get(e, number + 1) and not e[number]:
            yield Fault(ADJUSTMENT, f"An amount of group {e[1]} has no reason.", f"CAS{number:02d}")
        elif e[number] and not reason_known(e[number]):
            yield Fault(ADJUSTMENT, f"Adjustment reason {e[number]} is not in our list.", f"CAS{number:02d}", W)
    if len(set(reasons)) < len(reasons):
        yield Fault(ADJUSTMENT, f"Group {e[1]} states a reason twice.", "CAS02", W)


@on_segment("SVD")
def paid(loop: str, e: list[str]) -> Iterator[Fault]:
    """B12."""
    cents = CENTS[get(e, 2)]
    if cents is not None and cents < 0:
        yield Fault(PAID_UNITS, f"The other payer's payment {money(cents)} is negative.", "SVD02")
    units = COUNT[get(e, 5)]
    if units is not None and units <= 0:
        yield Fault(PAID_UNITS, f"Paid units {get(e, 5)} must be above 0.", "SVD05")


@on("claim_rare")
def payers(collector: Collector, claim: Claim, tell: Teller) -> None:
    """B05, B06, B11."""
    if not claim.others:
        return
    destination = claim.subscriber.payer.identifier if claim.subscriber.payer else ""
    seen = {destination} if destination else set()
    for other in claim.others:
        if other.payer and other.payer.identifier:
            if other.payer.identifier in seen:
                text = f"Payer id {other.payer.identifier} stands for two payers of the claim."
                harmless = not any(line.adjudications for line in claim.lines)
                tell(SAME_PAYER, other.payer.nm1, text, "NM109", loop="2330B", severity=W if harmless else None)
            seen.add(other.payer.identifier)
    if any(other.payer and not other.payer.identifier for other in claim.others):
        return  # told as a missing NM109, which any line may mean
    told = {""}
    for line in claim.lines:
        for adjudication in line.adjudications:
            payer = _payer(adjudication)
            if payer not in told and (payer not in seen or (payer == destination and not _other(claim, payer))):
                told.add(payer)
                text = f"Line {line.number} is adjudicated by {payer}, no other payer of the claim."
                tell(UNKNOWN_PAYER, adjudication.svd, text, "SVD01", loop="2430", line=line.number)


def _payer(adjudication: Adjudication) -> str:
    return get(adjudication.svd[0].split("*"), 1)


def _other(claim: Claim, payer: str) -> bool:
    return any(other.payer and other.payer.identifier == payer for other in claim.others)


def _decisions(claim: Claim, other: Other) -> list[tuple[Line, Adjudication]]:
    payer = other.payer.identifier if other.payer else ""
    return [(line, a) for line in claim.lines for a in line.adjudications if payer and _payer(a) == payer]


def _unknown(claim: Claim) -> bool:
    known = {other.payer.identifier for other in claim.others if other.payer}
    return any(_payer(a) not in known for line in claim.lines for a in line.adjudications)


@on("other")
def primary(claim: Claim, other: Other, tell: Teller) -> None:
    """B11, B10."""
    decided = other.amount("D") or other.cas or _decisions(claim, other)
    rank = get(other.sbr[0].split("*"), 1)
    if claim.subscriber.sequence == "P" and decided and rank != "P":  # two primaries are told as S05
        text = "The claim is primary, yet another payer's payment or adjustment is told."
        seg = (other.amount("D") or (None, 0))[0] or (other.cas[0] if other.cas else other.sbr)
        tell(PRIMARY, seg, text, loop="2320")
    non_covered = other.amount("A8")
    if non_covered and (decided or non_covered[1] != claim.charge):
        text = "The non-covered amount is told beside an adjudication, or is not the claim charge."
        tell(NON_COVERED, non_covered[0], text, "AMT02", loop="2320")


@on("other")
def balance(claim: Claim, other: Other, tell: Teller) -> None:
    """B03, B04, B07."""
    decisions = _decisions(claim, other)
    off = _lines_off(claim, decisions, tell)
    stated = other.amount("D")
    if claim.subscriber.sequence == "P" or (stated and stated[1] is None):
        return
    if stated is None or stated[1] is None:
        if (decisions or other.cas) and not other.amount("A8"):
            text = "The other payer adjudicated, but its paid amount (AMT*D) is missing."
            tell(CLAIM_BALANCE, other.sbr, text, loop="2320")
        return
    own = adjusted(other.cas)
    if decisions:
        want = sum(CENTS[get(a.svd[0].split("*"), 2)] or 0 for _, a in decisions) - own
    elif _unknown(claim) or claim.charge is None:
        return
    else:
        want = claim.charge - own
    gap = stated[1] - want
    if not gap or -gap in off or gap in off or abs(gap) == abs(sum(off)):
        return
    repeated = _repeated(other, decisions, gap)
    if repeated:
        text = f"Adjustment {repeated[1]} is told for a line and again for the claim."
        tell(TWICE, repeated[0], text, "CAS02", loop="2320")
        return
    if not _unknown(claim):
        text = f"The other payer's paid amount {money(stated[1])} should be {money(want)}; off by {money(gap)}."
        tell(CLAIM_BALANCE, stated[0], text, "AMT02", loop="2320", allowed=(money(want),))


def _lines_off(claim: Claim, decisions: list[tuple[Line, Adjudication]], tell: Teller) -> list[int]:
    """B03; the differences of the lines that do not balance."""
    claim_off = claim.charge - claim.total if claim.charge is not None and claim.total is not None else 0
    paid: dict[int, int] = {}
    for line, adjudication in decisions:
        cents = CENTS[get(adjudication.svd[0].split("*"), 2)] or 0
        paid[line.number] = paid.get(line.number, 0) + cents + adjusted(adjudication.cas)
    off = []
    for line, adjudication in decisions:
        total = paid.pop(line.number, None)
        if total is None or line.charge is None or total == line.charge:
            continue
        off.append(line.charge - total)
        if claim_off and line.charge - total == -claim_off:
            continue  # the line's charge is wrong, as C01 says
        text = f"Line {line.number}: charge {money(line.charge)} is not payment and adjustments {money(total)} of "
        text += f"payer {_payer(adjudication)}; off by {money(line.charge - total)}."
        tell(LINE_BALANCE, adjudication.svd, text, "SVD02", loop="2430", line=line.number)
    return off


def _repeated(other: Other, decisions: list[tuple[Line, Adjudication]], gap: int) -> tuple[Seg, str] | None:
    told = {triple for _, a in decisions for seg in a.cas for triple in triples(seg)}
    for seg in other.cas:
        for triple in triples(seg):
            if triple in told and triple[2] == gap:
                return seg, f"{triple[0]}-{triple[1]}"
    return None


@on("other")
def dates(claim: Claim, other: Other, tell: Teller) -> None:
    """B02, B13."""
    decisions = _decisions(claim, other)
    payer: Party | None = other.payer
    own = [seg for seg in payer.dates if seg[0].startswith("DTP*573*")] if payer else []
    with_date = [a for _, a in decisions if any(seg[0].startswith("DTP*573*") for seg in a.dates)]
    if own and with_date:
        text = "The adjudication date stands at the payer and at its lines."
        tell(ADJUDICATION_DATE, own[0], text, "DTP01", loop="2330B")
    elif not own and not decisions and (other.amount("D") or other.cas) and claim.subscriber.sequence != "P":
        if payer and not payer.identifier:
            return  # told as a missing NM109; any line may be its own
        seg = payer.nm1 if payer else other.sbr
        tell(ADJUDICATION_DATE, seg, "The payer adjudicated, but its date (DTP*573) is missing.", loop="2330B")
    for seg in [*own, *(seg for a in with_date for seg in a.dates)]:
        day = seg[0].rpartition("*")[2][:8]
        if DAY[day] is not None and claim.first and day < claim.first:
            text = f"The adjudication date {day} is before the service date {claim.first}."
            tell(DATE_POSSIBLE, seg, text, "DTP03", loop="2430" if seg not in own else "2330B")


@on_segment("DTP")
def adjudication_date(loop: str, e: list[str]) -> Iterator[Fault]:
    """B13, against today."""
    if get(e, 1) == "573":
        day = DAY[get(e, 3)]
        if day is not None and day > today():
            yield Fault(DATE_POSSIBLE, f"The adjudication date {get(e, 3)} is in the future.", "DTP03")


@on("other")
def remaining(claim: Claim, other: Other, tell: Teller) -> None:
    """B08."""
    own = other.amount("EAF")
    lines = [s for _, a in _decisions(claim, other) for s in a.amounts if s[0].startswith("AMT*EAF*")]
    if own and lines:
        tell(REMAINING, own[0], "The remaining liability stands at the claim and at its lines.", "AMT01", loop="2320")
    elif own and own[1] is not None and not (other.payer and not other.payer.identifier):
        segs = [*other.cas, *(seg for _, a in _decisions(claim, other) for seg in a.cas)]
        share = sum(cents for seg in segs for group, _, cents in triples(seg) if group == "PR")
        if share != own[1]:
            text = f"The remaining liability {money(own[1])} is not the sum {money(share)} of PR adjustments."
            tell(REMAINING, own[0], text, "AMT02", loop="2320", severity=W)


@on("line")
def bundled(claim: Claim, line: Line, tell: Teller) -> None:
    """B14."""
    for adjudication in line.adjudications:
        number = get(adjudication.svd[0].split("*"), 6)
        if number and not (number.isdecimal() and 1 <= int(number[:6]) <= len(claim.lines)):
            text = f"Line {line.number} is bundled into line {number}, which does not exist."
            tell(BUNDLED, adjudication.svd, text, "SVD06", loop="2430", line=line.number)
