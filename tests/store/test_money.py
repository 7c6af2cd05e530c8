"""Ledger, remittances, deposits, references and work items in the store: each said once, whoever says it again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path

import pytest

from ptedi.ledger.accounts import Account
from ptedi.ledger.matching import Fit
from ptedi.ledger.model import Entry, Source, entry
from ptedi.ledger.posting import charge_entry
from ptedi.remittances.model import ClaimPayment, Origin
from ptedi.store import (
    Connection,
    Store,
    claims,
    counts,
    deposits,
    files,
    migrate,
    payments,
    postings,
    references,
    said,
    visits,
    work,
)
from ptedi.store.claims import NewClaim
from ptedi.store.deposits import NewDeposit
from ptedi.store.payments import NewClaimPayment, NewPayment, PaymentState
from ptedi.store.postings import Booking
from ptedi.store.references import ReferenceKind
from ptedi.store.work import NewWork, WorkKind
from tests.store.samples import DAY, coded, visit


@pytest.fixture
def conn(store: Store, tmp_path: Path) -> Iterator[Connection]:
    with store.begin() as connection:
        start(connection, tmp_path)
        yield connection


def start(conn: Connection, folder: Path) -> None:
    """File 1 and claims 1 and 2."""
    file = files.register(conn, folder / "archive", b"835", "a.835", kind="835")
    assert file.id == 1
    rows = visits.save_all(conn, [visit(f"V{n}") for n in (1, 2)], file.id)
    claims.insert_all(conn, [
        claims.record(NewClaim(coded=coded(n, visit_id=f"V{n}"), visit_row_id=row.row_id, visit_id=row.visit_id,
                               revision=1, partner_id="harbor"))
        for n, row in enumerate(rows, 1)
    ])  # fmt: skip


def charge(claim_id: int, key: str = "C") -> Entry:
    return charge_entry(f"{key}{claim_id}", 1, claim_id, {1: D("62.00")}, DAY, "P")


def clp(number: str = "X", paid: str = "40.00") -> ClaimPayment:
    return ClaimPayment(
        patient_control_number=number * 60, status_code="1", charge=D("62.00"), paid=D(paid), filing_indicator="12",
        patient_responsibility=None, payer_claim_control_number="ICN" * 30, origin=Origin(5, 99),
    )  # fmt: skip


def payment(conn: Connection, index: int = 0, state: PaymentState = PaymentState.POSTED, amount: int = 4000) -> int:
    return payments.add(conn, NewPayment(
        file_id=1, set_index=index, payment_key=f"{index:064d}", content_sha256="c" * 64, trace_number="T" * 80,
        originator="O" * 50, payer="P" * 90, payee_npi="1" * 20, method="ACH", payment_date=DAY, amount_cents=amount,
        claim_count=1, state=state,
    ))  # fmt: skip


def test_an_entry_is_posted_once_and_read_back_as_it_was(conn: Connection) -> None:
    assert postings.post_all(conn, [Booking(entry=charge(1)), Booking(entry=charge(2))]) == 2
    assert postings.post_all(conn, [Booking(entry=charge(1)), Booking(entry=charge(2))]) == 0
    assert postings.find(conn, "charge:C1:1") == charge(1)
    assert postings.find(conn, "charge:C9:1") is None
    assert postings.charges_of(conn, [1, 2, 3]) == {1: (1, {1: D("62.00")}), 2: (1, {1: D("62.00")})}
    assert postings.balances(conn) == {Account.CHARGES: D("-124.00"), Account.PAYER_PRIMARY: D("124.00")}
    assert postings.balances(conn, service_date=DAY + dt.timedelta(days=1)) == {}
    of_one = {Account.CHARGES: D("-62.00"), Account.PAYER_PRIMARY: D("62.00")}
    assert postings.balances_of_claims(conn, [1]) == {1: of_one}
    assert postings.unbalanced(conn) == []
    assert entry("k", DAY, Source.RULE, []).postings == ()


def test_payments_and_claim_payments(conn: Connection) -> None:
    paid, other = payment(conn), payment(conn, 1, PaymentState.PARKED, 999)
    ids = payments.add_claims(conn, [
        NewClaimPayment(payment_id=paid, claim_id=1, state=PaymentState.POSTED, reason="", patient_cents=500,
                        clp=clp()),
        NewClaimPayment(payment_id=paid, claim_id=None, state=PaymentState.UNMATCHED, reason="?", patient_cents=0,
                        clp=clp("Y", "1.00")),
    ])  # fmt: skip
    assert [row.clp for row in payments.claims_of(conn, paid)] == [clp(), clp("Y", "1.00")]
    assert [one.clp for one in payments.history(conn, [1, 2])[1]] == [clp()]
    assert said.claims_with_payer_number(conn, [("ICN" * 30)[:50]]) == {("ICN" * 30)[:50]: [1]}
    assert [row.id for row in payments.in_state(conn, PaymentState.UNMATCHED)] == [ids[1]]
    payments.settle(conn, ids[1], 2, "found", 0, Fit(score=70, agrees=("member", "charge"), differs=("name",)))
    settled = payments.get_claim(conn, ids[1])
    assert settled is not None
    assert (settled.match_score, settled.match_agrees, settled.match_differs) == (70, "member, charge", "name")
    payments.decide(conn, ids[1], PaymentState.PARKED, "not ours")
    parked = payments.get_claim(conn, ids[1])
    assert parked is not None and (parked.claim_id, parked.match_score, parked.match_agrees) == (None, None, "")
    payments.settle(conn, ids[1], 2, "found", 0, Fit(score=70, agrees=(), differs=()))
    assert payments.in_state(conn, PaymentState.UNMATCHED) == []
    assert (counts.paid_cents(conn), counts.paid_cents(conn, DAY), counts.unapplied_cents(conn)) == (4100, 4100, 0)
    assert counts.payments_by_state(conn) == {PaymentState.POSTED: (1, 4000), PaymentState.PARKED: (1, 999)}
    assert payments.total_cents(conn, PaymentState.POSTED) == 4000
    assert [row.id for row in payments.of_file(conn, 1)] == [paid, other]
    payments.set_state(conn, other, PaymentState.DUPLICATE, "copy")
    assert [row.id for row in payments.by_trace(conn, "T" * 64)] == [paid]


def test_deposits_are_known_again_and_tied_to_a_check(conn: Connection) -> None:
    new = NewDeposit(row=1, trace_number="T1", originator="O", deposit_date=DAY, amount_cents=4000)
    assert not deposits.known(conn, new)
    assert deposits.add_all(conn, 1, [new]) == 1
    assert deposits.add_all(conn, 1, [new]) == 0
    assert deposits.known(conn, new)
    [row] = deposits.list_deposits(conn, matched=False)
    key = payment(conn)
    deposits.match(conn, row.id, key)
    assert deposits.matched_payments(conn) == {key}
    assert (deposits.list_deposits(conn, matched=False), deposits.total_cents(conn)) == ([], 4000)


def test_what_others_call_a_claim(conn: Connection) -> None:
    for _ in range(2):
        references.note(conn, 1, ReferenceKind.PAYER, "ICN1", 1)
    references.note(conn, 2, ReferenceKind.CLEARINGHOUSE, "D9", 1)
    references.note(conn, 2, ReferenceKind.PAYER, "", 1)
    assert references.claims_with(conn, ["ICN1", "D9", "?"]) == {"ICN1": [1], "D9": [2]}
    assert references.of_claim(conn, 1) == {ReferenceKind.PAYER: ["ICN1"]}


def test_one_cause_makes_one_item_and_a_persons_word_stays(conn: Connection) -> None:
    item = NewWork(key="k" * 200, kind=WorkKind.DENIAL, sentence="s", next_action="APPEAL", claim_id=1, priority=5)
    assert work.put(conn, item)
    assert not work.put(conn, item)
    [row] = work.list_work(conn, kinds=[WorkKind.DENIAL], claim_ids=[1, 2])
    assert work.resolve(conn, [row.id], "by machine") == 1
    assert work.list_work(conn) == []
    assert work.reopen(conn, [item.key], "by a person") == 0
    assert work.reopen(conn, [item.key], "by machine") == 1
    assert work.resolve_key(conn, item.key, "by a person") == 1
    assert work.reopen(conn, [item.key], "by machine") == 0
    assert [i.resolution for i in work.list_work(conn, open_only=False)] == ["by a person"]


def test_many_items_are_made_once_each_and_the_first_of_a_cause_counts(conn: Connection) -> None:
    items = [NewWork(key=key, kind=WorkKind.DENIAL, sentence=said, next_action="APPEAL", claim_id=1)
             for key, said in (("a", "1"), ("b", "2"), ("a", "3"), ("k" * 200, "4"))]  # fmt: skip
    assert work.put(conn, items[1])
    assert (work.put_all(conn, items), work.put_all(conn, items), work.put_all(conn, [])) == (2, 0, 0)
    assert {(row.key, row.sentence) for row in work.list_work(conn)} == {("a", "1"), ("b", "2"), ("k" * 128, "4")}
    assert work.resolve_key(conn, "a", "by a person") == 1
    assert work.put_all(conn, items) == 0
    assert len(work.list_work(conn)) == 2


def test_claims_by_the_start_of_their_number_and_by_day_and_charge(conn: Connection) -> None:
    number = coded(1).claim.patient_control_number
    assert [r.id for r in claims.by_control_number_start(conn, number[:-1])] == [1]
    assert len(claims.by_control_number_start(conn, number[:6])) == 2
    assert claims.by_control_number_start(conn, "%") == []
    assert [r.id for r in claims.by_dates_and_charge(conn, DAY, DAY, 6200)] == [1, 2]
    assert claims.by_dates_and_charge(conn, DAY, DAY, 6201) == []


def test_matches_from_before_there_were_scores_stay(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        start(conn, tmp_path)
        payments.add_claims(conn, [NewClaimPayment(
            payment_id=payment(conn), claim_id=1, state=PaymentState.POSTED, reason="control number", patient_cents=0,
            clp=clp(), fit=Fit(score=95, agrees=("charge",), differs=()))])  # fmt: skip
    migrate.downgrade(store.engine, "0015")
    migrate.migrate(store.engine)
    with store.read() as conn:
        (row,) = payments.in_state(conn, PaymentState.POSTED)
    assert (row.claim_id, row.reason, row.match_score, row.match_agrees) == (1, "control number", None, "")
