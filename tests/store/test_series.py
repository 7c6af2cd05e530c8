"""Control numbers: no gap, no number twice, whatever happens to the transactions that take them."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptedi.store import Store, decisions, migrate, open_store, series, series_tables, standings
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.series import SeriesKey
from ptedi.store.series_tables import series_log
from tests.sqlite import with_tables

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
        assert standings.gaps(conn) == []
        conn.execute(series_log.delete().where(series_log.c.name == "ST02", series_log.c.value == 2))
        assert standings.gaps(conn) == ["ST02 of harbor (T) stands at 3; its log has 2 numbers up to 3"]
        conn.execute(series_tables.series.update().where(series_tables.series.c.name == "ISA13").values(last_value=4))
        assert [one.split(" of ")[0] for one in standings.gaps(conn)] == ["ISA13", "ST02"]


def begin(store: Store, first: int, key: SeriesKey = KEY, detail: str | None = None) -> None:
    with store.begin() as conn, series.opened(conn, key):
        after = series.given_out(conn, key)
        said = key.begins(after, first) if detail is None else detail
        decided = decisions.record(conn, NewDecision(actor="ana", action=Verb.NUMBER, reason="moved", detail=said))
        series.begin(conn, key, after=after, first=first, decision_id=decided)


def take(store: Store, count: int, key: SeriesKey = KEY) -> list[int]:
    with store.begin() as conn:
        return [series.next_number(conn, key, "batch") for _ in range(count)]


def of_key(store: Store) -> standings.Standing:
    with store.read() as conn:
        [one] = [one for one in standings.standings(conn) if one.key == KEY]
    return one


def test_a_series_begins_where_a_person_lets_it(store: Store) -> None:
    begin(store, 4711)
    before = of_key(store)
    assert (before.first, before.last, before.noted, before.is_whole) == (4711, 4710, 0, True)
    assert take(store, 2) == [4711, 4712]
    after = of_key(store)
    assert (after.first, after.last, after.noted, after.is_whole) == (4711, 4712, 2, True)
    assert [(one.after, one.value, one.actor, one.reason) for one in after.starts] == [(0, 4711, "ana", "moved")]


def test_a_number_below_what_was_given_out_is_never_next(store: Store) -> None:
    take(store, 3)
    with store.begin() as conn, pytest.raises(ValueError, match="forward"):
        series.begin(conn, KEY, after=3, first=3, decision_id=1)
    assert take(store, 1) == [4]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.tuples(st.booleans(), st.integers(1, 6)), min_size=1, max_size=8))
def test_any_mix_of_starts_and_uses_is_whole_and_each_number_lost_is_told(tmp_path: Path,
                                                                         plan: list[tuple[bool, int]]) -> None:
    path = tmp_path / f"{abs(hash(str(plan)))}.db"
    shutil.copy(with_tables(), path)
    store = open_store(f"sqlite:///{path}")
    given, coming = list[int](), 1
    for is_start, number in plan:
        if is_start:
            coming = max(given, default=0) + number
            begin(store, coming)
        else:
            given += (taken := take(store, number))
            assert taken == list(range(coming, coming + number))
            coming += number
        assert of_key(store).problems == []
    for lost in given:
        with store.begin() as conn:
            point = conn.begin_nested()
            conn.execute(series_log.delete().where(series_log.c.value == lost))
            assert len(standings.gaps(conn)) == 1
            point.rollback()
    store.close()


def test_a_start_that_nobody_decided_hides_no_gap(store: Store) -> None:
    take(store, 4)
    with store.begin() as conn:
        conn.execute(series_log.delete().where(series_log.c.value == 3))
        assert len(standings.gaps(conn)) == 1
        decided = decisions.record(conn, NewDecision(actor="x", action=Verb.CLOSE, reason="of something else"))
        conn.execute(series_tables.series_starts.insert().values(
            partner_id="harbor", environment="T", name="ISA13", after=2, value=4, decision_id=decided))  # fmt: skip
        assert standings.gaps(conn) == ["ISA13 of harbor (T) was let begin at 4 by no decision"]


def test_a_start_waits_for_whoever_takes_a_number(store: Store, url: str) -> None:
    """Two openers: what one gave out before the other's start is never given out again, on either database."""
    other = open_store(url)
    taken = list[int]()

    def take_some() -> None:
        for _ in range(12):
            taken.extend(take(other, 1))

    def begin_some() -> None:
        for _ in range(4):
            with store.begin() as conn, series.opened(conn, KEY):
                after = series.given_out(conn, KEY)
                decided = decisions.record(conn, NewDecision(actor="ana", action=Verb.NUMBER, reason="moved",
                                                             detail=KEY.begins(after, after + 50)))  # fmt: skip
                series.begin(conn, KEY, after=after, first=after + 50, decision_id=decided)

    threads = [threading.Thread(target=run) for run in (take_some, begin_some)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), taken == sorted(set(taken)), of_key(store).problems) == (12, True, [])
    other.close()


def test_the_way_down_is_refused_where_a_series_began_elsewhere(store: Store) -> None:
    take(store, 2)
    migrate.downgrade(store.engine, "0025")
    migrate.migrate(store.engine)
    assert of_key(store).problems == [] and take(store, 1) == [3]
    begin(store, 100)
    with pytest.raises(RuntimeError, match="began"):
        migrate.downgrade(store.engine, "0025")
    assert (migrate.current(store.engine), take(store, 1)) == (migrate.HEAD, [100])
