"""Edits on services at a distance."""

from __future__ import annotations

from collections.abc import Iterator

from ptedi.codes import place_of_service
from ptedi.edits.context import Context, Problem
from ptedi.edits.registry import edit
from ptedi.findings import Severity

REMOTE = frozenset({"02", "10"})
MODIFIERS = frozenset({"95", "93", "GT"})
SAYS_HOW = MODIFIERS | {"GQ", "FQ"}
"""Each says by itself how the patient was reached: no line has two of them."""
HANDS_ON = frozenset({"97032", "97033", "97034", "97035", "97036", "97113", "97124", "97140", "97012", "97016", "97018",
                      "97022", "97024", "97026", "97028", "20560", "20561", "G0283", "97014"})  # fmt: skip


@edit("PT160", Severity.HOLD)
def telehealth_without_modifier(c: Context) -> Iterator[Problem]:
    """A telehealth place has no telehealth modifier.

    What it checks: Place of service 02 or 10 with one of the modifiers the payer's profile names.  A line that says
        audio only (93) where the payer takes 95 alone is not mended: what happened decides.
    Why it matters: Denied with CO-4 or CO-5, or paid at the wrong rate.
    Example: Place 10 and 97110-GP without 95.
    Use instead: 95 for audio and video, 93 for audio only; place 11 if the patient came in.
    Reference: CMS place of service codes 02 and 10; the payer's profile, value telehealth_modifiers.
    """
    wanted = c.rules.telehealth_modifiers
    if c.claim.place_of_service in REMOTE and wanted:
        for line in c.lines:
            if not line.has(frozenset(wanted)) and not line.is_kind("remote"):
                other = [code for code in line.modifiers if code in SAYS_HOW]
                has = f"has {' and '.join(other)}; {c.profile.name} takes" if other else "has none of"
                yield Problem(message=f"{line.code} was furnished at a distance (place {c.claim.place_of_service}) and "
                                      f"{has} {', '.join(wanted)}.", line=line.number, allowed=wanted,
                              value=" ".join(other) or None)


@edit("PT161", Severity.HOLD)
def telehealth_in_clinic(c: Context) -> Iterator[Problem]:
    """A telehealth modifier stands on a service in the clinic.

    What it checks: 95, 93 or GT with a place of service other than 02 and 10.
    Why it matters: Modifier and place contradict each other; the line is denied with CO-4 or CO-5.
    Example: 97110-95 with place 11.
    Use instead: Place 10 (home) or 02, or no telehealth modifier.
    Reference: CMS place of service codes 02 and 10.
    """
    if c.claim.place_of_service not in REMOTE:
        for line in c.lines:
            if line.has(MODIFIERS):
                yield Problem(message=f"{line.code} has a telehealth modifier at place {c.claim.place_of_service}.",
                              line=line.number, value=c.claim.place_of_service, allowed=("02", "10"))


@edit("PT162", Severity.ERROR)
def both_telehealth_modifiers(c: Context) -> Iterator[Problem]:
    """Audio-video and audio-only on one line.

    What it checks: More than one of 95, 93 and GT on a line.
    Why it matters: They exclude each other; the line is denied with CO-4.
    Example: 97110-95-93.
    Use instead: The one that tells what happened.
    Reference: CPT modifiers 95 and 93.
    """
    for line in c.lines:
        found = [code for code in line.modifiers if code in MODIFIERS]
        if len(found) > 1:
            yield Problem(message=f"{line.code} has {' and '.join(found)}.", line=line.number, value=" ".join(found))


@edit("PT163", Severity.HOLD)
def hands_on_at_distance(c: Context) -> Iterator[Problem]:
    """A hands-on service was furnished at a distance.

    What it checks: Manual therapy, massage, modalities, pool therapy and needling with place 02 or 10.
    Why it matters: It cannot be done without touching the patient; the line is denied and the visit looks invented.
    Example: 97140 with place 10.
    Use instead: Correct the procedure or the place.
    Reference: CPT definitions of attended services; payers' telehealth lists.
    """
    if c.claim.place_of_service in REMOTE:
        for line in c.lines:
            if line.code in HANDS_ON:
                yield Problem(message=f"{line.code} cannot be furnished at a distance.", line=line.number,
                              value=line.code)


@edit("PT164", Severity.HOLD)
def telehealth_not_paid(c: Context) -> Iterator[Problem]:
    """The payer does not pay therapy at a distance.

    What it checks: Place 02 or 10, against the payer's profile on the date of service.
    Why it matters: Denied with CO-96 or CO-272, and often not billable to the patient.
    Example: A video visit to Medicare on 2028-01-10; therapists are its telehealth practitioners through 2027-12-31.
    Use instead: A visit in person; if the law or contract was extended, a dated block in the profile.
    Reference: The payer's profile, value telehealth; Consolidated Appropriations Act 2026.
    """
    if not c.rules.telehealth and c.claim.place_of_service in REMOTE:
        yield Problem(message=f"{c.profile.name} does not pay therapy at a distance on {c.day}.",
                      value=c.claim.place_of_service)


@edit("PT165", Severity.ERROR)
def place_unknown(c: Context) -> Iterator[Problem]:
    """The place of service is unknown or was not in effect.

    What it checks: Place of service of the claim and its lines against the table on the date of service.
    Why it matters: Rejected (277CA 249), or denied with CO-58.
    Example: Place 1, or place 10 before 2022.
    Use instead: A place of the table: 11 office, 12 home, 02 and 10 telehealth.
    Reference: CMS place of service code set.
    """
    for code in sorted({c.claim.place_of_service} | {line.line.place_of_service for line in c.lines} - {""}):
        if place_of_service.find(code, c.day) is None:
            yield Problem(message=f"The place of service {code or '(none)'} is not known on {c.day}.", value=code,
                          loop="2300", segment="CLM", element="CLM05-1")


@edit("PT166", Severity.WARNING)
def facility_place(c: Context) -> Iterator[Problem]:
    """The place of service is a facility.

    What it checks: Places such as 19, 22 and 31, where the facility bills therapy itself.
    Why it matters: A private practice is not paid for therapy to inpatients and hospital outpatients.
    Example: Place 22 on a practice's claim.
    Use instead: 11 if the patient came to the clinic.
    Reference: Medicare Claims Processing Manual ch.5 10 (where therapy is billed).
    """
    place = place_of_service.find(c.claim.place_of_service, c.day)
    if place is not None and place.facility:
        yield Problem(message=f"Place {place.code} ({place.label}) is a facility.", value=place.code)
