"""The same claim payments under another trace number: suspected before they double the money.

A correction of the payer's has a reversal of what it replaces, or another claim number of the payer (CLP07).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ptedi.findings import Finding
from ptedi.money import cents, usd
from ptedi.remittances.model import ClaimPayment, Payment
from ptedi.steps import inbound_pages as pages
from ptedi.store import Connection, said
from ptedi.store.said import Word

_Figures = tuple[str, int, int]  # our claim number, charge and paid in cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Claim payments with money that another posted payment holds already, by their place, and whether all are."""

    found: dict[int, Finding]
    whole: Finding | None = None


def look(conn: Connection, payment: Payment) -> Repeats:
    """What of a payment is in the books already and has not been reversed since."""
    money = {n: clp for n, clp in enumerate(payment.claims) if clp.paid > 0 and not clp.is_reversal}
    told = said.under(conn, {clp.payer_claim_control_number for clp in money.values()} - {""})
    under: dict[str, list[Word]] = {}
    for word in told:
        under.setdefault(word.payer_number, []).append(word)
    same = {n: [word for word in under.get(clp.payer_claim_control_number[:50], ()) if _is_same(clp, word)]
            for n, clp in money.items()}  # fmt: skip
    if not any(same.values()):
        return Repeats(found={})
    about = said.of_claims(conn, {w.claim_id for words in same.values() for w in words if w.claim_id is not None})
    everything = [w for w in {w.id: w for w in (*told, *about)}.values() if not w.reason.startswith(pages.REPEATED)]
    reversals = _reversals(everything, payment.claims)
    results = Counter(_figures(word) for word in everything if word.paid_cents > 0)
    open_ = {n: words[0] for n, words in same.items()
             if words and results[_figures(words[0])] > reversals[_figures(words[0])]}  # fmt: skip
    found = {n: pages.finding(pages.REPEATED, f"{usd(money[n].paid)} for this claim are in check {word.trace} already")
             for n, word in open_.items()}  # fmt: skip
    return Repeats(found=found, whole=_whole(payment, open_.values()) if len(found) == len(money) else None)


def _is_same(clp: ClaimPayment, word: Word) -> bool:
    """The payer's number, ours, the status, the charge and the payment."""
    return bool(clp.payer_claim_control_number) and not word.reason.startswith(pages.REPEATED) and (
        clp.payer_claim_control_number[:50], clp.patient_control_number[:38], clp.status_code[:2], cents(clp.charge),
        cents(clp.paid),
    ) == (word.payer_number, word.number, word.status_code, word.charge_cents, word.paid_cents)  # fmt: skip


def _figures(word: Word) -> _Figures:
    return word.number, word.charge_cents, word.paid_cents


def _reversals(words: Iterable[Word], claims: Iterable[ClaimPayment]) -> Counter[_Figures]:
    """What was taken back until now, and by this very payment, under the figures of its original."""
    found = Counter((w.number, -w.charge_cents, -w.paid_cents) for w in words if w.paid_cents < 0)
    return found + Counter((clp.patient_control_number[:38], -cents(clp.charge), -cents(clp.paid))
                           for clp in claims if clp.is_reversal)  # fmt: skip


def _whole(payment: Payment, words: Iterable[Word]) -> Finding:
    traces = list(dict.fromkeys(word.trace or "without trace" for word in words))
    named = ", ".join(traces[:3]) + (f" and {len(traces) - 3} more" if len(traces) > 3 else "")
    sentence = (f"Check {payment.trace_number or 'without trace'} of {usd(payment.amount)} repeats every payment of "
                f"check {named}: it may be the same money.")  # fmt: skip
    return pages.finding(pages.REPEATED, sentence)
