"""Other payers on the wire: the very segments of 2320, 2330 and 2430, read back; other people's files too."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ptedi import checks
from ptedi.claims.model import Claim
from ptedi.ledger.coordination import imbalances
from ptedi.submissions.batch import Batch
from ptedi.transactions import claim_837p
from ptedi.x12 import oracle
from tests.samples import claims as samples


@pytest.fixture
def secondary() -> Claim:
    return samples.secondary_claim()


def file(claim: Claim) -> bytes:
    return claim_837p.write(Batch(envelope=samples.envelope(1), claims=(claim,)))


def test_the_segments_of_a_secondary_claim(secondary: Claim) -> None:
    texts = file(secondary).decode().replace("\n", "").split("~")
    start = texts.index(next(t for t in texts if t.startswith("SBR*P")))
    assert texts[start : start + 10] == [
        "SBR*P*18*******MB", "AMT*D*66.64", "OI***Y***Y", "MOA***MA01",
        "NM1*IL*1*TANAKA*JUNE****MI*3AC1DE2FG45", "N3*18 ORCHARD LN", "N4*ASHBOROUGH*OH*44012",
        "NM1*PR*2*MEDICARE PART B OHIO*****PI*SMPMB", "REF*F8*MCR2622200001", "LX*1",
    ]  # fmt: skip
    first = texts.index("SVD*SMPMB*36.85*HC:97110:GP**2")
    assert texts[first + 1 : first + 5] == [
        "CAS*CO*45*60**59*13**253*0.75", "CAS*PR*2*9.4", "DTP*573*D8*20261019", "AMT*EAF*9.4",
    ]  # fmt: skip
    assert texts[next(n for n, t in enumerate(texts) if t.startswith("SBR*"))] == "SBR*S*18*MEDSUPP******CI"


def test_it_is_read_back_as_it_is_and_balances(secondary: Claim) -> None:
    (one,) = claim_837p.read_batches(file(secondary))
    assert one.findings == ()
    assert one.claims == (secondary,)
    assert list(imbalances(secondary)) == []


def test_our_check_and_pyx12_take_it(secondary: Claim) -> None:
    assert checks.check_file(file(secondary)).verdict == "accepted"
    assert oracle.validate(file(secondary)).ok


def test_a_cent_too_much_is_said_here_and_in_our_check(secondary: Claim) -> None:
    from dataclasses import replace

    line = secondary.lines[0]
    off = replace(line.adjudications[0], paid=line.adjudications[0].paid + Decimal("0.01"))
    wrong = replace(secondary, lines=(replace(line, adjudications=(off,)), *secondary.lines[1:]))
    assert len(list(imbalances(wrong))) == 2  # the line, and the payer's sum
    assert "CB003" in {f.code for f in checks.check_file(file(wrong)).findings}


def test_loops_that_hold_nothing_of_ours_disturb_nothing(secondary: Claim) -> None:
    text = file(secondary).decode().replace("\n", "")
    mine = "REF*F8*MCR2622200001~"
    extra = text.replace(mine, f"{mine}NM1*82*1~REF*G2*LEGACY1~NM1*77*2~REF*G2*LEGACY2~")
    (one,) = claim_837p.read_batches(extra.encode())
    assert one.claims == (secondary,)
