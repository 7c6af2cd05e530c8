"""Actions on refused claims in the store: once by key, decided once, and the migration with data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from ptedi.store import Connection, Store, claims, migrate, reworks
from ptedi.store.reworks import NewRework, ReworkKind, ReworkState
from tests.store.samples import coded
from tests.store.test_coordination import three


def new(claim_id: int, key: str = "corrected:1") -> NewRework:
    return NewRework(key=key, claim_id=claim_id, kind=ReworkKind.CORRECTED, basis=3, message="as new", made_by="pat",
                     changes=("a -> b",), coded=coded(1), reason="note", stake_cents=6200, paid_cents=5)  # fmt: skip


def drafted(conn: Connection, archive: Path) -> tuple[int, int, int]:
    first, second, _ = three(conn, archive)
    return first, second, reworks.put(conn, new(first)).id


def test_a_draft_is_kept_once_and_comes_back_whole(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, second, number = drafted(conn, tmp_path)
        assert reworks.put(conn, replace(new(first), made_by="kim", reason="another")).made_by == "pat"
        one = reworks.get(conn, number)
        assert one is not None and (one.coded, one.changes, one.stake_cents) == (coded(1), ("a -> b",), 6200)
        assert (one.state, one.decided_by, one.decided_at) == (ReworkState.OPEN, "", None)
        assert reworks.of_claims(conn, [first, second]) == reworks.list_reworks(conn, kinds=[ReworkKind.CORRECTED])
        assert reworks.list_reworks(conn, states=[ReworkState.DONE]) == [] and reworks.get(conn, 99) is None


def test_it_is_decided_once_and_its_claim_counts_as_gone_out(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, second, number = drafted(conn, tmp_path)
        assert claims.batched(conn, [first, second]) == set()
        assert reworks.decide(conn, number, ReworkState.OPEN, ReworkState.DONE, "kim", second)
        assert not reworks.decide(conn, number, ReworkState.OPEN, ReworkState.WITHDRAWN, "lee")
        one = reworks.get(conn, number)
        assert one is not None and (one.state, one.released_id, one.decided_by) == (ReworkState.DONE, second, "kim")
        assert claims.batched(conn, [first, second]) == {second}


def test_a_claim_is_what_one_draft_became(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, second, number = drafted(conn, tmp_path)
        other = reworks.put(conn, new(first, "corrected:2")).id
        reworks.decide(conn, number, ReworkState.OPEN, ReworkState.DONE, "kim", second)
    with pytest.raises(IntegrityError), store.begin() as conn:
        reworks.decide(conn, other, ReworkState.OPEN, ReworkState.DONE, "kim", second)


def test_open_drafts_may_be_lost_by_an_older_version_decided_ones_may_not(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, _, _ = drafted(conn, tmp_path)
    migrate.downgrade(store.engine, "0008")
    migrate.migrate(store.engine)
    with store.begin() as conn:
        number = reworks.put(conn, new(first)).id
        reworks.decide(conn, number, ReworkState.OPEN, ReworkState.DONE, "kim")
    with pytest.raises(RuntimeError):
        migrate.downgrade(store.engine, "0008")
    assert migrate.current(store.engine) == migrate.HEAD
