"""People, sessions, kept views, forms sent once and the access log, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import inspect

from ptedi.store import Store, access, migrate, people
from ptedi.store.access import AccessRow
from ptedi.store.people import LOCAL


def add(store: Store, name: str) -> int:
    with store.begin() as conn:
        number = people.add(conn, name=name, role="biller", source=LOCAL, subject=name, password_hash="", by="tests")
    assert number is not None
    return number


def test_a_name_is_one_persons(store: Store) -> None:
    add(store, "lee")
    with store.begin() as conn:
        assert people.add(conn, name="lee", role="viewer", source="oidc", subject="1", password_hash="", by="t") is None
        assert [one.name for one in people.list_people(conn)] == ["lee"]
        assert people.by_subject(conn, LOCAL, "lee") == people.by_name(conn, "lee")
        assert people.by_subject(conn, "oidc", "lee") is None


def test_a_session_knows_its_person(store: Store) -> None:
    lee, kim = add(store, "lee"), add(store, "kim")
    with store.begin() as conn:
        for key, who in (("a", lee), ("b", lee), ("c", kim)):
            people.open_session(conn, key, who, f"csrf {key}")
    with store.begin() as conn:
        found = people.session(conn, "b")
        assert found is not None and (found.person.name, found.csrf) == ("lee", "csrf b")
        assert people.sessions_of(conn) == {lee: 2, kim: 1}
        assert people.close_sessions(conn, lee, but="b") == 1
        assert people.session(conn, "a") is None and people.session(conn, "b") is not None


def test_what_is_old_is_swept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    lee, hour, day = add(store, "lee"), dt.timedelta(hours=1), dt.timedelta(days=1)
    monkeypatch.setenv("PTEDI_NOW", "2026-11-20T08:00:00+00:00")
    with store.begin() as conn:
        people.open_session(conn, "old", lee, "x")
        people.keep_view(conn, "old", lee, "work", "{}")
        people.use_key(conn, "old", lee)
    monkeypatch.setenv("PTEDI_NOW", "2026-11-22T08:00:00+00:00")
    with store.begin() as conn:
        people.open_session(conn, "new", lee, "x")
        people.sweep(conn, idle=hour, longest=day, kept=day)
        assert people.session(conn, "old") is None and people.session(conn, "new") is not None
        assert people.kept_view(conn, "old", lee, "work") is None
        assert people.use_key(conn, "old", lee)


def test_a_kept_view_is_its_persons_and_its_pages(store: Store) -> None:
    lee, kim = add(store, "lee"), add(store, "kim")
    with store.begin() as conn:
        people.keep_view(conn, "key", lee, "work", '{"a":1}')
        assert people.kept_view(conn, "key", lee, "work") == '{"a":1}'
        assert people.kept_view(conn, "key", kim, "work") is None
        assert people.kept_view(conn, "key", lee, "claims") is None


def test_only_so_many_views_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_VIEWS_KEPT", 3)
    lee = add(store, "lee")
    for number in range(5):
        monkeypatch.setenv("PTEDI_NOW", f"2026-11-20T08:00:0{number}+00:00")
        with store.begin() as conn:
            people.keep_view(conn, f"k{number}", lee, "work", "{}")
    with store.read() as conn:
        assert [people.kept_view(conn, f"k{n}", lee, "work") for n in range(5)] == [None, None, "{}", "{}", "{}"]


def test_two_send_one_form_at_once(store: Store) -> None:
    lee, first = add(store, "lee"), list[bool]()

    def send() -> None:
        with store.begin() as conn:
            first.append(people.use_key(conn, "key", lee))

    several = [threading.Thread(target=send) for _ in range(4)]
    for one in several:
        one.start()
    for one in several:
        one.join()
    assert sorted(first) == [False, False, False, True]


def test_many_write_one_chain(store: Store) -> None:
    def look(name: str) -> None:
        for number in range(5):
            with store.begin() as conn:
                access.record(conn, person=name, verb="look at claims", page="claim", object=f"number={number}")

    several = [threading.Thread(target=look, args=(f"p{n}",)) for n in range(3)]
    for one in several:
        one.start()
    for one in several:
        one.join()
    with store.read() as conn:
        told = access.verify(conn)
        assert told.whole and told.entries == 15 == access.count(conn)
        assert access.count(conn, person="p1") == 5
        newest = access.newest(conn, limit=2, person="p1")
    assert isinstance(newest[0], AccessRow)
    assert [(row.object, row.verb) for row in newest] == [(f"number={n}", "look at claims") for n in (4, 3)]


def test_people_may_be_lost_by_an_older_version_who_looked_at_what_may_not(store: Store) -> None:
    lee = add(store, "lee")
    with store.begin() as conn:
        people.open_session(conn, "key", lee, "csrf")
    migrate.downgrade(store.engine, "0011")
    assert not {"people", "sessions", "access_log"} & set(inspect(store.engine).get_table_names())
    migrate.migrate(store.engine)
    add(store, "lee")
    with store.begin() as conn:
        access.record(conn, person="lee", verb="look at claims", page="claim")
    with pytest.raises(RuntimeError):
        migrate.downgrade(store.engine, "0011")
    assert migrate.current(store.engine) == migrate.HEAD
