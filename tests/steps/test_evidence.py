"""The segments behind events: the right ones, from the archive, named by the guide, explained by the tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ptedi import pipeline
from ptedi.sandbox import clearinghouse, practice
from ptedi.steps.evidence import Evidence, evidence
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.store import claims, events, files, tables
from ptedi.store.events import NewEvent
from ptedi.submissions.status import Event
from ptedi.transactions import acknowledgement_999
from tests.steps.conftest import DAY


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """A night with every kind of answer."""
    root = tmp_path_factory.mktemp("evidence") / "practice"
    make_workspace(root, practice.settings())
    for name, data in practice.charges(5, DAY, visits=60, bad_rows=False).items():
        (root / "inbox" / name).write_bytes(data)
    with pytest.MonkeyPatch.context() as patch, open_night(root) as night:
        patch.setenv("PTEDI_NOW", "2026-11-21T02:00:00+00:00")
        pipeline.nightly(night, DAY)
        folder = night.workspace.folder("clearinghouse")
        clearinghouse.run(folder / "to", folder / "from", folder / "sandbox.db", seed=20261, today=DAY)
        pipeline.collect(night)
        yield night


def of(night: Night, state: str) -> tuple[str, tuple[Evidence, ...]]:
    number = pipeline.list_claims(night, states=(state,))[0].patient_control_number
    found = evidence(night, number)
    assert found is not None
    return number, found


@pytest.mark.parametrize("state", ["paid", "denied", "rejected"])
def test_every_answer_of_a_claim_shows_its_own_segments(answered: Night, state: str) -> None:
    number, found = of(answered, state)
    by_set = {one.set_id: one for one in found}
    assert by_set["837"].events == ("batched", "sent")
    assert {"837", "999", "277"} <= set(by_set)
    assert ("835" in by_set) == (state != "rejected")
    for one in found:
        data = next((answered.archive).rglob(f"{one.sha256}*")).read_bytes()
        for segment in one.segments:
            assert data[segment.offset : segment.offset + len(segment.text)].decode() == segment.text
            assert segment.loop
            assert segment.name
            assert all(value.name for value in segment.values)
    claim = [s for s in by_set["837"].segments if s.text.startswith("CLM*")]
    assert [s.text.split("*")[1] for s in claim] == [number]
    assert by_set["837"].segments[0].text.startswith("HL*")
    assert by_set["277"].segments[0].loop == "2000D"
    assert f"TRN*2*{number}" in [s.text for s in by_set["277"].segments]
    if "835" in by_set:
        assert [s.text.split("*")[1] for s in by_set["835"].segments if s.text.startswith("CLP*")] == [number]


def test_codes_are_explained(answered: Night) -> None:
    _, found = of(answered, "denied")
    meanings = {v.ref: v.meaning for one in found for s in one.segments for v in s.values if v.meaning}
    assert {"CAS01", "CAS02", "STC01-1", "STC01-2", "SV101-2", "SVC01-2", "CLP02", "IK501", "CLM05-1"} <= set(meanings)


def test_every_claim_of_a_night_has_evidence_for_every_event_with_a_place(answered: Night) -> None:
    for row in pipeline.list_claims(answered)[:25]:
        found = evidence(answered, row.patient_control_number)
        assert found is not None
        assert all(one.segments for one in found)


def test_a_999_shows_only_the_errors_of_the_claim(answered: Night, tmp_path: Path) -> None:
    number, _ = of(answered, "paid")
    text = (
        "ISA*00*          *00*          *ZZ*HARBORCH       *ZZ*TAMARACKPT     *261121*0200*^*00501*000000001*0*T*:~"
        "GS*FA*HARBORCH*TAMARACKPT*20261121*0200*1*X*005010X231A1~ST*999*0001*005010X231A1~AK1*HC*1*005010X222A1~"
        f"AK2*837*0001*005010X222A1~IK3*CLM*9000*2300*8~CTX*CLM01:{number}~IK4*5:1*1331*7*ZZ~"
        "IK3*CLM*9100*2300*8~CTX*CLM01:SOMEBODYELSE~IK4*5:1*1331*7*ZZ~IK5*R*5~AK9*R*1*1*0~SE*11*0001~GE*1*1~"
        "IEA*1*000000001~"
    ).encode()  # fmt: skip
    assert acknowledgement_999.read(text)
    with answered.store.begin() as conn:
        row = claims.by_control_number(conn, number)
        assert row is not None
        file = files.register(conn, answered.archive, text, "late.999", kind="999")
        events.append_all(conn, [NewEvent(claim_id=row.id, event=Event.FILE_REJECTED, actor="test", evidence_key="late",
                                          file_id=file.id, segment_index=5, byte_offset=0)])  # fmt: skip
    found = evidence(answered, number)
    assert found is not None
    assert [s.text.partition("*")[0] for s in found[-1].segments] == [
        "AK1", "AK2", "IK3", "CTX", "IK4", "IK5", "AK9"]  # fmt: skip


def test_nobody_is_nobody(answered: Night) -> None:
    assert evidence(answered, "NOBODY") is None


# --- batches ---


def test_a_batch_is_shown_whole(answered: Night) -> None:
    for head in pipeline.batch_list(answered):
        story = pipeline.batch_story(answered, head.id)
        assert story is not None
        assert story.head == head
        assert len(story.claims) == head.claims == sum(head.states.values())
        assert sum(one.claim.charge for one in story.claims) == head.charge
        assert {one.event for one in story.answers} >= {"999 accepted"}
        for one in story.claims:
            assert [s.text.split("*")[1] for s in one.segments if s.text.startswith("CLM*")] == [
                one.claim.patient_control_number]  # fmt: skip
            assert sum(s.text.startswith("SV1*") for s in one.segments) == len(one.claim.lines)
    assert pipeline.batch_story(answered, 999) is None


def test_a_batch_is_made_again_and_a_difference_is_seen(answered: Night) -> None:
    told = pipeline.rebuilt(answered, 1)
    assert told is not None
    assert told.same
    with answered.store.begin() as conn:
        here = tables.batches.c.id == 1
        before = conn.execute(select(tables.batches.c.document).where(here)).scalar_one()
        changed = before.replace('"usage":"T"', '"usage":"P"')
        assert changed != before
        conn.execute(update(tables.batches).where(here).values(document=changed))
    other = pipeline.rebuilt(answered, 1)
    with answered.store.begin() as conn:
        conn.execute(update(tables.batches).where(here).values(document=before))
    assert other is not None
    assert not other.same
    assert other.archived_sha256 == told.archived_sha256
    assert pipeline.rebuilt(answered, 999) is None
