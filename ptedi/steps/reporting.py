"""Reports: the store's rows handed to `ptedi.reports`, within one consistent view of the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ptedi.store import Connection, facts


@dataclass(frozen=True, slots=True)
class StoreSource:
    """What reports read (`reports.practice.facts.Source`)."""

    connection: Connection

    def table(self, name: str) -> facts.Rows:
        """All rows of a table."""
        if name == "postings":
            return facts.postings(self.connection, (), on_claims=False)
        return facts.TABLES[name](self.connection)

    def postings(self, accounts: Iterable[str], until: date | None) -> facts.Rows:
        """The postings on claims of some accounts, with their places."""
        return facts.postings(self.connection, accounts, until=self._until(until))

    def balances(self, accounts: Iterable[str], until: date | None) -> facts.Rows:
        """The same, summed by claim and account."""
        return facts.balances(self.connection, accounts, until=self._until(until))

    def variances(self) -> facts.Rows | None:
        """What lines differ from what was expected; None when nothing was compared yet."""
        return facts.variances(self.connection)

    def _until(self, until: date | None) -> date | None:
        """No limit where nothing lies beyond it: sums then need no look at the rows."""
        newest = facts.last_booked(self.connection)
        return None if until is None or newest is None or until >= newest else until
