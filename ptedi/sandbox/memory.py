"""What the clearinghouse and the payers remember between runs: one SQLite file of their own, one transaction per run.

Files of a run are written before the commit and are named and numbered from what was remembered before, so a run that
was killed leaves the same bytes under the same names when it is run again.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from ptedi.claims.model import Claim
from ptedi.money import cents, from_cents
from ptedi.remittances.model import ClaimPayment

_TABLES = """
create table if not exists file (name text, sha256 text, day text, primary key (name, sha256));
create table if not exists interchange (sender text, receiver text, number integer, day text,
                                        primary key (sender, receiver, number));
create table if not exists counter (name text primary key, value integer);
create table if not exists claim (control_number text primary key, claim_number text unique, day text, reviewed integer,
                                  remembered blob);
create table if not exists receivable (reference text, payer text, payee text, reason text, cents integer, day text,
                                       primary key (reference, payer, payee, reason));
create table if not exists crossover (control_number text primary key, day text);
create table if not exists run (number integer primary key, day text, report text);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Between whom answers travel: the envelope of the 837P, seen from the other side."""

    our_qualifier: str
    our_id: str
    their_qualifier: str
    their_id: str
    usage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A claim that a payer adjudicated, and how."""

    claim: Claim
    payment: ClaimPayment
    route: Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivable:
    """Money that a payer announced to take back (WO) or carried forward (FB), still open."""

    reference: str
    payer: str
    payee: str
    reason: str
    amount: Decimal


_pack = msgspec.json.Encoder(decimal_format="string").encode
_unpack = msgspec.json.Decoder(Remembered).decode


class Memory:
    """The rows behind one run; every method works inside the run's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def next(self, series: str) -> int:
        """The next number of a series, from 1."""
        sql = "insert into counter values (?, 1) on conflict (name) do update set value = value + 1 returning value"
        return int(self._db.execute(sql, (series,)).fetchone()[0])

    def knows_file(self, name: str, digest: str) -> bool:
        """Whether this very file was answered before."""
        return self._one("select 1 from file where name = ? and sha256 = ?", name, digest) is not None

    def remember_file(self, name: str, digest: str, day: date) -> None:
        """Notes a file as answered."""
        self._db.execute("insert or ignore into file values (?, ?, ?)", (name, digest, day.isoformat()))

    def first_time(self, sender: str, receiver: str, number: int, day: date) -> bool:
        """Notes an interchange control number; False when this sender used it before."""
        sql = "insert or ignore into interchange values (?, ?, ?, ?)"
        return self._db.execute(sql, (sender, receiver, number, day.isoformat())).rowcount == 1

    def has_claim(self, control_number: str) -> bool:
        """Whether a claim with this CLM01 was adjudicated."""
        return self._one("select 1 from claim where control_number = ?", control_number) is not None

    def has_claim_number(self, number: str) -> bool:
        """Whether a payer gave this number to a claim."""
        return self._one("select 1 from claim where claim_number = ?", number) is not None

    def remember(self, item: Remembered, day: date, *, reviewed: bool = False) -> None:
        """Notes the present result of a claim."""
        key, number = item.payment.patient_control_number, item.payment.payer_claim_control_number
        blob = zlib.compress(_pack(item), 6)
        sql = "insert or replace into claim values (?, ?, ?, ?, ?)"
        self._db.execute(sql, (key, number, day.isoformat(), int(reviewed), blob))

    def retire(self, control_number: str) -> None:
        """A claim that was replaced or voided: its number is gone, its CLM01 stays taken."""
        sql = "update claim set claim_number = null, reviewed = 1 where control_number = ?"
        self._db.execute(sql, (control_number,))

    def claim_with_number(self, number: str) -> Remembered | None:
        """The claim that a payer gave this number to."""
        row = self._one("select remembered from claim where claim_number = ?", number)
        return _unpack(zlib.decompress(row[0])) if row else None

    def forward(self, control_number: str, day: date) -> None:
        """Notes that a claim was forwarded to the next payer."""
        self._db.execute("insert or ignore into crossover values (?, ?)", (control_number, day.isoformat()))

    def take_forwarded(self, before: date) -> list[Remembered]:
        """The claims forwarded on earlier days, each once."""
        sql = """select remembered, crossover.control_number from crossover join claim using (control_number)
                 where crossover.day < ? order by crossover.control_number"""
        rows = self._db.execute(sql, (before.isoformat(),)).fetchall()
        self._db.execute("delete from crossover where day < ?", (before.isoformat(),))
        return [_unpack(zlib.decompress(row[0])) for row in rows]

    def days_before(self, day: date) -> list[str]:
        """Earlier days with claims that no payer has looked at again."""
        sql = "select distinct day from claim where day < ? and reviewed = 0 order by day"
        return [row[0] for row in self._db.execute(sql, (day.isoformat(),))]

    def unreviewed(self, day: str) -> list[Remembered]:
        """The claims of a day that no payer has looked at again."""
        sql = "select remembered from claim where day = ? and reviewed = 0 order by control_number"
        return [_unpack(zlib.decompress(row[0])) for row in self._db.execute(sql, (day,))]

    def close_day(self, day: str) -> None:
        """No claim of this day is looked at again."""
        self._db.execute("update claim set reviewed = 1 where day = ?", (day,))

    def open_receivable(self, item: Receivable, day: date) -> None:
        """Notes money to be taken back later."""
        row = (item.reference, item.payer, item.payee, item.reason, cents(item.amount), day.isoformat())
        self._db.execute("insert or replace into receivable values (?, ?, ?, ?, ?, ?)", row)

    def receivables(self, payer: str, payee: str, before: date) -> list[Receivable]:
        """What a payer opened on earlier days and has not taken yet, oldest first."""
        sql = """select reference, reason, cents from receivable
                 where payer = ? and payee = ? and day < ? and cents > 0 order by day, reference"""
        rows = self._db.execute(sql, (payer, payee, before.isoformat()))
        return [
            Receivable(reference=row[0], payer=payer, payee=payee, reason=row[1], amount=from_cents(row[2]))
            for row in rows
        ]

    def reduce_receivable(self, item: Receivable, taken: Decimal) -> None:
        """Takes a part or all of an open receivable."""
        sql = """update receivable set cents = cents - ?
                 where reference = ? and payer = ? and payee = ? and reason = ?"""
        self._db.execute(sql, (cents(taken), item.reference, item.payer, item.payee, item.reason))

    def note_run(self, day: date, report: bytes) -> None:
        """Keeps the report of a run."""
        sql = "insert into run (day, report) values (?, ?)"
        self._db.execute(sql, (day.isoformat(), report.decode()))

    def reports(self) -> list[bytes]:
        """The reports of all runs, oldest first."""
        return [row[0].encode() for row in self._db.execute("select report from run order by number")]

    def _one(self, sql: str, *values: object) -> tuple[bytes, ...] | None:
        row: tuple[bytes, ...] | None = self._db.execute(sql, values).fetchone()
        return row


@contextmanager
def opened(path: Path) -> Iterator[Memory]:
    """The memory in one write transaction: committed at the end, forgotten when anything is raised."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        connection.executescript(_TABLES)
        connection.execute("begin immediate")
        yield Memory(connection)
        connection.execute("commit")
    finally:
        connection.close()  # rolls back what was not committed
