"""The table of newest events: always what the events say, made anew from them, and missed when it is not."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, select, update

from ptedi.store import Connection, Store, census, events, migrate
from ptedi.store.tables import claim_states
from ptedi.submissions.status import Event, State
from tests.store.test_audit import LIFE, live, populate

ASTRAY = "claim whose state is not its newest event"


def agree(conn: Connection) -> bool:
    kept, told = events.newest(), events.newest_by_history()
    names = [column.name for column in claim_states.c]
    rows = [set(conn.execute(select(*(one.c[name] for name in names))).all()) for one in (kept, told)]
    return rows[0] == rows[1]


def astray(conn: Connection) -> list[str]:
    return [gap.which for gap in census.gaps(conn) if gap.what == ASTRAY]


def test_the_table_says_what_the_events_say(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        ids = populate(conn, tmp_path, 3)
        for event in LIFE:
            live(conn, ids[1:], event)
            assert agree(conn)
        events.append(conn, ids[0], Event.HELD, "test", "held 9")
        events.append(conn, ids[0], Event.HELD, "test", "held 9")
        assert agree(conn) and not astray(conn)
        assert events.current_states(conn, [ids[0]]) == {ids[0]: State.HELD}


def test_a_state_that_is_not_the_newest_event_is_told_and_made_anew(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        ids = populate(conn, tmp_path, 3)
        live(conn, ids, *LIFE)
    changes = (update(claim_states).values(state_after="captured"), update(claim_states).values(sequence=1),
               delete(claim_states))  # fmt: skip
    for change in changes:
        with store.begin() as conn:
            conn.execute(change.where(claim_states.c.claim_id == ids[1]))
            assert len(astray(conn)) == 1 and not agree(conn)
            assert events.rebuild_states(conn) == 3
            assert agree(conn) and not astray(conn)


def test_stores_of_before_get_the_table_filled(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        ids = populate(conn, tmp_path, 3)
        live(conn, ids, *LIFE)
        before = events.current_states(conn)
    migrate.downgrade(store.engine, "0005")
    migrate.migrate(store.engine)
    with store.read() as conn:
        assert agree(conn) and events.current_states(conn) == before
