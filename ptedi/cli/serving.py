"""`ptedi serve`, `ptedi people ...`: the workbench and who may sign in to it."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from ptedi import pipeline
from ptedi.cli.common import JsonOption, WorkspaceOption, emit, err, out, workspace_path
from ptedi.pipeline import people as register
from ptedi.pipeline import presence

people = typer.Typer(help="Who may sign in to the workbench (`ptedi serve`), and as what.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")]
RoleOption = Annotated[
    register.Role, typer.Option("--role", help="viewer looks; biller works the list; approver is the second person of "
                                               "a correction or write-off; administrator looks after people.")
]  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(serve)
    app.add_typer(people, name="people")


def serve(
    workspace: WorkspaceOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.  Beyond this machine only with TLS or a trusted "
                                           "proxy.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port.")] = 8037,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its private key (PEM).")] = None,
) -> None:  # fmt: skip
    """Serve the workbench: the pages to see the night, work the list and understand a claim.

    Listens on this machine only unless told otherwise.  Add yourself first: `ptedi people add NAME --role
    administrator`.
    """
    from ptedi.web.serve import run

    root = workspace_path(workspace)
    run(root, host=host, port=port, cert=tls_cert, key=tls_key, tell=lambda text: out.print(text, highlight=False))


@people.command()
def add(name: NameArgument, workspace: WorkspaceOption = None, role: RoleOption = register.Role.BILLER) -> None:
    """Let somebody sign in.

    Asks for a password; without a terminal it reads one from standard input, and makes one when there is none.
    """
    password, made = _password()
    with pipeline.open_night(workspace_path(workspace)) as night:
        person = register.make_person(night, name, role, password=password, by=_operator())
    out.print(f"{person.name} may sign in as {person.role.value}", highlight=False)
    _tell(password, made)


@people.command("list")
def list_people(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List who may sign in."""
    with pipeline.open_night(workspace_path(workspace)) as night:
        found = register.list_people(night)
    if as_json:
        emit(msgspec.to_builtins(found))
        return
    table = Table(box=None, pad_edge=False)
    for title in ("name", "role", "signs in", "last", "state"):
        table.add_column(title)
    for one in found:
        state = "locked" if one.locked else "waits after wrong passwords" if one.waits_until else ""
        last = f"{one.seen_at:%Y-%m-%d %H:%M}" if one.seen_at else "never"
        table.add_row(one.name, one.role.value, "by password" if one.source == "local" else one.source, last, state)
    out.print(table if found else "nobody yet: `ptedi people add NAME --role administrator`", highlight=False)


@people.command()
def role(name: NameArgument, role: Annotated[register.Role, typer.Argument(help="What they become.")],
         workspace: WorkspaceOption = None) -> None:  # fmt: skip
    """Make somebody something else; it holds from their next click on."""
    with pipeline.open_night(workspace_path(workspace)) as night:
        register.set_role(night, name, role, by=_operator())
    out.print(f"{name} is {role.value} now", highlight=False)


@people.command()
def lock(name: NameArgument, workspace: WorkspaceOption = None,
         off: Annotated[bool, typer.Option("--off", help="Let them in again.")] = False) -> None:  # fmt: skip
    """Keep somebody out, and sign them out everywhere."""
    with pipeline.open_night(workspace_path(workspace)) as night:
        (register.unlock if off else register.lock)(night, name, by=_operator())
    out.print(f"{name} may sign in again" if off else f"{name} is locked out", highlight=False)


@people.command()
def password(name: NameArgument, workspace: WorkspaceOption = None) -> None:
    """Give somebody another password and sign them out everywhere."""
    chosen, made = _password()
    with pipeline.open_night(workspace_path(workspace)) as night:
        register.set_password(night, name, chosen, by=_operator())
    out.print(f"{name} has another password and is signed out everywhere", highlight=False)
    _tell(chosen, made)


@people.command("log")
def access_log(
    workspace: WorkspaceOption = None,
    person: Annotated[str, typer.Option(help="Only of this person.", show_default=False)] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List who looked at what, newest first: ids only, never content."""
    with pipeline.open_night(workspace_path(workspace)) as night:
        rows = presence.accesses(night, limit=limit, person=person)
    if as_json:
        emit(msgspec.to_builtins(rows))
        return
    table = Table(box=None, pad_edge=False)
    for title in ("at (UTC)", "who", "what", "page", "of"):
        table.add_column(title)
    for one in rows:
        table.add_row(f"{one.at:%Y-%m-%d %H:%M:%S}", one.person, one.verb, one.page, one.object)
    out.print(table if rows else "nobody looked at anything yet", highlight=False)


def _operator() -> str:
    """Who acts on the command line: the account of the machine."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


def _password() -> tuple[str, bool]:
    """A password typed twice, read from a pipe, or made; whether it was made."""
    if not sys.stdin.isatty():
        given = sys.stdin.readline().rstrip("\r\n")
        return (given, False) if given else (register.new_password(), True)
    typed = str(typer.prompt("Password (nothing: make one)", hide_input=True, default="", show_default=False))
    if not typed:
        return register.new_password(), True
    if typed != typer.prompt("Once more", hide_input=True):
        raise typer.BadParameter("the two are not the same")
    return typed, False


def _tell(password: str, made: bool) -> None:
    if made:
        err.print("The password, told this once:", highlight=False)
        out.print(password, highlight=False, markup=False)
