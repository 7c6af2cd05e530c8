"""What a practice wrote down beside its claims, read once a run: waivers, authorizations, progress reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ptedi import dates
from ptedi.edits import records, waivers
from ptedi.edits.records import Records
from ptedi.edits.waivers import UNUSED, Waiver, Waivers
from ptedi.findings import Finding
from ptedi.steps.night import Night
from ptedi.store import Connection, findings, work
from ptedi.store.work import NewWork, WorkKind

WAIVERS = "waivers.toml"
GRACE = timedelta(days=30)
"""How long a new waiver may wait for the first claim that needs it before somebody is asked."""
IN_ORDER = "the file was corrected"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The waivers and records of a workspace during one run, on one day."""

    waivers: Waivers
    records: Records
    today: date

    @classmethod
    def of(cls, night: Night) -> Rulebook:
        """Reads them.

        Raises:
            ConfigurationError: waivers.toml cannot be read, or a waiver lacks its reason, its end or a known edit.
        """
        root = night.workspace.root
        return cls(waivers.read(root / WAIVERS), records.read(root), dates.today())

    def tell(self, conn: Connection) -> int:
        """Asks a person about expired and unneeded waivers and unreadable records; how many questions there are.

        A question closes by itself when its file is in order, and comes back when it is not.
        """
        questions = [*self._about_waivers(conn), *(_about_record(one) for one in self.records.findings)]
        keys = {one.key for one in questions}
        gone = [item.id for item in work.list_work(conn, kinds=[WorkKind.RULES]) if item.key not in keys]
        work.resolve(conn, gone, IN_ORDER)
        work.reopen(conn, keys, IN_ORDER)
        for one in questions:
            work.put(conn, one)
        return len(questions)

    def _about_waivers(self, conn: Connection) -> list[NewWork]:
        return [_about_waiver(one, found) for one, found in self.waivers.reviewed(self.today)
                if found.code != UNUSED.code or self._never_needed(conn, one)]  # fmt: skip

    def _never_needed(self, conn: Connection, one: Waiver) -> bool:
        return one.effective_from + GRACE <= self.today and not findings.mentions(conn, one.edit, one.mark)


def _about_waiver(one: Waiver, found: Finding) -> NewWork:
    where = " ".join(filter(None, (one.payer, one.procedure, one.claim)))
    return NewWork(key=f"waiver:{found.code}:{one.edit}:{where}:{one.expires}", kind=WorkKind.RULES,
                   category="waiver", remarks=found.code, sentence=found.message, next_action="change waivers.toml",
                   how=found.hint or "")  # fmt: skip


def _about_record(found: Finding) -> NewWork:
    return NewWork(key=f"record:{found.message}", kind=WorkKind.RULES, category="record", remarks=found.code,
                   sentence=found.message, next_action="correct the file", how=found.hint or "")  # fmt: skip
