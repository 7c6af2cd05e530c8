"""A claim paid in part, corrected, and paid anew: no report loses a cent of it, none counts one twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from ptedi import pipeline
from ptedi.reports.practice.catalogue import BY_KEY
from ptedi.reports.practice.counted import first_of
from ptedi.reports.practice.facts import Facts
from ptedi.reports.practice.report import Report
from ptedi.sandbox import refusals
from ptedi.steps.night import Night, open_night
from ptedi.steps.reporting import report
from ptedi.store import work
from ptedi.store.work import WorkKind
from tests.steps.conftest import DAY, workspace
from tests.steps.test_drafts import sent, treated
from tests.steps.test_rework import answered, approved

__all__ = ["workspace"]


def made(night: Night, name: str, *by: str, rows: str = "") -> Report:
    return report(night, name, first=DAY, last=DAY + timedelta(days=20), by=by, rows=rows)


def ledger(night: Night, accounts: str) -> int:
    with night.store.read() as conn:
        return int(conn.execute(text("select coalesce(sum(amount_cents), 0) from postings where claim_id is not null "
                                     f"and account like '{accounts}'")).scalar_one())  # fmt: skip


def kpi(night: Night, key: str) -> tuple[int, int]:
    found = made(night, "kpis").views[0].frame.set_index("key").loc[key]
    places = 2 if BY_KEY[key].money else 0
    return int(found["numerator"].scaleb(places)), int(found["denominator"].scaleb(places))


@pytest.fixture
def corrected(workspace: Path) -> Iterator[Path]:
    """Two lines, one paid and one denied; the correction is approved and sent."""
    sent(workspace, treated(("97110", 30), ("97140", 15), payer="bluestone-ppo", separate_time="Y"))
    answered(workspace, refusals.BUNDLED, 0)
    with open_night(workspace) as night:
        approved(night, ("line.2.modifiers+=59",))
        pipeline.nightly(night, DAY)
    yield workspace


def agree(night: Night) -> None:
    """Every report that tells of money says what the ledger says, whatever it is split by."""
    paid, owed, denied = ledger(night, "clearing"), ledger(night, "receivable.%"), ledger(night, "%.denied")
    for by in ((), ("payer",), ("code",), ("clinic", "therapist")):
        assert int(made(night, "productivity", *by).views[0].frame["paid"].sum()) == paid, by
        assert int(made(night, "payments", *by).views[0].frame["paid"].sum()) == paid, by
        assert int(made(night, "aging", *by).views[2].frame["total"].sum()) == owed, by
        assert int(made(night, "denials", *by).views[0].frame["cents"].sum()) == denied, by
    work = made(night, "productivity").views[0].frame.iloc[0]
    assert (work["visits"], work["lines"], work["units"], work["charge"]) == (1, 2, 3, 18400)
    assert kpi(night, "gross_collection") == (paid, 18400)


def test_what_was_paid_on_a_replaced_claim_is_told_until_the_payer_takes_it_back(corrected: Path) -> None:
    with open_night(corrected) as night:
        assert ledger(night, "clearing") == 5352
        agree(night)
        assert kpi(night, "recovery") == (0, 6000)
        assert kpi(night, "first_pass_acceptance") == (1, 1)
        assert (kpi(night, "clean_claims"), kpi(night, "denial_rate")) == ((1, 1), (1, 1))
        assert kpi(night, "denial_amount") == (6000, 18400)
    answered(corrected, None, 1)
    with open_night(corrected) as night:
        assert ledger(night, "clearing") == 7824  # the first answer reversed, the correction paid
        agree(night)
        assert kpi(night, "recovery") == (2472, 6000)
        assert kpi(night, "first_pass_resolution") == (0, 1)
        assert (kpi(night, "clean_claims"), kpi(night, "denial_rate")) == ((1, 1), (1, 1))  # no claims of their own
        assert kpi(night, "denial_amount") == (6000, 18400)
        opened = made(night, "kpis", rows="recovery").rows
        assert opened is not None
        assert opened.frame["numerator"].tolist() == [2472]


def test_nobody_gives_back_what_the_correction_settles(corrected: Path) -> None:
    def credits_of(night: Night) -> list[int]:
        pipeline.route_denials(night)
        with night.store.read() as conn:
            return [item.amount_cents for item in work.list_work(conn, kinds=[WorkKind.CREDIT])]

    with open_night(corrected) as night:
        assert credits_of(night) == []  # although 53.52 and its adjustments stand on a claim without a charge
    answered(corrected, None, 1)
    with open_night(corrected) as night:
        assert credits_of(night) == []
        with night.store.begin() as conn:  # as if the payer had never taken its first payment back
            taken = "claim_payment_id = (select min(claim_payment_id) + 1 from postings)"
            conn.execute(text(f"delete from postings where {taken}"))
        assert credits_of(night) == [10106]


def test_a_correction_is_expected_to_bring_what_is_more_than_was_paid(corrected: Path) -> None:
    with open_night(corrected) as night:
        frame = made(night, "cash").views[0].frame
        assert (int(frame["claims"].sum()), int(frame["total"].sum())) == (1, 0)  # 184.00 x 53.52/184.00 - 53.52


def test_money_without_a_line_is_paid_too(corrected: Path) -> None:
    answered(corrected, None, 1)
    with open_night(corrected) as night:
        with night.store.begin() as conn:
            conn.execute(text("update postings set line = null where claim_payment_id = (select max(claim_payment_id) "
                              "from postings)"))  # fmt: skip
        agree(night)
        by_code = made(night, "productivity", "code").views[0].frame.set_index("code")
        whole = by_code.loc["(claim as a whole)"]
        assert (int(whole["paid"]), int(whole["lines"]), int(whole["visits"])) == (7824, 0, 0)


def test_a_correction_of_a_correction_is_none_of_its_own_either() -> None:
    """1 was sent, 2 took its place and was not, 3 took the place of 2; 4 took the place of 5, which was never sent."""
    facts = Facts.__new__(Facts)
    times = pd.to_datetime(pd.Series(["2026-09-01", None, "2026-09-03", "2026-09-04", None]))
    facts.claims = pd.DataFrame({"claim_id": [1, 2, 3, 4, 5], "sent_at": times})
    facts.replaced = pd.DataFrame({"claim_id": [1, 2, 5], "heir": [2, 3, 4]})
    assert first_of(facts, facts.claims, "sent_at")["claim_id"].tolist() == [1, 4, 5]
