"""The command line: `ptedi ...`; it parses words and prints, the pipeline does the work.

Exit codes: 0 done and nothing worse than warnings, 1 something was found or failed, 2 the input or the call could not
be understood, 70 a defect of ptedi itself, 130 stopped by hand.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import Path

import typer
from rich.markup import escape

from ptedi import cycles
from ptedi.cli import (
    auditing,
    batches,
    census,
    claims,
    closing,
    coding,
    deposits,
    explaining,
    files,
    night,
    partners,
    pricing,
    remits,
    reporting,
    serving,
    version,
)
from ptedi.cli import rework as reworking
from ptedi.cli.common import OUR_FAULT, err
from ptedi.errors import PtediError

app = typer.Typer(
    name="ptedi",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Claims of a physical-therapy practice: captured charges become validated 837P files, acknowledgements and "
    "835 remittances come back, every cent is reconciled, and what was denied waits for a person.\n\n"
    "Start with [bold]ptedi demo[/bold]: a whole night of a synthetic practice in ./demo.",
)
for module in (night, claims, census, batches, auditing, coding, pricing, partners, files, remits, deposits, closing,
               reworking, reporting, serving):  # fmt: skip
    module.add_to(app)
app.command("explain")(explaining.explain)
app.callback(invoke_without_command=True)(version.start)


_ROOM, _RIGHTS = "make room on the disk", "give back the right to write there"
_HINTS = {errno.ENOSPC: _ROOM, errno.EDQUOT: _ROOM, errno.EFBIG: _ROOM,
          errno.EROFS: _RIGHTS, errno.EACCES: _RIGHTS, errno.EPERM: _RIGHTS}  # fmt: skip


def main() -> None:
    """Entry point: known problems become one sentence and an exit code, never a traceback."""
    cycles.look_seldom()
    os.umask(0o077)  # whatever a command makes is its owner's alone
    try:
        app()
    except PtediError as problem:
        err.print(f"[bold red]ptedi:[/] {escape(str(problem))}", highlight=False)
        if problem.hint:
            err.print(f"  {escape(problem.hint)}", highlight=False)
        sys.exit(2)
    except OSError as problem:
        if isinstance(problem, BrokenPipeError):
            sys.exit(1)
        err.print(f"[bold red]ptedi:[/] {problem.strerror or type(problem).__name__}: {problem.filename or 'a file'}",
                  highlight=False)  # fmt: skip
        if problem.errno in _HINTS:
            err.print(f"  {_HINTS[problem.errno]}, then run the same command again", highlight=False)
        sys.exit(2)
    except Exception as problem:  # the last resort: our fault, said without what the data held
        if os.environ.get("PTEDI_DEBUG"):
            raise
        frame = traceback.extract_tb(problem.__traceback__)[-1]
        err.print(f"[bold red]ptedi:[/] a fault of ours: {type(problem).__name__} in {Path(frame.filename).name} line "
                  f"{frame.lineno}.  What was done before is kept; PTEDI_DEBUG=1 shows the whole trace (it may hold "
                  "patient data).", highlight=False)  # fmt: skip
        sys.exit(OUR_FAULT)
    except KeyboardInterrupt:
        err.print("stopped; what was done is kept, run the same command again to go on")
        sys.exit(130)
