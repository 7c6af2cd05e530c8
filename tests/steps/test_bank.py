"""The bank's files: BAI2 and CSV say the same, totals are believed to the cent or not at all, nothing raises."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.remittances.model import Payment
from ptedi.sandbox.bank import bai2, deposits
from ptedi.sandbox.oracle import Check
from ptedi.steps import bank, inbound
from ptedi.steps.deposit import Reconciled
from ptedi.steps.night import Night
from ptedi.store import deposits as stored
from ptedi.store import work
from tests.samples import money
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.sent import post

FOLDER = Path(__file__).resolve().parents[2] / "sample_edi"
SAMPLE = (FOLDER / "bank" / "deposits.bai").read_bytes()
FILE = """01,BANK,ME,261120,0400,1,80,,2/
02,ME,BANK,1,261120,,USD,2/
03,1234,USD,010,500000,,,100,{total},{count},S,1,2,3/
{rows}
49,{control},9/
98,{control},1,11/
99,{control},1,13/
"""


def made(*rows: str, cents: int, off: int = 0) -> bytes:
    total = 2 * cents + 500000 + off
    return FILE.format(total=cents, count=len(rows), rows="\n".join(rows), control=total).encode()


def test_the_samples_are_what_the_script_makes() -> None:
    assert {name: (FOLDER / name).read_bytes() for name in money.files()} == money.files()


def told(data: bytes) -> list[tuple[str, str, dt.date, int]]:
    return [(d.trace_number, d.originator, d.deposit_date, d.amount_cents) for d in bank.read(data).deposits]


def test_bai2_says_what_the_csv_says() -> None:
    assert bank.is_bank(SAMPLE)
    assert bank.read(SAMPLE).findings == ()
    assert told(SAMPLE) == told((FOLDER / "bank" / "deposits.csv").read_bytes()) != []


@pytest.mark.parametrize("head", ["date,trace,amount", "date,trace,amount,description"])
def test_a_csv_cut_off_anywhere_states_no_other_deposit(head: str) -> None:
    """The end of the last amount may be cut away: what is left must not be taken for it."""
    more = ",of words" * (head.count(",") - 2)
    data = f"{head}\n2026-11-20,T1,234.27{more}\n2026-11-20,T2,575.50{more}\n".encode()
    sound = told(data)
    assert len(sound) == 2
    for end in range(len(head), len(data)):
        assert set(told(data[:end])) <= set(sound)
    assert told(data.rstrip()) == sound
    [cut] = bank.read(data[: data.index(b"75.50")]).findings
    assert cut.code == "IF010"


traces = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=30)
some_checks = st.lists(st.builds(
    Check, trace_number=traces, originator=st.sampled_from(["1999999998", "1111111111"]), payer_id=st.just("P"),
    payee_npi=st.just("1"), method=st.sampled_from(["ACH", "CHK"]),
    amount=st.integers(1, 10**9).map(lambda n: Decimal(n).scaleb(-2)),
    day=st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 1)),
), max_size=8)  # fmt: skip


@given(some_checks)
def test_whatever_is_deposited_is_read_alike_from_both(checks: list[Check]) -> None:
    assert sorted(told(bai2(checks, {}))) == sorted(told(deposits(checks, {})))


ROW = "16,142,12500,{funds},REF1,CUST1,HCCLAIMPMT PAYER, INC TRN*1*T1*1999999998~"


@pytest.mark.parametrize("funds", ["", "0", "1", "Z", "S,1,2,3", "V,261121,0900", "D,2,0,100,1,12400", "D,0"])
def test_every_funds_type_is_stepped_over(funds: str) -> None:
    found = bank.read(made(ROW.format(funds=funds), cents=12500))
    assert [(d.trace_number, d.originator, d.amount_cents) for d in found.deposits] == [("T1", "1999999998", 12500)]


def test_only_payers_deposits_are_taken_and_a_takeback_is_negative() -> None:
    rows = (
        ROW.format(funds="Z"), "16,165,700,Z,CARDS,,MERCHANT SETTLEMENT/", "16,116,900,Z,,CHECK77,LOCKBOX ITEM/",
        "16,455,300,Z,REF2,,HCCLAIMPMT REVERSAL", "88,TRN*1*T", "88,2*1999999998~/", "16,475,50,Z,RENT/",
    )  # fmt: skip
    found = bank.read(made(*rows, cents=14450))
    assert found.findings == ()
    assert [(d.trace_number, d.amount_cents) for d in found.deposits] == [
        ("T1", 12500), ("CHECK77", 900), ("T2", -300)]  # fmt: skip


def test_a_total_that_is_off_and_a_file_without_end_are_not_believed() -> None:
    row = ROW.format(funds="Z")
    off = bank.read(made(row, cents=12500, off=1))
    assert off.deposits == () and "off by 0.01" in off.findings[0].message
    cut = made(row, cents=12500).split(b"99,")[0]
    found = bank.read(cut)
    assert found.deposits == () and "no end" in found.findings[-1].message
    dollars = bank.read(made(row.replace("12500", "125.00"), cents=12500))
    assert dollars.deposits == () and {f.code for f in dollars.findings} == {"IF010"}
    euros = bank.read(made(row, cents=12500).replace(b"USD,2/", b"EUR,2/"))
    assert {f.code for f in euros.findings} == {"IF010"}


@given(st.integers(0, len(SAMPLE)), st.integers(0, 12), st.binary(max_size=12))
def test_a_damaged_file_never_raises_and_invents_no_money(at: int, gone: int, put: bytes) -> None:
    found = bank.read(SAMPLE[:at] + put + SAMPLE[at + gone :])
    assert isinstance(found.deposits, tuple) and isinstance(found.findings, tuple)


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    bank.read(b"01,A,B/\n02," + data)
    bank.is_bank(data)


def test_a_bai2_file_in_the_inbox_becomes_deposits(night: Night) -> None:
    [done] = post(night, SAMPLE)
    with night.store.read() as conn:
        assert done.deposits == len(stored.list_deposits(conn)) == len(told(SAMPLE))
        total = stored.total_cents(conn)
    post(night, (FOLDER / "bank" / "deposits.csv").read_bytes())  # the same deposits in another file
    with night.store.read() as conn:
        assert stored.total_cents(conn) == total


def reconciled(night: Night, *rows: str) -> tuple[Reconciled, list[tuple[str, int | None]]]:
    post(night, "\n".join(["date,trace_number,originator_id,amount", *rows, ""]).encode())
    done = inbound.reconcile_deposits(night)
    with night.store.read() as conn:
        return done, sorted((d.trace_number, d.payment_id) for d in stored.list_deposits(conn))


def two_checks(night: Night) -> list[Payment]:
    found = []
    for number, (one, trace) in enumerate(zip(remits.known_claims(night)[:2], ("000EFT-77123", "0008877123"),
                                              strict=True), 1):  # fmt: skip
        answer = remits.answer(one.claim, f"A{number}", [{"CO-45": line.charge / 2} for line in one.claim.lines])
        found.append(remits.check(trace, DAY, [answer]))
        post(night, remits.file(number, found[-1]))
    return found


def test_a_trace_that_the_bank_writes_otherwise_is_the_same_where_the_amount_is(sent: Night) -> None:
    one, two = two_checks(sent)
    done, tied = reconciled(sent, f"2026-11-20,eft77123,,{one.amount}", f"2026-11-20,8877123,,{two.amount}")
    assert (done.matched, done.differing, done.without_deposit, done.without_remittance) == (2, 0, 0, 0)
    assert tied == [("8877123", 2), ("eft77123", 1)]


def test_no_trace_is_guessed(sent: Night) -> None:
    """Another cent, another originator, two deposits alike: each waits for its own half."""
    one, two = two_checks(sent)
    cent = Decimal("0.01")
    done, tied = reconciled(
        sent, f"2026-11-20,EFT77123,,{one.amount + cent}", f"2026-11-20,77123,,{one.amount}",
        f"2026-11-20,EFT77123,7777777777,{one.amount}",
        f"2026-11-20,8877123,,{two.amount}", f"2026-11-19,08877123,,{two.amount}",
    )  # fmt: skip
    assert (done.matched, done.without_deposit, done.without_remittance) == (0, 2, 5)
    assert {payment for _, payment in tied} == {None}


@pytest.mark.parametrize(("off", "word"), [("1.25", "1.25 more"), ("-1.25", "1.25 less")])
def test_a_deposit_of_another_amount_is_told_with_its_cents(sent: Night, off: str, word: str) -> None:
    one, _ = two_checks(sent)
    done, _ = reconciled(sent, f"2026-11-20,{one.trace_number},,{one.amount + Decimal(off)}")
    assert (done.matched, done.differing) == (1, 1)
    with sent.store.read() as conn:
        [item] = [i for i in work.list_work(conn, kinds=[work.WorkKind.DEPOSIT]) if i.category == "amount differs"]
    assert word in item.sentence
