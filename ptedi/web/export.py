"""A list as a file: CSV or a workbook, no cell a formula, and with it the filter, the person and the time."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from starlette.responses import Response

from ptedi.dates import now
from ptedi.reports.formats import Format
from ptedi.reports.writers import defused, library
from ptedi.web.cells import Cell, Chip, Kind, Link, Two
from ptedi.web.grid import Column, Row
from ptedi.web.seat import Seat

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NUMBER = {Kind.MONEY: "#,##0.00", Kind.DATE: "yyyy-mm-dd", Kind.COUNT: "#,##0"}


class As(StrEnum):
    """What a list is given as."""

    CSV = "csv"
    XLSX = "xlsx"


_TYPES = {As.CSV: "text/csv; charset=utf-8",
          As.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


def export(seat: Seat, kind: As, name: str, columns: Sequence[Column], rows: Iterable[Row], said: str) -> Response:
    """The rows of a list as a file to keep.

    Args:
        seat: who asks.
        kind: CSV or workbook.
        name: what the file is called, without its ending; a word of ours, never a value.
        columns: the columns of the list.
        rows: all its rows, not only one page.
        said: the filter in words.

    Raises:
        ConfigurationError: the library of the format is not installed.
    """
    about = {"list": name, "filter": said or "everything", "practice": seat.night.practice.billing.name,
             "made by": seat.name, "made at": f"{now():%Y-%m-%d %H:%M:%S} UTC"}  # fmt: skip
    cells = ([_plain(row.cells.get(column.name)) for column in columns] for row in rows)
    data = _csv(columns, cells, about) if kind is As.CSV else _xlsx(columns, cells, about)
    headers = {"Content-Disposition": f'attachment; filename="{name}-{now():%Y%m%d-%H%M}.{kind}"'}
    return Response(data, media_type=_TYPES[kind], headers=headers)


def _plain(cell: Cell) -> str | Decimal | date | int:
    match cell:
        case None:
            return ""
        case Chip() | Link():
            return cell.text
        case Two():
            return cell.main  # a value can be looked up; what else is known has a column of its own
        case _:
            return cell


def _csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]], about: Mapping[str, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([column.title for column in columns])
    writer.writerows([defused(one) if isinstance(one, str) else str(one) for one in row] for row in rows)
    writer.writerow([])
    writer.writerows([f"# {name}", defused(value)] for name, value in about.items())
    return out.getvalue().encode("utf-8-sig")


def _xlsx(columns: Sequence[Column], rows: Iterable[Sequence[Any]], about: Mapping[str, str]) -> bytes:
    book = library("openpyxl", Format.XLSX).Workbook(write_only=True)
    cell = library("openpyxl.cell", Format.XLSX).WriteOnlyCell
    head = book.create_sheet("about")
    for name, value in about.items():
        head.append([name, defused(value)])
    sheet = book.create_sheet("rows")
    sheet.freeze_panes = "A2"
    sheet.append([column.title for column in columns])
    for row in rows:
        made = [cell(sheet, defused(_CONTROL.sub("\ufffd", one)) if isinstance(one, str) else one) for one in row]
        for one, column in zip(made, columns, strict=True):
            if column.kind in _NUMBER and not isinstance(one.value, str):
                one.number_format = _NUMBER[column.kind]
        sheet.append(made)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
