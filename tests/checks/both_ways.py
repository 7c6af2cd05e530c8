"""What is taken whole is told like what is asked rule by rule."""

import pytest

from ptedi.checks import FileReport, check_file
from ptedi.checks.plain_claims import PlainClaims
from ptedi.checks.plain_payments import PlainPayments


def told_alike(taker: type[PlainClaims | PlainPayments], data: bytes, *, lenient: bool = False) -> FileReport:
    """Asserts that the checks with this taker and without it tell the same; returns what they tell."""
    whole = check_file(data, lenient=lenient)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taker, "offer", lambda *_: None)
        each = check_file(data, lenient=lenient)
    assert whole.findings == each.findings
    assert (whole.verdict, whole.transactions, whole.claims) == (each.verdict, each.transactions, each.claims)
    assert [part.stopped for part in whole.verdicts] == [part.stopped for part in each.verdicts]
    return whole
