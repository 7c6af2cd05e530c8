"""Differential test: what pyx12 rejects is rejected, at the same segment; what it accepts is accepted.

The differences are pyx12's, each with its reason.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from ptedi.x12.oracle import validate
from ptedi.x12.structure import check
from tests.x12.bases import base
from tests.x12.differences import DIFFERENCES, LOUD, Difference, page
from tests.x12.mutations import structural
from tests.x12.test_properties import broken
from tests.x12.variants import variants

STRICTER = {
    "EL012": "a repetition separator inside an element that does not repeat passes pyx12",
    "IE044": "ST03 is not compared with GS08",
    "SG022": "HL02 may name any open level",
    "SG023": "HL04 is not compared with the levels below",
    "SG003": "a doubled first segment hides what its loop lacks",
    "EL013": "more components than the map has raise IndexError or pass",
}
TOO_STRICT = ("CTX exceeded max count", '"Billing Provider Status Information" (STC) missing', "found no X12",
              "(2000C) missing", "(2200C) missing")  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]
SAMPLE = random.Random(5).sample(structural(), 34)


def first_position(errors: tuple[str, ...]) -> int:
    return min(int(error.split(" ", 1)[0]) for error in errors)


@pytest.mark.parametrize("mutation", SAMPLE, ids=lambda m: m.kind)
def test_mutations_are_judged_alike(mutation) -> None:
    if mutation.set_id == "999":
        pytest.skip("its map rejects the base, X12's own order of CTX")
    ours = [f for f in check(mutation.data).findings if f.severity.stops]
    theirs = validate(mutation.data)
    assert ours
    if theirs.ok:
        assert {f.code for f in ours} <= STRICTER.keys()
    elif "gave up" not in theirs.errors[0] and "swapped" not in mutation.kind:
        assert first_position(theirs.errors) == min(f.segment_index or 0 for f in ours)


@pytest.mark.parametrize(("name", "data"), list(variants())[::32], ids=lambda v: v if isinstance(v, str) else "")
def test_variants_are_judged_alike(name: str, data: bytes) -> None:
    theirs = validate(data)
    assert check(data).findings == []
    reasons = (*TOO_STRICT, "gave up")
    explained = not theirs.errors or any(known in error for error in theirs.errors for known in reasons)
    assert theirs.ok or explained or "wrapped" in name


@pytest.mark.parametrize("seed", range(25))
def test_broken_files_are_judged_alike(seed: int) -> None:
    chance = random.Random(seed)
    data = broken(base(chance.choice(["837", "835", "277"]))[106:], chance, 1)
    data = base("837")[:106] + data
    theirs = validate(data)
    ours = [f for f in check(data).findings if f.severity.stops]
    if not theirs.ok and not any(known in theirs.errors[0] for known in TOO_STRICT):
        assert ours, theirs.errors
    if theirs.ok and ours:
        codes = {f.code for f in ours}
        assert codes & STRICTER.keys() or codes <= {"IE007", "IE047", "IE025"}, codes


@pytest.mark.parametrize("one", DIFFERENCES, ids=lambda one: one.title)
def test_documented_differences(one: Difference) -> None:
    """Each is still there: ours is one finding or none, theirs as the page says."""
    theirs = validate(one.data)
    assert [f.code for f in check(one.data).findings] == ([one.ours] if one.ours else [])
    assert theirs.ok == (not one.theirs)
    assert any(one.theirs in error for error in theirs.errors) or not one.theirs
    assert one.kind != LOUD or len(theirs.errors) > 1


def test_page_of_differences_is_current() -> None:
    """Set PTEDI_UPDATE=1 to write docs/pyx12_differences.md anew."""
    path = ROOT / "docs" / "pyx12_differences.md"
    if os.environ.get("PTEDI_UPDATE"):
        path.write_text(page(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page(), "run with PTEDI_UPDATE=1"
