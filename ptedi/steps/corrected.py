"""A corrected copy of a check that is in the books: it releases, by itself, the claim payments that waited.

Only where nothing else differs: the same provider-level amounts, the same claims in the same order, and the money of
each claim the same.  Then what waited is taken out of unapplied and decided anew from the copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ptedi.findings import Finding
from ptedi.ledger import fingerprint, posting
from ptedi.ledger.model import Posting, Source
from ptedi.money import cents
from ptedi.remittances import balance
from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.steps import inbound_pages as pages
from ptedi.steps.moves import take_back
from ptedi.steps.remit_claims import Check, ClaimTally, post_claims, problems
from ptedi.store import Connection, payments, postings, work
from ptedi.store.payments import ClaimPaymentRow, PaymentRow, PaymentState

_WAITS = (PaymentState.QUARANTINED, PaymentState.UNMATCHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """The posted check, the claim payments that a copy corrects, and the copy's claims, in order."""

    check: PaymentRow
    rows: tuple[ClaimPaymentRow, ...]
    claims: tuple[ClaimPayment, ...]

    @property
    def finding(self) -> Finding:
        """What the copy is, in words."""
        message = f"It corrects {len(self.rows)} claim payments of check {self.check.trace_number or 'without trace'}."
        return pages.finding(pages.CORRECTED, message)


def look(conn: Connection, payment: Payment, earlier: Sequence[PaymentRow]) -> Fixes | None:
    """What a copy of a posted check corrects; None when it says anything else differently."""
    posted = next((row for row in earlier if row.state is PaymentState.POSTED), None)
    if posted is None or cents(payment.amount) != abs(posted.amount_cents):
        return None
    rows = standing_rows(conn, posted.id)
    if len(rows) != len(payment.claims) or not _same_provider_level(conn, payment, posted):
        return None
    off = problems(payment, balance.check(payment))
    changed = []
    for number, (row, clp) in enumerate(zip(rows, payment.claims, strict=True)):
        if _says(row.clp) == _says(clp):
            continue
        same_money = clp.paid == row.clp.paid and clp.is_reversal == row.clp.is_reversal
        if row.state not in _WAITS or number in off or not same_money:
            return None
        changed.append((row, clp))
    if not changed:
        return None
    return Fixes(check=posted, rows=tuple(r for r, _ in changed), claims=tuple(c for _, c in changed))


def standing_rows(
    conn: Connection, payment_id: int, *, limit: int | None = None, offset: int = 0
) -> list[ClaimPaymentRow]:  # fmt: skip
    """The claim payments of a check in its order, or some, each replaced one by its newest correction."""
    rows = payments.claims_of(conn, payment_id, limit=limit, offset=offset)
    while replaced := {r.id for r in rows if r.state is PaymentState.REPLACED}:
        newer = payments.replacing(conn, replaced)
        if not newer:
            break
        rows = [newer.get(r.id, r) for r in rows]
    return rows


def post(check: Check, fixes: Fixes, tally: ClaimTally) -> None:
    """Takes what waited out of unapplied and decides it anew from the copy."""
    conn = check.conn
    postings.post_all(conn, [one for row in fixes.rows for one in take_back(
        conn, row.id, fixes.check.id, check.effective, Source.RULE)])  # fmt: skip
    for row in fixes.rows:
        said = f"replaced by the corrected copy {check.payment_id}"
        payments.decide(conn, row.id, PaymentState.REPLACED, said)
        work.resolve_key(conn, f"claim payment:{row.id}", said)
    check.payment = replace(check.payment, claims=list(fixes.claims), provider_adjustments=[])
    check.key, check.corrects = f"{check.payment_id}.0", fixes.check.id
    check.replaces = [row.id for row in fixes.rows]
    post_claims(check, tally)


def _says(clp: ClaimPayment) -> str:
    """What a claim payment says, wherever it stands."""
    return fingerprint.content_sha256(Payment(control_number="", claims=[clp], origin=clp.origin))


def _same_provider_level(conn: Connection, payment: Payment, posted: PaymentRow) -> bool:
    """Whether cash and provider-level amounts are what the posted check's entry says."""
    new = posting.check_entry(payment, "x", posted.paid_on).postings
    old = [p for e, claim, _ in postings.live_entries(conn, payment_id=posted.id) if claim is None for p in e.postings]
    return _figures(new) == _figures(old)


def _figures(found: Sequence[Posting]) -> Counter[tuple[object, ...]]:
    return Counter((p.account, p.amount, p.reason, p.reference[:64]) for p in found)
