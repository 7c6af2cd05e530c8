"""The census: it closes on a night, finds whatever was taken out, asks for late answers and stops when they come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from ptedi import pipeline
from ptedi.sandbox import clearinghouse
from ptedi.steps.audit import verify_audit
from ptedi.steps.census import Census, count, take_census
from ptedi.steps.faults import watching
from ptedi.steps.night import Night, open_night
from ptedi.store import events, tables, work
from ptedi.store.work import WorkKind
from tests.steps.conftest import DAY

Drop = Callable[..., None]
LATER = "2026-11-25T02:00:00+00:00"


@pytest.fixture
def sent(night: Night, drop: Drop) -> Night:
    """A night whose claims were sent and not answered yet."""
    drop(visits=10)
    pipeline.nightly(night, DAY)
    return night


def answer(night: Night, *kinds: str) -> None:
    """The sandbox answers; only files of some kinds are let through."""
    folder = night.workspace.folder("clearinghouse")
    shelf = folder / "shelf"
    clearinghouse.run(folder / "to", shelf, folder / "sandbox.db", seed=20261, today=DAY)
    for path in shelf.iterdir():
        if not kinds or path.stem.rpartition("_")[2] in kinds:
            path.rename(folder / "from" / path.name)


def stale(night: Night) -> list[str]:
    with night.store.read() as conn:
        return sorted(item.category for item in work.list_work(conn, kinds=[WorkKind.STALE]))


def check(told: Census) -> None:
    assert told.closes
    assert told.unaccounted == ()
    assert told.claims == sum(one.count for one in told.states) == len(told.clocks)
    assert len({one.claim for one in told.clocks}) == told.claims
    assert all(one.since is not None and one.state for one in told.clocks)
    assert told.charge - told.superseded == told.charged > 0


def test_a_night_closes_at_every_stage(night: Night, drop: Drop) -> None:
    check_empty = count(night)
    assert check_empty.closes
    assert check_empty.claims == 0
    drop(visits=10)
    pipeline.extract_charges(night)
    waiting = count(night)
    assert not waiting.closes
    assert {gap.what for gap in waiting.unaccounted} == {"visit without a claim"}
    assert waiting.not_coded and not waiting.closes
    pipeline.code_visits(night, DAY)
    check(count(night))
    pipeline.nightly(night, DAY)
    check(count(night))
    answer(night)
    pipeline.collect(night)
    check(count(night))


def test_the_countdown_to_the_filing_limit(sent: Night) -> None:
    told = count(sent)
    for one in told.clocks:
        profile = sent.profiles[one.payer_id].on(one.service_date)
        assert one.filing_deadline == one.service_date + dt.timedelta(days=profile.timely_filing_days)
        assert one.filing_days_left == profile.timely_filing_days - 1
    assert sum(told.filing.values()) == told.claims


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("claim_events", "claim without an event"),
        ("batch_claims", "claim sent in no batch"),
        ("batch_claims", "batch whose claims do not add up to it"),
    ],
)
def test_what_is_taken_out_is_missed(sent: Night, table: str, what: str) -> None:
    with sent.store.begin() as conn:
        conn.execute(delete(tables.metadata.tables[table]))
    told = count(sent)
    assert not told.closes
    assert what in {gap.what for gap in told.unaccounted}


def test_a_cut_history_and_lost_money_are_missed(sent: Night) -> None:
    answer(sent)
    pipeline.collect(sent)
    with sent.store.begin() as conn:
        conn.execute(delete(tables.claim_events).where(tables.claim_events.c.event.startswith("835")))
        conn.execute(delete(tables.claim_events).where(tables.claim_events.c.event == "batched"))
        conn.execute(update(tables.claim_payments).values(claim_id=None).where(tables.claim_payments.c.id == 1))
        conn.execute(update(tables.payments).values(claim_count=tables.payments.c.claim_count + 1))
    found = {gap.what for gap in count(sent).unaccounted}
    assert found == {"claim paid, and its history does not know", "claim in a batch that its history does not know",
                     "posted claim payment without a claim", "posted payment without its claims",
                     "claim whose state is not its newest event"}  # fmt: skip


@pytest.mark.parametrize("where", ["census.counted", "census.kept", "audit.sealed"])
def test_cut_off_anywhere_it_ends_the_same(sent: Night, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setenv("PTEDI_NOW", LATER)

    def pull(name: str) -> None:
        if name == where:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), watching(pull):
        take_census(sent)
    take_census(sent)
    assert stale(sent) == ["no 999"]
    told = verify_audit(sent)
    assert told.whole
    assert (told.seals, told.unsealed) == (1, 0)


# --- late answers ---


def test_an_answer_is_asked_for_when_it_is_late_and_not_before(
    sent: Night, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    assert take_census(sent).late == 0
    monkeypatch.setenv("PTEDI_NOW", LATER)
    first, again = take_census(sent), take_census(sent)
    assert (first.late, first.opened, again.opened, again.resolved) == (1, 1, 0, 0)
    assert stale(sent) == ["no 999"]
    answer(sent, "999", "TA1")
    counted = pipeline.collect(sent).counted
    assert (counted.opened, counted.resolved) == (1, 1)
    assert stale(sent) == ["no 277CA"]
    answer(sent)
    assert pipeline.collect(sent).counted.resolved == 1
    assert stale(sent) == []


def test_a_claim_lost_among_answered_ones_is_named(sent: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(sent, "TA1", "999", "277CA")
    pipeline.collect(sent)
    with sent.store.begin() as conn:  # one claim of which the 277CA did not speak
        lost = conn.execute(tables.claim_events.select().where(tables.claim_events.c.event.startswith("277CA"))
                            .order_by(tables.claim_events.c.claim_id)).first()  # fmt: skip
        assert lost is not None
        conn.execute(
            delete(tables.claim_events).where(
                tables.claim_events.c.claim_id == lost.claim_id, tables.claim_events.c.event.startswith("277CA")
            )
        )
        events.rebuild_states(conn)
    monkeypatch.setenv("PTEDI_NOW", LATER)
    told = count(sent)
    assert [(one.answer, one.claims, one.claim is not None) for one in told.late] == [("277CA", 1, True)]
    monkeypatch.setenv("PTEDI_NOW", "2027-01-10T02:00:00+00:00")
    assert {one.answer for one in count(sent).late} == {"277CA", "835"}


def test_what_the_partner_is_given_wins(sent: Night, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = workspace / "ptedi.toml"
    settings.write_text(settings.read_text() + "\n[partners.harbor.answers]\n999 = 200\nTA1 = 200\n")
    monkeypatch.setenv("PTEDI_NOW", LATER)
    with open_night(workspace) as patient:
        told = count(patient)
        assert told.late == ()
        assert {(one.answer, one.hours, one.basis) for one in told.limits} >= {("999", 200, "ptedi.toml")}


def test_limits_are_learned_from_twenty_batches(sent: Night) -> None:
    from ptedi.steps.census import _hours_taken, _Limits, _percentile
    from ptedi.store.census import Answered, Sent

    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    batches = {n: Sent(id=n, partner_id="harbor", interchange_control_number=n, file_id=1, state="confirmed",
                       sent_at=start, claims=1, charge_cents=1) for n in range(1, 41)}  # fmt: skip
    answers = [Answered(batch_id=n, payer_id="p", kind="999", at=start + dt.timedelta(hours=n)) for n in batches]
    assert len(_hours_taken(batches, answers)["harbor", "", "999"]) == 40
    assert _percentile([float(n) for n in range(1, 41)]) == 38
    assert _percentile([0.0] * 20) == 1
    few, many = _Limits(sent, batches, answers[:19]), _Limits(sent, batches, answers)
    assert (few.of("harbor", "p", "999").hours, few.of("harbor", "p", "999").basis) == (24, "default")
    assert (many.of("harbor", "p", "999").hours, many.of("harbor", "", "277CA").hours) == (38, 72)
