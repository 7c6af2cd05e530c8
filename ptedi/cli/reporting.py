"""`ptedi report NAME`: key figures, aging, denials, payments and the like, for people, spreadsheets and programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ptedi import pipeline
from ptedi.cli.common import JsonOption, WorkspaceOption, day_option, emit, err, out, workspace_path

if TYPE_CHECKING:
    from ptedi.reports.practice.report import Report, View

FORMATS = ("table", "csv", "parquet", "xlsx", "html")
_SHOWN = 60  # rows of a table on the screen


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("report")(report)


def report(
    name: Annotated[str, typer.Argument(help="kpis, aging, denials, payments, underpayments, unbilled, productivity, "
                                             "cash; `list` tells what each is and what it can be split by.")],
    start: Annotated[str | None, typer.Option("--from", help="First day, 2026-11-01.  Default: 30 days in all.",
                                              show_default=False)] = None,
    to: Annotated[list[str] | None, typer.Option("--to", help="Last day (default: today), or a format: table, csv, "
                                                 "parquet, xlsx, html; twice for both.", show_default=False)] = None,
    by: Annotated[str, typer.Option("--by", help="What to split it by: payer,clinic,therapist,code.",
                                    show_default=False)] = "",
    rows: Annotated[str, typer.Option("--rows", help="Also the rows behind the figures, down to file, segment and "
                                      "byte: for kpis the key of one figure (denial_rate), else `all`.",
                                      show_default=False)] = "",
    target: Annotated[Path | None, typer.Option("--out", "-o", help="The file to write; its ending tells the format.",
                                                show_default=False)] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Report on the practice: each number is made of rows, and `--rows` lists them.

        ptedi report list
        ptedi report kpis --from 2026-11-01 --to 2026-11-30 --by payer
        ptedi report kpis --rows denial_rate --to csv -o denied.csv
        ptedi report denials --by payer,code --to 2026-11-30 --to html -o denials.html

    Amounts are exact; an empty window says so.  Files are private (0600) and state their filter and time.
    """
    if name == "list":
        _list(as_json=as_json)
        return
    last, format_ = _last_and_format(to or (), target)
    if format_ != "table" and target is None:
        raise typer.BadParameter(f"--to {format_} needs a file: --out report.{format_}")
    split = [word.strip() for word in by.split(",") if word.strip()]
    with pipeline.open_night(workspace_path(workspace)) as night, err.status("reading the store"):
        made = pipeline.report(night, name, first=day_option(start), last=last, by=split, rows=rows)
        written = _write(made, format_, target, night.practice.billing.name) if target else []
    if as_json:
        emit(_plain(made) | {"files": [str(path) for path in written]})
    elif written:
        for path in written:
            out.print(escape(str(path)), highlight=False)
    else:
        _show(made)


def _last_and_format(words: list[str] | tuple[str, ...], target: Path | None) -> tuple[date | None, str]:
    """What the values of --to mean, each a day or a format; else the ending of the file tells the format."""
    formats = [word for word in words if word in FORMATS]
    days = [word for word in words if word not in FORMATS]
    if len(formats) > 1 or len(days) > 1:
        raise typer.BadParameter("--to takes one day and one format")
    last = None
    if days:
        try:
            last = date.fromisoformat(days[0])
        except ValueError:
            raise typer.BadParameter(f"{days[0]!r} is neither a day like 2026-11-20 nor one of {', '.join(FORMATS)}"
                                     ) from None  # fmt: skip
    ending = target.suffix.lstrip(".") if target else "table"
    chosen = formats[0] if formats else ending
    if chosen not in FORMATS or (target and chosen == "table"):
        raise typer.BadParameter(f"no format for {target}; name one: --to {', '.join(FORMATS[1:])}")
    return last, chosen


def _write(made: Report, format_: str, target: Path, practice: str) -> list[Path]:
    from ptedi.reports.practice.files import To, write

    return write(made, To(format_), target, practice)


def _list(*, as_json: bool) -> None:
    from ptedi.reports.practice.catalogue import KPIS
    from ptedi.reports.practice.make import REPORTS

    if as_json:
        emit({"reports": [{"name": r.name, "title": r.title, "by": r.by, "days": r.days} for r in REPORTS.values()],
              "kpis": [{"key": k.key, "name": k.name, "formula": k.formula, "counts": k.counts, "unit": k.unit,
                        "target": k.target, "source": k.source} for k in KPIS]})  # fmt: skip
        return
    table = Table("Report", "What", "Can be split by", "The days choose")
    for one in REPORTS.values():
        table.add_row(one.name, one.title, ", ".join(one.by), one.days)
    out.print(table)
    figures = Table("Key figure", "Formula", "The days choose", "Usual target")
    for kpi in KPIS:
        figures.add_row(kpi.key, kpi.formula, kpi.counts, kpi.target)
    out.print(figures)


def _plain(made: Report) -> dict[str, Any]:
    """The report as JSON values, amounts as decimal strings."""
    views = {view.key: _rows(view) for view in made.views}
    return {
        "report": made.name, "title": made.title, "first": made.window.first, "last": made.window.last, "by": made.by,
        "made_at": made.made_at, "empty": made.is_empty, "views": views, "method": made.method,
        **({"rows": _rows(made.rows)} if made.rows is not None else {}),
    }  # fmt: skip


def _rows(view: View) -> list[dict[str, object]]:
    names = [column.key for column in view.columns]
    return [dict(zip(names, row, strict=True)) for row in view.rows()]


def _show(made: Report) -> None:
    out.print(f"[bold]{escape(made.title)}[/]  {made.selection}", highlight=False)
    if made.is_empty:
        out.print("no rows in these days: there is nothing to tell", highlight=False)
    for view in [*made.views, *([made.rows] if made.rows is not None else [])]:
        _table(view)
    for line in made.method:
        out.print(f"[dim]{escape(line)}[/]", highlight=False)


def _cells(view: View, rows: Sequence[Sequence[object]]) -> list[list[str]]:
    """What is shown, in words; the total, if there is one, last."""
    from ptedi.reports.practice.report import words

    shown = [[words(c.show, cell) for c, cell in zip(view.shown(), row, strict=True)] for row in rows[:_SHOWN]]
    if total := view.total_row():
        told = [words(c.show, cell) for c, cell in zip(view.shown()[1:], total[1:], strict=True)]
        shown.append([str(total[0]), *told])
    return shown


def _table(view: View) -> None:
    from ptedi.reports.practice.report import Show

    rows = view.rows(people=True)
    if not rows or view.machines:
        return
    columns, cells = view.shown(), _cells(view, rows)
    table = Table(title=escape(view.title), title_justify="left")
    for column in columns:
        text = column.show in (Show.TEXT, Show.DAY)
        table.add_column(column.label, justify="left" if text else "right", no_wrap=not text or column.name == "claim",
                         overflow="fold")
    for row in cells[: len(rows[:_SHOWN])]:
        table.add_row(*map(escape, row))
    if view.total_row():
        table.add_section()
        table.add_row(*map(escape, cells[-1]), style="bold")
    if out.needed(table) > out.width:  # headings of several words in several lines
        for one in table.columns:
            one.header = str(one.header).replace(" ", "\n") if one.justify == "right" else one.header
    out.print(table)
    if len(rows) > _SHOWN:
        out.print(f"{len(rows) - _SHOWN:,} more rows; --to csv --out FILE has all", highlight=False)
