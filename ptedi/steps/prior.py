"""What went before a denial: paid elsewhere, said before, accepted in time.  It changes what the denial means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from ptedi.denials import Prior, is_denial
from ptedi.ledger.standing import Adjudication, standing
from ptedi.money import ZERO
from ptedi.payers.profile import PayerRules
from ptedi.remittances.model import ClaimPayment
from ptedi.store import Connection, claims, events, payments
from ptedi.store.claims import ClaimRow
from ptedi.submissions.status import Event

LATE = "29"
_TAKEN = {Event.PAYER_ACCEPTED: Prior.ACCEPTED, Event.CLEARINGHOUSE_ACCEPTED: Prior.SENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The other claims of some claims' visits to the same payer, and what was said of all of them."""

    conn: Connection
    siblings: Mapping[int, tuple[ClaimRow, ...]]
    told: Mapping[int, Sequence[Adjudication]]

    @classmethod
    def of(cls, conn: Connection, rows: Iterable[ClaimRow], told: Mapping[int, Sequence[Adjudication]]) -> Self:
        """Reads them for claims; `told` is what payers said of those claims themselves."""
        asked = list(rows)
        visits = claims.of_visits(conn, {row.visit_id for row in asked})
        siblings = {
            row.id: tuple(o for o in visits[row.visit_id] if o.id != row.id and o.payer_id == row.payer_id)
            for row in asked
        }
        others = {one.id for several in siblings.values() for one in several}
        return cls(conn=conn, siblings=siblings, told={**payments.history(conn, others), **told})

    def facts(
        self, row: ClaimRow, one: Adjudication, reason: str, procedure: str, rules: PayerRules
    ) -> frozenset[Prior]:  # fmt: skip
        """What went before the denial of a procedure ("" for the whole claim) in one result of a claim."""
        earlier = [*self._replaced(row, one), *self._of_earlier_claims(row)]
        found = set(self._accepted(row, rules)) if reason == LATE else set()
        if any(reason in _reasons(clp) for clp in earlier):
            found.add(Prior.AGAIN)
        if any(_paid(clp, procedure) for clp in (*self._replaced(row, one), *self._of_siblings(row))):
            found.add(Prior.PAID)
        return frozenset(found)

    def _replaced(self, row: ClaimRow, one: Adjudication) -> list[ClaimPayment]:
        """Results of the claim itself that no reversal took back, but this one."""
        valid = standing(self.told.get(row.id, ()), ZERO, all_results=True).valid
        return [other.clp for other in valid if other.id < one.id]

    def _of_earlier_claims(self, row: ClaimRow) -> Iterator[ClaimPayment]:
        earlier = (other for other in self.siblings[row.id] if other.id < row.id)
        return (a.clp for other in earlier for a in self.told.get(other.id, ()) if not a.clp.is_reversal)

    def _of_siblings(self, row: ClaimRow) -> Iterator[ClaimPayment]:
        for other in self.siblings[row.id]:
            yield from (a.clp for a in standing(self.told.get(other.id, ()), ZERO, all_results=True).valid)

    def _accepted(self, row: ClaimRow, rules: PayerRules) -> Iterator[Prior]:
        """Who took the claim, or the one it corrects, within the filing limit; nothing where no limit is known."""
        if not rules.timely_filing_days:
            return
        last = row.service_date + timedelta(days=rules.timely_filing_days)
        for claim_id in (row.id, *(other.id for other in self.siblings[row.id] if other.id < row.id)):
            for event in events.of_claim(self.conn, claim_id):
                if event.event in _TAKEN and event.at.date() <= last:
                    yield _TAKEN[event.event]


def _reasons(clp: ClaimPayment) -> set[str]:
    found = (*clp.adjustments, *(a for line in clp.lines for a in line.adjustments))
    return {a.reason for a in found if a.amount and is_denial(a.group, a.reason)}


def _paid(clp: ClaimPayment, procedure: str) -> bool:
    """Whether a procedure was paid; for the whole claim ("") whether anything was."""
    if not procedure:
        return clp.paid > 0
    return any(line.paid > 0 and line.procedure == procedure for line in clp.lines)
