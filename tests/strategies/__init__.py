"""Hypothesis strategies of the domain objects, shared by all tests.

`claims()` and `payments()` give objects in the wire's normal form, so that reading back must give them again;
`claims(wild=True)` gives any text, for the law that writing normalises.
"""

from tests.strategies.inbound import payments, remittance_header, without_origins
from tests.strategies.outbound import batches, claims, envelope
from tests.strategies.wire import amounts, codes, days, digits, npis, words

__all__ = ["amounts", "batches", "claims", "codes", "days", "digits", "envelope", "npis", "payments",
           "remittance_header", "without_origins", "words"]  # fmt: skip
