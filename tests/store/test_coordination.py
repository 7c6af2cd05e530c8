"""How far claims are on their way to next payers: kept, found by either claim, and made anew by the migration."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ptedi.store import Connection, Store, claims, coordination, events, files, migrate, visits
from ptedi.store.claims import NewClaim
from ptedi.store.coordination import Coordination, Step
from ptedi.submissions.status import Event, State
from tests.store.samples import coded, visit


def three(conn: Connection, archive: Path) -> list[int]:
    """Three claims of three visits, the first of them paid."""
    file = files.register(conn, archive, b"charges", "c.csv")
    ids = []
    for number in (1, 2, 3):
        saved = visits.save(conn, visit(f"V{number}"), file.id)
        ids.append(claims.insert(conn, NewClaim(
            coded=coded(number, visit_id=f"V{number}"), visit_row_id=saved.row_id, visit_id=f"V{number}", revision=1,
            partner_id="harbor")))  # fmt: skip
        events.append(conn, ids[-1], Event.CODED, "test", "coded")
    events.append(conn, ids[0], Event.PAID, "test", "835")
    return ids


def test_a_chain_of_payers_has_one_account(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, second, third = three(conn, tmp_path)
        coordination.put(conn, Coordination(claim_id=first, step=Step.BILLED, next_claim_id=second))
        coordination.put(conn, Coordination(claim_id=second, step=Step.BILLED, next_claim_id=third))
        assert coordination.accounts(conn, [first, second, third]) == {first: first, second: first, third: first}
        assert coordination.later(conn) == {second, third}
        assert coordination.before(conn, [third]) == {third: second}


def test_what_is_known_is_replaced_and_looked_at_once(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, *_ = three(conn, tmp_path)
        assert coordination.unseen(conn, [State.PAID]) == {first}
        coordination.put(conn, Coordination(claim_id=first, step=Step.WAITING, payer_id="bluestone-ppo", sequence="S"))
        crossed = Coordination(claim_id=first, step=Step.CROSSED, since=dt.date(2026, 11, 20), seen=2)
        coordination.put(conn, crossed)
        assert coordination.get(conn, [first]) == {first: crossed}
        assert coordination.in_step(conn, Step.CROSSED) == [crossed]
        assert coordination.unseen(conn, [State.PAID]) == set()


def test_an_older_store_looks_at_its_claims_anew_and_what_was_billed_stays(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        first, second, _ = three(conn, tmp_path)
        coordination.put(conn, Coordination(claim_id=first, step=Step.WAITING))
    migrate.downgrade(store.engine, "0006")
    migrate.migrate(store.engine)
    with store.begin() as conn:
        assert coordination.unseen(conn, [State.PAID]) == {first}
        coordination.put(conn, Coordination(claim_id=first, step=Step.BILLED, next_claim_id=second))
    with pytest.raises(RuntimeError):
        migrate.downgrade(store.engine, "0006")
    assert migrate.current(store.engine) == migrate.HEAD
