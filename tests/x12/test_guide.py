from __future__ import annotations

from pathlib import Path

import pytest

from ptedi.errors import ConfigurationError
from ptedi.x12 import guide
from ptedi.x12.guide import find, known, load, of_set, walk
from ptedi.x12.patterns import compile_segment, one_of


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    load.cache_clear()
    monkeypatch.setattr(guide, "user_cache_path", lambda _: tmp_path / "cache")
    yield tmp_path / "cache"
    load.cache_clear()


def test_guides() -> None:
    assert set(known()) >= {"005010X222A1", "005010X221A1", "005010X231A1", "005010X214"}
    assert find("005010X217") is None
    plain, full = find("005010X222"), find("005010X222A1")
    assert plain is full and full is not None and full.set_id == "837"


def test_two_sets_of_one_reference() -> None:
    both = [find("004010X092A1", set_id) for set_id in ("270", "271")]
    assert [guide and (guide.id, guide.reference, guide.set_id) for guide in both] == [
        ("004010X092A1-270", "004010X092A1", "270"), ("004010X092A1-271", "004010X092A1", "271"),
    ]  # fmt: skip
    acknowledgment = find("004010X098A1", "997")
    assert acknowledgment is not None and acknowledgment.set_id == "997"


def test_the_guide_assumed_comes_first() -> None:
    assert of_set("837")[:2] == ("005010X222A1", "005010X223A2")
    assert of_set("277")[0] == "005010X214"


def test_cache_is_written_once_and_read_back(fresh: Path) -> None:
    first = load("005010X231A1")
    (stored,) = fresh.iterdir()
    load.cache_clear()
    assert load("005010X231A1") == first
    stored.write_bytes(b"\x00damaged")
    load.cache_clear()
    assert load("005010X231A1") == first


def test_cache_that_cannot_be_written_does_no_harm(fresh: Path) -> None:
    fresh.write_text("a file where the folder should be")
    assert load("005010X231A1").set_id == "999"


def test_unknown_guide(fresh: Path) -> None:
    with pytest.raises(ConfigurationError):
        load("005010X999")


def test_corrections_are_made() -> None:
    usage = {(loop.id, s.id): s.usage for loop, s in walk(load("005010X214").root)}
    assert usage["2200C", "STC"] == "S"
    loops = {child.id: child for child in load("005010X222A1").root.loops}
    assert loops["DETAIL"].usage == "R"


def test_corrections_name_their_source() -> None:
    for path in guide._overlays().glob("*.toml"):
        for correction in guide.tomllib.loads(path.read_text()).get("correction", []):
            assert correction["source"]


@pytest.mark.parametrize("reference", known())
def test_every_segment_compiles(reference: str) -> None:
    for _, segment in walk(load(reference).root):
        assert compile_segment(segment)


def test_prefix_trees() -> None:
    import re

    words = {"A", "AB", "ABC", "B1", "B2", "C"}
    pattern = re.compile(one_of(words))
    for word in ("A", "AB", "ABC", "B1", "B2", "C", "B", "D", "", "ABCD", "B3"):
        assert bool(pattern.fullmatch(word)) == (word in words)
