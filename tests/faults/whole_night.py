"""One whole night of a small practice, to be disturbed: charges out, the sandbox's answers, everything back.

The workspace has a past (an earlier night, sent, answered and posted), so that tonight brings corrections, take-backs
and visits that changed after billing; the sandbox is careless, so that it brings quarantine and parked checks too.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import create_engine, text

from ptedi import pipeline
from ptedi.sandbox import clearinghouse, practice
from ptedi.sandbox.scenario import NASTY, PLAIN, Scenario
from ptedi.steps.drafts import RELEASE
from ptedi.store import open_store, work
from ptedi.store.tables import metadata
from ptedi.store.work import WorkKind
from tests.faults.facts import APART

DAY = dt.date(2026, 11, 20)
EARLIER = DAY - dt.timedelta(days=7)
SEED = 3
STEPS = ("extract_charges", "release_draft", "code_visits", "scrub_claims", "build_batches", "deliver_batches",
         "sandbox", "collect_inbound", "apply_acknowledgements", "post_remittances", "reconcile_deposits",
         "route_denials", "compare_payments", "take_census")  # fmt: skip
Stage = Callable[[str], None]


def run(root: Path, *, day: dt.date = DAY, scenario: Scenario = NASTY, stage: Stage = lambda _: None) -> None:
    """The night from its beginning; what an earlier, disturbed run did is found done."""
    way_out(root, day=day, stage=stage)
    stage("sandbox")
    answer(root, day=day, scenario=scenario)
    way_back(root, day=day, stage=stage)


def way_out(root: Path, *, day: dt.date = DAY, stage: Stage = lambda _: None) -> None:
    """Charges to the clearinghouse's folder; drafts of changed visits are released, as a person would."""
    at(day, 26)
    with pipeline.open_night(root) as night, _told(stage):
        pipeline.extract_charges(night)
        stage("release_draft")
        with night.store.read() as conn:
            drafts = [item.id for item in work.list_work(conn, kinds=[WorkKind.DRAFT]) if item.next_action == RELEASE]
        for item in drafts:
            pipeline.release_draft(night, item, "pat")
        pipeline.code_visits(night, day)
        pipeline.scrub_claims(night, day)
        pipeline.build_batches(night, day)
        pipeline.deliver_batches(night)


def answer(root: Path, *, day: dt.date = DAY, scenario: Scenario = NASTY, drop: str = "to") -> None:
    """What the clearinghouse and the payers leave the next morning."""
    house = root / "clearinghouse"
    clearinghouse.run(house / drop, house / "from", root / "sandbox.db", seed=SEED, scenario=scenario,
                      today=day + dt.timedelta(days=1), bank_folder=root / "bank")  # fmt: skip


def way_back(root: Path, *, day: dt.date = DAY, stage: Stage = lambda _: None) -> None:
    """Acknowledgements, money, deposits, denials, census."""
    at(day, 38)
    with pipeline.open_night(root) as night, _told(stage):
        pipeline.collect(night)


def at(day: dt.date, hours: int) -> None:
    """Holds the clock still, so many hours after the day began (UTC)."""
    moment = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(hours=hours)
    os.environ["PTEDI_NOW"] = moment.isoformat()


class _told:
    """Says which step runs, by standing before each function of the pipeline for as long as the block lasts."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._real = stage, {name: getattr(pipeline, name) for name in STEPS if hasattr(pipeline, name)}

    def __enter__(self) -> None:
        for name, step in self._real.items():
            setattr(pipeline, name, self._telling(name, step))

    def __exit__(self, *_: object) -> None:
        for name, step in self._real.items():
            setattr(pipeline, name, step)

    def _telling(self, name: str, step: Callable[..., object]) -> Callable[..., object]:
        def told(*args: object, **kwargs: object) -> object:
            self._stage(name)
            return step(*args, **kwargs)

        return told


def prepared(root: Path, *, visits: int, earlier: int, per_file: int, url: str = "") -> Path:
    """A workspace with its past behind it and tonight's charges in the inbox."""
    settings = practice.settings(seed=SEED).replace("claims_per_set = 5000", f"claims_per_set = {per_file}")
    settings += "\n[claims]\nclose_after_days = 0\n"  # so that what is settled is closed in this very night
    pipeline.make_workspace(root, settings + (f'\n[store]\nurl = "{url}"\n' if url else ""))
    if url:
        _ids_apart(url)
    before = practice.charges(SEED, EARLIER, visits=earlier, bad_rows=False)
    _drop(root, before)
    run(root, day=EARLIER, scenario=replace(PLAIN, rejected_by_payer=150))
    _drop(root, practice.charges(SEED, DAY, visits=visits))
    _drop(root, {f"late-{name}": _changed(data) for name, data in before.items() if name.endswith(".csv")})
    _drop(root, {"broken.csv": b"\xff\xfe", "note.txt": b"not for us\n"})
    return root


def _drop(root: Path, files: dict[str, bytes]) -> None:
    long_ago = dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp()  # settled: nobody waits to see whether it grows
    for name, data in files.items():
        (root / "inbox" / name).write_bytes(data)
        os.utime(root / "inbox" / name, (long_ago, long_ago))


def _changed(data: bytes) -> bytes:
    """The same visits captured again, each with a quarter of an hour more of its first procedure."""
    rows, seen = list(csv.DictReader(io.StringIO(data.decode()))), set[str]()
    for row in rows:
        if row["visit_id"] not in seen and row["therapist_minutes"]:
            row["therapist_minutes"] = str(int(row["therapist_minutes"]) + 15)
        seen.add(row["visit_id"])
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _ids_apart(url: str) -> None:
    """Sequences may leave gaps: what names an id in a text must be told apart from other numbers."""
    open_store(url).close()
    engine = create_engine(url)
    with engine.begin() as conn:
        for number, table in enumerate(metadata.sorted_tables, 1):
            if "id" in table.c:
                conn.execute(text(f"alter sequence {table.name}_id_seq restart with {number * APART}"))
    engine.dispose()


def copied(template: Path, to: Path, url: str = "") -> Path:
    """A copy of a workspace; on PostgreSQL the caller copied its database to `url` before."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(template, to)
    if url:
        lines = (to / "ptedi.toml").read_text().splitlines()
        lines = [f'url = "{url}"' if line.startswith("url = ") else line for line in lines]
        (to / "ptedi.toml").write_text("\n".join(lines))
    return to
