"""From charges to a delivered 837P: what each step leaves, and changes that come too early or too late."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ptedi.errors import ChannelUnavailable, ConfigurationError, ContractViolation, InterlockError
from ptedi.findings import Finding, Severity
from ptedi.sandbox import practice
from ptedi.steps import proof
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.outbound import build_batches, code_visits, deliver_batches, extract_charges, rebuild, scrub_claims
from ptedi.store import batches, claims, events, files, postings, series, work
from ptedi.store.batches import Outbox
from ptedi.store.series import SeriesKey
from ptedi.store.work import WorkKind
from ptedi.submissions.batch import Batch
from ptedi.submissions.status import Event, State
from ptedi.transactions import claim_837p
from ptedi.x12 import oracle
from tests.steps.conftest import DAY

Drop = Callable[..., None]


def to_ready(night: Night) -> int:
    extract_charges(night)
    code_visits(night, DAY)
    return scrub_claims(night, DAY).released


def states(night: Night) -> dict[int, State]:
    with night.store.read() as conn:
        return events.current_states(conn)


def on_their_way(night: Night) -> set[State]:
    """The states of the claims that were not held."""
    return set(states(night).values()) - {State.HELD}


def test_every_ready_claim_reaches_the_partner_once(night: Night, workspace: Path, drop: Drop) -> None:
    drop(visits=12)
    ready = to_ready(night)
    built = build_batches(night, DAY)
    assert built.claims == ready > 0
    done = deliver_batches(night)
    assert (done.sent, done.claims, done.charge_cents) == (built.batch_ids, ready, built.charge_cents)
    [path] = (workspace / "clearinghouse/to").iterdir()
    data = path.read_bytes()
    assert oracle.validate(data).ok
    sent = [claim for one in claim_837p.read_batches(data) for claim in one.claims]
    with night.store.read() as conn:
        rows = claims.by_state(conn, [State.SENT])
        assert sorted(claim.patient_control_number for claim in sent) == [row.patient_control_number for row in rows]
        assert [row.state for row in batches.list_batches(conn)] == [Outbox.SENT]
    manifest = json.loads((workspace / "outbox" / f"{path.name}.manifest.json").read_text())
    assert manifest["claim_count"] == ready
    assert manifest["charge"] == f"{sum(claim.charge for claim in sent):.2f}"
    assert build_batches(night, DAY).batch_ids == ()
    assert deliver_batches(night).sent == ()


def test_the_books_say_what_the_claims_bill(night: Night, drop: Drop) -> None:
    drop()
    extract_charges(night)
    done = code_visits(night, DAY)
    with night.store.read() as conn:
        assert sum(sum(b.values()) for b in postings.balances_of_claims(conn).values()) == 0
        billed = -sum(amount for account, amount in postings.balances(conn).items() if account == "charges")
        assert int(billed * 100) == done.charge_cents > 0
        assert postings.unbalanced(conn) == []


def test_numbers_have_no_gap(night: Night, drop: Drop) -> None:
    drop(visits=8)
    extract_charges(night)
    coded = code_visits(night, DAY)
    with night.store.read() as conn:
        used = series.audit(conn, SeriesKey(night.practice.id, "T", "CLM01"))
    assert [use.value for use in used] == list(range(1, coded.claims + 1))


def test_control_numbers_follow_the_visits(night: Night, drop: Drop) -> None:
    drop(visits=8)
    to_ready(night)
    with night.store.read() as conn:
        rows = claims.of_date(conn, DAY)
    assert [row.visit_id for row in rows] == sorted(row.visit_id for row in rows)


def test_a_batch_can_be_made_again_byte_for_byte(night: Night, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    monkeypatch.setenv("PTEDI_NOW", "2027-01-01T00:00:00+00:00")
    with night.store.read() as conn:
        file = files.get(conn, batches.get(conn, batch_id).file_id)
    assert rebuild(night, batch_id) == files.read_bytes(night.archive, file)


def test_segment_positions_point_at_the_claims(night: Night, drop: Drop) -> None:
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    segments = rebuild(night, batch_id).decode().split("~")[2:]  # from ST
    with night.store.read() as conn:
        for place in batches.claims_of(conn, batch_id):
            number = claims.get(conn, place.claim_id).patient_control_number
            inside = [s for s in segments[place.first_segment - 1 : place.last_segment] if s.startswith("CLM*")]
            assert inside == [s for s in segments if s.startswith(f"CLM*{number}*")] != []


def limited(workspace: Path, claims_per_set: int) -> None:
    text = (workspace / "ptedi.toml").read_text()
    (workspace / "ptedi.toml").write_text(text.replace("claims_per_set = 5000", f"claims_per_set = {claims_per_set}"))


def test_a_partners_limit_splits_the_files(workspace: Path, drop: Drop) -> None:
    limited(workspace, 3)
    drop(visits=12)
    with open_night(workspace) as night:
        ready = to_ready(night)
        built = build_batches(night, DAY)
        with night.store.read() as conn:
            rows = batches.list_batches(conn)
            used = series.audit(conn, SeriesKey("harbor", "T", "ISA13"))
    assert sum(row.claim_count for row in rows) == ready
    assert max(row.claim_count for row in rows) == 3
    assert [row.interchange_control_number for row in rows] == list(range(1, len(built.batch_ids) + 1))
    assert [(u.value, u.used_for) for u in used] == [
        (row.interchange_control_number, f"batch {row.batch_reference}") for row in rows
    ]


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
        return proof.Proof(data=found.data, problems={"": held(victim)[victim]} if spoiled else {})

    monkeypatch.setattr("ptedi.steps.proof.prove", prove)
    monkeypatch.setattr("ptedi.steps.batch.prove", prove)
    built = build_batches(night, DAY)
    assert (built.claims, built.held) == (ready - 1, 1)
    with night.store.read() as conn:
        row = claims.by_control_number(conn, victim)
        assert row is not None
        assert events.current_states(conn, [row.id]) == {row.id: State.HELD}
        [item] = work.list_work(conn, kinds=[WorkKind.HELD], claim_ids=[row.id])
        assert item.amount_cents == row.charge_cents
        assert [u.value for u in series.audit(conn, SeriesKey("harbor", "T", "ISA13"))] == [1]


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


def test_test_and_production_do_not_mix(workspace: Path, drop: Drop) -> None:
    drop()
    text = (workspace / "ptedi.toml").read_text()
    with open_night(workspace) as night:
        to_ready(night)
        build_batches(night, DAY)
    (workspace / "ptedi.toml").write_text(text.replace('kind = "local"', 'kind = "local"\nenvironment = "P"'))
    with open_night(workspace) as night, pytest.raises(InterlockError):
        deliver_batches(night)
    (workspace / "ptedi.toml").write_text(text.replace('environment = "T"', 'environment = "P"', 1))
    with open_night(workspace) as night, pytest.raises(InterlockError):
        deliver_batches(night)
    assert list((workspace / "clearinghouse/to").iterdir()) == []
    (workspace / "ptedi.toml").write_text(text)
    with open_night(workspace) as night:
        assert len(deliver_batches(night).sent) == 1


def test_a_production_workspace_does_not_send_test_files(tmp_path: Path) -> None:
    root = tmp_path / "p"
    usage = "[partners.harbor.usage]\nP = \"T\"\n[partners.harbor.transport]"
    text = practice.settings(environment="P").replace("[partners.harbor.transport]", usage)
    make_workspace(root, text)
    for name, data in practice.charges(3, DAY, visits=8, bad_rows=False).items():
        (root / "inbox" / name).write_bytes(data)
    with open_night(root) as night:
        to_ready(night)
        with pytest.raises(InterlockError):
            build_batches(night, DAY)


def test_settings_that_spoil_every_file_hold_no_claim(workspace: Path, drop: Drop) -> None:
    drop()
    text = (workspace / "ptedi.toml").read_text()
    (workspace / "ptedi.toml").write_text(text.replace('submitter_id = "TAMARACKPT"', 'submitter_id = "T"'))
    with open_night(workspace) as night:
        ready = to_ready(night)
        with pytest.raises(ContractViolation):
            build_batches(night, DAY)
        assert on_their_way(night) == {State.READY}
        with night.store.read() as conn:
            assert series.audit(conn, SeriesKey("harbor", "T", "ISA13")) == []
    (workspace / "ptedi.toml").write_text(text)
    with open_night(workspace) as night:
        assert build_batches(night, DAY).claims == ready


def test_a_channel_that_is_down_is_tried_again(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    to_ready(night)
    build_batches(night, DAY)
    (workspace / "clearinghouse/to").rmdir()
    (workspace / "clearinghouse/to").write_text("not a folder")
    with pytest.raises(ChannelUnavailable):
        deliver_batches(night)
    (workspace / "clearinghouse/to").unlink()
    assert len(deliver_batches(night).sent) == 1


def test_a_name_taken_at_the_partners_fails_the_batch(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    with night.store.read() as conn:
        name = batches.get(conn, batch_id).file_name
    (workspace / "clearinghouse/to" / name).write_bytes(b"theirs")
    assert deliver_batches(night).failed == (batch_id,)
    assert (workspace / "clearinghouse/to" / name).read_bytes() == b"theirs"
    with night.store.read() as conn:
        assert batches.get(conn, batch_id).state is Outbox.FAILED
        assert [item.category for item in work.list_work(conn, kinds=[WorkKind.ACKNOWLEDGEMENT])] == ["delivery"]
    assert on_their_way(night) == {State.BATCHED}


def cut_off(night: Night, reason: str) -> tuple[int, str, bytes]:
    """A batch whose send died after the store had been told so much."""
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    with night.store.begin() as conn:
        batches.move(conn, batch_id, [Outbox.BUILT], Outbox.SENDING, reason)
        row = batches.get(conn, batch_id)
        return batch_id, row.file_name, files.read_bytes(night.archive, files.get(conn, row.file_id))


def test_cut_off_before_staging_begins_again(night: Night, drop: Drop) -> None:
    drop()
    batch_id, _, _ = cut_off(night, "")
    assert deliver_batches(night).sent == (batch_id,)


def test_cut_off_with_the_file_staged_goes_on(night: Night, drop: Drop) -> None:
    drop()
    batch_id, name, data = cut_off(night, "staged")
    night.channel(night.partners["harbor"]).stage(name, data)
    assert deliver_batches(night).sent == (batch_id,)


def test_cut_off_after_publishing_is_settled_from_the_listing(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    batch_id, name, data = cut_off(night, "staged")
    (workspace / "clearinghouse/to" / name).write_bytes(data)
    before = (workspace / "clearinghouse/to" / name).stat().st_mtime_ns
    assert deliver_batches(night).sent == (batch_id,)
    assert (workspace / "clearinghouse/to" / name).stat().st_mtime_ns == before


def test_an_unknown_send_waits_for_evidence(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    batch_id, _, _ = cut_off(night, "staged")
    for _ in range(2):
        assert deliver_batches(night).unknown == (batch_id,)
    assert list((workspace / "clearinghouse/to").iterdir()) == []
    with night.store.begin() as conn:
        assert [i.key for i in work.list_work(conn, kinds=[WorkKind.ACKNOWLEDGEMENT])] == [f"delivery:{batch_id}"]
        assert batches.confirm(conn, batch_id, "TA1 accepted")
    assert deliver_batches(night).sent == ()
    assert list((workspace / "clearinghouse/to").iterdir()) == []
    assert on_their_way(night) == {State.SENT}
    with night.store.read() as conn:
        assert work.list_work(conn, kinds=[WorkKind.ACKNOWLEDGEMENT]) == []
        assert batches.get(conn, batch_id).state is Outbox.CONFIRMED


def test_an_acknowledgement_before_the_send_was_written_down(night: Night, drop: Drop) -> None:
    drop()
    batch_id, _, _ = cut_off(night, "staged")
    with night.store.begin() as conn:
        for place in batches.claims_of(conn, batch_id):
            events.append(conn, place.claim_id, Event.FILE_ACCEPTED, "test", "999")
        batches.confirm(conn, batch_id, "999 accepted")
    deliver_batches(night)
    assert on_their_way(night) == {State.RECEIVED}


def test_no_patient_is_named_in_what_a_step_returns(night: Night, drop: Drop) -> None:
    drop()
    results: list[object] = [extract_charges(night), code_visits(night, DAY), scrub_claims(night, DAY),
                             build_batches(night, DAY), deliver_batches(night)]  # fmt: skip
    with night.store.read() as conn:
        people = {one.claim.person_treated.name.last for one in claims.load_all(
            conn, [row.id for row in claims.of_date(conn, DAY)]).values()}  # fmt: skip
    assert not any(name in str(results) for name in people)


def test_the_workspace_says_how_many_claims_of_a_file_pyx12_judges(night: Night, drop: Drop) -> None:
    drop(visits=9)
    ready = to_ready(night)
    night.workspace.settings["checks"] = {"pyx12": 2}
    built = build_batches(night, DAY)
    with night.store.read() as conn:
        row = batches.get(conn, built.batch_ids[0])
    assert (row.claim_count, row.second_opinion_claims) == (ready, 2)
    for wrong in ("some", 0, True):
        night.workspace.settings["checks"] = {"pyx12": wrong}
        with pytest.raises(ConfigurationError, match="pyx12"):
            build_batches(night, DAY)
