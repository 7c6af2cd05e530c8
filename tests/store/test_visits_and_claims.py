"""Visits by revision, claims by control number, events that count once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from ptedi.claims.model import CodedClaim, Visit
from ptedi.findings import Finding, Severity
from ptedi.store import Connection, Store, claims, events, files, findings, visits
from ptedi.store.claims import NewClaim
from ptedi.store.events import NewEvent
from ptedi.store.json import decode, encode
from ptedi.store.visits import Outcome, RowOutcome
from ptedi.submissions.status import Event, State, fold
from tests.store.samples import DAY, coded, visit


def claim(conn: Connection, archive: Path, number: int = 1, visit_id: str = "V1", day: dt.date = DAY) -> int:
    file = files.register(conn, archive, b"charges", "c.csv")
    saved = visits.save(conn, visit(visit_id, day=day), file.id)
    return claims.insert(conn, NewClaim(coded=coded(number, visit_id=visit_id, day=day), visit_row_id=saved.row_id,
                                        visit_id=visit_id, revision=saved.revision, partner_id="harbor"))  # fmt: skip


def test_documents_come_back_as_they_were() -> None:
    assert decode(encode(visit()), Visit) == visit()
    assert decode(encode(coded()), CodedClaim) == coded()
    assert encode(coded()) == encode(decode(encode(coded()), CodedClaim))


def test_the_same_visit_from_another_row_is_the_same(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        file = files.register(conn, tmp_path, b"charges", "c.csv")
        assert visits.save(conn, visit(), file.id).outcome is Outcome.NEW
        assert visits.save(conn, visit(row=7), file.id).outcome is Outcome.SAME
        changed = visits.save(conn, visit(minutes=45), file.id)
        assert (changed.outcome, changed.revision) == (Outcome.CHANGED, 2)
        assert visits.save(conn, visit(minutes=30), file.id).revision == 3
        assert visits.get(conn, [changed.row_id])[changed.row_id].visit == visit(minutes=45)


def test_a_visit_waits_to_be_coded_until_it_has_a_living_claim(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        claim_id = claim(conn, tmp_path)
        events.append(conn, claim_id, Event.CODED, "test", "coded")
        assert visits.uncoded(conn, DAY) == []
        file = files.register(conn, tmp_path, b"later", "l.csv")
        changed = visits.save(conn, visit(minutes=45), file.id)
        assert visits.uncoded(conn, DAY) == []
        events.append(conn, claim_id, Event.SUPERSEDED, "test", "changed")
        assert visits.uncoded(conn, DAY) == [changed.row_id]
        assert visits.uncoded(conn, DAY - dt.timedelta(days=1)) == []


def test_one_claim_per_visit_revision_payer_and_sequence(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        claim(conn, tmp_path, 1)
    with pytest.raises(IntegrityError), store.begin() as conn:
        claim(conn, tmp_path, 2)


def test_claims_are_found_by_number_state_and_patient(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        ids = [claim(conn, tmp_path, n, f"V{n}") for n in (1, 2)]
        for claim_id in ids:
            events.append(conn, claim_id, Event.CODED, "test", "coded")
        events.append(conn, ids[1], Event.HELD, "test", "held 2")
        number = coded(1).claim.patient_control_number
        row = claims.by_control_number(conn, number)
        assert row is not None
        assert (row.id, row.charge_cents) == (ids[0], 6200)
        assert claims.by_control_number(conn, "NOBODY") is None
        assert [r.id for r in claims.by_state(conn, [State.HELD])] == [ids[1]]
        assert claims.by_state(conn, [State.HELD], until=DAY - dt.timedelta(days=1)) == []
        assert [r.id for r in claims.by_state(conn, list(State), partner_id="harbor")] == ids
        assert list(claims.of_patients(conn, ["P-V1"], DAY)) == ["P-V1"]
        assert claims.load(conn, ids[0]) == coded(1, visit_id="V1")
        assert events.current_states(conn, service_date=DAY) == {ids[0]: State.CAPTURED, ids[1]: State.HELD}


def test_findings_of_the_last_scrub_replace_those_before(store: Store, tmp_path: Path) -> None:
    one = Finding(code="PT101", severity=Severity.HOLD, message="A sentence.")
    with store.begin() as conn:
        claim_id = claim(conn, tmp_path)
        findings.replace_all(conn, {claim_id: [one, one]})
        findings.replace_all(conn, {claim_id: [one]})
        assert findings.of_claims(conn, [claim_id]) == {claim_id: [one]}
        findings.replace_all(conn, {claim_id: []})
        assert findings.of_claims(conn, [claim_id]) == {}


def test_row_verdicts_come_back(store: Store, tmp_path: Path) -> None:
    rows = [RowOutcome(row=1, row_sha256="a" * 64, visit_id="V1", verdict="rejected", codes=("IN040", "IN072"))]
    with store.begin() as conn:
        file = files.register(conn, tmp_path, b"charges", "c.csv")
        visits.save_rows(conn, file.id, rows)
        assert visits.rows_of(conn, file.id) == rows


def test_the_same_evidence_counts_once(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        claim_id = claim(conn, tmp_path)
        assert events.append(conn, claim_id, Event.CODED, "test", "coded") is State.CAPTURED
        for _ in range(2):
            events.append(conn, claim_id, Event.FILE_ACCEPTED, "test", "999 a", segment_index=4, byte_offset=120)
        rows = events.of_claim(conn, claim_id)
        assert [(r.sequence, r.event) for r in rows] == [(1, Event.CODED), (2, Event.FILE_ACCEPTED)]
        assert (rows[1].segment_index, rows[1].byte_offset) == (4, 120)


def test_the_same_evidence_twice_in_one_call_counts_once(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        claim_id = claim(conn, tmp_path)
        one = NewEvent(claim_id=claim_id, event=Event.CODED, actor="test", evidence_key="coded")
        assert events.append_all(conn, [one, one]) == {claim_id: State.CAPTURED}
        assert len(events.of_claim(conn, claim_id)) == 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(Event), min_size=1, max_size=12))
def test_the_stored_state_is_the_fold_of_the_events(story: list[Event]) -> None:
    import tempfile

    from ptedi.store import open_store

    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/s.db")
        with store.begin() as conn:
            claim_id = claim(conn, Path(folder))
            states = [events.append(conn, claim_id, event, "test", f"e{n}") for n, event in enumerate(story)]
            assert states[-1] is fold(story)
            assert events.current_states(conn, [claim_id]) == {claim_id: fold(story)}
        store.close()
