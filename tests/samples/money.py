"""What the bank says of the payments of one 835 sample, as CSV and as BAI2."""

from __future__ import annotations

from ptedi.sandbox import bank
from ptedi.sandbox.oracle import Check
from ptedi.transactions import remittance_835
from tests.samples import remittances


def checks() -> list[Check]:
    """The checks of `835/several_payers.edi`."""
    data = remittances.files()["835/several_payers.edi"]
    return [Check(trace_number=p.trace_number, originator=p.originator, payer_id=p.payer_id or p.payer,
                  payee_npi=p.payee_npi, method=p.method, amount=p.amount, day=p.date)
            for p in remittance_835.read(data) if p.date is not None]  # fmt: skip


def files() -> dict[str, bytes]:
    """The samples that are not X12, by their path below `sample_edi`."""
    names = {p.payer_id or p.payer: p.payer
             for p in remittance_835.read(remittances.files()["835/several_payers.edi"])}  # fmt: skip
    return {"bank/deposits.csv": bank.deposits(checks(), names), "bank/deposits.bai": bank.bai2(checks(), names)}
