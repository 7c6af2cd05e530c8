"""Seeded 835 files as payers mix them: most claims paid with reductions, some denied, reversed, adjusted as a whole.

Shares (of a hundred claims): 62 priced by contract, 12 sequestered with several triples in one CAS, 8 with a line
denied, 5 denied whole, 4 secondary, 3 adjusted at the claim without lines, 3 reversed and corrected, 2 with interest,
1 to a payer who changed the code.  Each set ends with PLB (interest, a recoupment) and balances to the cent.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from benchmarks.make_837p import CODES, FIRST, LAST, START, envelope
from ptedi.x12.writer import TransactionSet, chunks, composite, segment

NPI = "1234567893"
_SHARES = {
    "contract": 62, "sequestered": 12, "line denied": 8, "denied": 5, "secondary": 4, "claim level": 3, "reversed": 3,
    "interest": 2, "other code": 1,
}  # fmt: skip
_KINDS, _WEIGHTS = list(_SHARES), list(_SHARES.values())
_DENIALS = (("CO", "16", "N290"), ("CO", "197", ""), ("PR", "204", "N130"), ("CO", "97", "M15"), ("OA", "18", ""))
Triple = tuple[str, str, int]
"""Group, reason, cents."""


@dataclass(slots=True)
class Line:
    """A service line: code, cents charged, what is taken off, its remark."""

    code: str
    charge: int
    off: list[Triple]
    remark: str = ""

    @property
    def paid(self) -> int:
        """Cents paid."""
        return self.charge - sum(cents for _, _, cents in self.off)


@dataclass(slots=True)
class Claim:
    """A claim payment."""

    number: str
    status: str
    day: str
    name: tuple[str, str, str]
    lines: list[Line]
    kind: str
    off: list[Triple] = field(default_factory=list)
    sign: int = 1
    interest: int = 0

    @property
    def charge(self) -> int:
        """Cents charged."""
        return sum(line.charge for line in self.lines)

    @property
    def paid(self) -> int:
        """Cents paid."""
        return sum(line.paid for line in self.lines) - sum(cents for _, _, cents in self.off)

    @property
    def share(self) -> int:
        """Cents of the patient."""
        return sum(c for off in (self.off, *(line.off for line in self.lines)) for group, _, c in off if group == "PR")


def mixed_file(claims: int, seed: int = 1, per_set: int = 1200) -> Iterator[bytes]:
    """The bytes of one interchange with about `claims` claim payments, `per_set` in each ST (0: all in one)."""
    size = per_set or claims
    sets = (
        TransactionSet(set_id="835", control_number=f"{number:04d}",
                       segments=_set(seed * 1_000_003 + first, first, min(size, claims - first)))
        for number, first in enumerate(range(0, claims, size), 1)
    )
    return chunks(envelope(seed, "HP", "005010X221A1"), sets)


def _money(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}{f'.{rest:02d}'.rstrip('0') if rest else ''}"


def _claims(seed: int, first: int, count: int) -> Iterator[Claim]:
    chance, number = random.Random(seed), first
    while number < first + count:
        claim = _claim(chance, number)
        if claim.kind == "reversed" and number + 1 < first + count:
            yield replace(claim, status="22", sign=-1)
            number += 1
        yield claim
        number += 1


def _set(seed: int, first: int, count: int) -> Iterator[str]:
    paid = interest = 0
    for claim in _claims(seed, first, count):
        paid += claim.sign * claim.paid
        interest += claim.interest
    recouped = min(paid, 6664)
    trace = f"TR{first:09d}"
    yield segment("BPR", "I", _money(paid + interest - recouped), "C", "ACH", "CCP", "01", "999999992", "DA", "123456",
                  "1512345678", "", "01", "999988880", "DA", "98765", "20261110")
    yield segment("TRN", "1", trace, "1512345678")
    yield segment("DTM", "405", "20261109")
    yield segment("N1", "PR", "FIRST HEALTH PLAN")
    yield segment("N3", "PO BOX 9")
    yield segment("N4", "SAMPLETOWN", "OH", "45009")
    yield segment("PER", "BL", "EDI DESK", "TE", "5555550111")
    yield segment("N1", "PE", "EXAMPLE PT GROUP", "XX", NPI)
    yield segment("REF", "TJ", "123456789")
    yield segment("LX", "1")
    for claim in _claims(seed, first, count):
        yield from _segments(claim)
    if interest:
        yield segment("PLB", NPI, "20261231", composite("L6", trace), _money(-interest))
    if recouped:
        yield segment("PLB", NPI, "20261231", composite("WO", f"{trace}R"), _money(recouped))


def _claim(chance: random.Random, number: int) -> Claim:
    kind = chance.choices(_KINDS, _WEIGHTS)[0]
    lines = [_line(chance, kind) for _ in range(chance.randint(2, 5))]
    claim = Claim(
        number=f"BN{number:09d}", status="2" if kind == "secondary" else "1", kind=kind, lines=lines,
        day=f"{START + timedelta(chance.randrange(30)):%Y%m%d}",
        name=(chance.choice(LAST), chance.choice(FIRST), f"W{chance.randrange(10**9):09d}"),
    )  # fmt: skip
    if kind == "line denied":
        _deny(chance, lines[-1])
    elif kind == "denied":
        for line in lines:
            _deny(chance, line)
    elif kind == "claim level":
        claim.off = [("CO", "45", claim.charge // 3), ("PR", "1", claim.charge // 5)]
        claim.off = [off for off in claim.off if off[2]]
        for line in lines:
            line.off = []
    elif kind == "interest":
        claim.interest = chance.randint(1, 400)
    return claim


def _line(chance: random.Random, kind: str) -> Line:
    code, fee = chance.choice(CODES)
    charge = fee * 100 * chance.choice((1, 1, 1, 2))
    price = charge * chance.randint(45, 85) // 100  # forty prices a code
    off: list[Triple] = [("CO", "45", charge - price)]
    if kind == "sequestered":
        off += [("CO", "59", price // 8), ("CO", "253", (price - price // 8) * 2 // 100)]
        off.append(("PR", "2", price // 5))
    elif kind == "secondary":
        off = [("OA", "23", charge - price // 5)]
    elif chance.random() < 0.4:
        off.append(("PR", chance.choice(("1", "2", "3")), min(price, chance.choice((500, 735, 2000, 4000)))))
    return Line(code, charge, off)


def _deny(chance: random.Random, line: Line) -> None:
    group, reason, line.remark = chance.choice(_DENIALS)
    line.off = [(group, reason, line.charge)]


def _segments(claim: Claim) -> Iterator[str]:
    sign = claim.sign
    owed = _money(claim.share) if claim.share and sign > 0 else ""
    yield segment("CLP", claim.number, claim.status, _money(sign * claim.charge), _money(sign * claim.paid), owed,
                  "MB" if claim.kind == "sequestered" else "12", f"ICN{claim.number[2:]}", "11", "1")
    yield from _cas(claim.off, sign)
    yield segment("NM1", "QC", "1", *claim.name[:2], "", "", "", "MI", claim.name[2])
    yield segment("NM1", "82", "1", "", "", "", "", "", "XX", NPI)
    if claim.kind == "sequestered":
        yield segment("MOA", "", "", "MA01", "MA18")
    yield segment("REF", "EA", f"CH{claim.number[2:]}")
    yield segment("DTM", "232", claim.day)
    yield segment("DTM", "233", claim.day)
    yield segment("DTM", "050", "20261020")
    yield segment("AMT", "AU", _money(sign * claim.charge))
    if claim.interest:
        yield segment("AMT", "I", _money(claim.interest))
    for order, line in enumerate(() if claim.kind == "claim level" else claim.lines, 1):
        yield from _line_segments(claim, order, line)


def _line_segments(claim: Claim, order: int, line: Line) -> Iterator[str]:
    sign = claim.sign
    changed = (composite("HC", "97112", "GP"), "1") if claim.kind == "other code" and order == 1 else ()
    code = composite("HC", line.code, "GP")
    yield segment("SVC", code, _money(sign * line.charge), _money(sign * line.paid), "", "1", *changed)
    yield segment("DTM", "472", claim.day)
    yield from _cas(line.off, sign)
    yield segment("REF", "6R", f"{claim.number}-{order:02d}")
    if line.paid:
        allowed = line.charge - sum(cents for _, reason, cents in line.off if reason in ("45", "59"))
        yield segment("AMT", "B6", _money(sign * allowed))
    if line.remark:
        yield segment("LQ", "HE", line.remark)


def _cas(triples: list[Triple], sign: int) -> Iterator[str]:
    """One CAS a group, its triples behind each other."""
    groups: dict[str, list[str]] = {}
    for group, reason, cents in triples:
        if cents:
            groups.setdefault(group, []).append(f"{reason}*{_money(sign * cents)}")
    for group, parts in groups.items():
        yield segment("CAS", group, *"**".join(parts).split("*"))
