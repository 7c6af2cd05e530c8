"""When two payments are the same: the key that names a check, and the hash of what it says."""

from __future__ import annotations

import hashlib
import re

import msgspec

from ptedi.remittances.model import Payment

_ENCODER = msgspec.json.Encoder(order="deterministic")
# where a record stands, which set carried it and what the reader thought of it are not what it says
_PLACE = re.compile(rb'"origin":(?:\{[^{}]*\}|\[[^\[\]]*\]),?')
_CARRIER = re.compile(rb'"control_number":"[^"]*",?')


def content_sha256(payment: Payment) -> str:
    """The hash of a payment's content, wherever it stands and whichever file carried it."""
    findings, others = payment.findings, payment.others
    payment.findings, payment.others = [], []
    try:
        text = _ENCODER.encode(payment).replace(b'"others":[],', b"")
    finally:
        payment.findings, payment.others = findings, others
    return hashlib.sha256(_CARRIER.sub(b"", _PLACE.sub(b"", text), count=1)).hexdigest()


def payment_key(payment: Payment, content: str) -> str:
    """Trace, originator, date, amount and payee; a payment without a trace is only like itself."""
    parts = [
        payment.trace_number or content, payment.originator, str(payment.date or ""), f"{payment.amount:.2f}",
        payment.credit_debit, payment.payee_npi or payment.payee_tax_id or payment.payee,
    ]  # fmt: skip
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
