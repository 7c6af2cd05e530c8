"""What the claim's page shows: answers beside lines, documents, a place in its file, a correction tried."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.errors import ConfigurationError, ContractViolation
from ptedi.sandbox import refusals
from ptedi.steps import letters
from ptedi.steps import source as places
from ptedi.steps.answers import answers
from ptedi.steps.documents import documents, letter
from ptedi.steps.night import Night, open_night
from ptedi.steps.rework_desk import Way, desk, draft_correction, tried_draft, try_correction
from ptedi.steps.source import source, whole_file
from ptedi.store import reworks
from ptedi.store.worklist import WantedWork
from ptedi.submissions.status import State
from tests.steps.test_rework import denied, only, states


def number(night: Night) -> str:
    return only(night).patient_control_number


def test_each_remitted_line_stands_beside_the_submitted_one_with_its_origin(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        [answer] = answers(night, number(night))
        assert answers(night, "PT99999999") == ()
        assert (answer.stands, answer.status_code, answer.paid) == (True, answer.status_code, Decimal("0.00"))
        assert [one.line for one in answer.lines] == [1, 2] and not any(one.differs for one in answer.lines)
        assert all(one.charge == one.paid + sum(a.amount for a in one.adjusted) for one in answer.lines)
        refused = [a for one in answer.lines for a in one.adjusted if a.treatment == "hold"]
        assert {a.code for a in refused} == {"CO-197"} and all(a.words for a in refused)
        found = source(night, answer.file_id, answer.segment)
        assert found is not None and found.found
        [here] = [one for one in found.segments if one.index == answer.segment]
        assert here.text.startswith(f"CLP*{number(night)}*") and here.offset == answer.byte
        _, data = whole_file(night, answer.file_id) or ("", b"")
        assert data[answer.byte:].startswith(b"CLP*") and data[refused[0].byte:].startswith(b"CAS*")


def test_every_file_of_a_claim_is_found_in_its_place(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        letters.appeal(night, number(night), "pat")
        found = documents(night, number(night))
        assert documents(night, "PT99999999") == ()
        kinds = [one.kind for one in found]
        assert {"charges", "837P", "999", "277CA", "835", "appeal"} <= set(kinds)
        [batch] = [one for one in found if one.kind == "837P"]
        page = source(night, batch.file_id or 0, batch.place)
        assert page is not None and any(f"CLM*{number(night)}" in one.text for one in page.segments)
        [charges] = [one for one in found if one.kind == "charges"]
        table = source(night, charges.file_id or 0, charges.place)
        assert table is not None and table.found and dict(table.rows[0].cells)["procedure"]
        [written] = [one for one in found if one.rework_id]
        name, data = letter(night, written.rework_id or 0)
        assert data.startswith(b"%PDF") and name == written.name
        (workspace / "letters" / name).write_bytes(b"altered")
        with pytest.raises(ContractViolation):
            letter(night, written.rework_id or 0)
        (workspace / "letters" / name).unlink()
        for missing in (written.rework_id or 0, 999):
            with pytest.raises(ConfigurationError):
                letter(night, missing)
        assert source(night, 10**6) is None and whole_file(night, 10**6) is None


def test_a_large_file_has_the_same_words(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The claims that are shown are cut out of it; only what stands in none of them has no name."""
    denied(workspace)
    with open_night(workspace) as night:
        for document in documents(night, number(night)):
            if document.kind not in ("837P", "277CA", "835"):
                continue
            usual = source(night, document.file_id or 0, document.place)
            with monkeypatch.context() as small:
                small.setattr(places, "_NAMED", 10)
                large = source(night, document.file_id or 0, document.place)
            assert usual is not None and large is not None and len(usual.segments) == len(large.segments) > 10
            different = {one.text.partition("*")[0] for one, two in zip(usual.segments, large.segments, strict=True)
                         if one != two}  # fmt: skip
            assert different <= {"ISA", "SE", "GE", "IEA"}, document.kind


def test_a_correction_is_tried_and_nothing_is_kept(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        now = desk(night, number(night))
        form = {one.path: one.value for one in (*now.fields, *(f for line in now.lines for f in line))}
        assert len(try_correction(night, now.claim, form).changes) == 2  # frequency and REF*F8
        good = try_correction(night, now.claim, form | {"authorization": "A4711", "line.2.units": "2"})
        assert good.stops and good.after > good.before  # the minutes allow one unit
        assert {v.name for one in good.lines for v in one.values if v.changed} == {"Units", "Charge"}
        good = try_correction(night, now.claim, form | {"authorization": "A4711"})
        assert not good.stops and good.frequency == "7" and good.reference
        assert [one.name for one in good.fields if one.changed] == ["Authorization number"]
        assert try_correction(night, now.claim, {"diagnoses": "Z99.99"}).stops
        assert "two characters" in try_correction(night, now.claim, {"line.1.modifiers": "GPX"}).problem
        gone = try_correction(night, now.claim, {"line.2": "on"})
        assert [(one.before, one.after) for one in gone.lines] == [(1, 1), (2, None)]
        with night.store.read() as conn:
            assert reworks.list_reworks(conn) == []
        with pytest.raises(ConfigurationError, match="nothing was changed"):
            draft_correction(night, now.claim, form, "pat")
        with pytest.raises(ConfigurationError, match="changed meanwhile"):
            draft_correction(night, now.claim, form | {"authorization": "A4711"}, "pat", seen=now.last - 1)
        made = draft_correction(night, now.claim, form | {"authorization": "A4711"}, "pat", seen=now.last)
        kept = tried_draft(night, made.id)
        assert [one.after for one in kept.fields if one.changed] == ["A4711"] and kept.changes == made.changes


def test_the_desk_says_what_is_open_and_why_not(workspace: Path) -> None:
    denied(workspace, "medicare-part-b", refusals.NOT_NECESSARY)
    with open_night(workspace) as night:
        now = desk(night, number(night))
        assert {one.way for one in now.choices if one.open} == {Way.APPEAL, Way.PROOF, Way.WRITE_OFF}
        assert "reopening" in now.choice(Way.CORRECT).why
        assert now.denied > 0 and now.denied == now.open and now.patient == Decimal("0.00")
        assert states(night) == [State.DENIED] and now.last > 3 and now.filing_deadline is not None


def test_who_looked_before_somebody_acted_is_told_and_overwrites_nothing(workspace: Path) -> None:
    denied(workspace)
    with open_night(workspace) as night:
        page = pipeline.work_list(night, WantedWork())
        item = page.rows[0].id
        assert pipeline.note_items(night, [item], "kim", "the payer called").items == (item,)
        for done in (pipeline.resolve_items(night, [item], "pat", "done", seen=page.seen),
                     pipeline.snooze_items(night, [item], "pat", date(2026, 12, 1), seen=page.seen)):  # fmt: skip
            assert done.items == () and "kim" in done.refused[0].why and "noted" in done.refused[0].why
        story = pipeline.work_story(night, item)
        assert story is not None and story.row.state == "open"
        assert pipeline.resolve_items(night, [item], "kim", "done", seen=page.seen).items == (item,)
