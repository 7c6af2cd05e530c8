"""The lines of a claim that payers decided, as they are priced: each with its day, its place, and what went before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.claims.model import CodedClaim, ServiceLine
from ptedi.ledger.matching import match_lines
from ptedi.ledger.standing import Adjudication
from ptedi.money import ZERO
from ptedi.pricing.later import Left, Said, left
from ptedi.pricing.paid import PaidLine, paid_line
from ptedi.pricing.price import Billed
from ptedi.remittances.model import ClaimPayment, Origin, ServicePayment


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A decided line of a claim.

    Attributes:
        as_one: the payer did not say it line by line.
        paid_on: the day of the newest remittance that speaks of the claim.
        told_by: the claim payment that decided the line last, and its place there (SVC, or CLP of a whole claim).
        before: what other payers decided before, None where this one was the first or nothing was told of the line.
    """

    claim_id: int
    number: int
    paid: PaidLine
    as_one: bool
    paid_on: date
    told_by: int
    origin: Origin
    before: Left | None = None


def billed(claim_id: int, line: ServiceLine) -> Billed:
    """A claim's line as it is priced."""
    return Billed(key=f"{claim_id}:{line.number}", procedure=line.procedure, modifiers=line.modifiers,
                  units=line.units, charge=line.charge)  # fmt: skip


def decided(claim_id: int, coded: CodedClaim, valid: Iterable[Adjudication], before: Mapping[int, Left] | None = None,
            ) -> Iterator[tuple[date, Line]]:  # fmt: skip
    """The lines of a claim that payers decided, with their day; what is said of the whole goes to the first line."""
    services: dict[int, list[ServicePayment]] = defaultdict(list)
    told: dict[int, int] = {}
    lines = coded.claim.lines
    as_one, paid_on = False, date.min
    for one in valid:
        paid_on = max(paid_on, one.paid_on)
        for service, match in zip(one.clp.lines, match_lines(one.clp.lines, lines, one.assigned), strict=True):
            as_one = as_one or match.line is None
            number = match.line or lines[0].number
            services[number].append(service)
            told[number] = one.id
        if whole := _of_claim(one.clp):
            as_one = True
            services[lines[0].number].append(whole)
            told[lines[0].number] = one.id
    newest = max(told.items(), key=lambda pair: pair[1], default=(0, 0))[0]
    for line in lines:
        if services[line.number] or (as_one and told):
            told_of = line.number if line.number in told else newest
            yield line.service_date, Line(
                claim_id=claim_id, number=line.number, as_one=as_one, paid_on=paid_on, told_by=told[told_of],
                paid=paid_line(billed(claim_id, line), services[line.number]), origin=services[told_of][-1].origin,
                before=(before or {}).get(line.number),
            )  # fmt: skip


def _of_claim(clp: ClaimPayment) -> ServicePayment | None:
    """What a claim payment says of the claim as a whole, as if it were one more service of its first line."""
    if clp.lines and not any(a.amount for a in clp.adjustments):
        return None
    charge, paid = (ZERO, -sum((a.amount for a in clp.adjustments), ZERO)) if clp.lines else (clp.charge, clp.paid)
    return ServicePayment(qualifier="HC", procedure="", modifiers=(), charge=charge, paid=paid, units=Decimal(1),
                          adjustments=clp.adjustments, origin=clp.origin)  # fmt: skip


def told_in_claim(coded: CodedClaim) -> dict[int, Left]:
    """What a claim to a later payer tells of the payers before, by line (2430); {} where it was told of the whole."""
    claim = coded.claim
    done = [one for one in claim.other_payers if one.paid is not None]
    if any(a.amount for one in done for a in one.adjustments):
        return {}
    found = {}
    for line in claim.lines:
        said = [_of_payer(line, one.payer.id) for one in done]
        if said and all(one is not None for one in said):
            found[line.number] = left(line.charge, [one for one in said if one is not None])
    return found


def _of_payer(line: ServiceLine, payer_id: str) -> tuple[Decimal, list[Said]] | None:
    """Payment and adjustments of a line by one payer, None when it tells nothing of the line."""
    own = [one for one in line.adjudications if one.payer_id == payer_id]
    adjustments: list[Said] = [a for one in own for a in one.adjustments]
    return (sum((one.paid for one in own), ZERO), adjustments) if own else None


def told_in_remittance(coded: CodedClaim, valid: Sequence[Adjudication]) -> dict[int, Left]:
    """The same of a claim that its payer forwarded: its own remittance says what went before."""
    lines, found = coded.claim.lines, dict[int, tuple[Decimal, list[Said]]]()
    for one in valid:
        matches = match_lines(one.clp.lines, lines, one.assigned)
        if not one.clp.lines or any(a.amount for a in one.clp.adjustments) or any(m.line is None for m in matches):
            return {}
        for service, match in zip(one.clp.lines, matches, strict=True):
            paid, said = found.get(match.line or 0, (ZERO, []))
            found[match.line or 0] = paid + service.paid, [*said, *service.adjustments]
    return {line.number: left(line.charge, [found[line.number]]) for line in lines if line.number in found}
