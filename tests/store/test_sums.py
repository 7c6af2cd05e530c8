"""The running sums of the ledger: whatever is posted, they are what a recount says; folding loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from ptedi.ledger.accounts import Account
from ptedi.ledger.model import Entry, Posting, Source
from ptedi.store import Connection, Store, claims, files, migrate, postings, sums, visits
from ptedi.store.claims import NewClaim
from ptedi.store.postings import Booking
from ptedi.store.tables import postings as ledger
from tests.store.samples import DAY, coded, visit

ACCOUNTS = (Account.CASH, Account.CLEARING, Account.CONTRACTUAL, Account.PAYER_PRIMARY)


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Iterator[Store]:
    """A store with claims 1 and 2."""
    with store.begin() as conn:
        file = files.register(conn, tmp_path / "archive", b"835", "a.835", kind="835")
        rows = visits.save_all(conn, [visit(f"V{n}") for n in (1, 2)], file.id)
        claims.insert_all(conn, [
            claims.record(NewClaim(coded=coded(n, visit_id=f"V{n}"), visit_row_id=row.row_id, visit_id=row.visit_id,
                                   revision=1, partner_id="harbor")) for n, row in enumerate(rows, 1)])  # fmt: skip
    yield store


def booking(key: str, one: Account, two: Account, cents: int, claim: int | None) -> Booking:
    amount = Decimal(cents).scaleb(-2)
    both = (Posting(account=one, amount=amount), Posting(account=two, amount=-amount))
    return Booking(entry=Entry(key=key, effective=date(2026, 11, 18), source=Source.MANUAL, postings=both,
                               claim_id=claim))  # fmt: skip


ENTRIES = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS),
                             st.integers(-(10**9), 10**9), st.sampled_from([None, 1, 2])), max_size=12)  # fmt: skip


def counted(conn: Connection) -> dict[tuple[str, int], int]:
    return {key: cents for key, cents in sums.recount(conn).items() if cents}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(several=st.lists(ENTRIES, max_size=4), folds=st.lists(st.booleans(), min_size=4, max_size=4))
def test_they_are_what_the_ledger_holds(
    filled: Store, several: list[list[tuple[int, Account, Account, int, int | None]]], folds: list[bool]
) -> None:
    """Also where an entry is posted twice (its key is known) and rows are folded in between."""
    with filled.engine.connect() as conn:
        for some, folded in zip(several, folds, strict=False):
            postings.post_all(conn, [booking(f"k{number}", *rest) for number, *rest in some])
            if folded:
                assert sums.fold(conn, plenty=0) <= 2 * len(ACCOUNTS)
            assert {key: cents for key, cents in sums.kept(conn).items() if cents} == counted(conn)
            assert sums.differences(conn) == []
        assert sum(sums.balances(conn).values()) == 0
        on_claims = {a.value: cents for a, cents in sums.balances(conn, on_claims=True).items() if cents}
        assert on_claims == {account: cents for (account, on), cents in counted(conn).items() if on}
        conn.rollback()


def test_what_is_rolled_back_is_in_neither(filled: Store) -> None:
    with pytest.raises(ZeroDivisionError), filled.begin() as conn:
        postings.post(conn, booking("k", Account.CASH, Account.CLEARING, 500, None))
        raise ZeroDivisionError
    with filled.read() as conn:
        assert (sums.kept(conn), sums.recount(conn)) == ({}, {})


def test_a_changed_posting_is_told_and_rebuilding_follows_the_ledger(filled: Store) -> None:
    with filled.begin() as conn:
        postings.post(conn, booking("k", Account.CASH, Account.PAYER_PRIMARY, 500, 1))
        conn.execute(update(ledger).where(ledger.c.account == Account.CASH.value).values(amount_cents=700))
        assert sums.differences(conn) == [(Account.CASH.value, -200)]
        assert (postings.unbalanced(conn), postings.unbalanced(conn, service_date=DAY)) == (["k"], ["k"])
        assert postings.unbalanced(conn, service_date=date(1999, 1, 1)) == []
        sums.rebuild(conn)
        assert sums.differences(conn) == []
        assert sums.balances(conn)[Account.CASH] == 700


def test_an_older_store_begins_with_what_its_ledger_holds(filled: Store) -> None:
    with filled.begin() as conn:
        postings.post_all(conn, [booking("a", Account.CASH, Account.CLEARING, 500, None),
                                 booking("b", Account.CLEARING, Account.PAYER_PRIMARY, 500, 1)])  # fmt: skip
    migrate.downgrade(filled.engine, "0016")
    migrate.migrate(filled.engine)
    with filled.read() as conn:
        assert sums.differences(conn) == []
        assert sums.balances(conn) == {Account.CASH: 500, Account.CLEARING: 0, Account.PAYER_PRIMARY: -500}
        assert sums.kept(conn)[Account.CLEARING.value, 0] == -500


OPEN = (Account.CLEARING, Account.PAYER_PRIMARY, Account.PAYER_SECONDARY, Account.DENIED,
        Account.PATIENT_COPAY)
SMALL = st.tuples(st.sampled_from(OPEN), st.sampled_from(OPEN), st.integers(-2, 2), st.sampled_from([1, 2]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(several=st.lists(SMALL, max_size=8))
def test_who_owes_is_what_the_balances_say(filled: Store, several: list[tuple[Account, Account, int, int]]) -> None:
    with filled.engine.connect() as conn:
        postings.post_all(conn, [booking(f"k{n}", one, two, cents, claim)
                                 for n, (one, two, cents, claim) in enumerate(several)])  # fmt: skip
        refused, expected = set(), set()
        for claim, found in postings.balances_of_claims(conn).items():
            if found.get(Account.DENIED) or sum(cents for one, cents in found.items() if one.is_receivable) < 0:
                refused.add(claim)
            elif max(found.get(Account.PAYER_PRIMARY, 0), found.get(Account.PAYER_SECONDARY, 0)) > 0:
                expected.add(claim)
        assert postings.owing(conn) == (refused, expected)
        conn.rollback()
