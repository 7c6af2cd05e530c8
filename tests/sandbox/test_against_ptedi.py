"""The whole of ptedi against the sandbox's own figures: two nights, plain and with careless payers, to the cent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.config import open_workspace
from ptedi.sandbox import clearinghouse, oracle, practice
from ptedi.sandbox.oracle import SandboxReport
from ptedi.sandbox.scenario import PLAIN, SHAPES, Scenario

TONIGHT = dt.date(2026, 11, 20)


def two_nights(root: Path, scenario: Scenario) -> tuple[dict[str, dict[str, str]], SandboxReport]:
    """The books after both nights, and what the other side says they should be."""
    pipeline.make_workspace(root, practice.settings())
    workspace = open_workspace(root)
    house, state = root / "clearinghouse", root / "clearinghouse" / "state"
    for day, visits in ((TONIGHT - dt.timedelta(days=7), 24), (TONIGHT, 120)):
        for name, data in practice.charges(5, day, visits=visits).items():
            pipeline.drop(workspace, name, data)
        with pipeline.open_night(root) as night:
            pipeline.nightly(night, day)
        clearinghouse.run(house / "to", house / "from", state, seed=5, today=day, scenario=scenario)
        with pipeline.open_night(root) as night:
            pipeline.collect_inbound(night)
            waiting = pipeline.waiting_files(night)
            for number in waiting.acknowledgements:
                pipeline.apply_acknowledgements(night, number)
            for number in waiting.remittances:
                pipeline.post_remittances(night, number)
            pipeline.reconcile_deposits(night)
    with pipeline.open_night(root) as night:
        summary = pipeline.summary(night, TONIGHT).as_json()
    return summary, oracle.history(state)  # type: ignore[return-value]


@pytest.mark.parametrize("scenario", [PLAIN, SHAPES], ids=["plain", "shapes"])
def test_the_books_are_what_the_other_side_says(tmp_path: Path, scenario: Scenario):
    summary, told = two_nights(tmp_path, scenario)
    assert summary["closes"] is True
    assert Decimal(summary["books"]["paid"]) == told.paid
    assert Decimal(summary["remittances"]["checks"]) == Decimal(summary["bank"]["bank"]) == told.check_total
    not_yet_the_patients = told.adjustments.get("PR-96", Decimal(0))  # a refusal waits for a person
    assert Decimal(summary["books"]["patient"]) == told.patient_responsibility - not_yet_the_patients
