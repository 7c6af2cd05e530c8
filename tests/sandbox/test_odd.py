"""What balances and is of no use by itself: parts left out, lines of nobody, half reversals; all told, nothing lost."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi import pipeline
from ptedi.ledger.accounts import Kind
from ptedi.remittances import balance
from ptedi.remittances.model import ClaimPayment
from ptedi.sandbox import oracle
from ptedi.sandbox.mischief import STRANGE_CODE
from ptedi.sandbox.payers import payer_of
from ptedi.sandbox.refusals import decide
from ptedi.sandbox.remittance import reversal
from ptedi.sandbox.scenario import ODD
from ptedi.sandbox.shapes import half_back, leave_out
from ptedi.store import claims, work
from ptedi.store.work import WorkKind
from tests.sandbox import night
from tests.sandbox.test_adjudication import alone, settle
from tests.sandbox.test_several_payers import answers, loop
from tests.steps.sent import books

ZERO = Decimal("0.00")


@settings(max_examples=100, deadline=None)
@given(number=st.integers(1, 10**6), payer=st.integers(0, 5))
def test_odd_answers_balance_by_themselves(number: int, payer: int) -> None:
    claim = night.claim(number, payer=payer)
    plain = settle(claim, decide(claim, payer_of(claim), 1, night.DAY))
    left, back = leave_out(plain), half_back(reversal(plain))
    assert balance.check(alone(left)) == [] == balance.check(alone(back))
    assert left.charge == sum((line.charge for line in left.lines), ZERO)
    assert 0 <= -back.paid - plain.paid / 2 <= Decimal("0.01") * len(plain.lines)
    assert back.charge == -plain.charge


@pytest.mark.parametrize("backwards", [False, True])
def test_the_books_are_the_files_and_each_oddity_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backwards: bool
) -> None:  # fmt: skip
    found = list(answers(loop(tmp_path, monkeypatch, ODD, backwards=backwards)))
    strange = [clp for clp in found if any(line.procedure == STRANGE_CODE for line in clp.lines)]
    halves = [clp for clp in found if clp.is_reversal]
    assert strange and halves
    with pipeline.open_night(tmp_path) as opened:
        pipeline.route_denials(opened)
        stood = books(opened)
        with opened.store.read() as conn:
            numbers = {clp.patient_control_number for clp in found}
            ours = {number: claims.by_control_number(conn, number) for number in numbers}
            items = work.list_work(conn)
    paid: dict[str, Decimal] = {}
    for clp in found:
        paid[clp.patient_control_number] = paid.get(clp.patient_control_number, ZERO) + clp.paid
    rows = {number: row for number, row in ours.items() if row is not None}
    assert len(rows) == len(ours)
    assert sum(paid.values()) == oracle.history(tmp_path / "clearinghouse" / "state").paid
    # a later payer's money stands on the first one's account
    assert sum(stood.get(row.id, {}).get(Kind.CLEARING, ZERO) for row in rows.values()) == sum(paid.values())
    asked = {(item.claim_id, item.category) for item in items}
    assert {(rows[c.patient_control_number].id, "remittance line") for c in strange if c.status_code == "1"} <= asked
    assert {(rows[c.patient_control_number].id, "reversal") for c in halves} <= asked
    parts = [c for c in found if is_part(c, rows[c.patient_control_number].charge_cents)]
    assert parts
    assert {rows[c.patient_control_number].id for c in parts if owed(c, stood, rows)} <= {
        item.claim_id for item in items if item.kind is WorkKind.UNANSWERED}  # fmt: skip


def is_part(clp: ClaimPayment, cents: int) -> bool:
    return clp.status_code == "1" and int(clp.charge * 100) < cents


def owed(clp: ClaimPayment, stood: dict[int, dict[Kind, Decimal]], rows: dict[str, claims.ClaimRow]) -> bool:
    return stood[rows[clp.patient_control_number].id].get(Kind.PAYER, ZERO) > 0
