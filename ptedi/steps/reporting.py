"""Reports: the store's rows handed to `ptedi.reports`, within one consistent view of the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ptedi import dates
from ptedi.errors import ConfigurationError
from ptedi.reports.practice import make
from ptedi.reports.practice.facts import Facts, Window
from ptedi.reports.practice.frames import PracticeFrames, practice_frames
from ptedi.reports.practice.names import Names
from ptedi.reports.practice.report import Report
from ptedi.steps.night import Night, open_night
from ptedi.store import Connection
from ptedi.store import facts as stored
from ptedi.store import version as stored_version
from ptedi.store.worked import replaced, worked

DAYS = 30  # of a report without days


@dataclass(frozen=True, slots=True)
class StoreSource:
    """What reports read (`reports.practice.facts.Source`)."""

    connection: Connection

    def table(self, name: str, wanted: Collection[str] | None) -> stored.Rows:
        """All rows of a table."""
        if name == "postings":
            return stored.postings(self.connection, (), on_claims=False, wanted=wanted)
        return stored.TABLES[name](self.connection, wanted)

    def postings(self, accounts: Iterable[str], until: date | None, claim_ids: Sequence[int] | None,
                 wanted: Collection[str] | None) -> stored.Rows:  # fmt: skip
        """The postings on claims of some accounts, with their places."""
        return stored.postings(self.connection, accounts, until=until, claim_ids=claim_ids, wanted=wanted)

    def balances(self, accounts: Iterable[str], until: date | None, wanted: Collection[str] | None, *,
                 lines: bool = False) -> stored.Rows:  # fmt: skip
        """The same, summed by claim (or line) and account."""
        return stored.balances(self.connection, accounts, until=until, wanted=wanted, lines=lines)

    def remitted(self, accounts: Iterable[str], first: date, last: date, *, lines: bool) -> stored.Rows:
        """What claim payments put into accounts, by claim (or line) and day of the books."""
        return stored.remitted(self.connection, accounts, first, last, lines=lines)

    def by_line(self, accounts: Iterable[str]) -> stored.Rows:
        """What stands in accounts of each line."""
        return stored.by_line(self.connection, accounts)

    def worked(self) -> stored.Rows:
        """Since when a person worked the denial of a claim."""
        return worked(self.connection)

    def replaced(self) -> stored.Rows:
        """Which claim took the place of which."""
        return replaced(self.connection)

    def variances(self, wanted: Collection[str] | None) -> stored.Rows | None:
        """What lines differ from what was expected; None when nothing was compared yet."""
        return stored.variances(self.connection, wanted)


def report(
    night: Night, name: str, *, first: date | None = None, last: date | None = None, by: Sequence[str] = (),
    rows: str = "",
) -> Report:  # fmt: skip
    """Makes a report of the practice as known now.

    Args:
        night: the workspace.
        name: which (`reports.practice.make.REPORTS`).
        first: the first day; 30 days in all when not given.
        last: the last day; today when not given.
        by: what to split it by.
        rows: for `kpis` the key figure whose rows are wanted; for the others any word asks for the rows.

    Raises:
        ConfigurationError: there is no such report, or it cannot be split so; the days run backwards.
    """
    end = last or dates.today()
    begin = first or end - timedelta(days=DAYS - 1)
    if begin > end:
        raise ConfigurationError(f"the days run backwards: {begin} to {end}", hint="--from must not be after --to")
    reads = make.definition(name).reads
    night.use_tables()
    with night.store.read() as connection:
        facts = Facts(StoreSource(connection), Window(first=begin, last=end), dates.now(), detail=bool(rows),
                      reads=reads, split=by)  # fmt: skip
        made = make.make(name, facts, by, rows)
    return made.named(_names(night))


def _names(night: Night) -> Names:
    """What people call the payers, clinics and therapists of a practice; two of one name keep their ids beside it."""
    practice = night.practice
    found = {
        "payer": {one: profile.name for one, profile in night.profiles.items()},
        "clinic": {one.id: one.name for one in practice.clinics},
        "therapist": {one.id: f"{one.name.first} {one.name.last}" for one in practice.therapists},
    }
    return {what: _apart(names) for what, names in found.items()}


def _apart(names: dict[str, str]) -> dict[str, str]:
    times = Counter(names.values())
    return {one: name if times[name] == 1 else f"{name} ({one})" for one, name in names.items()}


def version(night: Night) -> tuple[int, ...]:
    """What a report can be kept for: it is another one as soon as anything was added to the store."""
    with night.store.read() as connection:
        return stored_version.version(connection)


def frames(workspace: str | Path | Night) -> PracticeFrames:
    """Reads a workspace into frames, all of one moment.

    Args:
        workspace: its folder, or one that is open.

    Raises:
        ConfigurationError: the folder is no workspace.
    """
    if isinstance(workspace, Night):
        return _frames(workspace)
    with open_night(Path(workspace)) as night:
        return _frames(night)


def _frames(night: Night) -> PracticeFrames:
    with night.store.read() as connection:
        return practice_frames(Facts(StoreSource(connection), Window(first=date.min, last=date.max), dates.now()))
