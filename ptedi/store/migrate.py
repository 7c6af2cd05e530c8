"""Bringing the tables up to date, in process, in one transaction; two openers at once queue up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from ptedi.store.engine import READ_ONLY

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0027"
_ADVISORY = 7_371_205_837_835  # any fixed number: one migration at a time on PostgreSQL


def migrate(engine: Engine, target: str = "head") -> None:
    """Applies what is missing; costs one query when nothing is."""
    if target == "head" and current(engine) == HEAD:
        return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY})
        _upgrade(connection, target)


def downgrade(engine: Engine, target: str) -> None:
    """Takes migrations back; `base` takes back all."""
    from alembic import command  # noqa: PLC0415 - heavy, and needed once in the life of a workspace

    with engine.begin() as connection:
        command.downgrade(_config(connection), target)


def current(engine: Engine) -> str:
    """The revision the tables are at, "" before the first."""
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _upgrade(connection: Connection, target: str) -> None:
    from alembic import command  # noqa: PLC0415

    command.upgrade(_config(connection), target)


def _config(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
