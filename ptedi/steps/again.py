"""A claim that never left us coded again, since settings may have been corrected; what a person decided stays."""

from __future__ import annotations

from dataclasses import replace

from ptedi.claims.assembly import siblings, split
from ptedi.claims.changes import ADDED_LINES, REPLACEMENT
from ptedi.claims.coding import code_visit
from ptedi.claims.model import CodedClaim, Visit
from ptedi.steps.night import Night
from ptedi.steps.spent import Spent

_KEPT = frozenset({REPLACEMENT, ADDED_LINES})


def coded_again(night: Night, coded: CodedClaim, visit: Visit, spent: Spent) -> CodedClaim:
    """The claim as today's settings code it, under its own number."""
    if any(note.subject == ADDED_LINES for note in coded.notes):
        return coded  # some of the visit's lines, chosen when a person approved them
    claim, names = coded.claim, siblings(coded)
    number = names[0] if names else claim.patient_control_number
    again = code_visit(visit, night.practice, night.profiles[coded.payer_id],
                       control_number=number,
                       therapy_dollars_before=spent.before(visit, coded.payer_id))  # fmt: skip
    if names:
        parts = split(again, names[1:])
        if len(parts) != len(names):
            return coded  # another number of claims: a person captures the visit again
        again = parts[names.index(claim.patient_control_number)]
    notes = (*again.notes, *(note for note in coded.notes if note.subject in _KEPT))
    return replace(again, notes=notes, claim=replace(again.claim, frequency=claim.frequency,
                                                     original_reference=claim.original_reference))  # fmt: skip
