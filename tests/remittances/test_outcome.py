"""Denied is not the same as paid nothing."""

import pytest

from ptedi.remittances.model import ClaimPayment
from ptedi.remittances.outcome import Outcome, denials, is_denied, outcome

from .records import claim, line


@pytest.mark.parametrize(
    ("record", "result", "denied"),
    [
        (claim("60", "30", line("60", "30", "CO-45 30")), Outcome.PAID, False),
        (claim("60", "0", line("60", "0", "CO-45 30,PR-1 30")), Outcome.PATIENT_RESPONSIBILITY, False),
        (claim("60", "0", line("60", "0", "OA-23 60")), Outcome.PATIENT_RESPONSIBILITY, False),
        (claim("60", "0", line("60", "0", "CO-16 60")), Outcome.DENIED, True),
        (claim("60", "0", line("60", "0", "PR-96 60")), Outcome.DENIED, True),
        (claim("60", "0", line("60", "0", "PR-1 20,PR-119 40")), Outcome.DENIED, True),
        (claim("60", "0", line("60", "0", "PR-2 20,PR-241 40")), Outcome.PATIENT_RESPONSIBILITY, False),
        (claim("60", "0", line("60", "0", "CO-45 20,PR-45 40")), Outcome.PATIENT_RESPONSIBILITY, False),
        (claim("60", "0", adjustments="CO-29 60"), Outcome.DENIED, True),
        (claim("60", "0", adjustments="CO-45 60", status="4"), Outcome.DENIED, True),
        (claim("120", "30", line("60", "30", "CO-45 30"), line("60", "0", "CO-97 60")), Outcome.PARTIALLY_PAID, False),
        (claim("-60", "0", line("-60", "0", "CO-16 -60"), status="22"), Outcome.REVERSED, False),
        (claim("60", "0", line("60", "0", "CO-16 60"), status="23"), Outcome.FORWARDED, False),
        (claim("60", "0", line("60", "0", "OA-101 60"), status="25"), Outcome.INFORMATION, False),
    ],
)
def test_outcome(record: ClaimPayment, result: Outcome, denied: bool) -> None:
    assert outcome(record) is result
    assert is_denied(record) is denied


def test_denials_of_a_line() -> None:
    assert [a.reason for a in denials(line("60", "0", "CO-45 10,CO-97 50"))] == ["97"]
    assert not is_denied(line("0", "0", "CO-97 0"))
