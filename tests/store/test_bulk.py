"""Many rows at once: what was written is what is read, on both databases, and faults are told as everywhere else."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ptedi.errors import StoreBusy
from ptedi.store import Store
from ptedi.store._sql import among, insert_ids, insert_tuples, pairs, put_rows, utc
from ptedi.store.book_tables import deposits
from ptedi.store.tables import files, postings

AT = datetime(2026, 11, 18, 3, 4, 5, 678901, tzinfo=UTC)
FILE = {"sha256": "0" * 64, "direction": "in", "kind": "bank", "original_name": "a", "stored_name": "b", "size": 1,
        "received_at": AT, "state": "received", "reason": ""}  # fmt: skip
COLUMNS = ("transaction_key", "sequence", "account", "amount_cents", "source", "reference", "adjustment_group",
           "adjustment_reason", "line", "effective_date", "at")  # fmt: skip


def posting(key: str, number: int, reference: str = "", cents: int = 1, line: int | None = None) -> tuple[object, ...]:
    return key, number, "cash", cents, "era", reference, "", "", line, date(2026, 11, 18), AT


TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)  # NUL: no database
ROWS = st.lists(st.tuples(TEXT, st.integers(-(2**62), 2**62), st.none() | st.integers(0, 99)), max_size=20)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=ROWS)
def test_whatever_is_written_comes_back(store: Store, said: list[tuple[str, int, int | None]]) -> None:
    """Tabs, backslashes, line ends and `\\N` are what COPY writes in its own way."""
    with store.engine.connect() as conn:
        insert_tuples(conn, postings, COLUMNS, [posting("k", n, *one) for n, one in enumerate(said)])
        c = postings.c
        rows = conn.execute(select(c.reference, c.amount_cents, c.line, c.effective_date, c.at).order_by(c.sequence))
        found = [(*row[:4], utc(row.at)) for row in rows]
        conn.rollback()
    assert found == [(*one, date(2026, 11, 18), AT) for one in said]


def test_ids_come_in_the_order_of_the_rows(store: Store) -> None:
    rows = [FILE | {"sha256": f"{n:064d}"} for n in (5, 3, 9, 1)]
    with store.begin() as conn:
        ids = [*insert_ids(conn, files, rows[:1]), *insert_ids(conn, files, rows[1:])]
        found = {row.id: row.sha256 for row in conn.execute(select(files))}
        later = insert_ids(conn, files, [FILE | {"sha256": f"{n:064d}"} for n in (21, 20)])
    assert [found[one] for one in ids] == [row["sha256"] for row in rows]
    assert sorted(ids) == ids and min(later) > max(ids) and len(set(later)) == 2


SECRET = "Zel" + "kovari"  # in two, or a trace would show it in this line


def twice(conn: Connection) -> None:
    insert_tuples(conn, postings, COLUMNS, [posting(SECRET, 1), posting(SECRET, 1)])


def one_by_one(conn: Connection) -> None:
    for _ in range(2):
        conn.execute(insert(postings), dict(zip(COLUMNS, posting(SECRET, 1), strict=True)))


def without_an_amount(conn: Connection) -> None:
    insert_tuples(conn, postings, COLUMNS, [(*posting("k", 1)[:3], None, "era", SECRET, *posting("k", 1)[6:])])


def too_long(conn: Connection) -> None:
    if conn.dialect.name == "sqlite":
        pytest.skip("SQLite keeps texts of any length")
    insert_tuples(conn, postings, COLUMNS, [posting(SECRET * 100, 1)])


def no_number(conn: Connection) -> None:
    if conn.dialect.name == "sqlite":
        pytest.skip("SQLite keeps what is no number")
    insert_tuples(conn, postings, COLUMNS, [(*posting("k", 1)[:3], SECRET, *posting("k", 1)[4:])])


@pytest.mark.parametrize("wrong", [twice, one_by_one, without_an_amount, too_long, no_number])
def test_what_a_database_refuses_is_told_without_the_values(store: Store, wrong: Callable[[Connection], None]) -> None:
    """Details and contexts of PostgreSQL show whole rows, and exceptions end up in logs."""
    with pytest.raises(DBAPIError) as told, store.begin() as conn:
        wrong(conn)
    shown = "".join(traceback.format_exception(told.value))
    assert SECRET not in shown and "postings" in str(told.value)
    with store.read() as conn:
        assert conn.execute(select(postings.c.id)).all() == []


def test_a_reference_to_nothing_is_refused(store: Store) -> None:
    row = (99, 1, "T", "O", date(2026, 1, 1), 5)
    with pytest.raises(IntegrityError), store.begin() as conn:
        insert_tuples(conn, deposits, ("file_id", "row", "trace_number", "originator", "deposit_date", "amount_cents"),
                    [row, (*row[:1], 2, *row[2:])])  # fmt: skip


def test_a_connection_that_is_gone_means_try_again(store: Store) -> None:
    if store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no connection to lose")
    with pytest.raises(StoreBusy), store.begin() as conn:
        own = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with store.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})
        insert_tuples(conn, postings, COLUMNS, [posting("k", 1)])
    with store.begin() as conn:  # the next one is a new one
        insert_tuples(conn, postings, COLUMNS, [posting("k", 1)])


def test_a_row_of_the_same_key_is_replaced(store: Store) -> None:
    rows = [FILE | {"sha256": f"{n:064d}"} for n in (1, 2)]
    with store.begin() as conn:
        one, two = insert_ids(conn, files, rows)
        (kept,) = (row._asdict() for row in conn.execute(select(files).where(files.c.id == one)))
        put_rows(conn, files, "id", [kept | {"size": 9}])
        assert {(row.id, row.size) for row in conn.execute(select(files))} == {(one, 9), (two, 1)}


@pytest.mark.parametrize("count", [0, 1, 3, 2_000])
def test_one_of_many(store: Store, count: int) -> None:
    with store.begin() as conn:
        insert_tuples(conn, postings, COLUMNS, [posting(f"it's {n}", n) for n in range(5)])
        c = postings.c
        keys = [f"it's {n}" for n in range(count)]
        found = conn.execute(select(c.sequence).where(among(conn, c.transaction_key, keys)).order_by(c.sequence))
        assert list(found.scalars()) == list(range(min(count, 5)))
        both = pairs(conn, [(key, n % 2) for n, key in enumerate(keys)], c.transaction_key.type, c.sequence.type)
        joined = select(c.sequence).join(both, (both.c.one == c.transaction_key) & (both.c.two == c.sequence))
        assert sorted(conn.execute(joined).scalars()) == [n for n in (0, 1) if n < count]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(there=st.lists(TEXT, unique=True, max_size=8), asked=st.lists(TEXT, unique=True, max_size=8))
def test_whatever_is_asked_for_is_found(store: Store, there: list[str], asked: list[str]) -> None:
    """Quotes, braces, backslashes, commas and `NULL` mean something in an array of PostgreSQL."""
    asked, c = [*asked, *there[:4]], postings.c
    with store.engine.connect() as conn:
        insert_tuples(conn, postings, COLUMNS, [posting(key, 1) for key in there])
        found = set(conn.execute(select(c.transaction_key).where(among(conn, c.transaction_key, asked))).scalars())
        both = pairs(conn, [(key, 1) for key in asked], c.transaction_key.type, c.sequence.type)
        joined = select(c.transaction_key).join(both, (both.c.one == c.transaction_key) & (both.c.two == c.sequence))
        paired = set(conn.execute(joined).scalars())
        conn.rollback()
    assert found == paired == set(there) & set(asked)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
def test_whatever_is_put_comes_back(store: Store, said: list[tuple[str, str]]) -> None:
    rows = [FILE | {"id": n, "sha256": f"{n:064d}", "original_name": name, "reason": reason}
            for n, (name, reason) in enumerate(said, 1)]  # fmt: skip
    with store.engine.connect() as conn:
        put_rows(conn, files, "id", rows)
        c = files.c
        found = [(*row[:2], utc(row[2])) for row in
                 conn.execute(select(c.original_name, c.reason, c.received_at).order_by(c.id))]  # fmt: skip
        conn.rollback()
    assert found == [(*one, AT) for one in said]


def test_a_text_too_long_is_refused_not_cut(store: Store) -> None:
    if store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite keeps texts of any length")
    with pytest.raises(DBAPIError), store.begin() as conn:
        put_rows(conn, files, "id", [FILE | {"id": 1, "state": "s" * 500}])


def test_a_text_longer_than_its_column_is_not_the_one_that_it_begins_with(store: Store) -> None:
    stored, c = "k" * int(postings.c.transaction_key.type.length or 0), postings.c
    with store.engine.connect() as conn:
        insert_tuples(conn, postings, COLUMNS, [posting(stored, 1)])
        for asked in (stored, stored + "k"):
            there = [stored] if asked == stored else []
            alone = select(c.transaction_key).where(among(conn, c.transaction_key, [asked]))
            pair = pairs(conn, [(asked, 1)], c.transaction_key.type, c.sequence.type)
            paired = select(c.transaction_key).join(
                pair, (pair.c.one == c.transaction_key) & (pair.c.two == c.sequence)
            )
            assert list(conn.execute(alone).scalars()) == list(conn.execute(paired).scalars()) == there
        conn.rollback()
