"""The short way through pyx12 says that a file is in order exactly when pyx12 as it comes does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import pyx12.map_if
import pyx12.segment
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.make_837p import claims_file
from ptedi.x12 import oracle, oracle_memory, oracle_pass
from ptedi.x12.oracle_memory import alike, load_map
from ptedi.x12.oracle_pass import sound

SAMPLES = sorted((Path(__file__).parents[2] / "sample_edi").glob("*/*.edi"))
MUTILATIONS = 250
JUNK = (b"9", b"X", b" ", b":1", b"A" * 60, b"-", b"\x01", b"\xe9")


@lru_cache
def loaded_once(load: Any, file: str) -> Any:
    """One of pyx12's maps; it loads them anew for each file, though they are the same ones."""
    params = pyx12.params.ParamsBase()
    params.set("exclude_external_codes", oracle.UNCHECKED_CODES)
    return load(file, params)


@pytest.fixture(autouse=True)
def maps_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    load = pyx12.map_if.load_map_file
    monkeypatch.setattr(pyx12.map_if, "load_map_file", lambda file, *_: loaded_once(load, file))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_judged_alike(path: Path) -> None:
    data = path.read_bytes()
    has_a_group = b"GS*" in data  # without one there is no guide to judge by, and the long way is taken
    assert sound(data, oracle.UNCHECKED_CODES) == (oracle.validate_at_length(data).ok and has_a_group)


def test_many_claims_are_in_order_by_the_short_way() -> None:
    assert sound(b"".join(claims_file(300, per_set=100)), oracle.UNCHECKED_CODES)


def test_whatever_the_long_way_refuses_the_short_way_never_passes() -> None:
    refused = passed = 0
    for data in mutilated():
        wanted, found = oracle.validate_at_length(data).ok, sound(data, oracle.UNCHECKED_CODES)
        assert wanted or not found, data
        refused, passed = refused + (not wanted), passed + found
    assert refused > MUTILATIONS // 2
    assert passed


def test_the_words_for_what_is_wrong_are_those_of_the_long_way() -> None:
    for data in list(mutilated())[:40]:
        assert oracle.validate(data) == oracle.validate_at_length(data)


def test_what_was_learned_with_other_delimiters_is_not_believed() -> None:
    """`a>b` is text where components are parted by `:`, and two of them where they are parted by `>`."""
    told = (SAMPLES[0].parents[1] / "837p/self.edi").read_bytes().replace(b"\n", b"").split(b"~")
    street = b"~".join(b"N3*1 MAIN ST>APT 2" if one.startswith(b"N3*") else one for one in told)
    assert sound(street, oracle.UNCHECKED_CODES)
    other = street.replace(b":", b">")
    assert not oracle.validate_at_length(other).ok
    assert not sound(other, oracle.UNCHECKED_CODES)


@pytest.mark.parametrize(("first", "most"), [(b"LX", 50), (b"CLM", 100)])
def test_a_loop_may_come_as_often_as_the_map_says_and_no_more(first: bytes, most: int) -> None:
    """Both are learned in one memory: the count of the last allowed one is not that of the first refused one."""
    head, loop, rest = parted(first)
    for times, wanted in ((most - 1, True), (most, True), (most + 1, False), (most, True)):
        data = numbered([*head, *loop * times, *rest])
        assert oracle.validate_at_length(data).ok == wanted
        assert sound(data, oracle.UNCHECKED_CODES) == wanted


def parted(first: bytes) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """A claim of one line: what comes before the loop that begins with this segment, the loop, and the trailers."""
    segments = b"".join(claims_file(1)).split(b"~")
    begin = next(place for place, one in enumerate(segments) if one.startswith(first + b"*"))
    further = [place for place, one in enumerate(segments) if one.startswith(b"LX*")][1:]
    end = next(place for place, one in enumerate(segments) if one.startswith(b"SE*"))
    return segments[:begin], segments[begin : further[0] if further else end], segments[end:]


def numbered(segments: list[bytes]) -> bytes:
    """Line numbers from 1 in each claim, and the count of segments in SE01."""
    line, found = 0, []
    for one in segments:
        line = 0 if one.startswith(b"CLM*") else line + one.startswith(b"LX*")
        found.append(b"LX*%d" % line if one.startswith(b"LX*") else one)
    names = [one.split(b"*")[0] for one in found]
    count = names.index(b"SE") - names.index(b"ST") + 1
    return b"~".join(b"*".join((b"SE", b"%d" % count, one.split(b"*")[2])) if one.startswith(b"SE*") else one
                     for one in found)  # fmt: skip


@lru_cache
def elements() -> list[Any]:
    """Every element of which one digit is taken to be as good as another, and one capital letter too."""
    loaded = load_map("837.5010.X222.A1.xml", oracle.UNCHECKED_CODES)
    nodes = [node for node in loaded.loop_segment_iterator() if not node.is_map_root() and node.is_segment()]
    return [child for node in nodes for child in node.children if alike(child)]


@settings(max_examples=300)
@given(st.data())
def test_one_digit_is_as_good_as_another_where_it_is_taken_to_be(data: st.DataObject) -> None:
    element = data.draw(st.sampled_from(elements()), label="element")
    text = data.draw(st.text("019AZMaz -.:^é\x01", max_size=1 + data.draw(st.integers(0, 1)) * 90), label="text")
    chance = data.draw(st.randoms(use_true_random=False))
    kinds = ("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    other = "".join(next((chance.choice(kind) for kind in kinds if one in kind), one) for one in text)
    verdicts = [element.is_valid_errors(pyx12.segment.Composite(one, ":"))[0] for one in (text, other)]
    assert verdicts[0] == verdicts[1]


def test_elements_with_codes_dates_or_patterns_are_known_by_their_text_alone() -> None:
    kinds = {(child.data_type or "")[:1] for child in elements()}
    assert kinds <= {"A", "I", "R", "N"}
    assert not [child for child in elements() if child.valid_codes or child.external_codes or child.rec]


def test_a_memory_that_is_full_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((oracle_memory, "_REMEMBERED"), (oracle_memory, "_ELEMENTS"), (oracle_pass, "_LINES")):
        monkeypatch.setattr(module, name, 3)
    oracle_pass._memory.cache_clear()
    for path in SAMPLES:
        if b"GS*" in (data := path.read_bytes()):
            assert sound(data, oracle.UNCHECKED_CODES) == oracle.validate_at_length(data).ok


def mutilated() -> Iterator[bytes]:
    """Samples with one or two mistakes each, the same in every run."""
    chance = random.Random(20261118)
    whole = [path.read_bytes() for path in SAMPLES if path.parent.name == "837p"] + [b"".join(claims_file(3))]
    for _ in range(MUTILATIONS):
        segments = chance.choice(whole).split(b"~")
        for _ in range(chance.choice((1, 1, 2))):
            _spoil(chance, segments)
        yield b"~".join(segments)


def _spoil(chance: random.Random, segments: list[bytes]) -> None:
    at, other = chance.randrange(len(segments)), chance.randrange(len(segments))
    kind = chance.randrange(8)
    if kind == 0:
        del segments[at]
    elif kind == 1:
        segments.insert(other, segments[at])
    elif kind == 2:
        segments[at], segments[other] = segments[other], segments[at]
    else:
        elements = segments[at].split(b"*")
        place = chance.randrange(len(elements))
        changes = {3: b"", 4: elements[place] + chance.choice(JUNK), 5: elements[place][:-1],
                   6: chance.choice(segments[other].split(b"*"))}  # fmt: skip
        if kind in changes:
            elements[place] = changes[kind]
        else:
            elements.insert(place, b"1")
        segments[at] = b"*".join(elements)
