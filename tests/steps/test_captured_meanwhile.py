"""Visits that are captured again while they are coded: what is billed is what was captured last."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ptedi.errors import ConfigurationError
from ptedi.steps import code, decide
from ptedi.steps.night import Night, open_night
from ptedi.steps.outbound import code_visits, extract_charges
from ptedi.store import drafts, events
from ptedi.store.drafts import DraftState
from ptedi.submissions.status import State
from tests.postgresql import new_database
from tests.steps import test_drafts
from tests.steps.conftest import DAY
from tests.steps.outgoing import meanwhile
from tests.steps.test_changed import changed, csv


@pytest.fixture(params=["sqlite", "postgresql"])
def captured(workspace: Path, request: pytest.FixtureRequest) -> Iterator[Night]:
    """Visits that are captured and not coded; the first of them lies changed in the inbox."""
    if request.param == "postgresql":
        with (workspace / "ptedi.toml").open("a") as settings:
            settings.write(f'\n[store]\nurl = "{new_database(request.getfixturevalue("server"), tables=True)}"\n')
    path, data = csv(workspace)
    path.write_bytes(data)
    with open_night(workspace) as night:
        assert extract_charges(night).visits > 1
        path.write_bytes(changed(data))
        yield night


def billed(night: Night) -> list[tuple[int, int]]:
    """How many revisions each visit has, and which of them its living claims stand on."""
    asked = ("select v.visit_id, (select max(revision) from visits n where n.visit_id = v.visit_id), v.revision, "
             "c.claim_id from claim_visits c join visits v on v.id = c.visit_row_id order by v.visit_id")  # fmt: skip
    with night.store.read() as conn:
        states = events.current_states(conn)
        return [(newest, stands_on) for _, newest, stands_on, claim_id in conn.exec_driver_sql(asked)
                if states[claim_id] is not State.SUPERSEDED]  # fmt: skip


def beside(night: Night, work: Any, threads: list[threading.Thread]) -> None:
    """Begins work of another; goes on when that is done or waits for us."""
    one = threading.Thread(target=work)
    threads.append(one)
    one.start()
    while one.is_alive() and not _waits(night):
        time.sleep(0.01)


def _waits(night: Night) -> bool:
    if night.store.engine.dialect.name == "sqlite":
        return True
    with night.store.read() as conn:
        return bool(conn.exec_driver_sql("select 1 from pg_locks where not granted").first())


def finished(night: Night, threads: list[threading.Thread]) -> None:
    for one in threads:
        one.join(60)
    code_visits(night, DAY)
    found = billed(night)
    assert len(found) > 1
    assert sorted(found)[-1] == (2, 2)
    assert all(newest == stands_on for newest, stands_on in found)


def test_between_two_pieces(captured: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "_PIECE", 1)
    monkeypatch.setattr(code.spans, "in_groups", lambda _, __, row_ids, ___: [(one,) for one in reversed(row_ids)])
    with meanwhile("code.piece kept", lambda: extract_charges(captured)):
        code_visits(captured, DAY)
    finished(captured, [])


def test_while_a_piece_is_being_kept(captured: Night) -> None:
    threads = list[threading.Thread]()
    with meanwhile("code.claims inserted", lambda: beside(captured, lambda: extract_charges(captured), threads)):
        code_visits(captured, DAY)
    finished(captured, threads)


def test_while_the_capture_is_being_kept(captured: Night) -> None:
    threads = list[threading.Thread]()
    with meanwhile("extract.drafts made", lambda: beside(captured, lambda: code_visits(captured, DAY), threads)):
        extract_charges(captured)
    finished(captured, threads)


def test_a_draft_that_is_released_while_the_visit_is_captured_again(workspace: Path, server: Any) -> None:
    """The capture was first: the person is told that it is another draft by now."""
    with (workspace / "ptedi.toml").open("a") as settings:
        settings.write(f'\n[store]\nurl = "{new_database(server, tables=True)}"\n')
    test_drafts.sent(workspace, test_drafts.treated(("97110", 30)))
    threads, told = list[threading.Thread](), list[str]()
    with open_night(workspace) as night:
        test_drafts.known(night)
        test_drafts.drop(workspace, test_drafts.treated(("97110", 45)))
        extract_charges(night)
        [item] = test_drafts.asked(night)
        test_drafts.drop(workspace, test_drafts.treated(("97110", 60)))

        def release() -> None:
            try:
                told.append(decide.release(night, item.id, "pat").claim)
            except ConfigurationError as problem:
                told.append(str(problem))

        with meanwhile("extract.drafts made", lambda: beside(night, release, threads)):
            extract_charges(night)
        threads[0].join(60)
        with night.store.read() as conn:
            stood_on = drafts.of_revision(conn, int(item.key.split(":")[1]))
        claims_of = test_drafts.rows(night)
        left = drafts_of(night)
    assert stood_on is not None
    assert (stood_on.state, stood_on.released_id, len(claims_of)) == (DraftState.WITHDRAWN, None, 1), told
    assert [one.claim_id for one in left] == [claims_of[0][0].id]  # and the newer draft waits


def drafts_of(night: Night) -> list[drafts.DraftRow]:
    with night.store.read() as conn:
        return drafts.list_open(conn)
