"""Edits on the modifiers that change a price or say that a service was repeated: 22, 52, 76, 77."""

from __future__ import annotations

from collections.abc import Iterator

from ptedi.codes.procedures import Basis
from ptedi.edits.context import BilledLine, Context, Problem
from ptedi.edits.registry import edit
from ptedi.findings import Severity

REPEATED = frozenset({"76", "77"})
CHANGED = frozenset({"22", "52"})


@edit("PT126", Severity.HOLD)
def changed_without_note(c: Context) -> Iterator[Problem]:
    """More or less than the usual service is billed, and nothing says why.

    What it checks: 22 (more work than usual) and 52 (reduced service) on a line without a description.
    Why it matters: Payers look at each 22 by hand and refuse it without the reason; 52 without one is paid at a guess.
    Example: 97597-22 with an empty description.
    Use instead: A few words in the column description on what was more or less, with the time, and records on request.
    Reference: CMS HCPCS and CPT modifier pages of the contractors; NCCI Policy Manual ch.I E.
    """
    for line in c.lines:
        if line.has(CHANGED) and not line.line.description.strip():
            found = "22" if "22" in line.modifiers else "52"
            what = "more work than usual" if found == "22" else "a reduced service"
            yield Problem(message=f"{line.code} has {found}, {what}, and no description says why.", line=line.number,
                          value=found, severity=None if found == "22" else Severity.WARNING)


@edit("PT127", Severity.HOLD)
def more_work_by_minutes(c: Context) -> Iterator[Problem]:
    """A code that counts by minutes is marked as more work than usual.

    What it checks: Modifier 22 on a code whose units follow its minutes.
    Why it matters: 22 belongs to surgical services with a global period; a longer timed service has more units, and
        22 beside them asks to be paid twice.
    Example: 97110-22.
    Use instead: Leave 22 out and bill the units of the minutes.
    Reference: Noridian page on modifier 22; Medicare Claims Processing Manual ch.5 20.2.
    """
    for line in c.lines:
        if "22" in line.modifiers and line.item is not None and line.item.basis is Basis.TIMED:
            yield Problem(message=f"{line.code} counts by minutes and has 22.", line=line.number, value="22")


@edit("PT128", Severity.HOLD)
def repeat_without_first(c: Context) -> Iterator[Problem]:
    """A repeat modifier stands on a service that was not repeated.

    What it checks: 76 on a line whose procedure the same clinician furnished once more that day, on another line or
        another visit; 77 on one that another clinician furnished.
    Why it matters: Without a first service the payer denies the repeated one (CO-18 or CO-4), and the wrong of the two
        names the wrong clinician.
    Example: 97161-76 as the only evaluation of the day; 97110-76 after another therapist's 97110.
    Use instead: 76 for the same clinician, 77 for another; no repeat modifier for a single service.  Longer timed
        services have more units, not 76.
    Reference: CPT modifiers 76 and 77; NCCI Policy Manual ch.I E.
    """
    for line in c.lines:
        for found in line.modifiers:
            if found in REPEATED:
                wanted = _repeats(c, line)
                if found not in wanted:
                    yield _problem(line, found, wanted)


def _repeats(c: Context, line: BilledLine) -> frozenset[str]:
    """The repeat modifiers that are true of a line."""
    same = any(one.code == line.code and one.number != line.number for one in c.lines)
    others = [visit for visit in c.history.visits if visit.service_date == c.day and line.code in visit.procedures
              and visit.visit_id != c.visit.visit_id]  # fmt: skip
    mine = c.claim.rendering.npi if c.claim.rendering is not None else ""
    same |= any(visit.rendering in ("", mine) for visit in others)
    other = any(visit.rendering != mine for visit in others)
    return frozenset(code for code, true in (("76", same), ("77", other)) if true)


def _problem(line: BilledLine, found: str, wanted: frozenset[str]) -> Problem:
    if not wanted:
        said = f"{line.code} has {found}, but was furnished once that day"
    else:
        said = f"{line.code} has {found}, but the first was {'the same' if '76' in wanted else 'another'} clinician's"
    return Problem(message=f"{said}.", line=line.number, value=found, allowed=tuple(sorted(wanted)))
