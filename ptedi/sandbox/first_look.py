"""Claims refused before adjudication, by 277CA: the clearinghouse for what it sees, the payer for its members.

Category, status and entity are code lists 507, 508 and 237 of the standard; the seeded shares are in the scenario.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from ptedi.claims.model import Claim
from ptedi.money import amount
from ptedi.sandbox import chance
from ptedi.sandbox.memory import Memory
from ptedi.sandbox.payers import Payer, Plan
from ptedi.sandbox.scenario import Scenario
from ptedi.submissions.acknowledgements import StatusCode

DUPLICATE = StatusCode(category="A3", status="54")
NO_LINES = StatusCode(category="A6", status="247")
OUT_OF_BALANCE = StatusCode(category="A8", status="400")
UNKNOWN_NPI = (
    StatusCode(category="A7", status="562", entity="82"), StatusCode(category="A7", status="500", entity="77"),
)  # fmt: skip
UNKNOWN_MEMBER = (
    StatusCode(category="A7", status="164", entity="IL"), StatusCode(category="A3", status="33", entity="IL"),
)  # fmt: skip
BAD_FREQUENCY = StatusCode(category="A7", status="535")
UNKNOWN_ORIGINAL = StatusCode(category="A7", status="464", entity="PR")


def by_clearinghouse(
    claim: Claim, stated: str, seen: Collection[str], memory: Memory, seed: int, scenario: Scenario
) -> StatusCode | None:
    """The clearinghouse's refusal, or None.  `stated` is CLM02 as sent, `seen` the claim numbers of this run."""
    key = claim.patient_control_number
    if not claim.lines or any(line.charge < 0 for line in claim.lines):
        return NO_LINES
    if not _says(stated, claim.charge):
        return OUT_OF_BALANCE
    if key in seen or (claim.frequency == "1" and memory.has_claim(key)):
        return DUPLICATE
    if chance.permille(seed, "clearinghouse", key) < scenario.rejected_by_clearinghouse:
        return UNKNOWN_NPI[claim.facility is not None and chance.number(seed, "clearinghouse reason", key, 2)]
    return None


def _says(text: str, charge: Decimal) -> bool:
    try:
        return amount(text) == charge
    except ValueError:
        return False


def by_payer(claim: Claim, payer: Payer, memory: Memory, seed: int, scenario: Scenario) -> StatusCode | None:
    """The payer's refusal at its own front door, or None."""
    key = claim.patient_control_number
    if claim.member_id.startswith("TEST"):  # of a test file: nobody is insured under it
        return UNKNOWN_MEMBER[1]
    if claim.frequency != "1":
        if payer.plan is Plan.MEDICARE or claim.frequency not in ("7", "8"):
            return BAD_FREQUENCY
        return None if memory.claim_with_number(claim.original_reference) else UNKNOWN_ORIGINAL
    if chance.permille(seed, "payer front end", key) < scenario.rejected_by_payer:
        return chance.pick(seed, "payer front end reason", key, UNKNOWN_MEMBER)
    return None
