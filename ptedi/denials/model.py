"""What a denial is called, what may be done about it, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Category(StrEnum):
    """Why payers refuse physical therapy."""

    AUTHORIZATION = "authorization"
    BENEFIT_LIMIT = "benefit limit"
    BUNDLING = "bundling"
    COORDINATION = "coordination of benefits"
    DIAGNOSIS = "diagnosis"
    DOCUMENTATION = "documentation"
    DUPLICATE = "duplicate"
    ELIGIBILITY = "eligibility"
    MEDICAL_NECESSITY = "medical necessity"
    MISSING_DATA = "missing data"
    MODIFIER = "modifier"
    NETWORK = "network"
    NON_COVERED = "non-covered"
    PLACE_OF_SERVICE = "place of service"
    PROCEDURE_CODE = "procedure code"
    PROVIDER_ENROLMENT = "provider enrolment"
    REFERRAL = "referral"
    TIMELY_FILING = "timely filing"
    UNITS = "units"
    WRONG_PAYER = "wrong payer"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What a person does next."""

    CORRECT_RESUBMIT = "CORRECT_RESUBMIT"
    APPEAL = "APPEAL"
    BILL_PATIENT = "BILL_PATIENT"
    BILL_NEXT_PAYER = "BILL_NEXT_PAYER"
    ATTACH_RECORDS = "ATTACH_RECORDS"
    CONTACT_PATIENT = "CONTACT_PATIENT"
    INVESTIGATE = "INVESTIGATE"
    WRITE_OFF = "WRITE_OFF"


class Reworkable(StrEnum):
    """Whether work can still bring the money."""

    YES = "yes"
    CONDITIONAL = "conditional"
    NO = "no"


class DeadlineBasis(StrEnum):
    """From what a deadline is counted."""

    FILING = "filing"
    APPEAL = "appeal"
    LETTER = "letter"
    SECONDARY = "secondary"
    NONE = "none"


class Confidence(StrEnum):
    """How sure the classification is: by remark code, by reason code, or a guess."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A refused amount, classified.

    Attributes:
        category: the branch of the tree.
        cause: root cause in one sentence.
        reworkable: yes, conditional or no.
        action: what to do next; `how` says it in words.
        deadline: from what its deadline is counted.
        chance: percent of such amounts that work recovers (own judgement until the practice's history says).
        confidence: how sure the classification is.
        as_new_claim: the payer did not adjudicate it (MA130): no appeal, no replacement, a new claim.
        source: where the row comes from.
    """

    category: Category
    cause: str
    reworkable: Reworkable
    action: Action
    how: str
    deadline: DeadlineBasis
    chance: int
    confidence: Confidence
    as_new_claim: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The last day and from what it is counted; no day when the payer's limit is not known."""

    day: date | None
    basis: str
