import csv
from datetime import date

import pytest

from ptedi.codes import (
    adjustments,
    claim_status,
    modifier,
    ncci,
    place_of_service,
    procedures,
    remarks,
    table,
    taxonomy,
    therapy,
)  # fmt: skip

DAY = date(2026, 11, 20)
TABLES = ("adjustment_reasons", "claim_status", "claim_status_entities", "conversion_factors", "modifier_conflicts",
          "modifiers", "mue", "ncci_ptp", "place_of_service", "procedures", "remarks", "rvu", "taxonomy",
          "therapy_thresholds")


@pytest.mark.parametrize("name", TABLES)
def test_every_row_says_where_it_comes_from(name):
    rows = table.rows(name)
    assert rows and all(row["source"].strip() and row["verified"].strip() for row in rows)
    for row in rows:
        assert table.since(row.get("effective_from", "")) <= table.until(row.get("effective_to", ""))


@pytest.mark.parametrize("name", [n for n in TABLES if n not in ("claim_status",)])
def test_no_code_has_two_rows_on_one_day(name):
    rows = table.rows(name)
    several = {"ncci_ptp": ("column1", "column2"), "modifier_conflicts": ("one", "two")}
    key = several.get(name, (next(iter(rows[0])),))
    seen: dict[tuple[str, ...], list[tuple[date, date]]] = {}
    for row in rows:
        span = (table.since(row.get("effective_from", "")), table.until(row.get("effective_to", "")))
        code = tuple(row[k] for k in key)
        assert all(span[1] < a or b < span[0] for a, b in seen.get(code, [])), code
        seen.setdefault(code, []).append(span)


def test_procedures():
    exercise = procedures.find("97110", DAY)
    assert exercise and (exercise.basis, exercise.minutes, exercise.pool) == (procedures.Basis.TIMED, 15, True)
    assert procedures.find("97161", DAY).assistant == "no" and procedures.find("97161", DAY).kind == "evaluation"
    assert procedures.find("97130", DAY).parent == "97129" and procedures.addon("97545") == "97546"
    assert procedures.find("98985", date(2025, 12, 31)) is None and procedures.find("98985", DAY)
    assert procedures.find("97001", DAY) is None and procedures.known("97001") and not procedures.known("12345")
    assert procedures.find("nonsense", DAY) is None and procedures.addon("97110") == ""


def test_every_parent_and_unit_limit_is_a_known_procedure():
    for row in table.rows("procedures"):
        assert not row["parent"] or procedures.known(row["parent"])
        assert (row["basis"] == "timed") == bool(row["minutes"])
        assert row["pool"] == "N" or row["minutes"] == "15"
    assert all(procedures.known(row["code"]) for name in ("mue", "rvu") for row in table.rows(name))


@pytest.mark.parametrize(("code", "units", "kind"), [("97110", 6, "3"), ("97129", 1, "2"), ("97014", 0, "3")])
def test_unit_limits(code, units, kind):
    limit = procedures.unit_limit(code, DAY)
    assert (limit.units, limit.adjudication) == (units, kind)
    assert procedures.unit_limit(code, date(2020, 1, 1)) is None


@pytest.mark.parametrize(("one", "two", "indicator"), [
    ("97140", "97124", "0"), ("97530", "97750", "1"), ("97150", "97110", "1"), ("97113", "97110", "1"),
    ("97161", "97164", "0"), ("97530", "97140", None), ("97530", "97116", None), ("97140", "97161", None),
    ("97124", "97140", None),
])  # fmt: skip
def test_pairs_of_the_handbook(one, two, indicator):
    found = ncci.pair(one, two, DAY)
    assert (found.indicator if found else None) == indicator


def test_an_ended_pair_counts_only_while_it_lasted():
    ended = [row for row in table.rows("ncci_ptp") if row["effective_to"]]
    assert ended
    for row in ended:
        assert ncci.pair(row["column1"], row["column2"], date(2021, 6, 1)) and not ncci.pair(
            row["column1"], row["column2"], DAY)


def test_thresholds_and_estimates():
    amounts = [str(therapy.threshold("PT", date(year, 5, 1)).kx) for year in (2023, 2024, 2025, 2026)]
    assert amounts == ["2230.00", "2330.00", "2410.00", "2480.00"]
    assert therapy.threshold("SLP", DAY) == therapy.threshold("PT", DAY) != therapy.threshold("OT", DAY)
    assert therapy.threshold("PT", date(2040, 1, 1)) is None
    july = date(2024, 7, 1)   # the worked example of the fee schedule
    fees = [str(therapy.estimate(code, july, reduced)) for code, reduced in
            (("97530", False), ("97110", False), ("97110", True), ("97140", False), ("97140", True))]
    assert fees == ["36.62", "29.29", "22.30", "26.96", "20.80"]
    assert therapy.estimate("97999", july) is None


def test_labels():
    assert "fee schedule" in adjustments.label("CO", "45") and "contractual" in adjustments.label("CO", "45")
    assert adjustments.label("ZZ", "45") == adjustments.reason("45") and adjustments.label("CO", "ZZ") is None
    assert "referring" in remarks.label("N286") and remarks.label("ZZ") is None
    assert claim_status.state("A3") == "rejected" and claim_status.category("ZZ") is None
    assert "billing provider" in claim_status.label("A7", "562", "85") and claim_status.label("ZZ") is None
    assert taxonomy.label("225100000X") == "physical therapist" and taxonomy.label("ZZ") is None
    assert modifier.kind("GP") == "discipline" and modifier.kind("ZZ") == "other" and modifier.find("ZZ", DAY) is None
    assert modifier.find("CQ", date(2019, 12, 31)) is None and modifier.find("CQ", DAY)
    assert place_of_service.find("10", DAY).telehealth and place_of_service.find("10", date(2021, 1, 1)) is None


def test_tables_are_plain_csv():
    for name in TABLES:
        text = (table.folder() / f"{name}.csv").read_bytes()
        assert text.isascii() and b"\r" not in text and text.endswith(b"\n")
        assert len({len(row) for row in csv.reader(text.decode().splitlines())}) == 1
