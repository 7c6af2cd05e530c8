from dataclasses import replace
from datetime import date

import pytest

from ptedi.claims import changes
from ptedi.claims.changes import Action
from ptedi.claims.identity import control_number
from tests.claims.test_coding import code
from tests.claims.visits import PROFILES, visit

NEW = control_number("CDR", 99)


def proposed(before, after, payer="bluestone-ppo", icn="ICN1", **over):
    billed, now = code(visit(*before, payer=payer)), code(visit(*after, payer=payer, **over))
    now = replace(now, claim=replace(now.claim, patient_control_number=NEW))
    return changes.propose(billed, now, PROFILES[payer].on(date(2026, 11, 20)), icn)


@pytest.mark.parametrize(("before", "after", "payer", "icn", "action", "count"), [
    (["97110 30"], ["97110 30"], "bluestone-ppo", "ICN1", Action.NOTHING, 0),
    (["97110 30"], ["97110 45"], "bluestone-ppo", "ICN1", Action.REPLACE, 1),
    (["97110 30"], ["97110 30", "97140 15"], "bluestone-ppo", "ICN1", Action.REPLACE, 1),
    (["97110 30", "97140 15"], ["97110 30"], "bluestone-ppo", "ICN1", Action.REPLACE, 1),
    (["97110 30"], ["97110 6"], "bluestone-ppo", "ICN1", Action.VOID, 1),
    (["97110 30"], ["97110 45"], "bluestone-ppo", "", Action.WAIT, 1),
    (["97110 30"], ["97110 45"], "medicare-part-b", "ICN1", Action.REOPEN, 1),
    (["97110 30"], ["97110 30", "97140 15"], "medicare-part-b", "ICN1", Action.NEW_CLAIM, 1),
    (["97110 30", "97140 15"], ["97110 30"], "medicare-part-b", "ICN1", Action.REOPEN, 1),
])  # fmt: skip
def test_what_to_send(before, after, payer, icn, action, count):
    found = proposed(before, after, payer, icn)
    assert found.action is action and len(found.changes) == count and found.message.endswith(".")
    assert (found.draft is not None) == (action in (Action.REPLACE, Action.VOID, Action.NEW_CLAIM))


def test_a_replacement_names_what_it_replaces():
    found = proposed(["97110 30"], ["97110 45"])
    claim = found.draft.claim
    assert (claim.frequency, claim.original_reference, claim.patient_control_number) == ("7", "ICN1", NEW)
    assert "120.00 becomes 180.00" in found.message
    assert found.changes[0].message == "97110 GP x2 120.00 -> 97110 GP x3 180.00"


def test_a_void_repeats_what_it_takes_back():
    claim = proposed(["97110 30"], ["97110 6"]).draft.claim
    assert claim.frequency == "8" and claim.charge == 120 and claim.patient_control_number == NEW


def test_a_new_claim_holds_only_the_added_lines():
    draft = proposed(["97110 30"], ["97110 30", "97140 15"], "medicare-part-b").draft
    assert [(line.number, line.procedure, line.control_number) for line in draft.claim.lines] == [
        (1, "97140", f"{NEW}L1")]
    assert [trace.line for trace in draft.trace] == [1] and draft.claim.frequency == "1"


def test_what_surrounds_the_lines_counts_too():
    assert proposed(["97110 30"], ["97110 30"], authorization="AUTH2").action is Action.REPLACE
