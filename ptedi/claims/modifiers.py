"""Modifiers of a service line, each with its reason: GP/GO/GN, CQ/CO, 59, KX; what was captured is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ptedi import money
from ptedi.claims.model import Discipline, Reason
from ptedi.codes import modifier, ncci, therapy
from ptedi.codes.procedures import Procedure
from ptedi.payers.profile import PayerRules

THERAPY_SOURCE = "Medicare Claims Processing Manual ch.5 20.1"
KX_SOURCE = "Medicare Claims Processing Manual ch.5 10.3.3"
NCCI_SOURCE = "NCCI Policy Manual ch.I E, ch.XI P"
_BASE = {Discipline.PT: "PT", Discipline.PTA: "PT", Discipline.OT: "OT", Discipline.OTA: "OT", Discipline.SLP: "SLP"}


def base_discipline(discipline: Discipline) -> str:
    """PT, OT or SLP: the plan of care a therapist or assistant works under."""
    return _BASE[discipline]


@dataclass(slots=True)
class Draft:
    """A service line in the making: its procedure, its units, its modifiers with their reasons."""

    code: str
    item: Procedure | None
    units: int
    charge: Decimal
    modifiers: list[str] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    therapist_minutes: int = 0
    assistant_minutes: int = 0
    separate_time: bool = False

    def add(self, code: str, rule: str, message: str, source: str) -> None:
        """Puts a modifier on the line, once, with its reason."""
        if code not in self.modifiers:
            self.modifiers.append(code)
            self.reasons.append(Reason(subject=code, rule=rule, message=message, source=source))

    def has(self, codes: frozenset[str]) -> bool:
        """Whether one of these modifiers is on the line."""
        return not codes.isdisjoint(self.modifiers)


_DISCIPLINES = frozenset(modifier.DISCIPLINE.values())
_LIABILITY = frozenset({"GA", "GX", "GY", "GZ"})
_EXCLUDED = frozenset({"GX", "GY"})
_NEVER_ALLOWED = frozenset({"B", "I", "N"})
_NO_KX = _LIABILITY | {"KX"}
_LIFTS = modifier.DISTINCT | modifier.ANATOMIC


def discipline(drafts: Iterable[Draft], base: str, rules: PayerRules) -> None:
    """GP, GO or GN on every therapy line of a payer that wants it."""
    if not rules.therapy_modifier:
        return
    code = modifier.DISCIPLINE[base]
    for draft in drafts:
        if draft.item is not None and draft.item.is_therapy and not draft.has(_DISCIPLINES):
            listed = "is on the therapy list" if draft.item.therapy == "always" else "is therapy under a plan of care"
            draft.add(code, "discipline", f"{draft.code} {listed} and a {base} furnished it", THERAPY_SOURCE)


def distinct(drafts: list[Draft], rules: PayerRules, day: date) -> None:
    """59 on the second code of a pair that a modifier may lift, only where the note documents separate time."""
    if not rules.ncci:
        return
    for one in drafts:
        for two in drafts:
            if one.code == two.code:
                continue
            pair = ncci.pair(one.code, two.code, day)
            if pair is None or pair.indicator != "1" or one.has(_LIFTS) or two.has(_LIFTS):
                continue
            if one.separate_time or two.separate_time:
                two.add(rules.distinct_modifier, "separate time", f"{two.code} is part of {one.code} unless done at a "
                        "separate time, and the note documents separate time", NCCI_SOURCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The patient's therapy dollars of the year before and after a visit (estimated where not yet paid)."""

    before: Decimal
    after: Decimal


def estimates(drafts: Iterable[Draft], day: date, not_covered: Collection[str] = (),
              beside: Iterable[str] = ()) -> list[Decimal]:  # fmt: skip
    """What each line is likely allowed.

    Of the codes under the multiple procedure reduction, the unit of the day with the highest practice expense is paid
    whole (equal ones: the higher fee, then the first), every other with half of its practice expense; other codes are
    paid whole.  A code without a fee in the tables counts with its charge, so that the threshold is never overlooked; a
    service that Medicare or this payer (`not_covered`) never allows, or that is billed as not covered, does not count.

    Args:
        drafts: the lines.
        day: date of service.
        not_covered: procedures that the payer never pays.
        beside: procedures of the patient's earlier visits of the day, of any discipline.
    """
    drafts = list(drafts)
    counted = [_counts(d, day, not_covered) for d in drafts]
    whole = _whole_unit([d.code if counts else "" for d, counts in zip(drafts, counted, strict=True)], beside, day)
    amounts = []
    for place, draft in enumerate(drafts):
        full = therapy.estimate(draft.code, day)
        if full is None or not counted[place]:
            amounts.append(draft.charge if counted[place] else money.ZERO)
        elif therapy.reducible(draft.code, day) is None:
            amounts.append(full * draft.units)
        else:
            reduced = therapy.estimate(draft.code, day, reduced=True) or full
            amounts.append(reduced * draft.units + (full - reduced if place == whole and draft.units else money.ZERO))
    return amounts


def _whole_unit(codes: Sequence[str], beside: Iterable[str], day: date) -> int:
    """The line with the unit that is paid whole; -1 when an earlier visit of the day has it, or nobody."""
    best, found = max((_rank(code, day) for code in beside), default=_NO_RANK), -1
    for place, code in enumerate(codes):
        rank = _rank(code, day)
        if rank > best:
            best, found = rank, place
    return found


_NO_RANK = (Decimal(-1), Decimal(-1))


def _rank(code: str, day: date) -> tuple[Decimal, Decimal]:
    expense = therapy.reducible(code, day) if code else None
    return _NO_RANK if expense is None else (expense, therapy.estimate(code, day) or money.ZERO)


def _counts(draft: Draft, day: date, not_covered: Collection[str]) -> bool:
    """Whether a line can be allowed as therapy."""
    item = draft.item
    if item is None or not item.is_therapy or draft.code in not_covered or draft.has(_EXCLUDED):
        return False
    return item.medicare_status not in _NEVER_ALLOWED or therapy.estimate(draft.code, day) is not None


def threshold(drafts: list[Draft], base: str, rules: PayerRules, day: date, before: Decimal,
              beside: Iterable[str] = ()) -> Running:  # fmt: skip
    """KX from the line on that takes the patient's therapy dollars over the year's amount."""
    limit = therapy.threshold(base, day) if rules.kx else None
    if limit is None:
        return Running(before=before, after=before)
    total = before
    for draft, amount in zip(drafts, estimates(drafts, day, rules.not_covered, beside), strict=True):
        total += amount
        if amount and total > limit.kx and not draft.has(_NO_KX):
            draft.add("KX", "threshold", f"with this line about {money.usd(total)} of therapy this year, above "
                      f"{money.usd(limit.kx)}", KX_SOURCE)
    return Running(before=before, after=total)


def ordered(codes: Iterable[str], rules: PayerRules) -> tuple[str, ...]:
    """Modifiers in the payer's order of kinds; those of one kind keep their order."""
    rank = {kind: place for place, kind in enumerate(rules.modifier_order)}
    return tuple(sorted(codes, key=lambda code: rank.get(modifier.kind(code), len(rank))))
