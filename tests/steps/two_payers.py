"""A Medicare claim that is sent, whose patient has a second coverage, and what both payers answer."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.claims.model import Claim
from ptedi.config import data_folder
from ptedi.ledger.accounts import Account
from ptedi.ledger.matching import KnownClaim
from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.sandbox import practice
from ptedi.steps.inbound import post_remittances
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.secondary import bill_next_payers
from ptedi.store import claims, coordination, files, postings, visits, work
from ptedi.store.work import WorkItem, WorkKind
from tests.steps import remits
from tests.steps.conftest import DAY

PAID_ON = DAY
ZERO = Decimal("0.00")


@contextmanager
def sent_night(root: Path) -> Iterator[Night]:
    """The night of eight visits in this workspace."""
    for name, data in practice.charges(5, DAY, visits=8, bad_rows=False).items():
        (root / "inbox" / name).write_bytes(data)
    with open_night(root) as night:
        pipeline.nightly(night, DAY)
        yield night


@cache
def _template() -> Path:
    """Made once a process: every test has a copy."""
    root = Path(tempfile.mkdtemp(prefix="ptedi-secondary-")) / "practice"
    atexit.register(shutil.rmtree, root.parent, ignore_errors=True)
    make_workspace(root, practice.settings())
    with sent_night(root):
        return root


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The practice whose night is sent."""
    return Path(shutil.copytree(_template(), tmp_path / "practice"))


@pytest.fixture
def first(night: Night) -> KnownClaim:
    """The Medicare claim."""
    sent = remits.known_claims(night)
    with night.store.read() as conn:
        rows = claims.get_all(conn, [one.claim_id for one in sent])
        captured = visits.get(conn, [row.visit_row_id for row in rows.values()])
    return next(one for one in sent if len(captured[rows[one.claim_id].visit_row_id].visit.coverages) > 1)


def answered(claim: Claim, **more: object) -> ClaimPayment:
    """Paid, with 20 % of each line left to the patient."""
    lines = []
    for line in claim.lines:
        share = (line.charge / 5).quantize(Decimal("0.01"))
        lines.append({"CO-45": Decimal("7.00"), "PR-2": share})
    return remits.answer(claim, "ICN1", lines, **more)


def post(night: Night, number: int, *found: Payment) -> None:
    with night.store.begin() as conn:
        file = files.register(conn, night.archive, remits.file(number, *found), f"{number}.835", direction="in",
                              kind="835")  # fmt: skip
    post_remittances(night, file.id)


def checked(trace: str, *found: ClaimPayment, day: dt.date = PAID_ON, **more: object) -> Payment:
    return remits.check(trace, day, found, **more)  # type: ignore[arg-type]


def items(night: Night) -> list[WorkItem]:
    with night.store.read() as conn:
        return work.list_work(conn, kinds=[WorkKind.COORDINATION])


def step(night: Night, claim_id: int) -> coordination.Coordination:
    with night.store.read() as conn:
        return coordination.get(conn, [claim_id])[claim_id]


def balances(night: Night, claim_id: int) -> dict[Account, Decimal]:
    with night.store.read() as conn:
        found = postings.balances_of_claims(conn, [claim_id])[claim_id]
        return {account: amount for account, amount in found.items() if amount}


def share(clp: ClaimPayment) -> Decimal:
    return sum((a.amount for s in clp.lines for a in s.adjustments if a.group == "PR"), ZERO)


@pytest.fixture
def billed(night: Night, first: KnownClaim) -> KnownClaim:
    """The claim to the second payer, made of the first one's remittance."""
    post(night, 1, checked("T1", answered(first.claim)))
    assert bill_next_payers(night).billed == 1
    next_id = step(night, first.claim_id).next_claim_id
    assert next_id is not None
    with night.store.read() as conn:
        row, coded = claims.get(conn, next_id), claims.load(conn, next_id)
    return KnownClaim(claim_id=next_id, payer_id=row.payer_id, service_date=row.service_date, claim=coded.claim,
                      account_id=first.claim_id)  # fmt: skip


def closes(night: Night) -> bool:
    return pipeline.census(night).closes and pipeline.summary(night, DAY).closes


def profile(workspace: Path, name: str, *lines: str) -> None:
    """A payer of the workspace that differs in these lines."""
    text = (data_folder("schemas") / "payers" / f"{name}.toml").read_text()
    (workspace / "payers").mkdir(exist_ok=True)
    more = "\n".join(("", "[[differs]]", "from = 2020-01-01", 'source = "our own"', *lines, ""))
    (workspace / "payers" / f"{name}.toml").write_text(text + more)


def secondary_answer(first: Claim, second: Claim, prior: ClaimPayment, *, oa23: bool = True) -> ClaimPayment:
    """The second payer pays what was left, but for a copay of a dollar on the first line."""
    lines = []
    for number, (line, said) in enumerate(zip(second.lines, prior.lines, strict=True)):
        left = sum((a.amount for a in said.adjustments if a.group == "PR"), ZERO)
        copay = Decimal("1.00") if not number else ZERO
        lines.append({("OA-23" if oa23 else "CO-45"): line.charge - left, "PR-3": copay})
    return remits.answer(second, "SEC1", lines, status_code="2")


def share_of(clp: ClaimPayment, line: int) -> Decimal:
    return sum((a.amount for a in clp.lines[line].adjustments if a.group == "PR"), ZERO)
