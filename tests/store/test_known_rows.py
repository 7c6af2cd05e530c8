"""A row counts as known by its key alone: any other clash is a fault and is raised."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ptedi.dates import now
from ptedi.store import Store
from ptedi.store._sql import insert_all_new, insert_new
from ptedi.store.tables import files

ROW = {"sha256": "a" * 64, "direction": "in", "kind": "835", "original_name": "a", "stored_name": "a", "size": 1,
       "state": "received", "reason": ""}  # fmt: skip
KEY = ("sha256", "direction")


def test_known_by_its_key(store: Store) -> None:
    with store.begin() as conn:
        row = ROW | {"received_at": now()}
        assert insert_new(conn, files, KEY, row)
        assert not insert_new(conn, files, KEY, row)
        insert_all_new(conn, files, KEY, [row, row | {"direction": "out"}])
        assert len(conn.execute(select(files.c.id)).all()) == 2


@pytest.mark.parametrize("several", [False, True])
def test_another_clash_is_raised(store: Store, several: bool) -> None:
    """As when a sequence of a restored database gives out an id again: the new file must not pass for known."""
    with store.begin() as conn:
        row = ROW | {"received_at": now(), "id": 7}
        insert_new(conn, files, KEY, row)
    with pytest.raises(IntegrityError), store.begin() as conn:
        other = row | {"sha256": "b" * 64}
        insert_all_new(conn, files, KEY, [other]) if several else insert_new(conn, files, KEY, other)
