"""Frames: what the records say, with types and keys, and the example of the documentation."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ptedi
from ptedi.remittances import balance, outcome
from ptedi.remittances.model import Payment
from ptedi.reports.columns import TABLES, Kind, as_markdown
from ptedi.reports.frames import Frames
from ptedi.reports.rows import batches
from ptedi.reports.sources import expand
from ptedi.transactions import remittance_835
from ptedi.transactions.remittance_835 import RemittanceFile
from tests import strategies as some
from tests.transactions.damage import damaged

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_edi/835"
PAGE = (ROOT / "docs/remittance_tables.md").read_text(encoding="utf-8")
CLAIM = ["file_sha256", "set_index", "claim_index"]


@pytest.fixture(scope="module")
def frames() -> Frames:
    return ptedi.read_835(SAMPLES)


def test_importing_ptedi_brings_no_pandas() -> None:
    code = "import sys, ptedi, ptedi.cli; assert 'pandas' not in sys.modules; ptedi.read_835"
    subprocess.run([sys.executable, "-c", f"{code}; assert 'pandas' in sys.modules"], check=True, cwd=ROOT)


def test_every_column_has_its_type(frames: Frames) -> None:
    exact = {Kind.INTEGER: "int64", Kind.FLAG: "bool", Kind.DATE: "datetime64[s]"}
    for table in TABLES:
        frame: pd.DataFrame = getattr(frames, table.name)
        assert tuple(frame.columns) == table.names
        for column in table.columns:
            values = frame[column.name]
            if column.kind in (Kind.MONEY, Kind.QUANTITY):
                assert {type(v) for v in values} <= {Decimal, type(None)}
            elif column.kind is Kind.TEXT:
                assert {type(v) for v in values} <= {str}
            else:
                assert str(values.dtype) == exact[column.kind]
        assert not any(dtype.kind == "f" for dtype in frame.dtypes)


def test_keys_are_keys_and_children_have_parents(frames: Frames) -> None:
    assert not frames.payments.duplicated(CLAIM[:2]).any()
    assert not frames.claims.duplicated(CLAIM).any()
    assert not frames.lines.duplicated([*CLAIM, "line_index"]).any()
    claims, lines = frames.claims.set_index(CLAIM).index, frames.lines.set_index([*CLAIM, "line_index"]).index
    for child in (frames.lines, frames.adjustments, frames.remarks):
        assert child.set_index(CLAIM).index.isin(claims).all()
    below = frames.adjustments[frames.adjustments["line_index"] > 0]
    assert below.set_index([*CLAIM, "line_index"]).index.isin(lines).all()


def test_every_cent_of_the_samples(frames: Frames) -> None:
    payments = [p for path in sorted(SAMPLES.iterdir()) for p in remittance_835.read(path.read_bytes())]
    claims = [claim for payment in payments for claim in payment.claims]
    lines = [line for claim in claims for line in claim.lines]
    records = [*(a for c in claims for a in c.adjustments), *(a for ln in lines for a in ln.adjustments)]
    assert list(frames.payments["amount"]) == [p.amount for p in payments]
    assert list(frames.claims["paid"]) == [c.paid for c in claims]
    assert list(frames.claims["outcome"]) == [outcome.outcome(c).value for c in claims]
    assert list(frames.claims["denied"]) == [outcome.is_denied(c) for c in claims]
    assert list(frames.lines["allowed"]) == [balance.allowed(ln) for ln in lines]
    assert list(frames.lines["denied"]) == [outcome.is_denied(ln) for ln in lines]
    assert frames.adjustments["amount"].sum() == sum(a.amount for a in records)
    assert frames.payments["balanced"].all()


def test_places_lead_back_into_the_file(frames: Frames) -> None:
    starts = {"payments": b"ST*835*", "claims": b"CLP*", "lines": b"SVC*", "adjustments": b"CAS*",
              "provider_adjustments": b"PLB*"}  # fmt: skip
    for name, start in starts.items():
        frame = getattr(frames, name)
        for source, offset in zip(frame["source"], frame["byte_offset"], strict=True):
            assert Path(source).read_bytes()[offset:].startswith(start)
    for source, offset, text in frames.segments[["source", "byte_offset", "text"]].itertuples(index=False):
        assert Path(source).read_bytes()[offset:].startswith(text.encode())


@given(st.lists(some.payments(), min_size=1, max_size=3))
@settings(max_examples=20)
def test_rows_are_the_records(tmp_path_factory: pytest.TempPathFactory, payments: list[Payment]) -> None:
    path = tmp_path_factory.mktemp("random") / "era.835"
    path.write_bytes(remittance_835.write(RemittanceFile(header=some.remittance_header(), payments=tuple(payments))))
    frames = ptedi.read_835(path)
    claims = [claim for payment in payments for claim in payment.claims]
    assert list(frames.claims["patient_control_number"]) == [c.patient_control_number for c in claims]
    assert list(frames.lines["charge"]) == [ln.charge for c in claims for ln in c.lines]
    assert list(frames.remarks["code"]) == [
        code for c in claims for code in (*c.remarks, *(code for ln in c.lines for code in ln.remarks))
    ]  # fmt: skip
    assert list(frames.provider_adjustments["amount"]) == [a.amount for p in payments for a in p.provider_adjustments]
    told = [f.code for p in payments for f in balance.check(p)]
    assert sorted(c for c in frames.findings["code"] if c.startswith("RP")) == sorted(told)


def test_what_is_broken_is_a_row(tmp_path: Path) -> None:
    good = (SAMPLES / "denied.edi").read_bytes()
    (tmp_path / "a.835").write_bytes(good)
    (tmp_path / "b.835").write_bytes(b"%PDF-1.7")
    (tmp_path / "c.835").write_bytes(good)
    (tmp_path / "d.835").write_bytes(good.replace(b"CLP*", b"LX*9~CLP*", 1))
    (tmp_path / "e.837").write_bytes(next((ROOT / "sample_edi/837p").glob("*.edi")).read_bytes())
    (tmp_path / "f.835").write_bytes(good[: good.index(b"SVC*") + 20])
    (tmp_path / "g.835").write_bytes(b"")
    frames = ptedi.read_835([tmp_path, tmp_path / "missing.835"])
    codes = {Path(s).name: set() for s in frames.findings["source"]}
    for source, code in zip(frames.findings["source"], frames.findings["code"], strict=True):
        codes[Path(source).name].add(code)
    assert codes["b.835"] == codes["g.835"] == {"RD007"}
    assert codes["c.835"] == {"RD010"}
    assert codes["d.835"] == {"RD011"}
    assert codes["e.837"] == {"RD009"}
    assert "RD006" in codes["f.835"]
    assert codes["missing.835"] == {"RD008"}
    assert [Path(s).name for s in frames.payments["source"]] == ["a.835", "d.835", "f.835"]
    assert list(frames.payments["repeated"]) == [False, True, True]
    assert not frames.payments["balanced"].iloc[2]
    assert frames.payments["payment_key"].nunique() == 1


def test_damaged_files_never_raise(tmp_path: Path) -> None:
    texts = (SAMPLES / "reversal_and_correction.edi").read_text().replace("\n", "").split("~")
    for number, data in enumerate(damaged(texts, 120)):
        (tmp_path / f"{number:03}.835").write_bytes(data)
    frames = ptedi.read_835(tmp_path)
    assert len(frames.findings)


def test_one_giant_set_comes_in_pieces(tmp_path: Path) -> None:
    path, claims = tmp_path / "giant.835", 3000
    good = (SAMPLES / "denied.edi").read_text()
    start, end = good.index("CLP*"), good.index("SE*")
    path.write_text(good[:start] + good[start:end] * claims + good[end:])
    sizes = [len(batch) for batch in batches([path]) if batch.table.name == "claims"]
    assert sum(sizes) == claims * good.count("CLP*")
    assert max(sizes) < claims / 5
    numbers = [n for batch in batches([path]) if batch.table.name == "claims" for n in batch.columns[4]]  # type: ignore[misc]
    assert numbers == list(range(1, len(numbers) + 1))


def test_paths_folders_and_patterns(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    for path in (tmp_path / "b.835", tmp_path / "a.835", tmp_path / ".hidden", below / "c.835"):
        path.write_bytes(b"")
    assert [p.name for p in expand(tmp_path)] == ["a.835", "b.835"]
    assert [p.name for p in expand([tmp_path], recursive=True)] == ["a.835", "b.835", "c.835"]
    assert [p.name for p in expand([str(tmp_path / "*.835"), tmp_path / "a.835"])] == ["a.835", "b.835"]
    assert expand(tmp_path / "none*.835") == [tmp_path / "none*.835"]


def test_the_page_tells_every_column() -> None:
    assert PAGE.endswith(as_markdown())


def test_the_example_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code, printed = re.search(r"```python\n(.*?)```", PAGE, re.S), re.search(r"```text\n(.*?)```", PAGE, re.S)
    assert code is not None
    assert printed is not None
    heard = io.StringIO()
    with contextlib.redirect_stdout(heard):
        exec(code[1], {})  # noqa: S102
    assert heard.getvalue() == printed[1]
