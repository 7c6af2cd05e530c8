"""Finding the claim and the lines that a remittance speaks of, each with the reason why.

Claim: the control number exactly, then a truncated or mangled one, then the payer's claim number, then member + dates +
charge when that is one claim only.  Line: REF*6R, else procedure + date + charge + units solved as an assignment.
Never by position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Protocol

from ptedi.claims import identity
from ptedi.claims.model import Claim, ServiceLine
from ptedi.ledger.assignment import assign
from ptedi.remittances.model import ClaimPayment, ServicePayment


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownClaim:
    """A claim of ours as matching sees it: the store's id, our payer id, date of service, and what was billed.

    `account_id` is the first payer's claim when this one asks a later payer for what was left: its money stands there.
    """

    claim_id: int
    payer_id: str
    service_date: date
    claim: Claim
    account_id: int | None = None

    @property
    def account(self) -> int:
        """The claim on which the money of this one stands."""
        return self.claim_id if self.account_id is None else self.account_id


class Lookup(Protocol):
    """Where claims are found; the store answers it, a test answers it from a list."""

    def by_control_number(self, text: str) -> KnownClaim | None:
        """The claim with exactly this CLM01."""

    def by_control_number_start(self, text: str) -> Sequence[KnownClaim]:
        """Claims whose CLM01 begins so."""

    def by_payer_number(self, number: str) -> Sequence[KnownClaim]:
        """Claims that a payer gave this number (277CA REF*1K, an earlier CLP07), or that a person matched to it."""

    def by_member(self, member_id: str, first: date, last: date, charge: Decimal) -> Sequence[KnownClaim]:
        """Claims of a member whose dates of service lie in these days and whose charge is this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well a claim fits a claim payment: points from 0 to 100, what agrees and what does not."""

    score: int
    agrees: tuple[str, ...]
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimMatch:
    """The claim found, None when a person must look; the reason, and the ids of candidates when there are several.

    `fit` says how much of the remittance agrees with the claim that was found, however it was found.
    """

    found: KnownClaim | None
    reason: str
    candidates: tuple[int, ...] = ()
    fit: Fit | None = None


def match_claim(clp: ClaimPayment, lookup: Lookup, prefixes: Sequence[str] = ()) -> ClaimMatch:
    """The claim that a CLP speaks of; `prefixes` are those of our control numbers."""
    exact = lookup.by_control_number(clp.patient_control_number)
    if exact is not None:
        return ClaimMatch(found=exact, reason="control number", fit=fit(clp, exact))
    tried: set[int] = set()
    for reason, found in _weaker(clp, lookup, prefixes):
        plausible = [k for k in found if _plausible(clp, k)]
        if len(plausible) == 1:
            return ClaimMatch(found=plausible[0], reason=reason, fit=fit(clp, plausible[0]))
        tried.update(k.claim_id for k in found)
    if tried:
        reason = "more than one claim fits, or none fits well"
        return ClaimMatch(found=None, reason=reason, candidates=tuple(sorted(tried)))
    return ClaimMatch(found=None, reason="no claim of ours has this number, payer number, or member, dates and charge")


def _weaker(
    clp: ClaimPayment, lookup: Lookup, prefixes: Sequence[str]
) -> Sequence[tuple[str, Sequence[KnownClaim]]]:
    text = clp.patient_control_number
    repaired = _once([k for k in map(lookup.by_control_number, identity.repair(text, prefixes)) if k is not None])
    numbers = [n for n in (clp.payer_claim_control_number, clp.original_reference) if n]
    first, last = _dates(clp)
    by_member = (
        lookup.by_member(clp.member_id, first, last, abs(clp.charge)) if clp.member_id and first and last else ()
    )
    return (
        ("control number, mangled", repaired),
        ("control number, truncated", lookup.by_control_number_start(text) if len(text) >= _SAFE_START else ()),
        ("payer claim number", _once([k for n in numbers for k in lookup.by_payer_number(n)])),
        ("a person's earlier decision", lookup.by_payer_number(text) if is_telling(text) else ()),
        ("member, dates and charge", by_member),
    )


_SAFE_START = 8  # fewer characters say too little


def is_telling(number: str) -> bool:
    """Whether a CLP01 that is none of ours can be remembered: six characters with a digit, not a word for unknown."""
    return len(number) >= _TELLING and any(c.isdigit() for c in number) and bool(number.strip("0"))


_TELLING = 6


def _once(found: Sequence[KnownClaim]) -> list[KnownClaim]:
    return list({k.claim_id: k for k in found}.values())


def _dates(clp: ClaimPayment) -> tuple[date | None, date | None]:
    days = [line.service_date for line in clp.lines if line.service_date]
    first = clp.statement_from or min(days, default=None)
    return first, clp.statement_to or max(days, default=first)


def _plausible(clp: ClaimPayment, known: KnownClaim) -> bool:
    """Whether nothing on the claim contradicts the remittance: charge, date of service, member."""
    first, last = _dates(clp)
    if abs(clp.charge) > known.claim.charge:
        return False
    billed_first, billed_last = known.claim.service_dates if known.claim.lines else (known.service_date,) * 2
    if first and last and not (first <= billed_last and billed_first <= last):
        return False
    return not clp.member_id or clp.member_id.strip() == known.claim.member_id or abs(clp.charge) == known.claim.charge


def fit(clp: ClaimPayment, known: KnownClaim) -> Fit:
    """Points: number 25, member 25, date 15, charge 15, lines 15, name 5; a contradiction is named, not subtracted."""
    claim, name = known.claim, known.claim.subscriber.name
    first, last = _dates(clp)
    lines = sum(m.line is not None for m in match_lines(clp.lines, claim.lines))
    parts = (
        ("claim number", 25, bool(clp.patient_control_number.strip("0")),
         round(25 * _alike(clp.patient_control_number, claim.patient_control_number))),
        ("member", 25, bool(clp.member_id), 25 * (clp.member_id.strip() == claim.member_id)),
        ("date of service", 15, first is not None,
         15 * (first is not None and last is not None and first <= known.service_date <= last)),
        ("charge", 15, True, 15 * (abs(clp.charge) == claim.charge)),
        (f"{lines} of {len(clp.lines)} lines", 15, bool(clp.lines), 15 * lines // max(len(clp.lines), 1)),
        ("name", 5, bool(clp.patient_last), 5 * (clp.patient_last.upper() == name.last.upper())),
    )  # fmt: skip
    return Fit(score=sum(points for *_, points in parts),
               agrees=tuple(word for word, _, told, points in parts if told and points),
               differs=tuple(word for word, _, told, points in parts if told and not points))  # fmt: skip


def _alike(one: str, two: str) -> float:
    """From 0 to 1; below two thirds is chance."""
    if one == two:
        return 1.0
    ratio = SequenceMatcher(None, one.upper(), two.upper(), autojunk=False).ratio()
    return ratio if ratio >= 2 / 3 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMatch:
    """Our line number for one service payment, None when no line or more than one fits; and the reason."""

    line: int | None
    reason: str


BY_HAND = "a person's word"


def match_lines(
    services: Sequence[ServicePayment], lines: Sequence[ServiceLine], assigned: Mapping[int, int] | None = None
) -> list[LineMatch]:
    """One match per service payment, in their order.  A split line is matched by each of its parts.

    `assigned`: our line number by the place of a service payment (from 1), where a person said which it is; what was
    placed without that stays where it is, what was not may fit now that a line is taken.
    """
    matches = _matched(services, lines)
    if not assigned:
        return matches
    for place, number in assigned.items():
        matches[place - 1] = LineMatch(line=number, reason=BY_HAND)
    taken = {m.line for m in matches}
    rest = [i for i, m in enumerate(matches) if m.line is None]
    found = _assigned([services[i] for i in rest], [line for line in lines if line.number not in taken])
    for i, match in zip(rest, found, strict=True):
        matches[i] = match if match.line is not None else matches[i]
    return matches


def _matched(services: Sequence[ServicePayment], lines: Sequence[ServiceLine]) -> list[LineMatch]:
    by_number = {line.control_number: line.number for line in lines}
    matches: list[LineMatch | None] = [
        LineMatch(line=by_number[s.line_control_number], reason="line control number")
        if s.line_control_number in by_number else None
        for s in services
    ]  # fmt: skip
    taken = {m.line for m in matches if m}
    open_services = [i for i, m in enumerate(matches) if m is None]
    free = [line for line in lines if line.number not in taken]
    found = _assigned([services[i] for i in open_services], free)
    for i, match in zip(open_services, found, strict=True):
        matches[i] = match if match.line is not None else _part_of_split(services[i], lines, match)
    return [m for m in matches if m is not None]


_NO_LINE = LineMatch(line=None, reason="no line of the claim has this procedure, date, charge and units")
_AMBIGUOUS = LineMatch(line=None, reason="two different lines fit equally well")


def _assigned(services: Sequence[ServicePayment], lines: Sequence[ServiceLine]) -> list[LineMatch]:
    scores = [[_score(s, line) for line in lines] for s in services]
    chosen = assign(scores)
    result = []
    for i, j in enumerate(chosen):
        if j is None:
            result.append(_NO_LINE)
        elif _tied(i, services, lines, scores, chosen):
            result.append(_AMBIGUOUS)
        else:
            result.append(LineMatch(line=lines[j].number, reason=_why(services[i], lines[j])))
    return result


def _tied(
    i: int, services: Sequence[ServicePayment], lines: Sequence[ServiceLine], scores: list[list[int]],
    chosen: list[int | None],
) -> bool:  # fmt: skip
    """Whether another choice were as good and would say something else (equal lines or equal payments do no harm)."""
    mine = chosen[i]
    if mine is None:
        return False
    for j, line in enumerate(lines):
        if j == mine or not scores[i][j] or _same_billed(line, lines[mine]):
            continue
        if j not in chosen:
            if scores[i][j] == scores[i][mine]:
                return True
            continue
        other = chosen.index(j)
        swapped = scores[i][j] + scores[other][mine]
        if scores[other][mine] and swapped == scores[i][mine] + scores[other][j]:
            if not _same_paid(services[i], services[other]):
                return True
    return False


def _same_billed(one: ServiceLine, two: ServiceLine) -> bool:
    def key(line: ServiceLine) -> tuple[object, ...]:
        return line.procedure, sorted(line.modifiers), line.charge, line.units, line.service_date
    return key(one) == key(two)


def _same_paid(one: ServicePayment, two: ServicePayment) -> bool:
    def key(s: ServicePayment) -> tuple[object, ...]:
        return s.charge, s.paid, sorted((a.group, a.reason, a.amount) for a in s.adjustments)
    return key(one) == key(two)


def _score(service: ServicePayment, line: ServiceLine) -> int:
    """How well a service payment fits a line; 0 when it cannot be it.  The submitted code (SVC06) speaks first."""
    procedure, modifiers = _submitted(service)
    if service.service_date and service.service_date != line.service_date:
        return 0
    same_code = procedure == line.procedure
    if not same_code and service.procedure != line.procedure:
        return 0
    score = 40 if same_code else 20
    score += 30 if abs(service.charge) == line.charge else 0
    score += 10 if (service.units_submitted or service.units) == line.units else 0
    score += 6 if sorted(modifiers) == sorted(line.modifiers) else 2 * len(set(modifiers) & set(line.modifiers))
    return score


def _submitted(service: ServicePayment) -> tuple[str, tuple[str, ...]]:
    if service.submitted_procedure:
        return service.submitted_procedure, service.submitted_modifiers
    return service.procedure, service.modifiers


def _why(service: ServicePayment, line: ServiceLine) -> str:
    procedure, modifiers = _submitted(service)
    facts = ["procedure" if procedure == line.procedure else "adjudicated procedure"]
    facts += ["date"] if service.service_date == line.service_date else []
    facts += ["charge"] if abs(service.charge) == line.charge else []
    facts += ["units"] if (service.units_submitted or service.units) == line.units else []
    facts += ["modifiers"] if sorted(modifiers) == sorted(line.modifiers) else []
    return ", ".join(facts)


def _part_of_split(service: ServicePayment, lines: Sequence[ServiceLine], otherwise: LineMatch) -> LineMatch:
    """A further part of a line that is already matched, when only one line has the code on that day."""
    if otherwise is _AMBIGUOUS:
        return otherwise
    fits = [line for line in lines if _score(service, line)]
    if len(fits) == 1 and abs(service.charge) <= fits[0].charge:
        return LineMatch(line=fits[0].number, reason="part of a split line: the only one with this procedure and date")
    return otherwise
