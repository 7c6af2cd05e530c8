"""Rows written many at a time: the same as one by one, whatever is in them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from ptedi.claims.model import ChargeSource
from ptedi.store import Store, chain, visits
from ptedi.store._sql import insert_ids, insert_rows, put_rows
from ptedi.store.json import encode
from ptedi.store.series_tables import series
from ptedi.store.tables import files
from tests.store.samples import visit

VISIT = visit()
AT = datetime(2026, 11, 18, 20, 5, 6, 7, tzinfo=UTC)


def _file(number: int, at: datetime = AT) -> dict[str, object]:
    return {"sha256": f"{number:064d}", "direction": "in", "kind": "charges", "original_name": "a%s?:b.csv",
            "stored_name": "x", "size": number, "received_at": at, "state": "received", "reason": ""}  # fmt: skip


def test_many_rows_are_those_that_sqlalchemy_would_write(store: Store) -> None:
    times = [AT, AT, AT + timedelta(microseconds=1), AT.astimezone(timezone(timedelta(hours=-5)))]
    with store.begin() as conn:
        insert_rows(conn, files, [_file(n, at) for n, at in enumerate(times)])
        quick = conn.execute(select(files.c.size, files.c.received_at, files.c.original_name)).all()
        conn.execute(files.delete())
        conn.execute(insert(files), [_file(n, at) for n, at in enumerate(times)])
        assert conn.execute(select(files.c.size, files.c.received_at, files.c.original_name)).all() == quick
        insert_rows(conn, files, [])


def test_ids_come_in_the_order_of_the_rows_and_are_never_used_twice(store: Store) -> None:
    with store.begin() as conn:
        first = insert_ids(conn, files, [_file(n) for n in range(3)])
        conn.execute(insert(files), [_file(7)])
        second = insert_ids(conn, files, [_file(n) for n in (9, 8)])
        sizes = {row_id: size for row_id, size in conn.execute(select(files.c.id, files.c.size))}
    assert [sizes[one] for one in first + second] == [0, 1, 2, 9, 8]
    assert len(sizes) == 6


def test_a_row_whose_key_is_there_is_overwritten(store: Store) -> None:
    key = {"partner_id": "p", "environment": "T", "name": "ISA13"}
    with store.begin() as conn:
        insert_rows(conn, series, [key | {"last_value": 1}])
        [row] = insert_ids(conn, files, [_file(1)])
        put_rows(conn, files, "id", [{"id": row, **_file(5)}])
        assert conn.execute(select(files.c.size)).scalars().all() == [5]
        assert conn.execute(select(series.c.last_value)).scalars().all() == [1]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40), st.text(max_size=30)), max_size=8))
def test_an_event_is_spelled_as_the_chain_always_spelled_it(content: list[object]) -> None:
    assert chain._spell(content) == json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()


def test_where_a_row_came_from_is_no_part_of_what_a_visit_says() -> None:
    [*charges] = VISIT.charges
    moved = replace(VISIT, charges=tuple(
        replace(one, source=ChargeSource(file_sha256="f" * 64, row=n + 90, row_sha256="0" * 64))
        for n, one in enumerate(charges)))  # fmt: skip
    text = encode(ChargeSource(file_sha256="ab", row=3, row_sha256="cd"))
    said = [replace(VISIT, charges=(replace(charges[0], description=f'"source":{words}'), *charges[1:]))
            for words in (text, text.replace("3", "4"))]  # fmt: skip
    assert visits.content_sha256(moved) == visits.content_sha256(VISIT)
    assert visits.content_sha256(said[0]) != visits.content_sha256(said[1])


def test_dates_without_a_time_are_kept(store: Store) -> None:
    with store.begin() as conn:
        insert_rows(conn, files, [_file(1)])
        [file_id] = conn.execute(select(files.c.id)).scalars()
        insert_rows(conn, visits.visits, [{
            "visit_id": "V", "revision": 1, "content_sha256": "", "service_date": date(2026, 2, 28), "patient_id": "P",
            "file_id": file_id, "document": "{}", "captured_at": AT,
        }])  # fmt: skip
        assert conn.execute(select(visits.visits.c.service_date)).scalars().all() == [date(2026, 2, 28)]
