"""The same result in another shape, as payers send it: copay at claim level, a line split in two, bundled or unbundled.

Every shape keeps the claim's balance; which claims are shaped, the scenario's shares decide.
Mechanics: X12 RFI 958 and 2283 (split: same REF*6R, RARC N123, units add up; bundle: SVC06 keeps the code submitted,
the money moves by a negative CARC 94 on the line that receives it and CARC 97 on the line that loses it).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from ptedi.money import ZERO, round_cents
from ptedi.remittances.model import Adjustment, ClaimPayment, ServicePayment
from ptedi.sandbox import chance
from ptedi.sandbox.adjudication import NOWHERE
from ptedi.sandbox.scenario import Scenario


def shape(claim: ClaimPayment, seed: int, scenario: Scenario) -> ClaimPayment:
    """The claim payment in the shape that its draw names, or as it was."""
    draw = chance.permille(seed, "shape", claim.patient_control_number)
    if draw < scenario.copay_at_claim_level:
        return copay_at_claim_level(claim)
    draw -= scenario.copay_at_claim_level
    if draw < scenario.split_lines:
        return split_line(claim)
    draw -= scenario.split_lines
    if draw < scenario.bundled_lines:
        return bundle_lines(claim)
    draw -= scenario.bundled_lines
    if draw < scenario.unbundled_lines:
        return unbundle_line(claim)
    return leave_out(claim) if draw - scenario.unbundled_lines < scenario.unanswered_parts else claim


def leave_out(claim: ClaimPayment) -> ClaimPayment:
    """Without its last line: the result speaks of a part of the claim, and is in balance by itself."""
    numbers = {one.line_control_number for one in claim.lines}
    if len(numbers) < len(claim.lines) or len(numbers) < 2 or claim.adjustments or claim.status_code != "1":
        return claim
    gone, lines = claim.lines[-1], claim.lines[:-1]
    share = None if claim.patient_responsibility is None else _patient_share(lines) or None
    return replace(claim, lines=lines, charge=claim.charge - gone.charge, paid=claim.paid - gone.paid,
                   patient_responsibility=share)  # fmt: skip


def half_back(taken: ClaimPayment) -> ClaimPayment:
    """A reversal that gives only half of the payment back: what is missing stands as CO-45."""
    lines = []
    for line in taken.lines:
        kept = line.paid - round_cents(line.paid / 2)
        more = [Adjustment("CO", "45", kept, None, NOWHERE)] if kept else []
        lines.append(replace(line, paid=line.paid - kept, adjustments=[*line.adjustments, *more]))
    return replace(taken, lines=lines, paid=sum((one.paid for one in lines), ZERO))


def copay_at_claim_level(claim: ClaimPayment) -> ClaimPayment:
    """PR-3 of the lines as one CAS of the claim: the lines are paid more, the claim the same."""
    moved = sum((a.amount for line in claim.lines for a in _copays(line)), ZERO)
    if not moved:
        return claim
    lines = [
        replace(
            line, paid=line.paid + sum((a.amount for a in _copays(line)), ZERO),
            adjustments=[a for a in line.adjustments if a not in _copays(line)],
        )
        for line in claim.lines
    ]  # fmt: skip
    return replace(claim, lines=lines, adjustments=[Adjustment("PR", "3", moved, None, NOWHERE)])


def _copays(line: ServicePayment) -> list[Adjustment]:
    return [a for a in line.adjustments if (a.group, a.reason) == ("PR", "3")]


def split_line(claim: ClaimPayment) -> ClaimPayment:
    """The first paid line of several units as two: one unit, and the rest."""
    for at, line in enumerate(claim.lines):
        if line.units > 1 and line.paid:
            first = _part(line)
            second = _rest(line, first)
            return replace(claim, lines=[*claim.lines[:at], first, second, *claim.lines[at + 1 :]])
    return claim


def _part(line: ServicePayment) -> ServicePayment:
    """One unit of a line; what is paid is what its adjustments leave."""
    adjustments = [replace(a, amount=round_cents(a.amount / line.units)) for a in line.adjustments]
    adjustments = [a for a in adjustments if a.amount]
    charge = round_cents(line.charge / line.units)
    return replace(
        line, charge=charge, paid=charge - sum((a.amount for a in adjustments), ZERO), units=Decimal(1),
        allowed=None if line.allowed is None else round_cents(line.allowed / line.units), adjustments=adjustments,
        remarks=[*line.remarks, "N123"],
    )  # fmt: skip


def _rest(line: ServicePayment, part: ServicePayment) -> ServicePayment:
    taken = {(a.group, a.reason): a.amount for a in part.adjustments}
    adjustments = [replace(a, amount=a.amount - taken.get((a.group, a.reason), ZERO)) for a in line.adjustments]
    allowed = None if line.allowed is None or part.allowed is None else line.allowed - part.allowed
    return replace(
        line, charge=line.charge - part.charge, paid=line.paid - part.paid, units=line.units - 1, allowed=allowed,
        adjustments=[a for a in adjustments if a.amount], remarks=part.remarks,
    )  # fmt: skip


def bundle_lines(claim: ClaimPayment) -> ClaimPayment:
    """The second paid line paid as part of the first."""
    paid = [at for at, line in enumerate(claim.lines) if line.paid > 0]
    if len(paid) < 2:
        return claim
    into, gone = claim.lines[paid[0]], claim.lines[paid[1]]
    moved = Adjustment("CO", "94", -gone.paid, None, NOWHERE)
    lines = list(claim.lines)
    lines[paid[0]] = replace(
        into, paid=into.paid + gone.paid, adjustments=sorted([*into.adjustments, moved], key=lambda a: a.group)
    )
    lines[paid[1]] = replace(
        gone, procedure=into.procedure, modifiers=into.modifiers, submitted_procedure=gone.procedure,
        submitted_modifiers=gone.modifiers, paid=ZERO, units=Decimal(0), units_submitted=gone.units, allowed=None,
        adjustments=[Adjustment("CO", "97", gone.charge, None, NOWHERE)], remarks=["N20"],
    )  # fmt: skip
    return replace(claim, lines=lines, patient_responsibility=_patient_share(lines) or None)


def unbundle_line(claim: ClaimPayment) -> ClaimPayment:
    """The first paid line as two codes: the first carries the whole charge, the second none and a part of the payment.

    Both name the code submitted (SVC06) and repeat its REF*6R (X12 RFI 498, 2283).
    """
    for at, line in enumerate(claim.lines):
        part = round_cents(line.paid / 3)
        if part <= 0 or line.submitted_procedure:
            continue
        out = Adjustment("CO", "94", part, None, NOWHERE)
        one = replace(
            line, procedure="97799", modifiers=(), submitted_procedure=line.procedure,
            submitted_modifiers=line.modifiers, paid=line.paid - part, units_submitted=line.units,
            adjustments=sorted([*line.adjustments, out], key=lambda a: a.group),
        )  # fmt: skip
        two = replace(
            one, procedure="97139", charge=ZERO, paid=part, allowed=None, units=Decimal(1), units_submitted=None,
            adjustments=[replace(out, amount=-part)], remarks=[],
        )  # fmt: skip
        return replace(claim, lines=[*claim.lines[:at], one, two, *claim.lines[at + 1 :]])
    return claim


def _patient_share(lines: Iterable[ServicePayment]) -> Decimal:
    return sum((a.amount for line in lines for a in line.adjustments if a.group == "PR"), ZERO)
