"""`ptedi price` and `ptedi contracts` as people call them: figures, exit codes, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ptedi.cli import app
from ptedi.sandbox import practice
from ptedi.steps.night import make_workspace
from tests.steps import sent as world
from tests.steps.test_price import agree, commercial, paid, short


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTEDI_NOW", "2026-11-21T02:00:00+00:00")


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


VISIT = ("price", "visit", "97530@70", "97110@60", "97110:1:GP,CQ@60", "97140@55", "--date", "2024-07-15")


def test_a_visit_is_priced_step_by_step() -> None:
    told = json.loads(run(*VISIT, "--deductible", "50", "--json").stdout)
    assert told["paid"] == "38.17" and told["contract"] == "medicare-part-b"
    steps = {step["step"]: step["amount"] for step in told["lines"][2]["steps"]}
    assert (steps["fee"], steps["multiple procedures"], steps["assistant"], steps["paid"]) == (
        "29.29", "-6.99", "-2.68", "14.86")  # fmt: skip
    shown = run(*VISIT)
    assert shown.exit_code == 0 and "77.36" in shown.stdout and "33.2875" in shown.stdout


@pytest.mark.parametrize(("words", "code"), [
    (("price", "visit", "97110", "--date", "2026-01-05"), 1),  # relative values of 2026 are not shipped
    (("price", "visit", "971"), 2), (("price", "visit", "97110:0"), 2), (("price", "visit", "97110@1.234"), 2),
    (("price", "visit", "97110", "--payer", "nobody"), 2), (("contracts", "show", "nobody"), 2),
    (("contracts", "show", "medicare-part-b", "--on", "yesterday"), 2),
    (("contracts", "show", "medicare-part-b", "--on", "2024-07-15"), 0),
])  # fmt: skip
def test_exit_codes(words: tuple[str, ...], code: int) -> None:
    assert run(*words).exit_code == code


def test_a_locality_that_is_not_loaded_has_no_price() -> None:
    assert run(*VISIT, "--locality", "06302-00").exit_code == 1


def test_contracts_of_a_workspace_are_linted(tmp_path: Path) -> None:
    root = tmp_path / "practice"
    make_workspace(root, practice.settings())
    (root / "contracts").mkdir()
    for name, data in practice.agreements().items():
        (root / name).write_bytes(data)
    assert run("contracts", "lint", "-w", root).exit_code == 0
    text = (root / "contracts/bluestone-ppo.toml").read_text()
    (root / "contracts/bluestone-ppo.toml").write_text(text.replace('payer = "bluestone-ppo"', 'payer = "blue"'))
    found = run("contracts", "lint", "-w", root, "--json")
    assert found.exit_code == 1 and [one["code"] for one in json.loads(found.stdout)] == ["AG101"]
    shown = json.loads(run("contracts", "show", "summit-advantage", "-w", root, "--json").stdout)
    assert shown["rates"]["97110"]["amount"] == "30.10"


def test_an_underpaid_claim_from_the_worklist_to_its_steps(tmp_path: Path) -> None:
    root = world.make(tmp_path / "practice")
    with world.open_night(root) as night:
        one = commercial(night)
        paid(night, 1, short(one, "5.00"))
    number = one.claim.patient_control_number
    first = json.loads(run("price", "rerun", "-w", root, "--json").stdout)
    assert (first["claims"], first["opened"]) == (1, 0)
    with world.open_night(root) as night:
        agree(night)
    again = run("price", "rerun", "-w", root, "--payer", "bluestone-ppo")
    assert again.exit_code == 0 and "1 item to ask for" in again.stdout
    rows = json.loads(run("price", "underpaid", "-w", root, "--json").stdout)["rows"]
    assert rows == [{"payer_id": "bluestone-ppo", "procedure": one.claim.lines[0].procedure, "cause": "rate",
                     "count": 1, "cents": 500}]  # fmt: skip
    told = run("price", "claim", number, "-w", root, "--json")
    story = json.loads(told.stdout)
    assert told.exit_code == 1 and story["lines"][0]["compared"]["difference_cents"] == -500
    assert [one["price"]["verdict"] for one in story["history"] if one["price"]["line"] == 1] == [
        "no contract known", "underpaid"]  # fmt: skip
    shown = run("price", "claim", number, "-w", root, "--history")
    assert "underpaid" in shown.stdout and "no contract known" in shown.stdout
    assert run("price", "claim", "NOBODY", "-w", root).exit_code != 0
