"""Claims for a span of days: they wait, go once, part with what is stopped, are paid and corrected as one."""

from __future__ import annotations

import csv
import io
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ptedi import pipeline
from ptedi.claims.spans import LINKED, SPAN
from ptedi.cli import app
from ptedi.cli.common import out
from ptedi.config import data_folder
from ptedi.sandbox import clearinghouse
from ptedi.steps import decide, faults
from ptedi.steps.backtest import backtest
from ptedi.steps.night import Night, open_night
from ptedi.steps.spent import Spent, allowed
from ptedi.steps.summary import summary
from ptedi.store import batches, claims, events, payments, references, visits, work
from ptedi.store.claims import ClaimRow
from ptedi.store.references import ReferenceKind
from ptedi.store.work import WorkKind
from ptedi.submissions.status import State
from ptedi.transactions import claim_837p
from tests.postgresql import new_database
from tests.samples.week import PROFILE
from tests.steps.outgoing import meanwhile
from tests.steps.test_captured_meanwhile import beside
from tests.steps.test_drafts import asked, treated
from tests.steps.test_kill import Killed, _after, state

MONDAY, WEDNESDAY, FRIDAY, SUNDAY = (date(2026, 11, day) for day in (16, 18, 20, 22))
CLEAN = [("97110", 30), ("97140", 15)]
STOPPED = [("97150", 30), ("97110", 30)]  # a pair that nothing separates: NC102


@pytest.fixture(autouse=True)
def after_the_week(monkeypatch: pytest.MonkeyPatch, workspace: Path) -> Iterator[None]:
    monkeypatch.setenv("PTEDI_NOW", "2026-11-23T02:00:00+00:00")
    (workspace / "payers").mkdir()
    (workspace / "payers/bluestone-ppo.toml").write_text(PROFILE)
    yield


def day(of: date, lines: list[tuple[str, int]] | None = None, **over: str) -> bytes:
    """One visit of the patient on a day."""
    return treated(*(lines or CLEAN), visit_id=f"V{of.day}", service_date=of.isoformat(), **over)


def drop(root: Path, *several: bytes) -> None:
    """One charge file of these visits."""
    rows = [row for data in several for row in csv.DictReader(io.StringIO(data.decode()))]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (root / "inbox" / "week.csv").write_text(out.getvalue())


def standing(night: Night) -> list[tuple[ClaimRow, State]]:
    """Every claim with its state, by control number."""
    with night.store.read() as conn:
        rows = claims.by_state(conn, list(State))
        states = events.current_states(conn, [row.id for row in rows])
    return sorted(((row, states[row.id]) for row in rows), key=lambda pair: pair[0].patient_control_number)


def days_of(night: Night, row: ClaimRow) -> list[int]:
    with night.store.read() as conn:
        return sorted({line.service_date.day for line in claims.load(conn, row.id).claim.lines})


def answered(root: Path) -> None:
    folder = root / "clearinghouse"
    clearinghouse.run(folder / "to", folder / "from", folder / "sandbox.db", seed=5, today=SUNDAY)
    with open_night(root) as night:
        pipeline.collect(night)


def test_visits_wait_for_the_end_of_their_week_and_go_once(workspace: Path) -> None:
    drop(workspace, day(MONDAY), day(WEDNESDAY, [("97110", 45)], diagnoses="R26.2 M25.561"), day(FRIDAY))
    with open_night(workspace) as night:
        assert pipeline.nightly(night, FRIDAY).coded.claims == 0
        told = pipeline.census(night)
        assert told.closes and (told.visits_with_claim, told.visits_waiting) == (0, 3)
        done = pipeline.nightly(night, SUNDAY)
        assert (done.coded.claims, done.built.claims) == (1, 1)
        assert pipeline.nightly(night, SUNDAY).coded.claims == 0
        [(row, now)] = standing(night)
        assert (now, row.service_date, days_of(night, row)) == (State.SENT, MONDAY, [16, 18, 20])
        with night.store.read() as conn:
            name = batches.get(conn, done.built.batch_ids[0]).file_name
            coded = claims.load(conn, row.id)
            assert [one.visit_id for one in visits.of_claims(conn, [row.id])[row.id]] == ["V16", "V18", "V20"]
            assert visits.uncoded(conn, SUNDAY) == []
        told = pipeline.census(night)
        assert told.closes and (told.visits_with_claim, told.visits_waiting) == (3, 0)
    [read] = claim_837p.read_batches((workspace / "clearinghouse/to" / name).read_bytes())
    assert list(read.claims) == [claim_837p.normalise(coded.claim)]
    assert read.charges == (coded.claim.charge,)
    codes = coded.claim.diagnoses
    assert len(codes) == len(set(codes)) and {"R262", "M25561"} <= set(codes)
    wednesday = next(line for line in coded.claim.lines if line.service_date == WEDNESDAY)
    assert {codes[p - 1] for p in wednesday.pointers} == {"R262", "M25561"}


def test_the_payer_pays_line_by_line_and_everything_closes(workspace: Path) -> None:
    drop(workspace, day(MONDAY), day(FRIDAY))
    with open_night(workspace) as night:
        pipeline.nightly(night, SUNDAY)
    answered(workspace)
    with open_night(workspace) as night:
        found = summary(night, MONDAY)
        assert found.closes and found.claims.count == 1 and pipeline.census(night).closes
        assert found.equation.billed > found.equation.open
        assert backtest(night, "PT101", MONDAY, SUNDAY).claims in (0, 2)  # each visit is judged by itself


def test_a_stopped_visit_keeps_nobody_back(workspace: Path) -> None:
    drop(workspace, day(MONDAY), day(WEDNESDAY, STOPPED), day(FRIDAY))
    with open_night(workspace) as night:
        done = pipeline.nightly(night, SUNDAY)
        assert (done.coded.claims, done.scrubbed.released, done.scrubbed.held, done.built.claims) == (1, 1, 1, 1)
        (clean, went), (held, kept) = standing(night)
        assert (went, days_of(night, clean)) == (State.SENT, [16, 20])
        assert (kept, days_of(night, held), held.service_date) == (State.HELD, [18], WEDNESDAY)
        assert clean.charge_cents + held.charge_cents == done.coded.charge_cents
        assert pipeline.census(night).closes and summary(night, MONDAY).closes and summary(night, WEDNESDAY).closes
        assert pipeline.nightly(night, SUNDAY).scrubbed.still_held == 1
        drop(workspace, day(WEDNESDAY))  # corrected: it follows by itself
        assert pipeline.nightly(night, SUNDAY).built.claims == 1
        states = [now for _, now in standing(night)]
        assert states == [State.SENT, State.SUPERSEDED, State.SENT]
        assert pipeline.census(night).closes


def test_what_stops_every_visit_holds_the_whole(workspace: Path) -> None:
    drop(workspace, day(MONDAY, STOPPED), day(FRIDAY, STOPPED))
    with open_night(workspace) as night:
        assert pipeline.nightly(night, SUNDAY).scrubbed.held == 1
        [(row, now)] = standing(night)
        assert (now, days_of(night, row)) == (State.HELD, [16, 20])
        drop(workspace, day(FRIDAY))  # recalled, coded together again, and now only one is stopped
        pipeline.nightly(night, SUNDAY)
        assert [(now, days_of(night, row)) for row, now in standing(night)] == [
            (State.SUPERSEDED, [16, 20]), (State.SENT, [20]), (State.HELD, [16])]  # fmt: skip
        assert pipeline.census(night).closes


def test_a_late_visit_of_a_closed_week_follows_in_a_claim_of_its_own(workspace: Path) -> None:
    drop(workspace, day(MONDAY), day(FRIDAY))
    with open_night(workspace) as night:
        pipeline.nightly(night, SUNDAY)
        drop(workspace, day(WEDNESDAY))
        pipeline.nightly(night, SUNDAY)
        assert [days_of(night, row) for row, _ in standing(night)] == [[16, 20], [18]]


def test_another_authorization_begins_another_claim(workspace: Path) -> None:
    drop(workspace, day(MONDAY), day(WEDNESDAY), day(FRIDAY, authorization="AU9"))
    with open_night(workspace) as night:
        pipeline.extract_charges(night)
        pipeline.code_visits(night, SUNDAY)
        assert [days_of(night, row) for row, _ in standing(night)] == [[16, 18], [20]]
        with night.store.read() as conn:
            notes = [[n.rule for n in claims.load(conn, row.id).notes if n.subject == SPAN]
                     for row, _ in standing(night)]  # fmt: skip
        assert notes == [["visits of a period", LINKED], [LINKED]]


def test_a_changed_visit_replaces_the_whole_claim(workspace: Path) -> None:
    drop(workspace, day(MONDAY), day(WEDNESDAY), day(FRIDAY))
    with open_night(workspace) as night:
        pipeline.nightly(night, SUNDAY)
        [(old, _)] = standing(night)
        with night.store.begin() as conn:
            references.note(conn, old.id, ReferenceKind.PAYER, "ICN1", 1)
        drop(workspace, day(MONDAY, [("97110", 30), ("97140", 30)]))
        pipeline.extract_charges(night)
        drop(workspace, day(FRIDAY, [("97110", 45), ("97140", 15)]))
        pipeline.extract_charges(night)
        [item] = asked(night)  # one draft: what all visits of the claim say now
        assert "2026-11-16 97140" in item.sentence and "2026-11-20 97110" in item.sentence
        assert "2026-11-18" not in item.sentence
        done = decide.release(night, item.id, "pat")
        assert done.replaces == 1
        pipeline.nightly(night, SUNDAY)
        (_, was), (new, now) = standing(night)
        assert (was, now, days_of(night, new)) == (State.SUPERSEDED, State.SENT, [16, 18, 20])
        with night.store.read() as conn:
            claim = claims.load(conn, new.id).claim
        assert (claim.frequency, claim.original_reference) == ("7", "ICN1")
        assert pipeline.census(night).closes and summary(night, MONDAY).closes
    answered(workspace)
    with open_night(workspace) as night:
        assert summary(night, MONDAY).closes


def test_a_visit_left_without_a_line_leaves_the_claim_and_is_asked_about(workspace: Path) -> None:
    drop(workspace, day(MONDAY), day(WEDNESDAY), day(FRIDAY))
    with open_night(workspace) as night:
        pipeline.nightly(night, SUNDAY)
        [(old, _)] = standing(night)
        with night.store.begin() as conn:
            references.note(conn, old.id, ReferenceKind.PAYER, "ICN1", 1)
        drop(workspace, day(WEDNESDAY, [("97110", 5)]))
        pipeline.extract_charges(night)
        [item] = asked(night)
        assert item.sentence.count("-> (none)") == 2 and "552.00 becomes 368.00" in item.sentence
        decide.release(night, item.id, "pat")
        pipeline.nightly(night, SUNDAY)
        (_, was), (new, now), (empty, waits) = standing(night)
        assert (was, now, waits) == (State.SUPERSEDED, State.SENT, State.HELD)
        assert (days_of(night, new), empty.charge_cents) == ([16, 20], 0)
        with night.store.read() as conn:
            [question] = work.list_work(conn, kinds=[WorkKind.HELD])
        assert question.claim_id == empty.id and question.remarks == "LN103"
        assert pipeline.census(night).closes and summary(night, MONDAY).closes
        drop(workspace, day(WEDNESDAY))  # captured right again: it goes by itself
        pipeline.nightly(night, SUNDAY)
        assert [(days_of(night, row), one) for row, one in standing(night) if one is not State.SUPERSEDED] == [
            ([16, 20], State.SENT), ([18], State.SENT)]  # fmt: skip
        assert pipeline.census(night).closes


def test_a_visit_that_moves_out_of_the_week_is_for_a_person(workspace: Path) -> None:
    drop(workspace, day(MONDAY), day(FRIDAY))
    with open_night(workspace) as night:
        pipeline.nightly(night, SUNDAY)
        drop(workspace, treated(*CLEAN, visit_id="V20", service_date=(MONDAY - timedelta(days=5)).isoformat()))
        pipeline.extract_charges(night)
        assert asked(night) == []
        with night.store.read() as conn:
            assert len(work.list_work(conn, kinds=[WorkKind.CHARGE])) == 1


def test_cut_off_at_any_point_the_span_goes_once(tmp_path: Path, workspace: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    for reader, opinion in (("second_reader", "ours"), ("proof", "_theirs")):
        monkeypatch.setattr(f"ptedi.steps.{reader}.{opinion}", lambda *_: ())
    drop(workspace, day(MONDAY), day(WEDNESDAY, STOPPED), day(FRIDAY))

    def coded_and_scrubbed(root: Path) -> None:
        with open_night(root) as night:
            pipeline.code_visits(night, SUNDAY)
            pipeline.scrub_claims(night, SUNDAY)

    with open_night(workspace) as night:
        pipeline.extract_charges(night)
    calm = shutil.copytree(workspace, tmp_path / "calm")
    names: list[str] = []
    with faults.watching(names.append):
        coded_and_scrubbed(calm)
    assert "scrub.visits parted" in names
    wanted = state(calm)
    for number, name in enumerate(names):
        if name.startswith("code.") or "part" in name or "held" in name:
            root = shutil.copytree(workspace, tmp_path / "cut")
            with suppress(Killed), faults.watching(_after(number)):
                coded_and_scrubbed(root)
            coded_and_scrubbed(root)
            assert state(root) == wanted, name
            shutil.rmtree(root)


def test_a_copy_of_one_visit_of_the_span_is_a_duplicate(workspace: Path) -> None:
    drop(workspace, day(MONDAY), day(FRIDAY))
    with open_night(workspace) as night:
        pipeline.nightly(night, SUNDAY)
        drop(workspace, treated(*CLEAN, visit_id="V96", service_date=MONDAY.isoformat()))
        assert pipeline.nightly(night, SUNDAY).scrubbed.codes.get("DU101") == 1
        assert [now for _, now in standing(night)] == [State.SENT, State.HELD]


def test_therapy_dollars_of_a_span_count_visit_by_visit(workspace: Path) -> None:
    shipped = (data_folder("schemas") / "payers/medicare-part-b.toml").read_text()
    (workspace / "payers/medicare-part-b.toml").write_text(
        shipped + '\n[[differs]]\nfrom = 2020-01-01\nsource = "test"\nclaim_per = "span"\n')
    drop(workspace, *(day(of, payer="medicare-part-b") for of in (MONDAY, WEDNESDAY, FRIDAY)))

    def before() -> list[Decimal]:
        with open_night(workspace) as night, night.store.read() as conn:
            several = [row.visit for row in visits.newest(conn, ["V16", "V18", "V20"]).values()]
            later = replace(several[0], service_date=SUNDAY, visit_id="V22")
            spent = Spent.before_claims_of(night, conn, [*several, later])
            return sorted(spent.before(one, "medicare-part-b") - later.primary.therapy_dollars_used
                          for one in (*several, later))  # fmt: skip

    with open_night(workspace) as night:
        pipeline.nightly(night, SUNDAY)
        assert [days_of(night, row) for row, _ in standing(night)] == [[16, 18, 20]]
    estimated = before()
    assert estimated[0] == 0 and estimated[3] == 3 * estimated[1] > 0 and estimated[2] == 2 * estimated[1]
    answered(workspace)
    with open_night(workspace) as night, night.store.read() as conn:
        [(row, _)] = standing(night)
        told = [allowed(one.clp) for one in payments.of_claims(conn, [row.id])[row.id]]
    paid = before()
    assert paid[0] == 0 and paid[3] == sum(told) and 0 < paid[1] < paid[2] < paid[3]


def test_claim_and_batch_show_each_line_with_its_day(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out, "_width", 200)  # wherever this runs: in a process beside others there is no terminal
    drop(workspace, day(MONDAY), day(FRIDAY))
    with open_night(workspace) as night:
        batch = pipeline.nightly(night, SUNDAY).built.batch_ids[0]
        [(row, _)] = standing(night)
    shown = CliRunner().invoke(app, ["claim", row.patient_control_number, "-w", str(workspace)], env={"COLUMNS": "200"})
    assert shown.exit_code == 0 and "V16, V20" in shown.stdout
    assert shown.stdout.count("2026-11-20") >= 2
    found = CliRunner().invoke(app, ["batch", "show", str(batch), "-w", str(workspace)], env={"COLUMNS": "200"})
    assert found.exit_code == 0 and found.stdout.count("2026-11-16") >= 2 and found.stdout.count("2026-11-20") >= 2

@pytest.fixture
def on_postgresql(workspace: Path, server: Any) -> Path:
    with (workspace / "ptedi.toml").open("a") as settings:
        settings.write(f'\n[store]\nurl = "{new_database(server, tables=True)}"\n')
    return workspace


def test_a_visit_that_goes_apart_while_it_is_captured_again_is_billed_as_it_was_captured_last(
    on_postgresql: Path
) -> None:
    drop(on_postgresql, day(MONDAY), day(WEDNESDAY, STOPPED), day(FRIDAY))
    threads = list[threading.Thread]()
    with open_night(on_postgresql) as night:
        pipeline.extract_charges(night)
        pipeline.code_visits(night, SUNDAY)
        drop(on_postgresql, day(WEDNESDAY))
        with meanwhile("scrub.visits parted", lambda: beside(night, lambda: pipeline.extract_charges(night), threads)):
            pipeline.scrub_claims(night, SUNDAY)
        threads[0].join()
        pipeline.nightly(night, SUNDAY)
        with night.store.read() as conn:
            newest = visits.newest(conn, ["V16", "V18", "V20"])
            living = [row.id for row, state in standing(night) if state is not State.SUPERSEDED]
            on = [one.row_id for several in visits.of_claims(conn, living).values() for one in several]
        assert sorted(on) == sorted(one.row_id for one in newest.values())
