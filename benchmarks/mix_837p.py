"""Subscribers of an invented physical therapy practice, with what makes real batches uneven.

The shares are an estimate of ours, written down here so that a figure can be judged by them; they are rather above
what a practice of two locations sends, since what is rare is what costs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

from ptedi.x12.writer import composite, segment

MEDICARE, DEPENDENT, AUTO = 0.35, 0.12, 0.02  # of subscribers
SECONDARY, OTHER_PAYER = 0.06, 0.05  # of claims: a primary has decided line by line; another payer is only named
SECOND_CLAIM, REFERRED, AUTHORISED, COPAID = 0.10, 0.85, 0.15, 0.15
FACILITY, REPLACED, ONSET, NOTED, RANGED = 0.05, 0.03, 0.70, 0.03, 0.01

CODES = (("97110", 38), ("97112", 40), ("97140", 35), ("97530", 45), ("97116", 32), ("97035", 15), ("97161", 110))
LAST = ("RIVERA", "LOPEZ", "SMITH", "DOE", "NGUYEN", "KHAN", "OKAFOR", "MEYER", "ROSSI", "SATO", "O'BRIEN", "ST JOHN")
FIRST = ("ANA", "MARIA", "ALEX", "JANE", "KIM", "OMAR", "ADA", "UTE", "LEA", "KEN")
DIAGNOSES = ("M25561", "M6281", "M5450", "R262", "M7541", "S83511D", "M25511", "Z96651", "M545", "R2689", "M79604")
THERAPISTS = ("DOE*JANE****XX*1457300014", "KHAN*OMAR****XX*1000000004", "SATO*UTE****XX*1999900024")
LETTERS, TOWNS = "ACDEFGHJKMNPQRTUVWXY", ("SAMPLETOWN", "EAST SAMPLE", "MOUNT EXAMPLE")
START = date(2026, 10, 1)


def subscribers(chance: random.Random, first: int, claims: int) -> Iterator[str]:
    """The segments of subscribers and patients with `claims` claims, from the first HL below the billing provider."""
    levels, number, last = count(2), first, first + claims
    while number < last:
        patient = Patient(chance, levels)
        yield from patient.levels()
        many = 2 if chance.random() < SECOND_CLAIM and number + 1 < last else 1
        for _ in range(many):
            yield from patient.claim(number)
            number += 1


class Patient:
    """One patient: who insures, who is treated, and the claims."""

    def __init__(self, chance: random.Random, levels: Iterator[int]) -> None:
        self.chance, self.numbers = chance, levels
        kind = chance.random()
        self.filing = "MB" if kind < MEDICARE else "AM" if kind < MEDICARE + AUTO else chance.choice(("CI", "CI", "BL"))
        self.dependent = self.filing in ("CI", "BL") and chance.random() < DEPENDENT / (1 - MEDICARE - AUTO)
        self.secondary = self.filing != "AM" and chance.random() < SECONDARY
        self.other = not self.secondary and self.filing == "CI" and chance.random() < OTHER_PAYER

    def _is(self, share: float) -> bool:
        return self.chance.random() < share

    def _member(self) -> str:
        pick, digit = self.chance.choice, self.chance.randrange
        if self.filing != "MB":
            return f"W{digit(10**9):09d}"
        a, b, c, d, e, f = (pick(LETTERS) for _ in range(6))
        return f"{digit(1, 10)}{a}{b}{digit(10)}{c}{d}{digit(10)}{e}{f}{digit(10)}{digit(10)}"

    def _place(self) -> Iterator[str]:
        chance = self.chance
        second = (f"APT {chance.randint(1, 40)}",) if self._is(0.1) else ()
        yield segment("N3", f"{chance.randint(1, 9999)} ELM ST", *second)
        tail = f"{chance.randint(1, 9999):04d}" if self._is(0.3) else ""
        yield segment("N4", chance.choice(TOWNS), "OH", f"{chance.randint(43001, 45999)}{tail}")
        birth = date(1930, 1, 1) + timedelta(chance.randrange(30000))
        yield segment("DMG", "D8", f"{birth:%Y%m%d}", chance.choice("FM"))

    def levels(self) -> Iterator[str]:
        """2000B and, for a dependent, 2000C."""
        pick, level = self.chance.choice, next(self.numbers)
        last, middle = pick(LAST), pick(LETTERS) if self._is(0.3) else ""
        kind = "47" if self.secondary and self.filing == "MB" else ""
        yield segment("HL", str(level), "1", "22", "1" if self.dependent else "0")
        yield segment("SBR", "S" if self.secondary else "P", "" if self.dependent else "18",
                      "GRP100" if self.filing == "CI" and self._is(0.5) else "", "", kind, "", "", "", self.filing)
        yield segment("NM1", "IL", "1", last, pick(FIRST), middle, "", "", "MI", self._member())
        if not self.dependent:
            yield from self._place()
            if self.filing == "AM":
                yield segment("REF", "Y4", f"ACC{self.chance.randrange(10**6):06d}")
        self.payer = "15202" if self.filing == "MB" else f"PAY{self.chance.randint(1, 6):02d}"
        yield segment("NM1", "PR", "2", "FIRST HEALTH PLAN", "", "", "", "", "PI", self.payer)
        if self.dependent:
            yield segment("HL", str(next(self.numbers)), str(level), "23", "0")
            yield segment("PAT", pick(("01", "19")))
            yield segment("NM1", "QC", "1", last, pick(FIRST))
            yield from self._place()

    def claim(self, number: int) -> Iterator[str]:
        """2300 to 2430."""
        chance, pick = self.chance, self.chance.choice
        lines = chance.sample(CODES, chance.randint(2, 5))
        units = [chance.randint(1, 3) if code != "97161" else 1 for code, _ in lines]
        charges = [fee * many for (_, fee), many in zip(lines, units, strict=True)]
        day, again, auto = START + timedelta(chance.randrange(30)), self._is(REPLACED), self.filing == "AM"
        cause = (composite("AA", "", "", "OH"),) if auto else ()
        yield segment("CLM", f"BN{number:09d}", str(sum(charges)), "", "", composite("11", "B", "7" if again else "1"),
                      "Y", "A", "Y", "Y", *(("", *cause) if cause else ()))
        if auto:
            yield segment("DTP", "439", "D8", f"{day - timedelta(40):%Y%m%d}")
        elif self._is(ONSET):
            yield segment("DTP", "431", "D8", f"{day - timedelta(chance.randint(1, 60)):%Y%m%d}")
        if self._is(COPAID) and not self.secondary:
            yield segment("AMT", "F5", pick(("15", "20", "25", "30")))
        if self._is(AUTHORISED):
            yield segment("REF", "G1", f"AUTH{chance.randrange(10**6):06d}")
        if again:
            yield segment("REF", "F8", f"ICN{chance.randrange(10**9):09d}")
        yield segment("REF", "EA", f"MRN{chance.randrange(10**6):06d}")
        if self._is(NOTED):
            yield segment("NTE", "ADD", "PLAN OF CARE SIGNED AND ON FILE")
        chosen = chance.sample(DIAGNOSES, chance.randint(1, 4))
        yield segment("HI", *[composite("ABF" if i else "ABK", code) for i, code in enumerate(chosen)])
        yield from self._providers()
        if self.secondary or self.other:
            yield from self._other(_amount(sum(charges) * 50))
        pointers = composite(*map(str, range(1, len(chosen) + 1)))
        for line, ((code, _), many, charge) in enumerate(zip(lines, units, charges, strict=True), 1):
            late = composite("HC", code, "GP", *(("KX",) if self.filing == "MB" and self._is(0.3) else ()))
            yield segment("LX", str(line))
            yield segment("SV1", late, str(charge), "UN", str(many), "", "", pointers)
            yield segment("DTP", "472", "D8", f"{day:%Y%m%d}")
            yield segment("REF", "6R", f"BN{number:09d}-{line:02d}")
            if self.secondary:
                yield segment("SVD", "PRIPAY01", _amount(charge * 50), composite("HC", code, "GP"), "", str(many))
                yield segment("CAS", "CO", "45", _amount(charge * 50 - 200))
                yield segment("CAS", "PR", "3", "2")
                yield segment("DTP", "573", "D8", f"{day + timedelta(12):%Y%m%d}")

    def _providers(self) -> Iterator[str]:
        if self._is(REFERRED):
            yield segment("NM1", "DN", "1", "SMITH", "ALEX", "", "", "", "XX", "1999900040")
        yield "NM1*82*1*" + self.chance.choice(THERAPISTS)
        yield segment("PRV", "PE", "PXC", "225100000X")
        if self._is(FACILITY):
            yield segment("NM1", "77", "2", "RIVERSIDE POOL", "", "", "", "", "XX", "1999900057")
            yield segment("N3", "200 POOL RD")
            yield segment("N4", "SAMPLETOWN", "OH", "450010200")

    def _other(self, paid: str) -> Iterator[str]:
        yield segment("SBR", "P" if self.secondary else "S", "18", "", "", "", "", "", "", "CI")
        if self.secondary:
            yield segment("AMT", "D", paid)
        yield segment("OI", "", "", "Y", "", "", "Y")
        yield segment("NM1", "IL", "1", self.chance.choice(LAST), "CARLOS", "", "", "", "MI", "PRI987654")
        yield segment("NM1", "PR", "2", "OTHER HEALTH PLAN", "", "", "", "", "PI", "PRIPAY01")


def _amount(cents: int) -> str:
    """Cents as X12 writes them: no superfluous zeros."""
    return f"{cents // 100}.{cents % 100:02d}".rstrip("0").rstrip(".")
