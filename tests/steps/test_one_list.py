"""Whatever waits for a person is in one list, and whatever a person does is kept with the name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.claims.rework import read_settings
from ptedi.ledger.write_off import WriteOffReason
from ptedi.steps import appeals, desk, letters, patient_bill, rework, write_off
from ptedi.steps.night import Night
from ptedi.store import batches, decisions, deeds, events, reworks
from ptedi.store.appeals import Outcome
from ptedi.store.work import WorkKind
from ptedi.store.worklist import Order, WantedWork
from tests.steps import remits, sent
from tests.steps.conftest import DAY
from tests.steps.test_acknowledge import claim_answer, group, said, status

BROKEN = b"ISA*00*nothing that anybody could read"


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with sent.copy(sent.made(6), tmp_path / "practice") as opened:
        yield opened


def test_everything_that_waits_is_in_the_same_grid(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three, *_ = remits.known_claims(night)
    [batch] = pipeline.batch_list(night)
    with night.store.read() as conn:
        row = batches.get(conn, batch.id)
    inbox = night.workspace.root / "inbox"
    (inbox / "a.edi").write_bytes(claim_answer(row, "PR", said(night, three.claim_id, status("A7", "164", "IL"))))
    (inbox / "b.edi").write_bytes(group(row, "A", number=4711))
    (inbox / "c.edi").write_bytes(BROKEN)
    denied = remits.answer(one.claim, "ICN1", [{"CO-50": line.charge} for line in one.claim.lines])
    stranger = remits.answer(two.claim, "ICN2", [{} for _ in two.claim.lines], patient_control_number="NOBODYKNOWS",
                             member_id="NOBODY")
    for line in stranger.lines:
        line.line_control_number = ""
    (inbox / "d.835").write_bytes(remits.file(1, remits.check("T1", DAY, [denied, stranger])))
    pipeline.collect(night)
    monkeypatch.setenv("PTEDI_NOW", "2027-03-01T02:00:00+00:00")
    pipeline.take_census(night)
    page = pipeline.work_list(night, WantedWork(order=Order.KIND))
    kinds = {row.kind for row in page.rows}
    assert kinds >= {WorkKind.DENIAL, WorkKind.REJECTION, WorkKind.ACKNOWLEDGEMENT, WorkKind.QUARANTINE,
                     WorkKind.UNMATCHED, WorkKind.STALE}  # fmt: skip
    for item in page.rows:
        assert item.sentence and item.next_action and item.category, item
        assert pipeline.work_story(night, item.id) is not None
    found = pipeline.work_choices(night, WantedWork())
    assert set(found.kinds) == kinds and sum(one.items for one in found.kinds.values()) == page.total.items


def test_every_act_is_kept_with_its_actor(night: Night) -> None:
    first, second, *_ = [k for k in remits.known_claims(night) if k.payer_id != "medicare-part-b"]
    sent.post(night, remits.file(1, remits.check("T1", DAY, [
        remits.answer(first.claim, "ICN1", [{"CO-50": line.charge} for line in first.claim.lines]),
        remits.answer(second.claim, "ICN2", [{"PR-1": line.charge} for line in second.claim.lines])])))  # fmt: skip
    pipeline.route_denials(night)
    number, day = first.claim.patient_control_number, dt.date(2026, 11, 21)
    [item, *_] = pipeline.work_list(night, WantedWork(kinds=("denial",))).rows
    desk.take_items(night, [item.id], "taker")
    desk.note_items(night, [item.id], "noter", "called")
    desk.snooze_items(night, [item.id], "snoozer", day + dt.timedelta(days=3))
    desk.wake_items(night, [item.id], "waker")
    desk.return_items(night, [item.id], "returner")
    made = rework.draft(night, number, read_settings(["line.1.modifiers+=59"]), "drafter")
    rework.withdraw(night, made.id, "withdrawer", "appeal instead")
    letter = letters.appeal(night, number, "writer").id
    letters.sent(night, letter, day, "sender")
    appeals.answered(night, letter, Outcome.UPHELD, day, "answerer")
    asked = write_off.ask(night, number, WriteOffReason("appeal-lost"), "asker", note="lost")
    write_off.approve(night, asked.id, "approver")
    write_off.undo(night, asked.id, "undoer", "not yet")
    patient_bill.bill_patient(night, second.claim.patient_control_number, "biller")
    with night.store.read() as conn:
        acts = {one.actor for one in decisions.list_decisions(conn)}
        acts |= {one.actor for one in deeds.history(conn, item.id)}
        acts |= {e.actor for k in (first, second) for e in events.of_claim(conn, k.claim_id)}
        acts |= {name for one in reworks.list_reworks(conn) for name in (one.made_by, one.decided_by)}
        assert not decisions.broken(conn)
    assert acts >= {"taker", "noter", "snoozer", "waker", "returner", "drafter", "withdrawer", "writer", "sender",
                    "answerer", "asker", "approver", "undoer", "biller"}  # fmt: skip
