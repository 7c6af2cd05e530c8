"""A visit that changed after it was billed: what differs, line by line, and what to send about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from ptedi import money
from ptedi.claims.model import Claim, CodedClaim, Reason, ServiceLine
from ptedi.claims.spans import slices
from ptedi.payers.profile import PayerRules

REPLACEMENT = "replacement"
ADDED_LINES = "added lines"
REWORKED = "reworked"
"""Subjects of the notes that a drafted claim carries."""


class Action(StrEnum):
    """What a change after billing asks for."""

    NOTHING = "nothing"
    REPLACE = "replacement claim (frequency 7)"
    VOID = "void claim (frequency 8)"
    REOPEN = "reopening with the payer"
    NEW_CLAIM = "new claim for the added lines"
    RESEND = "new claim after a rejection"
    WAIT = "wait for the payer's claim number"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """One line before and after; None where there was or is none.  `dated` tells the days of a claim of several."""

    before: ServiceLine | None
    after: ServiceLine | None
    dated: bool = False

    @property
    def message(self) -> str:
        """`97110 GP x2 120.00 -> 97110 GP x3 180.00`."""
        return f"{_shown(self.before, self.dated)} -> {_shown(self.after, self.dated)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What to send, drafted where a claim can be: a person approves it."""

    action: Action
    changes: tuple[LineChange, ...]
    message: str
    draft: CodedClaim | None = None


def diff(before: Claim, after: Claim) -> tuple[LineChange, ...]:
    """Lines that were added, removed or changed; equal ones are left out."""
    dated = len({line.service_date for line in (*before.lines, *after.lines)}) > 1
    return tuple(replace(change, dated=dated) for change in _matched(before.lines, after.lines) if not _same(change))


def aligned(before: Claim, after: Claim) -> tuple[LineChange, ...]:
    """Every line beside the one it became, equal ones too."""
    return tuple(_matched(before.lines, after.lines))


def propose(billed: CodedClaim, now: CodedClaim, rules: PayerRules, payer_claim_number: str) -> Proposal:
    """Drafts what a payer takes for a changed visit.

    Args:
        billed: the claim as it was sent.
        now: the same visit coded again, with the control number of the new claim.
        rules: the payer's rules on the day of service.
        payer_claim_number: the payer's own number (CLP07), "" while it is not known.
    """
    changes = diff(billed.claim, now.claim)
    if not changes and _around(billed.claim) == _around(now.claim):
        return Proposal(action=Action.NOTHING, changes=(), message="Nothing that was billed has changed.")
    frequency = "8" if not now.claim.lines else "7"
    if frequency not in rules.allowed_frequency:
        return _without_replacement(changes, now)
    if not payer_claim_number:
        return Proposal(action=Action.WAIT, changes=changes,
                        message="A replacement needs the payer's claim number, which comes with the remittance.")
    before, after = billed.claim.charge, now.claim.charge
    said = f"Replaces {billed.claim.patient_control_number}: {money.usd(before)} becomes {money.usd(after)}."
    note = Reason(subject=REPLACEMENT, rule=f"frequency {frequency}", message=said,
                  source="005010X222A1 2300 CLM05-3, REF*F8")
    claim = now.claim if now.claim.lines else replace(billed.claim,
                                                      patient_control_number=now.claim.patient_control_number)
    drafted = replace(now, claim=replace(claim, frequency=frequency, original_reference=payer_claim_number),
                      notes=(*now.notes, note))
    action = Action.REPLACE if frequency == "7" else Action.VOID
    return Proposal(action=action, changes=changes, message=said, draft=drafted)


def resend(billed: CodedClaim, now: CodedClaim) -> Proposal:
    """Drafts a new original claim: a claim that was rejected before adjudication does not exist for the payer."""
    said = f"{billed.claim.patient_control_number} was rejected before adjudication: the visit goes as a new claim."
    note = Reason(subject=REPLACEMENT, rule="frequency 1", message=said, source="005010X222A1 2300 CLM05-3")
    return Proposal(action=Action.RESEND, changes=diff(billed.claim, now.claim), message=said,
                    draft=replace(now, notes=(*now.notes, note)) if now.claim.lines else None)


def _without_replacement(changes: tuple[LineChange, ...], now: CodedClaim) -> Proposal:
    """A payer that takes originals only (Medicare Part B): added lines are a new claim, the rest a reopening."""
    added = [change.after for change in changes if change.before is None and change.after is not None]
    if not added or len(added) < len(changes):
        return Proposal(action=Action.REOPEN, changes=changes,
                        message="The payer takes no replacement: ask for a reopening of the processed claim.")
    numbers, days = {line.number for line in added}, {line.service_date for line in added}
    parts = [part for part in slices(now) if not days.isdisjoint(line.service_date for line in part.claim.lines)]
    visit_ids = tuple(visit_id for part in parts for visit_id in part.visit_ids)
    lines = tuple(replace(line, number=place, control_number=f"{now.claim.patient_control_number}L{place}")
                  for place, line in enumerate(added, 1))  # fmt: skip
    places = {line.number: place for place, line in enumerate(added, 1)}
    trace = tuple(replace(one, line=places[one.line]) for one in now.trace if one.line in numbers)
    said = "The added lines go as a claim of their own."
    note = Reason(subject=ADDED_LINES, rule="no replacement", message=said, source="the payer's profile")
    return Proposal(action=Action.NEW_CLAIM, changes=changes, message=said,
                    draft=replace(now, claim=replace(now.claim, lines=lines), trace=trace, notes=(*now.notes, note),
                                  visit_ids=visit_ids, service_date=min(days)))


def _matched(before: tuple[ServiceLine, ...], after: tuple[ServiceLine, ...]) -> Iterator[LineChange]:
    """Lines put side by side: of the same day first, by procedure and modifiers, then by procedure; then the rest."""
    old, new = list(before), list(after)
    for alike in (lambda a, b: (a.service_date, a.procedure, a.modifiers) == (b.service_date, b.procedure, b.modifiers),
                  lambda a, b: (a.service_date, a.procedure) == (b.service_date, b.procedure),
                  lambda a, b: (a.procedure, a.modifiers) == (b.procedure, b.modifiers),
                  lambda a, b: a.procedure == b.procedure):
        for one in list(old):
            other = next((line for line in new if alike(one, line)), None)
            if other is not None:
                old.remove(one)
                new.remove(other)
                yield LineChange(before=one, after=other)
    yield from (LineChange(before=one, after=None) for one in old)
    yield from (LineChange(before=None, after=one) for one in new)


def _same(change: LineChange) -> bool:
    return change.before is not None and change.after is not None and _told(change.before) == _told(change.after)


def _told(line: ServiceLine) -> tuple[object, ...]:
    return (line.procedure, line.modifiers, line.units, line.charge, line.pointers, line.service_date,
            line.place_of_service)  # fmt: skip


def _around(claim: Claim) -> Claim:
    """The claim without its lines and numbers; other coverages are the next payer's matter, not a new claim's."""
    return replace(claim, patient_control_number="", lines=(), frequency="1", original_reference="", other_payers=())


def _shown(line: ServiceLine | None, dated: bool) -> str:
    if line is None:
        return "(none)"
    day = f"{line.service_date} " if dated else ""
    return f"{day}{' '.join((line.procedure, *line.modifiers))} x{line.units} {line.charge}"
