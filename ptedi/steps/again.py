"""A claim that never left us coded again, since settings may have been corrected; what a person decided stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ptedi.claims.assembly import siblings, split
from ptedi.claims.changes import ADDED_LINES, REPLACEMENT, REWORKED
from ptedi.claims.coding import code_visit
from ptedi.claims.model import CodedClaim, Visit
from ptedi.claims.spans import LINKED, together
from ptedi.claims.spans import joined as one_claim
from ptedi.edits.repairs import APPROVED
from ptedi.steps.night import Night
from ptedi.steps.spans import pieces
from ptedi.steps.spent import Spent

_KEPT = frozenset({REPLACEMENT, ADDED_LINES, APPROVED})


def coded_again(night: Night, coded: CodedClaim, several: Sequence[Visit], spent: Spent) -> CodedClaim:
    """The claim as today's settings code its visits, under its own number."""
    if any(note.subject in (ADDED_LINES, REWORKED) for note in coded.notes):
        return coded  # what a person chose of the visit, or corrected, and approved
    if len(several) > 1:
        return _span_again(night, coded, several, spent)
    visit = several[0]
    claim, names = coded.claim, siblings(coded)
    number = names[0] if names else claim.patient_control_number
    again = code_visit(visit, night.practice, night.profiles[coded.payer_id],
                       control_number=number,
                       therapy_dollars_before=spent.before(visit, coded.payer_id),
                       beside=spent.beside(visit), profiles=night.profiles)  # fmt: skip
    if names:
        parts = split(again, names[1:])
        if len(parts) != len(names):
            return coded  # another number of claims: a person captures the visit again
        again = parts[names.index(claim.patient_control_number)]
    return _kept(again, coded)


def _span_again(night: Night, coded: CodedClaim, several: Sequence[Visit], spent: Spent) -> CodedClaim:
    number, profile = coded.claim.patient_control_number, night.profiles[coded.payer_id]
    groups = together(pieces(night, several, profile, number, spent), profile.on(coded.service_date))
    if len(groups) != 1:
        return coded  # the visits go together no longer: a person captures them again
    return _kept(one_claim(groups[0], number), coded)


def _kept(again: CodedClaim, coded: CodedClaim) -> CodedClaim:
    """What a person decided about the claim, and the claims it is linked to, stay."""
    notes = (*again.notes, *(note for note in coded.notes if note.subject in _KEPT or note.rule == LINKED))
    return replace(again, notes=notes, claim=replace(again.claim, frequency=coded.claim.frequency,
                                                     original_reference=coded.claim.original_reference))  # fmt: skip
