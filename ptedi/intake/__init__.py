"""Captured charges in: CSV and XML read row by row, each row with a verdict, bad rows handed back to be corrected."""

from ptedi.intake.model import ChargeFile, RowVerdict
from ptedi.intake.reader import read
from ptedi.intake.rejects import reason, rejects, verdict_word

__all__ = ["ChargeFile", "RowVerdict", "read", "reason", "rejects", "verdict_word"]
