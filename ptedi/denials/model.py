"""What a denial is called, what may be done about it, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Category(StrEnum):
    """Why physical therapy is refused; `EXPECTED` is no refusal: nothing was due by the agreement.

    `CHARGES`, `FREQUENCY`, `FILE_FORMAT` and `SUBMITTER` are said before adjudication only.
    """

    AUTHORIZATION = "authorization"
    BENEFIT_LIMIT = "benefit limit"
    BUNDLING = "bundling"
    CHARGES = "charges"
    FREQUENCY = "claim frequency"
    COORDINATION = "coordination of benefits"
    DIAGNOSIS = "diagnosis"
    DOCUMENTATION = "documentation"
    DUPLICATE = "duplicate"
    ELIGIBILITY = "eligibility"
    FILE_FORMAT = "file format"
    MEDICAL_NECESSITY = "medical necessity"
    MISSING_DATA = "missing data"
    MODIFIER = "modifier"
    NETWORK = "network"
    NON_COVERED = "non-covered"
    PLACE_OF_SERVICE = "place of service"
    PROCEDURE_CODE = "procedure code"
    PROVIDER_ENROLMENT = "provider enrolment"
    REFERRAL = "referral"
    SUBMITTER = "submitter enrolment"
    TIMELY_FILING = "timely filing"
    UNITS = "units"
    WRONG_PAYER = "wrong payer"
    EXPECTED = "no payment expected"
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
    ASK_REOPENING = "ASK_REOPENING"
    WRITE_OFF = "WRITE_OFF"
    NOTHING = "NOTHING"


class Reworkable(StrEnum):
    """Whether work can still bring the money."""

    YES = "yes"
    CONDITIONAL = "conditional"
    NO = "no"


class Fault(StrEnum):
    """Where it went wrong, so that the next one can be prevented there."""

    FRONT_DESK = "front desk"
    CLINICIAN = "clinician"
    BILLING = "billing"
    PAYER = "payer"
    CLEARINGHOUSE = "clearinghouse"
    PATIENT = "patient"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


class Prior(StrEnum):
    """What went before a denial and changes what it means.

    Attributes:
        PAID: the same payer paid the same service on another claim, or on this one.
        AGAIN: the same reason was given for the claim that this one corrects.
        ACCEPTED: the payer's own 277CA accepted the claim within its filing limit.
        SENT: the clearinghouse took the claim within the filing limit.
    """

    PAID = "paid before"
    AGAIN = "again"
    ACCEPTED = "accepted in time"
    SENT = "sent in time"


class DeadlineBasis(StrEnum):
    """From what a deadline is counted."""

    FILING = "filing"
    APPEAL = "appeal"
    LETTER = "letter"
    REOPENING = "reopening"
    SECONDARY = "secondary"
    NONE = "none"


class Confidence(StrEnum):
    """How sure the classification is: by remark code or history, by reason code, or a guess."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A refused amount or a rejected claim, classified.

    Attributes:
        category: the branch of the tree.
        cause: root cause in one sentence.
        reworkable: yes, conditional or no.
        action: what to do next; `how` says it in words.
        deadline: from what its deadline is counted.
        chance: percent of such amounts that work recovers (own judgement until the practice's history says).
        confidence: how sure the classification is.
        fault: where it went wrong.
        edits: codes of the edits that stop such a claim before it leaves.
        as_new_claim: the payer did not adjudicate it (MA130): no appeal, no replacement, a new claim.
        cited: the codes and facts that decided, and the row of the table.
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
    fault: Fault = Fault.UNKNOWN
    edits: tuple[str, ...] = ()
    as_new_claim: bool = False
    cited: str = ""
    source: str = ""

    @property
    def refused(self) -> bool:
        """Whether the payer refused something; nothing was due otherwise."""
        return self.category is not Category.EXPECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The last day and from what it is counted; no day when the payer's limit is not known."""

    day: date | None
    basis: str
