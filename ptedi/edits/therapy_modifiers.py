"""Edits on the modifiers of therapy lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ptedi.claims import modifiers as coded_modifiers
from ptedi.claims.drafting import LOST
from ptedi.claims.model import Discipline
from ptedi.codes import modifier, ncci
from ptedi.codes.procedures import Basis
from ptedi.edits.context import Context, Problem
from ptedi.edits.registry import edit
from ptedi.findings import Severity, counted

DISCIPLINES = frozenset(modifier.DISCIPLINE.values())
ASSISTANT = frozenset(modifier.ASSISTANT.values())
LIABILITY = frozenset({"GA", "GX", "GY", "GZ"})
MOST = 4
_PARTNER = {"CQ": "GP", "CO": "GO"}


def base(c: Context) -> str:
    """PT, OT or SLP, by the therapist in charge."""
    return coded_modifiers.base_discipline(c.therapist.discipline if c.therapist else Discipline.PT)


@edit("PT110", Severity.ERROR)
def discipline_missing(c: Context) -> Iterator[Problem]:
    """A therapy line lacks its discipline modifier.

    What it checks: GP, GO or GN on every therapy line, where the payer wants it.
    Why it matters: Medicare returns the claim as unprocessable, others deny with CO-4.
    Example: 97110 without GP to Medicare Part B.
    Use instead: GP under a physical therapy plan of care, GO occupational, GN speech.
    Reference: Medicare Claims Processing Manual ch.5 20.1, 10.3.3.
    """
    if c.rules.therapy_modifier:
        wanted = modifier.DISCIPLINE[base(c)]
        for line in c.lines:
            if line.item is not None and line.item.is_therapy and not line.has(DISCIPLINES):
                yield Problem(message=f"{line.code} needs {wanted}.", line=line.number, allowed=(wanted,),
                              loop="2400", segment="SV1", element="SV101")


@edit("PT111", Severity.ERROR)
def discipline_wrong(c: Context) -> Iterator[Problem]:
    """A line has the discipline modifier of another profession, or two of them.

    What it checks: At most one of GP, GO and GN, and the one of the therapist in charge.
    Why it matters: The payer counts the line against the wrong plan of care and threshold, or rejects it.
    Example: 97110-GO by a physical therapist.
    Use instead: The modifier of the plan of care under which the therapist worked.
    Reference: Medicare Claims Processing Manual ch.5 20.1.
    """
    wanted = modifier.DISCIPLINE[base(c)]
    for line in c.lines:
        found = [code for code in line.modifiers if code in DISCIPLINES]
        if len(found) > 1 or (found and found[0] != wanted):
            yield Problem(message=f"{line.code} has {' and '.join(found)}; a {base(c)} line has {wanted}.",
                          line=line.number, value=" ".join(found), allowed=(wanted,))


@edit("PT112", Severity.ERROR)
def assistant_without_discipline(c: Context) -> Iterator[Problem]:
    """An assistant modifier stands without its discipline modifier.

    What it checks: CQ only beside GP, CO only beside GO, where the payer wants discipline modifiers.
    Why it matters: Medicare returns such a claim as unprocessable.
    Example: 97110-CQ without GP.
    Use instead: CQ with GP, CO with GO.
    Reference: Medicare Claims Processing Manual ch.5 20.1.
    """
    if c.rules.therapy_modifier:
        for line in c.lines:
            for code in line.modifiers:
                if code in _PARTNER and _PARTNER[code] not in line.modifiers:
                    yield Problem(message=f"{line.code} has {code} without {_PARTNER[code]}.", line=line.number,
                                  value=code, allowed=(_PARTNER[code],))


@edit("PT113", Severity.ERROR)
def assistant_modifier_missing(c: Context) -> Iterator[Problem]:
    """An assistant furnished the service, but the line does not say so.

    What it checks: A code with assistant minutes only, and no CQ or CO, for payers that want it.
    Why it matters: The payer pays 85 percent of such lines; leaving the modifier out is an overpayment.
    Example: 97110 with 30 assistant minutes and no therapist minutes, sent without CQ.
    Use instead: CQ (CO for occupational therapy) on the units the assistant furnished.
    Reference: 42 USC 1395m(v); Medicare Claims Processing Manual ch.5 20.1.
    """
    if not c.rules.assistant_modifier:
        return
    for line in c.lines:
        trace, item = line.trace, line.item
        if (trace is not None and trace.assistant_minutes and not trace.therapist_minutes and not line.has(ASSISTANT)
                and item is not None and item.assistant != "supply" and base(c) in modifier.ASSISTANT):
            yield Problem(message=f"All {trace.minutes} minutes of {line.code} are the assistant's.", line=line.number,
                          allowed=(modifier.ASSISTANT[base(c)],))


@edit("PT114", Severity.HOLD)
def clinician_only(c: Context) -> Iterator[Problem]:
    """An assistant furnished a service that only a clinician may furnish.

    What it checks: Assistant minutes on evaluations, re-evaluations and other clinician-only codes.
    Why it matters: An assistant may not evaluate; the service is not payable and the licence is at stake.
    Example: 97164 with 10 assistant minutes.
    Use instead: Correct the minutes, or bill what the therapist furnished.
    Reference: Medicare Benefit Policy Manual ch.15 220.3.C.
    """
    for charge in c.visit.charges:
        item = c.procedure(charge.procedure)
        if charge.assistant_minutes and item is not None and item.assistant == "no":
            minutes = counted(charge.assistant_minutes, "assistant minute")
            yield Problem(message=f"{charge.procedure} has {minutes}; it is for a clinician only.",
                          value=charge.procedure)


@edit("PT118", Severity.ERROR)
def kx_with_notice(c: Context) -> Iterator[Problem]:
    """KX and a liability modifier contradict each other.

    What it checks: KX beside GA, GX, GY or GZ on one line.
    Why it matters: KX says medically necessary, the others expect a denial; the payer denies the line.
    Example: 97110-GP-KX-GA.
    Use instead: KX when it is necessary; GA with a signed notice when it is not.
    Reference: MAC pages on the advance beneficiary notice; Medicare Claims Processing Manual ch.5 10.3.3.
    """
    for line in c.lines:
        found = [code for code in line.modifiers if code in LIABILITY]
        if "KX" in line.modifiers and found:
            yield Problem(message=f"{line.code} has KX and {found[0]}.", line=line.number, value=found[0])


@edit("PT119", Severity.ERROR)
def too_many_modifiers(c: Context) -> Iterator[Problem]:
    """A line has more than four modifiers.

    What it checks: The number of modifiers on each line.
    Why it matters: SV101 has four places; a fifth would be lost without a trace.
    Example: 59, GP, CQ, KX and 95 on one line.
    Use instead: The four that decide payment; drop informational ones.
    Reference: 005010X222A1 2400 SV101-3 to SV101-6.
    """
    for line in c.lines:
        if len(line.modifiers) > MOST:
            yield Problem(message=f"{line.code} has {len(line.modifiers)} modifiers: {' '.join(line.modifiers)}.",
                          line=line.number, value=" ".join(line.modifiers), loop="2400", segment="SV1",
                          element="SV101")


@edit("PT120", Severity.WARNING)
def modifier_unknown(c: Context) -> Iterator[Problem]:
    """A modifier is unknown or was not in effect on the day.

    What it checks: Each captured modifier against the table of modifiers on the date of service.
    Why it matters: An invalid modifier is denied with CO-182 or CO-4.
    Example: 97110-ZZ, or XE on a service of 2014.
    Use instead: A valid modifier; if this one is valid, add it to the table with its source.
    Reference: CMS HCPCS level II modifiers; schemas/codes/modifiers.csv.
    """
    for line in c.lines:
        for code in line.modifiers:
            if modifier.find(code, c.day) is None:
                yield Problem(message=f"{line.code} has the modifier {code}, which is not known on {c.day}.",
                              line=line.number, value=code)


@edit("PT121", Severity.WARNING)
def reduced_timed_code(c: Context) -> Iterator[Problem]:
    """A timed code is marked as reduced.

    What it checks: Modifier 52 on a code that counts by minutes.
    Why it matters: A shorter timed service has fewer units; 52 invites a second reduction.
    Example: 97110-52.
    Use instead: Leave 52 out and bill the units of the minutes.
    Reference: Medicare Claims Processing Manual ch.5 20.2.
    """
    for line in c.lines:
        if "52" in line.modifiers and line.item is not None and line.item.basis is Basis.TIMED:
            yield Problem(message=f"{line.code} counts by minutes and has 52.", line=line.number, value="52")


@edit("PT122", Severity.WARNING)
def distinct_without_pair(c: Context) -> Iterator[Problem]:
    """A distinct-service modifier is used where no pair needs it.

    What it checks: 59, XE, XP, XS or XU on a line that forms no NCCI pair with another line of the claim, for payers
        that use these edits.
    Why it matters: A habitual 59 is an audit signal; 97530 with 97140, for instance, needs none.
    Example: 97530-59 beside 97140.
    Use instead: Leave the modifier out.
    Reference: NCCI Policy Manual ch.I E.
    """
    if not c.rules.ncci:
        return
    for line in c.lines:
        if line.has(modifier.DISTINCT) and not _in_pair(line.code, c.codes, c.day):
            found = next(code for code in line.modifiers if code in modifier.DISTINCT)
            yield Problem(message=f"{line.code} has {found}, but no other code of the claim forms a pair with it.",
                          line=line.number, value=found)


def _in_pair(code: str, codes: frozenset[str], day: date) -> bool:
    return any(ncci.pair(code, other, day) or ncci.pair(other, code, day) for other in codes)


@edit("PT123", Severity.WARNING)
def notice_modifiers(c: Context) -> Iterator[Problem]:
    """A voluntary notice without the exclusion it is about.

    What it checks: GX without GY on one line.
    Why it matters: GX alone leaves the reason of non-coverage out.
    Example: 97110-GX.
    Use instead: GX with GY for services excluded by law.
    Reference: CMS HCPCS level II modifiers; Medicare Claims Processing Manual ch.30.
    """
    for line in c.lines:
        if "GX" in line.modifiers and "GY" not in line.modifiers:
            yield Problem(message=f"{line.code} has GX without GY.", line=line.number, value="GX")


@edit("PT124", Severity.ERROR)
def contradictory_liability(c: Context) -> Iterator[Problem]:
    """Liability modifiers on one line that contradict each other.

    What it checks: The pairs of modifier_conflicts.csv on one line, by date of service: GZ with GA, GX or GY, and GA
        with GX or GY.  GX beside GY is in order.
    Why it matters: GA says a required notice was signed, GX a voluntary one, GZ none; GY expects a denial as excluded
        by law, the others as not necessary.  Medicare returns or denies the line, and who owes the money stays open.
    Example: 97110-GA-GZ.
    Use instead: GA with a signed notice, GZ without one; GY, with GX for a voluntary notice, for services excluded by
        law.
    Reference: schemas/codes/modifier_conflicts.csv, each pair with its source; CMS CR 6563; Medicare Claims Processing
        Manual ch.30 50.
    """
    for line in c.lines:
        if len(line.modifiers) > 1 and line.has(LIABILITY):
            for pair in modifier.conflicts(line.modifiers, c.day):
                yield Problem(message=f"{line.code} has {pair.one} and {pair.two}, which contradict each other: "
                                      f"{pair.why}.", line=line.number, value=f"{pair.one} {pair.two}", loop="2400",
                              segment="SV1", element="SV101")  # fmt: skip


@edit("PT125", Severity.WARNING)
def liability_lost(c: Context) -> Iterator[Problem]:
    """A captured liability modifier is on no line.

    What it checks: GA, GX, GY and GZ captured with a row that makes no unit of its own.
    Why it matters: The clinician gave a notice or decided not to; the claim goes out as if nothing had been said.
    Example: 97110 with 8 minutes and GA beside 97110 with 8 minutes: one unit, and the row without GA takes it.
    Use instead: See which minutes the notice was for, and correct the rows if the billed unit is the one.
    Reference: Medicare Claims Processing Manual ch.30 50; ch.5 20.2.
    """
    for note in c.coded.notes:
        if note.rule == LOST:
            yield Problem(message=f"{note.message[:1].upper()}{note.message[1:]}.", value=note.subject)
