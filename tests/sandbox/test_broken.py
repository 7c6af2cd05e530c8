"""Remittances that are wrong on purpose: each waits with its finding and its cents, and everything else is posted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.ledger.accounts import Account
from ptedi.remittances.model import Payment
from ptedi.sandbox import oracle
from ptedi.sandbox.oracle import SandboxReport
from ptedi.sandbox.scenario import BROKEN
from ptedi.steps.night import Night, open_night
from ptedi.store import files, payments, postings
from ptedi.store.payments import ClaimPaymentRow, PaymentRow, PaymentState
from ptedi.transactions import remittance_835
from tests.sandbox.test_several_payers import FIRST, loop

ZERO = Decimal("0.00")
QUARANTINED, UNMATCHED = PaymentState.QUARANTINED, PaymentState.UNMATCHED


@pytest.fixture(scope="module", params=[False, True], ids=["forwards", "backwards"])
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three days of broken remittances; the books close every day (`loop`)."""
    folder = tmp_path_factory.mktemp("broken") / "practice"
    with pytest.MonkeyPatch.context() as patch:
        loop(folder, patch, replace(BROKEN, corrections=False), backwards=request.param, visits=40)
        yield folder


@pytest.fixture
def night(root: Path) -> Iterator[Night]:
    with open_night(root) as opened:
        yield opened


@pytest.fixture
def told(root: Path) -> SandboxReport:
    return oracle.history(root / "clearinghouse" / "state")


def proper(root: Path, told: SandboxReport) -> Iterator[Payment]:
    """The payments of every remittance that is no further copy and not another practice's."""
    strange = {one.name for one in told.broken}
    for path in sorted((root / "clearinghouse" / "from").glob("*.835")):
        if path.name not in strange:
            yield from remittance_835.read(path.read_bytes())


def rows(night: Night) -> tuple[dict[str, list[PaymentRow]], list[ClaimPaymentRow]]:
    """Checks by the file they came in, and the claim payments of the posted ones."""
    with night.store.read() as conn:
        names = {one.id: one.original_name for one in files.list_files(conn)}
        found: dict[str, list[PaymentRow]] = {}
        for one in payments.list_payments(conn):
            found.setdefault(names[one.file_id], []).append(one)
        posted = [one for several in found.values() for one in several if one.state is PaymentState.POSTED]
        return found, [clp for one in posted for clp in payments.claims_of(conn, one.id)]


def test_everything_that_can_be_broken_is(told: SandboxReport) -> None:
    hows = {one.how for one in told.broken}
    assert len(hows) == 4
    assert len(told.unbalanced) >= 2
    assert len(told.not_footing) >= 2
    assert told.balances


def test_a_check_that_does_not_foot_waits_whole(night: Night, root: Path, told: SandboxReport) -> None:
    stopped = [one for several in rows(night)[0].values() for one in several if one.state is QUARANTINED]
    assert {one.trace_number for one in stopped} >= set(told.not_footing)
    for one in stopped:
        if one.trace_number in told.not_footing:
            assert one.reason.startswith("IF008")
            assert "off by" in one.reason and "1.00" in one.reason


def test_each_copy_is_what_it_is(night: Night, told: SandboxReport) -> None:
    checks, _ = rows(night)
    allowed = {
        "the same 835 again": {("duplicate", "")},
        "the same 835, cut off": {("conflicting", "IF006"), ("quarantined", "IF004"), ("duplicate", "")},
        "the same checks, saying something else": {("conflicting", "IF006"), ("posted", "")},
        "an 835 for another practice": {("parked", "IF005")},
    }
    for one in told.broken:
        for row in checks.get(one.name, []):
            said = row.reason[:5] if row.reason.startswith("IF") else ""
            assert (row.state.value, said) in allowed[one.how] or row.trace_number in told.not_footing, one


def test_each_claim_waits_with_its_rule_and_the_rest_is_posted(night: Night, root: Path, told: SandboxReport) -> None:
    waits = [row for row in rows(night)[1] if row.state is not PaymentState.POSTED]
    off = [(row.clp.patient_control_number, row.reason[:5]) for row in waits if row.reason.startswith("RP")]
    assert sorted(number for number, _ in off) == sorted(told.unbalanced)
    assert {code for _, code in off} == {"RP002", "RP003"}
    forgotten = [row for row in waits if row.reason.startswith("IF011")]
    sound = [one for one in proper(root, told) if one.trace_number not in told.not_footing]
    later = [clp for one in sound for clp in one.claims if clp.status_code == "2"
             and clp.patient_last != "STRANGER" and clp.patient_control_number not in told.unbalanced]  # fmt: skip
    assert len(forgotten) == len(later) > 0
    strangers = [row for row in waits if row.state is UNMATCHED]
    assert strangers
    assert all(row.clp.patient_last == "STRANGER" for row in strangers)
    assert len(waits) == len(off) + len(forgotten) + len(strangers)


def test_every_cent_is_posted_or_waits(night: Night, root: Path, told: SandboxReport) -> None:
    kept = [row for row in rows(night)[1] if row.state is not PaymentState.POSTED]
    unfooted = sum((c.paid for one in proper(root, told) if one.trace_number in told.not_footing
                    for c in one.claims), ZERO)  # fmt: skip
    with night.store.read() as conn:
        books = postings.balances(conn)
        assert postings.unbalanced(conn) == []
    waiting = sum((row.clp.paid for row in kept), ZERO)
    assert -books[Account.UNAPPLIED] == waiting
    paid = Decimal(pipeline.summary(night, FIRST).as_json()["books"]["paid"])  # type: ignore[index]
    assert paid == told.paid - unfooted - waiting
