"""Therapy dollars by patient and year: what our earlier claims count towards the yearly threshold (KX)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Self

from ptedi.claims.model import Visit
from ptedi.money import ZERO, from_cents
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, events
from ptedi.submissions.status import State


@dataclass(slots=True)
class Spent:
    """Claims of payers that count, each with what was allowed or, before that is known, billed."""

    night: Night
    by_patient: dict[str, list[tuple[date, str, int]]] = field(default_factory=lambda: defaultdict(list))

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
        allowed = claims.allowed_cents(conn, [row.id for row in earlier])
        for row in earlier:
            if states.get(row.id) is not State.SUPERSEDED:
                spent.by_patient[row.patient_id].append((row.service_date, row.visit_id, allowed[row.id]))
        return spent

    def counts(self, payer_id: str, day: date) -> bool:
        """Whether claims to this payer count towards the threshold."""
        profile = self.night.profiles.get(payer_id)
        return profile is not None and profile.on(day).kx

    def before(self, visit: Visit, payer_id: str) -> Decimal:
        """Dollars of the visit's year before it, by date and visit id, whatever the order of coding."""
        if not self.counts(payer_id, visit.service_date):
            return ZERO
        return from_cents(sum(self._earlier(visit)))

    def add(self, visit: Visit, payer_id: str, charge_cents: int) -> None:
        """Counts a claim just coded."""
        if self.counts(payer_id, visit.service_date):
            self.by_patient[visit.patient_id].append((visit.service_date, visit.visit_id, charge_cents))

    def _earlier(self, visit: Visit) -> Iterator[int]:
        here = (visit.service_date, visit.visit_id)
        for day, visit_id, amount in self.by_patient.get(visit.patient_id, ()):
            if day.year == visit.service_date.year and (day, visit_id) < here:
                yield amount
