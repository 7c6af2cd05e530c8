"""Every example of the handbook through the whole of coding: minutes in, lines out; its tables against ours."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from ptedi.claims.coding import code_visit
from ptedi.codes import ncci, procedures, therapy
from tests.claims.visits import CEDAR, PROFILES, visit

HANDBOOK = Path(__file__).resolve().parents[2] / "../shared/handbook"
pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not HANDBOOK.exists(), reason="no handbook here")]
CMS, MIDPOINT = "medicare-part-b", "bluestone-ppo"
QUARTER, NOW = date(2024, 8, 1), date(2026, 8, 1)


def rows(name):
    path = HANDBOOK / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lines(payer, minutes, **over):
    """(procedure, units, whether the assistant modifier is on it) of each line, several lines of a code in order."""
    captured = [f"{code} {spent if isinstance(spent, int) else '+'.join(map(str, spent))}"
                for code, spent in minutes.items()]  # fmt: skip
    coded = code_visit(visit(*captured, payer=payer, **over), CEDAR, PROFILES[payer], control_number="TAM0000000019")
    return sorted((line.procedure, "CQ" in line.modifiers, line.units) for line in coded.claim.lines)


@pytest.mark.parametrize("case", rows("unit_examples.csv"), ids=lambda case: case["id"])
def test_the_unit_examples(case):
    minutes = json.loads(case["minutes_by_code"])
    assert sum(minutes.values()) == int(case["total_minutes"])
    for payer, column in ((CMS, "cms_units_by_code"), (MIDPOINT, "ama_units_by_code")):
        wanted = sorted((code, False, units) for code, units in json.loads(case[column]).items() if units)
        assert lines(payer, minutes) == wanted


@pytest.mark.parametrize("case", rows("cq_examples.csv"), ids=lambda case: case["id"])
def test_the_assistant_examples(case):
    wanted = [part.strip().split(":") for part in case["expected_lines(code:units:CQ)"].split("|")]
    got = lines(CMS, json.loads(case["pt_and_pta_minutes"]), assistant_id="PTA1")
    assert got == sorted((code, said == "CQ", int(units)) for code, units, said in wanted)


def test_the_pairs_of_its_quarter():
    core = [row for row in rows("ncci_ptp_pt_active_2024Q3.csv") if row["scope"] == "core"]
    found = {(row["column1"], row["column2"]): ncci.pair(row["column1"], row["column2"], QUARTER) for row in core}
    assert len(core) > 200
    assert all(found[row["column1"], row["column2"]].indicator == row["modifier_indicator"] for row in core)


def test_pairs_that_never_applied_or_ended_stop_nothing():
    active = {(row["column1"], row["column2"]) for row in rows("ncci_ptp_pt_active_2024Q3.csv")}
    gone = [row for row in rows("ncci_ptp_pt_history.csv")
            if row["modifier_indicator"] == "9" and (row["column1"], row["column2"]) not in active]  # fmt: skip
    shown = {(row["column1"], row["column2"]): ncci.pair(row["column1"], row["column2"], NOW) for row in gone}
    assert gone and not {pair for pair, found in shown.items() if found is not None and found.indicator == "9"}


def test_the_unit_limits_of_both_quarters():
    for row in rows("mue_pt.csv"):
        limit = procedures.unit_limit(row["code"], QUARTER)
        assert (str(limit.units), limit.adjudication) == (row["mue_2024Q3"], row["mai_2024Q3"])
        if row["mue_2026Q2_mai3_only"]:
            assert str(procedures.unit_limit(row["code"], NOW).units) == row["mue_2026Q2_mai3_only"]


def test_the_thresholds_of_each_year():
    figures = {row["item"]: row for row in rows("yearly_figures.csv")}
    for year in (2023, 2024, 2025, 2026):
        for discipline, name in (("PT", "KX threshold PT+SLP combined (USD)"), ("OT", "KX threshold OT (USD)")):
            limit = therapy.threshold(discipline, date(year, 6, 1))
            assert limit.kx == int(figures[name][f"cy{year}"])
            assert limit.review == int(figures["targeted medical review threshold (USD)"][f"cy{year}"])


def test_every_code_of_the_handbook_has_its_basis():
    wanted = {row["code"]: row for row in rows("pt_codes.csv") if row["therapy_class_basis"] != "no source found"}
    for code, row in wanted.items():
        days = (NOW, date(2019, 6, 1), date(2016, 6, 1))  # some ended
        item = next(filter(None, (procedures.find(code, day) for day in days)), None)
        assert item is not None, code
        assert item.pool == (row["in_cms_8min_pool"] == "Y"), code
        assert item.parent == row["addon_parent"], code
        assert str(item.minutes or "") == row["unit_minutes"], code
