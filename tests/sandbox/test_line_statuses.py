"""Refusals told at a line, and further 277CAs that say less: each claim ends where its payer left it, in any order."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.sandbox import clearinghouse, practice
from ptedi.sandbox.oracle import Fate
from ptedi.sandbox.scenario import Scenario
from ptedi.store import claims, events, work
from ptedi.store.work import WorkKind
from ptedi.submissions.status import State
from ptedi.transactions import claim_acknowledgement_277ca
from tests.sandbox.test_several_payers import FIRST

LINES = Scenario(rejected_by_payer=400, line_statuses=700, acknowledged_again=True, corrections=False)


@pytest.mark.parametrize("backwards", [False, True])
def test_each_claim_ends_where_its_payer_left_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                 backwards: bool) -> None:  # fmt: skip
    monkeypatch.setenv("PTEDI_NOW", f"{FIRST}T23:30:00+00:00")
    workspace, house = pipeline.make_workspace(tmp_path, practice.settings()), tmp_path / "clearinghouse"
    for name, data in practice.charges(1, FIRST, visits=24, bad_rows=False).items():
        pipeline.drop(workspace, name, data)
    with pipeline.open_night(tmp_path) as night:
        pipeline.nightly(night, FIRST)
        told = clearinghouse.run(house / "to", house / "from", house / "state", seed=5, today=FIRST, scenario=LINES)
        at_lines = {
            claim.patient_control_number: claim.lines
            for path in (house / "from").glob("*277CA*") for one in claim_acknowledgement_277ca.read(path.read_bytes())
            for claim in one.claims if claim.lines
        }  # fmt: skip
        pipeline.collect_inbound(night)
        found = sorted(pipeline.waiting_files(night).acknowledgements, reverse=backwards)
        for number in [*found, *found[:3]]:
            pipeline.apply_acknowledgements(night, number)
        with night.store.read() as conn:
            states = events.current_states(conn)
            rows = claims.by_control_numbers(conn, told.results)
            items = {item.claim_id: item for item in work.list_work(conn, kinds=[WorkKind.REJECTION])}
    refused = {number for number, one in told.results.items() if one.fate is Fate.PAYER_REJECTED}
    assert at_lines
    assert set(at_lines) < refused
    for number, row in rows.items():
        assert states[row.id] is (State.REJECTED if number in refused else State.ACCEPTED_PAYER), number
        assert (row.id in items) is (number in refused)
    for number in at_lines:
        assert "line 1 " in items[rows[number].id].sentence
