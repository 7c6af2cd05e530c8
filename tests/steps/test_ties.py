"""Deposits that a person ties to checks: to the cent, or with a stated difference that stays open; once, and undone."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.errors import ConfigurationError
from ptedi.money import from_cents
from ptedi.steps import close, faults, inbound, ties
from ptedi.steps import remits as decisions_of
from ptedi.steps.night import Night
from ptedi.steps.remit_pages import remit_head
from ptedi.store import decisions, deposits, work
from ptedi.store.work import WorkKind
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.sent import post

WHO, WHY = "ana", "the bank's list of the lockbox"
Amounts = list[int]


def checks(night: Night, count: int) -> Amounts:
    """Posts so many checks of paper under numbers of their own; their cents."""
    found = []
    for number, one in enumerate(remits.known_claims(night)[:count], 1):
        answer = remits.answer(one.claim, f"A{number}", [{"CO-45": line.charge / 2} for line in one.claim.lines])
        paper = remits.check(f"CHECK{number}", DAY, [answer], method="CHK")
        post(night, remits.file(number, paper))
        found.append(int(paper.amount * 100))
    return found


def bank(night: Night, *cents: int, day: dt.date = DAY) -> None:
    """The bank shows deposits under its own numbers."""
    rows = [f"{day},LOCKBOX{day:%d}{number},,{from_cents(one)}" for number, one in enumerate(cents, 1)]
    post(night, "\n".join(["date,trace_number,originator_id,amount", *rows, ""]).encode())
    inbound.reconcile_deposits(night)


def open_(night: Night) -> tuple[dict[int, int], dict[int, int]]:
    """What of checks and of deposits is open."""
    with night.store.read() as conn:
        from ptedi.steps.deposit import _expected

        short = deposits.short(conn, {row.id: row.amount_cents for row in _expected(conn)})
        return short, {one.id: one.open_cents for one in deposits.list_deposits(conn, matched=False)}


def told(night: Night) -> list[str]:
    with night.store.read() as conn:
        return [i.key for i in work.list_work(conn, kinds=[WorkKind.DEPOSIT])]


def closes(night: Night) -> bool:
    found = close.day_close(night, DAY)
    assert found.equation.unexplained == 0
    assert inbound.summary(night, DAY).bank.unexplained == 0
    return found.closes


def unexplained_is_zero(night: Night) -> bool:
    return close.day_close(night, DAY).equation.unexplained == 0


def test_one_deposit_pays_several_checks(sent: Night) -> None:
    one, two, three = checks(sent, 3)
    bank(sent, one + two + three)
    assert open_(sent) == ({1: one, 2: two, 3: three}, {1: one + two + three})
    assert not closes(sent)
    done = ties.tie(sent, [1], [1, 2, 3], WHO, WHY)
    assert ([(t.payment_id, t.cents) for t in done.ties], done.open_cents) == ([(1, one), (2, two), (3, three)], 0)
    assert open_(sent) == ({}, {})
    assert closes(sent)
    found = close.day_close(sent, DAY).equation
    assert (found.bank.cents, found.waiting_for_bank.rows) == (one + two + three, ())
    head = remit_head(sent, 2)
    assert head is not None and head.banked == from_cents(two)
    reconciled = inbound.reconcile_deposits(sent)
    assert (reconciled.matched, reconciled.without_deposit, reconciled.without_remittance) == (0, 0, 0)
    with sent.store.read() as conn:
        said = decisions.list_decisions(conn)
        assert [(d.action.value, d.payment_id, d.actor, d.reason) for d in said] == [
            ("tie", number, WHO, WHY) for number in (1, 2, 3)]  # fmt: skip
        assert decisions.broken(conn) == []


def test_several_deposits_pay_one_check(sent: Night) -> None:
    [one] = checks(sent, 1)
    bank(sent, 1000, one - 1000)
    ties.tie(sent, [1, 2], [1], WHO, WHY)
    assert open_(sent) == ({}, {})
    assert closes(sent)
    head = remit_head(sent, 1)
    assert head is not None and head.banked == from_cents(one)


def test_said_again_it_is_so_already_and_undone_all_waits(sent: Night) -> None:
    one, two = checks(sent, 2)
    bank(sent, one + two)
    ties.tie(sent, [1], [1, 2], WHO, WHY)
    assert not ties.tie(sent, [1], [2, 1], WHO, WHY).changed
    assert ties.untie(sent, 1, WHO, "of another practice").changed
    assert not ties.untie(sent, 1, WHO, "of another practice").changed
    assert open_(sent) == ({1: one, 2: two}, {1: one + two})
    assert not closes(sent)
    ties.tie(sent, [1], [1, 2], WHO, WHY)
    with sent.store.read() as conn:
        assert [d.action.value for d in decisions.list_decisions(conn)] == [
            "tie", "tie", "untie", "untie", "tie", "tie"]  # fmt: skip


@pytest.mark.parametrize("off", [125, -125])
def test_what_differs_is_refused_unless_it_is_stated(sent: Night, off: int) -> None:
    one, two = checks(sent, 2)
    bank(sent, one + two + off)
    word = "1.25 more" if off > 0 else "1.25 less"
    with pytest.raises(ConfigurationError, match=word):
        ties.tie(sent, [1], [1, 2], WHO, WHY)
    with pytest.raises(ConfigurationError, match=word):
        ties.tie(sent, [1], [1, 2], WHO, WHY, difference_cents=-off)
    done = ties.tie(sent, [1], [1, 2], WHO, WHY, difference_cents=off)
    assert done.open_cents == off
    assert open_(sent) == (({}, {1: off}) if off > 0 else ({2: -off}, {}))
    assert not closes(sent)  # never plugged: the cents wait on one side
    equation = close.day_close(sent, DAY).equation
    assert equation.waiting_for_bank.cents == max(-off, 0)
    bank(sent, 125, day=DAY + dt.timedelta(days=1))
    if off < 0:
        ties.tie(sent, [2], [2], WHO, "the rest came")
        assert open_(sent) == ({}, {})
        assert closes(sent)


def test_a_stated_difference_on_several_deposits_is_on_the_last(sent: Night) -> None:
    [one] = checks(sent, 1)
    bank(sent, 1000, one)
    ties.tie(sent, [1, 2], [1], WHO, WHY, difference_cents=1000)
    assert open_(sent) == ({}, {2: 1000})
    ties.untie(sent, 2, WHO, "again")
    assert open_(sent) == ({1: one - 1000}, {2: one})
    ties.untie(sent, 1, WHO, "again")
    with pytest.raises(ConfigurationError, match="get nothing"):
        ties.tie(sent, [2, 1], [1], WHO, WHY, difference_cents=1000)


def test_the_clocks_tell_what_is_open_and_stop_when_it_is_tied(sent: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = checks(sent, 2)
    bank(sent, one + two - 300)
    monkeypatch.setenv("PTEDI_NOW", f"{DAY + dt.timedelta(days=10)}T02:00:00+00:00")
    inbound.reconcile_deposits(sent)
    assert sorted(told(sent)) == ["deposit:missing:1", "deposit:missing:2", "deposit:orphan:1"]
    ties.tie(sent, [1], [1, 2], WHO, WHY, difference_cents=-300)
    inbound.reconcile_deposits(sent)
    with sent.store.read() as conn:
        [item] = work.list_work(conn, kinds=[WorkKind.DEPOSIT])
    assert (item.key, item.amount_cents, "3.00 is missing" in item.sentence) == ("deposit:missing:2", 300, True)
    ties.untie(sent, 1, WHO, "no")
    inbound.reconcile_deposits(sent)
    assert sorted(told(sent)) == ["deposit:missing:1", "deposit:missing:2", "deposit:orphan:1"]


def test_a_check_taken_out_of_the_books_lets_its_part_go(sent: Night) -> None:
    one, two = checks(sent, 2)
    bank(sent, one + two)
    ties.tie(sent, [1], [1, 2], WHO, WHY)
    decisions_of.unpost(sent, "2", WHO, "of another practice")
    assert open_(sent) == ({}, {1: two})
    decisions_of.repost(sent, "2", WHO, "it was ours")
    inbound.reconcile_deposits(sent)
    assert open_(sent) == ({2: two}, {1: two})
    ties.tie(sent, [1], [2], WHO, WHY)
    assert open_(sent) == ({}, {}) and closes(sent)


def twice(night: Night) -> tuple[int, bytes, bytes]:
    """A check, in cents: as it came cut off, and as it comes whole later."""
    one = remits.known_claims(night)[0]
    answer = remits.answer(one.claim, "A1", [{"CO-45": line.charge / 2} for line in one.claim.lines])
    paper = remits.check("CHECK1", DAY, [answer], method="CHK")
    data = remits.file(1, paper)
    return int(paper.amount * 100), data[: data.rindex(b"CAS*")], data


def test_the_deposit_of_a_cut_copy_goes_on_to_the_sound_one(sent: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    cents, cut, sound = twice(sent)
    post(sent, cut)
    monkeypatch.setenv("PTEDI_NOW", f"{DAY + dt.timedelta(days=10)}T02:00:00+00:00")
    inbound.reconcile_deposits(sent)
    assert told(sent) == ["deposit:missing:1"]
    post(sent, f"date,trace_number,originator_id,amount\n{DAY},CHECK1,,{from_cents(cents)}\n".encode())
    assert inbound.reconcile_deposits(sent).matched == 1
    post(sent, sound)
    inbound.reconcile_deposits(sent)
    assert (open_(sent), told(sent)) == (({}, {}), [])
    assert closes(sent)


def test_a_missing_deposit_is_missed_once_however_often_its_check_came(
    sent: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    cents, cut, sound = twice(sent)
    post(sent, cut)
    monkeypatch.setenv("PTEDI_NOW", f"{DAY + dt.timedelta(days=10)}T02:00:00+00:00")
    inbound.reconcile_deposits(sent)
    post(sent, sound)
    inbound.reconcile_deposits(sent)
    assert (open_(sent), told(sent)) == (({2: cents}, {}), ["deposit:missing:2"])


def test_what_a_person_tied_to_a_cut_copy_or_kept_from_it_holds_for_the_sound_one(sent: Night) -> None:
    cents, cut, sound = twice(sent)
    post(sent, cut)
    bank(sent, cents - 700, 700)
    post(sent, f"date,trace_number,originator_id,amount\n{DAY},CHECK1,,{from_cents(cents)}\n".encode())
    inbound.reconcile_deposits(sent)
    ties.untie(sent, 3, WHO, "of another practice")
    ties.tie(sent, [1, 2], [1], WHO, WHY)
    post(sent, sound)
    inbound.reconcile_deposits(sent)
    assert open_(sent) == ({}, {3: cents})
    with sent.store.read() as conn:
        tied = {(t.deposit_id, t.payment_id): t.cents for t in deposits.ties(conn)}
        assert tied == {(1, 2): cents - 700, (2, 2): 700}
        assert deposits.apart(conn) == {(3, 2)}


def test_what_was_found_by_trace_can_be_untied_and_tied_elsewhere(sent: Night) -> None:
    one, two = checks(sent, 2)
    post(sent, f"date,trace_number,originator_id,amount\n{DAY},CHECK1,,{from_cents(one)}\n".encode())
    inbound.reconcile_deposits(sent)
    assert open_(sent) == ({2: two}, {})
    with pytest.raises(ConfigurationError, match="tied to check 1"):
        ties.tie(sent, [1], [2], WHO, WHY, difference_cents=one - two)
    ties.untie(sent, 1, WHO, "the bank took the numbers for each other")
    assert open_(sent) == ({1: one, 2: two}, {1: one})
    assert inbound.reconcile_deposits(sent).matched == 0  # what a person untied, the night does not tie again
    assert open_(sent) == ({1: one, 2: two}, {1: one})
    ties.tie(sent, [1], [1], WHO, "they had not")
    assert open_(sent) == ({2: two}, {})
    ties.untie(sent, 1, WHO, "they had")
    assert inbound.reconcile_deposits(sent).matched == 0


def test_what_was_untied_is_not_found_under_another_spelling_either(sent: Night) -> None:
    [one] = checks(sent, 1)
    post(sent, f"date,trace_number,originator_id,amount\n{DAY},check-1,,{from_cents(one)}\n".encode())
    for matched in (1, 0):
        assert inbound.reconcile_deposits(sent).matched == matched
        ties.untie(sent, 1, WHO, "of another practice")
        assert open_(sent) == ({1: one}, {1: one})


@pytest.mark.parametrize("off", [125, -125])
def test_what_was_tied_by_trace_and_differs_is_said_without_untying_it(sent: Night, off: int) -> None:
    [one] = checks(sent, 1)
    post(sent, f"date,trace_number,originator_id,amount\n{DAY},CHECK1,,{from_cents(one + off)}\n".encode())
    assert inbound.reconcile_deposits(sent).differing == 1
    assert told(sent) == ["deposit:differs:1"] and not unexplained_is_zero(sent)
    with pytest.raises(ConfigurationError, match=r"1\.25"):
        ties.tie(sent, [1], [1], WHO, WHY)
    assert told(sent) == ["deposit:differs:1"]
    done = ties.tie(sent, [1], [1], WHO, "a fee of the bank", difference_cents=off)
    assert (done.changed, done.open_cents, told(sent)) == (True, off, [])
    assert open_(sent) == (({}, {1: off}) if off > 0 else ({1: -off}, {}))
    assert unexplained_is_zero(sent)
    assert not ties.tie(sent, [1], [1], WHO, WHY, difference_cents=off).changed


def test_a_lockbox_tied_by_the_trace_of_one_of_its_checks_takes_the_others_in(sent: Night) -> None:
    one, two = checks(sent, 2)
    post(sent, f"date,trace_number,originator_id,amount\n{DAY},CHECK1,,{from_cents(one + two)}\n".encode())
    inbound.reconcile_deposits(sent)
    ties.tie(sent, [1], [1, 2], WHO, WHY)
    assert (open_(sent), told(sent)) == (({}, {}), [])
    assert closes(sent)


REFUSED: dict[str, tuple[list[int], list[int], str]] = {
    "nobody": ([9], [1], "no deposit 9"), "no check": ([1], [9], "no check 9"), "many to many": ([1, 2], [1, 2], "one"),
    "none": ([], [1], "one deposit"), "twice": ([1], [1, 1], "named twice"), "other amount": ([2], [1], "the bank got"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_and_changes_nothing(sent: Night, case: str) -> None:
    one, two = checks(sent, 2)
    bank(sent, one + two, 5)
    before = open_(sent)
    several, rows, why = REFUSED[case]
    with pytest.raises(ConfigurationError, match=why):
        ties.tie(sent, several, rows, WHO, WHY)
    with pytest.raises(ConfigurationError, match="reason"):
        ties.tie(sent, [1], [1, 2], WHO, "  ")
    assert open_(sent) == before


def test_who_dies_in_it_has_done_nothing(sent: Night) -> None:
    one, two = checks(sent, 2)
    bank(sent, one + two)
    before = open_(sent)

    def die(name: str) -> None:
        raise RuntimeError(name)

    with faults.watching(die), pytest.raises(RuntimeError):
        ties.tie(sent, [1], [1, 2], WHO, WHY)
    assert open_(sent) == before
    assert ties.tie(sent, [1], [1, 2], WHO, WHY).changed


def test_a_closed_day_stays_what_it_was(sent: Night) -> None:
    one, two = checks(sent, 2)
    bank(sent, one + two)
    assert close.close_day(sent, DAY, WHO, without_bank=True).closing is None  # a deposit of the day has no remittance
    ties.tie(sent, [1], [1, 2], WHO, WHY)
    assert close.close_day(sent, DAY, WHO).closing is not None
    assert close.verify_closings(sent) == []
    ties.untie(sent, 1, WHO, "after all not")
    assert close.verify_closings(sent) == []


amounts = st.lists(st.integers(1, 10**7), min_size=1, max_size=6)


@given(amounts, st.integers(-(10**7), 10**7))
def test_shares_never_exceed_the_room_nor_what_is_there(have: Amounts, more: int) -> None:
    room = sum(have) + max(more, -sum(have))
    if more < 0 and have[-1] + more <= 0 and abs(room) < sum(have):
        with pytest.raises(ConfigurationError):
            ties._shares(have, room)
        return
    found = ties._shares(have, room)
    assert sum(found) == min(sum(have), room)
    assert found[:-1] == have[:-1] and 0 < found[-1] <= have[-1]
    assert [-one for one in found] == ties._shares([-one for one in have], -room)


def test_money_that_comes_and_goes_must_agree() -> None:
    assert ties._shares([1000, -200], 800) == [1000, -200]


def test_nobody_looks_for_the_deposit_of_a_check_that_is_out_of_the_books(
    sent: Night, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    checks(sent, 1)
    monkeypatch.setenv("PTEDI_NOW", "2026-12-05T02:00:00+00:00")
    inbound.reconcile_deposits(sent)
    assert told(sent) == ["deposit:missing:1"]
    for act, wanted in ((decisions_of.unpost, []), (decisions_of.repost, ["deposit:missing:1"])) * 2:
        act(sent, "1", WHO, WHY)
        for _ in range(2):
            inbound.reconcile_deposits(sent)
            assert told(sent) == wanted


def test_a_difference_is_asked_while_its_check_is_in_the_books(sent: Night) -> None:
    [one] = checks(sent, 1)
    post(sent, f"date,trace_number,originator_id,amount\n{DAY},CHECK1,,{from_cents(one - 100)}\n".encode())
    inbound.reconcile_deposits(sent)
    assert told(sent) == ["deposit:differs:1"]
    for act, wanted in ((decisions_of.unpost, []), (decisions_of.repost, ["deposit:differs:1"])) * 2:
        act(sent, "1", WHO, WHY)
        inbound.reconcile_deposits(sent)
        assert told(sent) == wanted
