"""Migrations, transactions, read-only views and locks."""

from __future__ import annotations

import multiprocessing
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

import ptedi.store.migrations.versions.m0001_tables as first
from ptedi.errors import StoreBusy
from ptedi.store import Store, files, migrate, open_store
from ptedi.store.tables import metadata
from tests.postgresql import new_database


def test_the_migrations_make_exactly_the_tables_the_code_speaks_of(store: Store) -> None:
    with store.begin() as conn:
        found = compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata)
        if conn.dialect.name == "postgresql":  # there triggers stand for what postings name: test_named_rows
            found = [one for one in found if one[0] != "add_fk" or one[1].table.name != "postings"]
        assert found == []


def test_the_head_named_in_code_is_the_head_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(first.__file__).parents[1]))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_down_and_up_again(store: Store) -> None:
    migrate.downgrade(store.engine, "base")
    assert migrate.current(store.engine) == ""
    migrate.migrate(store.engine)
    assert migrate.current(store.engine) == migrate.HEAD


def test_opening_again_finds_what_was_kept(url: str, tmp_path: Path) -> None:
    with open_store(url).begin() as conn:
        files.register(conn, tmp_path / "archive", b"kept", "a.csv")
    with open_store(url).read() as conn:
        assert [f.original_name for f in files.list_files(conn)] == ["a.csv"]


def test_several_openers_at_once_migrate_once(url: str) -> None:
    problems: list[BaseException] = []

    def run() -> None:
        try:
            open_store(url).close()
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_an_interrupted_transaction_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), store.begin() as conn:
        files.register(conn, tmp_path, b"x", "x")
        raise KeyboardInterrupt
    with store.read() as conn:
        assert files.list_files(conn) == []


def test_reading_cannot_write_and_writing_works_after_it(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DBAPIError), store.read() as conn:
        files.register(conn, tmp_path, b"x", "x")
    with store.begin() as conn:
        assert files.register(conn, tmp_path, b"x", "x").is_new


def test_reading_does_not_wait_for_a_writer(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        files.register(conn, tmp_path, b"x", "x")
        with store.read() as other:
            assert files.list_files(other) == []


def test_when_no_connection_becomes_free_the_store_is_busy(url: str) -> None:
    """Many readers at once on a slow machine: what cannot be answered now is tried again, no fault of ours."""
    open_store(url).close()
    small = Store(create_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.05))
    with small.read() as conn:
        for again in (small.read, small.begin):
            with pytest.raises(StoreBusy), again():
                raise AssertionError("there is only one connection")
        assert conn.execute(text("SELECT 1")).scalar() == 1
    with small.begin() as conn:
        assert conn.execute(text("SELECT 1")).scalar() == 1
    small.close()


def test_no_value_of_a_row_gets_into_an_exception(store: Store) -> None:
    with pytest.raises(IntegrityError) as caught, store.begin() as conn:
        conn.execute(text("insert into visits (visit_id, revision) values (:a, 1)"), {"a": "SECRET-NAME"})
    assert "SECRET-NAME" not in str(caught.value).split("DETAIL")[0]


def test_a_new_sqlite_database_is_private(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'p.db'}").close()
    assert (tmp_path / "p.db").stat().st_mode & 0o777 == 0o600


def test_one_holder_of_a_lock_at_a_time(store: Store) -> None:
    inside, most = 0, 0

    def run() -> None:
        nonlocal inside, most
        with store.exclusive("deliver"):
            inside += 1
            most = max(most, inside)
            time.sleep(0.01)
            inside -= 1

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def _hold_until_killed(url: str, ready: Path) -> None:
    with open_store(url).exclusive("deliver"):
        ready.touch()
        time.sleep(60)


def test_a_lock_dies_with_its_holder(store: Store, url: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    holder = multiprocessing.get_context("spawn").Process(target=_hold_until_killed, args=(url, ready))
    holder.start()
    while not ready.exists():
        time.sleep(0.02)
    holder.kill()
    holder.join()
    with store.exclusive("deliver"):
        pass


def test_different_locks_do_not_wait_for_each_other(store: Store) -> None:
    with store.exclusive("one"), store.exclusive("two"):
        pass


def test_a_lock_that_died_with_its_connection_is_noticed_before_a_commit(server: Any) -> None:
    url = new_database(server, tables=True)
    first, second = open_store(url), open_store(url)
    locks = ("SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database d ON d.oid = database "
             "WHERE locktype = 'advisory' AND datname = current_database()")  # fmt: skip
    with first.exclusive("deliver"):
        with first.begin() as conn:
            conn.execute(text("CREATE TABLE held (n INTEGER)"))
        with second.begin() as conn:
            conn.execute(text(locks))
        for _ in range(2):
            with second.exclusive("deliver"), pytest.raises(StoreBusy), first.begin() as conn:
                conn.execute(text("INSERT INTO held VALUES (1)"))
    with second.read() as conn:
        assert conn.execute(text("SELECT count(*) FROM held")).scalar_one() == 0
    with first.exclusive("deliver"), first.begin() as conn:
        conn.execute(text("INSERT INTO held VALUES (1)"))
    first.close()
    second.close()
