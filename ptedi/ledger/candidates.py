"""How well a claim of ours fits a claim payment: points with their reasons, for a person who must choose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from ptedi.ledger.matching import KnownClaim, match_lines
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
    """Points: number 25, member 25, date 15, charge 15, lines 15, name 5; a contradiction is named, not subtracted."""
    claim, name = known.claim, known.claim.subscriber.name
    days = [line.service_date for line in clp.lines if line.service_date]
    first = clp.statement_from or min(days, default=None)
    last = clp.statement_to or max(days, default=first)
    lines = [m for m in match_lines(clp.lines, claim.lines) if m.line is not None]
    parts = (
        ("claim number", 25, bool(clp.patient_control_number.strip("0")),
         round(25 * _alike(clp.patient_control_number, claim.patient_control_number))),
        ("member", 25, bool(clp.member_id), 25 * (clp.member_id.strip() == claim.member_id)),
        ("date of service", 15, first is not None,
         15 * (first is not None and last is not None and first <= known.service_date <= last)),
        ("charge", 15, True, 15 * (abs(clp.charge) == claim.charge)),
        (f"{len(lines)} of {len(clp.lines)} lines", 15, bool(clp.lines),
         15 * len(lines) // max(len(clp.lines), 1)),
        ("name", 5, bool(clp.patient_last), 5 * (clp.patient_last.upper() == name.last.upper())),
    )  # fmt: skip
    return Candidate(
        known=known, score=sum(points for *_, points in parts),
        agrees=tuple(word for word, _, told, points in parts if told and points),
        differs=tuple(word for word, _, told, points in parts if told and not points),
    )  # fmt: skip


def _alike(one: str, two: str) -> float:
    """From 0 to 1; below two thirds is chance."""
    ratio = SequenceMatcher(None, one.upper(), two.upper(), autojunk=False).ratio()
    return ratio if ratio >= 2 / 3 else 0.0
