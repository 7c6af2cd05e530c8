"""A part of a file says of each segment what the whole file says: number, place, loop, names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ptedi.errors import PtediError
from ptedi.x12 import excerpt
from ptedi.x12.excerpt import Excerpt

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(path for kind in ("837p", "835", "277ca", "999") for path in (ROOT / "sample_edi" / kind).glob("*"))
STORY = sorted(path for path in (ROOT / "sample_edi" / "story").rglob("*") if path.read_bytes()[:3] == b"ISA")
CORPUS = ROOT.parent / "shared" / "corpus"
TOLD = ("HL", "CLM", "SV1", "CLP", "SVC", "CAS", "STC", "AK2", "IK3", "IK5")
SEVERAL = (ROOT / "sample_edi" / "837p" / "several_claims.edi").read_bytes().replace(b"\n", b"")


def guide_of(whole: Excerpt) -> str:
    guides = [s.get(3) for s in whole.segments if s.id == "ST"] + [s.get(8) for s in whole.segments if s.id == "GS"]
    return next(filter(None, guides), "")


def compared(data: bytes, most: int = 10_000) -> Iterator[bool]:
    """Whether each segment could be cut out; what was is the same as in the whole file."""
    whole = Excerpt(data)
    guide = guide_of(whole)
    by_index = {one.index: one for one in whole.named(guide, range(len(whole.segments)))}
    told = [s for s in whole.segments if s.id in TOLD]
    for segment in told[:: max(1, len(told) // most)]:
        part = excerpt.around(data, segment.offset, segment.index)
        if part is not None:
            place = part.place(segment.index)
            assert place is not None
            assert str(part.segments[place]) == str(segment)
            words = part.named(guide, range(len(part.segments)))
            assert words == [by_index[one.index] for one in words]
        yield part is not None


@pytest.mark.parametrize("path", [*SAMPLES, *STORY], ids=lambda path: path.name)
def test_a_part_tells_what_the_whole_tells(path: Path) -> None:
    found = list(compared(path.read_bytes(), 60))
    assert all(found)
    assert found or path.parent.name not in ("837p", "277ca")


@pytest.mark.parametrize("end", [b"~\n", b"~\r\n", b"'", b"\x1c"])
def test_other_delimiters_and_line_ends(end: bytes) -> None:
    data = SEVERAL.replace(b"*", b"|").replace(b":", b">").replace(b"~", end)
    found = list(compared(data))
    assert found
    assert all(found)


def test_a_part_is_no_more_than_needed() -> None:
    whole = Excerpt(SEVERAL)
    claims = [one for one in whole.segments if one.id == "CLM"]
    assert len(claims) > 1
    for claim in claims:
        part = excerpt.around(SEVERAL, claim.offset)
        assert part is not None
        assert [one.get(1) for one in part.segments if one.id == "CLM"][:1] == [claim.get(1)]
        assert len(part.segments) < len(whole.segments)
        assert excerpt.find(SEVERAL, "CLM", claim.get(1)) == claim.offset
    assert excerpt.find(SEVERAL, "CLM", claims[0].get(1)[:-1]) is None


def test_what_is_not_plain_is_read_whole() -> None:
    claim = next(one for one in Excerpt(SEVERAL).segments if one.id == "CLM")
    at, number = claim.offset, claim.index
    assert excerpt.around(SEVERAL, at, number) is not None
    assert excerpt.around(SEVERAL, at, number + 1) is None
    assert excerpt.around(SEVERAL, at + 1) is None
    assert excerpt.around(SEVERAL, 0) is None
    for odd in (
        SEVERAL + SEVERAL,  # two interchanges
        b"\n" + SEVERAL,
        SEVERAL.replace(b"~", b"~~", 5),
        SEVERAL.replace(b"~GS", b"~\nGS\n"),
        SEVERAL.replace(b"~BHT", b"~ BHT"),
        SEVERAL[:105] + b"\n" + SEVERAL[106:].replace(b"~", b"\n"),
        SEVERAL.replace(b"ISA*00*", b"ISA*0*"),
    ):
        assert not any(compared(odd)), odd[:200]


def test_a_level_without_the_one_above_it_is_read_whole() -> None:
    told = SEVERAL.replace(b"HL*2*1*", b"HL*2*9*")
    assert told != SEVERAL
    first = next(one for one in Excerpt(told).segments if one.id == "CLM")
    assert excerpt.around(told, first.offset, first.index) is None


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="no corpus beside the project")
def test_the_corpus_in_parts() -> None:
    count = 0
    for path in sorted(CORPUS.rglob("*")):
        data = path.read_bytes() if path.is_file() and path.stat().st_size < 40_000 else b""
        if b"ISA" not in data[:200]:
            continue
        try:
            count += sum(compared(data, 12))
        except PtediError:  # no X12, or no guide of ours
            continue
    assert count > 200
