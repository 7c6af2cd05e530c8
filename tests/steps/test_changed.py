"""Visits that change or come late, claims that are held: what is coded, scrubbed and sent again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ptedi.findings import Finding, Severity
from ptedi.sandbox import practice
from ptedi.steps import proof
from ptedi.steps.night import Night, open_night
from ptedi.steps.outbound import build_batches, code_visits, extract_charges, scrub_claims
from ptedi.store import claims, events, postings, series, work
from ptedi.store.series import SeriesKey
from ptedi.store.work import WorkKind
from ptedi.submissions.batch import Batch
from ptedi.submissions.status import State
from tests.steps.conftest import DAY
from tests.steps.outgoing import Drop, states, to_ready


def changed(data: bytes) -> bytes:
    """The same visits with fifteen minutes more on one row."""
    header, first, *rest = data.split(b"\r\n" if b"\r\n" in data else b"\n")
    at = header.split(b",").index(b"therapist_minutes")
    cells = first.split(b",")
    cells[at] = str(int(cells[at]) + 15).encode()
    return (b"\r\n" if b"\r\n" in data else b"\n").join([header, b",".join(cells), *rest])


def csv(workspace: Path) -> tuple[Path, bytes]:
    charges = practice.charges(3, DAY, visits=8, bad_rows=False)
    name, data = next((name, data) for name, data in charges.items() if name.endswith("csv"))
    return workspace / "inbox" / name, data


def test_a_visit_changed_before_its_batch_gets_a_new_claim(night: Night, workspace: Path) -> None:
    path, data = csv(workspace)
    path.write_bytes(data)
    to_ready(night)
    before = len(states(night))
    path.write_bytes(changed(data))
    assert extract_charges(night).visits_changed == 1
    assert list(states(night).values()).count(State.SUPERSEDED) == 1
    assert code_visits(night, DAY).claims == 1
    assert len(states(night)) == before + 1
    with night.store.read() as conn:
        gone = [claim_id for claim_id, state in states(night).items() if state is State.SUPERSEDED]
        balances = postings.balances_of_claims(conn, gone)
    assert all(amount == 0 for one in balances.values() for amount in one.values())
    scrub_claims(night, DAY)
    assert build_batches(night, DAY).claims == list(states(night).values()).count(State.BATCHED)


def test_a_visit_changed_after_its_batch_is_a_question_for_a_person(night: Night, workspace: Path) -> None:
    path, data = csv(workspace)
    path.write_bytes(data)
    to_ready(night)
    build_batches(night, DAY)
    path.write_bytes(changed(data))
    done = extract_charges(night)
    assert (done.visits_changed, done.rows_changed > 0) == (1, True)
    assert State.SUPERSEDED not in states(night).values()
    assert code_visits(night, DAY).claims == 0
    with night.store.read() as conn:
        [item] = work.list_work(conn, kinds=[WorkKind.DRAFT])
    assert item.category == "changed after billing"
    path.write_bytes(changed(data) + b"\n")
    extract_charges(night)
    with night.store.read() as conn:
        assert [i.id for i in work.list_work(conn, kinds=[WorkKind.DRAFT])] == [item.id]


def test_late_charges_of_an_earlier_day_go_with_the_next_night(night: Night, drop: Drop) -> None:
    drop(day=DAY - dt.timedelta(days=1))
    assert to_ready(night) > 0
    assert build_batches(night, DAY - dt.timedelta(days=2)).claims == 0
    assert build_batches(night, DAY).claims > 0


def held(name: str) -> dict[str, tuple[Finding, ...]]:
    return {name: (Finding(code="SB001", severity=Severity.ERROR, message="Wrong.", claim=name),)}


def test_a_claim_that_spoils_the_file_is_held_and_the_rest_goes(
    night: Night, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(visits=9)
    ready = to_ready(night)
    with night.store.read() as conn:
        victim = claims.by_state(conn, [State.READY])[2].patient_control_number
    honest = proof.prove

    def prove(batch: Batch, **_: object) -> proof.Proof:
        """Refuses every file that holds the victim, without saying why."""
        found = honest(batch)
        spoiled = any(claim.patient_control_number == victim for claim in batch.claims)
        return replace(found, problems={"": held(victim)[victim]} if spoiled else {})

    monkeypatch.setattr("ptedi.steps.proof.prove", prove)
    monkeypatch.setattr("ptedi.steps.batch.begin", lambda batch, *_, **__: lambda: prove(batch))
    built = build_batches(night, DAY)
    assert (built.claims, built.held) == (ready - 1, 1)
    with night.store.read() as conn:
        row = claims.by_control_number(conn, victim)
        assert row is not None
        assert events.current_states(conn, [row.id]) == {row.id: State.HELD}
        [item] = work.list_work(conn, kinds=[WorkKind.HELD], claim_ids=[row.id])
        assert item.amount_cents == row.charge_cents
        assert [u.value for u in series.audit(conn, SeriesKey("harbor", "T", "ISA13"))] == [1]


def test_a_claim_that_spoils_the_file_and_is_replaced_meanwhile_leaves_no_question(
    night: Night, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, data = csv(workspace)
    path.write_bytes(data)
    ready, verdicts = to_ready(night), [{"": ()}]

    def begin(batch: Batch, *_: object, **__: object) -> Callable[[], proof.Proof]:
        found = proof.prove(batch)
        return lambda: replace(found, problems=verdicts.pop() if verdicts else {})

    def culprits(_: Batch) -> dict[str, tuple[Finding, ...]]:
        path.write_bytes(changed(data))
        assert extract_charges(night).visits_changed == 1
        [gone] = [claim_id for claim_id, state in states(night).items() if state is State.SUPERSEDED]
        with night.store.read() as conn:
            return held(claims.get(conn, gone).patient_control_number)

    monkeypatch.setattr("ptedi.steps.batch.begin", begin)
    monkeypatch.setattr("ptedi.steps.batch.culprits", culprits)
    built = build_batches(night, DAY)
    assert (built.claims, built.held) == (ready - 1, 0)
    with night.store.read() as conn:
        assert work.list_work(conn, kinds=[WorkKind.HELD]) == []


def test_held_claims_say_why_and_are_looked_at_again(night: Night, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop()
    extract_charges(night)
    code_visits(night, DAY)
    stop = Finding(code="PT999", severity=Severity.HOLD, message="A reason to wait.")
    monkeypatch.setattr("ptedi.edits.repairs.scrub", lambda *_: [stop])
    assert scrub_claims(night, DAY).held == 8
    again = scrub_claims(night, DAY)
    assert (again.held, again.still_held) == (0, 8)
    with night.store.read() as conn:
        items = work.list_work(conn, kinds=[WorkKind.HELD])
        assert [item.sentence for item in items] == ["PT999 A reason to wait."] * 8
        assert len(events.of_claim(conn, items[0].claim_id or 0)) == 2
    assert build_batches(night, DAY).claims == 0
    monkeypatch.setattr("ptedi.edits.repairs.scrub", lambda *_: [])
    assert scrub_claims(night, DAY).released == 8
    with night.store.read() as conn:
        assert work.list_work(conn, kinds=[WorkKind.HELD]) == []
    assert build_batches(night, DAY).claims == 8


def test_corrected_settings_code_a_held_claim_again(
    workspace: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop()
    stop = Finding(code="PT999", severity=Severity.HOLD, message="A reason to wait.")
    with open_night(workspace) as night:
        extract_charges(night)
        before = code_visits(night, DAY).charge_cents
        monkeypatch.setattr("ptedi.edits.repairs.scrub", lambda *_: [stop])
        scrub_claims(night, DAY)
    text = (workspace / "ptedi.toml").read_text()
    (workspace / "ptedi.toml").write_text(text.replace('97110 = "62.00"', '97110 = "63.00"'))
    with open_night(workspace) as night:
        scrub_claims(night, DAY)
        with night.store.read() as conn:
            rows = claims.by_state(conn, [State.HELD])
            documents = claims.load_all(conn, [row.id for row in rows])
            billed = -sum(a for account, a in postings.balances(conn).items() if account == "charges")
            assert len(work.list_work(conn, kinds=[WorkKind.HELD])) == 8
    after = sum(row.charge_cents for row in rows)
    assert after > before
    assert int(billed * 100) == after
    assert after == sum(int(documents[row.id].claim.charge * 100) for row in rows)
