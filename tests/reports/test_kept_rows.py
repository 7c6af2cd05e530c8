"""Amounts, quantities, references, days, names, contacts and totals beside the claims: typed, with key and place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest

import ptedi
from ptedi.reports import kept
from ptedi.reports.columns import CLAIMS, LINES, TABLES
from ptedi.reports.frames import Frames
from ptedi.reports.rows import batches
from tests.transactions.test_remittance_lossless import BODY, HEAD, TOKEN, marked

ROOT = Path(__file__).resolve().parents[2]
OF = {"AMT": "amounts", "QTY": "quantities", "REF": "reference_numbers", "DTM": "dates", "PER": "contacts",
      "MIA": "inpatient_adjudications", "TS3": "provider_summaries", "TS2": "provider_supplements"}  # fmt: skip


def read(folder: Path, *body: str) -> tuple[Frames, bytes]:
    """The frames of one set of these segments, and the file's bytes."""
    text = HEAD + "".join(f"{s}~" for s in ("ST*835*0001", *body, "SE*9*0001")) + "GE*1*90~IEA*1*000000090~"
    (folder / "era.835").write_bytes(text.encode())
    return ptedi.read_835(folder / "era.835"), text.encode()


def rows(frames: Frames, table: str) -> list[tuple[object, ...]]:
    """The rows of a table without what all rows share and without their places."""
    frame = getattr(frames, table)
    return list(frame[frame.columns[4:-2]].itertuples(index=False, name=None))


def test_each_table_says_its_segments(tmp_path: Path) -> None:
    frames, data = read(tmp_path, *BODY)
    assert rows(frames, "amounts") == [(1, 0, "A1", "AU", D("60.00")), (1, 1, "A1", "KH", D("1.00"))]
    assert rows(frames, "quantities") == [(1, 0, "A1", "CA", D(3)), (1, 1, "A1", "ZK", D(1))]
    assert rows(frames, "reference_numbers") == [
        (0, 0, "", "", "EV", "E1", ""), (0, 0, "", "PR", "2U", "P2", ""), (0, 0, "", "PE", "TJ", "389999999", ""),
        (1, 0, "A1", "", "EA", "MRN1", ""), (1, 1, "A1", "", "LU", "11", ""), (1, 1, "A1", "", "HPI", "1999900222", ""),
    ]  # fmt: skip
    assert rows(frames, "contacts") == [
        (0, 0, "", "PR", "BL", "DESK", "TE", "5555550199"), (1, 0, "A1", "", "CX", "DESK", "TE", "5555550199"),
    ]  # fmt: skip
    days = [(1, 0, "A1", "036", date(2026, 12, 1)), (1, 1, "A1", "150", date(2026, 11, 1))]
    assert [(*row[:-1], row[-1].date()) for row in rows(frames, "dates")] == days  # type: ignore[attr-defined]
    assert [row[3:] for row in rows(frames, "names")][2:4] == [
        ("QC", "1", "DOE", "JAN", "M", "", "JR", "MI", "M1"), ("IL", "1", "ROE", "RAY", "", "", "", "MI", "M2")]
    assert rows(frames, "outpatient_adjudications") == [(1, "A1", D("0.8"), D("1.20"), D("5.00"), D("6.00"))]
    (stay,) = frames.inpatient_adjudications.to_dict("records")
    assert (stay["covered_days"], stay["pps_outlier"], stay["drg"]) == (D(0), None, D("2.00"))
    (total,) = frames.provider_summaries.to_dict("records")
    assert (total["group"], total["provider"], total["claims"], total["charge"]) == ("1", "1999900016", 1, D("60.00"))
    assert (total["fiscal_year_end"].date(), total["covered"]) == (date(2026, 12, 31), None)
    assert frames.provider_supplements["drg"].tolist() == [D("1.00")]
    assert list(frames.remarks["code"]) == ["MA02", "M1", "MA01", "MA18", "M2", "M3", "M4", "N20"]
    for name in (table.name for table in kept.TABLES):
        for at in getattr(frames, name)["byte_offset"]:
            assert OF.get(data[at : at + 3].decode(), name) == name


def test_what_is_said_whole_is_said_once(tmp_path: Path) -> None:
    frames, _ = read(tmp_path, *BODY)
    typed = Counter(at for name in OF.values() for at in getattr(frames, name)["byte_offset"])
    assert max(typed.values()) == 1
    assert not typed.keys() & set(frames.segments["byte_offset"])
    assert not set(frames.segments["segment"]) & {*kept.SAID} - {"N1", "NM1"}


@pytest.mark.parametrize("segment", [s for s in BODY if s.partition("*")[0] in kept.SAID])
def test_no_value_is_lost_on_the_way_into_tables(tmp_path: Path, segment: str) -> None:
    at = BODY.index(segment)
    for changed in marked(segment):
        frames, _ = read(tmp_path, *BODY[:at], changed, *BODY[at + 1 :])
        assert any(TOKEN in getattr(frames, table.name).to_csv() for table in TABLES), changed


def test_what_cannot_be_read_is_empty_and_kept(tmp_path: Path) -> None:
    body = ("BPR*I*0*C*NON************20261120", "TRN*1*T1*1999999998", "CLP*A*1*0*0**12*I",
            "AMT*AU*1.005", "AMT*AU*X", "QTY*CA*1A", "DTM*036*20261301", "AMT*AU*-0.5*C", "PER*CX")  # fmt: skip
    frames, _ = read(tmp_path, *body)
    assert [row[-1] for row in rows(frames, "amounts")] == [None, None, D("-0.50")]
    assert frames.quantities["quantity"].tolist() == [None]
    assert frames.dates["date"].isna().tolist() == [True]
    assert list(frames.segments["text"])[2:] == [*body[3:8]]
    assert rows(frames, "contacts") == [(1, 0, "A", "", "CX", "", "", "")]


def test_three_numbers_are_three_rows(tmp_path: Path) -> None:
    frames, _ = read(tmp_path, "N1*PR*PAYER", "PER*CX*DESK*TE*5555550199**5*UR*example.org", "LX*1", "REF*EV*X",
                     "LX*22", "TS3*P*11")  # fmt: skip
    assert [row[3:] for row in rows(frames, "contacts")] == [
        ("PR", "CX", "DESK", "TE", "5555550199"), ("PR", "CX", "DESK", "", "5"),
        ("PR", "CX", "DESK", "UR", "example.org"),
    ]  # fmt: skip
    assert rows(frames, "reference_numbers") == [(0, 0, "", "", "EV", "X", "")]
    assert [row[:3] for row in rows(frames, "provider_summaries")] == [("22", "P", "11")]


# --- against a reader that knows nothing but separators ---


def plain(data: bytes) -> Iterator[tuple[list[str], int, int, int, int]]:
    """Elements of every segment of the 835s of a file, with set, claim and line it stands in, and its byte."""
    start = data.index(b"ISA")
    element, end = data[start + 3 : start + 4], data[start + 105 : start + 106]
    at, number, claim, line, inside = start, 0, 0, 0, False
    for raw in data[start:].split(end):
        text = raw.lstrip(b"\r\n")
        e = text.decode("latin-1").split(element.decode())
        if e[0] == "ST":
            inside, number, claim, line = e[1] == "835", number + (e[1] == "835"), 0, 0
        elif e[0] == "SE":
            inside = False
        elif e[0] == "CLP":
            claim, line = claim + 1, 0
        elif e[0] == "SVC":
            line += 1
        if inside:
            yield e, number, claim, line, at + len(raw) - len(text)
        at += len(raw) + 1


def agrees(path: Path) -> Counter[str]:
    """Asserts that a file's typed rows are what separators alone say; how many of each segment there were."""
    data, seen = path.read_bytes(), Counter[str]()
    said: dict[tuple[str, int], list[dict[str, object]]] = {}
    for batch in batches([path]):
        for row in zip(*batch.columns, strict=True):
            record = dict(zip(batch.table.names, row, strict=True))
            said.setdefault((batch.table.name, int(str(record["byte_offset"]))), []).append(record)
    claims = {(r["set_index"], r["claim_index"]): r
              for (name, _), some in said.items() if name == CLAIMS.name for r in some}  # fmt: skip
    lines = {(r["set_index"], r["claim_index"], r["line_index"]): r
             for (name, _), some in said.items() if name == LINES.name for r in some}  # fmt: skip
    for e, number, claim, line, at in plain(data):
        found = said.get((OF.get(e[0], ""), at), [])
        for record in found:
            assert record["set_index"] == number
            assert (record.get("claim_index", claim), record.get("line_index", line)) == (claim, line)
        if e[0] in ("AMT", "QTY", "REF", "DTM") and claim:
            values = [*claims[number, claim].values(), *(lines[number, claim, line].values() if line else ())]
            value = (D(e[2]) if e[0] in ("AMT", "QTY") else date.fromisoformat(e[2]) if e[0] == "DTM" else e[2])
            typed = [(r["qualifier"], list(r.values())[8 + (e[0] == "REF")]) for r in found]
            assert value in values or typed == [(e[1], value)]
        elif e[0] in OF:
            assert found or (e[0] == "DTM" and e[1] == "405")
        if e[0] in ("TS3", "MIA"):
            amounts = [v for v in found[0].values() if isinstance(v, D)]
            assert len(amounts) >= sum(1 for v in e[4:] if v.replace(".", "").isdigit())
        seen[e[0]] += e[0] in OF
    return seen


def test_samples_say_what_separators_say() -> None:
    seen = sum((agrees(path) for path in sorted((ROOT / "sample_edi/835").iterdir())), Counter[str]())
    assert min(seen[name] for name in ("AMT", "REF", "DTM")) > 10


@pytest.mark.corpus
def test_corpus_says_what_separators_say() -> None:
    folders = [ROOT.parent / "shared/corpus", ROOT.parent / "shared/samples"]
    files = [p for folder in folders if folder.is_dir() for p in sorted(folder.rglob("*")) if p.is_file()
             and p.stat().st_size < 1_000_000 and b"ISA" in p.read_bytes() and b"ST*835" in p.read_bytes()]  # fmt: skip
    if not files:
        pytest.skip("the corpus is not on this machine")
    seen = sum((agrees(path) for path in files), Counter[str]())
    assert min(seen[name] for name in ("AMT", "REF", "DTM", "PER", "TS3")) > 0
