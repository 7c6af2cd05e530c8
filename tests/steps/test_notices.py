"""CLP02 23 (forwarded unprocessed) and 25 (pricing only) decide nothing, whenever they come, whoever matches them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ptedi.errors import ConfigurationError
from ptedi.ledger.matching import KnownClaim
from ptedi.remittances.model import ClaimPayment
from ptedi.steps import remits as desk
from ptedi.steps.night import Night
from ptedi.store.work import WorkKind
from ptedi.submissions.status import State
from tests.steps import remits
from tests.steps.conftest import DAY
from tests.steps.sent import books, open_work, post, states

NOTICE = pytest.mark.parametrize("code", ["23", "25"])


def notice(known: KnownClaim, code: str, **more: object) -> ClaimPayment:
    lines = [{"CO-45": line.charge} for line in known.claim.lines]
    return remits.answer(known.claim, "ICN2", lines, status_code=code, **more)


@NOTICE
@pytest.mark.parametrize("order", [1, -1])
def test_a_later_notice_takes_no_denial_off_the_worklist(sent: Night, code: str, order: int) -> None:
    one = remits.known_claims(sent)[0]
    denied = remits.answer(one.claim, "ICN1", [{"CO-16": line.charge} for line in one.claim.lines])
    files = [remits.file(1, remits.check("T1", DAY, [denied])),
             remits.file(2, remits.check("T2", DAY + dt.timedelta(days=1), [notice(one, code)]))]  # fmt: skip
    post(sent, *files[::order])
    assert states(sent)[one.claim_id] is State.DENIED
    assert sum(cents for *_, cents in open_work(sent, WorkKind.DENIAL)) == int(one.claim.charge * 100)


@NOTICE
def test_a_notice_alone_asks_and_moves_nothing(sent: Night, code: str) -> None:
    one = remits.known_claims(sent)[0]
    before = books(sent), states(sent)
    post(sent, remits.file(1, remits.check("T1", DAY, [notice(one, code)])))
    assert (books(sent), states(sent)) == before
    assert open_work(sent, WorkKind.UNANSWERED, WorkKind.DENIAL) == []


@NOTICE
def test_a_notice_that_a_person_matches_writes_nothing_off(sent: Night, code: str) -> None:
    """It waited without a claim; matched later it did what no notice may: it wrote the whole charge off as paid."""
    one = remits.known_claims(sent)[0]
    before = books(sent), states(sent)
    strange = notice(one, code, patient_control_number="ZZZ", member_id="")
    post(sent, remits.file(1, remits.check("T1", DAY, [strange])))
    for word in (desk.match, desk.match):
        word(sent, "1.1", one.claim.patient_control_number, "ann", "it is hers", sure=True)
        assert (books(sent), states(sent), open_work(sent, WorkKind.UNMATCHED)) == (*before, [])
    desk.unpost(sent, "1.1", "ann", "it is not")
    desk.match(sent, "1.1", one.claim.patient_control_number, "ann", "it is", sure=True)
    assert (books(sent), states(sent)) == before


def test_a_notice_with_money_is_not_matched(sent: Night) -> None:
    one = remits.known_claims(sent)[0]
    nothing: list[dict[str, Decimal]] = [{} for _ in one.claim.lines]
    strange = remits.answer(one.claim, "ICN2", nothing, status_code="25", patient_control_number="ZZZ", member_id="")
    post(sent, remits.file(1, remits.check("T1", DAY, [strange])))
    before = books(sent), states(sent)
    with pytest.raises(ConfigurationError, match="carries money"):
        desk.match(sent, "1.1", one.claim.patient_control_number, "ann", "it is hers", sure=True)
    assert (books(sent), states(sent)) == before
