"""Appeals in the store: each letter's clock, closed once, moved, replaced; older stores get theirs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ptedi.store import Connection, Store, appeals, migrate, reworks
from ptedi.store.appeals import LETTER, PERSON, REMITTANCE, AppealRow, Outcome
from ptedi.store.reworks import NewRework, ReworkKind, ReworkState
from tests.store.test_coordination import three

SENT = dt.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTEDI_NOW", "2026-11-21T12:00:00+00:00")


def letter(conn: Connection, claim_id: int, key: str = "appeal:1") -> int:
    new = NewRework(key=key, claim_id=claim_id, kind=ReworkKind.APPEAL, basis=3, message="appeal", made_by="pat",
                    state=ReworkState.DONE, stake_cents=6200)  # fmt: skip
    return reworks.put(conn, new).id


def clock_of(rework_id: int, claim_id: int, days: int = 60) -> AppealRow:
    return AppealRow(rework_id=rework_id, claim_id=claim_id, level=1, level_name="appeal", sent_on=SENT,
                     due=SENT + dt.timedelta(days=days), basis="test")  # fmt: skip


def test_an_appeal_waits_until_it_is_closed_once(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, second, _ = three(conn, tmp_path)
        one, two = letter(conn, first), letter(conn, second, "appeal:2")
        late, soon = clock_of(one, first), clock_of(two, second, 10)
        appeals.put(conn, late)
        appeals.put(conn, soon)
        assert appeals.waiting(conn) == [soon, late] and appeals.list_appeals(conn) == [late, soon]
        assert appeals.of_claims(conn, [first, second]) == {first: [late], second: [soon]}
        assert appeals.close(conn, one, Outcome.UPHELD, LETTER, SENT)
        assert not appeals.close(conn, one, Outcome.OVERTURNED, REMITTANCE, SENT)
        closed = appeals.get(conn, one)
        assert closed is not None and (closed.outcome, closed.answered_by, closed.answered_on) == (
            Outcome.UPHELD, LETTER, SENT)  # fmt: skip
        assert appeals.lost(conn) == [closed] and appeals.waiting(conn) == [soon]
        appeals.expect(conn, two, SENT, "promised")
        moved = appeals.get(conn, two)
        assert moved is not None and (moved.due, moved.basis) == (SENT, "promised")
        assert appeals.close(conn, two, Outcome.PARTLY, REMITTANCE, SENT) and appeals.lost(conn) == [closed]
        assert appeals.get(conn, 99) is None and appeals.of_claims(conn, []) == {}


def test_a_letter_that_goes_again_begins_anew(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, *_ = three(conn, tmp_path)
        one = letter(conn, first)
        appeals.put(conn, clock_of(one, first))
        appeals.close(conn, one, Outcome.WITHDRAWN, PERSON, SENT)
        appeals.put(conn, clock_of(one, first, 30))
        assert appeals.list_appeals(conn) == [clock_of(one, first, 30)]


def test_an_older_store_gets_a_clock_for_each_letter_that_was_sent(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, second, _ = three(conn, tmp_path)
        one = letter(conn, first)
        reworks.put(conn, NewRework(key="appeal:open", claim_id=second, kind=ReworkKind.APPEAL, basis=1, message="x",
                                    made_by="pat"))  # fmt: skip
    migrate.downgrade(store.engine, "0013")
    migrate.migrate(store.engine)
    with store.read() as conn:
        [found] = appeals.waiting(conn)
    assert (found.rework_id, found.claim_id, found.level, found.sent_on) == (one, first, 1, SENT)
    assert found.due == SENT + dt.timedelta(days=60) and "not known" in found.basis
