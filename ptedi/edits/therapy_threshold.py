"""Edits on the yearly therapy amounts and KX."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ptedi import money
from ptedi.claims import modifiers as coded_modifiers
from ptedi.codes import therapy
from ptedi.edits.context import Context, Problem
from ptedi.edits.registry import edit
from ptedi.edits.therapy_modifiers import LIABILITY, base
from ptedi.findings import Severity

KX = frozenset({"KX"})


@edit("PT115", Severity.HOLD)
def kx_missing(c: Context) -> Iterator[Problem]:
    """The yearly threshold is passed, but KX is missing.

    What it checks: The patient's therapy dollars before this visit plus this claim's estimate, against the threshold
        of the year (physical and speech therapy together, occupational apart).
    Why it matters: Without KX above the threshold the line is denied and the practice is liable.
    Example: 2,470 dollars before the visit in 2026, threshold 2,480, and no line with KX.
    Use instead: KX, when the record shows that the service is medically necessary.
    Reference: Medicare Claims Processing Manual ch.5 10.3.3; 42 USC 1395l(g).
    """
    limit, total = _threshold(c)
    if limit is None or total is None:
        return
    for line, amount in zip(c.lines, _amounts(c), strict=True):
        total += amount
        if amount and total > limit.kx and not line.has(KX | LIABILITY):
            yield Problem(message=f"{line.code} takes the year's therapy to about {money.usd(total)}, above "
                                  f"{money.usd(limit.kx)}.", line=line.number, allowed=("KX",))


@edit("PT116", Severity.WARNING)
def kx_early(c: Context) -> Iterator[Problem]:
    """KX is used although the threshold is far.

    What it checks: KX while the patient's therapy dollars with this claim stay below 90 percent of the threshold.
    Why it matters: Blanket use of KX is called abusive and draws a review.
    Example: KX with 400 dollars used of 2,480.
    Use instead: Leave KX out until the threshold is near.
    Reference: Medicare Claims Processing Manual ch.5 10.3.3.
    """
    limit, before = _threshold(c)
    if limit is None or before is None:
        return
    after = before + sum(_amounts(c), money.ZERO)
    if after * 10 < limit.kx * 9:
        for line in c.lines:
            if "KX" in line.modifiers:
                yield Problem(message=f"{line.code} has KX at about {money.usd(after)} of {money.usd(limit.kx)}.",
                              line=line.number, value="KX")


@edit("PT117", Severity.INFO)
def review_threshold(c: Context) -> Iterator[Problem]:
    """The patient is above the targeted review amount.

    What it checks: Therapy dollars of the year before this visit against the review threshold (3,000 dollars).
    Why it matters: Claims above it may be picked for medical review; the record should be ready.
    Example: 3,100 dollars of therapy this year.
    Use instead: Nothing on the claim; see that notes and plan of care are complete.
    Reference: 42 USC 1395l(g)(7)(B).
    """
    limit, before = _threshold(c)
    if limit is not None and before is not None and before > limit.review:
        yield Problem(message=f"The patient has {money.usd(before)} of therapy this year, above "
                              f"{money.usd(limit.review)}.", value=money.usd(before))


def _threshold(c: Context) -> tuple[therapy.Threshold | None, Decimal | None]:
    """The year's threshold and the patient's dollars before the visit, where this payer counts them."""
    if not c.rules.kx:
        return None, None
    before = c.history.therapy_dollars
    if before is None and c.coverage is not None:
        before = c.coverage.therapy_dollars_used
    return therapy.threshold(base(c), c.day), before


def _amounts(c: Context) -> list[Decimal]:
    drafts = [coded_modifiers.Draft(code=line.code, item=line.item, units=line.line.units, charge=line.line.charge,
                                    modifiers=list(line.modifiers))
              for line in c.lines]  # fmt: skip
    beside = [code for one in c.history.visits for code in one.procedures
              if one.service_date == c.day and one.visit_id < c.visit.visit_id
              and one.payer_id in ("", c.coded.payer_id)]  # fmt: skip
    return coded_modifiers.estimates(drafts, c.day, c.rules.not_covered, beside)
