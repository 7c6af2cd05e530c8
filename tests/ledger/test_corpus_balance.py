"""Public 835 files balance exactly where they are known to, public secondary claims too; skipped where they are not."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from ptedi.ledger.coordination import imbalances
from ptedi.remittances import balance
from ptedi.transactions import claim_837p, remittance_835

SHARED = Path(__file__).resolve().parents[2] / "../shared"
MANIFEST = SHARED / "corpus" / "manifest.csv"
pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not MANIFEST.exists(), reason="the corpus is not here")]


def expected() -> list[tuple[str, str]]:
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(newline="") as file:
        return [(row["path"], row["balance_835"]) for row in csv.DictReader(file) if row["balance_835"]]


def off(text: str, what: str) -> int:
    """How many payments or claims the manifest says are off, those apart that have no BPR at all."""
    found = re.search(rf"{what}(?: \d+:)? (\d+) off", text)
    return int(found[1]) - (text.count("BPR02 None") if what == "payment" else 0) if found else 0


@pytest.mark.parametrize(("path", "told"), expected(), ids=lambda value: value[-40:] if "/" in value else "")
def test_every_835_balances_as_expected(path: str, told: str) -> None:
    payments = list(remittance_835.read((SHARED / "corpus" / path).read_bytes()))
    assert len(payments) == int(re.search(r"sets (\d+)", told)[1])  # type: ignore[index]
    found = [{f.code for f in balance.check(payment)} for payment in payments]
    claims = [f for payment in payments for f in balance.check(payment) if f.code in ("RP002", "RP004", "RP005")]
    assert sum("RP001" in codes for codes in found) == max(off(told, "payment"), 0)
    assert len({f.claim for f in claims}) == off(told, "claims")


@pytest.mark.parametrize("path", sorted((SHARED / "samples").glob("835_*.edi")), ids=lambda p: p.stem)
def test_every_sample_balances_to_the_cent(path: Path) -> None:
    for payment in remittance_835.read(path.read_bytes()):
        assert payment.findings == []
        assert [f.message for f in balance.check(payment) if f.severity.stops] == []


def test_public_secondary_claims_balance_for_each_payer_and_are_written_again() -> None:
    seen = 0
    for path in sorted(p for p in (*SHARED.glob("corpus/**/*"), *SHARED.glob("samples/*")) if p.is_file()):
        data = path.read_bytes()
        if b"*837*" not in data or b"SVD" not in data or b"005010X222" not in data:
            continue
        for one in claim_837p.read_batches(data):
            for claim in one.claims:
                if any(other.paid is not None for other in claim.other_payers):
                    seen += 1
                    assert list(imbalances(claim)) == [], path.name
                    assert claim_837p.normalise(claim).other_payers
    assert seen >= 2
