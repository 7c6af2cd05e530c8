"""Seeded 835 files of any size that balance: invented payer, payments and adjustments, valid for the guide."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from benchmarks.make_837p import CODES, FIRST, LAST, START, envelope
from ptedi.x12.writer import TransactionSet, chunks, composite, segment


@dataclass(slots=True)
class Line:
    """A service line and what becomes of its charge."""

    code: str
    charge: Decimal
    contract: Decimal
    patient: Decimal

    @property
    def paid(self) -> Decimal:
        """Charge less contract and patient share."""
        return self.charge - self.contract - self.patient


def remittance_file(claims: int, seed: int = 1, per_set: int = 5000) -> Iterator[bytes]:
    """The bytes of one interchange with `claims` claim payments, `per_set` in each ST (0: all in one)."""
    chance = random.Random(seed)
    size = per_set or claims
    sets = (
        TransactionSet(set_id="835", control_number=f"{number:04d}",
                       segments=_set(chance, first, min(size, claims - first)))
        for number, first in enumerate(range(0, claims, size), 1)
    )
    return chunks(envelope(seed, "HP", "005010X221A1"), sets)


def _money(amount: Decimal) -> str:
    return f"{amount:f}".rstrip("0").rstrip(".") if "." in f"{amount:f}" else f"{amount:f}"


def _set(chance: random.Random, first: int, claims: int) -> Iterator[str]:
    seeds = [chance.getrandbits(48) for _ in range(claims)]
    paid = sum((sum((line.paid for line in _lines(random.Random(s))), Decimal(0)) for s in seeds), Decimal(0))
    yield segment("BPR", "I", _money(paid), "C", "ACH", "CCP", "01", "999999992", "DA", "123456", "1512345678", "",
                  "01", "999988880", "DA", "98765", "20261110")
    yield segment("TRN", "1", f"TR{first:09d}", "1512345678")
    yield segment("DTM", "405", "20261109")
    yield segment("N1", "PR", "FIRST HEALTH PLAN")
    yield segment("N3", "PO BOX 9")
    yield segment("N4", "SAMPLETOWN", "OH", "45009")
    yield segment("PER", "BL", "EDI DESK", "TE", "5555550111")
    yield segment("N1", "PE", "EXAMPLE PT GROUP", "XX", "1234567893")
    yield segment("LX", "1")
    for number, one in enumerate(seeds, first):
        yield from _claim(random.Random(one), number)


def _lines(chance: random.Random) -> list[Line]:
    lines = []
    for _ in range(chance.randint(2, 5)):
        code, fee = chance.choice(CODES)
        contract = Decimal(chance.randint(100, fee * 40)) / 100
        patient = Decimal(chance.choice((0, 0, 500, 735))) / 100
        lines.append(Line(code, Decimal(fee), contract, patient))
    return lines


def _claim(chance: random.Random, number: int) -> Iterator[str]:
    lines = _lines(chance)
    charge, paid = sum(x.charge for x in lines), sum((x.paid for x in lines), Decimal(0))
    patient = sum((x.patient for x in lines), Decimal(0))
    day = f"{START + timedelta(chance.randrange(30)):%Y%m%d}"
    owed = _money(patient) if patient else ""
    yield segment("CLP", f"BN{number:09d}", "1", _money(Decimal(charge)), _money(paid), owed, "12",
                  f"ICN{number:010d}", "11", "1")
    yield segment("NM1", "QC", "1", chance.choice(LAST), chance.choice(FIRST), "", "", "", "MI",
                  f"W{chance.randrange(10**9):09d}")
    yield segment("DTM", "232", day)
    yield segment("DTM", "050", "20261020")
    for order, line in enumerate(lines, 1):
        yield segment("SVC", composite("HC", line.code, "GP"), _money(line.charge), _money(line.paid), "", "1")
        yield segment("DTM", "472", day)
        yield segment("CAS", "CO", "45", _money(line.contract))
        if line.patient:
            yield segment("CAS", "PR", chance.choice(("1", "2", "3")), _money(line.patient))
        yield segment("REF", "6R", f"BN{number:09d}-{order:02d}")
        yield segment("AMT", "B6", _money(line.charge - line.contract))
        if chance.random() < 0.1:
            yield segment("LQ", "HE", "N130")
