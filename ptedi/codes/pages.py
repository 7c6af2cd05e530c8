"""The pages of what `ptedi codes load` may find wrong with a file."""

from __future__ import annotations

from ptedi.findings import Finding, Rule, Severity, register

UNKNOWN = register(Rule(
    code="TB101", title="A code file was not recognised", severity=Severity.ERROR,
    checks="The first rows of each sheet against the official files we know.",
    matters="Nothing of it was installed.", example="A price list.",
    instead="NCCI PTP, MUE, PPRRVU, ICD-10-CM order, HCPCS, NUCC, CARC/RARC or the therapy code list, as published.",
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
    matters="A file may be cut short, and its edits missing.",
    example="An NCCI file that broke off.", instead="Download the files again and load all parts in one command.",
    reference="ptedi codes load --help",
))  # fmt: skip
PARTIAL = register(Rule(
    code="TB105", title="A code table was loaded in part", severity=Severity.WARNING,
    checks="The codes of the shipped table, and of editions loaded before, against the edition loaded now.",
    matters="A pair table replaces what was known only for the first codes it has; for the others older pairs stay in "
            "effect.  A unit or value table is the whole truth from its first day: codes it lacks have no limit then.",
    example="One of the four NCCI files: the pairs of other first codes stay as shipped.",
    instead="Load all parts of the edition, as published.", reference="ptedi codes load --help",
))  # fmt: skip
OLDER = register(Rule(
    code="TB106", title="An older edition of a code table was loaded", severity=Severity.INFO,
    checks="The first day of an edition against those installed before.",
    matters="A newer edition stays in effect from its first day on; the order of loading decides nothing.",
    example="MUE of the first quarter loaded after those of the second.",
    instead="Nothing, if the past was meant; else load the newest edition.", reference="ptedi codes load --help",
))  # fmt: skip
AGAIN = register(Rule(
    code="TB107", title="An edition of a code table was loaded again with other content", severity=Severity.WARNING,
    checks="Rows of an edition against those installed before for the same first day.",
    matters="The publisher corrected the file, or it is another one; the one loaded last stands.",
    example="PPRRVU of January in its QPP form, after the non-QPP form.",
    instead="Load the file that should stand last.", reference="ptedi codes load --help",
))  # fmt: skip


def said(rule: Rule, message: str, value: str | None = None) -> Finding:
    """A finding of one of these pages."""
    return Finding(code=rule.code, severity=rule.severity, message=message, value=value, hint=rule.instead)
