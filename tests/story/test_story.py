"""The night of `sample_edi/story/`, run again: the same bytes at every station, and figures that add up.

After a change that is meant: PTEDI_UPDATE=1 writes the story again; look at the difference before it is committed.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections import defaultdict
from decimal import Decimal

import pytest

from ptedi import checks
from ptedi.remittances import balance
from ptedi.transactions import claim_837p, remittance_835
from ptedi.x12 import oracle
from tests import make_story


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    if os.environ.get("PTEDI_UPDATE"):
        make_story.main()
    return make_story.files()


NAMES = sorted(path.name for path in make_story.FOLDER.glob("[1-8]_*"))
EDI = [name for name in NAMES if name.endswith(".edi")]


def kept(name: str) -> bytes:
    return (make_story.FOLDER / name).read_bytes()


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(kept(name).decode("utf-8-sig"), newline="")))


def test_the_same_files(made):
    assert sorted(made) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_same_bytes(made, name):
    assert made[name] == kept(name)


def test_again_the_same(made):
    assert make_story.files() == made


@pytest.mark.parametrize("name", EDI)
def test_every_file_passes(name):
    report = checks.check_file(kept(name))
    assert report.verdict == "accepted"
    assert oracle.validate(kept(name)).ok


def test_what_was_captured():
    captured = {row["visit_id"] for row in rows("1_charges.csv")}
    refused = {row["visit_id"] for row in rows("1_rejects.csv")}
    assert len(captured) == len(make_story._SITUATIONS) + len(make_story._REFUSED)
    assert refused < captured and len(refused) == len(make_story._REFUSED)


def test_every_claim_is_somewhere():
    summary = json.loads(kept("8_summary.json"))
    (sent,) = claim_837p.read_batches(kept("2_837p.edi"))
    states = {state: figure["count"] for state, figure in summary["claims"]["by_state"].items()}
    assert sum(states.values()) == summary["claims"]["count"] == len(make_story._SITUATIONS)
    assert len(sent.claims) == summary["sent"]["count"] == summary["claims"]["count"] - states["held"]
    assert {"held", "rejected", "denied", "paid"} <= states.keys()


def test_the_night_closes():
    summary = json.loads(kept("8_summary.json"))
    assert summary["closes"] is True
    equation = {name: Decimal(text) for name, text in summary["equation"].items()}
    parts = equation["paid"] + equation["adjustments"] + equation["patient"] + equation["open"]
    assert equation["billed"] == parts and equation["unexplained"] == 0


def test_the_bank_has_what_the_remittances_say():
    payments = [p for name in EDI if "_835_" in name for p in remittance_835.read(kept(name))]
    assert all(not balance.check(payment) for payment in payments)
    bank = sum(Decimal(row["amount"]) for row in rows("5_bank.csv"))
    assert sum(payment.amount for payment in payments) == bank


def test_the_ledger_balances_and_names_its_origins():
    entries: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows("6_ledger.csv"):
        entries[row["entry"]] += Decimal(row["amount"])
        assert (row["source"] == "era") <= (row["file"] in EDI and row["segment"] != "")
    assert entries and set(entries.values()) == {Decimal("0.00")}


def test_somebody_is_asked_about_everything_that_waits():
    summary = json.loads(kept("8_summary.json"))
    asked = defaultdict(int)
    for row in rows("7_worklist.csv"):
        asked[row["kind"]] += 1
    assert asked["held"] == summary["claims"]["by_state"]["held"]["count"]
    assert asked["charge"] == len(make_story._REFUSED)
    assert sum(Decimal(r["amount"]) for r in rows("7_worklist.csv") if r["kind"] == "denial") == Decimal(
        summary["work"]["denial"]["amount"])  # fmt: skip
