"""The practice's own date and time on what it sends; what is stored of a moment stays UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptedi import pipeline
from ptedi.cli import app
from ptedi.errors import ConfigurationError
from ptedi.sandbox import practice
from ptedi.steps.channels import partner_views
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.outbound import build_batches, rebuild
from ptedi.steps.secondary import bill_next_payers
from ptedi.steps.trial_file import send_trial
from ptedi.store import batches, files
from ptedi.store.batches import BatchRow
from tests.postgresql import new_database
from tests.steps import remits, two_payers
from tests.steps.conftest import DAY
from tests.steps.outgoing import Drop, to_ready

# PTEDI_NOW, the zone, ISA09 and ISA10
MOMENTS = [
    ("2026-11-21T02:00:00Z", "America/Denver", "261120", "1900"),
    ("2026-11-21T06:59:59Z", "America/Denver", "261120", "2359"),
    ("2026-11-21T07:00:00Z", "America/Denver", "261121", "0000"),
    ("2026-11-01T07:30:00Z", "America/Denver", "261101", "0130"),  # the hour that comes twice
    ("2026-11-01T08:30:00Z", "America/Denver", "261101", "0130"),
    ("2027-03-14T08:59:00Z", "America/Denver", "270314", "0159"),  # and the one that is left out
    ("2027-03-14T09:00:00Z", "America/Denver", "270314", "0300"),
    ("2026-11-20T22:00:00Z", "Pacific/Guam", "261121", "0800"),
    ("2026-11-21T02:00:00Z", "", "261121", "0200"),
    ("2026-11-20T19:00:00-07:00", "", "261121", "0200"),
]


def in_zone(workspace: Path, name: str) -> None:
    lines = [line for line in (workspace / "ptedi.toml").read_text().splitlines() if not line.startswith("time_zone")]
    at = lines.index("[practice]") + 1
    said = [f'time_zone = "{name}"'] if name else []
    (workspace / "ptedi.toml").write_text("\n".join([*lines[:at], *said, *lines[at:]]))


def kept(night: Night, batch_id: int) -> tuple[BatchRow, bytes]:
    with night.store.read() as conn:
        row = batches.get(conn, batch_id)
        return row, files.read_bytes(night.archive, files.get(conn, row.file_id))


def told(row: BatchRow, data: bytes) -> tuple[str, str]:
    """ISA09 and ISA10, when GS04/05, BHT04/05 and the file's name say the same."""
    isa, gs, _, bht = (segment.split("*") for segment in data.decode().split("~")[:4])
    assert [f"20{isa[9]}", isa[10]] == gs[4:6] == bht[4:6]
    assert f"20{isa[9]}" in row.file_name
    return isa[9], isa[10]


@pytest.mark.parametrize("at", range(len(MOMENTS)))
def test_a_file_says_the_practices_time(at: int, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, zone, day, time = MOMENTS[at]
    monkeypatch.setenv("PTEDI_NOW", now)
    in_zone(workspace, zone)
    with open_night(workspace) as night:
        row, data = kept(night, send_trial(night, "harbor").batch_id)
        assert told(row, data) == (day, time)
        assert row.built_at == row.envelope.created == datetime.fromisoformat(now)
        assert row.built_at.utcoffset() == UTC.utcoffset(None)
        assert f"20{day}" in partner_views(night)[0].example


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_batch_is_made_again_whatever_the_zone_is_by_then(
    workspace: Path, drop: Drop, engine: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if engine == "postgresql":
        with (workspace / "ptedi.toml").open("a") as settings:
            settings.write(f'\n[store]\nurl = "{new_database(request.getfixturevalue("server"))}"\n')
    in_zone(workspace, "America/Denver")
    drop()
    with open_night(workspace) as night:
        to_ready(night)
        [batch_id] = build_batches(night, DAY).batch_ids
        row, data = kept(night, batch_id)
        assert told(row, data) == ("261120", "1900")
    for now, zone in [("2027-07-01T12:00:00Z", "America/Denver"), ("2027-07-01T12:00:00Z", "Pacific/Guam"),
                      ("2027-01-01T00:00:00Z", "")]:  # fmt: skip
        monkeypatch.setenv("PTEDI_NOW", now)
        in_zone(workspace, zone)
        with open_night(workspace) as night:
            assert rebuild(night, batch_id) == data
            assert kept(night, batch_id) == (row, data)
            assert kept(night, batch_id)[0].built_at == datetime(2026, 11, 21, 2, tzinfo=UTC)


def test_a_batch_of_before_is_made_again_under_a_zone(workspace: Path, drop: Drop) -> None:
    drop()
    with open_night(workspace) as night:
        to_ready(night)
        [batch_id] = build_batches(night, DAY).batch_ids
        row, data = kept(night, batch_id)
        assert told(row, data) == ("261121", "0200")
    in_zone(workspace, "America/Denver")
    with open_night(workspace) as night:
        assert rebuild(night, batch_id) == data


def test_the_practices_day(workspace: Path) -> None:
    for zone, day in {"America/Denver": date(2026, 11, 20), "": date(2026, 11, 21)}.items():
        in_zone(workspace, zone)
        with open_night(workspace) as night:
            assert night.today() == day


def test_yesterday_is_the_practices(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, run = list[date](), pipeline.nightly
    monkeypatch.setattr(pipeline, "nightly", lambda night, day: asked.append(day) or run(night, day))
    for zone in ("America/Denver", "Pacific/Guam", ""):
        in_zone(workspace, zone)
        told = CliRunner().invoke(app, ["nightly", "-w", str(workspace)])
        assert told.exit_code == 0, told.output
    assert asked == [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 20)]


def test_a_decision_of_the_practices_tomorrow_is_not_told_to_the_next_payer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_workspace(tmp_path / "practice", practice.settings())
    in_zone(tmp_path / "practice", "America/Denver")
    with two_payers.sent_night(tmp_path / "practice") as night:
        first = next(one for one in remits.known_claims(night) if one.claim.other_payers)
        paid = two_payers.checked("T1", two_payers.answered(first.claim), day=date(2026, 11, 21))
        two_payers.post(night, 1, paid)
        assert bill_next_payers(night).billed == 0
        monkeypatch.setenv("PTEDI_NOW", "2026-11-21T07:00:00Z")
        assert bill_next_payers(night).billed == 1


def test_a_zone_that_is_none_opens_nothing(workspace: Path) -> None:
    in_zone(workspace, "America/Dever")
    with pytest.raises(ConfigurationError, match=r"practice\.time_zone: .*America/Denver"):
        open_night(workspace)
