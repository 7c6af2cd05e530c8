"""The meaning of a file (SNIP 3 to 5 and 7) on top of its structure, the verdict, and the acknowledgement of it."""

from ptedi.checks.file import CheckedTransaction, FileReport, check_file
from ptedi.checks.many import check_files

__all__ = ["CheckedTransaction", "FileReport", "check_file", "check_files"]
