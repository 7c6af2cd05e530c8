"""Names for people, ids for programs: in tables, pictures and the order of rows."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from ptedi.cli import app, reporting
from ptedi.cli.screen import Screen
from ptedi.reports.practice.names import name, spoken
from ptedi.reports.practice.page import html
from ptedi.reports.practice.report import Picture, Shape, Show, Shown, View
from ptedi.steps.night import Night
from ptedi.steps.reporting import report

FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)
NAMES = {"payer": {"b": "Alpha", "a": "Zeta"}, "clinic": {"m": "Main"}}


def view(*rows: tuple[str, str, int], ordered: bool = True) -> View:
    return View(key="k", title="t", frame=pd.DataFrame(rows, columns=["what", "payer", "cents"]), names=NAMES,
                ordered=ordered, columns=(Shown("what", "What"), Shown("payer", "Payer"),
                                          Shown("cents", "Amount", Show.MONEY)))  # fmt: skip


def test_what_stands_in_the_order_of_ids_stands_in_that_of_names() -> None:
    made = view(("y", "a", 1), ("y", "b", 2), ("x", "a", 3), ("x", "b", 4), ("x", "c", 5))
    assert [row[:2] for row in made.rows(people=True)] == [
        ["y", "Alpha"], ["y", "Zeta"], ["x", "Alpha"], ["x", "c"], ["x", "Zeta"]]  # fmt: skip
    assert [row[1] for row in made.rows()] == ["a", "b", "a", "b", "c"]
    by_money = view(("y", "a", 2), ("y", "b", 1), ordered=False)
    assert [row[1] for row in by_money.rows(people=True)] == ["Zeta", "Alpha"]


def test_a_column_of_amounts_is_no_column_of_ids() -> None:
    frame = pd.DataFrame({"bucket": ["0-30"], "payer": [100]})
    made = View(key="k", title="t", frame=frame, columns=(Shown("bucket", "Days"), Shown("payer", "Owed", Show.MONEY)),
                names=NAMES, ordered=True)  # fmt: skip
    assert made.rows(people=True) == made.rows()


def test_a_label_is_told_by_its_parts_and_opens_by_its_ids() -> None:
    assert name("payer", "a, after another payer", NAMES) == "Zeta, after another payer"
    assert spoken(("payer", "clinic"), "b / m", NAMES) == "Alpha / Main"
    assert spoken(("payer",), "all others", NAMES) == "all others"
    assert spoken((), "Clean claim rate", NAMES) == "Clean claim rate"
    picture = Picture(title="t", shape=Shape.BARS, labels=("a",), series={"s": (1,)}, spoken=("Zeta",))
    assert "Zeta" in picture.alt


def test_people_read_names_and_programs_ids(night: Night, month: Path) -> None:
    payers = {one: profile.name for one, profile in night.profiles.items()}
    made = report(night, "payments", first=FIRST, last=LAST)
    [ids] = [[str(row[0]) for row in one.rows()] for one in made.views if one.key == "split"]
    [told] = [[str(row[0]) for row in one.rows(people=True)] for one in made.views if one.key == "split"]
    assert told == [payers[one] for one in ids] and len(ids) > 2
    [picture] = made.pictures
    assert (picture.labels, picture.words) == (tuple(ids), tuple(told))
    page = html(made)
    assert told[0] in page and f">{ids[0]}<" not in page
    words = ["--from", str(FIRST), "--to", str(LAST), "--workspace", str(month)]
    screen = CliRunner().invoke(app, ["report", "payments", *words]).output
    assert all(word in screen for word in told[0].split()) and ids[0] not in screen
    said = json.loads(CliRunner().invoke(app, ["report", "payments", *words, "--json"]).output)
    assert [row["payer"] for row in said["views"]["split"]] == ids


def test_key_figures_abreast_stand_by_name(night: Night) -> None:
    made = report(night, "kpis", first=FIRST, last=LAST, by=("clinic",))
    [side] = [one for one in made.views if one.key == "abreast"]
    clinics = {one.id: one.name for one in night.practice.clinics}
    assert [column.label for column in side.columns[1:]] == sorted(clinics[column.name] for column in side.columns[1:])
    split = report(night, "kpis", first=FIRST, last=LAST, by=("payer", "clinic"))
    [long] = [one for one in split.views if one.key == "split"]
    rows = [row[:2] for row in long.rows(people=True) if row[0] == "Denial rate, claims"]
    assert rows == sorted(rows, key=lambda row: row[1].casefold()) and len({row[1] for row in rows}) > 1


@pytest.mark.parametrize("width", [40, 80, 100, 240])
def test_no_amount_is_cut_in_any_window(month: Path, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    screen = Screen(width=width, soft_wrap=True, file=io.StringIO())
    monkeypatch.setattr(reporting, "out", screen)
    words = ["--from", str(FIRST), "--to", str(LAST), "--workspace", str(month)]
    made = json.loads(CliRunner().invoke(app, ["report", "payments", *words, "--json"]).output)
    CliRunner().invoke(app, ["report", "payments", *words], catch_exceptions=False)
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    paid = [f"{Decimal(str(row['paid'])):,.2f}" for row in made["views"]["split"]]
    assert len(paid) > 2 and all(f" {amount} " in shown for amount in paid)
    assert "MEDICARE" in shown
