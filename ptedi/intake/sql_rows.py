"""Captured charges from a database query: rows with the columns of the CSV, by the DB-API and nothing else.

The query names its columns as the CSV does (`SELECT visit AS visit_id, ...`), and the rows become that CSV, so that
what is judged, archived and handed back is one and the same file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from ptedi.claims.model import Practice
from ptedi.intake import cells, reader
from ptedi.intake.model import ChargeFile


def read_rows(cursor_description: Sequence[Sequence[object]], rows: Iterable[Sequence[object]], practice: Practice,
              payer_ids: frozenset[str], today: date, *, name: str = "query.csv") -> ChargeFile:  # fmt: skip
    """Reads the rows of a cursor as a charge file: the same findings and verdicts as for the CSV they make."""
    return reader.read(as_csv(cursor_description, rows), name, practice, payer_ids, today)


def as_csv(cursor_description: Sequence[Sequence[object]], rows: Iterable[Sequence[object]]) -> bytes:
    """The CSV charge file of a cursor's description and rows; the same rows make the same bytes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(str(column[0]).lower() for column in cursor_description)
    for row in rows:
        writer.writerow(cells.defuse(cells.normal(_text(value))) for value in row)
    return out.getvalue().encode("utf-8", "replace")


def _text(value: object) -> str:
    """A value as charge files write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value == value.to_integral_value() else f"{value:f}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return str(value)
