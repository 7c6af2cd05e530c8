"""The narrow tables that reports read say what documents and histories say: as written, made anew, and filled in."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as engine_event
from sqlalchemy import select

from ptedi.claims.model import LineTrace
from ptedi.store import Connection, Store, claims, events, facts, files, migrate, milestones, open_store, visits
from ptedi.store.claims import NewClaim
from ptedi.store.report_tables import claim_lines, claim_milestones
from ptedi.store.tables import visits as visits_table
from ptedi.submissions.status import Event
from tests.store.samples import coded, visit

JOURNEY = (Event.CODED, Event.HELD, Event.RELEASED, Event.BATCHED, Event.SENT, Event.FILE_ACCEPTED,
           Event.PAYER_REJECTED, Event.REWORKED, Event.RELEASED, Event.PARTLY_PAID, Event.PAID)  # fmt: skip
NUMBERS = {"scrubbed_event": 2, "held_event": 2, "sent_event": 5, "accepted_event": None, "rejected_event": 7,
           "reworked_event": 8, "remitted_event": 10, "paid_event": 11, "partly_paid_event": 10,
           "denied_event": None}  # fmt: skip


def filled(conn: Connection, archive: Path) -> int:
    """A claim of two lines, coded twice, with a whole life."""
    file = files.register(conn, archive, b"charges", "c.csv")
    saved = visits.save(conn, visit("V1"), file.id)
    first = coded(1)
    claim_id = claims.insert(conn, NewClaim(coded=first, visit_row_id=saved.row_id, visit_id="V1", revision=1,
                                            partner_id="harbor"))  # fmt: skip
    line = first.claim.lines[0]
    second = replace(line, number=2, procedure="97530", units=2, charge=Decimal("81.10"), modifiers=("GP", "59"),
                     control_number=f"{line.control_number}X")  # fmt: skip
    trace = LineTrace(line=2, minutes=30, therapist_minutes=30, assistant_minutes=0, rows=(), reasons=())
    claims.recode(conn, claim_id, replace(first, claim=replace(first.claim, lines=(line, second)), trace=(trace,)))
    for number, event in enumerate(JOURNEY):
        events.append(conn, claim_id, event, "test", f"{number}")
    return claim_id


def told(conn: Connection) -> dict[str, list[Any]]:
    v = visits_table.c
    return {
        "lines": [tuple(row) for row in conn.execute(select(claim_lines).order_by(claim_lines.c.line))],
        "milestones": [row._asdict() for row in conn.execute(select(claim_milestones))],
        "visits": [tuple(row) for row in conn.execute(
            select(v.clinic_id, v.therapist_id, v.payer_id, v.minutes, v.charge_count))],
    }  # fmt: skip


def test_they_are_written_with_what_they_repeat(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        claim_id = filled(conn, tmp_path)
        found = told(conn)
        assert [(row[1], row[2], row[3], row[4], row[5], row[6]) for row in found["lines"]] == [
            (1, "97110", "GP", 1, 0, 6200), (2, "97530", "GP:59", 2, 30, 8110)]  # fmt: skip
        assert found["visits"] == [("c", "t", "payer", 30, 1)]
        (one,) = found["milestones"]
        assert one["claim_id"] == claim_id
        assert {name: one[name] for name in NUMBERS} == NUMBERS
        history = events.of_claim(conn, claim_id)
        assert one["sent_at"] == int(history[4].at.timestamp())
        assert one["claim_answered_at"] == int(history[6].at.timestamp())
        assert one["file_answered_at"] == int(history[5].at.timestamp())


def test_made_anew_they_say_the_same(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        filled(conn, tmp_path)
        before = told(conn)
        events.rebuild_states(conn)
        assert told(conn) == before


@pytest.mark.parametrize("version", ["0017", "0002"])
def test_an_older_store_is_filled_in(store: Store, tmp_path: Path, version: str) -> None:
    with store.begin() as conn:
        filled(conn, tmp_path)
        before = told(conn)
    migrate.downgrade(store.engine, version)
    migrate.migrate(store.engine)
    with store.begin() as conn:
        assert told(conn) == before
        assert [row._asdict() for row in conn.execute(milestones.by_history(conn))] == [
            {name: one[name] for name in ("claim_id", *milestones.STEPS)} for one in before["milestones"]]  # fmt: skip


READ = {
    "claims": {"claim_id", "payer", "service_date", "captured_at", "scrubbed_at", "sent_at", "clean"},
    "visits": {"captured_at", "service_date"},
    "claim_payments": {"claim_payment_id", "claim_id", "state", "status_code", "charge_cents", "book_date"},
}


@pytest.mark.parametrize("name", READ)
def test_reports_read_indexes_instead_of_documents(tmp_path: Path, name: str) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'one.db'}")
    said: list[tuple[str, Any]] = []
    with store.begin() as conn:
        engine_event.listen(store.engine, "before_cursor_execute",
                            lambda _c, _u, text, given, *_: said.append((text, given)))  # fmt: skip
        list(facts.TABLES[name](conn, READ[name]).chunks)
        (query, given), *_ = said
        plan = [str(row[3]) for row in conn.exec_driver_sql(f"explain query plan {query}", given).fetchall()]
    store.close()
    scans = [step for step in plan if step.startswith("SCAN")]
    assert scans
    assert all("COVERING INDEX" in step for step in scans), plan
