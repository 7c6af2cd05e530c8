"""An empty store on SQLite, migrated once a process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from ptedi.store import open_store


@cache
def with_tables() -> Path:
    """A database with every table and no row: copy it, never open it."""
    folder = Path(tempfile.mkdtemp(prefix="ptedi-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    open_store(f"sqlite:///{folder / 'ptedi.db'}").close()
    return folder / "ptedi.db"
