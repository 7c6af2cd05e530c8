"""Seeded 837P files of any size: invented practice, patients and claims, valid for the guide.

Two mixes.  `PRACTICE` is uneven as real batches are (Medicare, dependents, other payers, facilities, copayments,
replacements; the shares stand in `mix_837p`).  `PLAIN` is what it names: every patient insured in person by one payer,
one claim each, every claim with the same kinds of segments.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, time, timedelta
from enum import StrEnum

from benchmarks import mix_837p
from ptedi.x12.writer import Envelope, TransactionSet, chunks, composite, segment

CODES = (("97110", 38), ("97112", 40), ("97140", 35), ("97530", 45), ("97116", 32), ("97035", 15), ("97161", 110))
LAST = ("RIVERA", "LOPEZ", "SMITH", "DOE", "NGUYEN", "KHAN", "OKAFOR", "MEYER", "ROSSI", "SATO")
FIRST = ("ANA", "MARIA", "ALEX", "JANE", "KIM", "OMAR", "ADA", "UTE", "LEA", "KEN")
DIAGNOSES = ("M25561", "M6281", "M5450", "R262", "M7541", "S83511D", "M25511", "Z96651")
START = date(2026, 10, 1)


class Mix(StrEnum):
    """What kind of claims a file holds."""

    PLAIN = "plain"
    PRACTICE = "practice"


def envelope(seed: int, functional_id: str, guide: str) -> Envelope:
    """The envelope of every benchmark file."""
    return Envelope(
        sender_id="BENCHSUB", receiver_id="BENCHCH", control_number=seed + 1, created=date(2026, 11, 5),
        at=time(21, 30), functional_id=functional_id, guide=guide)


def claims_file(claims: int, seed: int = 1, per_set: int = 5000, mix: Mix = Mix.PLAIN) -> Iterator[bytes]:
    """The bytes of one interchange with `claims` claims, `per_set` in each ST (0: all in one)."""
    chance = random.Random(seed)
    size = per_set or claims
    starts = range(0, claims, size)
    sets = (
        TransactionSet(set_id="837", control_number=f"{number:04d}",
                       segments=_set(chance, first, min(size, claims - first), mix))
        for number, first in enumerate(starts, 1)
    )
    return chunks(envelope(seed, "HC", "005010X222A1"), sets)


def _set(chance: random.Random, first: int, claims: int, mix: Mix) -> Iterator[str]:
    yield segment("BHT", "0019", "00", f"BENCH{first:09d}", "20261105", "2130", "CH")
    yield segment("NM1", "41", "2", "EXAMPLE PT GROUP", "", "", "", "", "46", "BENCHSUB")
    yield segment("PER", "IC", "EDI DESK", "TE", "5555550100")
    yield segment("NM1", "40", "2", "EXAMPLE CLEARINGHOUSE", "", "", "", "", "46", "BENCHCH")
    yield segment("HL", "1", "", "20", "1")
    yield segment("PRV", "BI", "PXC", "225100000X")
    yield segment("NM1", "85", "2", "EXAMPLE PT GROUP", "", "", "", "", "XX", "1234567893")
    yield segment("N3", "100 MAIN ST")
    yield segment("N4", "SAMPLETOWN", "OH", "450010001")
    yield segment("REF", "EI", "311234567")
    if mix is Mix.PRACTICE:
        yield from mix_837p.subscribers(chance, first, claims)
        return
    for number in range(claims):
        yield from _claim(chance, first + number, number + 2)


def _claim(chance: random.Random, number: int, level: int) -> Iterator[str]:
    pick, dollars = chance.choice, chance.sample(CODES, chance.randint(2, 5))
    day = START + timedelta(chance.randrange(30))
    yield segment("HL", str(level), "1", "22", "0")
    yield segment("SBR", "P", "18", "", "", "", "", "", "", pick(("CI", "CI", "BL")))
    yield segment("NM1", "IL", "1", pick(LAST), pick(FIRST), "", "", "", "MI", f"W{chance.randrange(10**9):09d}")
    yield segment("N3", f"{chance.randint(1, 9999)} ELM ST")
    yield segment("N4", "SAMPLETOWN", "OH", f"{chance.randint(43001, 45999)}")
    birth = date(1940, 1, 1) + timedelta(chance.randrange(25000))
    yield segment("DMG", "D8", f"{birth:%Y%m%d}", pick("FM"))
    yield segment("NM1", "PR", "2", "FIRST HEALTH PLAN", "", "", "", "", "PI", f"PAY{chance.randint(1, 6):02d}")
    total = sum(fee for _, fee in dollars)
    yield segment("CLM", f"BN{number:09d}", str(total), "", "", composite("11", "B", "1"), "Y", "A", "Y", "Y")
    yield segment("DTP", "431", "D8", f"{day - timedelta(30):%Y%m%d}")
    yield segment("REF", "EA", f"MRN{chance.randrange(10**6):06d}")
    chosen = chance.sample(DIAGNOSES, chance.randint(1, 3))
    yield segment("HI", *[composite("ABF" if i else "ABK", code) for i, code in enumerate(chosen)])
    yield segment("NM1", "DN", "1", "SMITH", "ALEX", "", "", "", "XX", "1000000004")
    yield segment("NM1", "82", "1", "DOE", "JANE", "", "", "", "XX", "1457300014")
    yield segment("PRV", "PE", "PXC", "225100000X")
    pointers = composite(*map(str, range(1, len(chosen) + 1)))
    for line, (code, fee) in enumerate(dollars, 1):
        yield segment("LX", str(line))
        yield segment("SV1", composite("HC", code, "GP"), str(fee), "UN", "1", "", "", pointers)
        yield segment("DTP", "472", "D8", f"{day:%Y%m%d}")
        yield segment("REF", "6R", f"BN{number:09d}-{line:02d}")
