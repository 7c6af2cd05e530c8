"""The way out cut off by an exception at every named point, and raced: run again it ends as if nothing had happened.

SIGKILL at every point and at random moments of the whole night: `tests/faults/test_kill.py`.
"""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ptedi.sandbox import practice
from ptedi.steps import faults
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.outbound import build_batches, code_visits, deliver_batches, extract_charges, scrub_claims
from ptedi.store import batches, claims, series
from ptedi.store.series import SeriesKey
from ptedi.submissions.status import State
from tests.postgresql import new_database
from tests.steps import snapshot
from tests.steps.conftest import DAY
from tests.steps.test_outbound import limited, to_ready


class Killed(BaseException):
    """The process is gone; nobody may catch this."""


def way_out(night: Night) -> None:
    extract_charges(night)
    code_visits(night, DAY)
    scrub_claims(night, DAY)
    build_batches(night, DAY)
    deliver_batches(night)


def prepared(root: Path) -> Path:
    make_workspace(root, practice.settings())
    limited(root, 4)
    charges = practice.charges(3, DAY, visits=6, bad_rows=False)
    for name, data in charges.items():
        (root / "inbox" / name).write_bytes(data)
    (root / "inbox" / "broken.csv").write_bytes(b"\xff\xfe")
    header = next(data for name, data in charges.items() if name.endswith("csv")).split(b"\n")[0]
    (root / "inbox" / "refused.csv").write_bytes(header + b"\nV9," + b"," * header.count(b",") + b"\n")
    return root


def state(root: Path) -> tuple[dict[str, list[tuple[object, ...]]], dict[str, str]]:
    with open_night(root) as night:
        return snapshot.of_store(night), snapshot.of_folders(root)


def test_a_night_cut_off_at_any_point_ends_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # two readers' opinions of the file are not what is cut off here
    for reader, opinion in (("second_reader", "ours"), ("proof", "_theirs")):
        monkeypatch.setattr(f"ptedi.steps.{reader}.{opinion}", lambda *_: ())
    template = prepared(tmp_path / "template")
    calm = shutil.copytree(template, tmp_path / "calm")
    names: list[str] = []
    with open_night(calm) as night:
        with faults.watching(names.append):
            way_out(night)
        wanted = state(calm)
        way_out(night)
    assert state(calm) == wanted
    assert len(wanted[0]["batches"]) == 2
    for number, name in enumerate(names):
        if names[:number].count(name) > (1 if name.startswith("deliver") else 0):
            continue  # the first pass of each point, and the first two of a send
        root = shutil.copytree(template, tmp_path / "cut")
        with open_night(root) as night, pytest.raises(Killed), faults.watching(_after(number)):
            way_out(night)
        with open_night(root) as night:
            way_out(night)
        assert state(root) == wanted, f"cut off at {name} ({number})"
        shutil.rmtree(root)


def _after(number: int) -> Callable[[str], None]:
    passed = iter(range(number + 1))

    def hook(_name: str) -> None:
        if next(passed) == number:
            raise Killed

    return hook


def on_postgresql(root: Path, server: Any) -> None:
    """Lets a workspace keep its store on the server."""
    text = (root / "ptedi.toml").read_text()
    (root / "ptedi.toml").write_text(f'{text}\n[store]\nurl = "{new_database(server)}"\n')


def test_the_way_out_is_the_same_on_postgresql(tmp_path: Path, server: Any) -> None:
    lite, full = prepared(tmp_path / "lite"), prepared(tmp_path / "full")
    on_postgresql(full, server)
    for root in (lite, full):
        with open_night(root) as night:
            way_out(night)
    assert state(lite) == state(full)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_two_processes_at_once_send_each_claim_once(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    root = prepared(tmp_path / "two")
    if engine == "postgresql":
        on_postgresql(root, request.getfixturevalue("server"))
    with open_night(root) as night:
        ready = to_ready(night)
    several = [multiprocessing.get_context("spawn").Process(target=_build, args=(root,)) for _ in range(2)]
    for process in several:
        process.start()
    for process in several:
        process.join()
    assert [process.exitcode for process in several] == [0, 0]
    with open_night(root) as night, night.store.read() as conn:
        rows = batches.list_batches(conn)
        assert sum(row.claim_count for row in rows) == ready == len(claims.by_state(conn, [State.SENT]))
        used = [use.value for use in series.audit(conn, SeriesKey("harbor", "T", "ISA13"))]
        assert used == [row.interchange_control_number for row in rows] == list(range(1, len(rows) + 1))
    assert len(list((root / "clearinghouse/to").iterdir())) == len(rows)


def _build(root: Path) -> None:
    with open_night(root) as night:
        build_batches(night, DAY)
        deliver_batches(night)


def test_two_builders_without_the_lock_still_take_each_number_and_claim_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody is faster between proof and keeping: the slower one builds anew."""
    root = prepared(tmp_path / "race")
    with open_night(root) as night, open_night(root) as other:
        to_ready(night)
        monkeypatch.setattr("ptedi.store.store.Store.exclusive", lambda *_: _nothing())
        once: list[str] = []

        def hook(name: str) -> None:
            if name == "batch.proved" and not once:
                once.append(name)
                build_batches(other, DAY)

        with faults.watching(hook):
            built = build_batches(night, DAY)
        assert built.batch_ids == ()
        with night.store.read() as conn:
            rows = batches.list_batches(conn)
            assert [row.interchange_control_number for row in rows] == [1, 2]
            assert len(claims.by_state(conn, [State.READY])) == 0


def _nothing() -> object:
    from contextlib import nullcontext

    return nullcontext()
