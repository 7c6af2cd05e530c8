"""Underpayments: a contract that is raised afterwards makes exactly the difference that the raw 835s say."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.sandbox import practice
from ptedi.steps import price
from ptedi.steps.night import Night
from ptedi.steps.reporting import report

WHOLE = {"first": date(2026, 7, 1), "last": date(2027, 1, 15)}
RAISED, LEFT = "granite-workers-comp", "evergreen-commercial"
NAMES = {RAISED: "GRANITE STATE FUND WORKERS COMP", LEFT: "EVERGREEN LIFE AND HEALTH"}
CODE, MORE = "97110", Decimal("1.00")


@pytest.fixture(scope="module")
def raised(month: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """The month, after one payer's contract turned out to pay a dollar more for a code, and another's is not known."""
    root = tmp_path_factory.mktemp("raised") / "practice"
    shutil.copytree(month, root)
    for name, data in practice.agreements().items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(data)
    fees = root / "contracts" / f"{RAISED}.csv"
    table = list(csv.reader(fees.read_text(encoding="utf-8").splitlines()))
    table = [[r[0], str(Decimal(r[1]) + MORE), *r[2:]] if r[0] == CODE else r for r in table]
    fees.write_text("\n".join(map(",".join, table)) + "\n", encoding="utf-8")
    (root / "contracts" / f"{LEFT}.toml").unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTEDI_NOW", "2026-10-15T12:00:00+00:00")
        with pipeline.open_night(root) as night:
            assert price.rerun(night).opened > 0
            yield night


def services(root: Path, payer: str) -> list[tuple[str, Decimal, int]]:
    """Code, payment and units of each service that a payer's 835s decided, by cutting texts; a reversal counts less."""
    found = []
    for data in {path.read_text(encoding="utf-8") for path in (root / "clearinghouse/from").glob("*.835")}:
        segments = [one.strip().split("*") for one in data.split("~")]
        if not any(s[:2] == ["N1", "PR"] and s[2] == NAMES[payer] for s in segments):
            continue
        for s in segments:
            if s[0] == "SVC":
                units = int(s[5]) if len(s) > 5 and s[5] else 1
                found.append((s[1].split(":")[1], Decimal(s[3]), -units if s[2].startswith("-") else units))
    return found


def test_the_difference_is_a_dollar_a_unit_that_was_paid(raised: Night) -> None:
    said = services(raised.workspace.root, RAISED)
    short = sum(units for code, paid, units in said if code == CODE and paid)
    assert short > 20
    split, steps, *_ = report(raised, "underpayments", by=("payer",), **WHOLE).views
    row = split.frame.set_index("payer").loc[RAISED]
    assert (row["under"], row["over"]) == (100 * short, 0)
    assert row["paid"] == 100 * sum(paid for _, paid, _ in said)
    assert row["expected"] - row["paid"] == row["under"]
    assert int(split.frame["under"].sum()) == row["under"]  # nobody else was underpaid
    assert steps.frame.set_index("step")["under"].to_dict() == {"rate": row["under"], "paid as expected": 0}
    kpis = report(raised, "kpis", by=("payer",), rows="underpayment", **WHOLE)
    assert kpis.rows is not None
    assert int(kpis.rows.frame["numerator"].sum()) == -row["under"]
    assert set(kpis.rows.frame["payer"]) == set(split.frame["payer"])
    assert kpis.rows.frame["byte_offset"].notna().all()


def test_what_no_contract_tells_is_shown_apart(raised: Night) -> None:
    made = report(raised, "underpayments", by=("payer",), rows="all", **WHOLE)
    split, steps, unknown = made.views
    assert LEFT not in set(split.frame["payer"])
    assert unknown.frame["payer"].tolist() == [LEFT]
    paid = sum(paid for _, paid, _ in services(raised.workspace.root, LEFT))
    assert int(unknown.frame["paid"].sum()) == 100 * paid > 0
    assert made.rows is not None
    lines = int(split.frame["lines"].sum()) + int(unknown.frame["lines"].sum())
    assert (int(steps.frame["lines"].sum()), len(made.rows.frame)) == (int(split.frame["lines"].sum()), lines)
