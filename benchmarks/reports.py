"""`python -m benchmarks.reports`: every report over 500,000 service lines, in seconds.

One night of a synthetic practice is run through every step; the database copies its rows onto earlier days
(`benchmarks.large_store`) until there are enough lines.  Each report then runs over all of them, in a fresh process.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from sqlalchemy import Connection, DateTime, case, func, insert, literal, select, text, update

from benchmarks import night as one_night
from benchmarks.databases import KINDS, database, workspace_folder
from benchmarks.large_store import multiply
from benchmarks.stages import machine
from ptedi import pipeline
from ptedi.reports.practice.make import REPORTS
from ptedi.store.tables import metadata

FIRST = date(2020, 1, 1)


def fill(root: Path, url: str, visits: int, lines: int) -> int:
    """A workspace with at least so many service lines; how many there are."""
    one_night.run(root, visits, url, "5")
    t = metadata.tables
    billed = select(func.count()).where(t["postings"].c.account == "charges")
    with pipeline.open_night(root) as night, night.store.begin() as conn:
        one = conn.execute(billed).scalar_one()
        multiply(conn, -(-lines // one) - 1, one_night.NIGHT)
        # the copies' payments are in the books of their own days
        conn.execute(update(t["payments"]).values(book_date=t["payments"].c.payment_date))
        compare(conn)
        conn.execute(text("analyze"))
        return int(conn.execute(billed).scalar_one())


def compare(conn: Connection) -> None:
    """A price for every line of a claim that was answered, one line in twenty paid a dollar less than that."""
    lines, answers = metadata.tables["claim_lines"].c, metadata.tables["claim_payments"].c
    under = case((lines.claim_id % 20 == 0, 100), else_=0)
    told = {
        "claim_id": lines.claim_id, "line": lines.line, "payer_id": literal("payer"), "procedure": lines.procedure,
        "units": lines.units, "service_date": lines.service_date, "contract": literal("contract"),
        "verdict": case((lines.claim_id % 20 == 0, "underpaid"), else_="paid as expected"),
        "cause": case((lines.claim_id % 20 == 0, "rate"), else_=""), "version": literal("1"),
        "charge_cents": lines.charge_cents, "allowed_cents": lines.charge_cents, "expected_cents": lines.charge_cents,
        "expected_allowed_cents": lines.charge_cents, "paid_cents": lines.charge_cents - under,
        "deductible_cents": literal(0), "difference_cents": -under, "sentence": literal(""),
        "at": literal(datetime.combine(one_night.NIGHT, time_of_day.min, UTC), DateTime(timezone=True)),
    }  # fmt: skip
    told["claim_payment_id"] = select(func.max(answers.id)).where(
        answers.claim_id == lines.claim_id, answers.state == "posted").scalar_subquery()  # fmt: skip
    answered = lines.claim_id.in_(select(answers.claim_id).where(answers.state == "posted"))
    rows = select(*(value.label(name) for name, value in told.items())).where(answered)
    conn.execute(insert(metadata.tables["line_prices"]).from_select(list(told), rows))


def run_one(root: Path, name: str, by: str, rows: str) -> None:
    """Makes one report and prints its seconds: the inner side."""
    with pipeline.open_night(root) as night:
        start, used = time.perf_counter(), time.process_time()
        split = tuple(filter(None, by.split(",")))
        pipeline.report(night, name, first=FIRST, last=one_night.NIGHT + timedelta(40), by=split, rows=rows)
        wall, cpu = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name + (' by ' + by if by else '') + (' --rows' if rows else ''):<36}{wall:>8.1f}{cpu:>8.1f}{peak:>9.0f}",
          flush=True)  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.reports", description=__doc__)
    options.add_argument("--lines", type=int, default=500_000)
    options.add_argument("--visits", type=int, default=1_000, help="of the night that is copied")
    options.add_argument("--database", choices=KINDS, default="sqlite")
    options.add_argument("--one", nargs=4, metavar=("ROOT", "NAME", "BY", "ROWS"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        root, name, by, rows = chosen.one
        run_one(Path(root), name, by, rows)
        return
    with database(chosen.database) as url, workspace_folder() as root:
        lines = fill(root, url, chosen.visits, chosen.lines)
        print(f"{lines:,} service lines, {chosen.database}, {machine()}")
        print(f"{'report':<36}{'s':>8}{'CPU s':>8}{'MB peak':>9}", flush=True)
        asked = [*((name, "", "") for name in REPORTS), ("kpis", "payer", ""), ("payments", "code", ""),
                 ("denials", "", "all")]  # fmt: skip
        for one in asked:
            subprocess.run([sys.executable, "-m", "benchmarks.reports", "--one", str(root), *one], check=True)


if __name__ == "__main__":
    main()
