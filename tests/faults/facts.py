"""What a workspace and its sandbox know, without times, and the laws that must hold whatever happened to a night."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Column, DateTime, Table, select

from ptedi.steps.night import Night, open_night
from ptedi.store import audit, batches, claims, events, series, sums
from ptedi.store.batches import Outbox
from ptedi.store.series import SeriesKey
from ptedi.store.tables import metadata
from ptedi.submissions.status import State
from ptedi.transactions import claim_837p

Facts = dict[str, list[tuple[object, ...]]]
APART = 1_000_000  # ids of each table begin in a range of their own on PostgreSQL
FOLDERS = ("inbox", "clearinghouse", "bank", "archive", "quarantine", "rejects", "outbox")
_HASHES = {"prev_hash", "hash", "root"}  # over ids, which PostgreSQL leaves gaps in; `laws` verifies the chain
_ID = re.compile(r"(?<!\d)\d{7,8}(?!\d)")
_AT_HOME = (State.CAPTURED, State.HELD, State.READY, State.SUPERSEDED)


def of_workspace(root: Path) -> Facts:
    """Every row of every table, every file of the working folders, everything the sandbox remembers."""
    with open_night(root) as night:
        found, ids = _tables(night)
    found["sandbox"] = _sandbox(root / "sandbox.db")
    found["files of folders"] = sorted(_files(root, ids))
    return found


def database_of(root: Path) -> str:
    """The name of a workspace's database."""
    with open_night(root) as night:
        return str(night.store.engine.url.database)


def differences(wanted: Facts, found: Facts) -> list[str]:
    """Where two sets of facts differ, the first few rows of each place."""
    told = []
    for name in wanted:
        missing = Counter(map(repr, wanted[name])) - Counter(map(repr, found[name]))
        more = Counter(map(repr, found[name])) - Counter(map(repr, wanted[name]))
        told += [f"{name}: missing {row[:400]}" for row in list(missing)[:3]]
        told += [f"{name}: unexpected {row[:400]}" for row in list(more)[:3]]
        if not missing and not more and wanted[name] != found[name]:
            told.append(f"{name}: in another order")
    return told


def _tables(night: Night) -> tuple[Facts, dict[int, str]]:
    apart = night.store.engine.dialect.name == "postgresql"
    found: Facts = {}
    ids: dict[int, str] = {}  # PostgreSQL: id -> table and place, every table in a range of its own
    with night.store.read() as conn:
        for table in metadata.sorted_tables:
            if apart and "id" in table.c:  # a table made anew by its migration has numbers from 1 on: in no range
                rows = conn.execute(select(table.c.id).where(table.c.id >= APART).order_by(table.c.id)).scalars()
                ids |= {one: f"{table.name}/{place}" for place, one in enumerate(rows, 1)}
        for table in metadata.sorted_tables:
            if table.name == "ledger_sums":  # how often a sum was added to is no fact; what it comes to is
                totals = sorted(sums.kept(conn).items())
                found[table.name] = [(place, *key, cents) for place, (key, cents) in enumerate(totals, 1)]
                continue
            rows = conn.execute(select(*columns(table, apart=apart)).order_by(*table.primary_key))
            found[table.name] = [tuple(_plain(value, ids) for value in row) for row in rows]
    return found, ids


def columns(table: Table, *, apart: bool) -> list[Column[Any]]:
    """The columns that are compared: no times, and on PostgreSQL (`apart`) no hashes."""
    return [c for c in table.c if not isinstance(c.type, DateTime) and not (apart and c.name in _HASHES)]


def _plain(value: object, ids: dict[int, str]) -> object:
    if isinstance(value, int):
        return ids.get(value, value)
    return _ID.sub(lambda m: ids.get(int(m[0]), m[0]), value) if ids and isinstance(value, str) else value


def _files(root: Path, ids: dict[int, str]) -> list[tuple[object, ...]]:
    return [
        (_plain(str(path.relative_to(root)), ids), hashlib.sha256(_named(path, ids)).hexdigest())
        for folder in FOLDERS for path in (root / folder).rglob("*")
        if path.is_file() and not path.name.endswith(".tmp")  # half written by somebody killed: swept after a day
    ]  # fmt: skip


def _named(path: Path, ids: dict[int, str]) -> bytes:
    """The bytes of a file; the reason beside a file in quarantine names the file by its id."""
    data = path.read_bytes()
    if ids and path.suffix in (".txt", ".json", ".csv") and path.parent.name in ("quarantine", "rejects"):
        return str(_plain(data.decode("utf-8", "surrogateescape"), ids)).encode("utf-8", "surrogateescape")
    return data


def _sandbox(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as db:
        names = [name for (name,) in db.execute("select name from sqlite_master where type = 'table' order by name")]
        return [(name, *row) for name in names for row in db.execute(f"select * from {name} order by 1, 2")]


def laws(root: Path, *, sent: str = "to") -> list[str]:
    """What is wrong, judged from the files and the rows alone, without another night to compare with."""
    told = []
    with open_night(root) as night, night.store.read() as conn:
        states = events.current_states(conn)
        rows = claims.get_all(conn, list(states))
        out = {rows[i].patient_control_number for i, state in states.items() if state not in _AT_HOME}
        rejected = {rows[i].patient_control_number for i, state in states.items() if state is State.SUPERSEDED}
        told += _claims_sent(root / "clearinghouse" / sent, out, rejected)
        told += [f"batch {b.id} is {b.state}" for b in batches.list_batches(conn)
                 if b.state not in (Outbox.SENT, Outbox.CONFIRMED)]  # fmt: skip
        for name in ("ISA13", "GS06", "ST02", "BHT03"):  # the nights of this harness have one set in each file
            used = [use.value for use in series.audit(conn, SeriesKey("harbor", "T", name))]
            if used != list(range(1, len(batches.list_batches(conn)) + 1)):
                told.append(f"{name} is {used}")
        told += [f"the running sum of {account} is off by {off} cents" for account, off in sums.differences(conn)]
        ledger = metadata.tables["postings"]
        totals: Counter[str] = Counter()
        for key, cents in conn.execute(select(ledger.c.transaction_key, ledger.c.amount_cents)):
            totals[key] += cents
        told += [f"transaction {key} is off by {cents} cents" for key, cents in totals.items() if cents]
        told += [f"audit: {misfit}" for misfit in audit.verify(conn).misfits]
    return told


def _claims_sent(folder: Path, out: set[str], superseded: set[str]) -> list[str]:
    numbers: Counter[int] = Counter()
    seen: Counter[str] = Counter()
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            return [f"{path.name} was left at the partner's"]
        numbers[int(path.read_bytes()[90:99])] += 1  # ISA13, where it always stands
        for batch in claim_837p.read_batches(path.read_bytes()):
            seen.update(claim.patient_control_number for claim in batch.claims)
    told = [f"interchange {number} was used {times} times" for number, times in numbers.items() if times > 1]
    told += [f"claim {name} was sent {times} times" for name, times in seen.items() if times > 1]
    told += [f"claim {name} was lost" for name in out - set(seen)]
    return told + [f"claim {name} is at the partner's but not out" for name in set(seen) - out - superseded]
