"""Closing a day: the equation from four sources, what is open is listed, a closed day is never written to again."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from ptedi.cli import app
from ptedi.ledger.matching import KnownClaim
from ptedi.remittances.model import ClaimPayment
from ptedi.steps import close, faults, inbound
from ptedi.steps import remits as decide
from ptedi.steps.night import Night
from ptedi.store import decisions
from ptedi.store.book_tables import closings
from ptedi.store.tables import claim_payments, payments, postings
from tests.steps import remits
from tests.steps import sent as world
from tests.steps.conftest import DAY
from tests.steps.sent import post

D = Decimal
LATER = dt.date(2026, 11, 25)


def half(one: KnownClaim, icn: str = "A1") -> ClaimPayment:
    return remits.answer(one.claim, icn, [{"CO-45": line.charge / 2} for line in one.claim.lines])


def bank(*rows: tuple[str, Decimal]) -> bytes:
    lines = [f"{DAY},{trace},{amount}\n" for trace, amount in rows]
    return ("date,trace_number,amount\n" + "".join(lines)).encode()


def a_day(night: Night) -> Decimal:
    """Two checks with a stranger, a claim that is off and provider-level amounts, and their deposits."""
    one, two, three, *_ = remits.known_claims(night)
    strange, off = half(two, "B1"), half(three, "C1")
    strange.patient_control_number, strange.member_id = "SOMEBODY", "NOT1"
    off.lines[0].adjustments[0].amount -= D("0.07")
    first = remits.check("T1", DAY, [half(one), strange], [("WO", "X1", D("7.00")), ("L6", "T1", D("-0.30"))])
    second = remits.check("T2", DAY, [off])
    post(night, remits.file(1, first), remits.file(2, second), bank(("T1", first.amount), ("T2", second.amount)))
    inbound.reconcile_deposits(night)
    return first.amount + second.amount


def test_a_day_closes_to_the_cent_and_every_figure_opens_into_rows(sent: Night) -> None:
    total = int(a_day(sent) * 100)
    done = close.close_day(sent, DAY, "ana")
    assert done.open == () and done.equation.unexplained == 0 and done.closing is not None
    e = done.equation
    assert e.files.cents == e.payments.cents == e.cash.cents == e.bank.cents == total
    assert e.claims.cents - e.provider.cents == total
    assert e.provider.cents == 670 and e.unapplied.cents > 0
    assert {row.ref for row in e.payments.rows} == {"1", "2"}
    assert close.verify_closings(sent) == []
    again = close.close_day(sent, DAY, "ben")
    assert again.closing == done.closing and again.closing.actor == "ana"
    with sent.store.read() as conn:
        assert [(one.actor, one.action.value) for one in decisions.list_decisions(conn)] == [("ana", "close")]


def test_another_practices_check_and_a_copy_open_no_day(sent: Night) -> None:
    one, two, *_ = remits.known_claims(sent)
    foreign = remits.check("T8", dt.date(2005, 3, 1), [half(one)], payee_npi="1234567893", payee_tax_id="111111111")
    ours = remits.check("T1", DAY, [half(two)])
    post(sent, remits.file(1, foreign), remits.file(2, ours), remits.file(3, ours))
    assert [day for day, _ in close.days(sent)] == [DAY]
    bad = remits.check("T2", dt.date(2009, 3, 1), [half(one)])
    bad.amount += D("0.01")
    post(sent, remits.file(4, bad))
    assert [day for day, _ in close.days(sent)] == [DAY, dt.date(2009, 3, 1)]  # a check that waits is a day's


@pytest.mark.parametrize("trouble", ["no deposit", "deposit off", "orphan", "quarantined", "waiting file"])
def test_what_is_open_is_listed_and_the_day_stays_open(sent: Night, trouble: str) -> None:
    check = remits.check("T1", DAY, [half(remits.known_claims(sent)[0])])
    rows = {"no deposit": [], "deposit off": [("T1", check.amount + D("0.01"))],
            "orphan": [("T1", check.amount), ("T9", D("5.00"))]}.get(trouble, [("T1", check.amount)])  # fmt: skip
    post(sent, remits.file(1, check), bank(*rows))
    bad = remits.check("T2", DAY, [half(remits.known_claims(sent)[1], "B1")])
    bad.amount += D("0.01")
    if trouble == "quarantined":
        post(sent, remits.file(2, bad))
    if trouble == "waiting file":
        world.take(sent, remits.file(2, bad))
    inbound.reconcile_deposits(sent)
    done = close.close_day(sent, DAY, "ana")
    assert done.closing is None and len(done.open) == 1
    words = {"no deposit": "not reached the bank", "deposit off": "0.01", "orphan": "T9", "quarantined": "remit 2",
             "waiting file": "1 files"}  # fmt: skip
    assert words[trouble] in done.open[0]
    assert (close.close_day(sent, DAY, "ana", without_bank=True).closing is not None) is (trouble == "no deposit")
    if trouble == "no deposit":
        post(sent, bank(("T1", check.amount)))
        inbound.reconcile_deposits(sent)
        assert close.verify_closings(sent) == []


def test_what_is_decided_later_stands_in_a_later_day(sent: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    a_day(sent)
    assert close.close_day(sent, DAY, "ana").closing is not None
    monkeypatch.setenv("PTEDI_NOW", "2026-11-25T02:00:00+00:00")
    decide.release(sent, "2.1", "ben", "payer confirms")
    decide.park(sent, "1.2", "ben", "another practice")
    late = remits.check("T3", DAY, [half(remits.known_claims(sent)[3], "D1")])
    post(sent, remits.file(3, late), bank(("T3", late.amount)))
    inbound.reconcile_deposits(sent)
    assert close.verify_closings(sent) == []
    done = close.close_day(sent, LATER, "ben")
    assert done.closing is not None and done.equation.payments.cents == int(late.amount * 100)
    assert [day for day, one in close.days(sent) if one is not None] == [LATER, DAY]


def test_a_check_of_a_closed_day_is_taken_out_in_a_later_day_that_waits_for_its_other_copy(
    sent: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = remits.known_claims(sent)[0]
    check = remits.check("T1", DAY, [half(one, "A1")])
    post(sent, remits.file(1, check), remits.file(2, remits.check("T1", DAY, [half(one, "A2")])),
         bank(("T1", check.amount)))  # fmt: skip
    inbound.reconcile_deposits(sent)
    assert [text[:7] for text in close.day_close(sent, DAY).open] == ["remit 2"]
    with sent.store.begin() as conn:  # the copy came a day later
        conn.execute(update(payments).where(payments.c.id == 2).values(book_date=LATER))
    assert close.close_day(sent, DAY, "ana").closing is not None
    monkeypatch.setenv("PTEDI_NOW", "2026-11-25T02:00:00+00:00")
    decide.unpost(sent, "1", "ben", "the second copy holds")
    inbound.reconcile_deposits(sent)
    assert close.close_day(sent, LATER, "ben").closing is None
    decide.release(sent, "2", "ben", "the second copy holds")
    inbound.reconcile_deposits(sent)
    done = close.close_day(sent, LATER, "ben")
    assert (done.open, done.equation.payments.cents, done.equation.bank.cents) == ((), 0, 0)
    assert close.verify_closings(sent) == []


@pytest.mark.parametrize("what", ["posting", "payment", "claim payment", "closing", "decision"])
def test_a_closed_day_that_was_changed_is_found(sent: Night, what: str) -> None:
    a_day(sent)
    close.close_day(sent, DAY, "ana")
    with sent.store.begin() as conn:
        if what == "posting":
            conn.execute(update(postings).where(postings.c.account == "cash").values(amount_cents=1))
        elif what == "payment":
            conn.execute(update(payments).where(payments.c.id == 1).values(amount_cents=1))
        elif what == "claim payment":
            conn.execute(update(claim_payments).where(claim_payments.c.id == 1).values(paid_cents=1))
        elif what == "closing":
            conn.execute(update(closings).values(actor="ben"))
        else:
            conn.execute(update(decisions.decisions).values(reason="other words"))
    assert close.verify_closings(sent) != []


def test_closing_cut_short_leaves_the_day_open(sent: Night) -> None:
    a_day(sent)

    def pull(name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), faults.watching(pull):
        close.close_day(sent, DAY, "ana")
    assert close.day_close(sent, DAY).closing is None
    assert close.close_day(sent, DAY, "ana").closing is not None


def test_the_command_closes_lists_and_refuses(sent: Night) -> None:
    root = str(sent.workspace.root)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["close", *words, "--workspace", root])
        return done.exit_code, done.output

    a_day(sent)
    post(sent, bank(("T9", D("5.00"))))
    code, text = run(str(DAY), "--look", "--rows")
    assert code == 1 and "T9" in text and "open" in text
    code, text = run(str(DAY), "--json")
    told = json.loads(text)
    assert code == 1 and told["unexplained"] == "0.00" and told["closing"] is None
    assert sum(D(row["amount"]) for row in told["figures"]["bank"]["rows"]) == D(told["figures"]["payments"]["amount"])
    with sent.store.begin() as conn:
        conn.execute(world.deposits_table.delete().where(world.deposits_table.c.trace_number == "T9"))
    assert run(str(DAY), "--by", "ana")[0] == 0
    assert run("--verify")[0] == 0
    assert "ana" in run()[1]
    assert run("soon")[0] == 2
