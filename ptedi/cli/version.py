"""`ptedi --version`: what runs here, for a report of a fault or a partner who asks which guides are checked."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Mapping
from importlib import metadata
from typing import Annotated

import typer
from rich.markup import escape

from ptedi import __version__
from ptedi.cli.common import emit, out

_PARTS = {"sqlalchemy": "SQLAlchemy", "psycopg": "psycopg (PostgreSQL)", "pyx12": "pyx12", "apache-airflow": "Airflow"}


def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the versions of ptedi, Python, the databases' "
                                                            "drivers, pyx12 and the guides of X12, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --version: print JSON.")] = False,
) -> None:  # fmt: skip
    """What is said before a command."""
    if version:
        told = versions()
        if as_json:
            emit(told)
        else:
            _tell(told)
        raise typer.Exit
    if as_json:
        raise typer.BadParameter("--json stands behind a command, or with --version", param_hint="--json")
    if context.invoked_subcommand is None:
        context.fail("say a command; `ptedi --help` lists them")


def versions() -> dict[str, object]:
    """Versions by name; None for what is not installed; the guides by set."""
    from ptedi.x12 import guide

    return {
        "ptedi": __version__, "python": platform.python_version(), "sqlite": sqlite3.sqlite_version,
        **{name: _installed(name) for name in _PARTS},
        "guides": [{"set": one.set_id, "guide": one.reference, "name": one.name} for one in guide.listed()],
    }  # fmt: skip


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _tell(told: Mapping[str, object]) -> None:
    from ptedi.x12 import guide

    out.print(f"[bold]ptedi {told['ptedi']}[/]", highlight=False)
    for name, words in {"python": "Python", "sqlite": "SQLite", **_PARTS}.items():
        out.print(f"  {words} {told[name] or 'is not installed'}", highlight=False)
    out.print("guides of X12 that files are checked by (GS08), beside TA1:", highlight=False)
    for one in guide.listed():
        out.print(f"  {one.set_id}  {one.reference:13}{escape(one.name)}", highlight=False)
