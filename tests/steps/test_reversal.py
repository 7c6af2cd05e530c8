"""A reversal (CLP02 = 22) takes back what was posted, not what would be posted today."""

from __future__ import annotations

import datetime as dt

import pytest

from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.policy import Policy, standard
from ptedi.steps import remit_claims
from ptedi.steps.night import Night
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.sent import books, post, states, whole


@pytest.mark.parametrize("number", ["A1", "ANOTHER"])
def test_the_stored_posting_is_mirrored_whatever_the_policy_says_today(
    sent: Night, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    """Also where the payer gives the reversal a number of its own."""
    one = remits.known_claims(sent)[0]
    paid = remits.answer(one.claim, "A1", [{"CO-45": line.charge / 4, "PR-2": line.charge / 4}
                                           for line in one.claim.lines])  # fmt: skip
    post(sent, remits.file(1, remits.check("T1", DAY, [paid])))
    assert whole(sent)[Account.CONTRACTUAL] == one.claim.charge / 4
    today = Policy(tuple(rule for rule in standard().rules if rule.reason not in ("45", "2")))
    monkeypatch.setattr(remit_claims, "standard", lambda: today)  # both are held now
    back = remits.reversed_(paid)
    back.payer_claim_control_number = number
    post(sent, remits.file(2, remits.check("T2", DAY + dt.timedelta(days=7), [back])))
    assert books(sent)[one.claim_id] == {Kind.BILLED: -one.claim.charge, Kind.PAYER: one.claim.charge}
    assert not {Account.CONTRACTUAL, Account.PATIENT_COINSURANCE, Account.DENIED} & whole(sent).keys()
    assert states(sent)[one.claim_id] is State.REVERSED


def test_a_reversal_and_its_original_in_one_check_leave_nothing(sent: Night) -> None:
    one = remits.known_claims(sent)[0]
    paid = remits.answer(one.claim, "A1", [{"CO-45": line.charge / 2} for line in one.claim.lines])
    again = remits.answer(one.claim, "A2", [{"CO-45": line.charge / 4} for line in one.claim.lines])
    post(sent, remits.file(1, remits.check("T1", DAY, [paid, remits.reversed_(paid), again])))
    assert books(sent)[one.claim_id] == {
        Kind.BILLED: -one.claim.charge, Kind.CLEARING: again.paid, Kind.ADJUSTMENT: one.claim.charge - again.paid}
    assert states(sent)[one.claim_id] is State.PAID
