"""Remittances as pandas frames: `ptedi.read_835`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ptedi.reports.columns import TABLES, Kind, Table
from ptedi.reports.rows import batches
from ptedi.reports.sources import Paths, expand


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The tables of remittances, one DataFrame each; docs/remittance_tables.md tells their columns.

    Amounts and quantities are `Decimal` objects, dates `datetime64[s]`, indexes `int64`, flags `bool`, texts `str`
    ("" when not sent).  Rows join on `file_sha256`, `set_index`, `claim_index` and `line_index`.
    """

    payments: pd.DataFrame
    claims: pd.DataFrame
    lines: pd.DataFrame
    adjustments: pd.DataFrame
    provider_adjustments: pd.DataFrame
    remarks: pd.DataFrame
    amounts: pd.DataFrame
    quantities: pd.DataFrame
    reference_numbers: pd.DataFrame
    dates: pd.DataFrame
    names: pd.DataFrame
    contacts: pd.DataFrame
    outpatient_adjudications: pd.DataFrame
    inpatient_adjudications: pd.DataFrame
    provider_summaries: pd.DataFrame
    provider_supplements: pd.DataFrame
    segments: pd.DataFrame
    findings: pd.DataFrame


def read_835(paths: Paths, *, recursive: bool = False) -> Frames:
    """Reads remittances into frames; a file that cannot be read becomes a row of `findings`, never an exception.

    Args:
        paths: one or several files, folders or patterns (`eras/*.835`).
        recursive: whether the folders below a folder count too.
    """
    tables: dict[str, list[list[object]]] = {table.name: [[] for _ in table.columns] for table in TABLES}
    for batch in batches(expand(paths, recursive=recursive)):
        for column, values in zip(tables[batch.table.name], batch.columns, strict=True):
            column.extend(values)
    return Frames(**{table.name: frame(table, tables.pop(table.name)) for table in TABLES})


def frame(table: Table, columns: Sequence[Sequence[object]]) -> pd.DataFrame:
    """One table as a DataFrame."""
    return pd.DataFrame({
        column.name: _series(column.kind, values) for column, values in zip(table.columns, columns, strict=True)
    })  # fmt: skip


def _series(kind: Kind, values: Sequence[object]) -> pd.Series:
    match kind:
        case Kind.TEXT:
            return pd.Series(values, dtype="str")
        case Kind.INTEGER:
            return pd.Series(values, dtype="int64")
        case Kind.FLAG:
            return pd.Series(values, dtype="bool")
        case Kind.DATE:
            return pd.Series(np.array(values, dtype="datetime64[D]").astype("datetime64[s]"))
        case Kind.MONEY | Kind.QUANTITY:
            return pd.Series(values, dtype="object")
