"""docs/analysis.md: its example runs and holds, its tables are those of the code (PTEDI_UPDATE=1 writes them anew)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import ptedi
from ptedi.reports.practice import tables
from tests.reports.practice import oracle

PAGE = Path(__file__).resolve().parents[3] / "docs/analysis.md"
HEAD = "## The tables\n\n"


def test_the_example_runs_and_holds(month: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 3
    code = "".join(blocks)
    assert '"demo"' in code
    names: dict[str, Any] = {}
    exec(compile(code.replace('"demo"', repr(str(month))), str(PAGE), "exec"), names)  # noqa: S102 - our own page
    paid = oracle.rows(month, "select sum(amount_cents) n from postings where account = 'clearing' "
                              "and claim_id is not null")  # fmt: skip
    assert int(names["paid"].sum()) == paid[0]["n"]
    denied = oracle.rows(month, "select max(amount_cents) n from postings where account = 'receivable.payer.denied'")
    assert int(names["largest"]["cents"]) == denied[0]["n"]
    assert re.fullmatch(r"\S+\.835, segment \d+, byte \d+", names["place"])
    assert len(names["lags"]) > 3


def test_the_tables_are_those_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    wanted = text[: text.index(HEAD) + len(HEAD)] + tables.as_markdown()
    if os.environ.get("PTEDI_UPDATE"):
        PAGE.write_text(wanted, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == wanted


def test_frames_have_exactly_the_columns_told(month: Path) -> None:
    frames = ptedi.frames(month)
    for name, table in tables.TABLES.items():
        assert set(getattr(frames, name).columns) == {column.name for column in table.columns}, name
        cents = [c.name for c in table.columns if c.kind is tables.Kind.CENTS]
        assert all(str(getattr(frames, name)[c].dtype) == "int64" for c in cents)
