"""Whose money it is, before a person's decision books it: another payer's claim, another practice's check.

Payers call themselves differently on their remittances than in our profiles.  That two names are one payer is known
where the names agree, or where a check of the same sender was matched to a claim of this payer without a person.
"""

from __future__ import annotations

import re

from ptedi.errors import ConfigurationError
from ptedi.ledger.matching import KnownClaim
from ptedi.steps.decision import Case
from ptedi.store import remit_rows
from ptedi.store.payments import PaymentState


class Unsure(ConfigurationError):
    """Possible, and seldom right: a person who means it says so; the sentence names both sides."""


def same_payer(case: Case, known: KnownClaim, *, sure: bool) -> None:
    """Refuses to book a check of one payer on a claim to another, unless the person is sure.

    Raises:
        Unsure: the payers are not known to be the same.
    """
    profile = case.night.profiles.get(known.payer_id)
    ours = profile.name if profile else known.payer_id
    said = case.payment.payer
    if sure or _plain(said) in (_plain(ours), _plain(known.payer_id)):
        return
    if not remit_rows.pays_claims_to(case.conn, case.payment, known.payer_id):
        number = known.claim.patient_control_number
        raise Unsure(f"the check is of {said or 'a payer without a name'}; claim {number} went to {ours}",
                     hint="another payer's claim is seldom the right one; if it is, say that you are sure")  # fmt: skip


def our_check(case: Case, *, sure: bool) -> None:
    """Refuses to book a check that pays another practice, unless the person is sure.

    Raises:
        Unsure: it was set aside because its payee is not one of ours.
    """
    if case.payment.state is PaymentState.PARKED and not sure:
        raise Unsure(case.payment.reason or "the check pays another practice",
                     hint="booked, it would stand as our money; if the payee is ours, put its NPI into ptedi.toml, "
                          "then say that you are sure")  # fmt: skip


def _plain(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.upper())
