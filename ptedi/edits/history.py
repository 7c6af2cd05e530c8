"""What was known of the patient before this claim: earlier visits, claims, authorizations, progress reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ptedi import dates
from ptedi.claims.fingerprint import of_services
from ptedi.claims.model import CodedClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorVisit:
    """Another visit of the same patient, earlier or on the same day, whatever the payer.

    `rendering` is the NPI of the clinician who treated, "" when it is not known.
    """

    visit_id: str
    service_date: date
    procedures: tuple[str, ...]
    payer_id: str = ""
    authorization: str = ""
    rendering: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An authorization as the payer gave it; `visits` 0 and no `procedures` mean no limit."""

    number: str
    visits: int = 0
    procedures: tuple[str, ...] = ()
    effective_from: date = date.min
    effective_to: date = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the edits may look back on; everything may be empty.

    Attributes:
        today: the day of the scrub.
        visits: other visits of the patient up to this one.
        fingerprints: `claims.fingerprint.of_services` of the patient's other claims -> their control numbers.
        grants: authorizations by number.
        progress_reports: days on which the clinician wrote one.
        therapy_dollars: the year's allowed dollars before this visit, None when nobody counted.
    """

    today: date = field(default_factory=dates.today)
    visits: tuple[PriorVisit, ...] = ()
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    grants: Mapping[str, Grant] = field(default_factory=dict)
    progress_reports: tuple[date, ...] = ()
    therapy_dollars: Decimal | None = None


def prior(coded: CodedClaim, visit_id: str) -> PriorVisit:
    """A claim as other claims of the patient see it."""
    claim = coded.claim
    return PriorVisit(
        visit_id=visit_id, service_date=coded.service_date, payer_id=coded.payer_id,
        procedures=tuple(line.procedure for line in claim.lines), authorization=claim.prior_authorization,
        rendering=claim.rendering.npi if claim.rendering is not None else "",
    )  # fmt: skip


def among(coded: CodedClaim, visit_id: str, others: Iterable[tuple[str, CodedClaim]]) -> History:
    """What claims of one file say of each other: visits up to this one's day, fingerprints of those before it.

    Args:
        coded: the claim.
        visit_id: its visit.
        others: visit ids and claims of the same patient in the order of the file, this one among them; of a claim
            of several visits the part of each.
    """
    known = list(others)
    number = coded.claim.patient_control_number
    place = next((at for at, (id_, one) in enumerate(known)
                  if one.claim.patient_control_number == number and id_ == visit_id), len(known))  # fmt: skip
    rest = [pair for at, pair in enumerate(known) if at != place]
    return History(
        visits=tuple(prior(one, id_) for id_, one in rest if one.service_date <= coded.service_date),
        fingerprints={of_services(one): one.claim.patient_control_number for _, one in known[:place]},
    )
