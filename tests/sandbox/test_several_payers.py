"""The whole loop with several payers: our own secondary claims, crossovers, prices beforehand, PLB of all kinds.

The files of a day are posted in either order and again; the books close every day and are what the payers decided.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.config import open_workspace
from ptedi.remittances.model import ClaimPayment
from ptedi.sandbox import clearinghouse, oracle, practice
from ptedi.sandbox.scenario import PAYERS, Scenario
from ptedi.store import coordination, payments, work
from ptedi.store.coordination import Step
from ptedi.transactions import remittance_835

FIRST = dt.date(2026, 11, 20)
DAYS = (0, 3, 7)
CROSSING = replace(PAYERS, corrections=False)
ZERO = Decimal("0.00")


def answers(house: Path) -> Iterator[ClaimPayment]:
    for path in sorted((house / "from").glob("*.835")):
        yield from (clp for payment in remittance_835.read(path.read_bytes()) for clp in payment.claims)


def taken_over(clp: ClaimPayment) -> Decimal:
    """What a later payer had to decide about: the charge without what was decided before."""
    found = [*clp.adjustments, *(a for line in clp.lines for a in line.adjustments)]
    return clp.charge - sum((a.amount for a in found if (a.group, a.reason) == ("OA", "23")), ZERO)


def loop(root: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, *, backwards: bool,
         visits: int = 24) -> Path:  # fmt: skip
    """Three days of an ever smaller practice, each out, answered and back."""
    monkeypatch.setenv("PTEDI_NOW", f"{FIRST}T23:30:00+00:00")
    pipeline.make_workspace(root, practice.settings())
    workspace = open_workspace(root)
    house = root / "clearinghouse"
    for turn, days in enumerate(DAYS):
        day = FIRST + dt.timedelta(days=days)
        monkeypatch.setenv("PTEDI_NOW", f"{day}T23:30:00+00:00")
        if not turn:
            for name, data in practice.charges(1, day, visits=visits, bad_rows=False).items():
                pipeline.drop(workspace, name, data)
        with pipeline.open_night(root) as night:
            pipeline.nightly(night, day)
        clearinghouse.run(house / "to", house / "from", house / "state", seed=5, today=day, scenario=scenario)
        with pipeline.open_night(root) as night:
            pipeline.collect_inbound(night)
            waiting = pipeline.waiting_files(night)
            for number in waiting.acknowledgements:
                pipeline.apply_acknowledgements(night, number)
            for number in [*sorted(waiting.remittances, reverse=backwards), *waiting.remittances]:
                pipeline.post_remittances(night, number)
            pipeline.bill_next_payers(night)
            pipeline.reconcile_deposits(night)
            assert pipeline.summary(night, FIRST).closes
            assert pipeline.census(night).closes
    return house


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("scenario", [Scenario(corrections=False), CROSSING], ids=["our own", "crossovers"])
def test_the_books_are_what_all_payers_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario,
                                               backwards: bool):  # fmt: skip
    house = loop(tmp_path, monkeypatch, scenario, backwards=backwards)
    told, found = oracle.history(house / "state"), list(answers(house))
    later = [clp for clp in found if clp.status_code == "2"]
    assert later
    with pipeline.open_night(tmp_path) as night:
        books = pipeline.summary(night, FIRST).as_json()["books"]
        with night.store.read() as conn:
            steps = coordination.in_step(conn, Step.BILLED, Step.ANSWERED)
            stuck = work.list_work(conn, kinds=[work.WorkKind.QUARANTINE, work.WorkKind.UNMATCHED])
            history = payments.history(conn, [one.next_claim_id for one in steps if one.next_claim_id])
    assert stuck == []
    assert len(later) == len(steps)
    assert Decimal(books["paid"]) == told.paid  # type: ignore[index]
    refused = sum((amount for key, amount in told.adjustments.items() if key in ("PR-96", "PR-204")), ZERO)
    moved = sum(map(taken_over, later), ZERO)
    assert Decimal(books["patient"]) == told.patient_responsibility - refused - moved  # type: ignore[index]
    assert all(len(said) == 1 for said in history.values())


def test_the_books_close_when_payers_think_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    house = loop(tmp_path, monkeypatch, PAYERS, backwards=True)
    assert any(clp.is_reversal for clp in answers(house))
