"""`ptedi deposits`: what the commands say and their exit codes."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from ptedi.cli import app
from ptedi.errors import PtediError
from ptedi.steps import inbound
from tests.steps import remits
from tests.steps import sent as world
from tests.steps.conftest import DAY


def test_a_lockbox_is_tied_listed_and_let_go(tmp_path: Path) -> None:
    root = world.make(tmp_path / "practice")
    with world.open_night(root) as night:
        papers = [remits.check(f"PAPER{n}", DAY, [remits.answer(k.claim, f"A{n}", [{} for _ in k.claim.lines])])
                  for n, k in enumerate(remits.known_claims(night)[:2])]  # fmt: skip
        total = sum(paper.amount for paper in papers)
        world.post(night, remits.file(1, *papers), f"date,trace_number,amount\n{DAY},LOCKBOX,{total}\n".encode())
        inbound.reconcile_deposits(night)

    def call(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["deposits", *words, "--workspace", str(root)])
        return (2, f"{done.exception} {done.exception.hint}") if isinstance(done.exception, PtediError) else (
            done.exit_code, done.output)  # fmt: skip

    waiting = json.loads(call("list", "--waiting", "--json")[1])
    assert ([d["open"] for d in waiting["deposits"]], len(waiting["checks"])) == ([str(total)], 2)
    code, text = call("tie", "-d", "1", "-c", "1", "--reason", "so")
    assert code == 2 and "more than what the checks say" in text and "--difference" in text
    assert call("tie", "-d", "1", "-c", "1", "--reason", "so", "--difference", "x")[0] == 2
    done = json.loads(call("tie", "-d", "1", "-c", "1", "-c", "2", "--reason", "the bank's list", "--json")[1])
    assert (done["changed"], done["open_cents"], len(done["ties"])) == (True, 0, 2)
    assert "nothing changed" in call("tie", "-d", "1", "-c", "1", "-c", "2", "--reason", "the bank's list")[1]
    listed = json.loads(call("list", "--check", "2", "--json")[1])
    assert [(d["checks"], d["open"]) for d in listed["deposits"]] == [([1, 2], "0.00")]
    assert "waits again" in call("untie", "1", "--reason", "no")[1]
    assert "LOCKBOX" in call("list", "--waiting")[1]
