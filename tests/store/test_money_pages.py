"""What the pages of money ask of the ledger is what all its rows say, whatever was posted on whichever day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select

from ptedi.ledger.accounts import PROVIDER_LEVEL, Account, Kind
from ptedi.ledger.model import Entry, Posting, Source, mirror
from ptedi.store import Connection, Store, deposits, migrate, payments, postings, provider, remit_rows
from ptedi.store.payments import NewClaimPayment, PaymentState
from ptedi.store.postings import UNDO, Booking
from ptedi.store.tables import postings as ledger
from tests.store.samples import DAY
from tests.store.test_money import clp, payment, start

ACCOUNTS = (Account.CASH, Account.CLEARING, Account.CONTRACTUAL, Account.PROVIDER_RECOUPMENT)
_One = tuple[int, int, int | None, Account, Account, int, bool]
ENTRIES = st.lists(st.tuples(  # day, payment (0: none), claim payment of it, accounts, cents, taken back the day after
    st.integers(0, 5), st.integers(0, 2), st.sampled_from([None, 0, 1]), st.sampled_from(ACCOUNTS),
    st.sampled_from(ACCOUNTS), st.integers(-(10**6), 10**6), st.booleans()), max_size=10)  # fmt: skip


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Iterator[Store]:
    """Claims 1 and 2, and two payments with two claim payments each."""
    with store.begin() as conn:
        start(conn, tmp_path)
        for number in range(2):
            paid = payment(conn, number)
            payments.add_claims(conn, [
                NewClaimPayment(payment_id=paid, claim_id=n, state=PaymentState.POSTED, reason="", patient_cents=0,
                                clp=clp()) for n in (1, 2)])  # fmt: skip
    yield store


def write(conn: Connection, said: Sequence[_One]) -> None:
    bookings = []
    ids = {n: [row.id for row in payments.claims_of(conn, n)] for n in (1, 2)}
    for number, (day, paid, place, one, two, cents, undone) in enumerate(said):
        amount = Decimal(cents).scaleb(-2)
        both = (Posting(account=one, amount=amount), Posting(account=two, amount=-amount))
        entry = Entry(key=f"k{number}", effective=DAY + dt.timedelta(day), source=Source.MANUAL, postings=both)
        of = ids[paid][place] if paid and place is not None else None
        back = mirror(entry, UNDO + entry.key, entry.effective + dt.timedelta(1), None, Source.MANUAL)
        bookings += [Booking(entry=e, payment_id=paid or None, claim_payment_id=of)
                     for e in ((entry, back) if undone else (entry,))]  # fmt: skip
    postings.post_all(conn, bookings)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=ENTRIES)
def test_days_and_parts_are_what_the_rows_say(filled: Store, said: list[_One]) -> None:
    with filled.engine.connect() as conn:
        write(conn, said)
        rows = conn.execute(select(ledger).order_by(ledger.c.id)).all()
        paid = [row for row in rows if row.payment_id is not None]
        assert postings.days(conn) == {row.effective_date for row in paid}
        for day in range(-1, 8):
            found = postings.of_day(conn, DAY + dt.timedelta(day))
            wanted = [row for row in paid if row.effective_date == DAY + dt.timedelta(day)]
            assert [(p.key, p.account.value, p.cents, p.payment_id, p.claim_payment_id) for p in found] == [
                (row.transaction_key, row.account, row.amount_cents, row.payment_id, row.claim_payment_id)
                for row in wanted]  # fmt: skip
        for number in (1, 2):
            everything = postings.all_entries(conn, payment_id=number)
            own = postings.own_entries(conn, number)
            assert [one for one in everything if one in own] == own
            rest = sum((p.amount for e, _ in everything if (e, _) not in own for p in e.postings), Decimal(0))
            assert sum(postings.on_claims(conn, number).values()) == rest == 0
            by_account: dict[Account, Decimal] = {}
            for e, _ in everything:
                for p in e.postings if (e, _) not in own else ():
                    by_account[p.account] = by_account.get(p.account, Decimal(0)) + p.amount
            assert postings.on_claims(conn, number) == by_account
        level = [row for row in paid if row.account in set(PROVIDER_LEVEL)]
        assert [m.cents for m in provider.movements(conn)] == [row.amount_cents for row in level]
        conn.rollback()


def test_provider_level_is_what_is_named_so() -> None:
    """Some questions ask by the name's beginning, some by the list."""
    assert set(PROVIDER_LEVEL) == {one for one in Account if one.value.startswith("provider.")}
    assert {one.kind for one in PROVIDER_LEVEL} == {Kind.PROVIDER}


def test_the_indexes_come_and_go_without_a_row(filled: Store) -> None:
    with filled.begin() as conn:
        write(conn, [(0, 1, None, Account.CASH, Account.CLEARING, 500, True), (2, 2, 1, *ACCOUNTS[:2], 7, False)])
        before = conn.execute(select(ledger).order_by(ledger.c.id)).all()
    migrate.downgrade(filled.engine, "0018")
    names = {one["name"] for one in inspect(filled.engine).get_indexes("postings")}
    assert "ix_postings_payment_id" in names and not names & {"ix_postings_payment", "ix_postings_days"}
    migrate.migrate(filled.engine)
    names = {one["name"] for one in inspect(filled.engine).get_indexes("postings")}
    assert {"ix_postings_payment", "ix_postings_days"} <= names and "ix_postings_payment_id" not in names
    with filled.read() as conn:
        assert conn.execute(select(ledger).order_by(ledger.c.id)).all() == before
        assert postings.days(conn) == {DAY + dt.timedelta(n) for n in (0, 1, 2)}


def test_which_line_a_person_gave_is_kept_and_the_version_before_forgets_it(filled: Store) -> None:
    with filled.begin() as conn:
        payments.assign_lines(conn, 1, {2: 1, 3: 1})
        payments.assign_lines(conn, 2, {1: 4})
        payments.assign_lines(conn, 2, {})
        assert {one.id: one.assigned for one in payments.claims_of(conn, 1)} == {1: {2: 1, 3: 1}, 2: {}}
        assert [one.assigned for one in payments.history(conn, [1])[1]] == [{2: 1, 3: 1}, {}]
    migrate.downgrade(filled.engine, "0021")
    assert "assigned_lines" not in {column["name"] for column in inspect(filled.engine).get_columns("claim_payments")}
    migrate.migrate(filled.engine)
    with filled.begin() as conn:
        assert [one.assigned for one in payments.claims_of(conn, 1)] == [{}, {}]
        payments.assign_lines(conn, 1, {2: 1})
        payments.decide(conn, 1, PaymentState.UNPOSTED, "out of the books")
        assert payments.claims_of(conn, 1)[0].assigned == {}


def test_what_of_a_deposit_is_tied_is_kept_and_the_version_before_lets_it_wait(filled: Store) -> None:
    with filled.begin() as conn:
        deposits.add_all(conn, 1, [deposits.NewDeposit(row=n, trace_number=f"L{n}", originator="", deposit_date=DAY,
                                                       amount_cents=cents)
                                   for n, cents in enumerate((9000, 500), 1)])  # fmt: skip
        deposits.tie(conn, [deposits.Tie(deposit_id=1, payment_id=1, cents=4000, by_hand=True),
                            deposits.Tie(deposit_id=1, payment_id=2, cents=3000, by_hand=True)])  # fmt: skip
        deposits.match(conn, 2, 2)
        assert [(d.id, d.open_cents) for d in deposits.list_deposits(conn, matched=False)] == [(1, 2000)]
        assert [d.id for d in deposits.list_deposits(conn, matched=True)] == [2]
        assert [(t.deposit_id, t.payment_id, t.cents, t.by_hand) for t in deposits.ties(conn)] == [
            (1, 1, 4000, True), (1, 2, 3000, True), (2, 2, 500, False)]  # fmt: skip
        assert deposits.matched_payments(conn) == {1, 2}
        assert deposits.short(conn, {1: 4500, 2: 4000, 3: 7}) == {1: 500, 3: 7}
        assert remit_rows.parts_of(conn, [1, 2])[2].banked_cents == 3500
        assert deposits.page(conn, waiting=True, limit=9, offset=0)[1] == 1
    migrate.downgrade(filled.engine, "0024")
    assert "deposit_parts" not in inspect(filled.engine).get_table_names()
    migrate.migrate(filled.engine)
    with filled.begin() as conn:
        assert [(d.id, d.open_cents) for d in deposits.list_deposits(conn, matched=False)] == [(1, 9000)]
        deposits.tie(conn, [deposits.Tie(deposit_id=1, payment_id=1, cents=9000, by_hand=True)])
        deposits.untie(conn, 1)
        assert deposits.matched_payments(conn) == {2}
