"""Our claims as the matching of remittances looks them up: those of one payment are fetched together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from ptedi.claims.model import Claim
from ptedi.ledger.matching import KnownClaim
from ptedi.money import cents
from ptedi.remittances.model import ClaimPayment
from ptedi.store import Connection, claims, coordination, references, said
from ptedi.store.claims import ClaimRow


class StoreLookup:
    """Answers `ledger.matching.Lookup` from the store."""

    def __init__(self, conn: Connection, expected: Iterable[ClaimPayment] = ()) -> None:
        self._conn = conn
        self._known: dict[int, KnownClaim] = {}
        self._by_number: dict[str, KnownClaim | None] = {}
        texts = {clp.patient_control_number for clp in expected}
        found = claims.billed_by_control_numbers(conn, texts) if texts else {}
        self._learn({row.id: (row, claim) for row, claim in found.values()})
        self._by_number = {text: self._known[found[text][0].id] if text in found else None for text in texts}

    def by_control_number(self, text: str) -> KnownClaim | None:
        """The claim with exactly this CLM01."""
        if text not in self._by_number:
            row = claims.by_control_number(self._conn, text)
            self._by_number[text] = self._of([row])[0] if row else None
        return self._by_number[text]

    def by_control_number_start(self, text: str) -> Sequence[KnownClaim]:
        """Claims whose CLM01 begins so."""
        return self._of(claims.by_control_number_start(self._conn, text))

    def by_payer_number(self, number: str) -> Sequence[KnownClaim]:
        """Claims that a payer gave this number."""
        told = references.claims_with(self._conn, [number]).get(number, [])
        paid = said.claims_with_payer_number(self._conn, [number]).get(number, [])
        return self._of(claims.get_all(self._conn, {*told, *paid}).values())

    def by_member(self, member_id: str, first: date, last: date, charge: Decimal) -> Sequence[KnownClaim]:
        """Claims of a member in these days with this charge."""
        rows = claims.by_dates_and_charge(self._conn, first, last, cents(charge))
        return [known for known in self._of(rows) if known.claim.member_id == member_id]

    def _of(self, rows: Iterable[ClaimRow]) -> list[KnownClaim]:
        rows = list(rows)
        self._fetch(rows)
        return [self._known[row.id] for row in rows]

    def _fetch(self, rows: Iterable[ClaimRow]) -> None:
        missing = {row.id: row for row in rows if row.id not in self._known}
        billed = claims.billed(self._conn, missing) if missing else {}
        self._learn({claim_id: (row, billed[claim_id]) for claim_id, row in missing.items()})

    def _learn(self, found: Mapping[int, tuple[ClaimRow, Claim]]) -> None:
        accounts = coordination.accounts(self._conn, found)
        for claim_id, (row, claim) in found.items():
            self._known[claim_id] = KnownClaim(
                claim_id=claim_id, payer_id=row.payer_id, service_date=row.service_date, claim=claim,
                account_id=accounts[claim_id],
            )  # fmt: skip
