"""Visits that change after billing: drafted, shown, released by a person, sent once; the books add up throughout."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from ptedi import pipeline
from ptedi.cli import app
from ptedi.errors import ConfigurationError
from ptedi.sandbox import clearinghouse, practice
from ptedi.steps import decide, faults
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.summary import summary
from ptedi.store import batches, claims, drafts, events, references, work
from ptedi.store.claims import ClaimRow
from ptedi.store.drafts import DraftState
from ptedi.store.references import ReferenceKind
from ptedi.store.work import WorkItem, WorkKind
from ptedi.submissions.status import Event, State
from ptedi.transactions import claim_837p
from tests.postgresql import new_database
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.sent import take
from tests.steps.test_kill import Killed, _after, state
from tests.steps.test_rules import captured

Lines = list[tuple[str, int]]
BILLED: Lines = [("97110", 30)]
ICN = "ICN20261120"


def treated(*lines: tuple[str, int], payer: str = "bluestone-ppo", **over: str) -> bytes:
    """One visit of this payer with these procedures and minutes."""
    rows = list(csv.DictReader(io.StringIO(captured(payer=payer, authorized=payer == "bluestone-ppo").decode())))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    for code, minutes in lines:
        writer.writerow(rows[0] | {"procedure": code, "therapist_minutes": f"{minutes}", "assistant_minutes": "",
                                   "assistant": "", "modifiers": "", "separate_time": "",
                                   "plan_of_care_end": "2026-11-30"} | over)  # fmt: skip
    return out.getvalue().encode()


def drop(root: Path, data: bytes) -> None:
    (root / "inbox" / "one.csv").write_bytes(data)


def sent(root: Path, data: bytes) -> None:
    drop(root, data)
    with open_night(root) as night:
        assert pipeline.nightly(night, DAY).delivered.sent


def known(night: Night, number: str = ICN) -> None:
    """The payer's number of the only claim becomes known by a 277CA."""
    with night.store.begin() as conn:
        [row] = claims.of_date(conn, DAY)
        references.note(conn, row.id, ReferenceKind.PAYER, number, 1)


def asked(night: Night) -> list[WorkItem]:
    with night.store.read() as conn:
        return work.list_work(conn, kinds=[WorkKind.DRAFT])


def rows(night: Night) -> list[tuple[ClaimRow, State]]:
    with night.store.read() as conn:
        return [(row, events.current_states(conn, [row.id])[row.id]) for row in claims.of_date(conn, DAY)]


@pytest.mark.parametrize(("after", "payer", "number", "action", "sends"), [
    ([("97110", 45)], "bluestone-ppo", ICN, "replacement claim (frequency 7)", True),
    ([("97110", 30), ("97140", 15)], "bluestone-ppo", ICN, "replacement claim (frequency 7)", True),
    ([("97110", 45)], "bluestone-ppo", "", "wait for the payer's claim number", False),
    ([("97110", 6)], "bluestone-ppo", ICN, "void claim (frequency 8)", False),
    ([("97110", 45)], "medicare-part-b", ICN, "reopening with the payer", False),
    ([("97110", 30), ("97140", 15)], "medicare-part-b", ICN, "new claim for the added lines", True),
    ([("97110", 31)], "bluestone-ppo", ICN, "", False),
])  # fmt: skip
def test_what_is_drafted(workspace: Path, after: Lines, payer: str, number: str, action: str, sends: bool) -> None:
    sent(workspace, treated(*BILLED, payer=payer))
    with open_night(workspace) as night:
        known(night, number)
        before = rows(night)
        drop(workspace, treated(*after, payer=payer))
        for _ in range(2):
            pipeline.nightly(night, DAY)
        assert rows(night) == before  # nothing is sent by itself
        with night.store.read() as conn:
            found = drafts.list_open(conn)
        assert [one.action for one in found] == ([action] if action else [])
        assert [one.coded is not None for one in found] == ([sends] if action else [])
        items = asked(night)
        assert len(items) == len(found)
        assert all(change in items[0].sentence for one in found for change in one.changes)


def test_a_released_draft_replaces_the_claim_in_the_next_batch(workspace: Path) -> None:
    sent(workspace, treated(*BILLED))
    with open_night(workspace) as night:
        known(night)
        drop(workspace, treated(("97110", 45)))
        pipeline.extract_charges(night)
        [item] = asked(night)
        done = decide.release(night, item.id, "pat")
        assert decide.release(night, item.id, "pat").claim == done.claim
        (old, was), (new, now) = rows(night)
        assert (was, now, new.patient_control_number) == (State.SUPERSEDED, State.CAPTURED, done.claim)
        assert summary(night, DAY).closes
        built = pipeline.nightly(night, DAY).built
        assert built.claims == 1 and asked(night) == []
        with night.store.read() as conn:
            name = batches.get(conn, built.batch_ids[0]).file_name
            assert [one.actor for one in events.of_claim(conn, old.id) if one.event is Event.SUPERSEDED] == ["pat"]
        [read] = claim_837p.read_batches((workspace / "clearinghouse/to" / name).read_bytes())
        [claim] = read.claims
        assert (claim.patient_control_number, claim.frequency, claim.original_reference) == (done.claim, "7", ICN)
        found = summary(night, DAY)
        assert found.closes and found.claims.amount == claim.charge


def test_added_lines_go_beside_the_claim_where_replacements_are_not_taken(workspace: Path) -> None:
    sent(workspace, treated(*BILLED, payer="medicare-part-b"))
    with open_night(workspace) as night:
        drop(workspace, treated(*BILLED, ("97140", 15), payer="medicare-part-b"))
        pipeline.extract_charges(night)
        assert decide.release(night, asked(night)[0].id, "pat").replaces == 0
        pipeline.nightly(night, DAY)
        assert [was for _, was in rows(night)] == [State.SENT, State.SENT]
        with night.store.read() as conn:
            coded = claims.load(conn, rows(night)[1][0].id)
        assert [(line.procedure, line.number) for line in coded.claim.lines] == [("97140", 1)]
        assert summary(night, DAY).closes


def test_a_draft_follows_what_becomes_known_and_what_is_captured(workspace: Path) -> None:
    sent(workspace, treated(*BILLED))
    with open_night(workspace) as night:
        drop(workspace, treated(("97110", 45)))
        pipeline.extract_charges(night)
        [waits] = asked(night)
        with pytest.raises(ConfigurationError):
            decide.release(night, waits.id, "pat")
        known(night)
        assert pipeline.extract_charges(night).drafts_changed == 1
        assert pipeline.extract_charges(night).drafts_changed == 0
        [ready] = asked(night)
        assert ready.id != waits.id
        drop(workspace, treated(("97110", 60)))
        pipeline.extract_charges(night)
        [newer] = asked(night)
        with pytest.raises(ConfigurationError):
            decide.release(night, ready.id, "pat")
        drop(workspace, treated(*BILLED) + b"\n")  # the very same file would only be taken for a repeated one
        pipeline.extract_charges(night)
        assert asked(night) == []
        with pytest.raises(ConfigurationError):
            decide.release(night, newer.id, "pat")


def test_a_draft_that_settings_changed_is_shown_anew(workspace: Path) -> None:
    sent(workspace, treated(*BILLED))
    with open_night(workspace) as night:
        known(night)
        drop(workspace, treated(("97110", 45)))
        pipeline.extract_charges(night)
    text = (workspace / "ptedi.toml").read_text()
    (workspace / "ptedi.toml").write_text(text.replace('97110 = "62.00"', '97110 = "63.00"'))
    with open_night(workspace) as night:
        with pytest.raises(ConfigurationError):
            decide.release(night, asked(night)[0].id, "pat")
        pipeline.extract_charges(night)
        assert "189.00" in asked(night)[0].sentence
        decide.release(night, asked(night)[0].id, "pat")


def test_a_visit_changed_again_after_its_draft_was_released(workspace: Path) -> None:
    sent(workspace, treated(*BILLED))
    with open_night(workspace) as night:
        known(night)
        drop(workspace, treated(("97110", 45)))
        pipeline.extract_charges(night)
        decide.release(night, asked(night)[0].id, "pat")
        drop(workspace, treated(("97110", 60)))
        pipeline.extract_charges(night)
        assert pipeline.code_visits(night, DAY).claims == 0
        decide.release(night, asked(night)[0].id, "pat")
        assert [was for _, was in rows(night)] == [State.SUPERSEDED, State.SUPERSEDED, State.CAPTURED]
        assert summary(night, DAY).closes


def test_a_rejected_claim_goes_as_a_new_one(workspace: Path) -> None:
    sent(workspace, treated(*BILLED))
    with open_night(workspace) as night:
        with night.store.begin() as conn:
            [row] = claims.of_date(conn, DAY)
            events.append(conn, row.id, Event.PAYER_REJECTED, "test", "277CA")
        drop(workspace, treated(*BILLED, member_id="BMP123456789"))
        pipeline.extract_charges(night)
        for item in asked(night):
            decide.release(night, item.id, "pat")
        pipeline.nightly(night, DAY)
        assert [was for _, was in rows(night)] == [State.SUPERSEDED, State.SENT]
        with night.store.read() as conn:
            assert claims.load(conn, rows(night)[1][0].id).claim.frequency == "1"


def test_another_payer_is_a_question_for_a_person(workspace: Path) -> None:
    sent(workspace, treated(*BILLED))
    with open_night(workspace) as night:
        drop(workspace, treated(*BILLED, payer="bluestone-ppo").replace(b"bluestone-ppo", b"evergreen-commercial"))
        pipeline.extract_charges(night)
        assert asked(night) == []
        with night.store.read() as conn:
            [item] = work.list_work(conn, kinds=[WorkKind.CHARGE])
        assert item.category == "changed after billing"


def test_the_payer_answers_a_replacement_and_every_equation_closes(workspace: Path) -> None:
    def answered() -> None:
        folder = workspace / "clearinghouse"
        clearinghouse.run(folder / "to", folder / "from", folder / "sandbox.db", seed=5, today=DAY)
        with open_night(workspace) as night:
            pipeline.collect(night)
            assert summary(night, DAY).closes

    sent(workspace, treated(*BILLED))
    answered()
    drop(workspace, treated(("97110", 45)))
    with open_night(workspace) as night:
        pipeline.extract_charges(night)
        [item] = asked(night)
        decide.release(night, item.id, "pat")
        pipeline.nightly(night, DAY)
    answered()


def late(root: Path) -> None:
    """What happens to a visit that changed: drafted, released by a person, sent."""
    with open_night(root) as night:
        pipeline.extract_charges(night)
        with night.store.read() as conn:
            items = [one for one in work.list_work(conn, kinds=[WorkKind.DRAFT], open_only=False)]
        decide.release(night, items[0].id, "pat")
        pipeline.nightly(night, DAY)


def test_cut_off_at_any_point_a_replacement_goes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for reader, opinion in (("second_reader", "ours"), ("proof", "_theirs")):
        monkeypatch.setattr(f"ptedi.steps.{reader}.{opinion}", lambda *_: ())
    template = tmp_path / "template"
    make_workspace(template, practice.settings())
    sent(template, treated(*BILLED))
    with open_night(template) as night:
        known(night)
    drop(template, treated(("97110", 45)))
    calm = shutil.copytree(template, tmp_path / "calm")
    names: list[str] = []
    with faults.watching(names.append):
        late(calm)
    wanted = state(calm)
    assert {"extract.drafts made", "decide.claim inserted", "decide.kept"} <= set(names)
    for number, name in enumerate(names):
        if name in names[:number]:
            continue
        root = shutil.copytree(template, tmp_path / "cut")
        with pytest.raises(Killed), faults.watching(_after(number)):
            late(root)
        late(root)
        assert state(root) == wanted, f"cut off at {name}"
        shutil.rmtree(root)


def test_the_commands(workspace: Path) -> None:
    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["work", *words, "-w", str(workspace)])
        return done.exit_code, done.output

    sent(workspace, treated(*BILLED))
    with open_night(workspace) as night:
        known(night)
    for minutes in (45, 60):
        drop(workspace, treated(("97110", minutes)))
        with open_night(workspace) as night:
            pipeline.extract_charges(night)
            [item] = asked(night)
        if minutes == 45:
            assert run("dismiss", str(item.id), "--reason", "typed twice", "--by", "pat")[0] == 0
            with open_night(workspace) as night, night.store.read() as conn:
                assert (gone := work.get(conn, item.id)) and gone.resolution == "pat: typed twice"
                draft = drafts.of_revision(conn, int(item.key.split(":")[1]))
                assert draft and draft.state is DraftState.WITHDRAWN
    assert run("approve", str(item.id), "--json")[0] == 0
    assert run("--kind", "draft")[0] == 0
    with open_night(workspace) as night:
        assert [was for _, was in rows(night)] == [State.SUPERSEDED, State.CAPTURED]


@pytest.fixture
def on_postgresql(workspace: Path, server: Any) -> Path:
    """SQLite lets one write at a time: there nobody comes between."""
    settings = workspace / "ptedi.toml"
    settings.write_text(f'{settings.read_text()}\n[store]\nurl = "{new_database(server, tables=True)}"\n')
    return workspace


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> list[Thread]:
    """Does something while a release has made its claim and not kept it yet; it may have to wait for its end."""
    started: list[Thread] = []

    def run(name: str) -> None:
        if name == "decide.claim inserted" and not started:
            started.append(Thread(target=act, daemon=True))
            started[0].start()
            started[0].join(2)

    monkeypatch.setattr(decide, "point", run)
    return started


def test_who_dismisses_a_draft_while_it_is_released(on_postgresql: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both were told that it was done: the claim went out, and its draft was withdrawn."""
    sent(on_postgresql, treated(*BILLED))
    with open_night(on_postgresql) as night:
        known(night)
        drop(on_postgresql, treated(("97110", 45)))
        pipeline.extract_charges(night)
        [item] = asked(night)
        refused: list[str] = []

        def dismissed() -> None:
            try:
                decide.dismiss(night, item.id, "bob", "not needed")
            except ConfigurationError as problem:
                refused.append(str(problem))

        other = meanwhile(monkeypatch, dismissed)
        assert decide.release(night, item.id, "pat").replaces == 1
        other[0].join(20)
        assert len(refused) == 1
        with night.store.read() as conn:
            assert drafts.of_revision(conn, int(item.key.split(":")[1])).state is DraftState.RELEASED  # type: ignore[union-attr]


def test_a_remittance_that_comes_while_a_draft_is_released(
    on_postgresql: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """How it goes (anew, as a replacement) hangs on what its payer said: that does not change in between."""
    sent(on_postgresql, treated(*BILLED))
    with open_night(on_postgresql) as night:
        known(night)
        [one] = remits.known_claims(night)
        drop(on_postgresql, treated(("97110", 45)))
        pipeline.extract_charges(night)
        [item] = asked(night)
        paid = remits.answer(one.claim, "ICN9", [{} for _ in one.claim.lines])
        [file_id] = take(night, remits.file(1, remits.check("T1", DAY, [paid])))
        other = meanwhile(monkeypatch, lambda: pipeline.post_remittances(night, file_id))
        decide.release(night, item.id, "pat")
        other[0].join(20)
        with night.store.read() as conn:
            trail = [e.event for e in events.of_claim(conn, one.claim_id)]
        assert trail[-2:] == [Event.SUPERSEDED, Event.PAID]
