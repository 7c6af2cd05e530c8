"""Laws of the reader and writer, and fuzzing: no exception but the documented one."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.errors import UnreadableFile
from ptedi.x12.delimiters import Delimiters
from ptedi.x12.interchange import identify, transactions
from ptedi.x12.oracle import validate
from ptedi.x12.reader import read
from ptedi.x12.structure import check
from ptedi.x12.writer import composite, render, segment
from tests.x12.bases import GUIDES, base

ROOT = Path(__file__).resolve().parents[2]
SIGNS = "*:^~|<>!+'\x1c\x1d\x1e\x1f@%_={}[]\\\n"
signs = st.lists(st.sampled_from(SIGNS), min_size=4, max_size=4, unique=True).filter(lambda s: "\n" not in s[:3])
value = st.text("ABCXYZ0189 .-/&", max_size=8).map(str.strip)


def delimiters(chosen: list[str]) -> Delimiters:
    return Delimiters(element=chosen[0], component=chosen[1], repetition=chosen[2], segment=chosen[3])


@given(st.sampled_from(sorted(GUIDES)), signs, st.sampled_from(["", "\r\n", "\n"]))
def test_write_of_parse_is_the_file(set_id: str, chosen: list[str], newline: str) -> None:
    texts = [str(one) for one in read(base(set_id))]
    newline = "" if "\n" in chosen else newline
    data = render(texts, delimiters(chosen), newline)
    findings: list = []
    segments = list(read(data, findings))
    assert findings == []
    assert [str(one) for one in segments] == texts
    assert render(map(str, segments), delimiters(chosen), newline) == data
    for one in segments:
        end = data.index(chosen[3].encode(), one.offset)
        assert data[one.offset : end].translate(delimiters(chosen).swap()).decode() == str(one)
    assert check(data).findings == []


@given(st.lists(st.lists(value, min_size=1, max_size=5), min_size=1, max_size=8), signs)
def test_parse_of_write_is_the_data(rows: list[list[str]], chosen: list[str]) -> None:
    head = str(next(iter(read(base("837")))))
    texts = [segment("NTE", *row) for row in rows]
    data = render([head, *texts], delimiters(chosen))
    assert [str(one) for one in read(data)][1:] == texts


@given(st.lists(value, min_size=1, max_size=5))
def test_composites_split_back(parts: list[str]) -> None:
    joined = composite(*parts)
    assert joined.split(":") == (":".join(parts).rstrip(":")).split(":")


@given(st.binary(max_size=400))
def test_reader_survives_bytes(data: bytes) -> None:
    for source in (data, b"ISA" + data, base("837")[:106] + data, base("835")[:400] + data):
        _survive(source)


@given(st.sampled_from(sorted(GUIDES)), st.integers(0, 2**32), st.integers(1, 12), st.booleans())
@settings(max_examples=300)
def test_check_survives_broken_samples(set_id: str, seed: int, edits: int, lenient: bool) -> None:
    _survive(broken(base(set_id), random.Random(seed), edits), lenient=lenient)


def broken(data: bytes, chance: random.Random, edits: int) -> bytes:
    out = bytearray(data)
    for _ in range(edits):
        at = chance.randrange(len(out))
        match chance.randrange(6):
            case 0:
                out[at] = chance.randrange(256)
            case 1:
                del out[at : at + chance.randrange(1, 60)]
            case 2:
                out[at:at] = out[at : at + chance.randrange(1, 200)]
            case 3:
                out[at:at] = chance.choice([b"~", b"*", b":", b"\r\n", b"^", b"HL*", b"ISA*", b"ST*837*1~", b"SE*1*1~"])
            case 4:
                pieces = bytes(out).split(b"~")
                chance.shuffle(pieces)
                out = bytearray(b"~".join([pieces[0], *pieces[1:]]))
            case _:
                other = chance.randrange(len(out))
                out[at], out[other] = out[other], out[at]
        if not out:
            return b""
    return bytes(out)


def _survive(data: bytes, *, lenient: bool = False) -> None:
    identify(data)
    for run in (
        lambda: list(read(data, [], lenient=lenient)),
        lambda: list(transactions(data, [], lenient=lenient)),
        lambda: check(data, lenient=lenient),
    ):
        try:
            result = run()
        except UnreadableFile:
            continue
        if hasattr(result, "findings"):
            for finding in result.findings:
                assert finding.as_json()
                assert finding.byte_offset is None or 0 <= finding.byte_offset <= len(data)


@given(st.sampled_from(sorted(GUIDES)), st.integers(1, 50))
@settings(max_examples=25)
def test_how_the_file_arrives_does_not_matter(set_id: str, size: int) -> None:
    class Slow(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            return super().read(size)

    data = base(set_id).replace(b"N4*", b"N4**", 1)
    assert check(Slow(data)).findings == check(data).findings


def test_oracle_agrees_on_valid_files() -> None:
    for set_id in ("837", "835", "277"):
        assert validate(base(set_id)).ok


@pytest.mark.parametrize(
    ("piece", "megabytes", "code"),
    [
        ("A", 1000, "IE008"), ("*", 1000, "IE008"), ("~", 0.5, "IE011"), ("HL*9*1*22*1~", 0.3, "SG021"),
        (r"NTE*ADD*\xe9~", 0.3, "EL006"),
    ],
)
def test_hostile_files_of_any_size_take_little_memory(piece: str, megabytes: float, code: str) -> None:
    """A gigabyte without a terminator; masses of empty, misplaced, misnumbered and foreign segments."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.x12.endless", "400", piece, str(megabytes)],
        capture_output=True, check=True, timeout=120, cwd=ROOT, text=True,
    )  # fmt: skip
    told = json.loads(run.stdout)
    assert code in told["codes"] and told["left"] == 0
    assert told["findings"] <= 10_010
    assert told["more"] < 60  # MB


@pytest.mark.parametrize("tail", [b"*" * 300_000, b":" * 300_000, b"^" * 300_000, b"~" * 300_000])
def test_masses_of_separators_are_bounded(tail: bytes) -> None:
    data = base("837").replace(b"NTE*ADD*POST OPERATIVE KNEE", b"NTE*ADD*X" + tail)
    assert 1 <= len(check(data).findings) <= 3


def test_deep_levels_are_bounded() -> None:
    data = base("837")
    at = data.index(b"HL*2*1*22")
    chain = b"".join(b"HL*%d*%d*23*1~" % (n, n - 1) for n in range(2, 20_000))
    assert 1 <= len(check(data[:at] + chain + data[at:]).findings) <= 10_001


def test_masses_of_misplaced_segments_are_bounded() -> None:
    data = base("837")
    at = data.index(b"DTP*431")
    report = check(data[:at] + b"NM1*ZZ*1*X~" * 12_000 + b"DTP*999*D8*1~" * 12_000 + data[at:])
    assert len(report.findings) <= 10_001
