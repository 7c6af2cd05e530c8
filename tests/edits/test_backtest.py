from decimal import Decimal

import pytest

from ptedi.edits import backtest
from ptedi.edits.backtest import Denied, Outcome
from tests.claims.visits import CEDAR, PROFILES
from tests.edits import cases


def past(case, paid, *denied):
    coded, captured, _, _, history = cases.build(case)
    return Outcome(coded=coded, visit=captured, history=history, paid=Decimal(paid),
                   denied=tuple(Denied(line=n, group="CO", reason=r, amount=Decimal(a)) for n, r, a in denied))


GROUP = {"rows": ["97150 20", "97110 30"]}
PLAIN = {"rows": ["97110 30"]}
PAST = [
    past(GROUP, "30.00", (2, "97", "120.00")), past(GROUP, "110.00"), past(PLAIN, "0.00", (1, "50", "120.00")),
    past(PLAIN, "90.00"), past(GROUP, "0.00", (0, "197", "160.00")),
]  # fmt: skip


def test_what_it_stops_and_what_it_costs():
    found = backtest.replay("NC102", PAST, CEDAR, PROFILES)
    assert (found.claims, found.found, found.stopped, found.missed, found.held_paid) == (5, 3, 2, 1, 1)
    assert found.stopped_amount == Decimal("280.00") and found.held_amount == Decimal("110.00")
    assert [(h.amount, h.reasons) for h in found.stopped_claims] == [
        (Decimal("160.00"), ("CO-197",)), (Decimal("120.00"), ("CO-97",))]
    [held] = found.held_claims
    assert held.amount == Decimal("110.00") and held.claim == cases.NUMBER and not held.reasons and "97110" in held.says
    assert found.reasons == (("CO-197", 1), ("CO-97", 1)) and found.precision == pytest.approx(2 / 3)


def test_an_edit_that_finds_nothing_and_one_that_is_not():
    assert backtest.replay("AU102", PAST, CEDAR, PROFILES).precision is None
    with pytest.raises(KeyError):
        backtest.replay("ZZ999", PAST, CEDAR, PROFILES)
    assert backtest.replay("NC102", PAST, CEDAR, {}).claims == 0
