"""Giving up and billing the patient: two persons, exact cents, books that close, taken back until the day is closed."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import stat
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.write_off import WriteOffReason, open_amounts, write_off_entry
from ptedi.sandbox import practice, refusals
from ptedi.steps import faults, letters, patient_bill, write_off
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.summary import summary
from ptedi.store import closings, decisions, events, postings, work
from ptedi.store.decisions import Verb
from ptedi.store.work import WorkKind
from ptedi.submissions.status import Event, State
from tests.steps.conftest import DAY
from tests.steps.test_drafts import sent, treated
from tests.steps.test_kill import Killed, _after, state
from tests.steps.test_rework import TWO, answered, denied, only, states

LATE = WriteOffReason.TIMELY_FILING
RULES = '\n[write_off]\nlimit = "100.00"\napprovers = ["kim", "lee"]\n'


def ruled(root: Path, text: str = RULES) -> None:
    with (root / "ptedi.toml").open("a") as out:
        out.write(text)


def owed(night: Night, kind: Kind) -> Decimal:
    with night.store.read() as conn:
        found = postings.balances_of_claims(conn, [only(night).id])[only(night).id]
    return sum((amount for account, amount in found.items() if account.kind is kind), Decimal("0.00"))


def account(night: Night, name: Account) -> Decimal:
    with night.store.read() as conn:
        return postings.balances_of_claims(conn, [only(night).id])[only(night).id].get(name, Decimal("0.00"))


def waiting(night: Night) -> int:
    with night.store.read() as conn:
        return len(work.list_work(conn, kinds=[WorkKind.DENIAL]))


def test_above_the_limit_a_second_person_approves_and_every_equation_closes(workspace: Path) -> None:
    ruled(workspace)
    denied(workspace, refusal=refusals.LATE)
    with open_night(workspace) as night:
        number, before = only(night).patient_control_number, waiting(night)
        asked = write_off.ask(night, number, LATE, "kim", note="no proof found")
        assert (asked.state, asked.amount_cents, before) == ("open", 18400, 2)
        assert write_off.ask(night, number, LATE, "lee").id == asked.id
        assert account(night, Account.WRITE_OFF) == 0 and states(night) == [State.DENIED]
        for person in ("kim", " KIM ", "Kim"):
            with pytest.raises(ConfigurationError, match="own"):
                write_off.approve(night, asked.id, person)
        with pytest.raises(ConfigurationError, match="may not"):
            write_off.approve(night, asked.id, "pat")
        for _ in range(2):
            assert write_off.approve(night, asked.id, "lee").state == "done"
        assert account(night, Account.WRITE_OFF) == Decimal("184.00") and owed(night, Kind.PAYER) == 0
        assert states(night) == [State.WRITTEN_OFF] and waiting(night) == 0
        assert summary(night, DAY).closes
        pipeline.route_denials(night)
        pipeline.take_census(night)
        assert waiting(night) == 0 and pipeline.census(night).closes
        with night.store.read() as conn:
            told = [(d.action, d.actor) for d in decisions.list_decisions(conn)]
            assert told == [(Verb.ASK_WRITE_OFF, "kim"), (Verb.WRITE_OFF, "lee")]
            assert decisions.broken(conn) == []
            [event] = [e for e in events.of_claim(conn, only(night).id) if e.event is Event.WRITTEN_OFF]
            assert event.actor == "lee"


def test_within_the_limit_one_person_is_enough_and_the_other_line_stays(workspace: Path) -> None:
    ruled(workspace)
    denied(workspace, refusal=refusals.LATE)
    with open_night(workspace) as night:
        number = only(night).patient_control_number
        done = write_off.ask(night, number, LATE, "pat", line=2)
        assert (done.state, done.amount_cents, done.decided_by) == ("done", 6000, "pat")
        assert account(night, Account.DENIED) == Decimal("124.00")
        assert states(night) == [State.DENIED] and waiting(night) == 1
        assert summary(night, DAY).closes
        with pytest.raises(ConfigurationError, match="nothing is open"):
            write_off.ask(night, number, LATE, "pat", line=2)


def test_without_rules_every_write_off_needs_two(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        asked = write_off.ask(night, only(night).patient_control_number, WriteOffReason.NO_AUTHORIZATION, "pat", line=2)
        assert asked.state == "open"
        assert write_off.refuse(night, asked.id, "kim", "appeal first").state == "withdrawn"
        again = write_off.ask(night, only(night).patient_control_number, LATE, "pat", line=2)
        assert again.id != asked.id and write_off.approve(night, again.id, "anybody").state == "done"


@pytest.mark.parametrize("text", ['limit = 25.00', 'limit = "-1"', 'limit = "x"', 'approvers = "kim"'])
def test_rules_that_cannot_be_are_named(workspace: Path, text: str) -> None:
    ruled(workspace, f"\n[write_off]\n{text}\n")
    with open_night(workspace) as night, pytest.raises(ConfigurationError, match="write_off"):
        write_off.rules_of(night)


def test_a_write_off_is_taken_back_to_the_cent_until_its_day_is_closed(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        number = only(night).patient_control_number
        one = write_off.approve(night, write_off.ask(night, number, LATE, "pat").id, "kim")
        for _ in range(2):
            write_off.undo(night, one.id, "kim", "the payer reopened it")
        assert account(night, Account.WRITE_OFF) == 0 and account(night, Account.DENIED) == Decimal("184.00")
        assert states(night) == [State.DENIED] and waiting(night) == 2 and summary(night, DAY).closes
        two = write_off.approve(night, write_off.ask(night, number, LATE, "pat").id, "kim")
        with night.store.begin() as conn:
            closings.add(conn, dt.date(2026, 11, 21), "kim", "{}")
        with pytest.raises(ConfigurationError, match="closed"):
            write_off.undo(night, two.id, "kim", "too late")
        assert states(night) == [State.WRITTEN_OFF]


def test_money_that_came_between_asking_and_approving_stops_it(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        number = only(night).patient_control_number
        asked = write_off.ask(night, number, LATE, "pat")
        part = write_off.ask(night, number, LATE, "pat", line=1)
        write_off.approve(night, part.id, "kim")
        with pytest.raises(ConfigurationError, match="was asked"):
            write_off.approve(night, asked.id, "kim")


def test_what_is_on_its_way_is_not_given_up(workspace: Path) -> None:
    sent(workspace, treated(*TWO))
    with open_night(workspace) as night, pytest.raises(ConfigurationError):
        write_off.ask(night, only(night).patient_control_number, LATE, "pat")


def test_what_stands_below_zero_is_not_hidden() -> None:
    bad = {(Account.DENIED, 1): Decimal("5.00"), (Account.PAYER_PRIMARY, 1): Decimal("-5.00")}
    with pytest.raises(ValueError, match="below zero"):
        open_amounts(bad, Kind.PAYER)
    good = {(Account.DENIED, 1): Decimal("5.00"), (Account.DENIED, 2): Decimal("6.00"),
            (Account.PATIENT_COPAY, 1): Decimal("9.00")}  # fmt: skip
    made = write_off_entry("k", DAY, open_amounts(good, Kind.PAYER), LATE, 1)
    assert made.total(Kind.ADJUSTMENT) == Decimal("11.00") and made.total(Kind.PAYER) == Decimal("-11.00")


# --- the patient ---


def test_the_patient_gets_what_pr_says_and_nothing_else(workspace: Path) -> None:
    denied(workspace, refusal=refusals.NOT_COVERED)
    with open_night(workspace) as night:
        number = only(night).patient_control_number
        before, owes = account(night, Account.DENIED), owed(night, Kind.PATIENT)
        assert before == Decimal("60.00")
        done = patient_bill.bill_patient(night, number, "pat")
        assert patient_bill.bill_patient(night, number, "kim") == done
        assert done.moved_cents == 6000 and done.total_cents == 6000 + int(owes * 100)
        assert account(night, Account.DENIED) == 0 and owed(night, Kind.PATIENT) == owes + before
        assert summary(night, DAY).closes and waiting(night) == 0
        with (workspace / done.path).open() as file:
            rows = list(csv.DictReader(file))
        assert sum(Decimal(row["patient_owes"]) for row in rows) == owes + before
        assert {row["reason"][:3] for row in rows} == {"PR-"} and rows[-1]["procedure"].startswith("97140")
        assert stat.S_IMODE((workspace / done.path).stat().st_mode) == 0o600
        write_off.undo(night, done.id, "kim", "the payer reopened it")
        assert account(night, Account.DENIED) == before and waiting(night) == 1
        again = patient_bill.bill_patient(night, number, "pat")
        assert again.id != done.id and account(night, Account.DENIED) == 0
        small = write_off.ask(night, number, WriteOffReason.HARDSHIP, "pat", patient=True)
        assert write_off.approve(night, small.id, "kim").state == "done"
        assert owed(night, Kind.PATIENT) == 0 and summary(night, DAY).closes
        with pytest.raises(ConfigurationError, match="not given up"):
            write_off.ask(night, number, LATE, "pat", patient=True)


def test_what_is_under_co_is_never_billed_to_the_patient(workspace: Path) -> None:
    denied(workspace, refusal=refusals.LATE)
    with open_night(workspace) as night:
        with pytest.raises(ConfigurationError, match="group PR"):
            patient_bill.bill_patient(night, only(night).patient_control_number, "pat")
        assert account(night, Account.DENIED) == Decimal("184.00")


def test_a_visit_without_another_payer_has_no_next_one(workspace: Path) -> None:
    sent(workspace, treated(*TWO))
    answered(workspace, None, 0)
    with open_night(workspace) as night, pytest.raises(ConfigurationError, match="no payer after"):
        patient_bill.bill_next(night, only(night).patient_control_number, "pat")


# --- cut off ---


def given_up(root: Path) -> None:
    with open_night(root) as night:
        one = write_off.ask(night, only(night).patient_control_number, LATE, "pat")
        write_off.approve(night, one.id, "kim")


def taken_back(root: Path) -> None:
    with open_night(root) as night:
        write_off.undo(night, 1, "kim", "the payer reopened it")


def billed(root: Path) -> None:
    with open_night(root) as night:
        patient_bill.bill_patient(night, only(night).patient_control_number, "pat")


def appealed(root: Path) -> None:
    with open_night(root) as night:
        written = letters.appeal(night, only(night).patient_control_number, "pat")
        letters.sent(night, written.id, DAY, "kim")


def resumed(root: Path, act: Callable[[Path], None]) -> None:
    """As a person does: look whether it was done, else do it again."""
    if act is given_up:
        with open_night(root) as night:
            known = write_off.list_write_offs(night)
            if known:
                write_off.approve(night, known[0].id, "kim")
                return
    act(root)


@pytest.mark.parametrize(("act", "refusal"), [
    (given_up, refusals.LATE), (taken_back, refusals.LATE), (billed, refusals.NOT_COVERED), (appealed, refusals.LATE),
])  # fmt: skip
def test_cut_off_at_any_point_it_is_done_once(tmp_path: Path, act: Callable[[Path], None],
                                              refusal: refusals.Refusal) -> None:  # fmt: skip
    template = tmp_path / "template"
    make_workspace(template, practice.settings())
    denied(template, refusal=refusal)
    if act is taken_back:
        given_up(template)
    calm, names = shutil.copytree(template, tmp_path / "calm"), list[str]()
    with faults.watching(names.append):
        act(calm)
    wanted = state(calm)
    assert len(names) >= (2 if act is not taken_back else 1)
    for number, name in enumerate(names):
        root = shutil.copytree(template, tmp_path / "cut")
        with pytest.raises(Killed), faults.watching(_after(number)):
            act(root)
        resumed(root, act)
        assert state(root) == wanted, f"cut off at {name}"
        shutil.rmtree(root)
