"""Edits on diagnoses and their pointers."""

from __future__ import annotations

from collections.abc import Iterator

from ptedi.codes import diagnosis
from ptedi.edits.context import Context, Problem
from ptedi.edits.registry import edit
from ptedi.findings import Severity, counted

MOST = 12
MOST_POINTERS = 4


@edit("DX101", Severity.ERROR)
def diagnosis_missing(c: Context) -> Iterator[Problem]:
    """The claim has no diagnosis.

    What it checks: At least one diagnosis on the visit.
    Why it matters: The claim is rejected (277CA 254) before anyone reads it.
    Example: An empty diagnosis column.
    Use instead: The diagnosis of the plan of care.
    Reference: 005010X222A1 2300 HI*ABK.
    """
    if not any(code.strip() for code in c.claim.diagnoses):
        yield Problem(message="The claim has no diagnosis.", loop="2300", segment="HI", element="HI01-2")


@edit("DX102", Severity.ERROR)
def diagnosis_malformed(c: Context) -> Iterator[Problem]:
    """A diagnosis is not an ICD-10-CM code.

    What it checks: The form of each diagnosis: a letter, a digit, then up to five more.
    Why it matters: The claim is rejected (277CA 255) or denied with CO-146.
    Example: `5450` or `M5`.
    Use instead: A valid ICD-10-CM code, sent without the point.
    Reference: 005010X222A1 2300 HI; ICD-10-CM official guidelines.
    """
    for code in c.claim.diagnoses:
        if code.strip() and not diagnosis.is_valid(code):
            yield Problem(message=f"{code} is not an ICD-10-CM code.", value=code, loop="2300", segment="HI")


@edit("DX103", Severity.ERROR)
def too_many_diagnoses(c: Context) -> Iterator[Problem]:
    """The claim has more than twelve diagnoses.

    What it checks: The number of diagnoses.
    Why it matters: HI has twelve places; a thirteenth would be lost.
    Example: Thirteen codes on the visit.
    Use instead: The twelve that the lines point to; others stay in the record.
    Reference: 005010X222A1 2300 HI.
    """
    if len(c.claim.diagnoses) > MOST:
        yield Problem(message=f"The claim has {len(c.claim.diagnoses)} diagnoses, twelve fit.",
                      value=str(len(c.claim.diagnoses)), allowed=("12",))


@edit("DX104", Severity.ERROR)
def pointer_beyond(c: Context) -> Iterator[Problem]:
    """A line points to a diagnosis that is not there.

    What it checks: Each pointer against the number of diagnoses.
    Why it matters: The claim is rejected (277CA 477 or 488).
    Example: Pointer 3 with two diagnoses.
    Use instead: A position that exists.
    Reference: 005010X222A1 2400 SV107.
    """
    for line in c.lines:
        for pointer in line.line.pointers:
            if not 1 <= pointer <= len(c.claim.diagnoses):
                yield Problem(message=f"{line.code} points to diagnosis {pointer} of {len(c.claim.diagnoses)}.",
                              line=line.number, value=str(pointer), loop="2400", segment="SV1", element="SV107")


@edit("DX105", Severity.WARNING)
def diagnosis_twice(c: Context) -> Iterator[Problem]:
    """A diagnosis stands twice on the claim.

    What it checks: Equal diagnoses.
    Why it matters: Some payers reject it; pointers become ambiguous.
    Example: M5450 and M54.50.
    Use instead: Each code once.
    Reference: 005010X222A1 2300 HI.
    """
    twice = {code for code in c.claim.diagnoses if c.claim.diagnoses.count(code) > 1}
    for code in sorted(twice):
        yield Problem(message=f"{code} stands more than once.", value=code)


@edit("DX106", Severity.ERROR)
def external_cause_first(c: Context) -> Iterator[Problem]:
    """An external cause is the principal diagnosis.

    What it checks: A first diagnosis from V00 to Y99.
    Why it matters: External causes say how an injury came about; as the first code they are rejected.
    Example: W19XXXA in the first place.
    Use instead: The injury or condition first, the cause after it.
    Reference: ICD-10-CM official guidelines I.C.20.
    """
    first = c.claim.diagnoses[0] if c.claim.diagnoses else ""
    if first[:1] in ("V", "W", "X", "Y"):
        yield Problem(message=f"{first} says how it happened and cannot be the first diagnosis.", value=first)


@edit("DX107", Severity.ERROR)
def no_pointer(c: Context) -> Iterator[Problem]:
    """A line points to no diagnosis.

    What it checks: At least one pointer on each line, four at most.
    Why it matters: SV107 is required; the claim is rejected.
    Example: A line without pointers on a claim that has diagnoses.
    Use instead: The diagnosis the service treats.
    Reference: 005010X222A1 2400 SV107-1.
    """
    for line in c.lines:
        if c.claim.diagnoses and not 1 <= len(line.line.pointers) <= MOST_POINTERS:
            many = counted(len(line.line.pointers), "diagnosis", "diagnoses")
            yield Problem(message=f"{line.code} points to {many}; one to four are wanted.",
                          line=line.number, value=str(len(line.line.pointers)))


@edit("DX108", Severity.WARNING)
def injury_without_cause(c: Context) -> Iterator[Problem]:
    """An accident is claimed without any injury diagnosis.

    What it checks: A claim with an accident cause and no diagnosis from S00 to T88, or M and G codes that follow one.
    Why it matters: The insurer of the accident asks what the treatment has to do with it.
    Example: Employment accident with Z47.1 alone.
    Use instead: The injury, or the condition that followed it, beside the aftercare code.
    Reference: 005010X222A1 2300 CLM11; ICD-10-CM official guidelines I.C.19.
    """
    codes = c.claim.diagnoses
    if c.claim.related_cause and codes and not any(code[:1] in ("S", "T", "M", "G") for code in codes):
        yield Problem(message="The claim names an accident, but no diagnosis is an injury or its consequence.",
                      value=c.claim.related_cause)


@edit("DX109", Severity.HOLD)
def diagnosis_not_billable(c: Context) -> Iterator[Problem]:
    """A diagnosis cannot be billed on the day of service.

    What it checks: Each diagnosis against the ICD-10-CM order file of the day, where one is installed: it exists and
        is not only a heading that needs more characters.
    Why it matters: Rejected (277CA 255), or denied with CO-146 or CO-16 and M76.
    Example: M54.5, which became a heading on 2021-10-01; M54.50 is billable.
    Use instead: The code with all its characters, valid on the date of service.
    Reference: CDC and CMS ICD-10-CM code files; `ptedi codes load`.
    """
    for code in c.claim.diagnoses:
        if diagnosis.is_valid(code) and diagnosis.billable(code, c.day) is False:
            yield Problem(message=f"{code} is not billable on {c.day}.", value=code, loop="2300", segment="HI")
