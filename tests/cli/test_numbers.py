"""`ptedi partners numbers`: every series with its last number, and what its log says."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from ptedi import pipeline
from ptedi.cli import app
from ptedi.sandbox import practice
from ptedi.store import series
from ptedi.store.series import SeriesKey
from ptedi.store.series_tables import series_log


def test_the_series_of_a_partner_and_a_gap_in_one(tmp_path: Path) -> None:
    root = tmp_path / "practice"
    pipeline.make_workspace(root, practice.settings())
    with pipeline.open_night(root) as night, night.store.begin() as conn:
        for name in ("ISA13", "ST02"):
            for number in range(2):
                series.next_number(conn, SeriesKey("harbor", "T", name), f"batch {number}")
    asked = ["partners", "numbers", "--workspace", str(root)]
    told = CliRunner().invoke(app, [*asked, "--json"])
    assert told.exit_code == 0, told.output
    assert [(one["of"], one["environment"], one["series"], one["last"], one["whole"])
            for one in json.loads(told.output)] == [("harbor", "T", name, 2, True) for name in ("ISA13", "ST02")]
    assert all(one["at"] for one in json.loads(told.output))
    with pipeline.open_night(root) as night, night.store.begin() as conn:
        conn.execute(series_log.delete().where(series_log.c.name == "ST02", series_log.c.value == 1))
    told = CliRunner().invoke(app, asked)
    assert (told.exit_code, "1 number up to 2" in told.output, "ISA13" in told.output) == (1, True, True)


def test_where_a_series_begins_is_said_once_and_shown(tmp_path: Path) -> None:
    root = tmp_path / "practice"
    pipeline.make_workspace(root, practice.settings())
    asked = ["partners", "numbers", "harbor", "--workspace", str(root)]
    begin = [*asked, "--start", "ISA13=4711", "--start", "gs06=52", "--by", "ana", "--reason", "old system"]
    told = CliRunner().invoke(app, [*begin, "--json"])
    assert told.exit_code == 0, told.output
    found = {one["series"]: one for one in json.loads(told.output)}
    assert {name: (one["first"], one["last"], one["whole"]) for name, one in found.items()} == {
        "ISA13": (4711, 4710, True), "GS06": (52, 51, True)}  # fmt: skip
    [start] = found["ISA13"]["starts"]
    assert (start["after"], start["first"], start["by"], start["reason"]) == (0, 4711, "ana", "old system")
    shown = CliRunner().invoke(app, asked)
    assert (shown.exit_code, "4711 after 0, ana" in shown.output) == (0, True)
    for wrong in (["--start", "ISA13"], ["--start", "ISA13=-1"], ["--start", "ISA13=1", "--start", "ISA13=2"]):
        assert CliRunner().invoke(app, [*asked, *wrong, "--reason", "x"]).exit_code == 2
    assert CliRunner().invoke(app, [asked[0], asked[1], "--start", "ISA13=5", "-w", str(root)]).exit_code == 2
