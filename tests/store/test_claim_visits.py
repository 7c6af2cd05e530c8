"""The visits of a claim: several on one, links made for claims that were there before, and what cannot go back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from ptedi.store import Connection, Store, claims, events, files, migrate, visits
from ptedi.store.claims import NewClaim, VisitKey
from ptedi.submissions.status import Event
from tests.store.samples import DAY, coded, visit


def span(conn: Connection, archive: Path) -> tuple[int, list[VisitKey]]:
    """A claim of two visits."""
    file = files.register(conn, archive, b"charges", "c.csv")
    several = [visit("V1"), visit("V2", day=DAY + dt.timedelta(days=2))]
    keys = [VisitKey(row_id=s.row_id, visit_id=s.visit_id, revision=s.revision)
            for s in visits.save_all(conn, several, file.id)]  # fmt: skip
    return claims.insert(conn, new(keys)), keys


def new(keys: list[VisitKey]) -> NewClaim:
    one = replace(coded(1, visit_id=keys[0].visit_id), visit_ids=tuple(key.visit_id for key in keys))
    return NewClaim(coded=one, visit_row_id=keys[0].row_id, visit_id=keys[0].visit_id, revision=keys[0].revision,
                    partner_id="harbor", further=tuple(keys[1:]))


def test_a_claim_is_found_by_each_of_its_visits(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        claim_id, keys = span(conn, tmp_path)
        events.append(conn, claim_id, Event.CODED, "test", "coded")
        assert {key: [row.id for row in rows] for key, rows in claims.of_visits(conn, ["V1", "V2", "V3"]).items()} == {
            "V1": [claim_id], "V2": [claim_id]}  # fmt: skip
        assert [row.row_id for row in visits.of_claims(conn, [claim_id])[claim_id]] == [key.row_id for key in keys]
        assert visits.uncoded(conn, DAY + dt.timedelta(days=9)) == []
        claims.stand_on(conn, claim_id, new(keys[1:]))
        assert visits.uncoded(conn, DAY + dt.timedelta(days=9)) == [keys[0].row_id]
        assert claims.of_visits(conn, ["V1"]) == {} and claims.get(conn, claim_id).visit_id == "V2"


def test_other_visits_make_another_fingerprint() -> None:
    two, three = (VisitKey(row_id=n, visit_id=f"V{n}", revision=1) for n in (2, 3))
    prints = {claims.fingerprint("V1", 1, "p", "P", further=more) for more in ((), (two,), (three,), (two, three))}
    assert len(prints) == 4
    assert claims.fingerprint("V1", 1, "p", "P", further=()) == claims.fingerprint("V1", 1, "p", "P")


def test_claims_that_were_there_before_stand_on_their_visit(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        file = files.register(conn, tmp_path, b"charges", "c.csv")
        saved = visits.save(conn, visit("V1"), file.id)
        key = VisitKey(row_id=saved.row_id, visit_id="V1", revision=1)
        claim_id = claims.insert(conn, new([key]))
    migrate.downgrade(store.engine, "0004")
    migrate.migrate(store.engine)
    with store.read() as conn:
        assert [row.visit_id for row in visits.of_claims(conn, [claim_id])[claim_id]] == ["V1"]


def test_a_claim_of_several_visits_cannot_go_back(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        span(conn, tmp_path)
    with pytest.raises(RuntimeError):
        migrate.downgrade(store.engine, "0004")
    assert migrate.current(store.engine) == migrate.HEAD
