"""What can differ from payer to payer; the defaults are the implementation guide and CPT."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class UnitRule(StrEnum):
    """How minutes of timed codes become units: pooled over the visit, or each code by itself."""

    CMS_TOTAL = "CMS_TOTAL"
    AMA_MIDPOINT = "AMA_MIDPOINT"


class ClaimPer(StrEnum):
    """How many visits of a patient make a claim: one, or those of a span of days."""

    VISIT = "visit"
    SPAN = "span"


class SpanPeriod(StrEnum):
    """The calendar period that a claim of several visits stays within: Monday to Sunday, or a month."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealLevel:
    """One step of a payer's appeals: its name, days to ask for it after the decision before, days until its answer.

    `file_days` of the first level is `PayerRules.appeal_days`; 0 days: not known.
    """

    name: str
    file_days: int = 0
    answer_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerRules:
    """What holds for one payer on one day.  The defaults are the guide and CPT: a payer that says nothing.

    Attributes:
        unit_rule: minutes to units.
        claim_per: a claim for each visit, or one for the visits of a calendar period (claims/spans.py).
        span_period: that period; its visits wait until it is over.
        span_days: most days from the first to the last visit of a claim, both counted; 0 for the whole period.
        units_per_day: most timed units paid per visit, 0 for no cap.
        therapy_modifier: GP, GO or GN is put on therapy lines.
        assistant_modifier: CQ or CO is put on lines an assistant furnished.
        kx: KX is due above the yearly threshold.
        ncci, mue: the CMS pair and unit edits are applied by this payer.
        distinct_modifier: what says "separate" for a pair when nothing more precise was captured.
        modifier_order: kinds of modifiers in the order in which they are sent (codes/modifiers.csv).
        allowed_frequency: CLM05-3 values the payer takes.
        authorization_required: REF*G1 is needed; `authorization_exempt` procedures need none.
        referring_required: a referring or certifying provider with NPI is needed (2310A DN).
        plan_of_care: a certified plan of care must cover the visit; `certification_days` is its longest span.
        progress_report_visits: a clinician's progress report is due every so many treatment days, 0 for never.
        initial_treatment_date: DTP*454 is sent.
        member_id: `mbi`, or a regular expression, "" for no known form.
        accident_required: claim number (REF*Y4) and accident date are needed.
        instead: procedure not taken -> procedure to suggest.
        not_covered: procedures never paid.
        notice_required: procedures rarely paid: a liability modifier (GA, GX, GY, GZ) is wanted.
        telehealth: therapy at a distance is paid at all.
        telehealth_modifiers: with POS 02 or 10 one of these is needed, () when the payer says nothing.
        supervised: whose claims name a supervising provider (2310D): `assistants` those with minutes of an assistant,
            `unenrolled` those of a rendering provider who is not enrolled with the payer on the day.
        enrollment_required: the rendering provider must be enrolled on the day of service.
        timely_filing_days: last day to file, counted from the service date; `filing_warning_days` before it we warn.
        appeal_days, corrected_claim_days: from the remittance; 0 where not known.
        appeal_levels: the payer's appeals, lowest first; () where not known.
        refund_days: how long an overpayment that was found may be kept, 0 where nobody says.
        names_other_payers: a claim tells this payer of the patient's other coverages (2320).
        secondary_approval: a person approves each claim to this payer after another one.
        secondary_type: why this payer is not the first (SBR05), where it wants to know: Medicare.
        crossover_days: how long the next payer may take to answer a claim that this one forwarded, 0 for no clock.
    """

    unit_rule: UnitRule = UnitRule.AMA_MIDPOINT
    claim_per: ClaimPer = ClaimPer.VISIT
    span_period: SpanPeriod = SpanPeriod.WEEK
    span_days: int = 0
    units_per_day: int = 0
    therapy_modifier: bool = False
    assistant_modifier: bool = False
    kx: bool = False
    ncci: bool = True
    mue: bool = False
    distinct_modifier: str = "59"
    modifier_order: tuple[str, ...] = ("ncci", "payment", "discipline", "assistant", "attestation", "liability",
                                       "telehealth", "repeat", "anatomic", "other")  # fmt: skip
    allowed_frequency: tuple[str, ...] = ("1", "7", "8")
    authorization_required: bool = False
    authorization_exempt: tuple[str, ...] = ()
    referring_required: bool = False
    plan_of_care: bool = False
    certification_days: int = 0
    progress_report_visits: int = 0
    initial_treatment_date: bool = False
    member_id: str = ""
    accident_required: bool = False
    instead: tuple[tuple[str, str], ...] = ()
    not_covered: tuple[str, ...] = ()
    notice_required: tuple[str, ...] = ()
    telehealth: bool = True
    telehealth_modifiers: tuple[str, ...] = ()
    supervised: tuple[str, ...] = ()
    enrollment_required: bool = False
    timely_filing_days: int = 0
    filing_warning_days: int = 14
    appeal_days: int = 0
    corrected_claim_days: int = 0
    appeal_levels: tuple[AppealLevel, ...] = ()
    refund_days: int = 0
    names_other_payers: bool = True
    secondary_approval: bool = False
    secondary_type: str = ""
    crossover_days: int = 30
