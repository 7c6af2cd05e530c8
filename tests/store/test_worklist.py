"""The grid: filters, ranks, pages; two hands on one item; a history of every act; saved views; the migration."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import event, insert, inspect, select, text

from ptedi.denials import priority
from ptedi.store import Connection, Store, claims, deeds, desk, events, files, migrate, tables, visits, work, work_views
from ptedi.store import worklist as grid
from ptedi.store.claims import NewClaim
from ptedi.store.tables import work_items
from ptedi.store.work import CHANCES, NewWork, WorkKind
from ptedi.store.worklist import NOBODY, Order, Shown, WantedWork
from ptedi.submissions.status import Event
from tests.store.samples import DAY, coded, visit

TODAY = dt.date(2026, 11, 21)
WAIT = WantedWork()
EVERYTHING = WantedWork(states=tuple(Shown))


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTEDI_NOW", "2026-11-21T02:00:00+00:00")


def claim(conn: Connection, archive: Path, number: int, day: dt.date = DAY, payer: str = "payer") -> int:
    file = files.register(conn, archive, b"charges", "c.csv")
    saved = visits.save(conn, replace(visit(f"V{number}", day=day), clinic_id=f"clinic{number % 2}"), file.id)
    found = replace(coded(number, visit_id=f"V{number}", day=day), payer_id=payer)
    made = claims.insert(conn, NewClaim(coded=found, visit_row_id=saved.row_id, visit_id=f"V{number}", revision=1,
                                        partner_id="harbor"))  # fmt: skip
    events.append(conn, made, Event.CODED, "test", "coded")
    return made


def denial(key: str, cents: int, **more: object) -> NewWork:
    values: dict[str, object] = {"key": key, "kind": WorkKind.DENIAL, "sentence": "Refused.", "next_action": "APPEAL",
                                 "amount_cents": cents, "chance": 50}  # fmt: skip
    return NewWork(**(values | more))  # type: ignore[arg-type]


def keys(store: Store, wanted: WantedWork = WAIT, **more: object) -> list[str]:
    with store.read() as conn:
        rows = grid.worklist(conn, wanted, **more)  # type: ignore[arg-type]
        assert more or grid.total(conn, wanted).items == len(rows)
        assert more or grid.total(conn, wanted).amount == sum((row.amount for row in rows), D("0.00"))
        known = {one.id: one.key for one in work.list_work(conn, open_only=False)}
    return [known[row.id] for row in rows]


def number(store: Store, key: str) -> int:
    with store.read() as conn:
        return next(one.id for one in work.list_work(conn, open_only=False) if one.key == key)


@pytest.fixture
def some(store: Store, tmp_path: Path) -> Store:
    """Items of several kinds, of two claims and of none."""
    with store.begin() as conn:
        first = claim(conn, tmp_path, 1)
        second = claim(conn, tmp_path, 2, DAY - dt.timedelta(days=30), "other")
        for one in (
            denial("late", 10_000, claim_id=first, deadline=TODAY - dt.timedelta(days=1), category="modifier"),
            denial("soon", 10_000, claim_id=first, deadline=TODAY + dt.timedelta(days=7), fault="billing",
                   adjustment_group="CO", adjustment_reason="97"),
            denial("month", 10_000, claim_id=second, deadline=TODAY + dt.timedelta(days=30)),
            denial("far", 10_000, claim_id=second, adjustment_group="PR", adjustment_reason="96"),
            NewWork(key="held", kind=WorkKind.HELD, sentence="x", next_action="y", amount_cents=6200, claim_id=first),
            NewWork(key="parked", kind=WorkKind.PARKED, sentence="x", next_action="y", amount_cents=9_999_999),
            NewWork(key="night", kind=WorkKind.NIGHT, sentence="x", next_action="y", priority=1_000_000),
        ):  # fmt: skip
            work.put(conn, one)
    return store


def test_one_grid_ranked_by_amount_chance_and_urgency(some: Store) -> None:
    assert keys(some) == ["night", "soon", "month", "held", "far", "late", "parked"]
    with some.read() as conn:
        rows = grid.worklist(conn, WAIT)
    assert [row.priority for row in rows] == [1_000_000, 150, 100, 59, 50, 5, 0]
    for row in rows:
        assert grid.formula(row).value == row.priority
    soon = rows[1]
    assert (soon.payer, soon.patient, soon.clinic, soon.service_date) == ("payer", "P-V1", "clinic1", DAY)
    assert (soon.adjustment, soon.days_left, soon.age, soon.fault, soon.owner) == ("CO-97", 7, 0, "billing", "")
    assert rows[0].claim is None and rows[0].payer == rows[0].clinic == rows[0].patient == ""


def test_the_rank_is_that_of_the_day(some: Store) -> None:
    later = TODAY + dt.timedelta(days=8)
    with some.read() as conn:
        row = next(r for r in grid.worklist(conn, WAIT, on=later) if r.adjustment == "CO-97")
    assert (row.days_left, row.priority, row.age) == (-1, 5, 8)


RANKED = [
    (1, 50, None), (99, 50, 7), (101, 50, 8), (12_345, 33, 30), (12_345, 33, 31), (12_345, 1, 60), (12_345, 1, 61),
    (5_000, 1, -1), (-12_345, 77, 0), (999_999_999, 100, 3), (150, 33, 1), (50, 1, None), (5, 10, 2),
]  # fmt: skip


def test_the_database_ranks_as_the_words_do(store: Store) -> None:
    with store.begin() as conn:
        for place, (cents, chance, left) in enumerate(RANKED):
            day = None if left is None else TODAY + dt.timedelta(days=left)
            work.put(conn, denial(f"{place}", cents, chance=chance, deadline=day))
    with store.read() as conn:
        rows = sorted(grid.worklist(conn, WAIT), key=lambda row: row.id)
    for row, (cents, chance, left) in zip(rows, RANKED, strict=True):
        assert row.priority == priority(D(cents).scaleb(-2), chance, left).value == grid.formula(row).value


FILTERS: list[tuple[dict[str, object], list[str]]] = [
    ({"kinds": ("denial",), "order": Order.DEADLINE}, ["late", "soon", "month", "far"]),
    ({"order": Order.AMOUNT, "payers": ("payer",)}, ["soon", "late", "held"]),
    ({"categories": ("modifier",)}, ["late"]),
    ({"actions": ("APPEAL", "x"), "kinds": ("denial",)}, ["soon", "month", "far", "late"]),
    ({"actions": ("BILL_PATIENT",)}, []),
    ({"clinics": ("clinic0", "clinic1"), "kinds": ("held", "denial"), "faults": ("", )},
     ["month", "held", "far", "late"]),
    ({"faults": ("billing", "payer")}, ["soon"]),
    ({"payers": ("other",)}, ["month", "far"]),
    ({"clinics": ("clinic0",)}, ["month", "far"]),
    ({"reasons": ("97",)}, ["soon"]),
    ({"reasons": ("CO-97", "PR-96")}, ["soon", "far"]),
    ({"reasons": ("CO-96",)}, []),
    ({"first": DAY}, ["soon", "held", "late"]),
    ({"last": DAY - dt.timedelta(days=1)}, ["month", "far"]),
    ({"within": 7}, ["soon", "late"]),
    ({"within": 30, "kinds": ("denial",)}, ["soon", "month", "late"]),
    ({"at_least": D("100.00"), "kinds": ("denial", "held")}, ["soon", "month", "far", "late"]),
    ({"patient": "P-V1"}, ["soon", "held", "late"]),
    ({"claim": "nobody"}, []),
    ({"owners": ("ann",)}, []),
    ({"owners": (NOBODY,), "kinds": ("held",)}, ["held"]),
    ({"states": ()}, []),
    ({"states": ("taken",)}, []),
]  # fmt: skip


def test_filters(some: Store) -> None:
    for wanted, found in FILTERS:
        assert (wanted, keys(some, WantedWork(**wanted))) == (wanted, found)  # type: ignore[arg-type]


ORDERS = [
    (Order.RANK, ["night", "soon", "month", "held", "far", "late", "parked"],
     ["parked", "late", "far", "held", "month", "soon", "night"]),
    (Order.AMOUNT, ["parked", "soon", "month", "far", "late", "held", "night"], None),
    (Order.DEADLINE, ["late", "soon", "month", "night", "held", "far", "parked"],
     ["month", "soon", "late", "night", "held", "far", "parked"]),
    (Order.CATEGORY, ["late", "night", "soon", "month", "held", "far", "parked"], None),
    (Order.REASON, ["soon", "far", "night", "month", "held", "late", "parked"],
     ["far", "soon", "night", "month", "held", "late", "parked"]),
    (Order.KIND, ["soon", "month", "far", "late", "held", "night", "parked"],
     ["parked", "night", "held", "soon", "month", "far", "late"]),
    (Order.PAYER, ["month", "far", "soon", "held", "late", "night", "parked"],
     ["soon", "held", "late", "month", "far", "night", "parked"]),
    (Order.CLINIC, ["month", "far", "soon", "held", "late", "night", "parked"], None),
    (Order.SERVICE_DATE, ["month", "far", "soon", "held", "late", "night", "parked"], None),
    (Order.PATIENT, ["soon", "held", "late", "month", "far", "night", "parked"], None),
    (Order.CLAIM, ["soon", "held", "late", "month", "far", "night", "parked"], None),
    (Order.ACTION, ["soon", "month", "far", "late", "night", "held", "parked"], None),
    (Order.OWNER, ["night", "soon", "month", "held", "far", "late", "parked"], None),
]  # fmt: skip


@pytest.mark.parametrize(("order", "there", "back"), ORDERS)
def test_every_column_sorts_and_what_is_missing_comes_last(
    some: Store, order: Order, there: list[str], back: list[str] | None
) -> None:
    assert keys(some, WantedWork(order=order)) == there
    assert back is None or keys(some, WantedWork(order=order, backwards=True)) == back
    assert keys(some, WantedWork(order=order), limit=3, offset=2) == there[2:5]


@pytest.mark.parametrize(("names", "first"), [
    ({"other": "zeta"}, "soon"), ({"other": "Beta", "payer": "alpha"}, "soon"),
    ({"other": "Alpha", "payer": "beta"}, "month"), ({}, "month"),
])  # fmt: skip
def test_payers_come_in_the_order_of_their_names(some: Store, names: dict[str, str], first: str) -> None:
    wanted = WantedWork(order=Order.PAYER)
    there = keys(some, wanted, payers=names)
    other, mine = ["month", "far"], ["soon", "held", "late"]
    assert there == [*(other + mine if first == "month" else mine + other), "night", "parked"]
    assert keys(some, wanted, payers=names, limit=3, offset=2) == there[2:5]


def test_every_filter_says_what_it_would_list(some: Store) -> None:
    with some.read() as conn:
        found = grid.choices(conn, WAIT)
        for name in ("kinds", "categories", "payers", "clinics", "owners", "faults", "reasons", "actions"):
            for word, told in getattr(found, name).items():
                assert grid.total(conn, WantedWork(**{name: (word,)})) == told  # type: ignore[arg-type]
        within = grid.choices(conn, WantedWork(kinds=("denial",), clinics=("clinic0",)))
    assert list(found.kinds) == ["parked", "denial", "held", "night"]
    assert (list(found.payers), list(found.owners)) == (["payer", "other"], [NOBODY])
    assert (set(found.reasons), set(within.payers), set(within.reasons)) == ({"CO-97", "PR-96"}, {"other"}, {"PR-96"})


@pytest.mark.parametrize("limit", [1, 3, None])
def test_the_number_of_queries_is_that_of_the_question(some: Store, limit: int | None) -> None:
    asked: list[str] = []
    with some.read() as conn:
        event.listen(conn, "before_cursor_execute", lambda *a: asked.append(a[2].split()[0]))
        rows = grid.worklist(conn, WantedWork(payers=("payer", "other"), clinics=("clinic0", "clinic1")), limit=limit)
        grid.total(conn, WAIT)
    assert (len(rows), asked.count("SELECT")) == (limit or 5, 2 if limit is None else 3)


def test_pages_follow_each_other(some: Store) -> None:
    whole = keys(some)
    assert [key for at in range(0, 8, 2) for key in keys(some, WAIT, limit=2, offset=at)] == whole
    assert keys(some, WAIT, limit=3) == whole[:3]


def test_of_two_who_take_one_item_one_gets_it(some: Store) -> None:
    item = number(some, "soon")
    with some.begin() as conn:
        assert desk.take(conn, item, "ann", actor="ann")
        assert not desk.take(conn, item, "ben", actor="ben")
        assert desk.take(conn, item, "ann", actor="ann")
        assert desk.take(conn, item, "ben", actor="cora", over=True)
    assert keys(some, WantedWork(owners=("ben",))) == ["soon"]
    with some.begin() as conn:
        assert desk.give_back(conn, item, actor="ben")
        assert not desk.give_back(conn, item, actor="ben")
        acts = [(one.actor, one.action, one.detail) for one in deeds.history(conn, item)]
    assert acts == [("ann", "taken", ""), ("ann", "taken", ""), ("cora", "given", "ben"), ("ben", "returned", "")]


def test_two_at_the_same_moment_share_nothing(some: Store) -> None:
    items = [number(some, key) for key in ("soon", "month", "far", "late", "held")]
    start = Barrier(2)

    def grab(person: str) -> list[int]:
        start.wait(20)
        got = []
        for item in items:
            with some.begin() as conn:
                got += [item] if desk.take(conn, item, person, actor=person) else []
        return got

    with ThreadPoolExecutor(2) as pool:
        ann, ben = pool.map(grab, ("ann", "ben"))
    assert sorted(ann + ben) == sorted(items)
    with some.read() as conn:
        assert [work.get(conn, item).owner for item in ann] == ["ann"] * len(ann)  # type: ignore[union-attr]
        assert sum(len(deeds.history(conn, item)) for item in items) == len(items)


def test_a_snoozed_item_comes_back_on_its_day(some: Store) -> None:
    item, day = number(some, "far"), TODAY + dt.timedelta(days=5)
    with some.begin() as conn:
        assert desk.snooze(conn, item, day, actor="ann", reason="the payer calls back")
    assert "far" not in keys(some)
    assert keys(some, WantedWork(states=("snoozed",))) == ["far"]
    assert "far" in keys(some, WAIT, on=day)
    assert keys(some, WantedWork(states=("snoozed",)), on=day) == []
    with some.begin() as conn:
        assert desk.wake(conn, item, actor="ann")
        assert not desk.wake(conn, item, actor="ann")
        assert [one.action for one in deeds.history(conn, item)] == ["snoozed", "woken"]
    assert "far" in keys(some)


def test_closing_and_coming_back_are_in_the_history(some: Store) -> None:
    item = number(some, "soon")
    with some.begin() as conn:
        assert work.resolve(conn, [item], "paid", actor="ann") == 1
        assert work.resolve(conn, [item], "again") == 0
        assert not desk.take(conn, item, "ann", actor="ann", over=True)
        assert not desk.snooze(conn, item, TODAY + dt.timedelta(days=2), actor="ann", reason="")
    assert keys(some, WantedWork(states=("resolved",))) == ["soon"]
    assert set(keys(some, EVERYTHING)) == {"soon", *keys(some)}
    with some.begin() as conn:
        assert work.reopen(conn, ["soon"], "not this") == 0
        assert work.reopen(conn, ["soon", "month"], "paid") == 1
        desk.note(conn, item, "they will reprocess", actor="ben")
        acts = [(one.actor, one.action, one.detail) for one in deeds.history(conn, item)]
    assert acts == [("ann", "resolved", "paid"), ("ptedi", "reopened", "its cause is back"),
                    ("ben", "noted", "they will reprocess")]  # fmt: skip


def test_a_waiting_item_follows_its_cause_and_a_closed_one_stays(some: Store) -> None:
    before = denial("soon", 10_000, chance=80, category="timely filing")
    with some.begin() as conn:
        assert desk.take(conn, number(some, "soon"), "ann", actor="ann")
        assert work.refresh(conn, [before, denial("unknown", 1)]) == 1
        assert work.refresh(conn, [before]) == 0
        item = work.get(conn, number(some, "soon"))
        work.resolve_key(conn, "soon", "done")
        assert work.refresh(conn, [replace(before, chance=1)]) == 0
    assert item is not None
    assert (item.chance, item.category, item.owner) == (80, "timely filing", "ann")


def test_views_are_kept_under_their_names(store: Store) -> None:
    mine = WantedWork(kinds=("denial",), within=14, at_least=D("50.00"), first=DAY, order=Order.DEADLINE)
    with store.begin() as conn:
        assert work_views.save(conn, "urgent", WAIT, "ann")
        assert not work_views.save(conn, "urgent", mine, "ben")
        assert work_views.save(conn, "all", EVERYTHING, "ann")
    with store.begin() as conn:
        assert [(v.name, v.wanted, v.saved_by) for v in work_views.list_views(conn)] == [
            ("all", EVERYTHING, "ann"), ("urgent", mine, "ben")]  # fmt: skip
        assert work_views.remove(conn, "all") and not work_views.remove(conn, "all")
        assert work_views.get(conn, "all") is None


def test_every_kind_has_its_chance() -> None:
    assert set(CHANCES) <= set(WorkKind)
    assert all(0 <= chance <= 100 for chance in CHANCES.values())


def test_an_older_store_gets_chances_by_kind_and_loses_only_history(some: Store) -> None:
    item = number(some, "held")
    with some.begin() as conn:
        desk.note(conn, item, "x", actor="ann")
    migrate.downgrade(some.engine, "0009")
    with some.begin() as conn:
        assert conn.execute(text("select count(*) from work_items")).scalar() == 7
    migrate.migrate(some.engine)
    with some.read() as conn:
        chances = {one.key: one.chance for one in work.list_work(conn)}
        assert not deeds.history(conn, item)
    assert (chances["held"], chances["far"], chances["parked"], chances["night"]) == (95, 50, 0, 100)


def test_an_older_store_learns_the_clinics_of_its_claims(some: Store) -> None:
    migrate.downgrade(some.engine, "0012")
    with some.read() as conn:
        assert "clinic_id" not in {one["name"] for one in inspect(conn).get_columns("claims")}
    migrate.migrate(some.engine)
    assert keys(some, WantedWork(clinics=("clinic0",))) == ["month", "far"]
    with some.read() as conn:
        assert conn.execute(select(tables.visits.c.clinic_id).order_by(tables.visits.c.id)).scalars().all() == [
            "clinic1", "clinic0"]  # fmt: skip


def test_a_page_of_many_items_asks_the_database_for_a_page(store: Store) -> None:
    """Twenty thousand items: what is read is a page, and the order is that of all of them."""
    row = {"kind": "denial", "category": "x", "sentence": "x", "next_action": "APPEAL", "priority": 0, "chance": 50,
           "state": "open", "created_at": dt.datetime(2026, 11, 1, tzinfo=dt.UTC)}  # fmt: skip
    with store.begin() as conn:
        conn.execute(insert(work_items), [row | {"key": f"k{n}", "amount_cents": n * 37 % 20_000 + 1}
                                          for n in range(20_000)])  # fmt: skip
    with store.read() as conn:
        page = grid.worklist(conn, WAIT, limit=50, offset=100)
        assert grid.total(conn, WAIT).items == 20_000
    best = sorted((n * 37 % 20_000 + 1 for n in range(20_000)), reverse=True)[100:150]
    assert [int(row.amount * 100) for row in page] == best
