"""Sends that only the partner can settle: a person says what became of them, and nothing is sent twice or forgotten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ptedi.errors import ConfigurationError
from ptedi.payers.partner import TradingPartner
from ptedi.steps.census import count
from ptedi.steps.deliver import deliver_batches
from ptedi.steps.night import Night, open_night
from ptedi.steps.outbound import build_batches
from ptedi.steps.settle import Fate, settle
from ptedi.store import batches, decisions, events, files, work
from ptedi.store.batches import BatchRow, Outbox
from ptedi.store.work import WorkItem, WorkKind
from ptedi.submissions.status import Event, State
from ptedi.transport import Channel
from tests.postgresql import new_database
from tests.steps.conftest import DAY
from tests.steps.outgoing import Drop, meanwhile, on_their_way, to_ready

WHY = "their support, ticket 4711"


@pytest.fixture
def unknown(night: Night, drop: Drop) -> int:
    """A batch whose send was cut off where nobody can tell from our side what became of it."""
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    with night.store.begin() as conn:
        batches.move(conn, batch_id, [Outbox.BUILT], Outbox.SENDING, "staged")
    assert deliver_batches(night).unknown == (batch_id,)
    return batch_id


def row_of(night: Night, batch_id: int) -> BatchRow:
    with night.store.read() as conn:
        return batches.get(conn, batch_id)


def questions(night: Night) -> list[WorkItem]:
    with night.store.read() as conn:
        return [one for one in work.list_work(conn, kinds=[WorkKind.ACKNOWLEDGEMENT]) if one.category == "delivery"]


def at_partner(workspace: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (workspace / "clearinghouse/to").iterdir()}


def test_not_taken_goes_again_with_the_same_bytes_and_numbers(night: Night, workspace: Path, unknown: int) -> None:
    before = row_of(night, unknown)
    head = settle(night, unknown, Fate.NOT_TAKEN, "lee", WHY)
    assert (head.state, questions(night)) == ("built", [])
    assert deliver_batches(night).sent == (unknown,)
    with night.store.read() as conn:
        data = files.read_bytes(night.archive, files.get(conn, before.file_id))
        [told] = [one for one in decisions.list_decisions(conn) if one.action == "settle"]
    assert at_partner(workspace) == {before.file_name: data}
    assert f"{before.interchange_control_number:09d}".encode() in data
    assert (told.actor, told.reason, told.file_id) == ("lee", WHY, before.file_id)
    assert on_their_way(night) == {State.SENT}
    assert deliver_batches(night).sent == ()


def test_taken_is_recorded_and_never_sent(night: Night, workspace: Path, unknown: int) -> None:
    head = settle(night, unknown, Fate.TAKEN, "lee", WHY)
    assert (head.state, questions(night)) == ("sent", [])
    assert head.sent_at is not None
    assert on_their_way(night) == {State.SENT}
    with night.store.read() as conn:
        [one, *_] = batches.claims_of(conn, unknown)
        assert events.of_claim(conn, one.claim_id)[-1].actor == "lee"
    assert (deliver_batches(night).sent, at_partner(workspace)) == ((), {})
    assert (workspace / "outbox" / f"{head.file}.manifest.json").is_file()
    assert count(night).closes


def test_a_failed_batch_has_a_way_out(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    theirs = workspace / "clearinghouse/to" / row_of(night, batch_id).file_name
    theirs.write_bytes(b"theirs")
    assert deliver_batches(night).failed == (batch_id,)
    [item] = questions(night)
    assert f"ptedi batch settle {batch_id}" in item.how
    with pytest.raises(ConfigurationError, match="another file has the name"):
        settle(night, batch_id, Fate.NOT_TAKEN, "lee", WHY)
    theirs.unlink()
    settle(night, batch_id, Fate.NOT_TAKEN, "lee", WHY)
    assert deliver_batches(night).sent == (batch_id,)
    assert (on_their_way(night), questions(night)) == ({State.SENT}, [])


def test_a_file_that_the_partner_lost_is_sent_again(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    deliver_batches(night)
    with pytest.raises(ConfigurationError, match="lies in the partner's folder"):
        settle(night, batch_id, Fate.NOT_TAKEN, "lee", WHY)
    [(name, data)] = at_partner(workspace).items()
    (workspace / "clearinghouse/to" / name).unlink()
    settle(night, batch_id, Fate.NOT_TAKEN, "lee", WHY)
    assert deliver_batches(night).sent == (batch_id,)
    assert at_partner(workspace) == {name: data}
    with night.store.read() as conn:
        for one in batches.claims_of(conn, batch_id):
            assert [e.event for e in events.of_claim(conn, one.claim_id)].count(Event.SENT) == 1


def test_in_trouble_again_it_is_asked_again(night: Night, unknown: int) -> None:
    settle(night, unknown, Fate.NOT_TAKEN, "lee", WHY)
    with night.store.begin() as conn:
        batches.move(conn, unknown, [Outbox.BUILT], Outbox.SENDING, "staged")
    assert deliver_batches(night).unknown == (unknown,)
    assert len(questions(night)) == 1


def test_what_is_not_in_doubt_is_not_settled(night: Night, unknown: int) -> None:
    with pytest.raises(ConfigurationError, match="give a reason"):
        settle(night, unknown, Fate.TAKEN, "lee", " ")
    with pytest.raises(ConfigurationError, match="no batch 99"):
        settle(night, 99, Fate.TAKEN, "lee", WHY)
    settle(night, unknown, Fate.TAKEN, "lee", WHY)
    with pytest.raises(ConfigurationError, match="as sent already"):
        settle(night, unknown, Fate.TAKEN, "lee", WHY)
    with night.store.begin() as conn:
        batches.confirm(conn, unknown, "999 A")
    with pytest.raises(ConfigurationError, match="arrived: 999 A"):
        settle(night, unknown, Fate.NOT_TAKEN, "lee", WHY)


@pytest.mark.parametrize("answer", [Event.PAYER_ACCEPTED, Event.PAID])
def test_an_answer_to_a_claim_proves_the_send(night: Night, workspace: Path, unknown: int, answer: Event) -> None:
    """A payer's 277CA without our batch number, or an 835: whoever answers a claim has the file it was in."""
    with night.store.begin() as conn:
        one = batches.claims_of(conn, unknown)[0]
        events.append(conn, one.claim_id, answer, "test", "of a payer")
    assert deliver_batches(night).unknown == ()
    assert (row_of(night, unknown).state, questions(night), at_partner(workspace)) == (Outbox.CONFIRMED, [], {})
    assert {State.SENT} < on_their_way(night)


def test_a_file_whose_claims_were_answered_is_never_sent_again(night: Night, workspace: Path, drop: Drop) -> None:
    """A 277CA that does not say of which batch it speaks leaves the batch as sent; its claims prove it all the same."""
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    deliver_batches(night)
    for path in (workspace / "clearinghouse/to").iterdir():
        path.unlink()
    with night.store.begin() as conn:
        claim_id = batches.claims_of(conn, batch_id)[0].claim_id
        events.append(conn, claim_id, Event.PAYER_ACCEPTED, actor="apply_acknowledgements", evidence_key="277CA payer")
    with pytest.raises(ConfigurationError, match="answers to 1 claim of batch 1"):
        settle(night, batch_id, Fate.NOT_TAKEN, "lee", WHY)
    assert row_of(night, batch_id).state is Outbox.SENT
    assert (deliver_batches(night).sent, at_partner(workspace)) == ((), {})


def test_an_answer_between_the_word_and_the_night_stops_the_send(night: Night, workspace: Path, unknown: int) -> None:
    """The partner's support was wrong: a payer's 277CA without our batch number, or money, says so before the night."""
    settle(night, unknown, Fate.NOT_TAKEN, "lee", WHY)
    answered(night, unknown, Event.PAID)
    done = deliver_batches(night)
    assert (done.sent, at_partner(workspace)) == ((), {})
    assert (row_of(night, unknown).state, questions(night)) == (Outbox.CONFIRMED, [])
    assert on_their_way(night) == {State.SENT, State.PAID}
    assert deliver_batches(night).sent == ()


def test_an_answer_before_the_word_refuses_it(night: Night, workspace: Path, unknown: int) -> None:
    answered(night, unknown, Event.PAID, Event.WRITTEN_OFF)
    with pytest.raises(ConfigurationError, match="answers to 1 claim of batch 1"):
        settle(night, unknown, Fate.NOT_TAKEN, "lee", WHY)
    assert (deliver_batches(night).sent, at_partner(workspace)) == ((), {})
    assert row_of(night, unknown).state is Outbox.CONFIRMED


@pytest.mark.parametrize("reason", ["", "staged"])
def test_so_it_does_when_the_send_was_begun_again_and_cut_off(
    night: Night, workspace: Path, unknown: int, reason: str
) -> None:
    settle(night, unknown, Fate.NOT_TAKEN, "lee", WHY)
    row = row_of(night, unknown)
    with night.store.begin() as conn:
        batches.move(conn, unknown, [Outbox.BUILT], Outbox.SENDING, reason)
    night.channel(night.partners["harbor"]).stage(row.file_name, b"half")
    answered(night, unknown, Event.PAYER_ACCEPTED)
    assert (deliver_batches(night).sent, row_of(night, unknown).state) == ((), Outbox.CONFIRMED)
    assert row.file_name not in at_partner(workspace)


def test_an_answer_that_comes_while_files_go_out_stops_the_one_it_speaks_of(
    night: Night, workspace: Path, unknown: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(night, unknown, Fate.NOT_TAKEN, "lee", WHY)
    way, comes = Night.channel, [Event.PAID]
    def opened(self: Night, partner: TradingPartner) -> Channel:
        answered(self, unknown, comes.pop())
        return way(self, partner)
    monkeypatch.setattr(Night, "channel", opened)
    assert (deliver_batches(night).sent, at_partner(workspace), comes) == ((), {}, [])


def confirmed(night: Night, batch_id: int) -> None:
    """A TA1 takes the file: it says nothing of any claim."""
    with night.store.begin() as conn:
        assert batches.confirm(conn, batch_id, "TA1 accepted")


@pytest.mark.parametrize("say", [confirmed, lambda night, number: answered(night, number, Event.PAID)])
@pytest.mark.parametrize("at", ["deliver.looked", "deliver.sending", "deliver.staged"])
def test_an_answer_stops_the_file_until_it_gets_its_name(
    night: Night, workspace: Path, unknown: int, at: str, say: Callable[[Night, int], None]
) -> None:
    settle(night, unknown, Fate.NOT_TAKEN, "lee", WHY)
    with meanwhile(at, lambda: say(night, unknown)):
        assert deliver_batches(night).sent == ()
    assert at_partner(workspace) == {}
    assert deliver_batches(night).sent == ()
    row = row_of(night, unknown)
    assert (at_partner(workspace), row.state, row.sent_at is not None) == ({}, Outbox.CONFIRMED, True)
    assert (questions(night), State.BATCHED in on_their_way(night)) == ([], False)


def test_an_answer_while_the_partners_folder_is_looked_at_refuses_the_word(
    night: Night, unknown: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = Night.channel

    def opened(self: Night, partner: TradingPartner) -> Channel:
        confirmed(self, unknown)
        return way(self, partner)

    monkeypatch.setattr(Night, "channel", opened)
    with pytest.raises(ConfigurationError, match="answered meanwhile"):
        settle(night, unknown, Fate.NOT_TAKEN, "lee", WHY)
    with night.store.read() as conn:
        assert decisions.list_decisions(conn) == []
    assert row_of(night, unknown).state is Outbox.CONFIRMED


def test_nobody_is_asked_about_a_send_that_was_answered_while_it_was_looked_for(night: Night, drop: Drop) -> None:
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    deliver_batches(night)
    with night.store.begin() as conn:
        row = batches.get(conn, batch_id)
        batches.move(conn, batch_id, [Outbox.SENT], Outbox.SENDING, "staged")
    night.workspace.folder("clearinghouse/to").joinpath(row.file_name).unlink()
    with meanwhile("deliver.looked", lambda: confirmed(night, batch_id)):
        deliver_batches(night)
    assert (row_of(night, batch_id).state, questions(night)) == (Outbox.CONFIRMED, [])


def test_what_was_never_on_its_way_goes_whatever_is_said_of_a_claim_of_it(
    night: Night, workspace: Path, drop: Drop
) -> None:
    """Money that is matched to a claim by mistake, or a write-off, must not keep the other claims here."""
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    answered(night, batch_id, Event.PAID)
    assert deliver_batches(night).sent == (batch_id,)
    assert len(at_partner(workspace)) == 1


def test_a_claim_that_was_given_up_unanswered_does_not_stop_what_goes_again(
    night: Night, workspace: Path, unknown: int
) -> None:
    settle(night, unknown, Fate.NOT_TAKEN, "lee", WHY)
    answered(night, unknown, Event.WRITTEN_OFF)
    assert deliver_batches(night).sent == (unknown,)
    assert len(at_partner(workspace)) == 1


def test_on_postgresql_it_is_the_same(
    workspace: Path, drop: Drop, server: Any
) -> None:
    settings = workspace / "ptedi.toml"
    settings.write_text(f'{settings.read_text()}\n[store]\nurl = "{new_database(server, tables=True)}"\n')
    drop(visits=4)
    with open_night(workspace) as night:
        to_ready(night)
        [batch_id] = build_batches(night, DAY).batch_ids
        with night.store.begin() as conn:
            batches.move(conn, batch_id, [Outbox.BUILT], Outbox.SENDING, "staged")
        assert deliver_batches(night).unknown == (batch_id,)
        settle(night, batch_id, Fate.NOT_TAKEN, "lee", WHY)
        answered(night, batch_id, Event.PAID)
        assert (deliver_batches(night).sent, at_partner(workspace)) == ((), {})
        assert row_of(night, batch_id).state is Outbox.CONFIRMED


def answered(night: Night, batch_id: int, *told: Event) -> None:
    """Something is said of the first claim of a batch."""
    with night.store.begin() as conn:
        claim_id = batches.claims_of(conn, batch_id)[0].claim_id
        for one in told:
            events.append(conn, claim_id, one, "test", f"of a payer {one}")
