"""Appeals have a clock: sent, expected, late, answered by remittance or letter, taken further, withdrawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from ptedi.errors import ConfigurationError
from ptedi.ledger.matching import KnownClaim
from ptedi.payers.profile import PayerRules
from ptedi.payers.rules import AppealLevel
from ptedi.remittances.model import ClaimPayment
from ptedi.steps import appeals, inbound, letters
from ptedi.steps.appeals import ahead
from ptedi.steps.night import Night
from ptedi.store import appeals as clocks
from ptedi.store import decisions, events, migrate, work
from ptedi.store.appeals import AppealRow, Outcome
from ptedi.store.work import WorkItem, WorkKind
from ptedi.submissions.status import Event, State
from tests.steps import remits, sent
from tests.steps.conftest import DAY

SENT = dt.date(2026, 11, 21)


def on(monkeypatch: pytest.MonkeyPatch, day: dt.date) -> None:
    monkeypatch.setenv("PTEDI_NOW", f"{day}T12:00:00+00:00")


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    on(monkeypatch, SENT)
    with sent.copy(sent.made(6), tmp_path / "practice") as opened:
        yield opened


@pytest.fixture
def one(night: Night) -> KnownClaim:
    """A denied claim of Medicare, which has four levels."""
    known = next(k for k in remits.known_claims(night) if k.payer_id == "medicare-part-b")
    told(night, 1, remits.answer(known.claim, "ICN1", [{"CO-50": line.charge} for line in known.claim.lines]))
    return known


def told(night: Night, number: int, *clps: ClaimPayment, day: dt.date = DAY) -> None:
    sent.post(night, remits.file(number, remits.check(f"T{number}", day, clps)))
    inbound.route_denials(night)


def asked(night: Night, known: KnownClaim, day: dt.date = SENT) -> int:
    made = letters.appeal(night, known.claim.patient_control_number, "ann")
    letters.sent(night, made.id, day, "ann")
    return made.id


def items(night: Night, kind: WorkKind = WorkKind.APPEAL) -> list[WorkItem]:
    with night.store.read() as conn:
        return work.list_work(conn, kinds=[kind])


def state(night: Night, known: KnownClaim) -> State:
    with night.store.read() as conn:
        return events.current_states(conn, [known.claim_id])[known.claim_id]


def test_a_sent_appeal_is_expected_by_the_payers_own_dated_time(night: Night, one: KnownClaim) -> None:
    number = letters.appeal(night, one.claim.patient_control_number, "ann").id
    assert appeals.list_appeals(night) == []
    done = letters.sent(night, number, SENT - dt.timedelta(days=1), "ann")
    told_ = appeals.show(night, number)
    due = SENT + dt.timedelta(days=59)
    assert (told_.level, told_.level_name, told_.due, told_.days_left, told_.outcome) == (
        1, "redetermination", due, 59, "")  # fmt: skip
    assert done.answer_by == due and "noridian" in done.basis
    assert told_.stake_cents == one.claim.charge * 100
    assert not items(night) and not items(night, WorkKind.DENIAL)
    assert letters.sent(night, number, SENT, "ben").answer_by == due
    assert len(appeals.list_appeals(night, open_only=True)) == 1


def test_silence_becomes_a_work_item_the_day_after(
    night: Night, one: KnownClaim, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    asked(night, one)
    due = SENT + dt.timedelta(days=60)
    on(monkeypatch, due)
    inbound.route_denials(night)
    assert not items(night)
    on(monkeypatch, due + dt.timedelta(days=1))
    assert inbound.route_denials(night).opened == 1
    (item,) = items(night)
    assert (item.category, item.next_action, item.amount_cents, item.claim_id) == (
        "appeal not answered", "ASK_PAYER", one.claim.charge * 100, one.claim_id)  # fmt: skip
    assert str(due) in item.sentence and "reconsideration" in item.how and "60 days" in item.cited
    assert inbound.route_denials(night).opened == 0


def test_an_835_that_pays_is_the_answer(night: Night, one: KnownClaim, monkeypatch: pytest.MonkeyPatch) -> None:
    number = asked(night, one)
    paid = SENT + dt.timedelta(days=70)
    on(monkeypatch, paid)
    inbound.route_denials(night)
    assert len(items(night)) == 1
    told(night, 2, remits.answer(one.claim, "ICN2", [{} for _ in one.claim.lines]), day=paid)
    shown = appeals.show(night, number)
    assert (shown.outcome, shown.answered_by, shown.answered_on, shown.days_left) == (
        "overturned", "remittance", paid, None)  # fmt: skip
    assert state(night, one) is State.PAID
    assert not items(night) and not items(night, WorkKind.DENIAL)
    with pytest.raises(ConfigurationError, match="is overturned"):
        appeals.answered(night, number, Outcome.UPHELD, paid, "ann")


def test_an_835_that_denies_again_asks_for_the_next_level(
    night: Night, one: KnownClaim, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    number = asked(night, one)
    again = SENT + dt.timedelta(days=20)
    on(monkeypatch, again)
    told(night, 2, remits.answer(one.claim, "ICN2", [{"CO-50": line.charge} for line in one.claim.lines]), day=again)
    assert (appeals.show(night, number).outcome, appeals.show(night, number).answered_by) == ("upheld", "remittance")
    found = items(night, WorkKind.DENIAL)
    assert {item.deadline for item in found} == {again + dt.timedelta(days=180)}
    assert all(item.how.startswith("Level 2: reconsideration.") and item.next_action == "APPEAL" for item in found)
    assert not items(night)
    second = asked(night, one, again)
    assert (appeals.show(night, second).level, appeals.show(night, second).level_name) == (2, "reconsideration")
    assert not items(night, WorkKind.DENIAL)


def test_a_letter_that_upholds_makes_the_next_level_a_work_item(
    night: Night, one: KnownClaim, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    number = asked(night, one)
    day = SENT + dt.timedelta(days=30)
    on(monkeypatch, day)
    for outcome, when in ((Outcome.WITHDRAWN, day), (Outcome.UPHELD, day + dt.timedelta(days=1)),
                          (Outcome.UPHELD, SENT - dt.timedelta(days=1))):  # fmt: skip
        with pytest.raises(ConfigurationError):
            appeals.answered(night, number, outcome, when, "ann")
    done = appeals.answered(night, number, Outcome.UPHELD, day, "ann", "records did not show skill")
    assert (done.outcome, done.answered_by, state(night, one)) == ("upheld", "letter", State.DENIED)
    (item,) = items(night)
    assert (item.category, item.next_action, item.deadline) == (
        "appeal lost", "APPEAL", day + dt.timedelta(days=180))  # fmt: skip
    assert inbound.route_denials(night).opened == 0 and len(items(night)) == 1
    written = letters.appeal(night, one.claim.patient_control_number, "ann")
    assert written.deadline == day + dt.timedelta(days=180) and written.message.startswith("reconsideration")
    letters.sent(night, written.id, day, "ann")
    inbound.route_denials(night)
    assert not items(night) and state(night, one) is State.APPEALED
    with night.store.read() as conn:
        assert [d.action for d in decisions.list_decisions(conn)][-3:] == ["appeal"] * 3


def test_after_the_last_level_there_is_nothing_to_send(
    night: Night, one: KnownClaim, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    for level in range(1, 5):
        number = asked(night, one)
        assert appeals.show(night, number).level == level
        appeals.answered(night, number, Outcome.UPHELD, SENT, "ann")
    (item,) = items(night)
    assert (item.next_action, item.chance, item.deadline) == ("WRITE_OFF", 0, None)
    day = SENT + dt.timedelta(days=5)
    on(monkeypatch, day)
    told(night, 2, remits.answer(one.claim, "ICN2", [{"CO-50": line.charge} for line in one.claim.lines]), day=day)
    assert {(i.next_action, i.chance, i.deadline) for i in items(night, WorkKind.DENIAL)} == {("WRITE_OFF", 0, None)}


def test_a_promise_is_waited_for_and_asked_for(
    night: Night, one: KnownClaim, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    number = asked(night, one)
    done = appeals.answered(night, number, Outcome.OVERTURNED, SENT, "ann")
    assert (done.outcome, done.due, state(night, one)) == ("", SENT + dt.timedelta(days=30), State.APPEALED)
    on(monkeypatch, SENT + dt.timedelta(days=31))
    inbound.route_denials(night)
    assert [item.category for item in items(night)] == ["appeal not answered"]


def test_an_answer_that_was_told_wrongly_is_told_again(night: Night, one: KnownClaim) -> None:
    number = asked(night, one)
    appeals.answered(night, number, Outcome.UPHELD, SENT, "ann")
    assert len(items(night)) == 1
    done = appeals.answered(night, number, Outcome.OVERTURNED, SENT, "ben")
    assert (done.outcome, state(night, one), items(night)) == ("", State.APPEALED, [])
    appeals.answered(night, number, Outcome.UPHELD, SENT, "ann")
    assert state(night, one) is State.DENIED and len(items(night)) == 1
    asked(night, one)  # the next level: what was told of the first stands
    with pytest.raises(ConfigurationError, match="is upheld"):
        appeals.answered(night, number, Outcome.OVERTURNED, SENT, "ben")


def test_withdrawing_brings_the_denials_back(night: Night, one: KnownClaim) -> None:
    before = items(night, WorkKind.DENIAL)
    number = asked(night, one)
    assert not items(night, WorkKind.DENIAL)
    done = appeals.withdraw(night, number, "ben", "sent to the wrong address")
    assert (done.outcome, state(night, one)) == ("withdrawn", State.DENIED)
    assert [item.id for item in items(night, WorkKind.DENIAL)] == [item.id for item in before]
    inbound.route_denials(night)
    assert [item.id for item in items(night, WorkKind.DENIAL)] == [item.id for item in before]
    with pytest.raises(ConfigurationError):
        appeals.withdraw(night, number, "ben", "again")
    again = asked(night, one)
    assert (again, appeals.show(night, again).level, appeals.show(night, again).outcome) == (number, 1, "")
    assert state(night, one) is State.APPEALED
    assert appeals.withdraw(night, again, "ben", "").outcome == "withdrawn"
    assert state(night, one) is State.DENIED


def test_a_letter_that_was_not_sent_is_only_withdrawn(night: Night, one: KnownClaim) -> None:
    number = letters.appeal(night, one.claim.patient_control_number, "ann").id
    assert letters.withdraw(night, number, "ann", "").state == "withdrawn"
    assert state(night, one) is State.DENIED and items(night, WorkKind.DENIAL)
    for call in (lambda: letters.withdraw(night, number, "ann", ""), lambda: letters.withdraw(night, 99, "ann", ""),
                 lambda: appeals.withdraw(night, number, "ann", "")):  # fmt: skip
        with pytest.raises(ConfigurationError):
            call()


def test_a_claim_that_was_partly_paid_is_that_again(night: Night, tmp_path: Path) -> None:
    known = next(k for k in remits.known_claims(night) if len(k.claim.lines) > 1)
    first, *others = known.claim.lines
    told(night, 1, remits.answer(known.claim, "ICN1", [{"CO-50": first.charge}, *({} for _ in others)]))
    assert state(night, known) is State.PARTLY_PAID
    number = asked(night, known)
    appeals.answered(night, number, Outcome.PARTLY, SENT, "ann")
    assert state(night, known) is State.PARTLY_PAID
    with night.store.read() as conn:
        assert [e.event for e in events.of_claim(conn, known.claim_id)][-3:] == [
            Event.APPEALED, Event.APPEAL_ENDED, Event.PARTLY_PAID]  # fmt: skip


def test_a_reversal_alone_is_no_answer(night: Night, one: KnownClaim) -> None:
    number = asked(night, one)
    clp = remits.answer(one.claim, "ICN1", [{"CO-50": line.charge} for line in one.claim.lines])
    told(night, 2, remits.reversed_(clp), day=SENT)
    assert state(night, one) is State.REVERSED
    assert appeals.show(night, number).outcome == ""
    told(night, 3, remits.answer(one.claim, "ICN2", [{} for _ in one.claim.lines]), day=SENT)
    assert appeals.show(night, number).outcome == "overturned"


def row(level: int, outcome: Outcome) -> AppealRow:
    return AppealRow(rework_id=level, claim_id=1, level=level, level_name="x", sent_on=SENT, due=SENT, basis="",
                     outcome=outcome, answered_on=SENT)  # fmt: skip


@pytest.mark.parametrize(("before", "number", "name", "known"), [
    ([], 1, "redetermination", True), ([row(1, Outcome.WITHDRAWN)], 1, "redetermination", True),
    ([row(1, Outcome.REPLACED), row(1, Outcome.UPHELD)], 2, "reconsideration", True),
    ([row(1, Outcome.UPHELD), row(2, Outcome.PARTLY)], 3, "hearing by a judge", True),
    ([row(4, Outcome.UPHELD)], 5, "appeal, level 5", False),
])  # fmt: skip
def test_the_level_is_that_after_the_lost_ones(
    night: Night, before: list[AppealRow], number: int, name: str, known: bool
) -> None:  # fmt: skip
    step = ahead(night.profiles["medicare-part-b"], before, SENT)
    assert (step.number, step.level.name, step.known) == (number, name, known)
    assert ahead(None, before, SENT).known


def test_a_payer_of_whom_nothing_is_known_has_sixty_days(night: Night, one: KnownClaim) -> None:
    profile = night.profiles["medicare-part-b"]
    bare = replace(profile, differences=(), timeline=((dt.date.min,), (PayerRules(),)))
    object.__setattr__(night.profiles, "by_id", {**night.profiles.by_id, profile.id: bare})
    shown = appeals.show(night, asked(night, one))
    assert (shown.level_name, shown.due) == ("appeal", SENT + dt.timedelta(days=60))
    assert "not known" in shown.basis


def test_levels_are_read_from_the_profile(night: Night) -> None:
    levels = night.profiles["medicare-part-b"].on(DAY).appeal_levels
    assert levels[1] == AppealLevel(name="reconsideration", file_days=180, answer_days=60)
    assert night.profiles["medicare-part-b"].sources(DAY)["appeal_levels"].verified == "secondary"


def test_an_older_store_gets_clocks_for_what_was_sent(night: Night, one: KnownClaim) -> None:
    number = asked(night, one)
    migrate.downgrade(night.store.engine, "0013")
    migrate.migrate(night.store.engine)
    with night.store.read() as conn:
        (clock,) = clocks.waiting(conn)
        assert conn.execute(text("select count(*) from reworks")).scalar() == 1
    assert (clock.rework_id, clock.level, clock.sent_on, clock.due) == (
        number, 1, SENT, SENT + dt.timedelta(days=60))  # fmt: skip
