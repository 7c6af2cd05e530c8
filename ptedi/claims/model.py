"""The nouns of billing: practice, patient, coverage, charge, visit, service line, claim.

Everything here is frozen and holds exactly what a person or the wire can say.  `Visit` is what a clinic captured;
`Claim` is what an 837P carries (parse(write(claim)) == claim); how one became the other is in `CodedClaim.trace`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ptedi.claims.coordination import LineAdjudication, OtherPayer
from ptedi.claims.names import Address, PayerName, PersonName

__all__ = ["Address", "LineAdjudication", "OtherPayer", "PayerName", "PersonName"]  # imported from here too


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingProvider:
    """2000A/2010AA: the group that bills; `tax_id` is an EIN (nine digits), `pay_to` 2010AB when it differs."""

    name: str
    npi: str
    tax_id: str
    taxonomy: str
    address: Address
    contact_name: str = ""
    phone: str = ""
    pay_to: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A person: rendering (2310B, with taxonomy), referring (2310A DN) or supervising (2310D DQ), those without."""

    name: PersonName
    npi: str
    taxonomy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacility:
    """2310C: where the patient was treated, when that is neither the billing address nor the home."""

    name: str
    npi: str
    address: Address


class Discipline(StrEnum):
    """Who may treat: decides taxonomy and the GP/GO/GN modifier."""

    PT = "PT"
    PTA = "PTA"
    OT = "OT"
    OTA = "OTA"
    SLP = "SLP"

    @property
    def is_assistant(self) -> bool:
        """Whether work of this person needs CQ or CO."""
        return self in (Discipline.PTA, Discipline.OTA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Therapist:
    """A therapist or assistant of the practice; `id` is the practice's own short id used in charge files.

    `supervisor` is the id of the therapist under whose supervision this person works, "" when nobody is named.
    """

    id: str
    name: PersonName
    npi: str
    discipline: Discipline
    taxonomy: str
    supervisor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """A place of the practice; `is_billing_address` means 2310C is not sent for visits there."""

    id: str
    name: str
    npi: str
    address: Address
    place_of_service: str = "11"
    is_billing_address: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """The group, its places, its people and its price list (charge per unit by procedure code)."""

    id: str
    billing: BillingProvider
    clinics: tuple[Clinic, ...]
    therapists: tuple[Therapist, ...]
    charges: dict[str, Decimal]

    def clinic(self, key: str) -> Clinic | None:
        """The clinic with this id, or None."""
        for one in self.clinics:
            if one.id == key:
                return one
        return None

    def therapist(self, key: str) -> Therapist | None:
        """The therapist with this id, or None."""
        for one in self.therapists:
            if one.id == key:
                return one
        return None


NOT_SENT = date.min
"""The date of a required date that a file of someone else does not carry (a subscriber without DMG, a bad DTP)."""


class Sex(StrEnum):
    """DMG03."""

    FEMALE = "F"
    MALE = "M"
    UNKNOWN = "U"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A patient or a subscriber as a human being."""

    name: PersonName
    birth_date: date
    sex: Sex
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One insurance of a patient.

    Attributes:
        payer_id: our id of the payer (the profile's file name in schemas/payers).
        sequence: SBR01: P, S or T.
        member_id: 2010BA NM109 (an MBI for Medicare).
        relationship: individual relationship code of the patient to the subscriber: `18` self, `01` spouse,
            `19` child, `20` employee, `21` unknown, `39`/`40` organ donor, `53` life partner, `G8` other.
        subscriber: the subscriber when that is not the patient, else None.
        group_number: SBR03.
        group_name: SBR04, only without a group number.
        property_casualty_number: REF*Y4, the claim number of workers' compensation or auto.
        effective_from, effective_to: coverage dates where known.
        therapy_dollars_used: allowed therapy dollars of this calendar year before our own claims (KX opening balance).
    """

    payer_id: str
    sequence: str = "P"
    member_id: str
    relationship: str = "18"
    subscriber: Person | None = None
    group_number: str = ""
    group_name: str = ""
    property_casualty_number: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    therapy_dollars_used: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeSource:
    """Where a captured row came from: the file's sha256, the row number from 1, the sha256 of the row's content."""

    file_sha256: str
    row: int
    row_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One captured procedure of a visit: minutes by hand, not yet units.

    Attributes:
        procedure: CPT/HCPCS code.
        therapist_minutes: minutes of the therapist alone with the patient.
        assistant_minutes: minutes of the assistant apart from the therapist.
        diagnosis_pointers: 1-based positions in the visit's diagnoses; empty means the first up to four.
        modifiers: modifiers the clinician documented (59, XE, 95, GA ...); the coder adds the rest.
        separate_time: the note documents distinct time blocks, so that 59/X may be reported for an NCCI pair.
        description: free words for unlisted procedures (SV101-7).
    """

    procedure: str
    therapist_minutes: int
    assistant_minutes: int
    source: ChargeSource
    diagnosis_pointers: tuple[int, ...] = ()
    modifiers: tuple[str, ...] = ()
    separate_time: bool = False
    description: str = ""

    @property
    def minutes(self) -> int:
        """All minutes of the row."""
        return self.therapist_minutes + self.assistant_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A patient's visit as captured: the unit in which charges are accepted or refused.

    `visit_id` is the practice's permanent key.  `therapist_id` is the clinician in charge (rendering, never the
    assistant); `assistant_id` is the assistant who furnished the assistant minutes, if any; `supervising_id` the
    therapist who supervised, where that was captured.  What the note itself says
    (`documented_timed_minutes`, `documented_minutes` in all, `signed_date`, `progress_report_date`) and the day on
    which the plan of care was certified stay None where a system does not export them.
    """

    visit_id: str
    service_date: date
    clinic_id: str
    therapist_id: str
    assistant_id: str = ""
    patient_id: str
    patient: Person
    coverages: tuple[Coverage, ...]
    diagnoses: tuple[str, ...]
    charges: tuple[Charge, ...]
    place_of_service: str = "11"
    referring: Provider | None = None
    authorization: str = ""
    referral_number: str = ""
    onset_date: date | None = None
    initial_treatment_date: date | None = None
    plan_of_care_start: date | None = None
    plan_of_care_end: date | None = None
    accident_date: date | None = None
    accident_cause: str = ""
    accident_state: str = ""
    medical_record_number: str = ""
    documented_timed_minutes: int | None = None
    documented_minutes: int | None = None
    signed_date: date | None = None
    plan_of_care_certified: date | None = None
    progress_report_date: date | None = None
    supervising_id: str = ""

    @property
    def primary(self) -> Coverage:
        """The coverage billed first (sequence P)."""
        return next(c for c in self.coverages if c.sequence == "P")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """2400: one billed procedure.

    `control_number` is REF*6R, unique for ever, and comes back in the 835; `pointers` are 1-based into the claim's
    diagnoses (at most four); `place_of_service` only where it differs from the claim's; `adjudications` is 2430, what
    earlier payers decided.
    """

    number: int
    procedure: str
    modifiers: tuple[str, ...] = ()
    charge: Decimal
    units: int
    pointers: tuple[int, ...]
    service_date: date
    control_number: str
    place_of_service: str = ""
    description: str = ""
    adjudications: tuple[LineAdjudication, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One professional claim: exactly what 2000B-2400 of an 837P carries.

    Attributes:
        patient_control_number: CLM01, unique for ever, with a check character; returns as CLP01.
        subscriber: the insured person.  When `relationship` is `18` the subscriber is the patient.
        patient: 2010CA when the patient is not the subscriber, else None.
        filing_indicator: SBR09 (MB, 16, CI, BL, MC, WC ...).
        insurance_type: SBR05, why Medicare is not the primary payer (12, 13, 14, 15 ...), "" otherwise.
        frequency: CLM05-3: 1 original, 7 replacement, 8 void.
        original_reference: REF*F8, needed with 7 and 8.
        related_cause: CLM11-1 (AA auto, EM employment, OA other), "" without an accident.
        referral_number: REF*9F; prior_authorization: REF*G1; medical_record_number: REF*EA.
        supervising: 2310D, who supervised the rendering provider or the assistant, where the payer wants it.
        other_payers: 2320, the payers besides the one that gets the claim, by rank.
    """

    patient_control_number: str
    payer: PayerName
    billing: BillingProvider
    rendering: Provider
    referring: Provider | None = None
    facility: ServiceFacility | None = None
    supervising: Provider | None = None
    sequence: str = "P"
    filing_indicator: str
    insurance_type: str = ""
    relationship: str = "18"
    member_id: str
    group_number: str = ""
    group_name: str = ""
    property_casualty_number: str = ""
    subscriber: Person
    patient: Person | None = None
    place_of_service: str
    frequency: str = "1"
    original_reference: str = ""
    diagnoses: tuple[str, ...]
    lines: tuple[ServiceLine, ...]
    onset_date: date | None = None
    initial_treatment_date: date | None = None
    accident_date: date | None = None
    related_cause: str = ""
    accident_state: str = ""
    prior_authorization: str = ""
    referral_number: str = ""
    medical_record_number: str = ""
    note: str = ""
    other_payers: tuple[OtherPayer, ...] = ()

    @property
    def charge(self) -> Decimal:
        """CLM02: the sum of the lines."""
        return sum((line.charge for line in self.lines), Decimal("0.00"))

    @property
    def person_treated(self) -> Person:
        """The patient, whoever the subscriber is."""
        return self.patient or self.subscriber

    @property
    def service_dates(self) -> tuple[date, date]:
        """First and last date of service."""
        days = [line.service_date for line in self.lines]
        return min(days), max(days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a line has this unit count or modifier: the rule, one sentence, and its source.

    `day` is the day of service it speaks of, on a claim of several days; None speaks of the whole claim.
    """

    subject: str
    rule: str
    message: str
    source: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTrace:
    """How a service line came to be: its minutes, the captured rows it stands on, the reasons."""

    line: int
    minutes: int
    therapist_minutes: int
    assistant_minutes: int
    rows: tuple[ChargeSource, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedClaim:
    """A claim with its origin: the visit(s), the payer profile used, the trace of each line.

    A claim of several visits has one for each day of its lines, in the order of the days; `service_date` is the first.
    """

    claim: Claim
    payer_id: str
    visit_ids: tuple[str, ...]
    service_date: date
    patient_id: str
    trace: tuple[LineTrace, ...]
    notes: tuple[Reason, ...] = ()
