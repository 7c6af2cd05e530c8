"""The hash chain: whatever is changed, taken out, put in or put elsewhere is found; appending stays fast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, Connection, column, delete, insert, select, table, update

from ptedi.store import Store, audit, chain, claims, events, files, migrate, open_store, visits
from ptedi.store.claims import NewClaim
from ptedi.store.events import NewEvent
from ptedi.store.tables import audit_heads, audit_seals, claim_events
from ptedi.submissions.status import Event, State
from tests.store.samples import coded, visit

LIFE = (Event.CODED, Event.RELEASED, Event.BATCHED, Event.SENT, Event.FILE_ACCEPTED, Event.PAID)


def populate(conn: Connection, archive: Path, number: int) -> list[int]:
    """Claims without events."""
    file = files.register(conn, archive, b"charges", "charges.csv")
    saved = visits.save_all(conn, [visit(f"V{one}") for one in range(1, number + 1)], file.id)
    return claims.insert_all(conn, [
        claims.record(NewClaim(coded=coded(one, visit_id=f"V{one}"), visit_row_id=row.row_id, visit_id=f"V{one}",
                               revision=1, partner_id="harbor"))
        for one, row in enumerate(saved, 1)
    ])  # fmt: skip


def live(conn: Connection, ids: list[int], *steps: Event) -> None:
    for step in steps:
        events.append_all(conn, [NewEvent(claim_id=i, event=step, actor="test", evidence_key=step.value,
                                          detail="a sentence", byte_offset=7) for i in ids])  # fmt: skip


def test_a_life_as_it_was_written_is_whole(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        ids = populate(conn, tmp_path, 3)
        live(conn, ids, *LIFE[:3])
        first = audit.seal(conn, "test")
        assert audit.seal(conn, "test") is None
        live(conn, ids[:1], *LIFE[3:])
        second = audit.seal(conn, "test")
        live(conn, ids[1:2], *LIFE[3:4])
    assert first is not None
    assert second is not None
    assert (first.claims, second.claims, second.prev_hash) == (3, 1, first.hash)
    with store.read() as conn:
        told = audit.verify(conn, expect=first.hash)
    assert told.misfits == ()
    assert (told.claims, told.events, told.seals, told.unsealed, told.last_seal) == (3, 13, 2, 1, second.hash)


def test_a_seal_kept_outside_is_missed(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        live(conn, populate(conn, tmp_path, 1), *LIFE)
        made = audit.seal(conn, "test")
        assert made is not None
        conn.execute(delete(audit_heads))
        conn.execute(delete(audit_seals))
        assert audit.verify(conn).whole
        assert not audit.verify(conn, expect=made.hash).whole


# --- tampering ---


def at(claim_id: int, sequence: int) -> ColumnElement[bool]:
    return (claim_events.c.claim_id == claim_id) & (claim_events.c.sequence == sequence)


def change(conn: Connection, claim_id: int, sequence: int, name: str) -> None:
    other = {"at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC), "state_after": State.CLOSED.value, "segment_index": 99,
             "event": Event.CLOSED.value, "byte_offset": None}.get(name, "other")  # fmt: skip
    conn.execute(update(claim_events).where(at(claim_id, sequence)).values({name: other}))


def remove(conn: Connection, claim_id: int, sequence: int, _name: str) -> None:
    conn.execute(delete(claim_events).where(at(claim_id, sequence)))


def remove_and_close_up(conn: Connection, claim_id: int, sequence: int, name: str) -> None:
    remove(conn, claim_id, sequence, name)
    for later in range(sequence + 1, len(LIFE) + 1):
        conn.execute(update(claim_events).where(at(claim_id, later)).values(sequence=later - 1))


def swap(conn: Connection, claim_id: int, sequence: int, _name: str) -> None:
    one, two = sorted((sequence, sequence % len(LIFE) + 1))
    for old, new in ((one, -1), (two, one), (-1, two)):
        conn.execute(update(claim_events).where(at(claim_id, old)).values(sequence=new))


def put_in(conn: Connection, claim_id: int, sequence: int, _name: str) -> None:
    for later in range(len(LIFE), sequence - 1, -1):
        conn.execute(update(claim_events).where(at(claim_id, later)).values(sequence=later + 1))
    before = conn.execute(select(claim_events.c.prev_hash).where(at(claim_id, sequence + 1))).scalar_one()
    row = {"claim_id": claim_id, "sequence": sequence, "event": Event.PAID.value, "state_after": State.PAID.value,
           "actor": "somebody", "at": dt.datetime(2026, 11, 21, tzinfo=dt.UTC), "detail": "", "file_id": None,
           "segment_index": None, "byte_offset": None, "evidence_key": "made up"}  # fmt: skip
    conn.execute(insert(claim_events).values(row | {"prev_hash": before, "hash": chain.link(before, row)}))


def cut_the_end(conn: Connection, claim_id: int, sequence: int, _name: str) -> None:
    here = (claim_events.c.claim_id == claim_id) & (claim_events.c.sequence >= sequence)
    conn.execute(delete(claim_events).where(here))


def make_anew(conn: Connection, claim_id: int, sequence: int, name: str) -> None:
    """Changes an event and makes every hash after it fit again: only the seal knows."""
    change(conn, claim_id, sequence, name)
    rows = conn.execute(select(claim_events).where(claim_events.c.claim_id == claim_id)
                        .order_by(claim_events.c.sequence)).mappings().all()  # fmt: skip
    last = chain.START
    for row in rows:
        own = chain.link(last, dict(row))
        conn.execute(update(claim_events).where(claim_events.c.id == row["id"]).values(prev_hash=last, hash=own))
        last = own


CHANGED = [name for name in chain.FIELDS if name not in ("claim_id", "sequence", "file_id")]
WAYS = (change, remove, remove_and_close_up, swap, put_in, cut_the_end, make_anew)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[int]]:
    folder = tmp_path_factory.mktemp("audit")
    opened = open_store(f"sqlite:///{folder / 'ptedi.db'}")
    with opened.begin() as conn:
        ids = populate(conn, folder, 4)
        live(conn, ids, *LIFE)
        audit.seal(conn, "test")
    return opened, ids


class Undone(Exception):
    """Takes a tampering back."""


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(way=st.sampled_from(WAYS), which=st.integers(0, 3), sequence=st.integers(1, len(LIFE)),
       name=st.sampled_from(CHANGED))  # fmt: skip
def test_any_tampering_is_found_and_the_claim_named(
    sealed: tuple[Store, list[int]], way: Callable[[Connection, int, int, str], None], which: int, sequence: int,
    name: str,
) -> None:  # fmt: skip
    store, ids = sealed
    with pytest.raises(Undone), store.begin() as conn:
        way(conn, ids[which], sequence, name)
        told = audit.verify(conn)
        assert {one.claim for one in told.misfits} == {coded(which + 1).claim.patient_control_number}
        first = min(one.sequence or 1 for one in told.misfits)
        assert first <= (len(LIFE) if way in (make_anew, cut_the_end) else sequence + 1)
        raise Undone


def test_a_changed_seal_is_found(sealed: tuple[Store, list[int]]) -> None:
    store, _ids = sealed
    for statement in (update(audit_seals).values(actor="other"), update(audit_heads).values(sequence=1),
                      delete(audit_heads)):  # fmt: skip
        with pytest.raises(Undone), store.begin() as conn:
            conn.execute(statement)
            assert "seal" in {one.event for one in audit.verify(conn).misfits}
            raise Undone


# --- migration and speed ---


def test_events_that_were_there_before_are_linked_up(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        live(conn, populate(conn, tmp_path, 3), *LIFE)
        events_before = conn.execute(select(claim_events).order_by(claim_events.c.id)).all()
        assert audit.seal(conn, "test") is not None
    migrate.downgrade(store.engine, "0001")
    bare = table("claim_events", column("id"), column("event"))
    with store.read() as conn:
        assert len(conn.execute(select(bare)).all()) == 3 * len(LIFE)
    migrate.migrate(store.engine)
    with store.begin() as conn:
        assert conn.execute(select(claim_events).order_by(claim_events.c.id)).all() == events_before
        told = audit.verify(conn)
        assert told.whole
        assert (told.events, told.seals, told.unsealed) == (18, 0, 18)
        assert audit.seal(conn, "test") is not None


def test_thousands_of_events_are_appended_sealed_and_verified(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        ids = populate(conn, tmp_path, 400)
    with store.begin() as conn:
        live(conn, ids, *LIFE[:5])
    with store.begin() as conn:
        assert audit.seal(conn, "test") is not None
    with store.read() as conn:
        assert audit.verify(conn).whole
