"""What people ask: claims of a patient, a visit, a span of days; who took the place of a superseded claim."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

from ptedi.sandbox import practice
from ptedi.steps.night import Night
from ptedi.steps.outbound import code_visits, extract_charges
from ptedi.steps.views import claim_story, list_claims
from tests.steps.conftest import DAY


def captured(night: Night, workspace: Path, name: str, rows: list[dict[str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (workspace / "inbox" / name).write_text(out.getvalue())
    extract_charges(night)
    code_visits(night, DAY)


def charges() -> list[dict[str, str]]:
    data = practice.charges(3, DAY, visits=30, bad_rows=False)
    text = next(data[name].decode() for name in sorted(data) if name.endswith(".csv"))
    return list(csv.DictReader(io.StringIO(text)))


def test_claims_of_a_patient_a_visit_and_some_days(night: Night, workspace: Path) -> None:
    rows = charges()
    week = DAY - dt.timedelta(days=7)
    mine = [row for row in rows if row["visit_id"] == rows[0]["visit_id"]]
    captured(night, workspace, "one.csv", rows)
    captured(night, workspace, "two.csv", [row | {"visit_id": "V-BEFORE", "service_date": str(week)} for row in mine])
    patient, visit = mine[0]["patient_id"], mine[0]["visit_id"]
    everything = list_claims(night)
    assert len(list_claims(night, patient_id=patient)) == 2 and not list_claims(night, patient_id="nobody")
    [today] = list_claims(night, visit_id=visit)
    [before] = list_claims(night, last=DAY - dt.timedelta(days=1))
    assert (today.service_date, before.service_date) == (DAY, week)
    assert list_claims(night, patient_id=patient, first=week, last=week) == [before]
    assert list_claims(night, visit_id="V-BEFORE", payer_id=mine[0]["payer"]) == [before]
    assert not list_claims(night, visit_id="V-BEFORE", payer_id="nobody")
    assert list_claims(night, service_date=DAY) == [one for one in everything if one != before]
    assert list_claims(night, first=week) == everything


def test_a_superseded_claim_names_its_successor(night: Night, workspace: Path) -> None:
    rows = charges()
    mine = [row for row in rows if row["visit_id"] == rows[0]["visit_id"]]
    numbers = []
    for minutes in ("30", "45", "15"):
        captured(night, workspace, f"{minutes}.csv", [row | {"therapist_minutes": minutes} for row in mine])
        numbers = [one.patient_control_number for one in list_claims(night, visit_id=mine[0]["visit_id"])]
    first, second, last = (claim_story(night, number) for number in numbers)
    assert first and second and last
    assert [one.claim.state for one in (first, second, last)] == ["superseded", "superseded", "captured"]
    assert first.successors == second.successors == (numbers[2],) and not last.successors
    assert last.replaces == tuple(numbers[:2]) and not first.replaces
