"""Edits on coverage: who insures, from when to when, under which number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ptedi.codes import mbi
from ptedi.edits.context import Context, Problem
from ptedi.edits.registry import edit
from ptedi.findings import Severity

MEDICARE = frozenset({"MA", "MB"})
LIABLE = frozenset({"AM", "WC", "LM"})
SELF = "18"


@edit("EG101", Severity.ERROR)
def no_coverage(c: Context) -> Iterator[Problem]:
    """The patient has no coverage with the payer of the claim.

    What it checks: A coverage of the visit for the payer billed, with a member number.
    Why it matters: The claim cannot name the insured, and is rejected.
    Example: The coverage was removed after coding, or its member number is empty.
    Use instead: The coverage from the patient's card.
    Reference: 005010X222A1 2010BA NM109.
    """
    if c.coverage is None:
        yield Problem(message=f"The visit has no coverage with {c.profile.name}.")
    elif not c.coverage.member_id.strip():
        yield Problem(message="The coverage has no member number.", loop="2010BA", segment="NM1", element="NM109")


@edit("EG102", Severity.HOLD)
def before_coverage(c: Context) -> Iterator[Problem]:
    """The service lies before the coverage began.

    What it checks: The first day of the coverage against the date of service.
    Why it matters: Denied with CO-26 or PR-26; the money is with an earlier insurer.
    Example: Coverage from 2026-12-01, service on 2026-11-20.
    Use instead: The coverage that was in effect.
    Reference: Eligibility response (271).
    """
    start = c.coverage.effective_from if c.coverage else None
    if start is not None and c.day < start:
        yield Problem(message=f"The coverage begins on {start}, after the service.", value=str(start))


@edit("EG103", Severity.HOLD)
def after_coverage(c: Context) -> Iterator[Problem]:
    """The service lies after the coverage ended.

    What it checks: The last day of the coverage against the date of service.
    Why it matters: Denied with CO-27 or PR-27.
    Example: Coverage to 2026-10-31, service on 2026-11-20.
    Use instead: Ask the patient for the new insurance.
    Reference: Eligibility response (271).
    """
    end = c.coverage.effective_to if c.coverage else None
    if end is not None and c.day > end:
        yield Problem(message=f"The coverage ended on {end}.", value=str(end))


@edit("EG104", Severity.ERROR)
def mbi_malformed(c: Context) -> Iterator[Problem]:
    """The Medicare number is not an MBI.

    What it checks: The eleven characters of the Medicare beneficiary identifier, where the payer's profile asks for it.
    Why it matters: Rejected by the contractor (277CA A7 164) the same night.
    Example: An old number made of a social security number and a letter.
    Use instead: The number on the red, white and blue card.
    Reference: CMS MBI format.
    """
    if c.rules.member_id == "mbi" and c.coverage and c.coverage.member_id and not mbi.is_valid(c.coverage.member_id):
        yield Problem(message="The member number is not a Medicare beneficiary identifier.", loop="2010BA",
                      segment="NM1", element="NM109")


@edit("EG105", Severity.WARNING)
def member_id_unusual(c: Context) -> Iterator[Problem]:
    """The member number does not look like this payer's numbers.

    What it checks: The member number against the form in the payer's profile.
    Why it matters: A mistyped number comes back as "patient not found".
    Example: Eight digits for a payer whose numbers have ten.
    Use instead: Compare with the card.
    Reference: The payer's profile, value member_id.
    """
    form, member = c.rules.member_id, c.coverage.member_id if c.coverage else ""
    if form and form != "mbi" and member and not _form(form).fullmatch(member):
        yield Problem(message=f"The member number does not have the form of {c.profile.name}.", loop="2010BA",
                      segment="NM1", element="NM109")


@cache
def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@edit("EG106", Severity.ERROR)
def subscriber_missing(c: Context) -> Iterator[Problem]:
    """The patient is a dependent, but the subscriber is not given.

    What it checks: A subscriber whenever the relationship is not `18` (self), and none when it is.
    Why it matters: The claim cannot be written: the subscriber has a loop of his own.
    Example: Relationship 19 (child) and no subscriber.
    Use instead: Name, birth date and address of the insured person.
    Reference: 005010X222A1 2000B SBR02, 2010BA, 2000C PAT01.
    """
    if c.coverage is None:
        return
    if c.coverage.relationship != SELF and c.coverage.subscriber is None:
        yield Problem(message=f"The relationship is {c.coverage.relationship}, and no subscriber is given.",
                      value=c.coverage.relationship)
    if c.coverage.relationship == SELF and c.coverage.subscriber is not None:
        yield Problem(message="The patient is the subscriber, and another subscriber is given.",
                      severity=Severity.WARNING)


@edit("EG107", Severity.ERROR)
def medicare_dependent(c: Context) -> Iterator[Problem]:
    """Medicare has no dependents.

    What it checks: Relationship `18` on claims with filing indicator MA or MB.
    Why it matters: The contractor rejects any other relationship.
    Example: Relationship 01 (spouse) to Medicare Part B.
    Use instead: The patient's own Medicare number and relationship 18.
    Reference: 005010X222A1 2000B SBR02; Medicare companion guides.
    """
    if c.profile.filing_indicator in MEDICARE and c.claim.relationship != SELF:
        yield Problem(message=f"A Medicare patient is always the insured; the relationship is {c.claim.relationship}.",
                      value=c.claim.relationship, allowed=(SELF,))


@edit("EG108", Severity.HOLD)
def another_is_liable(c: Context) -> Iterator[Problem]:
    """An accident is billed to a health plan first.

    What it checks: An accident from work or a car on a primary claim to a payer that is neither compensation, auto nor
        liability.
    Why it matters: The plan denies with CO-19, 20, 21 or 22 until the liable insurer has answered.
    Example: Cause EM (employment) to Medicare as primary.
    Use instead: Bill the liable insurer first; correct the cause when there was no such accident.
    Reference: 42 USC 1395y(b)(2); 005010X222A1 2300 CLM11.
    """
    cause = c.claim.related_cause
    if cause in ("AA", "EM") and c.claim.sequence == "P" and c.profile.filing_indicator not in LIABLE:
        yield Problem(message=f"The cause is {'work' if cause == 'EM' else 'a car accident'}, and a health plan is "
                              "billed first.", value=cause)


@edit("EG109", Severity.ERROR)
def accident_data_missing(c: Context) -> Iterator[Problem]:
    """The insurer of an accident needs its data.

    What it checks: For workers' compensation and auto payers: the claim number (REF*Y4), the accident date and cause.
    Why it matters: Without them the bill cannot be assigned and is sent back.
    Example: A workers' compensation visit without claim number.
    Use instead: Claim number and date of injury from the first report.
    Reference: 005010X222A1 2010BA REF*Y4, 2300 DTP*439, CLM11.
    """
    if c.rules.accident_required:
        lacking = [name for name, value in (("claim number", c.claim.property_casualty_number),
                                            ("accident date", c.claim.accident_date),
                                            ("accident cause", c.claim.related_cause)) if not value]  # fmt: skip
        if lacking:
            yield Problem(message=f"{c.profile.name} needs the {' and the '.join(lacking)}.", value=", ".join(lacking))


@edit("EG110", Severity.ERROR)
def accident_incomplete(c: Context) -> Iterator[Problem]:
    """An accident is named incompletely.

    What it checks: A cause has a date, a date has a cause, and a car accident has its state.
    Why it matters: The guide requires them together; the clearinghouse rejects the claim (277CA 248).
    Example: Cause AA without the state.
    Use instead: Cause, date and, for a car accident, the state.
    Reference: 005010X222A1 2300 CLM11-1, CLM11-4, DTP*439.
    """
    claim = c.claim
    if claim.related_cause and claim.accident_date is None and not c.rules.accident_required:
        yield Problem(message=f"The cause {claim.related_cause} has no accident date.", value=claim.related_cause)
    if claim.accident_date is not None and not claim.related_cause and not c.rules.accident_required:
        yield Problem(message="An accident date has no cause.", value=str(claim.accident_date),
                      allowed=("AA", "EM", "OA"))
    if claim.related_cause == "AA" and not claim.accident_state:
        yield Problem(message="A car accident needs its state.", loop="2300", segment="CLM", element="CLM11-4")


@edit("EG111", Severity.HOLD)
def order_of_payers(c: Context) -> Iterator[Problem]:
    """The order of the patient's coverages is not clear.

    What it checks: Exactly one primary coverage, and no position given twice.
    Why it matters: Two primary payers pay twice or both deny with CO-22.
    Example: Two coverages marked P.
    Use instead: Primary, secondary and tertiary once each.
    Reference: 005010X222A1 2000B SBR01; coordination of benefits rules.
    """
    order = [coverage.sequence for coverage in c.visit.coverages]
    if order.count("P") != 1 or len(set(order)) != len(order):
        yield Problem(message=f"The coverages have the positions {', '.join(order) or 'none'}.", value=" ".join(order))
