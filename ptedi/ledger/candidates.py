"""How well claims of ours fit a claim payment, best first, for a person who must choose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ptedi.ledger.matching import KnownClaim, fit
from ptedi.remittances.model import ClaimPayment


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A claim with its points (0 to 100) and what agrees and what does not."""

    known: KnownClaim
    score: int
    agrees: tuple[str, ...]
    differs: tuple[str, ...]


def rank(clp: ClaimPayment, found: Iterable[KnownClaim]) -> list[Candidate]:
    """The claims that fit at all, best first; equal points in the order of their numbers."""
    scored = [score(clp, known) for known in {k.claim_id: k for k in found}.values()]
    return sorted((c for c in scored if c.score > 0), key=lambda c: (-c.score, c.known.claim.patient_control_number))


def score(clp: ClaimPayment, known: KnownClaim) -> Candidate:
    """A claim with the points that the match by machine would have (`matching.fit`)."""
    found = fit(clp, known)
    return Candidate(known=known, score=found.score, agrees=found.agrees, differs=found.differs)
