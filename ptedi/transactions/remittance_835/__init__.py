"""The 835 (005010X221A1): payments out of a file, and, for the sandbox and the samples, into one."""

from __future__ import annotations

from ptedi.transactions.remittance_835.files import Part, parts, read
from ptedi.transactions.remittance_835.reader import RemittanceReader
from ptedi.transactions.remittance_835.writer import RemittanceFile, RemittanceHeader, write

__all__ = ["Part", "RemittanceFile", "RemittanceHeader", "RemittanceReader", "parts", "read", "write"]
