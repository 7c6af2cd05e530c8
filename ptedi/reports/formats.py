"""The formats that tables are written to."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """What tables are written to; all but `csv` need the extra `tables`."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"
    DUCKDB = "duckdb"
