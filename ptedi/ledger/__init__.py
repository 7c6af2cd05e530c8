"""The ledger: append-only double entry, every posting with its origin, every balance derived.  Pure; knows no store."""

from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.model import Entry, Posting, Source

__all__ = ["Account", "Entry", "Kind", "Posting", "Source"]
