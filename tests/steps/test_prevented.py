"""What edits held that payers would have denied: by edit, each claim once in all, and what came of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptedi.cli import app
from ptedi.edits import EDITS
from ptedi.steps.night import Night
from ptedi.steps.prevented import prevented
from ptedi.store import claims, events
from ptedi.submissions.status import Event
from tests.steps import remits, sent
from tests.steps.conftest import DAY

TODAY = dt.date(2026, 11, 21)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sent.make(tmp_path_factory.mktemp("prevented") / "sent", visits=8)


@pytest.fixture
def night(template: Path, tmp_path: Path) -> Iterator[Night]:
    with sent.copy(template, tmp_path / "practice") as opened:
        yield opened


def hold(night: Night, claim_id: int, codes: str, key: str) -> Decimal:
    with night.store.begin() as conn:
        events.append(conn, claim_id, Event.HELD, "test", key, detail=codes)
        return Decimal(claims.get(conn, claim_id).charge_cents).scaleb(-2)


def test_a_claim_counts_with_each_edit_and_once_in_all(night: Night) -> None:
    before = prevented(night, TODAY, TODAY)
    one, two, three, four, *_ = remits.known_claims(night)
    first = hold(night, one.claim_id, "NC102 AU101 PT103", "x")
    assert hold(night, one.claim_id, "NC102", "y") == first  # held twice, counted once
    second = hold(night, two.claim_id, "AU101", "x")
    hold(night, three.claim_id, "PT109", "x")  # only warns
    hold(night, four.claim_id, "DX105", "x")
    clp = remits.answer(two.claim, "ICN1", [{} for _ in two.claim.lines])
    sent.post(night, remits.file(1, remits.check("T1", DAY, [clp])))
    told = prevented(night, TODAY, TODAY)
    assert (told.claims - before.claims, told.amount - before.amount) == (2, first + second)
    assert told.paid - before.paid == two.claim.charge
    rows, old = {row.edit: row for row in told.edits}, {row.edit: row for row in before.edits}
    assert rows["AU101"].claims - (old["AU101"].claims if "AU101" in old else 0) == 2
    assert (rows["NC102"].claims, rows["NC102"].amount) == (1, first)
    assert {"97", "231", "236"} <= set(rows["NC102"].denials)
    assert all(EDITS[code].rule.severity.stops for code in rows)
    assert [row.amount for row in told.edits] == sorted((row.amount for row in told.edits), reverse=True)


def test_only_holds_of_those_days_count(night: Night) -> None:
    one, *_ = remits.known_claims(night)
    hold(night, one.claim_id, "NC102", "x")
    day = dt.timedelta(days=1)
    assert "NC102" in [row.edit for row in prevented(night, TODAY - day, TODAY).edits]
    for first, last in ((TODAY - 9 * day, TODAY - day), (TODAY + day, TODAY + 9 * day)):
        empty = prevented(night, first, last)
        assert (empty.claims, empty.amount, empty.edits) == (0, Decimal("0.00"), ())


def test_the_command(night: Night) -> None:
    one, *_ = remits.known_claims(night)
    hold(night, one.claim_id, "NC102", "x")
    words = ["edits", "prevented", "--from", str(TODAY), "--to", str(TODAY), "-w", str(night.workspace.root)]
    told = CliRunner().invoke(app, [*words, "--json"])
    assert told.exit_code == 0, told.output
    assert "NC102" in [row["edit"] for row in json.loads(told.output)["edits"]]
    assert "NC102" in CliRunner().invoke(app, words).output
    wrong = [word if word != "--to" else "--from" for word in words]
    assert CliRunner().invoke(app, wrong).exit_code == 2
