"""Several visits on one claim: which go together, how they become one claim, and how each is found in it again.

A payer whose profile says `claim_per = "span"` gets one claim for the visits of a patient in a calendar week or month.
Together go visits that would have had the same claim around their lines: coverage, rendering, referring, supervising
and billing provider, facility, authorization, onset and accident.  Each visit is coded by itself first (minutes are
pooled by the day), so its units and modifiers are what they would be on a claim of its own.

A claim has one visit of a day, so a line belongs to the visit of its date; a second visit of the day, and whatever
passes fifty lines, twelve diagnoses or the payer's `span_days`, begins the next claim.  A visit that makes no line, or
alone more lines than fit, stays by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ptedi.claims import assembly, identity
from ptedi.claims.model import Claim, CodedClaim, LineTrace, Reason, ServiceLine, Visit
from ptedi.payers.profile import ClaimPer, PayerRules, SpanPeriod

SPAN = "span"
LINKED = "linked claims"
MOST_DIAGNOSES = 12
_SOURCE = "the payer's profile, value claim_per; 005010X222A1 2400 DTP*472"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A visit coded as if it had a claim to itself."""

    visit: Visit
    coded: CodedClaim


def period(day: date, rules: PayerRules) -> tuple[date, date] | None:
    """The first and last day of the period whose visits share claims; None where each visit has its own."""
    if rules.claim_per is not ClaimPer.SPAN:
        return None
    if rules.span_period is SpanPeriod.MONTH:
        first = day.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    first = day - timedelta(days=day.weekday())
    return first, first + timedelta(days=6)


def together(pieces: Iterable[Piece], rules: PayerRules) -> list[tuple[Piece, ...]]:
    """Shares the visits of one patient, payer and period among claims, in order of date and visit id."""
    open_: dict[tuple[object, ...], list[Piece]] = {}
    claims: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: (p.visit.service_date, p.visit.visit_id)):
        key = _around(piece)
        group = open_.get(key)
        if group is None or not _fits(group, piece, rules):
            group = []
            claims.append(group)
            if 0 < len(piece.coded.claim.lines) <= assembly.MOST_LINES:
                open_[key] = group
        group.append(piece)
    return [tuple(group) for group in claims]


def _around(piece: Piece) -> tuple[object, ...]:
    """What must be equal on one claim; the onset as captured, since a claim leaves out one that is its own day."""
    return (piece.coded.patient_id, piece.coded.payer_id, piece.visit.onset_date,
            replace(piece.coded.claim, patient_control_number="", diagnoses=(), lines=(), onset_date=None))


def _fits(group: Sequence[Piece], piece: Piece, rules: PayerRules) -> bool:
    first, last = group[0].visit.service_date, group[-1].visit.service_date
    day, members = piece.visit.service_date, [*(p.coded.claim for p in group), piece.coded.claim]
    return (bool(piece.coded.claim.lines) and day != last
            and (not rules.span_days or (day - first).days < rules.span_days)
            and sum(len(claim.lines) for claim in members) <= assembly.MOST_LINES
            and len(_pooled(members)) <= MOST_DIAGNOSES)


def _pooled(claims: Iterable[Claim]) -> tuple[str, ...]:
    """Every diagnosis once, in the order of the visits: the first visit's first stays the principal one."""
    return tuple(dict.fromkeys(code for claim in claims for code in claim.diagnoses))


def joined(pieces: Sequence[Piece], control_number: str, linked: Sequence[str] = ()) -> CodedClaim:
    """One claim of visits that go together.

    Args:
        pieces: the visits in order of their days.
        control_number: CLM01.
        linked: control numbers of the other claims of the same period.
    """
    first, alone = pieces[0].coded, len(pieces) == 1
    diagnoses = first.claim.diagnoses if alone else _pooled(piece.coded.claim for piece in pieces)
    lines: list[ServiceLine] = []
    traces: list[LineTrace] = []
    notes: list[Reason] = []
    for piece in pieces:
        own, known = piece.coded.claim, {trace.line: trace for trace in piece.coded.trace}
        for line in own.lines:
            number = len(lines) + 1
            if line.number in known:
                traces.append(replace(known[line.number], line=number))
            lines.append(replace(
                line, number=number, control_number=identity.line_control_number(control_number, number),
                pointers=line.pointers if alone else _pointers(line.pointers, own.diagnoses, diagnoses)))  # fmt: skip
        day = None if alone else piece.visit.service_date
        notes += [replace(note, day=day) for note in piece.coded.notes]
    onset = first.claim.onset_date if alone else pieces[0].visit.onset_date  # left out where it is the only day
    claim = replace(first.claim, patient_control_number=control_number, diagnoses=diagnoses, lines=tuple(lines),
                    onset_date=onset)
    return replace(first, claim=claim, visit_ids=tuple(piece.visit.visit_id for piece in pieces), trace=tuple(traces),
                   notes=(*notes, *_told(pieces, linked)))


def _pointers(captured: Iterable[int], own: Sequence[str], pooled: Sequence[str]) -> tuple[int, ...]:
    """The same diagnoses at their places in the pool; a pointer to nothing stays one, past the end, for the edits."""
    return tuple(pooled.index(own[p - 1]) + 1 if 0 < p <= len(own) else len(pooled) + p for p in captured)


def _told(pieces: Sequence[Piece], linked: Sequence[str]) -> Iterator[Reason]:
    if len(pieces) > 1:
        first, last = pieces[0].visit.service_date, pieces[-1].visit.service_date
        yield Reason(subject=SPAN, rule="visits of a period", source=_SOURCE,
                     message=f"{len(pieces)} visits from {first} to {last} on one claim")
    if linked:
        yield Reason(subject=SPAN, rule=LINKED, source=_SOURCE,
                     message=f"one of {len(linked) + 1} claims of the period, with {', '.join(linked)}")


def slices(coded: CodedClaim) -> tuple[CodedClaim, ...]:
    """The claim visit by visit, each with its own lines under their numbers; a claim of one visit is its own slice."""
    if len(coded.visit_ids) < 2:
        return (coded,)
    days = sorted({line.service_date for line in coded.claim.lines})
    if len(days) != len(coded.visit_ids):
        return (coded,)
    return tuple(_slice(coded, visit_id, day) for visit_id, day in zip(coded.visit_ids, days, strict=True))


def _slice(coded: CodedClaim, visit_id: str, day: date) -> CodedClaim:
    lines = tuple(line for line in coded.claim.lines if line.service_date == day)
    numbers = {line.number for line in lines}
    return replace(coded, claim=replace(coded.claim, lines=lines), visit_ids=(visit_id,), service_date=day,
                   trace=tuple(trace for trace in coded.trace if trace.line in numbers),
                   notes=tuple(note for note in coded.notes if note.day in (None, day)))


def mended(coded: CodedClaim, changed: Sequence[CodedClaim]) -> CodedClaim:
    """The claim with the lines and notes of slices that were changed; around them it stays as it is."""
    new = {line.number: line for one in changed for line in one.claim.lines}
    lines = tuple(new.get(line.number, line) for line in coded.claim.lines)
    added = [replace(note, day=one.service_date) for one in changed for note in one.notes if note not in coded.notes]
    return replace(coded, claim=replace(coded.claim, lines=lines), notes=(*coded.notes, *added))
