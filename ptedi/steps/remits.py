"""What a person decides about money that came: release, match, assign, park, unpost, repost.

Each decision is kept with its actor, moment and reason (`store.decisions`), is written as mirrored and new ledger
entries of source manual, whole or not at all, and said again changes nothing.  A payment is named by its number,
one of its claims by number and place in the check, a line of that by its place in the claim: `12`, `12.3`, `12.3.2`.

Released without a plug: what the payer states is posted, and by how much it does not add up is posted to an account
of its own: of a claim to receivable.payer.disputed (the payer still owes it), of a check to unapplied.suspense.
"""

from __future__ import annotations

from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Account
from ptedi.money import usd
from ptedi.steps.decision import Case, Done, claim_row, decide, known_claim
from ptedi.steps.decision_check import release_payment, repost_payment, unpost_payment
from ptedi.steps.decision_claim import WAITS, imbalance, let_in, release_claim, repost_claim, set_aside, unpost_claim
from ptedi.steps.decision_line import assign_line
from ptedi.steps.night import Night
from ptedi.steps.whose import Unsure, our_check, same_payer
from ptedi.store.decisions import Verb
from ptedi.store.payments import PaymentState

_LONG = 4  # digits of a line's place

__all__ = ["Done", "Unsure", "assign", "match", "park", "release", "repost", "unpost"]


def release(night: Night, ref: str, person: str, reason: str, *, claim: str = "", sure: bool = False) -> Done:
    """Posts what waits although it does not add up, or a check that is not ours by its payee.

    `claim` names our claim where matching finds none; `sure`: although the claim is another payer's, or the check
    another practice's.

    Raises:
        ConfigurationError: there is nothing of that name, it cannot be posted, or no reason is given.
        Unsure: it is not said to be sure, and should be.
    """
    def run(case: Case) -> Done:
        if case.row:
            return release_claim(case, claim, sure=sure)
        our_check(case, sure=sure)
        return release_payment(case)
    return decide(night, ref, person, reason, run)


def match(night: Night, ref: str, claim: str, person: str, reason: str, *, sure: bool = False) -> Done:
    """Says which claim of ours a claim payment speaks of; its money is posted there, its numbers are remembered.

    `sure`: although the claim is another payer's.

    Raises:
        ConfigurationError: there is nothing of that name, no such claim, it does not balance, or it is posted already.
        Unsure: the claim is another payer's and it is not said to be sure.
    """
    def run(case: Case) -> Done:
        row = claim_row(case)
        known = known_claim(case, claim)
        if row.state is PaymentState.POSTED and row.claim_id == known.claim_id:
            return case.done("it is on that claim already")
        if imbalance(row.clp):
            raise case.refuse("it does not balance", f"`ptedi remits release {ref} --claim CLAIM` posts it as it is")
        same_payer(case, known, sure=sure)
        return let_in(case, row, known, Verb.MATCH)
    return decide(night, ref, person, reason, run)


def assign(night: Night, ref: str, line: int | None, person: str, reason: str) -> Done:
    """Says which line of the claim a line of a claim payment is that fits none or several of them (`12.3.2`).

    It is posted anew with the line, and what reads lines (the next payer's claim, the patient's bill, prices) follows.
    With `line` None that is taken back; so it is when the claim payment is unposted.

    Raises:
        ConfigurationError: there is nothing of that name, it is not posted, matching places the line by itself, or
            the claim has no such line.
    """
    of, _, place = ref.rpartition(".")
    if "." not in of or not place.isdecimal() or len(place) > _LONG:
        raise ConfigurationError(f"{ref} is no line of a claim payment",
                                 hint="`12.3.2` is the second line of the third claim of check 12")  # fmt: skip
    return decide(night, of, person, reason, lambda case: assign_line(case, int(place), line))


def park(night: Night, ref: str, person: str, reason: str) -> Done:
    """Sets a claim payment of another practice aside: its money stands in unapplied.parked and the check still foots.

    Raises:
        ConfigurationError: there is nothing of that name, or it is posted to a claim of ours.
    """
    def run(case: Case) -> Done:
        row = claim_row(case)
        if row.state is PaymentState.PARKED:
            return case.done("it is parked already")
        if row.state not in WAITS:
            raise case.refuse(f"it is {row.state}", f"`ptedi remits unpost {ref}` takes it out of the books first")
        set_aside(case, row, Account.PARKED, PaymentState.PARKED)
        return case.record(Verb.PARK, f"{usd(row.clp.paid)} to {Account.PARKED}")
    return decide(night, ref, person, reason, run)


def unpost(night: Night, ref: str, person: str, reason: str) -> Done:
    """Takes a posted payment, or one claim of it, out of the books by mirrored entries.

    Of one claim the money waits in unapplied, so that the check still foots.

    Raises:
        ConfigurationError: there is nothing of that name, or it is not posted.
    """
    def run(case: Case) -> Done:
        return unpost_claim(case, case.row) if case.row else unpost_payment(case)
    return decide(night, ref, person, reason, run)


def repost(night: Night, ref: str, person: str, reason: str) -> Done:
    """Posts again what was unposted: matched and decided anew, by the policy of today.

    Raises:
        ConfigurationError: there is nothing of that name, it was not unposted, or it fits no claim.
    """
    def run(case: Case) -> Done:
        return repost_claim(case, case.row) if case.row else repost_payment(case)
    return decide(night, ref, person, reason, run)
