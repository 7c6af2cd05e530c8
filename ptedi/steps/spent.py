"""Therapy dollars by patient and year: what our earlier claims count towards the yearly threshold (KX)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Self

from ptedi.claims import modifiers
from ptedi.claims.model import CodedClaim, Visit
from ptedi.codes import procedures
from ptedi.money import ZERO, from_cents
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, events
from ptedi.submissions.status import State


@dataclass(slots=True)
class Spent:
    """Claims of payers that count, each with what was allowed or, before that is known, its estimate."""

    night: Night
    by_patient: dict[str, list[tuple[date, str, Decimal]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def before_claims_of(cls, night: Night, conn: Connection, visits: Sequence[Visit]) -> Self:
        """Reads this year's claims of the patients whose payers count."""
        spent = cls(night)
        counted = [visit for visit in visits if spent.counts(visit.primary.payer_id, visit.service_date)]
        if not counted:
            return spent
        since = date(min(visit.service_date for visit in counted).year, 1, 1)
        found = claims.of_patients(conn, {visit.patient_id for visit in counted}, since)
        earlier = [row for rows in found.values() for row in rows if spent.counts(row.payer_id, row.service_date)]
        states = events.current_states(conn, [row.id for row in earlier])
        living = [row for row in earlier if states[row.id] is not State.SUPERSEDED]
        allowed = claims.allowed_cents(conn, [row.id for row in living])
        unpaid = claims.load_all(conn, [row.id for row in living if row.id not in allowed])
        for row in living:
            amount = from_cents(allowed[row.id]) if row.id in allowed else _estimate(unpaid[row.id])
            spent.by_patient[row.patient_id].append((row.service_date, row.visit_id, amount))
        return spent

    def counts(self, payer_id: str, day: date) -> bool:
        """Whether claims to this payer count towards the threshold."""
        profile = self.night.profiles.get(payer_id)
        return profile is not None and profile.on(day).kx

    def before(self, visit: Visit, payer_id: str) -> Decimal:
        """Dollars of the visit's year before it, by date and visit id, whatever the order of coding.

        They begin with what the coverage says was used elsewhere.
        """
        if not self.counts(payer_id, visit.service_date):
            return ZERO
        return sum(self._earlier(visit), visit.primary.therapy_dollars_used)

    def add(self, visit: Visit, coded: CodedClaim) -> None:
        """Counts a claim just coded."""
        if self.counts(coded.payer_id, visit.service_date):
            self.by_patient[visit.patient_id].append((visit.service_date, visit.visit_id, _estimate(coded)))

    def _earlier(self, visit: Visit) -> Iterator[Decimal]:
        here = (visit.service_date, visit.visit_id)
        for day, visit_id, amount in self.by_patient.get(visit.patient_id, ()):
            if day.year == visit.service_date.year and (day, visit_id) < here:
                yield amount


def _estimate(coded: CodedClaim) -> Decimal:
    """What a claim that nobody has paid yet will probably be allowed."""
    drafts = [
        modifiers.Draft(code=line.procedure, item=procedures.find(line.procedure, coded.service_date),
                        units=line.units, charge=line.charge)
        for line in coded.claim.lines
    ]  # fmt: skip
    return sum(modifiers.estimates(drafts, coded.service_date), ZERO)
