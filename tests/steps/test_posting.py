"""One remittance at a time: repeated, altered, cut, out of balance, a stranger's; where its money stands."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ptedi.ledger.accounts import Account, Kind
from ptedi.remittances.model import ClaimPayment
from ptedi.steps import inbound
from ptedi.steps.night import Night
from ptedi.store import files, payments, work
from ptedi.store.work import WorkKind
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.remits import ZERO
from tests.steps.sent import books, open_work, post, states, take, whole

D = Decimal


def first(night: Night) -> tuple[int, object]:
    one = max(remits.known_claims(night), key=lambda k: len(k.claim.lines))
    return one.claim_id, one.claim


def plain(claim: object, icn: str = "A1") -> ClaimPayment:
    return remits.answer(claim, icn, [{"CO-45": line.charge / 2} for line in claim.lines])  # type: ignore[attr-defined,arg-type]


def test_the_same_check_altered_is_a_conflict_and_identical_a_duplicate(sent: Night) -> None:
    _, claim = first(sent)
    one = remits.check("T1", DAY, [plain(claim)])
    other = remits.check("T1", DAY, [plain(claim, "A2")])
    done = post(sent, remits.file(1, one), remits.file(2, one), remits.file(3, other))
    assert [(d.posted, d.duplicate, d.conflicting) for d in done] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    assert whole(sent)[Account.CASH] == one.amount
    assert len(open_work(sent, WorkKind.CONFLICT)) == 1
    assert inbound.summary(sent, DAY).closes


def test_a_check_that_does_not_foot_waits_whole_until_a_sound_copy_comes(sent: Night) -> None:
    _, claim = first(sent)
    bad = remits.check("T1", DAY, [plain(claim)])
    good = remits.check("T1", DAY, [plain(claim)])
    bad.claims[0].paid -= D("0.01")
    assert [d.quarantined for d in post(sent, remits.file(1, bad))] == [1]
    assert Account.CASH not in whole(sent)
    [item] = open_work(sent, WorkKind.QUARANTINE)
    with sent.store.read() as conn:
        [row] = payments.list_payments(conn)
    assert "off by 0.01" in row.reason
    assert [d.posted for d in post(sent, remits.file(2, good))] == [1]
    assert whole(sent)[Account.CASH] == good.amount
    assert item not in open_work(sent, WorkKind.QUARANTINE)


def test_a_claim_out_of_balance_keeps_its_money_in_unapplied(sent: Night) -> None:
    key, claim = first(sent)
    off, fine = plain(claim), plain(remits.known_claims(sent)[0].claim, "B1")
    off.lines[0].adjustments[0].amount -= D("0.07")
    check = remits.check("T1", DAY, [off, fine])
    [done] = post(sent, remits.file(1, check))
    assert (done.posted, done.claims, done.claims_quarantined) == (1, 1, 1)
    now = whole(sent)
    assert now[Account.CASH] == check.amount
    assert now[Account.UNAPPLIED] == -off.paid
    assert states(sent)[key] is State.SENT
    with sent.store.read() as conn:
        [item] = work.list_work(conn, kinds=[WorkKind.QUARANTINE])
    assert "0.07" in item.sentence
    assert item.amount_cents == int(off.paid * 100)
    assert inbound.summary(sent, DAY).closes


def test_a_claim_of_nobody_keeps_its_money_in_unapplied(sent: Night) -> None:
    _, claim = first(sent)
    stranger = plain(claim)
    stranger.patient_control_number, stranger.member_id = "SOMEBODY", "NOT1"
    [done] = post(sent, remits.file(1, remits.check("T1", DAY, [stranger])))
    assert (done.posted, done.claims_unmatched) == (1, 1)
    assert whole(sent)[Account.UNAPPLIED] == -stranger.paid
    assert len(open_work(sent, WorkKind.UNMATCHED)) == 1
    assert inbound.summary(sent, DAY).closes


def test_the_check_of_another_practice_is_parked_whole(sent: Night) -> None:
    _, claim = first(sent)
    theirs = remits.check("T1", DAY, [plain(claim)], payee_npi="1999900024", payee_tax_id="999999999")
    [done] = post(sent, remits.file(1, theirs))
    assert done.parked == 1
    assert Account.CASH not in whole(sent)
    with sent.store.read() as conn:
        [file] = [f for f in files.list_files(conn, direction="in") if f.kind == "835"]
    assert file.state == files.PARKED


def test_a_provider_adjustment_only_remit_and_recoupment_opened_and_closed(sent: Night) -> None:
    opened = remits.check("T1", DAY, [], [("WO", "A1", D("-40.00"))])
    closed = remits.check("T2", DAY, [plain(first(sent)[1])], [("WO", "A1", D("25.00"))])
    post(sent, remits.file(1, opened))
    night = inbound.summary(sent, DAY)
    assert (night.recouped, night.recoupment_due) == (ZERO, D("40.00"))
    post(sent, remits.file(2, closed))
    night = inbound.summary(sent, DAY)
    assert (night.recouped, night.recoupment_due) == (D("25.00"), D("15.00"))
    assert night.closes


def test_zero_paid_by_deductible_is_paid_not_denied_and_a_denial_is_held(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    deductible = remits.answer(one.claim, "A", [{"PR-1": line.charge} for line in one.claim.lines])
    denied = remits.answer(two.claim, "B", [{"CO-97": line.charge} for line in two.claim.lines])
    post(sent, remits.file(1, remits.check("T1", DAY, [deductible, denied])))
    now, found = states(sent), books(sent)
    assert (now[one.claim_id], now[two.claim_id]) == (State.PAID, State.DENIED)
    assert found[one.claim_id] == {Kind.BILLED: -one.claim.charge, Kind.PATIENT: one.claim.charge}
    assert found[two.claim_id] == {Kind.BILLED: -two.claim.charge, Kind.PAYER: two.claim.charge}
    items = open_work(sent, WorkKind.DENIAL)
    assert len(items) == len(two.claim.lines)
    paid = plain(two.claim, "C")
    post(sent, remits.file(2, remits.check("T2", DAY + dt.timedelta(days=9), [paid])))
    assert open_work(sent, WorkKind.DENIAL) == []
    assert states(sent)[two.claim_id] is State.PAID


def test_a_claim_paid_twice_shows_a_credit_balance(sent: Night) -> None:
    key, claim = first(sent)
    post(sent, *(remits.file(n, remits.check(f"T{n}", DAY, [plain(claim, f"A{n}")])) for n in (1, 2)))
    assert books(sent)[key][Kind.PAYER] == -claim.charge  # type: ignore[attr-defined]
    assert len(open_work(sent, WorkKind.CREDIT)) == 1
    post(sent, remits.file(3, remits.check("T3", DAY, [remits.reversed_(plain(claim, "A2"))])))
    assert open_work(sent, WorkKind.CREDIT) == []


def test_the_same_claims_under_another_trace_are_posted_once(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    claims = [plain(one.claim, "A1"), plain(two.claim, "B1")]
    [done] = post(sent, remits.file(1, remits.check("T1", DAY, claims)))
    assert done.claims == 2
    before = (books(sent), whole(sent), states(sent))
    again = remits.check("T2", DAY + dt.timedelta(days=3), claims)
    done = post(sent, remits.file(2, again), remits.file(3, again))
    assert [(d.posted, d.quarantined, d.duplicate) for d in done] == [(0, 1, 0), (0, 0, 1)]
    assert (books(sent), whole(sent), states(sent)) == before
    assert [item[-1] for item in open_work(sent, WorkKind.QUARANTINE)] == [int(again.amount * 100)]
    with sent.store.read() as conn:
        [row] = payments.list_payments(conn, states=[payments.PaymentState.QUARANTINED])
    assert row.reason.startswith("IF013") and "T1" in row.reason
    assert inbound.summary(sent, DAY).closes


def test_a_check_that_repeats_some_claims_keeps_their_money_in_unapplied(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    old, new = plain(one.claim, "A1"), plain(two.claim, "B1")
    post(sent, remits.file(1, remits.check("T1", DAY, [old])))
    [done] = post(sent, remits.file(2, remits.check("T2", DAY, [old, new])))
    assert (done.posted, done.claims, done.claims_quarantined) == (1, 1, 1)
    assert whole(sent)[Account.UNAPPLIED] == -old.paid
    assert open_work(sent, WorkKind.CREDIT) == []
    with sent.store.read() as conn:
        [item] = work.list_work(conn, kinds=[WorkKind.QUARANTINE])
    assert item.sentence.startswith("IF013") and item.amount_cents == int(old.paid * 100)
    assert inbound.summary(sent, DAY).closes


@pytest.mark.parametrize("together", [True, False])
def test_a_claim_paid_again_after_its_reversal_is_posted(sent: Night, together: bool) -> None:
    key, claim = first(sent)
    one = plain(claim)
    post(sent, remits.file(1, remits.check("T1", DAY, [one])))
    later = [[remits.reversed_(one), one]] if together else [[remits.reversed_(one)], [one]]
    for number, claims in enumerate(later, 2):
        [done] = post(sent, remits.file(number, remits.check(f"T{number}", DAY + dt.timedelta(days=number), claims)))
        assert (done.posted, done.claims) == (1, len(claims))
    assert books(sent)[key][Kind.CLEARING] == one.paid
    assert states(sent)[key] is State.PAID
    [done] = post(sent, remits.file(9, remits.check("T9", DAY + dt.timedelta(days=9), [one])))
    assert done.quarantined == 1


def test_the_item_of_a_file_in_quarantine_names_it_as_it_lies_there(sent: Night) -> None:
    take(sent, b"a report in words")
    with sent.store.read() as conn:
        [item] = work.list_work(conn, kinds=[WorkKind.QUARANTINE])
    [kept] = [path.name for path in sent.workspace.folder("quarantine").iterdir() if path.suffix != ".txt"]
    assert item.how.startswith(f"quarantine/{kept} is the file (in000.835)")


def test_a_check_cut_before_its_payee_is_cut_off_and_the_whole_one_settles_it(sent: Night) -> None:
    whole_one = remits.file(1, remits.check("T1", DAY, [plain(first(sent)[1])]))
    cut = whole_one[: whole_one.index(b"N1*PE")]
    assert [d.quarantined for d in post(sent, cut)] == [1]
    with sent.store.read() as conn:
        assert [row.reason[:5] for row in payments.list_payments(conn)] == ["IF004"]
        [item] = work.list_work(conn, kinds=[WorkKind.QUARANTINE])
    assert "in000.835" in item.how
    assert [d.posted for d in post(sent, whole_one)] == [1]
    assert open_work(sent, WorkKind.QUARANTINE) == []


@pytest.mark.parametrize("mark", [b"N1*PE", b"CAS*"])
def test_a_cut_copy_of_a_posted_check_says_what_is_posted(sent: Night, mark: bytes) -> None:
    one = remits.check("T1", DAY, [plain(first(sent)[1])])
    data = remits.file(1, one)
    assert [d.conflicting for d in post(sent, data, data[: data.index(mark)])] == [0, 1]
    with sent.store.read() as conn:
        [item] = work.list_work(conn, kinds=[WorkKind.CONFLICT])
    assert item.sentence.startswith("IF006 Check T1 of ")
    assert "in000.835" in item.sentence and f"{one.amount:,.2f}" in item.sentence
    assert "again" not in item.sentence


def test_cut_short_and_numberless_claims_are_found(sent: Night) -> None:
    one, two, three, *_ = remits.known_claims(sent)
    cut, numbered, bare = plain(one.claim, ""), plain(two.claim, "N1"), plain(three.claim, "")
    cut.patient_control_number = cut.patient_control_number[:-1]
    bare.patient_control_number = "0"
    for clp in (cut, bare):
        for service in clp.lines:
            service.line_control_number, service.modifiers = "", ()
    [done] = post(sent, remits.file(1, remits.check("T1", DAY, [cut, numbered, bare])))
    twins = [k for k in remits.known_claims(sent, State.SENT) if k.claim.member_id == three.claim.member_id]
    assert done.claims == 3 - bool(twins)


def test_interest_that_is_not_explained_is_noted_and_the_money_stands(sent: Night) -> None:
    clp = plain(first(sent)[1])
    clp.interest = D("1.50")
    odd = remits.check("T1", DAY, [clp])
    odd.provider_adjustments[0].amount, odd.amount = D("-1.00"), odd.amount - D("0.50")
    [done] = post(sent, remits.file(1, odd))
    assert (done.posted, done.claims) == (1, 1)
    with sent.store.read() as conn:
        [row] = payments.list_payments(conn)
    assert "off by 0.50" in row.reason
    assert inbound.summary(sent, DAY).interest == D("1.00")
    assert inbound.summary(sent, DAY).closes


@pytest.mark.parametrize("unknown_first", [True, False])
def test_a_payers_number_that_becomes_known_later_finds_the_claim(sent: Night, unknown_first: bool) -> None:
    key, claim = first(sent)
    denied = remits.answer(claim, "N7", [{"CO-16": line.charge} for line in claim.lines])  # type: ignore[attr-defined,arg-type]
    nameless = plain(claim, "N8")
    nameless.patient_control_number, nameless.member_id, nameless.original_reference = "0", "", "N7"
    contents = [remits.file(1, remits.check("T1", DAY, [denied])),
                remits.file(2, remits.check("T2", DAY + dt.timedelta(days=3), [nameless]))]  # fmt: skip
    for data in reversed(contents) if unknown_first else contents:
        post(sent, data)
    assert states(sent)[key] is State.PAID
    assert open_work(sent, WorkKind.UNMATCHED) == []
    assert open_work(sent, WorkKind.DENIAL) == []
    assert whole(sent).get(Account.UNAPPLIED) is None
    assert books(sent)[key][Kind.CLEARING] == nameless.paid
    assert inbound.summary(sent, DAY).closes


def test_test_data_in_production_is_not_money(sent: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(sent.workspace), "environment", "P")
    _, claim = first(sent)
    one = remits.check("T1", DAY, [plain(claim)])
    done = post(sent, remits.file(1, one), remits.file(2, one, usage="P"))
    assert [(d.quarantined, d.posted) for d in done] == [(1, 0), (0, 1)]


def test_a_second_payer_that_forgets_the_first_is_held(sent: Night) -> None:
    """X12 RFI 1696: without OA-23 the second payer's adjustments would take the first payer's money back."""
    one, two, *_ = remits.known_claims(sent)
    forgets = remits.answer(one.claim, "A", [{"CO-45": line.charge} for line in one.claim.lines], status_code="2")
    restates = remits.answer(two.claim, "B", [{"OA-23": line.charge} for line in two.claim.lines], status_code="2")
    [done] = post(sent, remits.file(1, remits.check("T1", DAY, [forgets, restates])))
    assert (done.claims, done.claims_quarantined) == (1, 1)
    assert books(sent)[one.claim_id] == {Kind.BILLED: -one.claim.charge, Kind.PAYER: one.claim.charge}
    assert inbound.summary(sent, DAY).closes


def test_a_deposit_that_differs_leaves_its_cents_unexplained(sent: Night) -> None:
    check = remits.check("T1", DAY, [plain(first(sent)[1])])
    bank = f"date,trace_number,amount\n{DAY},T1,{check.amount + D('0.01')}\n".encode()
    post(sent, remits.file(1, check), bank)
    assert inbound.reconcile_deposits(sent).differing == 1
    summary = inbound.summary(sent, DAY)
    assert summary.bank.unexplained == D("-0.01")
    assert not summary.closes
    assert len(open_work(sent, WorkKind.DEPOSIT)) == 1


def test_a_check_without_deposit_and_a_deposit_without_check_become_work_in_time(
    sent: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = remits.check("T1", DAY, [plain(first(sent)[1])])
    post(sent, remits.file(1, check), b"date,trace_number,amount\n2026-11-20,T9,5.00\n")
    monkeypatch.setenv("PTEDI_NOW", "2026-11-24T02:00:00+00:00")
    assert inbound.reconcile_deposits(sent).without_deposit == 1
    assert open_work(sent, WorkKind.DEPOSIT) == []
    monkeypatch.setenv("PTEDI_NOW", "2026-11-27T02:00:00+00:00")
    inbound.reconcile_deposits(sent)
    assert len(open_work(sent, WorkKind.DEPOSIT)) == 2
    post(sent, b"date,trace_number,amount\n2026-11-26,T1," + str(check.amount).encode() + b"\n")
    assert inbound.reconcile_deposits(sent).matched == 1
    assert len(open_work(sent, WorkKind.DEPOSIT)) == 1
    assert inbound.summary(sent, DAY).closes
