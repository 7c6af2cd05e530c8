"""Closing a claim: when nothing of it is open, once, without moving a figure; money and persons open it again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Kind
from ptedi.reports.practice.make import REPORTS
from ptedi.sandbox import clearinghouse
from ptedi.steps import price
from ptedi.steps.audit import verify_audit
from ptedi.steps.census import count, take_census
from ptedi.steps.faults import watching
from ptedi.steps.inbound import bill_next_payers
from ptedi.steps.night import Night, open_night
from ptedi.steps.refused import find
from ptedi.steps.settled import close_settled
from ptedi.steps.tonight import look
from ptedi.store import claims, coordination, events, postings, work
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import SETTLED, Event, State
from tests.steps import remits
from tests.steps import sent as world
from tests.steps.conftest import DAY
from tests.steps.test_price import agree, commercial, short
from tests.steps.test_price import paid as paid_short

MONTH_LATER = "2026-12-22T02:00:00+00:00"


@pytest.fixture
def paid(sent: Night) -> Night:
    """The night, answered by the sandbox: paid, denied, sent on to next payers."""
    folder = sent.workspace.folder("clearinghouse")
    clearinghouse.run(folder / "to", folder / "from", folder / "sandbox.db", seed=20261, today=DAY)
    pipeline.collect(sent)
    return sent


def at(night: Night, days: object) -> Night:
    night.workspace.settings["claims"] = {"close_after_days": days}
    return night


def settled_by_hand(night: Night) -> set[int]:
    """The slow way: claim by claim."""
    found = set()
    with night.store.read() as conn:
        for claim_id, state in events.decided_states(conn).items():
            first = coordination.accounts(conn, [claim_id])[claim_id]
            held = postings.balances_of_claims(conn, [first]).get(first, {})
            owed = any(amount for account, amount in held.items() if account.kind is Kind.PAYER)
            own = coordination.get(conn, [claim_id]).get(claim_id)
            goes_on = own is None or own.step not in (coordination.Step.NONE, coordination.Step.ANSWERED)
            if state in SETTLED and not owed and not goes_on and not work.list_work(conn, claim_ids=[claim_id]):
                found.add(claim_id)
    return found


def closed(night: Night) -> set[int]:
    with night.store.read() as conn:
        return {one for one, state in events.current_states(conn).items() if state is State.CLOSED}


def figures(night: Night) -> tuple[object, ...]:
    """Everything that is told of a night and its books."""
    reports = {
        (name, view.key): view.rows()
        for name in REPORTS for view in pipeline.report(night, name, first=DAY, last=DAY + dt.timedelta(days=32)).views
    }  # fmt: skip
    stations = {name: (one.count, one.amount) for name, one in look(night, DAY).stations.items()}
    return pipeline.summary(night, DAY).as_json(), stations, reports


def test_what_is_settled_is_closed_after_a_month_and_no_figure_moves(
    paid: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert take_census(paid).closed == 0
    monkeypatch.setenv("PTEDI_NOW", MONTH_LATER)
    assert take_census(at(paid, 3650)).closed == 0
    before, wanted = figures(paid), settled_by_hand(paid)
    assert take_census(at(paid, 30)).closed == len(wanted) > 3
    assert closed(paid) == wanted < set(world.states(paid))
    assert take_census(paid).closed == 0
    assert figures(paid) == before
    told = count(paid)
    assert told.closes and {one.state: one.count for one in told.states}["closed"] == len(wanted)


def test_it_says_who_closed_it_and_why(paid: Night) -> None:
    close_settled(at(paid, 0))
    with paid.store.read() as conn:
        last = events.of_claim(conn, min(closed(paid)))[-1]
        assert (last.event, last.state_after, last.actor) == (Event.CLOSED, State.CLOSED, "take_census")
        assert last.detail == "paid; no payer owes anything"
        number = claims.get(conn, last.claim_id).patient_control_number
        assert find(paid, conn, number, {State.PAID}).state is State.PAID  # a person may act on it


@pytest.mark.parametrize("days", [-1, 1.5, "30", True, 4000])
def test_a_wrong_number_of_days_is_said(night: Night, days: object) -> None:
    with pytest.raises(ConfigurationError, match="close_after_days"):
        close_settled(at(night, days))


@pytest.mark.parametrize("line", ["close_after_days = -1", 'close_after_days = "30"', "close_after = 3"])
def test_a_wrong_setting_is_said_before_anything_is_done(workspace: Path, line: str) -> None:
    with (workspace / "ptedi.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[claims]\n{line}\n")
    with pytest.raises(ConfigurationError, match=r"claims.*close_after_days"):
        open_night(workspace)


@pytest.mark.parametrize("where", ["settled.closed", "settled.kept"])
def test_cut_off_anywhere_each_is_closed_once(paid: Night, where: str) -> None:
    wanted = settled_by_hand(at(paid, 0))

    def pull(name: str) -> None:
        if name == where:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), watching(pull):
        close_settled(paid)
    close_settled(paid)
    with paid.store.read() as conn:
        told = [one for claim_id in wanted for one in events.of_claim(conn, claim_id) if one.event is Event.CLOSED]
    assert sorted(one.claim_id for one in told) == sorted(wanted) == sorted(closed(paid))


def test_late_money_opens_a_closed_claim_and_it_is_closed_again(sent: Night) -> None:
    one = remits.known_claims(sent)[0]
    clp = remits.answer(one.claim, "A1", [{} for _ in one.claim.lines])

    def told() -> State:
        bill_next_payers(sent)
        close_settled(at(sent, 0))
        return world.states(sent)[one.claim_id]

    world.post(sent, remits.file(1, remits.check("T1", DAY, [clp])))
    assert world.states(sent)[one.claim_id] is State.PAID
    assert told() is State.CLOSED
    world.post(sent, remits.file(2, remits.check("T2", DAY, [remits.reversed_(clp)])))
    assert told() is State.REVERSED  # its correction is waited for
    again = remits.answer(one.claim, "A1", [{"CO-45": Decimal("1.00")} for _ in one.claim.lines])
    world.post(sent, remits.file(3, remits.check("T3", DAY, [again])))
    assert told() is State.CLOSED


def test_work_that_comes_later_opens_a_closed_claim(sent: Night) -> None:
    """A contract loaded after the claim was closed finds it underpaid; what was paid is still paid."""
    one = commercial(sent)
    paid_short(sent, 1, short(one, "5.00"))
    bill_next_payers(sent)
    price.compare_payments(sent)
    assert take_census(at(sent, 0)).closed == 1
    agree(sent)
    assert price.rerun(sent).opened == 1
    assert world.states(sent)[one.claim_id] is State.PAID
    assert (take_census(sent).closed, price.rerun(sent).opened) == (0, 0)
    with sent.store.read() as conn:
        last = events.of_claim(conn, one.claim_id)[-1]
        [item] = work.list_work(conn, claim_ids=[one.claim_id])
    assert last.file_id is None and "something waits" in last.detail
    with sent.store.begin() as conn:
        work.resolve(conn, [item.id], "asked for", "lee")
    assert take_census(sent).closed == 1
    with sent.store.begin() as conn:  # whoever opened it: the census sees it
        work.put(conn, NewWork(key="again", kind=WorkKind.UNDERPAID, claim_id=one.claim_id, category="underpaid",
                               sentence="s", next_action="ASK_FOR_REST", amount_cents=500))  # fmt: skip
    for _ in range(2):
        assert take_census(sent).closed == 0
        assert world.states(sent)[one.claim_id] is State.PAID
    assert count(sent).closes and not verify_audit(sent).misfits


@pytest.mark.parametrize("seed", range(3))
def test_closing_between_remittances_changes_nothing_else(tmp_path: Path, seed: int) -> None:
    """Two nights get the same money in three rounds; in one of them everything settled is closed after each."""
    ends = []
    for name in ("left open", "closed"):
        with world.copy(world.made(), tmp_path / name) as night:
            payer, known = remits.Payer(seed), remits.known_claims(night)
            for number in range(1, 4):
                told = [payer.decide(one.claim, deny=payer.random.random() < 0.3) for one in known
                        if payer.random.random() < 0.6]  # fmt: skip
                world.post(night, remits.file(number, remits.check(f"T{number}", DAY, told)))
                bill_next_payers(night)
                if name == "closed":
                    close_settled(at(night, 0))
            world.whole(night)
            with night.store.read() as conn:
                ends.append((world.books(night), world.open_work(night), events.decided_states(conn)))
            assert bool(closed(night)) == (name == "closed")
    assert ends[0] == ends[1]
