"""`ptedi remits`: what the commands say and their exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptedi.cli import app
from ptedi.errors import PtediError
from tests.steps import remits
from tests.steps import sent as world
from tests.steps.conftest import DAY

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one check: a claim that is off by 0.07, a stranger, a sound one."""
    root = world.make(tmp_path_factory.mktemp("remits") / "practice")
    with world.open_night(root) as night:
        one, two, three, *_ = remits.known_claims(night)
        off, strange = (remits.answer(k.claim, f"A{k.claim_id}", [{"CO-45": x.charge / 2} for x in k.claim.lines])
                        for k in (one, two))  # fmt: skip
        off.lines[0].adjustments[0].amount -= Decimal("0.07")
        strange.patient_control_number, strange.member_id = "LEGACY-0815", "NOT1"
        sound = remits.answer(three.claim, "A3", [{"CO-45": x.charge / 2} for x in three.claim.lines])
        world.post(night, remits.file(1, remits.check("T1", DAY, [off, strange, sound])))
    return root


@pytest.fixture
def run(place: Path) -> Run:
    def call(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["remits", *words, "--workspace", str(place)])
        if isinstance(done.exception, PtediError):  # what main() makes of it
            return 2, f"{done.exception} {done.exception.hint}"
        return done.exit_code, done.output

    return call


def test_a_person_works_through_what_waits(run: Run) -> None:
    rows = json.loads(run("list", "--json")[1])
    assert [(r["ref"], r["state"]) for r in rows] == [("1.1", "quarantined"), ("1.2", "unmatched")]
    assert "off by" in rows[0]["reason"]
    story = json.loads(run("show", "1.2", "--json")[1])
    best = story["candidates"][0]
    assert best["score"] >= 45 and "charge" in best["agrees"] and "member" in best["differs"]
    assert story["segments"][0]["text"].startswith("CLP*LEGACY-0815*")
    code, text = run("show", "1.2")
    assert code == 0 and "What it could be" in text
    sound = json.loads(run("show", "1.3", "--json")[1])
    assert (sound["match"]["how"], sound["match"]["score"], sound["match"]["differs"]) == (
        "control number", 95, [])  # no name was told
    assert "matched to" in run("show", "1.3")[1] and "95 of 100: claim number, member" in run("show", "1.3")[1]
    assert story["match"] is None
    wanted = ("match", "1.2", best["claim"], "--reason", "same patient", "--by", "ana")
    code, text = run(*wanted)  # the check is of PLAN, the claim went to somebody else
    assert code == 2 and "of PLAN" in text and run("show", "1.2")[1].count("unmatched")
    assert run(*wanted, "--sure")[0] == 0
    matched = json.loads(run("show", "1.2", "--json")[1])["match"]
    assert (matched["claim"], matched["score"], matched["differs"]) == (best["claim"], best["score"], best["differs"])
    done = json.loads(run("release", "1.1", "-r", "payer confirms", "--by", "ana", "--json")[1])
    assert (done["state"], done["changed"]) == ("posted", True)
    assert json.loads(run("list", "--json")[1]) == []
    again = json.loads(run("release", "1.1", "-r", "payer confirms", "--json")[1])
    assert (again["state"], again["changed"]) == ("posted", False)
    assert run("unpost", "1", "-r", "wrong bank account")[0] == 0
    assert [r["state"] for r in json.loads(run("list", "--json")[1])] == ["unposted"]
    assert run("repost", "1", "-r", "it was ours")[0] == 0
    code, text = run("show", "1")
    assert code == 0 and "repost" in text and "it was ours" in text


def test_what_cannot_be_done_is_one_sentence_and_exit_code_2(run: Run) -> None:
    assert run("show", "99")[0] == 2
    assert run("park", "1", "-r", "x")[0] == 2
    assert run("unpost", "1.3")[0] == 2
    assert run("list", "--state", "lost")[0] == 2


def test_a_line_is_assigned_by_command(tmp_path: Path) -> None:
    root = world.make(tmp_path / "practice")
    with world.open_night(root) as night:
        one = max(remits.known_claims(night), key=lambda k: len(k.claim.lines))
        odd = remits.answer(one.claim, "A1", [{} for _ in one.claim.lines])
        odd.lines[0].procedure, odd.lines[0].line_control_number = "99999", ""
        world.post(night, remits.file(1, remits.check("T1", DAY, [odd])))

    def call(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["remits", *words, "--workspace", str(root)])
        return (2, str(done.exception)) if isinstance(done.exception, PtediError) else (done.exit_code, done.output)

    assert "99999" in call("show", "1.1")[1] and "remits assign" in call("show", "1.1")[1]
    assert call("assign", "1.1.1", "--reason", "so")[0] == 2
    done = json.loads(call("assign", "1.1.1", "--to", "1", "--reason", "so", "--json")[1])
    assert (done["state"], done["changed"]) == ("posted", True)
    assert [line["line"] for line in json.loads(call("show", "1.1", "--json")[1])["lines"]][:2] == [1, 2]
    assert call("assign", "1.1.2", "--to", "1", "--reason", "so")[0] == 2
    assert "nothing changed" in call("assign", "1.1.1", "--to", "1", "--reason", "so")[1]
    assert json.loads(call("assign", "1.1.1", "--undo", "--reason", "no", "--json")[1])["changed"]
