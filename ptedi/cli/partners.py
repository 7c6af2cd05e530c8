"""`ptedi partners`: who carries which payer's claims, and whether the way to them works."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from ptedi.cli.batches import ByOption, ReasonOption
from ptedi.cli.common import JsonOption, WorkspaceOption, emit, out, workspace_path
from ptedi.cli.rework import person
from ptedi.config import Workspace
from ptedi.errors import ConfigurationError
from ptedi.findings import counted
from ptedi.payers.partner import TradingPartner
from ptedi.steps.channels import example, way
from ptedi.store.standings import Standing

partners = typer.Typer(help="Trading partners: who carries which claims, does the way to them work.",
                       no_args_is_help=True)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(partners, name="partners")


@partners.command("list")
def list_partners(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Each partner with its ids, its way and the payers whose claims it carries."""
    from ptedi.claims.practice import time_zone
    from ptedi.payers import profile

    opened, known = _open(workspace)
    profiles, zone = profile.load(opened.root / "payers"), time_zone(opened.table("practice"))
    rows = [
        {"id": one.id, "name": one.name, "sender": one.sender_id, "receiver": one.receiver_id, "way": way(one),
         "usage": one.usage_indicator(opened.environment), "example_file": example(one, opened.environment, zone),
         "payers": sorted(p.id for p in profiles.values() if p.partner == one.id or len(known) == 1)}
        for one in known.values()
    ]  # fmt: skip
    if as_json:
        emit(rows)
        return
    for row in rows:
        out.print(f"[bold]{escape(str(row['id']))}[/]  {escape(str(row['name']))}: {row['sender']} to "
                  f"{row['receiver']}, ISA15 {row['usage']}, {escape(str(row['way']))}", highlight=False)  # fmt: skip
        out.print(f"  files like {row['example_file']}; payers: {escape(', '.join(row['payers']) or 'none')}",
                  highlight=False)  # fmt: skip


@partners.command("try")
def try_partner(
    name: Annotated[str, typer.Argument(help="The partner's id in ptedi.toml.")],
    write: Annotated[bool, typer.Option("--write", help="Also lay a file ready under a temporary name, compare it and "
                                                        "take it away again.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Log in at a partner and look around; no claim leaves, no file is fetched.

    A channel that the partner had refused opens again when this works.
    """
    from ptedi.transport import open_channel, try_out

    opened, known = _open(workspace)
    if name not in known:
        raise ConfigurationError(f"ptedi.toml has no partner {name}", hint=f"it has {', '.join(sorted(known))}")
    channel = open_channel(known[name], opened.root, once_more=True)
    told = try_out(channel, write=write)
    channel.close()
    if as_json:
        emit({"partner": name, "way": way(known[name]), "waiting": told.waiting, "written": told.written,
              "refused": [one.as_json() for one in told.refused]})  # fmt: skip
        return
    out.print(f"[green]the way to {escape(name)} works[/]: {counted(told.waiting, 'file')} waiting for us",
              highlight=False)
    if write:
        seen = "arrived whole and was taken away" if told.written else "was taken; the server does not show it to us"
        out.print(f"  a test file {seen}", highlight=False)
    for one in told.refused:
        out.print(f"  {one.code} {escape(one.message)} ({escape(one.value or '')})", highlight=False)


@partners.command("test")
def send_test(
    name: Annotated[str, typer.Argument(help="The partner's id in ptedi.toml.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send a test file: an 837P marked T with one invented patient; no claim of yours is in it.

    It leaves a test workspace only.  What comes back is collected like any answer; `ptedi batch show` tells it.
    """
    from ptedi.pipeline import channels, open_night

    with open_night(workspace_path(workspace)) as night:
        if name not in night.partners:
            raise ConfigurationError(f"ptedi.toml has no partner {name}", hint=f"it has {', '.join(night.partners)}")
        made = channels.send_trial(night, name)
    if as_json:
        emit({"partner": name, "batch": made.batch_id, "file": made.file, "state": made.state})
        return
    out.print(f"test file {escape(made.file)} is batch {made.batch_id}, {made.state}; `ptedi collect` fetches what "
              f"comes back, `ptedi batch show {made.batch_id}` tells it", highlight=False)  # fmt: skip


@partners.command("numbers")
def numbers(
    whose: Annotated[str | None, typer.Argument(metavar="[PARTNER]", show_default=False, help=(
        "Only of this partner; or the practice's id, whose series is CLM01."))] = None,
    start: Annotated[list[str] | None, typer.Option("--start", metavar="SERIES=NUMBER", show_default=False, help=(
        "The number that comes next, such as ISA13=4711.  Several are possible; all hold or none."))] = None,
    reason: ReasonOption = "",
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """The series of control numbers: ISA13, GS06, ST02, BHT03 of each partner, CLM01 of the practice.

    Each begins at 1 and has no gap; its log says what every number was used for.  Exit code 1 when a log has a gap.

    A partner that counts already, from the system before this one, refuses a number it had (TA1 025).  Say what comes
    next before the first file, one above the last number of that system:

        ptedi partners numbers harbor --start ISA13=4711 --start GS06=4711 --reason "moved from the old system"

    It goes forward only: may be said again until the number is used, and never below what was given out.  Who said it
    and why is kept with the decisions, and `ptedi audit verify` proves the series from there on.
    """
    from ptedi.pipeline import open_night
    from ptedi.steps.first_numbers import begin_series
    from ptedi.steps.numbering import where_they_stand

    first = _numbers(start or ())
    if first and whose is None:
        raise typer.BadParameter("say whose series: ptedi partners numbers PARTNER --start ...")
    with open_night(workspace_path(workspace)) as night:
        if first and whose is not None:
            begin_series(night, whose, first, person(by), reason)
        elif whose is not None and whose not in {*night.partners, night.practice.id}:
            raise ConfigurationError(f"ptedi.toml has no partner {whose}", hint=f"it has {', '.join(night.partners)}")
        told = [one for one in where_they_stand(night) if whose in (None, one.key.partner_id)]
    if as_json:
        emit([_series(one) for one in told])
    else:
        _tell_series(told)
    raise typer.Exit(0 if all(one.is_whole for one in told) else 1)


def _numbers(words: Iterable[str]) -> dict[str, int]:
    """What `--start` says."""
    found: dict[str, int] = {}
    for word in words:
        name, _, number = word.partition("=")
        if not re.fullmatch(r"[0-9]{1,12}", number.strip(), re.ASCII):
            raise typer.BadParameter(f"{word!r} is not like ISA13=4711", param_hint="--start")
        if found.setdefault(key := name.strip().upper(), int(number)) != int(number):
            raise typer.BadParameter(f"{key} is said twice", param_hint="--start")
    return found


def _series(one: Standing) -> dict[str, object]:
    return {
        "of": one.key.partner_id, "environment": one.key.environment, "series": one.key.name, "first": one.first,
        "last": one.last, "at": one.at.isoformat() if one.at else None, "whole": one.is_whole,
        "starts": [{"after": each.after, "first": each.value, "by": each.actor, "reason": each.reason,
                    "at": each.at.isoformat()} for each in one.starts],
    }  # fmt: skip


def _tell_series(told: Sequence[Standing]) -> None:
    first, coming = (Column(words, justify="right") for words in ("First", "Next"))
    table = Table("Of", "World", "Series", first, coming, "Given out", "Log")
    for one in told:
        noted = f"{counted(one.noted, 'number')} up to {one.top}"
        state = "[green]whole[/]" if one.is_whole else f"[bold red]{noted}[/]"
        table.add_row(escape(one.key.partner_id), one.key.environment, one.key.name, str(one.first), str(one.last + 1),
                      f"{one.at:%Y-%m-%d %H:%M}" if one.at else "", state)  # fmt: skip
    out.print(table)
    for one in told:
        for each in one.starts:
            out.print(f"{escape(str(one.key))}: {each.value} after {each.after}, {escape(each.actor)} "
                      f"{each.at:%Y-%m-%d %H:%M}: {escape(each.reason)}", highlight=False)  # fmt: skip


def _open(workspace: Path | None) -> tuple[Workspace, dict[str, TradingPartner]]:
    """The settings alone; the database is not needed to look at partners."""
    from ptedi.config import open_workspace
    from ptedi.payers import partner

    opened = open_workspace(workspace_path(workspace))
    return opened, partner.load(opened.table("partners"))
