"""Decisions and closed days: append-only, chained, and what the migration makes of payments that are there."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, text, update

from ptedi.store import Store, closings, decisions, migrate
from ptedi.store.book_tables import closings as closing_table
from ptedi.store.book_tables import decisions as decision_table
from ptedi.store.decisions import NewDecision, Verb

DAY = dt.date(2026, 11, 20)


def test_a_decision_that_was_changed_or_removed_is_found(store: Store) -> None:
    with store.begin() as conn:
        for n in range(3):
            decisions.record(conn, NewDecision(actor="ana", action=Verb.CLOSE, reason=f"reason {n}"))
        assert decisions.broken(conn) == []
        assert [one.reason for one in decisions.list_decisions(conn)] == ["reason 0", "reason 1", "reason 2"]
        conn.execute(update(decision_table).where(decision_table.c.id == 2).values(actor="ben"))
        assert decisions.broken(conn) == [2]
        conn.execute(delete(decision_table).where(decision_table.c.id == 2))
        assert decisions.broken(conn) == [3]


def test_a_closed_day_sends_later_money_to_the_next_open_one(store: Store) -> None:
    today = DAY + dt.timedelta(days=5)
    with store.begin() as conn:
        assert closings.open_day(conn, DAY, today) == DAY
        one = closings.add(conn, DAY, "ana", "{}")
        assert one.is_whole and closings.get(conn, DAY) == one
        assert closings.open_day(conn, DAY, today) == today
        closings.add(conn, today, "ana", "{}")
        assert closings.open_day(conn, DAY, today) == today + dt.timedelta(days=1)
        conn.execute(update(closing_table).where(closing_table.c.day == DAY).values(document="{ }"))
        assert [c.is_whole for c in closings.list_closings(conn)] == [False, True]


def test_payments_that_are_there_get_the_day_of_their_books(store: Store) -> None:
    migrate.downgrade(store.engine, "0003")
    row = ("insert into payments (file_id, set_index, payment_key, content_sha256, trace_number, originator, payer, "
           "payee_npi, method, payment_date, amount_cents, claim_count, state, reason, posted_at) values "
           "(1, {}, 'k', 'c', 'T', '', '', '', '', {}, 1, 0, 'posted', '', '2026-11-21 02:00:00')")  # fmt: skip
    with store.begin() as conn:
        conn.execute(text("insert into files (sha256, direction, kind, original_name, stored_name, size, received_at, "
                          "state, reason) values ('0', 'in', '835', 'a', 'a', 1, '2026-11-21 02:00:00', 'processed', "
                          "'')"))  # fmt: skip
        for number, day in enumerate(("'2026-11-20'", "null")):
            conn.execute(text(row.format(number, day)))
    migrate.migrate(store.engine)
    with store.read() as conn:
        days = conn.execute(text("select book_date from payments order by set_index")).scalars().all()
    assert [str(day) for day in days] == ["2026-11-20", "2026-11-21"]
