"""`ptedi rework`: what a person types and reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ptedi.cli import app
from ptedi.errors import ConfigurationError
from ptedi.sandbox import practice
from ptedi.steps.night import make_workspace, open_night
from tests.steps.test_rework import denied, only


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PTEDI_NOW", "2026-11-21T02:00:00+00:00")
    make_workspace(tmp_path / "practice", practice.settings())
    denied(tmp_path / "practice")
    return tmp_path / "practice"


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["rework", *words, "-w", str(root)])


def number(root: Path) -> str:
    with open_night(root) as night:
        return only(night).patient_control_number


def test_a_draft_is_shown_approved_and_listed(root: Path, tmp_path: Path) -> None:
    patch = tmp_path / "patch.toml"
    patch.write_text('authorization = "A4711"\n[line.2]\nmodifiers = ["GP", "59"]\n')
    made = run(root, "draft", number(root), "--patch", str(patch), "--by", "pat")
    assert made.exit_code == 0, made.output
    assert "A4711" in made.output and "frequency 7" in made.output and "97140 GP 59" in made.output
    shown = json.loads(run(root, "show", "1", "--json").stdout)
    assert (shown["frequency"], shown["state"], shown["stops"]) == ("7", "open", False)
    done = json.loads(run(root, "approve", "1", "--by", "kim", "--json").stdout)
    assert done["released"] and done["decided_by"] == "kim"
    assert done["released"] in run(root, "list").output
    assert json.loads(run(root, "list", "--open", "--json").stdout) == []


def test_what_stops_a_draft_is_told_with_exit_code_1(root: Path) -> None:
    assert run(root, "draft", number(root), "--set", "diagnoses=Z99.99").exit_code == 1
    assert run(root, "withdraw", "1").exit_code == 0


@pytest.mark.parametrize("words", [("--set", "nonsense"), ("--set", "line.7.units=1"), ("--set", "shoe=1")])
def test_what_cannot_be_set_is_one_sentence(root: Path, words: tuple[str, ...]) -> None:
    found = run(root, "draft", number(root), *words)
    assert isinstance(found.exception, ConfigurationError)


def test_letters_are_written_sent_and_listed(root: Path) -> None:
    made = json.loads(run(root, "appeal", number(root), "--json").stdout)
    assert (root / made["path"]).exists() and made["state"] == "open"
    assert run(root, "proof", number(root)).exit_code == 0
    assert "sent" in run(root, "sent", str(made["id"]), "--date", "2026-11-20").output
    listed = run(root, "letters").output
    assert "sent" in listed and "written" in listed
    assert run(root, "sent", "1", "--date", "yesterday").exit_code == 2


def test_appeals_are_listed_with_their_clock_answered_and_withdrawn(root: Path) -> None:
    for outcome in ("upheld", "overturned"):
        made = json.loads(run(root, "appeal", number(root), "--json").stdout)
        assert "expected by" in run(root, "sent", str(made["id"]), "--date", "2026-11-20").output
        (listed,) = json.loads(run(root, "appeals", "--open", "--json").stdout)
        assert listed["id"] == made["id"] and listed["days_left"] > 0
        assert run(root, "answered", str(made["id"]), "--outcome", outcome, "--date", "2026-11-20").exit_code == 0
    assert run(root, "answered", str(made["id"]), "--outcome", "lost").exit_code == 2
    assert "waited" in run(root, "appeals").output
    assert f"appeal {made['id']} of" in run(root, "withdraw", str(made["id"])).output
    assert json.loads(run(root, "appeals", "--open", "--json").stdout) == []
    unsent = json.loads(run(root, "appeal", number(root), "--json").stdout)["id"]
    assert f"letter {unsent} of" in run(root, "withdraw", str(unsent)).output
