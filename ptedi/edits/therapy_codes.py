"""Edits on the procedures themselves."""

from __future__ import annotations

from collections.abc import Iterator

from ptedi.codes import procedures
from ptedi.codes.procedures import Basis
from ptedi.edits.context import Context, Problem
from ptedi.edits.registry import edit
from ptedi.edits.therapy_modifiers import LIABILITY, base
from ptedi.findings import Severity, counted

_EITHER = (("98979", "98980"), ("98977", "98985"), ("98976", "98984"))


@edit("PT130", Severity.HOLD)
def payer_wants_another(c: Context) -> Iterator[Problem]:
    """The payer wants another code for this service.

    What it checks: Codes for which the payer's profile names another one, such as 97014 sent to Medicare.
    Why it matters: The line is denied as invalid (CO-181) although the service is payable.
    Example: 97014 to Medicare Part B.
    Use instead: The code of the profile: G0283 for unattended stimulation to Medicare (G0281 for a qualifying wound).
    Reference: Medicare physician fee schedule status I; the payer's profile, value instead.
    """
    wanted = dict(c.rules.instead)
    for line in c.lines:
        if line.code in wanted:
            yield Problem(message=f"{c.profile.name} takes {wanted[line.code]} instead of {line.code}.",
                          line=line.number, value=line.code, allowed=(wanted[line.code],))


@edit("PT131", Severity.WARNING)
def never_paid(c: Context) -> Iterator[Problem]:
    """The payer never pays this code by itself.

    What it checks: Codes that the payer's profile lists as not covered or bundled.
    Why it matters: The line comes back with CO-97 or CO-96; nobody should wait for its money.
    Example: 97010 to Medicare Part B.
    Use instead: Keep it in the note; leave it off the claim or expect nothing for it.
    Reference: Medicare physician fee schedule status B and N; the payer's profile, value not_covered.
    """
    for line in c.lines:
        if line.code in c.rules.not_covered and not line.has(LIABILITY):
            yield Problem(message=f"{c.profile.name} does not pay {line.code} by itself.", line=line.number,
                          value=line.code)


@edit("PT132", Severity.HOLD)
def code_not_in_effect(c: Context) -> Iterator[Problem]:
    """A procedure code is unknown or was not in effect on the day of service.

    What it checks: Each procedure against the table on the date of service, and HCPCS level II codes (a letter first)
        against the official file where it is installed; one that was not in effect stops the claim, one we do not
        know waits for a person.
    Why it matters: An invalid code is denied with CO-181, and no other edit can judge an unknown one.
    Example: 97001 after 2016, or 98985 before 2026.
    Use instead: The code that is valid on the day; a valid code we do not know belongs into the table.
    Reference: schemas/codes/procedures.csv; CMS HCPCS quarterly update, `ptedi codes load`.
    """
    for line in c.lines:
        if procedures.in_force(line.code, c.day) is False:
            yield Problem(message=f"{line.code} is not in the HCPCS file on {c.day}.", line=line.number,
                          value=line.code, severity=Severity.ERROR)
        elif line.item is None:
            said = "was not in effect" if procedures.known(line.code) else "is not a code we know"
            yield Problem(message=f"{line.code} {said} on {c.day}.", line=line.number, value=line.code,
                          severity=Severity.ERROR if procedures.known(line.code) else None)


@edit("PT133", Severity.ERROR)
def other_discipline(c: Context) -> Iterator[Problem]:
    """A code of another profession is billed.

    What it checks: Codes that belong to one discipline, against the therapist in charge.
    Why it matters: The payer denies with CO-8 or CO-170; it also hints at a wrong therapist on the visit.
    Example: 97165, an occupational therapy evaluation, by a physical therapist.
    Use instead: The code of the own profession: 97161 to 97164 for physical therapy.
    Reference: CPT 97161 to 97168; Medicare Claims Processing Manual ch.5 20.1.
    """
    for line in c.lines:
        if line.item is not None and line.item.discipline not in ("any", base(c)):
            yield Problem(message=f"{line.code} is a code of {line.item.discipline}, the therapist is {base(c)}.",
                          line=line.number, value=line.code)


@edit("PT134", Severity.ERROR)
def addon_without_parent(c: Context) -> Iterator[Problem]:
    """An add-on code stands without the code it adds to.

    What it checks: Add-ons (97130, 97546, 97551, 97598, 90913, 98981) against the other lines of the claim.
    Why it matters: It is denied with CO-107 or CO-B15 and remark N122.
    Example: 97130 without 97129.
    Use instead: The base code for the first part of the service, the add-on for the rest.
    Reference: CMS add-on code edits, type 1.
    """
    for line in c.lines:
        parent = line.item.parent if line.item is not None else ""
        if parent and parent not in c.codes:
            yield Problem(message=f"{line.code} adds to {parent}, which is not on the claim.", line=line.number,
                          value=line.code, allowed=(parent,))


@edit("PT135", Severity.ERROR)
def unlisted_without_description(c: Context) -> Iterator[Problem]:
    """An unlisted code lacks its description.

    What it checks: 97039, 97139 and 97799 without a text for SV101-7.
    Why it matters: Denied with CO-16 and remark N350.
    Example: 97139 with an empty description.
    Use instead: A few words on what was done, and the time.
    Reference: 005010X222A1 2400 SV101-7.
    """
    for line in c.lines:
        if line.item is not None and line.item.basis is Basis.UNLISTED and not line.line.description.strip():
            yield Problem(message=f"{line.code} is an unlisted code and has no description.", line=line.number,
                          value=line.code, loop="2400", segment="SV1", element="SV101-7")


@edit("PT136", Severity.HOLD)
def untimed_units(c: Context) -> Iterator[Problem]:
    """An untimed code bills more than one unit.

    What it checks: Units of codes that count once a day whatever the minutes.
    Why it matters: Anything above one is denied, or paid and taken back.
    Example: 97012 with two units for 30 minutes of traction.
    Use instead: One unit.
    Reference: Medicare Claims Processing Manual ch.5 20.2.B.
    """
    for line in c.lines:
        if line.item is not None and line.item.basis is Basis.UNTIMED and line.line.units > 1:
            yield Problem(message=f"{line.code} counts once a day and bills {counted(line.line.units, 'unit')}.",
                          line=line.number, value=str(line.line.units), allowed=("1",))


@edit("PT137", Severity.WARNING)
def notice_missing(c: Context) -> Iterator[Problem]:
    """A service that is rarely covered has no liability modifier.

    What it checks: Procedures that the payer's profile lists, such as dry needling for Medicare, without GA, GX, GY
        or GZ.
    Why it matters: Without a notice the practice cannot bill the patient after the denial.
    Example: 20561 to Medicare Part B without GA or GY.
    Use instead: A signed notice and GA, or GY where it is excluded.
    Reference: The payer's profile, value notice_required; Medicare coverage determinations on needling.
    """
    for line in c.lines:
        if line.code in c.rules.notice_required and not line.has(LIABILITY):
            yield Problem(message=f"{line.code} is rarely covered and has no liability modifier.", line=line.number,
                          value=line.code)


@edit("PT138", Severity.HOLD)
def monitoring_twice(c: Context) -> Iterator[Problem]:
    """Two remote monitoring codes that exclude each other.

    What it checks: 98979 with 98980, 98977 with 98985, 98976 with 98984, on the claim or within the patient's earlier
        visits of the same month (30 days for the device codes).
    Why it matters: Only one of each pair is paid in its period.
    Example: 98979 on the 5th and 98980 on the 20th of one month.
    Use instead: The one code that fits the minutes or days of the whole period.
    Reference: CMS CR 14250.
    """
    for one, two in _EITHER:
        for code, other in ((one, two), (two, one)):
            if code in c.codes and (_in_period(c, other) or (code == one and other in c.codes)):
                yield Problem(message=f"{code} excludes {other} of the same period.", value=code)


def _in_period(c: Context, code: str) -> bool:
    monthly = code in ("98979", "98980")
    return any(
        code in visit.procedures and (
            (visit.service_date.year, visit.service_date.month) == (c.day.year, c.day.month) if monthly
            else abs((c.day - visit.service_date).days) < 30)
        for visit in c.history.visits
    )  # fmt: skip
