"""Lines of a remittance that fit no line of their claim, or two of them equally well: posted to the claim as a whole.

The claim's money is right, its lines' is not: a person is told which, beside the claim that they were posted to.
"""

from __future__ import annotations

from collections.abc import Sequence

from ptedi.ledger.matching import KnownClaim
from ptedi.money import ZERO, cents, usd
from ptedi.remittances.model import ServicePayment
from ptedi.store import Connection, work
from ptedi.store.work import NewWork, WorkKind


def ask(
    conn: Connection, claim_payment_id: int, known: KnownClaim, lines: Sequence[ServicePayment], *, file_id: int,
    payment_id: int,
) -> None:  # fmt: skip
    """Makes the item of a claim payment, if any of its lines could not be placed."""
    if not lines:
        return
    which = ", ".join(f"{s.procedure} charged {usd(s.charge)} paid {usd(s.paid)}" for s in lines)
    work.revive(conn, NewWork(
        key=_key(claim_payment_id), kind=WorkKind.UNMATCHED, category="remittance line", claim_id=known.claim_id,
        file_id=file_id, payment_id=payment_id, next_action="INVESTIGATE",
        sentence=f"No one line of the claim is meant by {which}: posted to the claim as a whole."[:500],
        how=f"Compare with the claim (segment {lines[0].origin.segment_index} of file {file_id}), ask the payer if "
            "need be, and say which line it is (`ptedi remits assign`).  A claim to the next payer needs every line.",
        amount_cents=cents(sum((s.paid for s in lines), ZERO)), priority=int(sum((abs(s.charge) for s in lines), ZERO)),
    ))  # fmt: skip


def close(conn: Connection, claim_payment_ids: Sequence[int], why: str) -> None:
    """The claim payments are out of the books."""
    work.resolve_keys(conn, map(_key, claim_payment_ids), why)


def _key(claim_payment_id: int) -> str:
    return f"lines:{claim_payment_id}"
