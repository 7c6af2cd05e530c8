"""What a practice keeps beside its claims speaks at night: code files, waivers, authorizations, safe repairs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from ptedi.codes import table
from ptedi.errors import ConfigurationError
from ptedi.sandbox import practice
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.outbound import code_visits, extract_charges, scrub_claims
from ptedi.steps.scrub import Scrubbed
from ptedi.store import claims, events, findings, work
from ptedi.store.work import WorkKind
from ptedi.submissions.status import Event, State
from tests.steps.conftest import DAY

Change = Callable[[dict[str, str]], None]
WAIVER = """[[waiver]]
edit = "{edit}"
reason = "contract"
by = "M. Okafor"
from = {first}
expires = {last}
"""


def captured(change: Change = lambda _: None, *, payer: str = "bluestone-ppo", visits: int = 60,
             authorized: bool = True) -> bytes:  # fmt: skip
    """One visit of this payer, each row changed."""
    data = practice.charges(3, DAY, visits=visits, bad_rows=False)
    for text in (data[name].decode() for name in sorted(data) if name.endswith(".csv")):
        rows = list(csv.DictReader(io.StringIO(text)))
        found = [row for row in rows if row["payer"] == payer and bool(row["authorization"]) is authorized
                 and row["referring_npi"] and not row["procedure"].startswith("9716")]  # fmt: skip
        if found:
            mine = [row for row in rows if row["visit_id"] == found[0]["visit_id"]]
            out = io.StringIO(newline="")
            writer = csv.DictWriter(out, list(mine[0]))
            writer.writeheader()
            for row in mine:
                change(row)
                writer.writerow(row)
            return out.getvalue().encode()
    raise AssertionError("no such visit")


def run(root: Path, data: bytes = b"") -> Scrubbed:
    if data:
        (root / "inbox" / "one.csv").write_bytes(data)
    with open_night(root) as night:
        extract_charges(night)
        code_visits(night, DAY)
        return scrub_claims(night, DAY)


def first(data: bytes) -> dict[str, str]:
    return next(csv.DictReader(io.StringIO(data.decode())))


def grant(root: Path, row: dict[str, str], *, visits: str = "", last: str = "", procedures: str = "") -> None:
    (root / "authorizations.csv").write_text(
        "number,patient_id,payer,visits,from,to,procedures\n"
        f"{row['authorization']},{row['patient_id']},{row['payer']},{visits},,{last},{procedures}\n")  # fmt: skip


@pytest.mark.parametrize(("limits", "code", "held"), [
    ({"last": "2026-11-19"}, "AU103", 1), ({"visits": "2"}, "AU104", 0), ({"procedures": "97999"}, "AU105", 1),
    ({}, "", 0),
])  # fmt: skip
def test_authorizations_speak(workspace: Path, limits: dict[str, str], code: str, held: int) -> None:
    data = captured()
    grant(workspace, first(data), **limits)
    done = run(workspace, data)
    assert {one for one in done.codes if one.startswith("AU")} == ({code} if code else set())
    assert done.held == held


def test_earlier_visits_use_an_authorization_up(workspace: Path) -> None:
    def a_week_earlier(row: dict[str, str]) -> None:
        row.update(visit_id="V-EARLIER", service_date="2026-11-13")

    data = captured()
    grant(workspace, first(data), visits="1")
    run(workspace, captured(a_week_earlier))
    assert "AU102" in run(workspace, data).codes


def test_progress_reports_count_the_treatment_days(tmp_path: Path) -> None:
    reports = "patient_id,date\n{patient},2026-11-18\n"
    codes = []
    for written in (False, True):
        root = tmp_path / f"{written}"
        make_workspace(root, practice.settings())
        for number in range(11):
            def on_a_day(row: dict[str, str], number: int = number) -> None:
                row.update(visit_id=f"V-{number:02}", service_date=f"2026-11-{number + 10}", procedure="97110",
                           therapist_minutes="30", authorization="A1", modifiers="")  # fmt: skip

            data = captured(on_a_day, payer="summit-advantage")
            if written:
                (root / "progress_reports.csv").write_text(reports.format(patient=first(data)["patient_id"]))
            done = run(root, data)
        codes.append("PT156" in done.codes)
    assert codes == [True, False]


def test_a_record_that_cannot_be_read_is_asked_about_until_it_is_corrected(workspace: Path) -> None:
    bad, good = "patient_id,date\nP1,11/20/2026\n", "patient_id,date\nP1,2026-11-20\n"
    asked = []
    for text in (bad, bad, good, bad):
        (workspace / "progress_reports.csv").write_text(text)
        run(workspace)
        with open_night(workspace) as night, night.store.read() as conn:
            asked.append([item.remarks for item in work.list_work(conn, kinds=[WorkKind.RULES])])
    assert asked == [["RC101"], ["RC101"], [], ["RC101"]]


def test_a_waiver_lets_a_claim_go_and_says_who(workspace: Path) -> None:
    data = captured()
    grant(workspace, first(data), last="2026-11-19")
    assert run(workspace, data).held == 1
    (workspace / "waivers.toml").write_text(WAIVER.format(edit="AU103", first="2026-09-01", last="2026-12-31"))
    done = run(workspace)
    assert (done.released, done.questions) == (1, 0)
    assert run(workspace).questions == 0  # needed once, never asked about
    with open_night(workspace) as night, night.store.read() as conn:
        [row] = claims.by_state(conn, [State.READY])
        assert any("Waived by M. Okafor" in one.message for one in findings.of_claims(conn, [row.id])[row.id])


@pytest.mark.parametrize(("first_day", "last_day", "asked"), [
    ("2026-09-01", "2026-12-31", ["WV102"]), ("2026-11-10", "2026-12-31", []), ("2026-01-01", "2026-10-31", ["WV101"]),
])  # fmt: skip
def test_waivers_are_looked_over(workspace: Path, first_day: str, last_day: str, asked: list[str]) -> None:
    (workspace / "waivers.toml").write_text(WAIVER.format(edit="AU103", first=first_day, last=last_day))
    for _ in range(2):
        assert run(workspace).questions == len(asked)
    with open_night(workspace) as night, night.store.read() as conn:
        assert [item.remarks for item in work.list_work(conn, kinds=[WorkKind.RULES])] == asked


def test_a_waiver_without_an_end_stops_the_scrubbing_and_nothing_else(night: Night, workspace: Path) -> None:
    (workspace / "inbox" / "one.csv").write_bytes(captured())
    (workspace / "waivers.toml").write_text('[[waiver]]\nedit = "AU103"\n')
    extract_charges(night)
    assert code_visits(night, DAY).claims == 1
    with pytest.raises(ConfigurationError):
        scrub_claims(night, DAY)


def missing_gp(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coder that forgets the discipline."""
    monkeypatch.setattr("ptedi.claims.modifiers.discipline", lambda *_: None)


def test_safe_repairs_are_made_and_told(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing_gp(monkeypatch)
    done = run(workspace, captured())
    assert done.mended > 0 and done.released == 1
    with open_night(workspace) as night, night.store.read() as conn:
        [row] = claims.by_state(conn, [State.READY])
        coded = claims.load(conn, row.id)
        told = [one.detail for one in events.of_claim(conn, row.id) if one.event is Event.CODED]
    assert all("GP" in line.modifiers for line in coded.claim.lines)
    assert [one.startswith("safe repair PT1") for one in told[1:]] == [True] * done.mended
    assert all(" becomes " in one and one.count("GP") == 1 for one in told[1:])  # before and after
    assert sum(note.subject == "repair" for note in coded.notes) == done.mended


def test_repairs_of_a_held_claim_are_made_once(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing_gp(monkeypatch)
    data = captured()
    grant(workspace, first(data), last="2026-11-19")
    assert run(workspace, data).held == 1

    def told() -> list[str]:
        with open_night(workspace) as night, night.store.read() as conn:
            [row] = claims.by_state(conn, [State.HELD])
            return [one.detail for one in events.of_claim(conn, row.id)]

    before = told()
    done = run(workspace)
    assert (done.held, done.still_held, done.mended) == (0, 1, 0)
    assert told() == before


def test_suggested_repairs_wait_with_the_held_claim(workspace: Path) -> None:
    def group_and_exercise(row: dict[str, str]) -> None:
        row.update(procedure="97014", therapist_minutes="15", assistant_minutes="", modifiers="")

    run(workspace, captured(group_and_exercise, payer="summit-advantage"))
    with open_night(workspace) as night, night.store.read() as conn:
        [item] = work.list_work(conn, kinds=[WorkKind.HELD])
        coded = claims.load(conn, item.claim_id or 0)
    assert "PT130" in item.how and "G0283" in item.how
    assert {line.procedure for line in coded.claim.lines} == {"97014"}


def test_each_workspace_has_its_own_code_files(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for root in (one, two):
        make_workspace(root, practice.settings())
    (one / "codes").mkdir(exist_ok=True)
    shipped = table.read(table.folder() / "mue.csv")
    (one / "codes" / "mue.csv").write_text(",".join(shipped[0]) + "\n" + ",".join(
        (shipped[0] | {"effective_from": "2026-10-01", "effective_to": ""}).values()) + "\n")  # fmt: skip
    with open_night(one) as first_night, open_night(two) as second_night:
        assert table.installed("mue.csv") is None
        scrub_claims(first_night, DAY)
        assert table.installed("mue.csv") == one / "codes" / "mue.csv"
        scrub_claims(second_night, DAY)
        assert table.installed("mue.csv") is None
