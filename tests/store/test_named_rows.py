"""What a posting names is there: refused when it is not, kept while it is named, told by the audit if it is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.exc import IntegrityError

from ptedi.store import Store, migrate, payments, postings
from ptedi.store._sql import insert_ids, insert_tuples
from ptedi.store.payments import NewClaimPayment, PaymentState
from ptedi.store.report_tables import claim_lines
from ptedi.store.tables import claim_payments, claim_visits, claims, files
from ptedi.store.tables import payments as checks
from ptedi.store.tables import postings as ledger
from tests.store.test_bulk import COLUMNS, FILE, posting
from tests.store.test_money import clp, payment, start

NAMES = ("claim_id", "payment_id", "claim_payment_id", "file_id")
TABLES = {"claim_id": claims, "payment_id": checks, "claim_payment_id": claim_payments, "file_id": files}


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Iterator[tuple[Store, dict[str, int]]]:
    """A store with one row that nothing names of each table that postings name: its number by column."""
    with store.begin() as conn:
        start(conn, tmp_path)
        for table in (claim_visits, claim_lines):
            conn.execute(delete(table).where(table.c.claim_id == 2))
        named = payment(conn)
        new = NewClaimPayment(payment_id=named, claim_id=None, state=PaymentState.UNMATCHED, reason="",
                              patient_cents=0, clp=clp())  # fmt: skip
        numbers = {"claim_id": 2, "payment_id": payment(conn, 1), "file_id": insert_ids(conn, files, [FILE])[0],
                   "claim_payment_id": payments.add_claims(conn, [new])[0]}  # fmt: skip
    yield store, numbers


def write(conn: Connection, **named: int | None) -> None:
    """Two postings, of which the second names something."""
    nothing = dict.fromkeys(named)
    rows = [(*posting(str(named), n), *told.values()) for n, told in ((1, nothing), (2, named))]
    insert_tuples(conn, ledger, (*COLUMNS, *named), rows)


@pytest.mark.parametrize("column", NAMES)
def test_what_is_not_there_cannot_be_named(filled: tuple[Store, dict[str, int]], column: str) -> None:
    store, numbers = filled
    with pytest.raises(IntegrityError), store.begin() as conn:
        write(conn, **numbers | {column: 99})
    with store.begin() as conn:
        write(conn, **numbers)
    with pytest.raises(IntegrityError), store.begin() as conn:
        conn.execute(update(ledger).where(ledger.c.sequence == 2).values({column: 99}))
    with store.read() as conn:
        assert conn.execute(select(ledger.c[column]).order_by(ledger.c.id)).scalars().all() == [None, numbers[column]]
        assert postings.dangling(conn) == []


@pytest.mark.parametrize("column", NAMES)
def test_what_is_named_is_kept_under_its_number(filled: tuple[Store, dict[str, int]], column: str) -> None:
    store, numbers = filled
    table, number = TABLES[column], numbers[column]
    with store.engine.connect() as conn:  # nothing else keeps it
        assert conn.execute(delete(table).where(table.c.id == number)).rowcount == 1
        conn.rollback()
    with store.begin() as conn:
        write(conn, **{column: number})
    with pytest.raises(IntegrityError), store.begin() as conn:
        conn.execute(delete(table).where(table.c.id == number))
    with pytest.raises(IntegrityError), store.begin() as conn:
        conn.execute(update(table).where(table.c.id == number).values(id=77))
    with store.read() as conn:
        assert conn.execute(select(table.c.id).where(table.c.id == number)).scalar() == number


def test_what_is_being_named_cannot_be_deleted_meanwhile(filled: tuple[Store, dict[str, int]]) -> None:
    store, numbers = filled
    if store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    told: list[Any] = []

    def take_away() -> None:
        try:
            with store.begin() as other:
                other.execute(delete(files).where(files.c.id == numbers["file_id"]))
        except IntegrityError as problem:
            told.append(problem)

    with store.begin() as conn:
        write(conn, file_id=numbers["file_id"])
        thread = threading.Thread(target=take_away)
        thread.start()
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
        while not conn.execute(waits).scalar():
            assert thread.is_alive()
    thread.join(30)
    assert len(told) == 1


def test_a_lost_row_is_told(filled: tuple[Store, dict[str, int]]) -> None:
    """Somebody who may do everything took the guards away first."""
    store, numbers = filled
    with store.begin() as conn:
        write(conn, **numbers)
    sqlite = store.engine.dialect.name == "sqlite"
    raw = store.engine.raw_connection()
    raw.cursor().execute("PRAGMA foreign_keys=OFF" if sqlite else "SET session_replication_role=replica")
    for table in TABLES.values():
        raw.cursor().execute(f"DELETE FROM {table.name}")
    raw.commit()
    raw.invalidate()
    with store.read() as conn:
        assert postings.dangling(conn) == [(name, 1) for name in ("claim_payments", "claims", "files", "payments")]


def test_older_stores_and_back_again(filled: tuple[Store, dict[str, int]]) -> None:
    """The law is the same before and after, and no posting changes."""
    store, numbers = filled
    with store.begin() as conn:
        write(conn, **numbers)
        before = conn.execute(select(ledger).order_by(ledger.c.id)).all()
    for version in ("0020", "head"):
        (migrate.downgrade if version == "0020" else migrate.migrate)(store.engine, version)
        for column in NAMES:
            with pytest.raises(IntegrityError), store.begin() as conn:
                write(conn, **{column: 99})
            with pytest.raises(IntegrityError), store.begin() as conn:
                conn.execute(update(TABLES[column]).where(TABLES[column].c.id == numbers[column]).values(id=77))
    with store.read() as conn:
        assert conn.execute(select(ledger).order_by(ledger.c.id)).all() == before
