"""What ptedi remembers: one `Store` per workspace, opened with every migration applied.

Functions of the sibling modules take the Connection first and return small frozen rows; who calls them decides where
a transaction begins and ends, because that is where a night may be killed and taken up again.
"""

from sqlalchemy import Connection

from ptedi.store import book_tables as _book_tables  # noqa: F401 - so do these
from ptedi.store import people_tables as _people_tables  # noqa: F401 - so do these
from ptedi.store import price_tables as _price_tables  # noqa: F401 - so do its tables
from ptedi.store import report_tables as _report_tables  # noqa: F401 - so do these
from ptedi.store import rework_tables as _rework_tables  # noqa: F401 - its table belongs to the metadata
from ptedi.store import series_tables as _series_tables  # noqa: F401 - so do these
from ptedi.store import work_tables as _work_tables  # noqa: F401 - so do these
from ptedi.store.store import Store, is_of_the_database, open_store

__all__ = ["Connection", "Store", "is_of_the_database", "open_store"]
