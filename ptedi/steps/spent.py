"""Therapy dollars by patient and year: what our earlier claims count towards the yearly threshold (KX).

What counts is what was allowed (what the payer pays before sequestration, and the patient's deductible, coinsurance
and copay), else the estimate; physical therapy and speech-language pathology together, occupational therapy apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Self

from ptedi.claims.coding import therapy_dollars
from ptedi.claims.model import CodedClaim, Discipline, Visit
from ptedi.claims.modifiers import base_discipline
from ptedi.claims.spans import slices
from ptedi.money import ZERO
from ptedi.remittances.balance import allowed as line_allowed
from ptedi.remittances.balance import claim_allowed
from ptedi.remittances.model import Adjustment, ClaimPayment
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, events, payments
from ptedi.store.payments import ClaimPaymentRow
from ptedi.submissions.status import State

_PATIENT_SHARE = frozenset({"1", "2", "3", "66"})
"""PR adjustments that are a part of what was allowed; any other is a service the patient pays instead of the payer."""


@dataclass(frozen=True, slots=True)
class _Counted:
    day: date
    visit_id: str
    apart: bool
    amount: Decimal


@dataclass(slots=True)
class Spent:
    """Claims of payers that count, each with what was allowed or, before that is known, its estimate."""

    night: Night
    by_patient: dict[str, list[_Counted]] = field(default_factory=lambda: defaultdict(list))

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
        ids = [row.id for row in living]
        answered, documents = payments.of_claims(conn, ids), claims.load_all(conn, ids)
        for row in living:
            told, coded = answered.get(row.id), documents[row.id]
            parts = slices(coded)
            if len(parts) > 1:
                spent.by_patient[row.patient_id] += spent._of_span(parts, told)
                continue
            amount = sum((allowed(one.clp) for one in told), ZERO) if told else spent._estimated(coded)
            spent.by_patient[row.patient_id].append(_Counted(row.service_date, row.visit_id, _apart(coded), amount))
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
            one = _Counted(visit.service_date, visit.visit_id, _apart(coded), self._estimated(coded))
            self.by_patient[visit.patient_id].append(one)

    def _of_span(self, parts: Sequence[CodedClaim], told: Sequence[ClaimPaymentRow] | None) -> Iterator[_Counted]:
        """Each visit of a claim of several; what a payer allowed and no line says counts on the last day."""
        by_day = dict.fromkeys((part.service_date for part in parts), ZERO)
        if told:
            days = {line.control_number: line.service_date for part in parts for line in part.claim.lines}
            for one in told:
                left = allowed(one.clp)
                for line in one.clp.lines:
                    day = days.get(line.line_control_number) or line.service_date
                    if day in by_day:
                        share = line_allowed(line) - (_refused(line.adjustments) if line.allowed is None else ZERO)
                        by_day[day], left = by_day[day] + share, left - share
                by_day[parts[-1].service_date] += left
        for part in parts:
            amount = by_day[part.service_date] if told else self._estimated(part)
            yield _Counted(part.service_date, part.visit_ids[0], _apart(part), amount)

    def _estimated(self, coded: CodedClaim) -> Decimal:
        """What a claim is likely to count, without what its payer never covers."""
        profile = self.night.profiles.get(coded.payer_id)
        return therapy_dollars(coded, profile.on(coded.service_date).not_covered if profile is not None else ())

    def _earlier(self, visit: Visit) -> Iterator[Decimal]:
        here, therapist = (visit.service_date, visit.visit_id), self.night.practice.therapist(visit.therapist_id)
        apart = base_discipline(therapist.discipline if therapist else Discipline.PT) == "OT"
        for one in self.by_patient.get(visit.patient_id, ()):
            if one.day.year == visit.service_date.year and one.apart == apart and (one.day, one.visit_id) < here:
                yield one.amount


def allowed(clp: ClaimPayment) -> Decimal:
    """What a payer allowed on a claim; a reversal takes it back."""
    refused = sum((_refused(line.adjustments) for line in clp.lines if line.allowed is None), ZERO)
    return claim_allowed(clp) - refused - _refused(clp.adjustments)


def _refused(adjustments: Iterable[Adjustment]) -> Decimal:
    return sum((a.amount for a in adjustments if a.group == "PR" and a.reason not in _PATIENT_SHARE), ZERO)


def _apart(coded: CodedClaim) -> bool:
    """Whether a claim is occupational therapy, which has a threshold of its own."""
    return any("GO" in line.modifiers for line in coded.claim.lines)
