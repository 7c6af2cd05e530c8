"""Therapy dollars by patient and year: what earlier visits count towards the yearly threshold (KX).

What counts is what was allowed, else the estimate; physical therapy and speech-language pathology together,
occupational therapy apart.  The first unit of a day is dearest whatever the discipline, so an estimate knows the
procedures of the patient's earlier visits of the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ptedi.claims.coding import billed_coverage, therapy_dollars
from ptedi.claims.model import CodedClaim, Discipline, Practice, Visit
from ptedi.claims.modifiers import base_discipline
from ptedi.money import ZERO
from ptedi.payers.profile import PayerProfile


@dataclass(frozen=True, slots=True)
class Counted:
    """A visit's dollars: its day and id, whether it is occupational therapy, the amount, its procedures."""

    day: date
    visit_id: str
    apart: bool
    amount: Decimal
    procedures: tuple[str, ...]


@dataclass(slots=True)
class TherapyDollars:
    """A running total for each patient; visits are entered in order of date and visit id."""

    practice: Practice
    profiles: Mapping[str, PayerProfile]
    by_patient: dict[str, list[Counted]] = field(default_factory=lambda: defaultdict(list))

    def counts(self, payer_id: str, day: date) -> bool:
        """Whether claims to this payer count towards the threshold."""
        profile = self.profiles.get(payer_id)
        return profile is not None and profile.on(day).kx

    def before(self, visit: Visit, payer_id: str) -> Decimal:
        """Dollars of the visit's year before it, by date and visit id, whatever the order of coding.

        They begin with what the coverage that is billed says was used elsewhere.
        """
        if not self.counts(payer_id, visit.service_date):
            return ZERO
        coverage = billed_coverage(visit, payer_id)
        therapist = self.practice.therapist(visit.therapist_id)
        apart = base_discipline(therapist.discipline if therapist else Discipline.PT) == "OT"
        used = coverage.therapy_dollars_used if coverage else ZERO
        return sum((one.amount for one in self._earlier(visit) if one.apart == apart), used)

    def beside(self, visit: Visit) -> tuple[str, ...]:
        """Procedures of the patient's earlier visits of the same day, of any discipline."""
        return tuple(code for one in self._earlier(visit) if one.day == visit.service_date for code in one.procedures)

    def add(self, visit: Visit, coded: CodedClaim) -> None:
        """Counts a visit just coded."""
        if self.counts(coded.payer_id, visit.service_date):
            self.enter(visit.patient_id, coded, visit.service_date, visit.visit_id)

    def enter(self, patient_id: str, coded: CodedClaim, day: date, visit_id: str,
              allowed: Decimal | None = None) -> None:  # fmt: skip
        """Counts a visit with what was allowed, or what its payer is likely to allow."""
        several = self.by_patient[patient_id]
        codes = tuple(line.procedure for line in coded.claim.lines)
        if allowed is None:
            profile = self.profiles.get(coded.payer_id)
            never = profile.on(coded.service_date).not_covered if profile is not None else ()
            beside = [code for one in several if one.day == day and one.visit_id < visit_id for code in one.procedures]
            allowed = therapy_dollars(coded, never, beside)
        several.append(Counted(day, visit_id, is_apart(coded), allowed, codes))

    def _earlier(self, visit: Visit) -> Iterator[Counted]:
        here = (visit.service_date, visit.visit_id)
        for one in self.by_patient.get(visit.patient_id, ()):
            if one.day.year == visit.service_date.year and (one.day, one.visit_id) < here:
                yield one


def is_apart(coded: CodedClaim) -> bool:
    """Whether a claim is occupational therapy, which has a threshold of its own."""
    return any("GO" in line.modifiers for line in coded.claim.lines)
