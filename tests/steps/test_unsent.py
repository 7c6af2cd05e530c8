"""Claims that stay here although they should be gone are asked about from the next day on."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.steps.census import count, take_census
from ptedi.steps.night import Night
from ptedi.steps.outbound import build_batches, deliver_batches
from ptedi.steps.unsent import HOURS
from ptedi.store import batches, work
from ptedi.store.batches import Outbox
from ptedi.store.work import WorkItem, WorkKind
from tests.steps.conftest import DAY
from tests.steps.outgoing import Drop, to_ready

NEXT_MORNING, DAY_AFTER = "2026-11-22T02:00:00+00:00", "2026-11-22T03:00:00+00:00"
assert HOURS == 24


def asked(night: Night) -> list[WorkItem]:
    with night.store.read() as conn:
        return [one for one in work.list_work(conn, kinds=[WorkKind.STALE]) if one.category == "not sent"]


def test_ready_claims_in_no_file(night: Night, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop()
    ready = to_ready(night)
    monkeypatch.setenv("PTEDI_NOW", NEXT_MORNING)
    assert take_census(night).unsent == 0
    monkeypatch.setenv("PTEDI_NOW", DAY_AFTER)
    first, again = take_census(night), take_census(night)
    assert (first.unsent, first.opened, again.opened) == (1, 1, 0)
    [item], [told] = asked(night), count(night).unsent
    assert (told.partner, told.batch_id, told.claims) == ("harbor", None, ready)
    assert item.amount_cents == int(told.amount * 100) > 0
    assert count(night).closes
    pipeline.nightly(night, DAY)
    assert take_census(night).resolved == 1
    assert asked(night) == []


def test_a_built_file_that_nobody_sent(night: Night, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    assert take_census(night).unsent == 0
    monkeypatch.setenv("PTEDI_NOW", DAY_AFTER)
    take_census(night)
    assert [(one.batch_id, one.waiting_hours) for one in count(night).unsent] == [(batch_id, 25)]
    [item] = asked(night)
    assert f"Batch {batch_id}" in item.sentence
    deliver_batches(night)
    take_census(night)
    assert asked(night) == []


def test_a_question_that_was_closed_is_not_the_end(night: Night, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed file whose item somebody closed would lie for ever."""
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    with night.store.begin() as conn:
        batches.move(conn, batch_id, [Outbox.BUILT], Outbox.SENDING, "staged")
    assert deliver_batches(night).unknown == (batch_id,)
    monkeypatch.setenv("PTEDI_NOW", DAY_AFTER)
    assert take_census(night).unsent == 0  # the question about the send is open
    with night.store.begin() as conn:
        work.resolve_key(conn, f"delivery:{batch_id}", "called them")
    assert take_census(night).unsent == 1
    assert len(asked(night)) == 1


def test_a_file_for_a_partner_that_ptedi_toml_lost(
    night: Night, workspace: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its table got another name: nobody delivers to the old one, and the question says why."""
    drop()
    to_ready(night)
    build_batches(night, DAY)
    path = workspace / "ptedi.toml"
    path.write_text(path.read_text().replace("[partners.harbor", "[partners.pier"))
    monkeypatch.setenv("PTEDI_NOW", DAY_AFTER)
    with pipeline.open_night(workspace) as renamed:
        assert deliver_batches(renamed).sent == ()
        take_census(renamed)
        [item] = asked(renamed)
    assert "no partner harbor" in item.how
