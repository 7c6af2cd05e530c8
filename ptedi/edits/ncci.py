"""Edits of the National Correct Coding Initiative: pairs and unit limits, always by date of service."""

from __future__ import annotations

from collections.abc import Iterator

from ptedi.codes import modifier, procedures
from ptedi.codes import ncci as table
from ptedi.edits.context import BilledLine, Context, Problem
from ptedi.edits.registry import edit
from ptedi.findings import Severity, counted

LIFTS = modifier.DISTINCT | modifier.ANATOMIC
DOES_NOT_LIFT = frozenset({"22", "76", "77"})


def _pairs(c: Context) -> tuple[tuple[table.Pair, BilledLine, BilledLine], ...]:
    """Pairs among the lines, once for each two codes; looked up once for all edits of a claim."""
    if c.pairs is None:
        c.pairs = tuple(_looked_up(c)) if c.rules.ncci and len(c.codes) > 1 else ()
    return c.pairs


def _looked_up(c: Context) -> Iterator[tuple[table.Pair, BilledLine, BilledLine]]:
    seen = set()
    for one in c.lines:
        for two in c.lines:
            if one.code != two.code and (one.code, two.code) not in seen:
                seen.add((one.code, two.code))
                pair = table.pair(one.code, two.code, c.day)
                if pair is not None:
                    yield pair, one, two


@edit("NC101", Severity.HOLD)
def pair_never(c: Context) -> Iterator[Problem]:
    """Two codes that are never paid together.

    What it checks: NCCI pairs with indicator 0 among the lines of the claim, by date of service.
    Why it matters: The second code is denied (CO-97 or CO-236), and no modifier lifts it.
    Example: 97140 with 97124 on one day.
    Use instead: Bill the first code only; move the minutes if the note supports it.
    Reference: CMS NCCI practitioner PTP edits (schemas/codes/ncci_ptp.csv); NCCI Policy Manual ch.XI.
    """
    for pair, one, two in _pairs(c):
        if pair.indicator == "0":
            yield Problem(message=f"{two.code} is never paid beside {one.code} ({pair.reason}; {pair.source}).",
                          line=two.number, value=two.code)


@edit("NC102", Severity.HOLD)
def pair_without_modifier(c: Context) -> Iterator[Problem]:
    """Two codes that are paid together only when they were separate.

    What it checks: NCCI pairs with indicator 1 without a distinct-service modifier (59, XE, XP, XS, XU, RT, LT) on
        the second code's lines, every one of them, or on all lines of the first.
    Why it matters: The second code is denied with CO-97 or CO-236.
    Example: 97150 with 97110 and no 59.
    Use instead: 59 or an X modifier on the second code, when the note documents separate time; else leave it out.
    Reference: CMS NCCI practitioner PTP edits (schemas/codes/ncci_ptp.csv); NCCI Policy Manual ch.I E, ch.XI P.
    """
    for pair, first, second in _pairs(c):
        if pair.indicator == "1" and any(one.code == first.code and not one.has(LIFTS) for one in c.lines):
            for two in c.lines:
                if two.code == second.code and not two.has(LIFTS):
                    yield Problem(message=f"{two.code} is part of {first.code} unless it was separate ({pair.reason}; "
                                          f"{pair.source}).", line=two.number, value=two.code, allowed=("59", "XU"))


@edit("NC103", Severity.WARNING)
def modifier_does_not_lift(c: Context) -> Iterator[Problem]:
    """A modifier is used that does not separate a pair.

    What it checks: 22, 76 or 77 on a code of an NCCI pair that no proper modifier separates.
    Why it matters: These modifiers do not bypass the pair edits; the line is denied all the same.
    Example: 97150 with 97110-76.
    Use instead: 59 or an X modifier, when the services were separate.
    Reference: NCCI Policy Manual ch.I E.
    """
    for _, one, two in _pairs(c):
        for line in (one, two):
            if line.has(DOES_NOT_LIFT) and not line.has(LIFTS):
                yield Problem(message=f"{line.code} has a modifier that does not separate it.", line=line.number,
                              value=" ".join(line.modifiers))


@edit("NC104", Severity.HOLD)
def above_unit_limit(c: Context) -> Iterator[Problem]:
    """More units of a code than the medically unlikely edit allows.

    What it checks: The day's units of each code against the MUE of the date of service.
    Why it matters: With adjudication 2 the limit is absolute and the denial cannot be overturned; with 3 records
        may overcome it.  The patient may not be billed.
    Example: Seven units of 97110; the limit is six.
    Use instead: Bill what the note supports; above a limit of kind 3, send records with the appeal.
    Reference: CMS MUE practitioner table (schemas/codes/mue.csv); NCCI Policy Manual ch.I V.
    """
    if not c.rules.mue:
        return
    totals: dict[str, int] = {}
    for line in c.lines:
        totals[line.code] = totals.get(line.code, 0) + line.line.units
    for code, total in totals.items():
        limit = procedures.unit_limit(code, c.day)
        if limit is not None and 0 < limit.units < total:
            absolute = limit.adjudication == "2"
            yield Problem(message=f"{counted(total, 'unit')} of {code} a day; the limit is {limit.units} "
                                  f"({limit.source}).", value=str(total), allowed=(str(limit.units),),
                          severity=Severity.ERROR if absolute else None)


@edit("NC106", Severity.WARNING)
def no_unit_payable(c: Context) -> Iterator[Problem]:
    """A service of which no unit is ever paid.

    What it checks: Lines whose medically unlikely edit of the date of service is 0, for payers that use these edits.
    Why it matters: A limit of 0 is not a limit but a refusal: each unit is denied, no notice moves the cost to the
        patient, and other lines wait for nothing.
    Example: 97010, hot packs, to Medicare.
    Use instead: Keep it in the note and off the claim, or send the code that the payer pays (G0283 for 97014).
    Reference: CMS MUE practitioner table (schemas/codes/mue.csv); NCCI Policy Manual ch.I V.
    """
    if not c.rules.mue:
        return
    for line in c.lines:
        limit = procedures.unit_limit(line.code, c.day)
        if limit is not None and limit.units == 0:
            yield Problem(message=f"{line.code} is not paid at all: its unit limit is 0 ({limit.source}).",
                          line=line.number, value=line.code, allowed=("0",))


@edit("NC105", Severity.HOLD)
def pair_across_visits(c: Context) -> Iterator[Problem]:
    """A code forms a pair with another visit of the same day.

    What it checks: NCCI pairs between this claim's lines and the procedures of the patient's other visits of the day
        with the same payer; with indicator 1 a distinct-service modifier on this line settles it.
    Why it matters: Payers look at the whole day of patient and group; the second code is denied although each claim is
        clean by itself.
    Example: 97150 in the morning on one claim, 97110 without 59 in the afternoon on another.
    Use instead: XE for a separate encounter with its own note; otherwise leave the second code out.
    Reference: NCCI Policy Manual ch.I A; CMS NCCI practitioner PTP edits.
    """
    if not c.rules.ncci:
        return
    others = {code for visit in c.history.visits for code in visit.procedures
              if visit.service_date == c.day and visit.visit_id != c.visit.visit_id
              and visit.payer_id in ("", c.coded.payer_id)}  # fmt: skip
    for other in sorted(others):
        for line in c.lines:
            pair = table.pair(line.code, other, c.day) or table.pair(other, line.code, c.day)
            if pair is not None and (pair.indicator == "0" or not line.has(LIFTS)):
                yield Problem(message=f"{line.code} forms a pair with {other} of another visit of the day "
                                      f"({pair.source}).", line=line.number, value=line.code)
