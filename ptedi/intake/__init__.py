"""Captured charges in, from CSV, XML, HL7 v2, FHIR and SQL: read row by row, each row with a verdict, bad rows back."""

from ptedi.intake.model import ChargeFile, RowVerdict
from ptedi.intake.reader import read, recognise, table_of
from ptedi.intake.rejects import reason, rejects, verdict_word
from ptedi.intake.senders import Senders
from ptedi.intake.senders import load as load_senders
from ptedi.intake.sql_rows import as_csv, read_rows
from ptedi.intake.written import Written, written

__all__ = ["ChargeFile", "RowVerdict", "Senders", "Written", "as_csv", "load_senders", "read", "read_rows", "reason",
           "recognise", "rejects", "table_of", "verdict_word", "written"]  # fmt: skip
