"""Which element of which FHIR R4 resource is read for which column: what docs/intake.md shows, checked by a test."""

from __future__ import annotations

from ptedi.intake.columns import BY_NAME
from ptedi.intake.fhir_urls import EXTENSIONS

_PERSON = {
    "last": "name.family (the official name, else the first)", "first": "name.given[0]",
    "middle": "name.given[1] and on", "suffix": "name.suffix[0]", "birth_date": "birthDate",
    "sex": "gender (other is U)", "address": "address[0].line[0]", "address2": "address[0].line[1]",
    "city": "address[0].city", "state": "address[0].state", "zip": "address[0].postalCode",
}  # fmt: skip
_COVERAGE = {
    "payer": "Coverage.payor -> Organization identifier, id; or payor.identifier",
    "member_id": "Coverage.subscriberId, else identifier",
    "group_number": "Coverage.class of type `group`: value", "group_name": "the same: name; else the extension",
    "relationship": "Coverage.relationship: self, spouse, child, common, parent, other, injured, or an 837P code",
    "coverage_from": "Coverage.period.start", "coverage_to": "Coverage.period.end",
}  # fmt: skip
_OTHERS = {
    "visit_id": "Encounter.identifier (official first), else Encounter.id",
    "service_date": "Encounter.period.start, else ChargeItem.occurrenceDateTime or occurrencePeriod.start",
    "clinic": "Encounter.location, serviceProvider -> Location, Organization: identifier, NPI, id",
    "therapist": "Encounter.participant (not SPRF, REF, supervisor), else ChargeItem.performer -> Practitioner: "
                 "identifier, NPI, id; whom the practice knows as therapist first",
    "assistant": "Encounter.participant of type SPRF, or any participant or performer who is an assistant of ours",
    "supervisor": "Encounter.participant of type supervisor (claim care team role)",
    "patient_id": "Encounter.subject -> Patient: identifier that is not MR, else MR, else id",
    "medical_record_number": "Patient.identifier of type MR",
    "diagnoses": "Encounter.diagnosis by rank (else reasonReference) -> Condition.code; else Encounter.reasonCode",
    "onset_date": "onsetDateTime of the first Condition",
    "referring_npi": "Encounter.basedOn -> ServiceRequest.requester -> Practitioner: identifier of us-npi",
    "referring_last": "the same: name.family", "referring_first": "the same: name.given[0]",
    "authorization": "ServiceRequest.identifier of system urn:ptedi:authorization",
    "referral_number": "ServiceRequest.identifier of system urn:ptedi:referral",
    "procedure": "ChargeItem.code: the coding of CPT or HCPCS, else the first",
    "pointers": "ChargeItem.supportingInformation -> Condition, and ChargeItem.reason: codes of the visit's diagnoses",
}  # fmt: skip
_MINUTES = {
    "therapist_minutes": "else Observations in minutes (service, supportingInformation) by performer, else "
                         "ChargeItem.quantity in min, else occurrencePeriod in whole minutes",
    "assistant_minutes": "the same, where the performer is an assistant of ours",
}  # fmt: skip


def element(column: str) -> str:
    """Where a column is read, in words."""
    insured = "RelatedPerson or Patient"
    for prefix, what in (("secondary_subscriber_", insured), ("subscriber_", insured), ("patient_", "Patient")):
        part = column.removeprefix(prefix)
        if column.startswith(prefix) and part in _PERSON:
            return f"{what}.{_PERSON[part]}"
    base = column.removeprefix("secondary_")
    said = _OTHERS.get(column) or _COVERAGE.get(base, "")
    if base in EXTENSIONS:
        url = f"extension {EXTENSIONS[base]} of the {_owner(base)}"
        return f"{said} {url}".strip() if base in _COVERAGE else f"{url}, {_MINUTES[base]}" if base in _MINUTES else url
    return said


def _owner(column: str) -> str:
    if BY_NAME[column].of_row:
        return "ChargeItem"
    return "Coverage" if BY_NAME[column].element == "coverage" or not column.startswith(
        ("place", "initial", "plan", "accident", "documented", "signed", "progress")) else "Encounter"  # fmt: skip
