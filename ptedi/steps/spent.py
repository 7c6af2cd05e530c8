"""Therapy dollars by patient and year: what our earlier claims count towards the yearly threshold (KX).

What counts is what was allowed (what the payer pays before sequestration, and the patient's deductible, coinsurance
and copay), else the estimate; physical therapy and speech-language pathology together, occupational therapy apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from ptedi.claims.model import CodedClaim, Visit
from ptedi.claims.running import TherapyDollars
from ptedi.claims.spans import slices
from ptedi.money import ZERO
from ptedi.remittances.balance import allowed as line_allowed
from ptedi.remittances.balance import claim_allowed
from ptedi.remittances.model import Adjustment, ClaimPayment
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, events, payments
from ptedi.store.claims import ClaimRow
from ptedi.store.payments import ClaimPaymentRow
from ptedi.submissions.status import State

_PATIENT_SHARE = frozenset({"1", "2", "3", "66"})
"""PR adjustments that are a part of what was allowed; any other is a service the patient pays instead of the payer."""


@dataclass(frozen=True, slots=True)
class Known:
    """Claims by patient that somebody read already, over more than a year, with their states and documents."""

    rows: Mapping[str, Sequence[ClaimRow]]
    states: Mapping[int, State]
    documents: Mapping[int, CodedClaim]

    def since(self, patient_ids: Iterable[str], day: date) -> list[ClaimRow]:
        """The claims of patients from a service date on that were not superseded."""
        return [row for patient in sorted(set(patient_ids)) for row in self.rows.get(patient, ())
                if row.service_date >= day and self.states[row.id] is not State.SUPERSEDED]  # fmt: skip

    @classmethod
    def read(cls, conn: Connection, patient_ids: Iterable[str], day: date) -> Self:
        """Reads the claims of patients from a service date on."""
        rows = claims.of_patients(conn, patient_ids, day)
        ids = [row.id for several in rows.values() for row in several]
        return cls(rows, events.current_states(conn, ids), claims.load_all(conn, ids))


class Spent(TherapyDollars):
    """Claims of payers that count, each with what was allowed or, before that is known, its estimate."""

    __slots__ = ()

    @classmethod
    def before_claims_of(cls, night: Night, conn: Connection, visits: Sequence[Visit],
                         known: Known | None = None) -> Self:  # fmt: skip
        """Reads this year's claims of the patients whose payers count, unless they are `known`."""
        spent = cls(night.practice, night.profiles)
        counted = [visit for visit in visits if spent.counts(visit.primary.payer_id, visit.service_date)]
        if not counted:
            return spent
        since = date(min(visit.service_date for visit in counted).year, 1, 1)
        patients = {visit.patient_id for visit in counted}
        known = known or Known.read(conn, patients, since)
        living = [row for row in known.since(patients, since) if spent.counts(row.payer_id, row.service_date)]
        answered = payments.of_claims(conn, [row.id for row in living])
        visits_ = [one for row in living for one in _visits(row, known.documents[row.id], answered.get(row.id))]
        for row, part, visit_id, amount in sorted(visits_, key=lambda one: (one[1].service_date, one[2], one[0].id)):
            spent.enter(row.patient_id, part, part.service_date, visit_id, amount)
        return spent


_Told = Sequence[ClaimPaymentRow] | None
_OneVisit = tuple[ClaimRow, CodedClaim, str, Decimal | None]


def _visits(row: ClaimRow, coded: CodedClaim, told: _Told) -> Iterator[_OneVisit]:
    """Each visit of a claim with what was allowed; what no line of a claim of several says counts on the last day."""
    parts = slices(coded)
    if len(parts) == 1:
        yield row, coded, row.visit_id, sum((allowed(one.clp) for one in told), ZERO) if told else None
        return
    by_day = dict.fromkeys((part.service_date for part in parts), ZERO)
    days = {line.control_number: line.service_date for line in coded.claim.lines}
    for one in told or ():
        left = allowed(one.clp)
        for line in one.clp.lines:
            day = days.get(line.line_control_number) or line.service_date
            if day in by_day:
                share = line_allowed(line) - (_refused(line.adjustments) if line.allowed is None else ZERO)
                by_day[day], left = by_day[day] + share, left - share
        by_day[parts[-1].service_date] += left
    for part in parts:
        yield row, part, part.visit_ids[0], by_day[part.service_date] if told else None


def allowed(clp: ClaimPayment) -> Decimal:
    """What a payer allowed on a claim; a reversal takes it back."""
    refused = sum((_refused(line.adjustments) for line in clp.lines if line.allowed is None), ZERO)
    return claim_allowed(clp) - refused - _refused(clp.adjustments)


def _refused(adjustments: Iterable[Adjustment]) -> Decimal:
    return sum((a.amount for a in adjustments if a.group == "PR" and a.reason not in _PATIENT_SHARE), ZERO)
