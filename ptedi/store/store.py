"""The open store: transactions, reading, and locks that die with the process that holds them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree

from ptedi.errors import ConfigurationError, StoreBusy
from ptedi.store.engine import READ_ONLY, open_engine
from ptedi.store.migrate import migrate

_BUSY = ("database is locked", "database table is locked", "server closed the connection", "could not connect",
         "connection refused", "terminating connection", "deadlock detected", "could not serialize",
         "connection to server", "connection is bad", "the database system is", "connection is closed",
         "connection is lost", "connection timeout")  # fmt: skip
_NOT_OURS = ("authentication failed", "does not exist", "no pg_hba.conf entry", "not translate host name")
_NO_ROOM = ("disk is full", "disk i/o error", "unable to open database file", "no space left")
_NO_RIGHT = "readonly database"  # where we read only it is our own word, and a fault of ours


def open_store(url: str) -> Store:
    """Opens the store at a database URL and brings its tables up to date.

    Raises:
        StoreBusy: the database is locked, cannot be reached now, or has no room.
        ConfigurationError: what stands there is no database.
    """
    engine = open_engine(url)
    try:
        with _transient():
            migrate(engine)
    except DatabaseError as problem:
        engine.dispose()
        raise ConfigurationError("the store cannot be opened: what stands there is no database of ptedi",
                                 hint="put the database back from a backup; nothing was changed") from problem
    return Store(engine)


@dataclass(frozen=True, slots=True)
class Store:
    """One workspace's memory."""

    engine: Engine
    _locks: dict[str, threading.Lock] = field(default_factory=dict, repr=False)
    _held: threading.local = field(default_factory=threading.local, repr=False)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction: what is written inside is kept whole or not at all.

        Raises:
            StoreBusy: the database is locked, restarting or gone, or a named lock of this thread was lost with its
                connection; trying again later is right.
        """
        with _transient(), self.engine.begin() as connection:
            yield connection
            self._still_ours()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view for reading; it waits for nobody and cannot write."""
        sqlite = self.engine.dialect.name == "sqlite"
        options = {READ_ONLY: True} if sqlite else {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        with _transient(reads=True), self.engine.connect().execution_options(**options) as connection:
            if sqlite:
                connection.exec_driver_sql("PRAGMA query_only=ON")
            try:
                yield connection
            finally:
                connection.rollback()
                if sqlite:
                    connection.exec_driver_sql("PRAGMA query_only=OFF")
                    connection.rollback()

    @contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """A named lock across threads and processes, freed by the system when its holder dies.

        Whoever holds it knows that unfinished work it finds belongs to nobody alive.
        """
        with self._locks.setdefault(name, threading.Lock()):
            if self.engine.dialect.name == "postgresql":
                yield from self._advisory(name)
            else:
                yield from self._file_lock(name)

    def _advisory(self, name: str) -> Iterator[None]:
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        with _transient(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
            held = self._held.__dict__.setdefault("connections", [])
            held.append(connection)
            try:
                yield
            finally:
                held.remove(connection)
                if not connection.invalidated:
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})

    def _still_ours(self) -> None:
        """Asks whether the locks of this thread are held: when a server ends a connection, another may have its lock.

        The work goes on over other connections and would notice nothing.
        """
        for connection in self._held.__dict__.get("connections", ()):
            if connection.invalidated:
                raise StoreBusy("the database was restarted meanwhile", hint="run the step again")
            connection.exec_driver_sql("SELECT 1")

    def _file_lock(self, name: str) -> Iterator[None]:
        database = self.engine.url.database
        if not database or database == ":memory:":
            yield
            return
        path = Path(database).parent / ".locks" / hashlib.sha256(name.encode()).hexdigest()[:12]
        path.parent.mkdir(exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def close(self) -> None:
        """Lets go of every connection."""
        self.engine.dispose()


def is_of_the_database(problem: Exception) -> bool:
    """Whether an exception is about the database as a whole and not about what was written or asked."""
    if isinstance(problem, DBAPIError) and problem.connection_invalidated:
        return True
    return isinstance(problem, (NoneFree, OperationalError, InternalError, InterfaceError))


@contextmanager
def _transient(*, reads: bool = False) -> Iterator[None]:
    """Turns a busy, vanished or full database into `StoreBusy`; so when every connection to it is in use for long."""
    try:
        yield
    except NoneFree as problem:
        raise StoreBusy("the database is busy: no connection became free", hint="run the step again") from problem
    except (OperationalError, InternalError) as problem:
        said = str(problem.orig).lower()
        if any(sign in said for sign in _NO_ROOM) or (_NO_RIGHT in said and not reads):
            raise StoreBusy("the store has no room, or its folder may not be written",
                            hint="make room or give the rights back, then run the step again") from problem  # fmt: skip
        if any(sign in said for sign in _NOT_OURS):
            raise
        if problem.connection_invalidated or any(sign in said for sign in _BUSY):
            raise StoreBusy("the database is busy, restarting or out of reach", hint="run the step again") from problem
        raise
