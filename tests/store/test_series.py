"""Control numbers: no gap, no number twice, whatever happens to the transactions that take them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptedi.store import Store, open_store, series, series_tables
from ptedi.store.series import SeriesKey
from ptedi.store.series_tables import series_log

KEY = SeriesKey("harbor", "T", "ISA13")
PLANS = st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=1, max_size=4)


class Undone(Exception):
    """The plug was pulled."""


def test_numbers_begin_at_one_and_count_by_one(store: Store) -> None:
    with store.begin() as conn:
        assert [series.next_number(conn, KEY, f"batch {n}") for n in range(3)] == [1, 2, 3]
        assert series.upcoming(conn, KEY) == 4


def test_each_series_counts_for_itself(store: Store) -> None:
    others = [SeriesKey("harbor", "P", "ISA13"), SeriesKey("harbor", "T", "GS06"), SeriesKey("pier", "T", "ISA13")]
    with store.begin() as conn:
        assert [series.next_number(conn, key, "x") for key in (KEY, *others)] == [1, 1, 1, 1]


def test_an_undone_transaction_gives_its_numbers_back(store: Store) -> None:
    with pytest.raises(Undone), store.begin() as conn:
        series.next_number(conn, KEY, "lost")
        raise Undone
    with store.begin() as conn:
        assert series.next_number(conn, KEY, "kept") == 1
        assert [(use.value, use.used_for) for use in series.audit(conn, KEY)] == [(1, "kept")]


def test_a_number_seen_but_not_used_is_not_given_out(store: Store) -> None:
    with store.begin() as conn, series.opened(conn, KEY) as numbers:
        assert numbers.upcoming == 1
    with store.begin() as conn, series.opened(conn, KEY) as numbers:
        assert numbers.use("first") == 1


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans=st.lists(PLANS, min_size=2, max_size=4))
def test_no_gap_and_no_number_twice_under_interleaving(tmp_path: Path, plans: list[list[tuple[int, bool]]]) -> None:
    """Threads take numbers in transactions, some of which are undone; the kept numbers are 1..n, each once."""
    store = open_store(f"sqlite:///{tmp_path / 'series.db'}")
    key = SeriesKey("harbor", "T", f"S{abs(hash(str(plans))) % 10**9}")
    kept: list[int] = []
    guard = threading.Lock()

    def run(plan: list[tuple[int, bool]]) -> None:
        for count, keep in plan:
            try:
                with store.begin() as conn:
                    taken = [series.next_number(conn, key, "x") for _ in range(count)]
                    if not keep:
                        raise Undone
            except Undone:
                continue
            with guard:
                kept.extend(taken)

    threads = [threading.Thread(target=run, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = sum(count for plan in plans for count, keep in plan if keep)
    assert sorted(kept) == list(range(1, total + 1))
    with store.read() as conn:
        assert [use.value for use in series.audit(conn, key)] == sorted(kept)
    store.close()


def test_two_openers_take_turns(store: Store, url: str) -> None:
    other = open_store(url)

    def run(which: Store) -> None:
        for _ in range(10):
            with which.begin() as conn:
                series.next_number(conn, KEY, "x")

    threads = [threading.Thread(target=run, args=(which,)) for which in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as conn:
        assert [use.value for use in series.audit(conn, KEY)] == list(range(1, 21))
    other.close()


def test_a_gap_in_the_log_is_told(store: Store) -> None:
    other = SeriesKey("harbor", "T", "ST02")
    with store.begin() as conn:
        for key in (KEY, other):
            for _ in range(3):
                series.next_number(conn, key, "batch")
        assert series.gaps(conn) == []
        conn.execute(series_log.delete().where(series_log.c.name == "ST02", series_log.c.value == 2))
        assert series.gaps(conn) == ["ST02 of harbor (T) stands at 3; its log has 2 numbers up to 3"]
        conn.execute(series_tables.series.update().where(series_tables.series.c.name == "ISA13").values(last_value=4))
        assert [one.split(" of ")[0] for one in series.gaps(conn)] == ["ISA13", "ST02"]
