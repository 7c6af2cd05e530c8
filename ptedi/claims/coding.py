"""From a visit to a claim: units, modifiers, lines, and why each is as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from ptedi import money
from ptedi.claims import identity, modifiers, units
from ptedi.claims.drafting import Rows, drafted, unit_notes
from ptedi.claims.model import (
    Charge,
    ChargeSource,
    Claim,
    CodedClaim,
    Coverage,
    Discipline,
    LineTrace,
    PayerName,
    PersonName,
    Practice,
    Provider,
    Reason,
    ServiceFacility,
    ServiceLine,
    Visit,
)
from ptedi.claims.modifiers import Draft
from ptedi.claims.others import other_payers
from ptedi.codes import diagnosis, mbi, procedures
from ptedi.payers.profile import PayerProfile, PayerRules

THERAPY_DOLLARS = "therapy dollars"
_NOBODY: Mapping[str, PayerProfile] = MappingProxyType({})
NOT_AT_CLINIC = frozenset({"02", "10", "12"})


def code_visit(visit: Visit, practice: Practice, profile: PayerProfile, *, control_number: str,
               therapy_dollars_before: Decimal = money.ZERO, beside: Iterable[str] = (),
               profiles: Mapping[str, PayerProfile] = _NOBODY) -> CodedClaim:
    """Codes one visit for one payer.  Never raises on bad data: what is missing stays empty for the edits to find.

    Args:
        visit: what was captured.
        practice: who treated and bills, and the price list.
        profile: the payer; the coverage with its id is billed, else the primary one.
        control_number: CLM01.
        therapy_dollars_before: the patient's allowed therapy dollars of this calendar year before this visit, from
            the coverage's opening balance and our own earlier claims.
        beside: procedures of the patient's earlier visits of the day: one unit of a day is paid whole.
        profiles: the payers by our id; the claim names those of the patient's other coverages.
    """
    rules = profile.on(visit.service_date)
    coverage = billed_coverage(visit, profile.id)
    therapist = practice.therapist(visit.therapist_id)
    base = modifiers.base_discipline(therapist.discipline if therapist else Discipline.PT)
    rows = Rows.of(visit)
    allocation = units.visit_units(rules.unit_rule, rows.minutes, rows.count, visit.service_date)
    notes = unit_notes(rules.unit_rule, allocation, rows, visit.service_date)
    drafts = drafted(rows, allocation, rules, practice, base, visit.service_date, notes)
    modifiers.discipline(drafts, base, rules)
    modifiers.distinct(drafts, rules, visit.service_date)
    running = modifiers.threshold(drafts, base, rules, visit.service_date, therapy_dollars_before, beside)
    if running.after > running.before:
        said = f"{money.usd(running.before)} before this visit, about {money.usd(running.after)} after"
        notes.append(Reason(subject=THERAPY_DOLLARS, rule="running total", message=said, source=modifiers.KX_SOURCE))
    lines, trace = _lines(drafts, rows, visit, rules, control_number)
    claim = _claim(visit, practice, profile, coverage, lines, control_number)
    if len(visit.coverages) > 1:
        claim = replace(claim, other_payers=other_payers(visit, profile, coverage, profiles))
    return CodedClaim(claim=claim, payer_id=profile.id, visit_ids=(visit.visit_id,), service_date=visit.service_date,
                      patient_id=visit.patient_id, trace=trace, notes=tuple(notes))


def billed_coverage(visit: Visit, payer_id: str) -> Coverage | None:
    """The coverage of this payer, else the primary one, else none."""
    found = next((c for c in visit.coverages if c.payer_id == payer_id), None)
    return found or next((c for c in visit.coverages if c.sequence == "P"), None)


def _lines(drafts: list[Draft], rows: Rows, visit: Visit, rules: PayerRules,
           control_number: str) -> tuple[tuple[ServiceLine, ...], tuple[LineTrace, ...]]:
    lines, traces = [], []
    for number, draft in enumerate(drafts, 1):
        behind = rows.behind(draft.code)
        lines.append(ServiceLine(
            number=number, procedure=draft.code, modifiers=modifiers.ordered(draft.modifiers, rules),
            charge=money.round_cents(draft.charge), units=draft.units, pointers=_pointers(behind, len(visit.diagnoses)),
            service_date=visit.service_date, control_number=identity.line_control_number(control_number, number),
            description=next((row.description for row in behind if row.description), ""),
        ))  # fmt: skip
        traces.append(LineTrace(
            line=number, minutes=draft.therapist_minutes + draft.assistant_minutes,
            therapist_minutes=draft.therapist_minutes, assistant_minutes=draft.assistant_minutes,
            rows=_sources(behind), reasons=tuple(draft.reasons),
        ))  # fmt: skip
    return tuple(lines), tuple(traces)


def _sources(rows: Iterable[Charge]) -> tuple[ChargeSource, ...]:
    return tuple(row.source for row in rows)


def _pointers(rows: list[Charge], diagnoses: int) -> tuple[int, ...]:
    """The captured pointers in order, at most four; without any, the first up to four diagnoses."""
    captured = tuple(dict.fromkeys(p for row in rows for p in row.diagnosis_pointers))
    return captured[:4] or tuple(range(1, min(diagnoses, 4) + 1))


def _claim(visit: Visit, practice: Practice, profile: PayerProfile, coverage: Coverage | None,
           lines: tuple[ServiceLine, ...], control_number: str) -> Claim:
    rules = profile.on(visit.service_date)
    relationship = coverage.relationship if coverage else "18"
    subscriber = coverage.subscriber if coverage and relationship != "18" else None
    return Claim(
        patient_control_number=control_number, payer=PayerName(name=profile.name, id=profile.payer_id),
        billing=practice.billing, rendering=_rendering(visit, practice), referring=visit.referring,
        facility=_facility(visit, practice), supervising=_supervising(visit, practice, profile),
        sequence=coverage.sequence if coverage else "P",
        filing_indicator=profile.filing_indicator, relationship=relationship,
        member_id=_member_id(coverage, rules), group_number=coverage.group_number if coverage else "",
        group_name=coverage.group_name if coverage and not coverage.group_number else "",
        property_casualty_number=coverage.property_casualty_number if coverage else "",
        subscriber=subscriber or visit.patient, patient=visit.patient if subscriber else None,
        place_of_service=visit.place_of_service, diagnoses=tuple(diagnosis.compact(d) for d in visit.diagnoses),
        lines=lines, onset_date=visit.onset_date if visit.onset_date != visit.service_date else None,
        initial_treatment_date=visit.initial_treatment_date if rules.initial_treatment_date else None,
        accident_date=visit.accident_date, related_cause=visit.accident_cause, accident_state=visit.accident_state,
        prior_authorization=visit.authorization, referral_number=visit.referral_number,
        medical_record_number=visit.medical_record_number,
    )  # fmt: skip


def as_set_today(coded: CodedClaim, visit: Visit, practice: Practice, profile: PayerProfile) -> CodedClaim:
    """A claim with what settings say of practice, clinic, therapist and payer now; all else as it was coded."""
    claim = replace(
        coded.claim, payer=PayerName(name=profile.name, id=profile.payer_id), billing=practice.billing,
        rendering=_rendering(visit, practice), facility=_facility(visit, practice),
        supervising=_supervising(visit, practice, profile), filing_indicator=profile.filing_indicator,
    )  # fmt: skip
    return replace(coded, claim=claim)


def _member_id(coverage: Coverage | None, rules: PayerRules) -> str:
    """The member number; a Medicare number without the hyphens of the card."""
    number = coverage.member_id if coverage else ""
    return mbi.compact(number) if rules.member_id == "mbi" else number


def _rendering(visit: Visit, practice: Practice) -> Provider:
    """The therapist in charge; an unknown one keeps the captured id as a name and no NPI, for an edit to hold."""
    therapist = practice.therapist(visit.therapist_id)
    if therapist is None:
        return Provider(name=PersonName(last=visit.therapist_id, first=""), npi="")
    return Provider(name=therapist.name, npi=therapist.npi, taxonomy=therapist.taxonomy)


def _supervising(visit: Visit, practice: Practice, profile: PayerProfile) -> Provider | None:
    """2310D, where the payer wants it of such a visit; None while nobody is known to have supervised."""
    one = practice.therapist(supervisor(visit, practice)) if supervision(visit, practice, profile) else None
    return None if one is None else Provider(name=one.name, npi=one.npi)


def supervision(visit: Visit, practice: Practice, profile: PayerProfile) -> str:
    """Why this payer wants the supervising provider of a visit: `assistants` or `unenrolled`, "" when it does not."""
    wanted = profile.on(visit.service_date).supervised
    if not wanted:
        return ""
    therapist = practice.therapist(visit.therapist_id)
    if "unenrolled" in wanted and therapist and not profile.enrolled(therapist.npi, visit.service_date):
        return "unenrolled"
    assisted = visit.assistant_id or any(charge.assistant_minutes for charge in visit.charges)
    return "assistants" if "assistants" in wanted and assisted else ""


def supervisor(visit: Visit, practice: Practice) -> str:
    """Who supervised: as captured, else as the settings say of the assistant, then of the therapist.

    The therapist in charge supervises the assistant of the visit when nobody says otherwise.
    """
    people = (practice.therapist(visit.assistant_id), practice.therapist(visit.therapist_id))
    named = (visit.supervising_id, *(one.supervisor for one in people if one))
    return next(filter(None, named), visit.therapist_id if people[0] else "")


def _facility(visit: Visit, practice: Practice) -> ServiceFacility | None:
    """2310C: the clinic, when the patient came to one that is not the billing address."""
    clinic = practice.clinic(visit.clinic_id)
    if clinic is None or clinic.is_billing_address or visit.place_of_service in NOT_AT_CLINIC:
        return None
    return ServiceFacility(name=clinic.name, npi=clinic.npi, address=clinic.address)


def therapy_dollars(coded: CodedClaim, not_covered: Collection[str] = (), beside: Iterable[str] = ()) -> Decimal:
    """What a claim is likely to add to the patient's therapy dollars of the year, until its remittance says."""
    day = coded.service_date
    drafts = [Draft(code=line.procedure, item=procedures.find(line.procedure, day), units=line.units,
                    charge=line.charge, modifiers=list(line.modifiers)) for line in coded.claim.lines]  # fmt: skip
    return sum(modifiers.estimates(drafts, day, not_covered, beside), money.ZERO)
