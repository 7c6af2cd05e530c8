"""What the commands share: consoles, the workspace option, JSON on standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.markup import escape

from ptedi.cli.screen import Screen
from ptedi.config import find_workspace
from ptedi.errors import ConfigurationError
from ptedi.findings import Finding

_WIDTH = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 160  # a pipe has room for whole claim numbers
out = Screen(soft_wrap=True, emoji=False, width=_WIDTH)  # 11:B:1 is a place of service, not a picture
err = Screen(stderr=True, soft_wrap=True, emoji=False)
OUR_FAULT = 70  # the exit code of a defect of ptedi (EX_SOFTWARE of sysexits.h)

WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="Folder of the practice.  Default: $PTEDI_WORKSPACE, then the current "
                                           "folder, then ./demo.", show_default=False),
]  # fmt: skip
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]


def workspace_path(chosen: Path | None) -> Path:
    """The workspace meant: the option, the environment, the current folder, ./demo.

    Raises:
        ConfigurationError: none of them is a workspace.
    """
    found = chosen or find_workspace()
    if found is not None:
        return found
    raise ConfigurationError("there is no ptedi workspace here",
                             hint="`ptedi demo` makes one with a night in it, `ptedi init DIR` an empty one; "
                                  "or name one with --workspace")  # fmt: skip


def emit(value: Any) -> None:
    """Prints one JSON document."""
    typer.echo(json.dumps(value, indent=2, default=str))


def day_option(text: str | None) -> date | None:
    """The day an option names.

    Raises:
        typer.BadParameter: not YYYY-MM-DD.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day like 2026-11-20") from None


def known_word(what: str, words: Iterable[str] | None, known: Iterable[str]) -> None:
    """Refuses a filter that can match nothing.

    Raises:
        typer.BadParameter: a word that is not among the known ones; the message lists them.
    """
    allowed = sorted(known)
    for word in words or ():
        if word not in allowed:
            raise typer.BadParameter(f"there is no {what} {word!r}; known: {', '.join(allowed)}")


def tell_lint(found: Sequence[Finding], about: str, as_json: bool) -> NoReturn:
    """Prints what a lint found and ends the command: with 1 when any of it stops, else with 0."""
    if as_json:
        emit([one.as_json() for one in found])
    else:
        for one in found:
            out.print(f"{one.severity.value:7} [bold]{one.code}[/] {escape(one.message)}", highlight=False)
        if not found:
            out.print(f"nothing to say about the {about}")
    raise typer.Exit(1 if any(one.severity.stops for one in found) else 0)
