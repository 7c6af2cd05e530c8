"""Reports: key figures, aging, denials and the like with their pictures; each bar and figure opens its rows."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import HTMLResponse, Response

from ptedi import dates
from ptedi.web import cells, grid, view
from ptedi.web.access import Verb
from ptedi.web.cells import Cell, Kind, Link
from ptedi.web.errors import NotThere
from ptedi.web.grid import Column, Grid, Row
from ptedi.web.kept_reports import KeptReports
from ptedi.web.pages.claim import payer_name
from ptedi.web.seat import Seat, allow

if TYPE_CHECKING:
    from ptedi.reports.practice.report import Picture, Report, Show, Shown, View

router = APIRouter()

DAYS = 30
_WIDTH = 1000  # of a bar's picture, in its own units
_MOST_ROWS = 200  # of a table on a page; the rows and the files have all
_ABOUT = {
    "kpis": "Rates and delays of the practice, each beside its usual target.",
    "aging": "What payers and patients owe, by its age.",
    "denials": "What was denied, why, and what became of it.",
    "payments": "What payers allowed, paid and adjusted.",
    "underpayments": "What was paid beside what the contract says.",
    "unbilled": "Visits that became no claim, and claims that did not leave.",
    "productivity": "Visits, units and money of each clinician.",
    "cash": "What should come in, week by week, by how payers paid so far.",
}
Name = Annotated[str, Path(max_length=20)]
Word = Annotated[str, Query(max_length=200)]


class To(StrEnum):
    """What a report is given as."""

    HTML = "html"
    XLSX = "xlsx"
    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The days and the split of a report, as an address asks for them; no patient is in them."""

    first: date
    last: date
    by: tuple[str, ...]

    @property
    def query(self) -> dict[str, object]:
        """The same as parts of an address."""
        return {"first": self.first.isoformat(), "last": self.last.isoformat(), "by": ",".join(self.by) or None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar: its parts from left to right, each with its place and width, and where it leads."""

    label: str
    word: str
    parts: tuple[tuple[int, int], ...]
    href: str


@router.get("/reports", name="reports")
def reports(seat: Annotated[Seat, allow(Verb.SEE)]) -> HTMLResponse:
    """What reports there are."""
    from ptedi.reports.practice.make import REPORTS  # noqa: PLC0415 - pandas comes with the first report

    return view.page(seat, "reports/list.html", reports=tuple(REPORTS.values()), about=_ABOUT)


@router.get("/reports/{name}", name="report")
def report(seat: Annotated[Seat, allow(Verb.SEE)], name: Name, first: date | None = None, last: date | None = None,
           by: Word = "") -> HTMLResponse:  # fmt: skip
    """One report of some days."""
    asked = _asked(first, last, by)
    made, of = _made(seat, name, asked), _definition(name)
    return view.page(
        seat, "reports/report.html", report=made, of=of, asked=asked, spans=_spans(), tables=_tables(seat, made, asked),
        cards=_cards(seat, made, asked), pictures=_pictures(seat, made, asked), about=_ABOUT[name],
        formats=tuple(To),
    )  # fmt: skip


@router.get("/reports/{name}/rows", name="report_rows")
def report_rows(seat: Annotated[Seat, allow(Verb.LOOK)], name: Name, first: date | None = None,
                last: date | None = None, by: Word = "", picture: Annotated[int, Query(ge=0, le=20)] = 0,
                label: Word = "", figure: Annotated[str, Query(max_length=40)] = "") -> HTMLResponse:  # fmt: skip
    """The rows behind a report, a bar of it or one key figure, down to file, segment and byte."""
    asked, here = _asked(first, last, by), grid.asked(seat, "report_rows")
    made = _made(seat, name, asked, rows=figure or ("all" if name != "kpis" else ""))
    if made.rows is None:
        raise NotThere("this report keeps no rows", hint="choose a key figure first")
    found = _of_bar(made, made.rows, picture, label)
    shown = [column for column in found.columns if not column.machines]
    cells = found.rows(people=True)
    page = slice(here.offset, here.offset + here.size)
    rows = [_row(seat, str(number), dict(zip([c.name for c in shown], row, strict=True)), file)
            for number, (row, file) in enumerate(zip(cells[page], _files(found)[page], strict=True), here.offset)]
    amount = next((c.name for c in shown if _kind(c.show) is Kind.MONEY), "")
    place = [c.name for c in shown].index(amount) if amount else -1
    return view.page(
        seat, "reports/rows.html", report=made, asked=asked, label=_said(made, picture, label), title=found.title,
        grid=Grid(seat=seat, route="report_rows", title=found.title, asked=here, rows=rows, total=len(cells),
                  columns=_columns([c for c in shown if c.name not in _PLACE]),
                  params={"name": name, "picture": picture or None, "label": label or None, "figure": figure or None,
                          **asked.query}, empty="No row of these days is in it."),
        amount=sum((row[place] or Decimal(0) for row in cells), Decimal(0)) if amount else None,
    )  # fmt: skip


@router.get("/reports/{name}/file", name="report_file")
def report_file(seat: Annotated[Seat, allow(Verb.EXPORT)], name: Name, to: To, first: date | None = None,
                last: date | None = None, by: Word = "", figure: Annotated[str, Query(max_length=40)] = "",
                rows: bool = False) -> Response:  # fmt: skip
    """A report as a file that states its filter, its method and its time; several tables come as one ZIP."""
    from ptedi.reports.practice import files  # noqa: PLC0415

    asked = _asked(first, last, by)
    made = _made(seat, name, asked, rows=figure or ("all" if rows and name != "kpis" else ""))
    with tempfile.TemporaryDirectory() as folder:
        target = FilePath(folder) / f"{made.name}-{asked.first}-{asked.last}.{to}"
        written = files.write(made, files.To(to.value), target, seat.night.practice.billing.name)
        data, called = (written[0].read_bytes(), target.name) if len(written) == 1 else _zipped(written, target.stem)
    headers = {"Content-Disposition": f'attachment; filename="{called}"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


# --- what is asked ---


def _asked(first: date | None, last: date | None, by: str) -> Asked:
    end = last or dates.today()
    days = [end.toordinal() - DAYS + 1, 1]
    words = tuple(dict.fromkeys(word.strip() for word in by.split(",") if word.strip()))
    return Asked(first=first or date.fromordinal(max(days)), last=end, by=words)


def _spans() -> tuple[tuple[str, date, date], ...]:
    today = dates.today()
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return (("Last 30 days", today - timedelta(days=29), today), ("This month", month, today),
            ("Last month", before.replace(day=1), before),
            ("This year", today.replace(month=1, day=1), today))  # fmt: skip


def _definition(name: str) -> object:
    from ptedi.reports.practice.make import REPORTS  # noqa: PLC0415

    if name not in REPORTS:
        raise NotThere(f"there is no report {name}", hint="the page Reports lists them")
    return REPORTS[name]


def _made(seat: Seat, name: str, asked: Asked, rows: str = "") -> Report:
    _definition(name)
    app = seat.request.app
    if not hasattr(app.state, "reports"):
        app.state.reports = KeptReports()
    kept: KeptReports = app.state.reports
    return kept.get(seat.night, name, first=asked.first, last=asked.last, by=asked.by, rows=rows)


# --- pictures ---


def _pictures(seat: Seat, made: Report, asked: Asked) -> list[tuple[Picture, list[Bar]]]:
    """The pictures with their bars; the key figures stand as cards already."""
    return [] if made.name == "kpis" else [(one, _bars(seat, made, one, asked)) for one in made.pictures]


def _bars(seat: Seat, made: Report, picture: Picture, asked: Asked) -> list[Bar]:
    """The bars of a picture, each as wide as its share of the largest one; what is below zero has no width."""
    sums = [sum(max(values[i], 0) for values in picture.series.values()) for i in range(len(picture.labels))]
    largest = max([*sums, 1])
    return [Bar(label=picture.words[i], href=_opens(seat, made, picture, label, asked),
                parts=_parts(picture, i, largest),
                word=picture.word(sum(values[i] for values in picture.series.values())))
            for i, label in enumerate(picture.labels)]  # fmt: skip


def _parts(picture: Picture, place: int, largest: int) -> tuple[tuple[int, int], ...]:
    at, parts = 0, []
    for values in picture.series.values():
        width = max(values[place], 0) * _WIDTH // largest
        parts.append((at, width))
        at += width
    return tuple(parts)


def _opens(seat: Seat, made: Report, picture: Picture, label: str, asked: Asked) -> str:
    if not picture.opens or label == "all others":
        return seat.url("report_rows", name=made.name, **asked.query)
    return seat.url("report_rows", name=made.name, label=label, picture=made.pictures.index(picture) or None,
                    **asked.query)  # fmt: skip


def _of_bar(made: Report, rows: View, picture: int, label: str) -> View:
    """The rows that a bar is the sum of."""
    from dataclasses import replace  # noqa: PLC0415

    if not label:
        return rows
    if picture >= len(made.pictures) or not made.pictures[picture].opens:
        raise NotThere("there is no such bar", hint="open it from the report")
    columns = list(made.pictures[picture].opens)
    labels = rows.frame[columns].fillna("").astype(str).agg(" / ".join, axis=1)
    return replace(rows, frame=rows.frame[labels == label])


def _said(made: Report, picture: int, label: str) -> str:
    """The label of a bar as its page says it."""
    if not label or picture >= len(made.pictures):
        return label
    one = made.pictures[picture]
    return dict(zip(one.labels, one.words, strict=True)).get(label, label)


# --- tables ---


def _cards(seat: Seat, made: Report, asked: Asked) -> list[tuple[dict[str, object], str]]:
    if made.name != "kpis":
        return []
    return [({str(k): v for k, v in row.items()},
             seat.url("report_rows", name="kpis", figure=row["key"], **asked.query) if row["rows"] else "")
            for row in made.views[0].frame.to_dict("records")]  # fmt: skip


_Table = tuple["View", list[Column], list[list[object]], int, list[object]]
"""A view, its columns, the cells of its first rows, how many there are, the cells of its last line."""


def _tables(seat: Seat, made: Report, asked: Asked) -> list[_Table]:
    tables = []
    for one in made.views:
        if one.machines or one.frame.empty or (made.name == "kpis" and one.key == "kpis"):
            continue
        columns = [Column(name=c.name, title=c.label, kind=_kind(c.show)) for c in one.shown()]
        rows = one.rows(people=True)
        cells = [[_shown(c.show, cell) for c, cell in zip(one.shown(), row, strict=True)] for row in rows[:_MOST_ROWS]]
        total = one.total_row()
        last = [_shown(c.show, cell) for c, cell in zip(one.shown(), total, strict=True)] if total else []
        tables.append((one, columns, cells, len(rows), last))
    return tables


def _shown(show: Show, value: object) -> object:
    from ptedi.reports.practice.report import Show, words  # noqa: PLC0415

    return cells.shown(value, Kind.TEXT) if show is Show.MONEY and isinstance(value, Decimal) else words(show, value)


def _kind(show: Show) -> Kind:
    return {"money": Kind.MONEY, "count": Kind.COUNT, "rate": Kind.COUNT, "number": Kind.COUNT,
            "day": Kind.DATE}.get(show.value, Kind.TEXT)  # fmt: skip


_PLACE = ("file", "segment_index", "byte_offset", "source_row")
_ORIGIN = Column(name="origin", title="Origin", hint="File, segment and byte, or captured row")
_NARROW = frozenset({"visit", "visit_id", "visits", "what"})


def _columns(shown: Sequence[Shown]) -> list[Column]:
    """The columns of some rows; where each came from stands in one, which opens it."""
    return [*(Column(name=c.name, title=c.label, kind=_kind(c.show), narrow=c.name in _NARROW) for c in shown), _ORIGIN]


def _row(seat: Seat, id: str, cells: dict[str, Cell], file: int | None) -> Row:
    """A row that leads to its claim, and to the segment or captured row it came from."""
    if cells.get("claim"):
        cells["claim"] = Link(str(cells["claim"]), seat.url("claim", number=cells["claim"]))
    for name in ("payer", "payer_id"):
        if cells.get(name):
            cells[name] = payer_name(seat, str(cells[name]))
    if file is not None and cells.get("file"):
        place = cells.get("segment_index") or cells.get("source_row") or 1
        cells["origin"] = Link(_origin(cells), seat.url("claim_source", file_id=file, place=place))
    return Row(id=id, cells=cells)


def _origin(cells: Mapping[str, Cell]) -> str:
    """Where in its file a row stands; the file's name stands on the page that this opens, and in the exports."""
    if cells.get("segment_index"):
        return f"segment {cells['segment_index']}, byte {cells.get('byte_offset')}"
    return f"row {cells['source_row']}" if cells.get("source_row") else str(cells["file"])


def _files(rows: View) -> list[int | None]:
    if "file_id" not in rows.frame:
        return [None] * len(rows.frame)
    known = rows.frame["file_id"].notna()
    return [int(value) if is_known else None for value, is_known in zip(rows.frame["file_id"], known, strict=True)]


def _zipped(files: Sequence[FilePath], name: str) -> tuple[bytes, str]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        for file in files:
            folder.write(file, file.name)
    return out.getvalue(), f"{name}.zip"
