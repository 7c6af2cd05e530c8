"""The short way through pyx12 says that a file is in order exactly when pyx12 as it comes does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import pyx12.map_if

from benchmarks.make_837p import claims_file
from ptedi.x12 import oracle
from ptedi.x12.oracle_pass import sound

SAMPLES = sorted((Path(__file__).parents[2] / "sample_edi").glob("*/*.edi"))
MUTILATIONS = 250
JUNK = (b"9", b"X", b" ", b":1", b"A" * 60, b"-", b"\x01", b"\xe9")


@pytest.fixture(autouse=True)
def maps_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyx12 loads its maps anew for each file; they are the same ones."""
    load = pyx12.map_if.load_map_file

    @lru_cache
    def cached(file: str) -> Any:
        params = pyx12.params.ParamsBase()
        params.set("exclude_external_codes", oracle.UNCHECKED_CODES)
        return load(file, params)

    monkeypatch.setattr(pyx12.map_if, "load_map_file", lambda file, *_: cached(file))


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
