"""Claim payments taken whole against the rules one by one: the same findings at the same places, whatever the file."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks.mix_835 import mixed_file
from ptedi.checks import telling
from ptedi.checks.plain_payments import _CENTS, PlainPayments
from ptedi.money import cents
from ptedi.transactions.remittance_835.plain import AMOUNT, HEAD, LINE
from ptedi.x12.loops import tree
from tests.effort import LONG, many
from tests.x12.bases import base as structure_base
from tests.x12.mutations import Maker, envelopes
from tests.x12.test_properties import broken
from tests.x12.variants import variants

from .base import PAYMENT, REVERSAL, edit, wrap
from .both_ways import told_alike
from .cases import FAILING, VALID
from .changes import Changes

SAMPLE = b"".join(mixed_file(40, seed=3, per_set=25))
LARGE = b"".join(mixed_file(600, seed=4, per_set=350))
ROOT = Path(__file__).parents[2]


same = partial(told_alike, PlainPayments)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many claims were taken whole."""
    counted = [0]
    take = PlainPayments.take

    def counting(self: PlainPayments, run: object, *rest: object) -> None:
        counted[0] += run.claims + 1  # type: ignore[attr-defined]
        take(self, run, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(PlainPayments, "take", counting)
    return counted


def test_most_of_a_file_is_taken_whole(taken: list[int]) -> None:
    report = same(LARGE)
    assert report.findings == ()
    assert sum(part.claims for part in report.transactions) == 600
    assert taken[0] > 540


def test_the_matrix_and_the_variants() -> None:
    for case in FAILING:
        if case[1] in (PAYMENT, REVERSAL):
            same(wrap(edit(case[1], *case[2])))
    for variant in VALID:
        if variant[1] in (PAYMENT, REVERSAL):
            same(wrap(edit(variant[1], *variant[2])))


def test_structural_mutations() -> None:
    mutations = [mutation.data for mutation in [*Maker("835").all(), *envelopes()] if mutation.set_id == "835"]
    files = mutations + [data for name, data in variants() if name.startswith("835")]
    for data in files[:: 1 if LONG else 10]:
        same(data)
    same(structure_base("835"))


@pytest.mark.parametrize("path", sorted((ROOT / "sample_edi").rglob("*835*/*")), ids=lambda path: path.stem)
def test_samples(path: Path) -> None:
    same(path.read_bytes())


@pytest.mark.corpus
def test_corpus() -> None:
    shared = ROOT.parent / "shared"
    files = [path for folder in ("samples", "corpus") for path in sorted((shared / folder).rglob("*"))
             if path.is_file() and path.stat().st_size < 100_000]  # fmt: skip
    files = [path for path in files if b"ST*835" in path.read_bytes()]
    if not files:
        pytest.skip("no corpus here")
    for path in files:
        same(path.read_bytes(), lenient=True)


OTHERS = (
    "", "0", "1", "2", "4", "19", "22", "25", "-1", "0.5", "120", "120.00", "120.005", "1e3", "CO", "PR", "OA", "PI",
    "CR", "45", "16", "96", "253", "ZZ9", "N290", "MA01", "N999", "HE", "RX", "20260230", "20261005", "00010101",
    "20001010", "1810", "QC", "IL", "TT", "82", "232", "233", "472", "150", "151", "036", "050", "I", "AU", "B6", "F8",
    "EA", "6R", "MC", "MI", "HC:97110:GP", "NU:A4556", "HC", "00", "000", "x", "\xc9", "A B", " A", "A" * 70, "12",
)  # fmt: skip
EXTRA = (
    "NM1*TT*2*NEXT PAYER*****PI*12345", "NM1*74*1*NEW*NAME****C*W1", "NM1*IL*1*DOE*JO****MI*W12", "MIA*0***0*MA01",
    "MOA***N290", "MOA*0.85*12*MA01", "REF*F8*OLD1", "REF*6R*X-1", "REF*0K*P1", "DTM*036*20261001", "DTM*472*20261001",
    "DTM*232*20261001", "AMT*I*1.25", "AMT*B6*3", "QTY*ZK*1", "LQ*HE*N130", "LQ*RX*75", "CAS*CO*45*0", "CAS*PR*1*5",
    "CAS*OA*23*1**94*-1", "LX*2", "TS3*1*11*20261231*1*1", "PLB*1234567893*20261231*WO:X1*5", "PLB*1*20261231*L6*-1",
    "SVC*HC:97110*10*10", "CLP*0*1*10*10**12*ICN", "CLP*B1*2*0*0**MB*ICN*11*1", "PER*CX**TE*5555550100", "SE*5*0001",
    "BPR*I*0*C*NON", "ZZZ*1", "N1*PR*X", "ST*835*0009",
)  # fmt: skip


CHANGES = Changes(sample=SAMPLE, values=OTHERS, extra=EXTRA, places=(1, 1, 1, 2, 3, 30), head=3)


def test_changed_segments(taken: list[int]) -> None:
    told = {f.code for data in CHANGES.files(many(140), 1000) for f in same(data).findings}
    assert len(told) > 30
    assert taken[0] > 2_000


def test_each_extra_segment_at_each_place_of_a_claim() -> None:
    head, claim = SAMPLE.decode("ascii").split("~CLP*")[:2]
    texts, end = f"CLP*{claim}".split("~"), SAMPLE.decode("ascii")[-60:]
    tail = f"CLP*{claim}~SE*9*0001~GE*1*2~IEA*1*{end.rpartition('IEA*1*')[2]}"
    for place in range(1, len(texts) + 1):
        for extra in EXTRA[: len(EXTRA) if place < 6 else 4]:
            edited = "~".join([*texts[:place], extra, *texts[place:]])
            same(f"{head}~{edited}~{tail}".encode())


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=25, deadline=None)
def test_broken_bytes(seed: int, lenient: bool) -> None:
    chance = random.Random(seed)
    same(broken(SAMPLE, chance, chance.randrange(1, 6)), lenient=lenient)


def test_line_ends_and_delimiters_are_nothing_unusual(taken: list[int]) -> None:
    same(LARGE.replace(b"~", b"~\r\n"))
    same(LARGE.replace(b"*", b"|").replace(b":", b">"))
    same(LARGE.replace(b"~", b"\n"))
    assert taken[0] > 3 * 540


def test_what_is_told_but_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST", 3)
    report = same(re.sub(rb"LQ[*]HE[*][^~]*", b"LQ*HE*ZZ9", LARGE))
    assert len(report.findings) == 7


def test_a_cent_off_anywhere_is_told() -> None:
    texts = SAMPLE.decode("ascii").split("~")
    spoilt = 0
    for place, text in enumerate(texts):
        if text[:3] in ("CLP", "SVC", "CAS", "BPR") and place % 6 == 0:
            elements = text.split("*")
            at = {"CLP": 4, "SVC": 3, "CAS": 3, "BPR": 2}[text[:3]]
            elements[at] = f"{Decimal(elements[at]) + Decimal('0.01'):f}"
            data = "~".join([*texts[:place], "*".join(elements), *texts[place + 1 :]]).encode()
            spoilt += 1
            assert any(f.code.startswith("RP00") for f in same(data).findings), (place, text)
    assert spoilt > 25


# --- the patterns -----------------------------------------------------------------------------------------------------


DRAWN = (Phase.explicit, Phase.reuse, Phase.generate)  # making a text of so large a pattern smaller takes minutes


def fits(loop: str, text: str) -> bool:
    """Whether the structure passes a text at its place."""
    identifier = text.partition("*")[0]
    nodes = [node for node in tree("005010X221A1")[1][identifier] if node.loop.id == loop and node.accepts(text)]
    return any(node.pattern.fullmatch(text) for node in nodes)


def wider(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """Without the lookahead that texts are hardly ever drawn for; what is wider is a part of the guide all the more."""
    wide = pattern.pattern.replace("(?:-(?=[0-9.]*[1-9]))?+", "-?")
    assert wide != pattern.pattern
    return re.compile(wide, re.ASCII)


@given(st.from_regex(wider(HEAD), fullmatch=True))
@settings(max_examples=30, deadline=None, phases=DRAWN, suppress_health_check=list(HealthCheck))
def test_heads_are_a_part_of_the_guide(text: str) -> None:
    for segment in text[:-1].split("~"):
        assert fits("2100", segment) or segment.startswith("DTM"), segment


@given(st.from_regex(wider(LINE), fullmatch=True))
@settings(max_examples=30, deadline=None, phases=DRAWN, suppress_health_check=list(HealthCheck))
def test_lines_are_a_part_of_the_guide(text: str) -> None:
    for segment in text[:-1].split("~"):
        assert fits("2110", segment) or segment.startswith("DTM"), segment


@given(st.from_regex(re.compile(AMOUNT, re.ASCII), fullmatch=True))
def test_amounts_are_exact(text: str) -> None:
    assert _CENTS[text] == cents(Decimal(text))
