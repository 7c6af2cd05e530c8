"""A report into a file: CSV, Parquet, Excel or HTML; private, whole or not at all, no formulas.

A file of one table holds the first view (the rows, when they were asked for); the other views lie beside it, their
key in the name.  A workbook holds them all and begins with a sheet that states filter and time; Parquet states them in
its metadata.  A CSV stays a table and nothing else, as programs want it: `NAME.about.json` beside it states them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from ptedi import __version__
from ptedi.disk import write_whole
from ptedi.reports.formats import Format
from ptedi.reports.practice.page import html
from ptedi.reports.practice.report import Report, Show, View
from ptedi.reports.writers import defused, library


class To(StrEnum):
    """What a report is written to."""

    TABLE = "table"
    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"
    HTML = "html"


def write(report: Report, to: To, path: Path, practice: str = "") -> list[Path]:
    """Writes a report and returns the files, the one asked for first.

    Raises:
        ConfigurationError: the library of the format is not installed.
        OSError: the folder cannot be written to.
    """
    if to is To.HTML:
        made = {path: html(report, practice).encode()}
    elif to is To.XLSX:
        made = {path: workbook(report, practice)}
    else:
        of_view: Callable[[Report, View], bytes] = parquet if to is To.PARQUET else text
        first, *others = _views(report)
        made = {path: of_view(report, first)}
        made |= {path.with_stem(f"{path.stem}-{view.key}"): of_view(report, view) for view in others}
        if to is To.CSV:
            made[path.with_suffix(".about.json")] = statement(report, made, practice)
    for where, data in made.items():
        write_whole(where, data)
    return list(made)


def _views(report: Report) -> list[View]:
    return [report.rows, *report.views] if report.rows is not None else list(report.views)


def about(report: Report, practice: str = "") -> dict[str, str]:
    """What a file states of itself: filter, time, method."""
    method = {f"method {number}": line for number, line in enumerate(report.method, 1)}
    return {"report": report.title, "practice": practice, "filter": report.selection,
            "made at": f"{report.made_at:%Y-%m-%d %H:%M:%S} UTC", "made by": f"ptedi {__version__}",
            **method}  # fmt: skip


def statement(report: Report, made: Mapping[Path, bytes], practice: str = "") -> bytes:
    """What the CSV files of a report state of themselves, with the hash of each, so that the two stay together."""
    files = [
        {"file": path.name, "view": view.title, "rows": len(view.frame), "sha256": hashlib.sha256(data).hexdigest()}
        for (path, data), view in zip(made.items(), _views(report), strict=True)
    ]
    said = {
        "report": report.title, "practice": practice, "filter": report.selection, "first": f"{report.window.first}",
        "last": f"{report.window.last}", "by": list(report.by), "made at": about(report)["made at"],
        "made by": about(report)["made by"], "method": list(report.method), "files": files,
    }  # fmt: skip
    return (json.dumps(said, indent=2, ensure_ascii=False) + "\n").encode()


def text(report: Report, view: View) -> bytes:
    """A view as CSV: UTF-8, amounts with two decimals, rates as a share of 1, nothing where nothing is known."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([column.key for column in view.columns])
    writer.writerows([_cell(value) for value in row] for row in view.rows())
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return defused(value) if isinstance(value, str) else str(value)


def parquet(report: Report, view: View) -> bytes:
    """A view as Parquet: decimal128 amounts, date32 days; filter and time in its metadata."""
    arrow, writer = library("pyarrow", Format.PARQUET), library("pyarrow.parquet", Format.PARQUET)
    kinds = {Show.TEXT: arrow.string(), Show.COUNT: arrow.int64(), Show.MONEY: arrow.decimal128(28, 2),
             Show.RATE: arrow.decimal128(20, 4), Show.NUMBER: arrow.decimal128(28, 4),
             Show.DAY: arrow.date32()}  # fmt: skip
    schema = arrow.schema([(c.key, kinds[c.show]) for c in view.columns], metadata=about(report))
    columns = list(zip(*view.rows(), strict=True)) or [()] * len(view.columns)
    arrays = [arrow.array(values, type=field.type) for field, values in zip(schema, columns, strict=True)]
    out = io.BytesIO()
    writer.write_table(arrow.Table.from_arrays(arrays, schema=schema), out, compression="zstd")
    return out.getvalue()


_FORMATS = {Show.MONEY: "#,##0.00", Show.RATE: "0.0%", Show.COUNT: "#,##0", Show.DAY: "yyyy-mm-dd"}


def workbook(report: Report, practice: str = "") -> bytes:
    """All views as sheets of one workbook, real amounts and dates, each with a filter and a head that stays."""
    excel = library("openpyxl", Format.XLSX)
    book = excel.Workbook()
    first = book.active
    first.title = "about"
    for name, value in about(report, practice).items():
        first.append([name, defused(value)])
    first.column_dimensions["A"].width, first.column_dimensions["B"].width = 14, 110
    for view in [*report.views, *([report.rows] if report.rows is not None else [])]:
        _sheet(book.create_sheet(view.key[:31]), view, library("openpyxl.styles", Format.XLSX).Font(bold=True))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(sheet: Any, view: View, bold: Any) -> None:
    sheet.append([column.label for column in view.columns])
    for row in view.rows():
        sheet.append([defused(value) if isinstance(value, str) else value for value in row])
    for cell in sheet[1]:
        cell.font = bold
    for number, column in enumerate(view.columns, 1):
        cells = [row[0] for row in sheet.iter_rows(min_row=2, min_col=number, max_col=number)]
        for cell in cells if column.show in _FORMATS else ():
            cell.number_format = _FORMATS[column.show]
        longest = max([len(column.label), *(_width(cell.value) for cell in cells[:500])])
        sheet.column_dimensions[sheet.cell(1, number).column_letter].width = min(longest + 3, 60)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def _width(value: object) -> int:
    return len(f"{value:,.2f}" if isinstance(value, Decimal) else str(value or ""))
