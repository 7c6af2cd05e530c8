"""The extensions of FHIR resources that carry what R4 has no element for, and the code systems that are told apart."""

from __future__ import annotations

PREFIX = "urn:ptedi:"
EXTENSIONS: dict[str, str] = {
    name: f"{PREFIX}{name.replace('_', '-')}"
    for name in (
        "therapist_minutes", "assistant_minutes", "separate_time", "description", "modifiers",  # of a ChargeItem
        "place_of_service", "initial_treatment_date", "plan_of_care_start", "plan_of_care_end", "accident_date",
        "accident_cause", "accident_state", "plan_of_care_certified", "documented_timed_minutes",
        "documented_minutes", "signed_date", "progress_report_date",  # of an Encounter
        "claim_number", "therapy_dollars_used", "group_name",  # of a Coverage
    )
}  # fmt: skip
"""Column to the url of its extension; `[intake.fhir.extensions]` of ptedi.toml says otherwise."""

VERDICT = f"{PREFIX}verdict"
"""The extension in which a reject file says why; readers pass over it."""
AUTHORIZATION = f"{PREFIX}authorization"
"""The system of a ServiceRequest identifier that is the payer's prior authorization."""
REFERRAL = f"{PREFIX}referral"
"""The system of a ServiceRequest identifier that is the payer's referral number."""

NPI = ("http://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6")
PROCEDURES = ("http://www.ama-assn.org/go/cpt", "urn:oid:2.16.840.1.113883.6.12",
              "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
              "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "urn:oid:2.16.840.1.113883.6.285")
DIAGNOSES = ("http://hl7.org/fhir/sid/icd-10-cm", "urn:oid:2.16.840.1.113883.6.90")
UCUM = "http://unitsofmeasure.org"
