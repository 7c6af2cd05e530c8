"""What was known of each patient before a claim: the history that the edits look back on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from ptedi import dates
from ptedi.claims.fingerprint import of_services
from ptedi.claims.model import CodedClaim, Visit
from ptedi.claims.spans import slices
from ptedi.edits import History, PriorVisit
from ptedi.edits.records import Records
from ptedi.steps.night import Night
from ptedi.steps.spent import Known, Spent
from ptedi.store import Connection, claims, events
from ptedi.store.claims import ClaimRow
from ptedi.submissions.status import State

LOOK_BACK = timedelta(days=400)  # more than a year of care: yearly limits and authorizations end sooner


@dataclass(frozen=True, slots=True)
class _Prior:
    row: ClaimRow
    prior: PriorVisit
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Past:
    """The claims of some patients with their documents, their therapy dollars, and what the practice has on record."""

    today: date
    known: dict[str, list[_Prior]]
    spent: Spent
    records: Records
    documents: Mapping[int, CodedClaim]

    @classmethod
    def of_patients(cls, night: Night, conn: Connection, rows: Sequence[ClaimRow], visits: Sequence[Visit],
                    records: Records) -> Self:  # fmt: skip
        """Reads what the store knows of the patients of these claims; superseded claims never were."""
        since = min(row.service_date for row in rows) - LOOK_BACK
        found = claims.of_patients(conn, {row.patient_id for row in rows}, since)
        ids = [row.id for several in found.values() for row in several]
        states, documents = events.current_states(conn, ids), claims.load_all(conn, ids)
        known = {
            patient: [one for row in several if states[row.id] is not State.SUPERSEDED
                      for one in _priors(row, documents[row.id])]
            for patient, several in found.items()
        }
        spent = Spent.before_claims_of(night, conn, visits, Known(found, states, documents))
        return cls(dates.today(), known, spent, records, documents)

    def before(self, row: ClaimRow, visit: Visit) -> History:
        """The history of one visit of a claim.  Of two claims for the same services the later one is the duplicate.

        The other visits of a claim of several are history like those of other claims.
        """
        others = [one for one in self.known.get(row.patient_id, ())
                  if one.row.id != row.id or one.prior.service_date != visit.service_date]  # fmt: skip
        counted = self.spent.counts(row.payer_id, visit.service_date)
        return History(
            today=self.today,
            visits=tuple(one.prior for one in others if one.prior.service_date <= visit.service_date),
            fingerprints={one.fingerprint: one.row.patient_control_number for one in others if one.row.id < row.id},
            grants=self.records.grants_of(row.patient_id), progress_reports=self.records.reports_of(row.patient_id),
            therapy_dollars=self.spent.before(visit, row.payer_id) if counted else None,
        )


def _priors(row: ClaimRow, coded: CodedClaim) -> list[_Prior]:
    """What is known of each visit of a claim."""
    parts = slices(coded)
    return [
        _Prior(row, PriorVisit(
            visit_id=part.visit_ids[0] if len(parts) > 1 else row.visit_id, payer_id=row.payer_id,
            service_date=part.service_date if len(parts) > 1 else row.service_date,
            procedures=tuple(line.procedure for line in part.claim.lines),
            authorization=part.claim.prior_authorization,
            rendering=part.claim.rendering.npi if part.claim.rendering is not None else "",
        ), of_services(part))
        for part in parts
    ]  # fmt: skip
