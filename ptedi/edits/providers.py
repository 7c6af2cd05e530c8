"""Edits on who treated, who referred, and where."""

from __future__ import annotations

from collections.abc import Iterator

from ptedi.claims.coding import supervision, supervisor
from ptedi.codes import npi, taxonomy
from ptedi.edits.context import Context, Problem
from ptedi.edits.registry import edit
from ptedi.findings import Severity

CHIROPRACTOR = "111N"


@edit("PV101", Severity.ERROR)
def therapist_unknown(c: Context) -> Iterator[Problem]:
    """The therapist is not in the practice's settings.

    What it checks: The therapist of the visit against [[practice.therapists]].
    Why it matters: Without name and NPI the claim has no rendering provider.
    Example: Therapist T99, who left last year and was removed.
    Use instead: Correct the visit, or keep former therapists in the settings.
    Reference: 005010X222A1 2310B.
    """
    if c.therapist is None:
        yield Problem(message=f"The therapist {c.visit.therapist_id} is not known to the practice.",
                      value=c.visit.therapist_id, loop="2310B")


@edit("PV102", Severity.ERROR)
def assistant_renders(c: Context) -> Iterator[Problem]:
    """An assistant is named as the rendering provider.

    What it checks: The discipline of the therapist in charge of the visit.
    Why it matters: Assistants cannot enrol and cannot bill; the claim is denied with CO-185 or CO-B7.
    Example: A visit whose therapist is a PTA.
    Use instead: The supervising therapist, with the assistant in the assistant's place.
    Reference: 42 CFR 410.60(c); 005010X222A1 2310B.
    """
    if c.therapist is not None and c.therapist.discipline.is_assistant:
        yield Problem(message=f"{c.visit.therapist_id} is an assistant and cannot be the rendering provider.",
                      value=c.visit.therapist_id)


@edit("PV103", Severity.ERROR)
def rendering_npi(c: Context) -> Iterator[Problem]:
    """The rendering NPI is missing or fails its check digit.

    What it checks: Form and check digit of the NPI in 2310B, and that it is not the group's own.
    Why it matters: Rejected (277CA 562), or denied with CO-208 and N290.
    Example: 1234567890.
    Use instead: The therapist's individual NPI.
    Reference: 005010X222A1 2310B NM109; NPI check digit.
    """
    number = c.claim.rendering.npi
    if c.therapist is not None and not npi.is_valid(number):
        yield Problem(message="The therapist's NPI is not valid.", value=number, loop="2310B", segment="NM1",
                      element="NM109")
    elif number and number == c.claim.billing.npi:
        yield Problem(message="The therapist has the NPI of the group.", value=number, severity=Severity.WARNING)


@edit("PV104", Severity.HOLD)
def not_enrolled(c: Context) -> Iterator[Problem]:
    """The therapist was not enrolled with the payer on the day.

    What it checks: The enrolments in the practice's copy of the payer's profile, on the date of service; checked when
        the profile requires it or lists anyone.  Not where the payer takes them under a supervising provider (PV113).
    Why it matters: Denied with CO-B7 or CO-185; most payers do not backdate.
    Example: A therapist enrolled from 2026-12-01, service on 2026-11-20.
    Use instead: Hold until the enrolment is effective, or bill under the rules of the payer for new staff.
    Reference: The payer's profile, [[enrolled]].
    """
    checked = (c.rules.enrollment_required or c.profile.enrollments) and "unenrolled" not in c.rules.supervised
    if checked and c.claim.rendering.npi and not c.profile.enrolled(c.claim.rendering.npi, c.day):
        yield Problem(message=f"The therapist is not enrolled with {c.profile.name} on {c.day}.",
                      value=c.claim.rendering.npi)


@edit("PV105", Severity.HOLD)
def referring_missing(c: Context) -> Iterator[Problem]:
    """The referring provider is missing.

    What it checks: A referring provider with name and NPI, for payers that require one.
    Why it matters: Medicare rejects therapy without the certifying provider: CO-16 with N286.
    Example: A visit to Medicare Part B without referrer.
    Use instead: The physician or practitioner who certifies the plan of care.
    Reference: 005010X222A1 2310A NM1*DN; Medicare Claims Processing Manual ch.5 10.
    """
    if c.rules.referring_required and c.claim.referring is None:
        yield Problem(message=f"{c.profile.name} requires the referring provider.", loop="2310A", segment="NM1")


@edit("PV106", Severity.ERROR)
def referring_npi(c: Context) -> Iterator[Problem]:
    """The referring NPI is missing or fails its check digit.

    What it checks: Form and check digit of the NPI in 2310A.
    Why it matters: Rejected (277CA 562), or denied with CO-16 and N286.
    Example: A referrer with nine digits.
    Use instead: The referrer's individual NPI from the registry.
    Reference: 005010X222A1 2310A NM109.
    """
    if c.claim.referring is not None and not npi.is_valid(c.claim.referring.npi):
        yield Problem(message="The referrer's NPI is not valid.", value=c.claim.referring.npi, loop="2310A",
                      segment="NM1", element="NM109")


@edit("PV107", Severity.HOLD)
def refers_to_himself(c: Context) -> Iterator[Problem]:
    """The therapist is also the referring provider.

    What it checks: Equal NPIs in 2310A and 2310B, or a referrer with the group's NPI.
    Why it matters: A therapist may not certify his own plan; Medicare denies with CO-183 and N574.
    Example: The therapist's NPI in the referrer's column.
    Use instead: The physician or practitioner who certifies.
    Reference: Medicare Benefit Policy Manual ch.15 220.1.1.
    """
    referrer = c.claim.referring
    if referrer is not None and referrer.npi in (c.claim.rendering.npi, c.claim.billing.npi):
        yield Problem(message="The referring provider is the therapist or the group.", value=referrer.npi)


@edit("PV108", Severity.HOLD)
def chiropractor_certifies(c: Context) -> Iterator[Problem]:
    """A chiropractor is named as the certifying provider.

    What it checks: The referrer's taxonomy, where the payer requires a certified plan.
    Why it matters: Chiropractors may not certify therapy for Medicare.
    Example: A referrer with taxonomy 111N00000X.
    Use instead: A physician, nurse practitioner, clinical nurse specialist or physician assistant.
    Reference: Medicare Benefit Policy Manual ch.15 220.1.1.
    """
    referrer = c.claim.referring
    if c.rules.plan_of_care and referrer is not None and referrer.taxonomy.startswith(CHIROPRACTOR):
        yield Problem(message="A chiropractor cannot certify a therapy plan of care.", value=referrer.taxonomy)


@edit("PV109", Severity.ERROR)
def clinic_unknown(c: Context) -> Iterator[Problem]:
    """The clinic is not in the practice's settings.

    What it checks: The clinic of the visit against [[practice.clinics]].
    Why it matters: The place of service cannot be written; locality and fee would be wrong.
    Example: Clinic WEST, which is not configured.
    Use instead: Correct the visit, or add the clinic.
    Reference: 005010X222A1 2310C.
    """
    if c.practice.clinic(c.visit.clinic_id) is None:
        yield Problem(message=f"The clinic {c.visit.clinic_id} is not known to the practice.", value=c.visit.clinic_id)


@edit("PV110", Severity.ERROR)
def zip_of_providers(c: Context) -> Iterator[Problem]:
    """A provider address lacks the nine-digit ZIP code.

    What it checks: The billing address and the service facility.
    Why it matters: The guide requires nine digits for providers; many clearinghouses reject five (277CA 500).
    Example: 87501 for the billing address.
    Use instead: ZIP+4 from the postal service.
    Reference: 005010X222A1 2010AA and 2310C N403.
    """
    places = [("billing address", c.claim.billing.address.zip_code)]
    if c.claim.facility is not None:
        places.append(("service facility", c.claim.facility.address.zip_code))
    for name, code in places:
        if len(code) != 9:
            yield Problem(message=f"The {name} has no nine-digit ZIP code.", value=code, segment="N4", element="N403")


@edit("PV111", Severity.WARNING)
def taxonomy_unknown(c: Context) -> Iterator[Problem]:
    """The therapist's taxonomy does not fit the profession.

    What it checks: The taxonomy in 2310B against the therapist's discipline.
    Why it matters: Payers match NPI, taxonomy and service; a mismatch is denied with CO-8 or rejected (277CA 145).
    Example: A physical therapist with 225X00000X, which is occupational therapy.
    Use instead: 2251 codes for physical, 225X for occupational, 235Z for speech therapy.
    Reference: NUCC taxonomy; 005010X222A1 2310B PRV03.
    """
    if c.therapist is None:
        return
    starts = {"PT": ("2251",), "OT": ("225X",), "SLP": ("235Z",)}.get(c.therapist.discipline.value, ())
    code = c.claim.rendering.taxonomy
    if starts and not (taxonomy.is_valid(code) and code.startswith(starts)):
        yield Problem(message=f"The taxonomy {code or '(none)'} is not one of {c.therapist.discipline}.", value=code,
                      loop="2310B", segment="PRV", element="PRV03")


@edit("PV112", Severity.HOLD)
def assistant_of_other_discipline(c: Context) -> Iterator[Problem]:
    """The assistant is unknown or of another profession.

    What it checks: The assistant of the visit against the settings and the therapist's discipline.
    Why it matters: A physical therapist supervises physical therapy assistants only; CQ would be wrong for another.
    Example: An occupational therapy assistant under a physical therapist.
    Use instead: The assistant who was there.
    Reference: Medicare Benefit Policy Manual ch.15 230.
    """
    if not c.visit.assistant_id:
        return
    assistant = c.practice.therapist(c.visit.assistant_id)
    wanted = {"PT": "PTA", "OT": "OTA"}.get(c.therapist.discipline.value, "") if c.therapist else ""
    if assistant is None:
        yield Problem(message=f"The assistant {c.visit.assistant_id} is not known to the practice.",
                      value=c.visit.assistant_id)
    elif wanted and assistant.discipline.value != wanted:
        yield Problem(message=f"{c.visit.assistant_id} is {assistant.discipline}, not {wanted}.",
                      value=assistant.discipline.value, allowed=(wanted,))


@edit("PV113", Severity.HOLD)
def supervisor_missing(c: Context) -> Iterator[Problem]:
    """The payer wants the supervising provider, and there is none.

    What it checks: A supervising provider (2310D) on visits of an assistant, or of a therapist who is not enrolled,
        where the payer's profile asks for it.
    Why it matters: The payer rejects the claim or pays nothing for staff it does not know.
    Example: A new therapist, not yet enrolled, and nobody named who supervises.
    Use instead: The supervisor of the visit, or the one the settings name for the therapist or assistant.
    Reference: 005010X222A1 2310D NM1*DQ; the payer's profile, value supervised.
    """
    why = supervision(c.visit, c.practice, c.profile)
    if why and c.claim.supervising is None:
        of = "a therapist who is not enrolled" if why == "unenrolled" else "an assistant"
        yield Problem(message=f"{c.profile.name} wants the supervising provider of {of}.", loop="2310D", segment="NM1")


@edit("PV114", Severity.HOLD)
def supervisor_unfit(c: Context) -> Iterator[Problem]:
    """The supervising provider cannot supervise this visit.

    What it checks: The supervisor named on a claim against the settings: a therapist of the practice, of the discipline
        of the therapist in charge, enrolled where the payer lists its providers, and nobody under his own supervision.
    Why it matters: A supervisor whom the payer does not know is as good as none; an assistant may not supervise.
    Example: A therapist who is not enrolled is billed under himself.
    Use instead: The enrolled therapist who supervised.
    Reference: 005010X222A1 2310D; Medicare Benefit Policy Manual ch.15 230.
    """
    if c.claim.supervising is None:
        return
    found = c.practice.therapist(supervisor(c.visit, c.practice))
    unenrolled = supervision(c.visit, c.practice, c.profile) == "unenrolled"
    if found is None or found.discipline.is_assistant:
        yield Problem(message="The supervising provider is no therapist of the practice.", loop="2310D", segment="NM1")
    elif c.therapist is not None and found.discipline is not c.therapist.discipline:
        yield Problem(message=f"The supervisor is {found.discipline}, the therapist {c.therapist.discipline}.",
                      value=found.discipline.value, allowed=(c.therapist.discipline.value,))
    elif unenrolled and found is c.therapist:
        yield Problem(message="The therapist is billed under his own supervision.", value=found.id)
    elif (unenrolled or c.profile.enrollments) and not c.profile.enrolled(found.npi, c.day):
        yield Problem(message=f"The supervisor is not enrolled with {c.profile.name} on {c.day}.", value=found.npi)
