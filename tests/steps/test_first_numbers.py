"""A partner that counts already: series that begin where a person says, never twice, never past nine digits."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ptedi.errors import ConfigurationError, ContractViolation
from ptedi.steps import faults
from ptedi.steps.audit import verify_audit
from ptedi.steps.first_numbers import begin_series
from ptedi.steps.night import Night, open_night
from ptedi.steps.numbering import LAST, SERIES, where_they_stand
from ptedi.steps.outbound import build_batches, deliver_batches
from ptedi.store import batches, decisions, series
from ptedi.store.batches import BatchRow
from ptedi.store.book_tables import decisions as decision_table
from ptedi.store.series import SeriesKey
from tests.steps.conftest import DAY
from tests.steps.outgoing import Drop, to_ready

WHY = "moved from the old system, its log of 11/19"
FIRST = {"ISA13": 4711, "GS06": 52, "ST02": 9001, "BHT03": 300}


def built(night: Night) -> BatchRow:
    [batch_id] = build_batches(night, DAY).batch_ids
    with night.store.read() as conn:
        return batches.get(conn, batch_id)


def used(night: Night, name: str, whose: str = "harbor") -> list[int]:
    with night.store.read() as conn:
        return [one.value for one in series.audit(conn, SeriesKey(whose, "T", name))]


def test_the_first_file_carries_the_numbers_that_come_next(night: Night, drop: Drop) -> None:
    begin_series(night, "harbor", FIRST, "ana", WHY)
    drop()
    to_ready(night)
    one = built(night)
    envelope = one.envelope
    assert (envelope.interchange_control_number, envelope.group_control_number) == (4711, 52)
    assert (envelope.set_control_number, envelope.batch_reference[-9:]) == ("000009001", "000000300")
    assert "000004711" in one.file_name
    assert deliver_batches(night).sent == (one.id,)
    assert verify_audit(night).misfits == ()
    assert {s.key.name: s.first for s in where_they_stand(night) if s.key.partner_id == "harbor"} == FIRST
    with night.store.read() as conn:
        told = [d for d in decisions.list_decisions(conn) if d.action == "number"]
    assert {(d.actor, d.reason) for d in told} == {("ana", WHY)} and len(told) == 4


def test_said_again_it_changes_nothing_and_until_it_is_used_it_may_be_corrected(night: Night) -> None:
    for number in (4711, 4711, 47, 4711):
        begin_series(night, "harbor", {"ISA13": number}, "ana", WHY)
    [one] = where_they_stand(night)
    assert [start.value for start in one.starts] == [4711, 47, 4711]
    assert (one.first, one.last, one.is_whole) == (4711, 4710, True)


def test_forward_only_and_what_was_left_out_is_proved(night: Night, drop: Drop) -> None:
    drop(visits=2)
    to_ready(night)
    built(night)
    with pytest.raises(ConfigurationError, match="given out 1; 1 would be given out a second time"):
        begin_series(night, "harbor", {"GS06": 70, "ISA13": 1}, "ana", WHY)
    assert used(night, "ISA13") == [1]
    assert all(not one.starts for one in where_they_stand(night))  # all or none
    begin_series(night, "harbor", {"ISA13": 80}, "ana", "the partner says 2 to 79 came from the old system")
    drop(visits=3, seed=9)
    to_ready(night)
    assert built(night).interchange_control_number == 80
    assert (used(night, "ISA13"), used(night, "GS06")) == ([1, 80], [1, 2])
    assert verify_audit(night).misfits == ()


@pytest.mark.parametrize(("whose", "first", "reason", "says"), [
    ("harbour", {"ISA13": 5}, WHY, "neither a partner"),
    ("harbor", {"CLM01": 5}, WHY, "has no series CLM01"),
    ("tamarack", {"ISA13": 5}, WHY, "has no series ISA13"),
    ("harbor", {"ISA13": 0}, WHY, "from 1 to"),
    ("harbor", {"ISA13": LAST + 1}, WHY, "from 1 to"),
    ("harbor", {"ISA13": 5}, " ", "give a reason"),
])  # fmt: skip
def test_what_cannot_be_is_refused_and_leaves_nothing(night: Night, whose: str, first: dict[str, int], reason: str,
                                                      says: str) -> None:  # fmt: skip
    whose = night.practice.id if whose == "tamarack" else whose
    with pytest.raises(ConfigurationError, match=says):
        begin_series(night, whose, first, "ana", reason)
    assert where_they_stand(night) == []


def test_sets_that_begin_anew_in_each_file_have_no_first_number(workspace: Path) -> None:
    path = workspace / "ptedi.toml"
    path.write_text(path.read_text().replace("[partners.harbor]\n", '[partners.harbor]\nset_numbers = "file"\n'))
    with open_night(workspace) as night, pytest.raises(ConfigurationError, match="0001 in each file"):
        begin_series(night, "harbor", {"ST02": 5}, "ana", WHY)


def test_claims_go_on_where_a_lost_store_ended(night: Night, drop: Drop) -> None:
    begin_series(night, night.practice.id, {"CLM01": 20_001}, "ana", "the store was lost; last claim known is 20000")
    drop(visits=3)
    to_ready(night)
    numbers = used(night, "CLM01", night.practice.id)
    assert numbers == list(range(20_001, 20_001 + len(numbers))) and numbers
    assert verify_audit(night).misfits == ()


def test_the_last_number_is_said_and_no_claim_is_lost(night: Night, drop: Drop) -> None:
    begin_series(night, "harbor", {"ISA13": LAST}, "ana", WHY)
    drop(visits=2)
    to_ready(night)
    assert built(night).interchange_control_number == LAST
    drop(visits=3, seed=9)
    ready = to_ready(night)
    with pytest.raises(ContractViolation, match=r"ISA13 of harbor \(T\) has reached"):
        build_batches(night, DAY)
    with night.store.read() as conn:
        assert len(batches.list_batches(conn)) == 1
    assert ready > 0 and used(night, "ISA13") == [LAST] and verify_audit(night).misfits == ()


def test_a_partner_under_another_name_gets_no_number_a_second_time(night: Night, workspace: Path, drop: Drop) -> None:
    drop(visits=2)
    to_ready(night)
    assert built(night).interchange_control_number == 1
    path = workspace / "ptedi.toml"
    path.write_text(path.read_text().replace("[partners.harbor", "[partners.pier"))
    with open_night(workspace) as renamed:
        drop(visits=3, seed=9)
        ready = to_ready(renamed)
        with pytest.raises(ContractViolation, match="ISA13 1 would come a second time") as told:
            build_batches(renamed, DAY)
        assert "partners numbers pier --start ISA13=2 --start GS06=2" in told.value.hint
        begin_series(renamed, "pier", dict.fromkeys(SERIES, 2), "ana", "harbor is named pier")
        one = built(renamed)
        assert (one.interchange_control_number, one.claim_count, one.partner_id) == (2, ready, "pier")
    path.write_text(path.read_text().replace("[partners.pier", "[partners.harbor"))  # and back: pier had 2 by now
    drop(visits=4, seed=10)
    to_ready(night)
    with pytest.raises(ContractViolation, match="pier, which got files up to ISA13 2: ISA13 2 would"):
        build_batches(night, DAY)


def test_a_start_waits_for_the_file_that_is_being_made(night: Night, workspace: Path, drop: Drop) -> None:
    drop(visits=3)
    to_ready(night)
    waiting: list[threading.Thread] = []

    def begin_meanwhile() -> None:
        with open_night(workspace) as other:
            begin_series(other, "harbor", {"ISA13": 500}, "ana", WHY)

    def hook(name: str) -> None:
        if name == "batch.proved" and not waiting:
            waiting.append(threading.Thread(target=begin_meanwhile))
            waiting[0].start()

    with faults.watching(hook):
        assert built(night).interchange_control_number == 1
    waiting[0].join()
    drop(visits=2, seed=9)
    to_ready(night)
    assert built(night).interchange_control_number == 500
    assert verify_audit(night).misfits == ()


def test_a_decision_that_was_changed_is_told_by_the_audit(night: Night) -> None:
    begin_series(night, "harbor", {"ISA13": 4711}, "ana", WHY)
    with night.store.begin() as conn:
        conn.execute(decision_table.update().values(actor="ben"))
    assert [(one.event, one.problem) for one in verify_audit(night).misfits] == [
        ("decisions", "decision 1 was changed, or the one before it")]  # fmt: skip
