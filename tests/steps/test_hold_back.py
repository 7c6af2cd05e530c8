"""A person holds claims back before they are sent: for a day, or until somebody lets them go."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.errors import ConfigurationError
from ptedi.money import from_cents
from ptedi.steps.batch import build_batches, rebuild
from ptedi.steps.census import count
from ptedi.steps.hold_back import Files, hold_back, let_go, next_night
from ptedi.steps.night import Night, open_night
from ptedi.steps.outbound import code_visits, extract_charges, scrub_claims
from ptedi.store import batches, claims, events, files, findings, work
from ptedi.store.claims import ClaimRow
from ptedi.store.work import WorkKind
from ptedi.submissions.status import State
from tests.steps.conftest import DAY
from tests.steps.outgoing import Drop, meanwhile, states, to_ready

LATER = date(2026, 11, 24)


def in_state(night: Night, state: State) -> list[ClaimRow]:
    with night.store.read() as conn:
        return claims.by_state(conn, [state])


def state_of(night: Night, row: ClaimRow) -> State:
    return states(night)[row.id]


def codes(night: Night, row: ClaimRow) -> list[str]:
    with night.store.read() as conn:
        return [one.code for one in findings.of_claims(conn, [row.id]).get(row.id, [])]


def sent(night: Night, batch_ids: tuple[int, ...]) -> set[int]:
    with night.store.read() as conn:
        return {one.claim_id for number in batch_ids for one in batches.claims_of(conn, number)}


def waiting(night: Night, kind: WorkKind) -> list[work.WorkItem]:
    with night.store.read() as conn:
        return work.list_work(conn, kinds=[kind])


def test_a_ready_claim_stays_until_its_day(night: Night, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop()
    to_ready(night)
    ready = in_state(night, State.READY)
    row, others = ready[0], ready[1:]
    [told] = hold_back(night, [row.patient_control_number.lower()], "anna", "coverage looked up", until=LATER)
    assert (told.claim, told.until, told.charge) == (row.patient_control_number, LATER, from_cents(row.charge_cents))
    assert state_of(night, row) is State.HELD
    assert codes(night, row)[-1] == "SB004"
    assert not [one for one in waiting(night, WorkKind.HELD) if one.claim_id == row.id]
    [item] = waiting(night, WorkKind.HOLD)
    assert (item.claim_id, item.snoozed_until, item.amount_cents) == (row.id, LATER, row.charge_cents)
    assert "coverage looked up" in item.sentence
    again = scrub_claims(night, DAY)
    assert again.released == 0
    assert sent(night, build_batches(night, DAY).batch_ids) == {one.id for one in others}
    assert count(night).closes
    monkeypatch.setenv("PTEDI_NOW", "2026-11-23T23:00:00+00:00")
    assert scrub_claims(night, DAY).released == 0
    monkeypatch.setenv("PTEDI_NOW", "2026-11-24T02:00:00+00:00")
    assert scrub_claims(night, DAY).released == 1
    assert waiting(night, WorkKind.HOLD) == []
    assert sent(night, build_batches(night, DAY).batch_ids) == {row.id}


def test_without_a_day_it_waits_for_a_person(night: Night, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop()
    to_ready(night)
    row = in_state(night, State.READY)[0]
    hold_back(night, [row.patient_control_number], "anna", "chart not signed")
    monkeypatch.setenv("PTEDI_NOW", "2027-01-20T02:00:00+00:00")
    assert scrub_claims(night, DAY).released == 0
    assert let_go(night, [row.patient_control_number], "bob") == {row.patient_control_number: ()}
    assert state_of(night, row) is State.READY
    assert "SB004" not in codes(night, row)
    with pytest.raises(ConfigurationError):
        let_go(night, [row.patient_control_number], "bob")
    with night.store.read() as conn:
        line = [(one.event.value, one.actor) for one in events.of_claim(conn, row.id)]
    assert ("held back", "anna") in line
    assert "held" not in {event for event, _ in line}  # no edit ever held it: it counts as clean


def test_resolving_the_item_lets_it_go_too(night: Night, drop: Drop) -> None:
    drop()
    to_ready(night)
    row = in_state(night, State.READY)[0]
    [told] = hold_back(night, [row.patient_control_number], "anna", "chart not signed")
    pipeline.resolve_items(night, [told.item], "anna", "it is signed")
    assert scrub_claims(night, DAY).released == 1
    assert state_of(night, row) is State.READY


def test_before_the_scrub_and_beside_an_edit(night: Night, drop: Drop) -> None:
    drop(visits=40)
    extract_charges(night)
    code_visits(night, DAY)
    captured = [one.patient_control_number for one in in_state(night, State.CAPTURED)]
    hold_back(night, captured, "anna", "the owner looks at all of them first")
    assert scrub_claims(night, DAY).released == 0
    both = [row for row in in_state(night, State.HELD) if len(codes(night, row)) > 1]
    stopped = let_go(night, captured, "anna")
    held = in_state(night, State.HELD)
    assert len(in_state(night, State.READY)) + len(held) == len(captured)
    assert held
    assert {row.patient_control_number for row in held} == {claim for claim, several in stopped.items() if several}
    assert {row.id for row in held} <= {row.id for row in both}
    assert not any("SB004" in several for several in stopped.values())
    assert {one.claim_id for one in waiting(night, WorkKind.HELD)} == {row.id for row in held}


def test_all_or_none(night: Night, drop: Drop) -> None:
    drop()
    to_ready(night)
    before = in_state(night, State.READY)
    numbers = [row.patient_control_number for row in before]
    with pytest.raises(ConfigurationError):
        hold_back(night, [*numbers, "NOSUCH"], "anna", "why")
    with pytest.raises(ConfigurationError):
        hold_back(night, numbers, "anna", "  ")
    with pytest.raises(ConfigurationError):
        hold_back(night, numbers, "anna", "why", until=date(2026, 11, 21))
    with pytest.raises(ConfigurationError):  # past every filing limit
        hold_back(night, numbers, "anna", "why", until=date(2031, 1, 1))
    build_batches(night, DAY)
    with pytest.raises(ConfigurationError, match="batched"):
        hold_back(night, numbers[:1], "anna", "why")
    assert waiting(night, WorkKind.HOLD) == []
    assert set(states(night).values()) <= {State.BATCHED, State.HELD}


def test_held_back_anew(night: Night, drop: Drop) -> None:
    drop()
    to_ready(night)
    number = in_state(night, State.READY)[0].patient_control_number
    hold_back(night, [number], "anna", "one reason", until=LATER)
    hold_back(night, [number], "bob", "a better reason")
    [item] = waiting(night, WorkKind.HOLD)
    assert item.snoozed_until is None
    assert item.sentence.startswith("bob")


def test_what_the_next_night_would_send(night: Night, drop: Drop) -> None:
    drop(visits=30)
    to_ready(night)
    ready = in_state(night, State.READY)
    held = len(in_state(night, State.HELD))
    hold_back(night, [ready[0].patient_control_number], "anna", "why", until=LATER)
    found = next_night(night)
    assert sum(one.claims for one in found.routes) == len(ready) - 1
    assert sum((one.charge for one in found.routes), Decimal(0)) == from_cents(sum(r.charge_cents for r in ready[1:]))
    assert {one.partner for one in found.routes} == {"harbor"}
    assert (found.files, found.lost) == ((Files(partner="harbor", files=1, sets=1),), ())
    assert [one.claim for one in found.held_back] == [ready[0].patient_control_number]
    assert found.held.claims == held
    made = build_batches(night, DAY)
    assert (len(made.batch_ids), made.claims) == (1, len(ready) - 1)
    assert next_night(night).routes == ()


def test_a_partner_that_went_out_of_the_settings(night: Night, drop: Drop) -> None:
    drop()
    ready = to_ready(night)
    night.partners["other"] = night.partners.pop("harbor")
    assert {one.partner for one in next_night(night).routes} == {""}
    assert next_night(night).lost != ()
    with pytest.raises(ConfigurationError, match="harbor"):
        build_batches(night, DAY)
    assert len(in_state(night, State.READY)) == ready


def test_a_file_says_what_was_decided_of_its_claims_while_it_was_proved(
    workspace: Path, night: Night, drop: Drop
) -> None:
    """A claim held back and let go in that time is ready as before; with corrected settings it is another claim."""
    drop()
    to_ready(night)
    row, settings = in_state(night, State.READY)[0], workspace / "ptedi.toml"
    with night.store.read() as conn:
        before = claims.load(conn, row.id).claim

    def corrected() -> None:
        code, number = before.lines[0].procedure, row.patient_control_number
        settings.write_text(re.sub(rf'{code} = "[0-9.]+"', f'{code} = "99.99"', settings.read_text()))
        with open_night(workspace) as other:
            hold_back(other, [number], "anna", "the price is wrong")
            assert let_go(other, [number], "anna") == {number: ()}

    with meanwhile("batch.proved", corrected):
        [batch_id] = build_batches(night, DAY).batch_ids
    with night.store.read() as conn:
        after, batch = claims.load(conn, row.id).claim, batches.get(conn, batch_id)
        data = files.read_bytes(night.archive, files.get(conn, batch.file_id))
        charges = claims.get_all(conn, [one.claim_id for one in batches.claims_of(conn, batch_id)]).values()
    assert (after.charge == before.charge, after.lines[0].charge % Decimal("99.99")) == (False, 0)
    assert (rebuild(night, batch_id) == data, batch.charge_cents) == (True, sum(one.charge_cents for one in charges))
