"""Masses of findings: bounded memory, nothing silently lost."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.make_837p import claims_file
from ptedi.checks import check_file, telling
from ptedi.x12 import walker
from ptedi.x12.places import Places

WRONG = {
    "meaning": (b"*UN*1***1", b"*UN*0***1"),
    "structure": (b"DTP*472*D8*2026", b"DTP*472*D8*2O26"),
}  # fmt: skip


def test_two_hundred_thousand_faulty_segments() -> None:
    one = b"".join(claims_file(1))
    first, last = one.index(b"LX*1~"), one.index(b"SE*")
    lines = b"".join(b"LX*%d~SV1*HC:97110:GP*1*UN*0***1~DTP*472*D8*20261301~" % (n + 1) for n in range(50))
    head, level = one[: one.index(b"HL*2*")], one[one.index(b"HL*2*") : first]
    claims = (level.replace(b"HL*2*", b"HL*%d*" % (n + 2)).replace(b"BN0", b"%d0" % n) + lines for n in range(2_000))
    report = check_file(b"".join((head, *claims, one[last:])))
    assert len(report.claims) == 2_000
    assert set(report.claims.values()) == {"rejected"}
    told = Counter(finding.code for finding in report.findings)
    assert {"CX004", "IE012"} <= set(told)
    assert sum(told.values()) < 20_010
    further = [int(f.message.split()[0].replace(",", "")) for f in report.findings if f.code in ("CX004", "IE012")]
    assert sum(told.values()) - 2 + sum(further) >= 200_000


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_not_listed_stops_its_claim(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"".join(claims_file(30))
    old, new = WRONG[kind]
    at = data.index(b"~HL*20*")
    data = data.replace(b"*PI*PAY", b"*PX*PAY", 3) if kind == "structure" else data
    data = data[:at] + data[at:].replace(old, new)
    wanted = check_file(data).claims
    assert set(wanted.values()) == {"accepted", "rejected"}
    for module in (telling, walker):
        monkeypatch.setattr(module, "MOST" if module is telling else "MOST_FINDINGS", 3)
    assert check_file(data).claims == wanted


def test_places() -> None:
    places = Places()
    for position in (7, 0, 8, 100_003, 8):
        places.add(position)
    assert list(places) == [0, 7, 8, 100_003]
