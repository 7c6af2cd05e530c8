"""The pages of what `ptedi codes load` may find wrong with a file."""

from __future__ import annotations

from ptedi.findings import Rule, Severity, register

UNKNOWN = register(Rule(
    code="TB101", title="A code file was not recognised", severity=Severity.ERROR,
    checks="The first rows of each sheet against the official files we know.",
    matters="Nothing of it was installed.", example="A price list.",
    instead="NCCI PTP, MUE, PPRRVU, ICD-10-CM order, NUCC, CARC/RARC or the therapy code list, as published.",
    reference="ptedi codes load --help",
))  # fmt: skip
UNDATED = register(Rule(
    code="TB102", title="A code file does not say from when it holds", severity=Severity.ERROR,
    checks="The first day in the file's name, for files whose rows carry no dates.",
    matters="Rules are chosen by date of service; an undated row would change the past.",
    example="mue.xlsx", instead="Keep the publisher's file name, or give --from.", reference="ptedi codes load --help",
))  # fmt: skip
EMPTY = register(Rule(
    code="TB103", title="A code file has no usable row", severity=Severity.ERROR,
    checks="The rows that became rows of ours.", matters="Nothing of it was installed.",
    example="A file with a heading only.", instead="Download it again.", reference="ptedi codes load --help",
))  # fmt: skip
SHRUNK = register(Rule(
    code="TB104", title="A code table shrank", severity=Severity.WARNING,
    checks="The rows of a table that is replaced whole, against what was installed before.",
    matters="A part of the published files may be missing, and its edits with it.",
    example="One of the four NCCI files.", instead="Load all parts in one command.",
    reference="ptedi codes load --help",
))  # fmt: skip
