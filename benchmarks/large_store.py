"""`python -m benchmarks.large_store`: what people ask of a store with 200,000 claims, in milliseconds.

One night of a synthetic practice is run through every step; the database then copies its rows onto other service dates,
with numbers of their own, until there are enough claims.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Integer,
    String,
    Table,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from benchmarks import night as one_night
from benchmarks.databases import KINDS, database, workspace_folder
from benchmarks.stages import machine
from ptedi import pipeline
from ptedi.store import sums
from ptedi.store.tables import metadata
from ptedi.store.views import Wanted
from ptedi.store.work import WorkKind
from ptedi.store.worklist import Order, WantedWork

STEP = 1_000_000  # between the ids of two copies
COPIED = ("files", "visits", "charge_rows", "claims", "claim_visits", "claim_events", "claim_states",
          "claim_references", "claim_findings", "claim_lines", "claim_milestones", "batches", "batch_claims",
          "payments", "claim_payments", "postings", "work_items")  # fmt: skip
NAMED_ANEW = {"visit_id", "patient_control_number", "fingerprint", "batch_reference", "payment_key", "transaction_key",
              "key", "trace_number", "patient_id", "sha256"}  # fmt: skip
NUMBERED_ANEW = {("charge_rows", "row"), ("batches", "interchange_control_number"), ("payments", "set_index")}


def multiply(conn: Connection, copies: int, day: date) -> None:
    """Copies the rows of the one night there is onto `copies` earlier days."""
    tables = [metadata.tables[name] for name in COPIED]
    for number in range(1, copies + 1):
        for table in tables:
            columns = {column.name: _copied(table, column, number, day) for column in table.c}
            conn.execute(insert(table).from_select(list(columns), select(*columns.values()).where(_first(table))))
    if conn.dialect.name == "postgresql":
        for table in tables:
            if "id" in table.c:
                conn.execute(text(f"select setval(pg_get_serial_sequence('{table.name}', 'id'), "
                                  f"(select max(id) from {table.name}))"))
    sums.rebuild(conn)
    conn.execute(text("analyze"))


def _first(table: Table) -> ColumnElement[bool]:
    """The rows of the night itself."""
    return next(iter(table.primary_key.columns)) < STEP


def settle(night: pipeline.Night) -> None:
    """What a database that has lived for a while has behind it: without it the server tidies up while we measure."""
    with night.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        for statement in ("VACUUM ANALYZE", "CHECKPOINT") if conn.dialect.name == "postgresql" else ("ANALYZE",):
            conn.execute(text(statement))


def _copied(table: Table, column: Column[object], number: int, day: date) -> ColumnElement[Any]:
    foreign = next(iter(column.foreign_keys), None)
    if (column.name == "id" or (foreign and foreign.column.table.name in COPIED)
            or (table.name, column.name) in NUMBERED_ANEW):  # fmt: skip
        kind = Integer if isinstance(column.type, Integer) and not isinstance(column.type, BigInteger) else BigInteger
        step = 10_000 if kind is Integer and column.name == "row" else STEP
        return cast(column + literal(number * step), kind)
    if column.name in NAMED_ANEW:
        is_hash = column.name in ("payment_key", "fingerprint", "sha256")  # the others are short
        start = func.substr(column, 1, 58) if is_hash else column
        return literal(f"{number}-", String) + start
    if column.name == "document" and "patient_control_number" in table.c:
        known = table.c.patient_control_number
        return func.replace(column, known, literal(f"{number}-", String) + known)
    if isinstance(column.type, Date) and column.name in ("service_date", "effective_date", "payment_date"):
        return literal(day - timedelta(number), Date)
    return column


def questions(night: pipeline.Night) -> Mapping[str, Callable[[], object]]:
    """What people ask, each as a call; open_night and printing apart."""
    number = pipeline.list_claims(night, service_date=one_night.NIGHT)[7].patient_control_number
    today = Wanted(first=one_night.NIGHT, last=one_night.NIGHT)
    return {
        "claims (a page of 50)": partial(pipeline.claims_page, night, Wanted(), 50),
        "claims --state held (a page of 50)": partial(pipeline.claims_page, night, Wanted(states=("held",)), 50),
        "claims --date D (a page of 50)": partial(pipeline.claims_page, night, today, 50),
        "claim CLAIM": partial(pipeline.claim_story, night, number),
        "work (a page of 30)": partial(pipeline.work_page, night, limit=30),
        "work --kind denial (a page of 30)": partial(pipeline.work_page, night, kinds=(WorkKind.DENIAL.value,),
                                                     limit=30),
        **{f"work list {name} (50 and the total)": partial(pipeline.work_list, night, WantedWork(**wanted), limit=50)
           for name, wanted in _filters(night).items()},
        "work: what can be chosen": partial(pipeline.work_choices, night, WantedWork()),
        "summary --date D": partial(pipeline.summary, night, one_night.NIGHT),
        "census": partial(pipeline.census, night),
        "batch list": partial(pipeline.batch_list, night),
    }  # fmt: skip


def _filters(night: pipeline.Night) -> dict[str, dict[str, Any]]:
    """One of each filter of the worklist, with words of the store itself."""
    row = next(one for one in pipeline.work_list(night, WantedWork(kinds=("denial",)), limit=50).rows if one.claim)
    return {
        "--clinic": {"clinics": (row.clinic,)}, "--payer": {"payers": (row.payer,)},
        "--category": {"categories": (row.category,)}, "--owner": {"owners": ("nobody",)},
        "--kind": {"kinds": ("denial", "rejection")}, "--patient": {"patient": row.patient},
        "--from --to": {"first": one_night.NIGHT - timedelta(60), "last": one_night.NIGHT},
        "--reason": {"reasons": (row.adjustment,)}, "--sort clinic": {"order": Order.CLINIC},
    }  # fmt: skip


def _resolve(conn: Connection, left: int) -> None:
    """Closes items until so many wait."""
    items = metadata.tables["work_items"]
    some = select(items.c.id).order_by(items.c.id % 997, items.c.id).offset(left)
    conn.execute(update(items).where(items.c.id.in_(some.limit(10**9))).values(state="resolved", resolution="done"))


@contextmanager
def large(root: Path, url: str, claims: int, visits: int, items: int) -> Iterator[pipeline.Night]:
    """A workspace with so many claims, of which so many items wait for a person."""
    one_night.run(root, visits, url, "all")
    with pipeline.open_night(root) as night:
        with night.store.begin() as conn:
            multiply(conn, claims // visits - 1, one_night.NIGHT)
            _resolve(conn, items)
        settle(night)
        yield night


def told(night: pipeline.Night) -> str:
    """How large a store is."""
    with night.store.read() as conn:
        rows = conn.execute(select(func.count()).select_from(metadata.tables["claims"])).scalar_one()
        events = conn.execute(select(func.count()).select_from(metadata.tables["claim_events"])).scalar_one()
    return f"{rows:,} claims, {events:,} events"


def measure(call: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median wall and CPU milliseconds of this process."""
    wall, cpu = [], []
    for _ in range(rounds):
        start, used = time.perf_counter(), time.process_time()
        call()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
    return statistics.median(wall) * 1000, statistics.median(cpu) * 1000


def chosen_store(prog: str, doc: str | None, rounds: int) -> argparse.Namespace:
    """What can be chosen of a large store and of how often it is asked."""
    options = argparse.ArgumentParser(prog=f"python -m {prog}", description=doc)
    options.add_argument("--claims", type=int, default=200_000)
    options.add_argument("--visits", type=int, default=2_000, help="of the night that is copied")
    options.add_argument("--items", type=int, default=20_000, help="that wait for a person, at most")
    options.add_argument("--database", choices=KINDS, default="sqlite")
    options.add_argument("--rounds", type=int, default=rounds)
    return options.parse_args()


def main() -> None:
    chosen = chosen_store("benchmarks.large_store", __doc__, 5)
    with database(chosen.database) as url, workspace_folder() as root:
        with large(root, url, chosen.claims, chosen.visits, chosen.items) as night:
            print(f"{told(night)}, {chosen.database}, {machine()}; median of {chosen.rounds}")
            print(f"{'question':<46}{'ms':>9}{'CPU ms':>9}")
            for name, call in questions(night).items():
                wall, cpu = measure(call, chosen.rounds)
                print(f"{name:<46}{wall:>9.0f}{cpu:>9.0f}", flush=True)


if __name__ == "__main__":
    main()
