"""The claim to the next payer, made of a claim and what the payers before said of it in their remittances.

Every service payment becomes one 2430 of the line it was matched to (a split line has several, an unbundled one has one
for each adjudicated code, X12 RFI 1405); what was adjusted for the claim as a whole stays in 2320.  What does not map
or does not balance is said and no claim is made: nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ptedi.claims.coordination import LineAdjudication, OtherPayer, PriorAdjustment
from ptedi.claims.identity import line_control_number
from ptedi.claims.model import Claim, Coverage, PayerName, Person, ServiceLine
from ptedi.ledger.matching import match_lines
from ptedi.ledger.policy import Action, Policy
from ptedi.ledger.posting import prior_payers_part
from ptedi.ledger.standing import Adjudication
from ptedi.money import ZERO, usd
from ptedi.remittances.model import Adjustment, ClaimPayment, ServicePayment

_FORWARDED = frozenset({"19", "20", "21", "23"})
_BUNDLED, _MOVED = "97", "94"
_LEFT = frozenset({Action.PATIENT, Action.HOLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPayer:
    """Whom the claim goes to, as 2000B, 2010BA and 2010BB say it; `patient` is the person who was treated."""

    coverage: Coverage
    payer: PayerName
    filing_indicator: str
    member_id: str
    patient: Person
    insurance_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """The claim to the next payer, or why there is none."""

    claim: Claim | None
    problems: tuple[str, ...] = ()


def forwarded(results: Sequence[Adjudication]) -> Adjudication | None:
    """The newest result that the payer forwarded to the next one itself (CLP02 19, 20, 21, 23 or NM1*TT), or None."""
    found = [a for a in results if a.clp.status_code in _FORWARDED or a.clp.crossover_payer]
    return found[-1] if found else None


def patient_share(results: Sequence[Adjudication]) -> Decimal:
    """What the payers left to the patient: the PR adjustments of both levels."""
    return sum((a.amount for one in results for a in _all(one) if a.group == "PR"), ZERO)


def _all(one: Adjudication) -> Iterator[Adjustment]:
    yield from one.clp.adjustments
    for line in one.clp.lines:
        yield from line.adjustments


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """What a later payer says that the payers before did of a claim (OA-23), and what they did at least and at most.

    At least what they paid and wrote off, at most everything that they did not leave to the patient.
    """

    told: Decimal
    wanted: Decimal
    most: Decimal

    @property
    def is_missing(self) -> bool:
        """Nothing is restated although something was paid or written off before (X12 RFI 1696)."""
        return self.wanted > 0 and not self.told

    @property
    def short(self) -> Decimal:
        """By how much it is too little: the later payer's own adjustments would take that back."""
        return max(self.wanted - self.told, ZERO)

    @property
    def over(self) -> Decimal:
        """By how much it is too much: so much of the patient's share this payer neither pays nor adjusts."""
        return max(self.told - self.most, ZERO)


def restated(clp: ClaimPayment, claim: Claim, policy: Policy) -> Restated | None:
    """OA-23 of a later payer against what its claim told it of the payer before; None where that cannot be told.

    At least what was paid and written off is restated; what the payer before denied, a later one may cover.
    """
    decided = [other for other in claim.other_payers if other.paid is not None]
    if not decided or clp.is_reversal or clp.charge != claim.charge:
        return None
    last = decided[-1]
    said = [*last.adjustments, *(a for line in claim.lines for one in line.adjudications
                                 if one.payer_id == last.payer.id for a in one.adjustments)]  # fmt: skip
    return _compared(clp, said, claim, policy)


def restated_by_crossover(
    clp: ClaimPayment, before: Sequence[Adjudication], claim: Claim, policy: Policy
) -> Restated | None:
    """The same of an answer under the first payer's own claim number, against that payer's results."""
    if not before or clp.is_reversal or clp.charge != sum((one.clp.charge for one in before), ZERO):
        return None
    said = [a for one in before for a in _all(one)]
    return _compared(clp, said, claim, policy)


def _compared(
    clp: ClaimPayment, said: Sequence[Adjustment | PriorAdjustment], claim: Claim, policy: Policy
) -> Restated:
    left = sum((a.amount for a in said if a.group == "PR"), ZERO)
    return Restated(told=prior_payers_part(clp), wanted=clp.charge - _open_to_next(said, claim, policy),
                    most=clp.charge - left)  # fmt: skip


def _open_to_next(said: Sequence[Adjustment | PriorAdjustment], claim: Claim, policy: Policy) -> Decimal:
    """What a payer left to the patient or denied."""
    day = claim.service_dates[0]
    return sum((a.amount for a in said if policy.treat(a.group, a.reason, "", day).action in _LEFT), ZERO)


def next_claim(claim: Claim, results: Sequence[Adjudication], to: NextPayer, control_number: str) -> Drafted:
    """The claim to the next payer with everything that was decided before.

    Args:
        claim: the claim as it was billed to the payer before, with the other payers it already told of.
        results: what holds of that payer's remittances (`standing`), oldest first, at least one.
        to: the next payer.
        control_number: CLM01 of the new claim.
    """
    decided, problems = _decided(claim, results)
    if problems:
        return Drafted(claim=None, problems=tuple(problems))
    other = _other_payer(claim, results)
    lines = tuple(
        replace(line, control_number=line_control_number(control_number, line.number),
                adjudications=(*line.adjudications, *decided.get(line.number, ())))
        for line in claim.lines
    )  # fmt: skip
    known = [one for one in claim.other_payers if one.sequence != to.coverage.sequence]
    new = _addressed(replace(claim, lines=lines, other_payers=(*known, other)), to, control_number)
    off = tuple(imbalances(new))
    return Drafted(claim=None if off else new, problems=off)


def _addressed(claim: Claim, to: NextPayer, control_number: str) -> Claim:
    """The claim under its own number to the next payer; a prior authorization was the first payer's."""
    coverage = to.coverage
    subscriber = coverage.subscriber if coverage.relationship != "18" else None
    return replace(
        claim, patient_control_number=control_number, payer=to.payer, sequence=coverage.sequence,
        filing_indicator=to.filing_indicator, insurance_type=to.insurance_type,
        relationship=coverage.relationship if subscriber else "18", member_id=to.member_id,
        group_number=coverage.group_number, group_name="" if coverage.group_number else coverage.group_name,
        property_casualty_number=coverage.property_casualty_number, subscriber=subscriber or to.patient,
        patient=to.patient if subscriber else None, frequency="1", original_reference="", prior_authorization="",
    )  # fmt: skip


# --- what was decided ---


def _decided(
    claim: Claim, results: Sequence[Adjudication]
) -> tuple[dict[int, list[LineAdjudication]], list[str]]:  # fmt: skip
    """2430 by line number, and what could not be mapped."""
    found: dict[int, list[LineAdjudication]] = {}
    problems: list[str] = []
    at_lines = _tells_share_at_lines(results)
    for one in results:
        matches = [m.line for m in match_lines(one.clp.lines, claim.lines, one.assigned)]
        for service, number in zip(one.clp.lines, matches, strict=True):
            if number is None:
                problems.append(f"{service.procedure} paid {usd(service.paid)} belongs to no line of the claim")
                continue
            if service.paid < 0:
                problems.append(f"line {number}: the payment {usd(service.paid)} is negative")
            into = _bundled_into(service, one.clp.lines, matches)
            found.setdefault(number, []).append(_adjudication(claim, one, service, into, share=at_lines))
    if found:
        problems += [f"line {line.number} was not adjudicated" for line in claim.lines if line.number not in found]
    return found, problems


def _adjudication(
    claim: Claim, one: Adjudication, service: ServicePayment, into: int, *, share: bool
) -> LineAdjudication:  # fmt: skip
    left = sum((a.amount for a in service.adjustments if a.group == "PR"), ZERO)
    units = next((u for u in (service.units, service.units_submitted) if u is not None and u > 0), Decimal(1))
    return LineAdjudication(
        payer_id=claim.payer.id, paid=service.paid, procedure=service.procedure, modifiers=service.modifiers,
        units=units, bundled_into=into, adjustments=_merged(service.adjustments), decided_on=one.paid_on,
        remaining=left if share and left > 0 else None,
    )  # fmt: skip


def _bundled_into(service: ServicePayment, services: Sequence[ServicePayment], matches: Sequence[int | None]) -> int:
    """The line that took a bundled line's payment: it has the code that the bundled one was paid as."""
    if service.paid or not service.submitted_procedure or not _has(service, _BUNDLED):
        return 0
    takers = [
        number for other, number in zip(services, matches, strict=True)
        if other is not service and number and other.procedure == service.procedure and not _has(other, _BUNDLED)
    ]  # fmt: skip
    moved = [n for o, n in zip(services, matches, strict=True) if n in takers and _has(o, _MOVED)]
    return next(iter(dict.fromkeys([*(n for n in moved if n), *takers])), 0)


def _has(service: ServicePayment, reason: str) -> bool:
    return any(a.reason == reason for a in service.adjustments)


def _tells_share_at_lines(results: Sequence[Adjudication]) -> bool:
    """AMT*EAF stands at the lines or at the claim, never at both (X12 RFI 1517)."""
    return all(one.clp.lines and not any(a.group == "PR" for a in one.clp.adjustments) for one in results)


def _other_payer(claim: Claim, results: Sequence[Adjudication]) -> OtherPayer:
    """2320 and 2330 of the payer whose remittances these are."""
    adjustments = [a for one in results for a in one.clp.adjustments]
    has_lines = any(one.clp.lines for one in results)
    share = patient_share(results)
    subscriber = claim.subscriber
    remarks = dict.fromkeys(code for one in results for code in one.clp.remarks)
    return OtherPayer(
        payer=claim.payer, sequence=claim.sequence, relationship=claim.relationship, group_number=claim.group_number,
        group_name=claim.group_name, insurance_type=claim.insurance_type, filing_indicator=claim.filing_indicator,
        subscriber=subscriber.name, member_id=claim.member_id, address=subscriber.address,
        adjustments=_merged(adjustments), paid=sum((one.clp.paid for one in results), ZERO),
        remaining=None if _tells_share_at_lines(results) or share <= 0 else share, remarks=tuple(remarks)[:5],
        decided_on=None if has_lines else results[-1].paid_on,
        claim_number=next((a.clp.payer_claim_control_number for a in reversed(results)
                           if a.clp.payer_claim_control_number), ""),
    )  # fmt: skip


def _merged(found: Sequence[Adjustment]) -> tuple[PriorAdjustment, ...]:
    """One triple for each group and reason, the groups together, without what cancels out."""
    sums: dict[tuple[str, str], Decimal] = {}
    for a in found:
        sums[a.group, a.reason] = sums.get((a.group, a.reason), ZERO) + a.amount
    merged = [PriorAdjustment(group=g, reason=r, amount=amount) for (g, r), amount in sums.items() if amount]
    return tuple(sorted(merged, key=lambda a: a.group))


# --- proof ---


def imbalances(claim: Claim) -> Iterator[str]:
    """What does not add up of the other payers of a claim, payer by payer: the formulas of `claims.coordination`."""
    for other in claim.other_payers:
        if other.paid is None:
            continue
        name, told = other.payer.id, ZERO
        lines = [(line, [a for a in line.adjudications if a.payer_id == other.payer.id]) for line in claim.lines]
        for line, found in lines:
            yield from _line_off(name, line, found)
            told += sum((a.paid for a in found), ZERO)
        at_claim = sum((a.amount for a in other.adjustments), ZERO)
        wanted = (told if any(found for _, found in lines) else claim.charge) - at_claim
        if wanted != other.paid:
            yield (f"payer {name}: paid {usd(other.paid)}, its lines and adjustments say {usd(wanted)}; "
                   f"off by {usd(other.paid - wanted)}")  # fmt: skip


def _line_off(payer: str, line: ServiceLine, found: Sequence[LineAdjudication]) -> Iterator[str]:
    if found:
        total = sum((a.paid + sum((c.amount for c in a.adjustments), ZERO) for a in found), ZERO)
        if total != line.charge:
            yield (f"payer {payer}, line {line.number}: charge {usd(line.charge)}, payment and adjustments "
                   f"{usd(total)}; off by {usd(line.charge - total)}")  # fmt: skip
