"""The patient's other coverages on a claim (2320 to 2330B), before any payer decided."""

from __future__ import annotations

from collections.abc import Mapping

from ptedi.claims.coordination import OtherPayer
from ptedi.claims.model import Coverage, PayerName, Visit
from ptedi.codes import mbi
from ptedi.payers.profile import PayerProfile

_RANKS = "PST"


def other_payers(
    visit: Visit, profile: PayerProfile, billed: Coverage | None, profiles: Mapping[str, PayerProfile]
) -> tuple[OtherPayer, ...]:
    """The coverages of a visit besides the billed one, by rank, where the payer wants to know of them.

    One whose payer has no profile, or that is not in effect on the day, is not named.
    """
    day = visit.service_date
    if billed is None or not profile.on(day).names_other_payers:
        return ()
    found = [one for one in visit.coverages if one.sequence != billed.sequence and one.payer_id != billed.payer_id
             and one.payer_id in profiles and one.member_id and covers(one, visit)]  # fmt: skip
    named = {one.sequence: one for one in reversed(found)}  # each rank once, the first coverage that has it
    return tuple(_other(visit, one, profiles[one.payer_id])
                 for one in sorted(named.values(), key=lambda one: _RANKS.find(one.sequence)))  # fmt: skip


def covers(coverage: Coverage, visit: Visit) -> bool:
    """Whether a coverage is in effect on the day of the visit."""
    day = visit.service_date
    return ((coverage.effective_from is None or coverage.effective_from <= day)
            and (coverage.effective_to is None or day <= coverage.effective_to))  # fmt: skip


def _other(visit: Visit, coverage: Coverage, profile: PayerProfile) -> OtherPayer:
    rules = profile.on(visit.service_date)
    subscriber = coverage.subscriber if coverage.relationship != "18" else None
    person = subscriber or visit.patient
    return OtherPayer(
        payer=PayerName(name=profile.name, id=profile.payer_id), sequence=coverage.sequence,
        relationship=coverage.relationship if subscriber else "18", group_number=coverage.group_number,
        group_name="" if coverage.group_number else coverage.group_name,
        insurance_type=rules.secondary_type if coverage.sequence != "P" else "",
        filing_indicator=profile.filing_indicator, subscriber=person.name, address=person.address,
        member_id=mbi.compact(coverage.member_id) if rules.member_id == "mbi" else coverage.member_id,
    )  # fmt: skip
