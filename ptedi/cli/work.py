"""`ptedi work`: everything that waits for a person, in one grid; looked at, taken, noted, put off, closed."""

from __future__ import annotations

import getpass
from datetime import date
from decimal import Decimal, InvalidOperation
from textwrap import indent
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from ptedi import pipeline
from ptedi.cli.common import JsonOption, WorkspaceOption, day_option, emit, err, known_word, out, workspace_path
from ptedi.denials import Fault, actions
from ptedi.findings import counted
from ptedi.money import usd
from ptedi.store.work import WorkKind
from ptedi.store.worklist import WAITING, Order, Shown, WantedWork, WorkRow

Items = Annotated[list[int], typer.Argument(metavar="ITEM...", help="Numbers of items in `ptedi work`.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who acts.  Default: the name of the account.",
                                              show_default=False)]  # fmt: skip
Words = Annotated[str, typer.Option("--reason", "-r", help="Why; kept with the item.  No patient's name.")]
Several = list[str] | None
_KINDS = "denial, rejection, held, charge, unmatched, quarantine, parked, stale, pattern ..."
KindOption = Annotated[Several, typer.Option("--kind", "-k", help=_KINDS)]
LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many rows.")]


def add_to(group: typer.Typer) -> None:
    """Adds the commands to the group."""
    for name, command in (("list", list_items), ("show", show), ("take", take), ("return", give_back), ("note", note),
                          ("snooze", snooze), ("wake", wake), ("resolve", resolve), ("view", view)):  # fmt: skip
        group.command(name)(command)


def work(
    context: typer.Context, workspace: WorkspaceOption = None, kind: KindOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Resolved and snoozed items too.")] = False,
    limit: LimitOption = 30, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """List what waits for a person, most valuable and most urgent first.

    ptedi work --kind denial
    ptedi work list --kind denial --within 14 --owner nobody
    ptedi work --json | jq '.[] | select(.next_action == "APPEAL")'
    """
    if context.invoked_subcommand is not None:
        return
    known_word("kind", kind, [one.value for one in WorkKind])
    wanted = WantedWork(kinds=tuple(kind or ()), states=tuple(Shown) if everything else WAITING)
    _list(workspace, wanted, limit, 0, as_json)


def list_items(
    *,
    workspace: WorkspaceOption = None,
    kind: KindOption = None,
    category: Annotated[Several, typer.Option("--category", "-c", help="authorization, bundling, modifier ...")] = None,
    payer: Annotated[Several, typer.Option("--payer", "-p", help="Id of a payer.")] = None,
    reason: Annotated[Several, typer.Option("--reason", metavar="CARC", help="CO-97 or 97.")] = None,
    owner: Annotated[Several, typer.Option("--owner", "-o", help="Who has it; `nobody` for what is free.")] = None,
    clinic: Annotated[Several, typer.Option("--clinic", help="The practice's id of a clinic.")] = None,
    fault: Annotated[Several, typer.Option("--fault", help="front desk, clinician, billing, payer ...")] = None,
    claim: Annotated[str, typer.Option("--claim", help="Only this claim.")] = "",
    patient: Annotated[str, typer.Option("--patient", metavar="ID", help="The practice's own id, never a name.")] = "",
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First service date.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last service date.")] = None,
    within: Annotated[int | None, typer.Option("--within", metavar="DAYS", help="Deadline in at most so many days; "
                                               "those past it too.")] = None,
    at_least: Annotated[str | None, typer.Option("--at-least", metavar="AMOUNT", help="Least amount at stake.")] = None,
    state: Annotated[Several, typer.Option("--state", "-s", help="open, taken, snoozed, resolved.  Default: open and "
                                                                 "taken.")] = None,
    action: Annotated[Several, typer.Option("--action", help="APPEAL, CORRECT_RESUBMIT, BILL_PATIENT ...")] = None,
    order: Annotated[Order, typer.Option("--sort", help="What comes first.")] = Order.RANK,
    backwards: Annotated[bool, typer.Option("--backwards", help="The other way round.")] = False,
    use: Annotated[str | None, typer.Option("--view", metavar="NAME", help="The filter saved under this name; the "
                                            "other filters are left.")] = None,
    save: Annotated[str | None, typer.Option("--save", metavar="NAME", help="Save this filter under a name.")] = None,
    by: ByOption = None, limit: LimitOption = 30,
    page: Annotated[int, typer.Option("--page", min=1, help="Which page of so many rows.")] = 1,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """List items that fit every filter given (a repeated filter means any of its words), highest rank first.

        ptedi work list --kind denial --payer medicare-part-b --within 14
        ptedi work list --owner nobody --at-least 100 --save urgent
        ptedi work list --view urgent --page 2

    Rank = amount x chance of recovery x urgency; `ptedi work show ITEM` prints the figures.
    """
    known_word("kind", kind, [one.value for one in WorkKind])
    known_word("state", state, [one.value for one in Shown])
    known_word("fault", fault, [one.value for one in Fault])
    begin, end = day_option(first), day_option(last)
    if begin and end and begin > end:
        raise typer.BadParameter(f"--from {begin} is after --to {end}; give the earlier day first")
    wanted = WantedWork(
        kinds=tuple(kind or ()), categories=tuple(category or ()), payers=tuple(payer or ()), owners=tuple(owner or ()),
        reasons=tuple(one.upper() for one in reason or ()), clinics=tuple(clinic or ()), faults=tuple(fault or ()),
        claim=claim.strip().upper(), patient=patient, first=begin, last=end, within=within, at_least=_amount(at_least),
        states=tuple(state or WAITING), actions=tuple(map(actions.code, action or ())), order=order,
        backwards=backwards,
    )  # fmt: skip
    with pipeline.open_night(workspace_path(workspace)) as night:
        known_word("payer", payer, night.profiles.ids)
        wanted = pipeline.saved_view(night, use).wanted if use else wanted
        if save:
            pipeline.save_view(night, save, wanted, person(by))
    _list(workspace, wanted, limit, (page - 1) * limit, as_json)


def _amount(text: str | None) -> Decimal | None:
    try:
        found = None if text is None else Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if found is not None and not (found.is_finite() and abs(found) < 10**9):
        raise typer.BadParameter(f"{text!r} is not an amount like 100.00")
    return found


def _list(workspace: WorkspaceOption, wanted: WantedWork, limit: int, offset: int, as_json: bool) -> None:
    with pipeline.open_night(workspace_path(workspace)) as night:
        found = pipeline.work_list(night, wanted, limit=None if as_json else limit, offset=0 if as_json else offset)
    if as_json:
        emit(msgspec.to_builtins(found.rows))
        return
    right = {"justify": "right", "no_wrap": True}
    table = Table("#", "Kind", Column("Claim", no_wrap=True), "Patient", "Payer", Column("Service", no_wrap=True),
                  Column("Category", ratio=1, min_width=16), "Reason", Column("Next", ratio=1, min_width=12),
                  *(Column(name, **right) for name in ("Amount", "Age", "Left", "Rank")), "Owner")  # type: ignore[arg-type]
    for row in found.rows:
        table.add_row(str(row.id), row.kind, escape(row.claim or ""), escape(row.patient), escape(row.payer),
                      str(row.service_date or ""), escape(row.category or row.sentence[:60]), _reason(row),
                      escape(row.do), usd(row.amount), str(row.age), _left(row.days_left), str(row.priority),
                      escape(row.owner))  # fmt: skip
    out.print(table)
    rest = found.total.items - offset - len(found.rows)
    more = f", {rest} more not shown (--limit)" if rest > 0 else ""
    out.print(f"{counted(found.total.items, 'item')}, {usd(found.total.amount)} at stake{more}; "
              "`ptedi work show ITEM` shows one", highlight=False)  # fmt: skip


def _reason(row: WorkRow) -> str:
    return escape(" ".join(filter(None, (row.adjustment, *row.remarks.split()[:2]))))


def _do(row: WorkRow) -> str:
    """What to do; a block for a payer's file stands on lines of its own."""
    if "\n" in row.how:
        return f"{row.do}:\n{indent(row.how.rstrip(), ' ' * 18)}"
    return f"{row.do}. {row.how}" if row.how else row.do


def _left(days: int | None) -> str:
    return "" if days is None else f"[red]{days}[/]" if days <= 7 else str(days)


def show(
    item: Annotated[int, typer.Argument(metavar="ITEM", help="Number of the item in `ptedi work`.")],
    workspace: WorkspaceOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Show one item: why it waits, what to do, the figures of its rank, what would have stopped it, its history."""
    with pipeline.open_night(workspace_path(workspace)) as night:
        story = pipeline.work_story(night, item)
    if story is None:
        err.print(f"there is no work item {item}; `ptedi work` lists them", highlight=False)
        raise typer.Exit(2)
    if as_json:
        emit(msgspec.to_builtins(story))
        return
    row = story.row
    until = f" until {row.snoozed_until}" if row.snoozed_until else ""
    said = f": {story.resolution}" if story.resolution else ""
    parts = (row.claim, f"line {row.line}" if row.line else "", row.payer, row.patient, row.clinic,
             str(row.service_date or ""))  # fmt: skip
    facts = [
        ("", f"[bold]{row.id} {row.kind}[/] {escape(row.category)}  {row.state}{until}{escape(said)}"),
        ("claim" if row.claim else "about", escape(" ".join(filter(None, parts)))),
        *(("captured", escape(f"visit {one.visit} in {one.file}, {_rows(one.rows)}")) for one in story.captured),
        *(("came in", escape(f"{one.name} ({one.kind}), archive/{one.sha256[:2]}/{one.sha256}"))
          for one in (story.file,) if one is not None),
        ("check", f"{story.payment}: `ptedi remits show {story.payment}`" if story.payment else ""),
        ("why", escape(row.sentence)), ("reason", _reason(row)), ("decided by", escape(story.cited)),
        ("sure", " ".join(filter(None, (story.confidence, f"reworkable: {story.reworkable}" if story.reworkable else "",
                                        f"fault: {row.fault}" if row.fault else "")))),
        ("do", escape(_do(row))), ("type", escape(story.command)),
        ("deadline", f"{row.deadline or ''} {escape(row.deadline_basis)}"), ("rank", escape(story.formula.sentence)),
        ("owner", escape(row.owner)),
        *(("stopped by", f"{one.code} {escape(one.title)}") for one in story.prevention),
        *((f"{one.at:%Y-%m-%d %H:%M}", escape(" ".join(filter(None, (one.actor, one.action, one.detail)))))
          for one in story.history),
    ]  # fmt: skip
    for name, words in facts:
        if words.strip():
            out.print(f"{name:>16}  {words}", highlight=False)


def _rows(rows: tuple[int, ...]) -> str:
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows))}"


def take(
    items: Items,
    owner: Annotated[str, typer.Option("--for", metavar="NAME", help="Give them to somebody else.")] = "",
    over: Annotated[bool, typer.Option("--over", help="Also what another one has.")] = False,
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Take items, or give them to somebody.  What another one has is refused.

    ptedi work take 41 42 --for anna
    """
    with pipeline.open_night(workspace_path(workspace)) as night:
        done = pipeline.take_items(night, items, person(by), owner=owner, over=over)
    _told(done, f"taken for {owner}" if owner else "taken", as_json)


def give_back(
    items: Items, workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Give items back: they are nobody's again."""
    with pipeline.open_night(workspace_path(workspace)) as night:
        done = pipeline.return_items(night, items, person(by))
    _told(done, "given back", as_json)


def note(
    items: Items, text: Annotated[str, typer.Option("--text", "-t", help="Your words.  No patient's name.")],
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Keep words with items, closed ones too.

    ptedi work note 41 --text "the payer reprocesses it, reference 5512"
    """
    with pipeline.open_night(workspace_path(workspace)) as night:
        done = pipeline.note_items(night, items, person(by), text)
    _told(done, "noted", as_json)


def snooze(
    items: Items, until: Annotated[str, typer.Option("--until", metavar="DATE", help="The day they come back.")],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why.  No patient's name.")] = "",
    anyway: Annotated[bool, typer.Option("--anyway", help="Beyond the deadline too.")] = False,
    workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Take items off the list until a day; not beyond their deadline.

    ptedi work snooze 41 --until 2026-12-01 --reason "the payer calls back"
    """
    day: date | None = day_option(until)
    assert day is not None  # noqa: S101 - a required option
    with pipeline.open_night(workspace_path(workspace)) as night:
        done = pipeline.snooze_items(night, items, person(by), day, reason=reason, past_deadline=anyway)
    _told(done, f"put off until {day}", as_json)


def wake(items: Items, workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False) -> None:
    """Put snoozed items back on the list now."""
    with pipeline.open_night(workspace_path(workspace)) as night:
        done = pipeline.wake_items(night, items, person(by))
    _told(done, "back on the list", as_json)


def resolve(
    items: Items, reason: Words, workspace: WorkspaceOption = None, by: ByOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Close items with a reason.  Nothing is written off by that: the books stay as they are.

    ptedi work resolve 41 42 43 --reason "reprocessed by the payer"
    """
    with pipeline.open_night(workspace_path(workspace)) as night:
        done = pipeline.resolve_items(night, items, person(by), reason)
    _told(done, "closed", as_json)


def view(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A saved view; without it all are listed.")] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Forget this view.")] = False,
    workspace: WorkspaceOption = None, limit: LimitOption = 30, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """List the saved views, or the items of one.  `ptedi work list ... --save NAME` saves one.

    ptedi work view urgent
    """
    with pipeline.open_night(workspace_path(workspace)) as night:
        if name and forget:
            pipeline.forget_view(night, name)
            out.print(f"there is no view {escape(name)} any more", highlight=False)
            return
        found = pipeline.saved_views(night) if name is None else [pipeline.saved_view(night, name)]
    if name is not None:
        _list(workspace, found[0].wanted, limit, 0, as_json)
    elif as_json:
        emit(msgspec.to_builtins(found))
    else:
        for one in found:
            out.print(f"[bold]{escape(one.name)}[/] by {escape(one.saved_by)}, {one.at:%Y-%m-%d}: "
                      f"{escape(_filters(one.wanted))}", highlight=False)  # fmt: skip
        if not found:
            out.print("no views; `ptedi work list ... --save NAME` saves one")


def _filters(wanted: WantedWork) -> str:
    plain, mine = msgspec.to_builtins(WantedWork()), msgspec.to_builtins(wanted)
    told = {name: value for name, value in mine.items() if value != plain[name]}
    return "; ".join(f"{name} {' or '.join(map(str, value)) if isinstance(value, list | tuple) else value}"
                     for name, value in told.items()) or "everything that waits"  # fmt: skip


def person(by: str | None) -> str:
    """Who acts: who is named, else the account."""
    return (by or getpass.getuser())[:64]


def _told(done: pipeline.Done, what: str, as_json: bool) -> None:
    """Says what became of several items; exit code 1 when something was refused."""
    if as_json:
        emit(msgspec.to_builtins(done))
    else:
        if done.items:
            out.print(f"{counted(len(done.items), 'item')} {what}: {' '.join(map(str, done.items))}", highlight=False)
        for one in done.refused:
            err.print(f"item {one.item}: {escape(one.why)}", highlight=False)
    raise typer.Exit(1 if done.refused else 0)
