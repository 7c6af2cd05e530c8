"""A claim of several visits under the edits: each visit looked at by itself, then told as one claim.

A claim of one visit goes the same way and comes out as `repairs.fix` leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ptedi.claims.model import CodedClaim, Practice, Visit
from ptedi.claims.spans import mended, slices
from ptedi.edits import repairs
from ptedi.edits.history import History
from ptedi.edits.repairs import Fixed
from ptedi.edits.waivers import Waivers
from ptedi.findings import Finding
from ptedi.payers.profile import PayerProfile

Before = Callable[[CodedClaim, Visit], History]
"""The history of one visit of a claim, asked with the claim's part that is this visit's."""


def fix(coded: CodedClaim, several: Sequence[Visit], practice: Practice, profile: PayerProfile, before: Before,
        waivers: Waivers, *, suggested: bool = False, mend: bool = True) -> dict[str, Fixed]:  # fmt: skip
    """Repairs and findings of each visit of a claim, by visit id.

    On a claim of several visits no repair may touch what they share (its diagnoses): such a finding stands.

    Args:
        coded: the claim.
        several: its visits in the order of the claim.
        practice: the practice that bills.
        profile: the payer.
        before: what was known of the patient before each visit.
        waivers: what a person let pass.
        suggested: apply suggested repairs too.
        mend: False applies nothing and only proposes.
    """
    parts = slices(coded)
    fixed = {}
    for visit, part in zip(several, parts, strict=False):
        history = before(part, visit)
        one = repairs.fix(part, visit, practice, profile, history, waivers=waivers, suggested=suggested, mend=mend)
        if len(parts) > 1 and _shared(one.coded) != _shared(part):
            one = repairs.fix(part, visit, practice, profile, history, waivers=waivers, mend=False)
        fixed[visit.visit_id] = one
    return fixed


def _shared(coded: CodedClaim) -> object:
    return replace(coded.claim, lines=())


def whole(coded: CodedClaim, fixed: Mapping[str, Fixed]) -> Fixed:
    """What the visits' repairs and findings make of the claim; what all visits share is told once."""
    several = list(fixed.values())
    if len(several) == 1:
        return several[0]
    said: dict[tuple[str, int | None, str], Finding] = {}
    for one in several:
        for found in one.findings:
            said.setdefault((found.code, found.line, found.message), found)
    ranked = sorted(said.values(), key=lambda f: (f.severity.rank, f.code, f.line or 0))
    return Fixed(coded=mended(coded, [one.coded for one in several]), findings=tuple(ranked),
                 applied=tuple(r for one in several for r in one.applied),
                 proposed=tuple(r for one in several for r in one.proposed))  # fmt: skip


def stopped(fixed: Mapping[str, Fixed]) -> set[str]:
    """The visits that an edit stops, when it leaves others of the claim free to go; nobody else is kept back."""
    found = {visit_id for visit_id, one in fixed.items() if any(f.severity.stops for f in one.findings)}
    return found if len(found) < len(fixed) else set()
