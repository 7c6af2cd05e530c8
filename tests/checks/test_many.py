"""Files checked by several processes, and files cut between their sets: the report is that of one process."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.make_835 import remittance_file
from benchmarks.make_837p import Mix, claims_file
from ptedi.checks import FileReport, check_file, many
from ptedi.checks.file import judge
from ptedi.checks.many import check_files
from ptedi.checks.parts import Doubt, Window, cut, together
from tests.x12.test_properties import broken

SETS = b"".join(claims_file(60, seed=4, per_set=6, mix=Mix.PRACTICE))
GROUP = SETS[SETS.index(b"GS*") : SETS.index(b"IEA*")]
NEXT_GROUP = re.sub(rb"(GS[*].*?[*]2130[*]|GE[*]10[*])1", rb"\g<1>2", GROUP)
NEXT_GROUP = NEXT_GROUP.replace(b"BN0", b"CN0").replace(b"BENCH0", b"CENCH0")
GROUPS = SETS.replace(b"IEA*1*", NEXT_GROUP + b"IEA*2*")
AGAIN = re.sub(rb"([*])000000005([*]0|~)", rb"\g<1>000000009\2", GROUPS)
INTERCHANGES = GROUPS + re.sub(rb"(BN|CN|BENCH|CENCH)0", rb"D\g<1>0", AGAIN)
REMITTANCES = b"".join(remittance_file(40, per_set=5))


def same(one: FileReport, other: FileReport) -> None:
    """Asserts that two reports tell the same of the same places."""
    assert one.findings == other.findings
    assert (one.verdict, one.transactions, one.claims) == (other.verdict, other.transactions, other.claims)
    assert [(v.first_index, v.last_index, v.stopped) for v in one.verdicts] == [
        (v.first_index, v.last_index, v.stopped) for v in other.verdicts]  # fmt: skip
    assert places(one) == places(other)


def places(report: FileReport) -> list[object]:
    """Where sets, groups and interchanges stand and what their headers say."""
    if report.structure is None:
        return []
    sets = [(t.set, t.control_number, t.first_index, t.last_index, t.segments, t.claims, t.errors,
             t.interchange.segment.index, t.group.segment.offset) for t in report.structure.transactions]  # fmt: skip
    groups = [(g.header.control_number, g.header.segment.index, g.header.segment.offset, g.first_index, g.last_index,
               g.sets, g.declared) for g in report.structure.groups]  # fmt: skip
    outer = [(i.header.control_number, i.first_index, i.last_index, i.groups) for i in report.structure.interchanges]
    return [*sets, *groups, *outer]


def in_parts(path: Path, size: int) -> FileReport | None:
    """The report put together of parts, None where they leave doubt."""
    parts = cut(path, size)
    outcomes = []
    for part in parts:
        with Window(part) as window:
            outcomes.append(judge(window, lenient=False, severities={}))  # type: ignore[arg-type]
    try:
        return together(parts, outcomes) if parts else None
    except Doubt:
        return None


def compare(tmp_path: Path, data: bytes, size: int = 15_000) -> bool:
    """Whether parts were enough; asserts that they then tell what the whole tells."""
    path = tmp_path / "file.edi"
    path.write_bytes(data)
    joined = in_parts(path, size)
    if joined is not None:
        same(joined, check_file(path))
    return joined is not None


@pytest.mark.parametrize("data", [SETS, GROUPS, INTERCHANGES, REMITTANCES], ids=["sets", "groups", "isas", "835"])
@pytest.mark.parametrize("line", [b"", b"\r\n"])
def test_parts_tell_what_the_whole_tells(tmp_path: Path, data: bytes, line: bytes) -> None:
    wrong = data.replace(b"*UN*1*", b"*UN*0*", 3).replace(b"*XX*1457300014", b"*XX*1457300015", 9)
    wrong = wrong.replace(b"DMG*D8*19", b"DMG*D8*18", 5).replace(b"*CO*45*", b"*CO*4X*", 4)
    for text in (data, wrong.replace(b"*2130*CH", b"*2130*RP")):
        assert compare(tmp_path, text.replace(b"~", b"~" + line))


def test_more_than_one_part(tmp_path: Path) -> None:
    path = tmp_path / "file.edi"
    path.write_bytes(INTERCHANGES)
    parts = cut(path, 5_000)
    assert len(parts) > 12
    assert [part.opens for part in parts].count(2) == 2
    assert sum(part.end - part.start for part in parts) > 0.98 * len(INTERCHANGES)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"~GE*10*", b"~GE*9*"), (b"~IEA*1*", b"~IEA*2*"), (b"~SE*", b"~XX*"), (b"ST*837*0003", b"ST*837*0002"),
     (b"CLM*BN000000050", b"CLM*BN000000001"), (b"BENCH000000012", b"BENCH000000006"), (b"~LX*1~", b"~~LX*1~"),
     (b"~GS*HC", b"~TA1*000000001*261105*2130*A*000~GS*HC")],
)  # fmt: skip
def test_doubt_is_left_to_the_whole(tmp_path: Path, old: bytes, new: bytes) -> None:
    assert not compare(tmp_path, SETS.replace(old, new, 1), size=5_000)


def test_mutations(tmp_path: Path) -> None:
    for seed in range(30):
        compare(tmp_path, broken(SETS, random.Random(seed), 1 + seed % 3))


def test_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "SMALLEST", 5_000)
    files: Sequence[bytes] = (SETS, SETS.replace(b"JANE", b"J\xc4NE"), b"no X12", REMITTANCES)
    paths = [tmp_path / f"{number}.edi" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    paths.append(tmp_path / "absent.edi")
    wanted = [check_file(path) for path in paths]
    for one, other in zip(check_files(paths, jobs=2), wanted, strict=True):
        same(one, other)
    for path, report in zip(paths[:2], wanted, strict=False):
        (alone,) = check_files([path], jobs=2)
        same(alone, report)


@pytest.mark.parametrize(("jobs", "sets"), [(2, [5, 5]), (3, [3, 4, 3]), (5, [2] * 5)])
def test_parts_are_even(tmp_path: Path, jobs: int, sets: list[int]) -> None:
    path = tmp_path / "sets.837"
    path.write_bytes(SETS)
    assert [part.sets for part in cut(path, -(-len(SETS) // jobs))] == sets
