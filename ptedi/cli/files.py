"""`ptedi check` and `ptedi read`: X12 files, no workspace needed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ptedi.cli.common import err, out
from ptedi.findings import Finding, Severity, counted
from ptedi.reports.formats import Format as TableFormat

if TYPE_CHECKING:
    from ptedi.checks.file import FileReport

_COLOUR = {Severity.ERROR: "red", Severity.HOLD: "magenta", Severity.WARNING: "yellow", Severity.INFO: "dim"}


class Format(StrEnum):
    """How to print."""

    TEXT = "text"
    JSON = "json"


Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="X12 files of any kind.", show_default=False)]
LinesOption = Annotated[bool, typer.Option("--json", help="The same as --format json.")]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="`json`: one JSON object per file and line.")]
LenientOption = Annotated[bool, typer.Option("--lenient", help="Recover what careless senders write: no ISA, "
                                                               "collapsed blanks, `U` in ISA11.")]  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("check")(check)
    app.command("read")(read)


def check(  # noqa: PLR0917 - one parameter an option
    files: Files,
    format: FormatOption = Format.TEXT,
    lenient: LenientOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the verdicts.")] = False,
    ack: Annotated[Path | None, typer.Option("--ack", metavar="OUT.999", help="Write the 999 of one FILE (a TA1 "
                                       "when its interchange is refused).")] = None,
    ta1: Annotated[Path | None, typer.Option("--ta1", metavar="OUT.ta1", help="Write the TA1 of one FILE.")] = None,
    number: Annotated[int, typer.Option("--control-number", min=1, max=999_999_999,
                                        help="ISA13 and GS06 of what --ack and --ta1 write.")] = 1,
    severity: Annotated[list[str] | None, typer.Option("--severity", metavar="CODE=LEVEL", help="Another severity of "
                                    "a finding: error, hold, warning or info.", show_default=False)] = None,
    codes: Annotated[Path | None, typer.Option("--codes", metavar="DIR", help="Folder of official code tables (that "
                                               "of a workspace, filled by `ptedi codes load`).")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="How many processes check: several files at "
                                      "a time, and large files cut between their sets.")] = 1,
    as_json: LinesOption = False,
) -> None:  # fmt: skip
    """Check X12 files: envelope, implementation guide, balancing, situational rules, codes.

    Each finding says its code, where it stands (segment from ST, element, loop, claim, byte) and what to do;
    `ptedi explain CODE` prints the whole page of a code.

    Exit code: 0 nothing worse than warnings, 1 errors found, 2 a file could not be read at all.

        ptedi check claims.837
        ptedi check *.835 --format json | jq 'select(.verdict != "accepted")'
        ptedi check claims.837 --ack claims.999
        ptedi check examples/*.edi --severity CV001=warning
        ptedi check outbound/*.837 --jobs 4 --quiet
    """
    from ptedi.checks import check_files
    from ptedi.codes import table

    if codes is not None:
        table.use(codes)
    severities = dict(map(_severity, severity or ()))
    if (ack or ta1) and len(files) > 1:
        raise typer.BadParameter("--ack and --ta1 answer one file at a time")
    code = 0
    report: FileReport
    for path, report in zip(files, check_files(files, jobs=jobs, lenient=lenient, severities=severities), strict=True):
        if ack or ta1:
            _answer(report, ack, ta1, number)
        code = max(code, {"accepted": 0, "rejected": 1, "unreadable": 2}.get(report.verdict, 1))
        if as_json or format is Format.JSON:
            typer.echo(json.dumps(report.as_json(str(path))))
            continue
        colour = {"accepted": "green", "rejected": "red"}.get(report.verdict, "magenta")
        sets = ", ".join(f"{t.set} {t.control_number} ({counted(t.claims, 'claim')})" for t in report.transactions[:6])
        more = f" and {len(report.transactions) - 6} more" if len(report.transactions) > 6 else ""
        out.print(f"[bold {colour}]{report.verdict}[/] {escape(str(path))}  {escape(sets)}{more}", highlight=False)
        for finding in () if quiet else report.findings:
            place = " ".join(filter(None, (
                f"segment {finding.segment_position}" if finding.segment_position else "",
                finding.element or finding.segment or "",
                f"loop {finding.loop}" if finding.loop else "",
                f"claim {finding.claim}" if finding.claim else "",
                f"byte {finding.byte_offset}" if finding.byte_offset is not None else "",
            )))  # fmt: skip
            out.print(f"  [{_COLOUR[finding.severity]}]{finding.severity.value:7}[/] [bold]{finding.code}[/] "
                      f"{escape(finding.message)}  [dim]{escape(place)}[/]", highlight=False)  # fmt: skip
            if finding.hint:
                out.print(f"          [dim]{escape(finding.hint)}[/]", highlight=False)
    raise typer.Exit(code)


def _severity(text: str) -> tuple[str, Severity]:
    """CODE=LEVEL."""
    from ptedi.checks.explain import find

    code, _, level = text.partition("=")
    found = find(code)
    if not found or level.lower() not in set(Severity):
        raise typer.BadParameter(f"{text}: write CODE=LEVEL, such as CV001=warning", param_hint="--severity")
    return found[0].code, Severity(level.lower())


def _answer(report: FileReport, ack: Path | None, ta1: Path | None, number: int) -> None:
    """Writes the acknowledgements asked for; a file without a readable interchange has none."""
    from ptedi.checks import acknowledge
    from ptedi.disk import write_whole
    from ptedi.transactions.answer import AnswerHeader

    first = report.structure.interchanges[0].header if report.structure and report.structure.interchanges else None
    if first is None:
        err.print("no interchange could be read, so there is nothing to acknowledge", highlight=False)
        return
    answer = acknowledge.answer(report, control_number=number, created=_local_now()) if ack else None
    if ack and answer is None:
        err.print("acknowledgements are not acknowledged; nothing was written", highlight=False)
    elif ack and answer is not None:
        write_whole(ack, answer)
    if ta1:
        header = AnswerHeader(
            sender_qualifier=first.receiver_qualifier, sender_id=first.receiver_id,
            receiver_qualifier=first.sender_qualifier, receiver_id=first.sender_id, control_number=number,
            group_control_number=number, created=_local_now(), usage=first.usage or "T",
        )  # fmt: skip
        write_whole(ta1, acknowledge.write_ta1(report, header))


def _local_now() -> datetime:
    """The date and time of an answer: the practice's own where there is a workspace here that says its time zone."""
    from ptedi import dates
    from ptedi.claims.practice import time_zone
    from ptedi.config import find_workspace, open_workspace

    found = find_workspace()
    return dates.now_in(time_zone(open_workspace(found).table("practice")) if found else UTC)


def read(
    files: Files,
    format: FormatOption = Format.TEXT,
    to: Annotated[TableFormat | None, typer.Option("--to", help="Write the 835s as tables into --out.")] = None,
    folder: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder of the tables.")] = None,
    partition: Annotated[str, typer.Option("--partition", metavar="practice,month", show_default=False, help="With "
                                           "--to parquet: add to partitions, in the place of the same files' rows."
                                           )] = "",
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Folders below a folder, too.")] = False,
    as_json: LinesOption = False,
) -> None:
    """Read X12 files into what they mean: payments and lines of an 835, claims of an 837P, acknowledgements.

    FILE may be a folder or a pattern.  JSON is one object per file and line.  With --to the remittances among the
    files become tables (payments, claims, lines, adjustments, amounts, reference_numbers, provider_summaries ...);
    docs/remittance_tables.md tells their columns.
    Exit code 1 when the end of a file is missing, 2 when a file could not be read at all.

        ptedi read era.835
        ptedi read era.835 --format json | jq '.payments[].claims[] | {patient_control_number, paid}'
        ptedi read eras/ --recursive --to parquet --out tables
        ptedi read eras/ --to parquet --partition practice,month --out lake
    """
    from ptedi.cli.tables import export
    from ptedi.reports.sources import expand

    found = expand(files, recursive=recursive)
    if (to is None) != (folder is None):
        raise typer.BadParameter("--to and --out go together")
    if partition and (to is not TableFormat.PARQUET or partition.replace(" ", "") != "practice,month"):
        raise typer.BadParameter("--partition practice,month goes with --to parquet")
    if to is not None and folder is not None:
        raise typer.Exit(export(found, to, folder, partitioned=bool(partition)))
    raise typer.Exit(_show(found, Format.JSON if as_json else format))


def _show(files: list[Path], format: Format) -> int:
    """Prints each file; 1 when the end of one is missing, 2 when one could not be read at all."""
    from ptedi.cli.reading import show
    from ptedi.transactions.as_json import cut_off, read_file

    code = 0
    for path in files:
        try:
            content = read_file(path.read_bytes())
        except OSError as problem:
            why = problem.strerror or "cannot be opened"
            err.print(f"{escape(str(path))}: {escape(why)}", highlight=False)
            if format is Format.JSON:
                lost = Finding(code="CX002", severity=Severity.ERROR, message=f"The file cannot be opened: {why}.")
                typer.echo(json.dumps({"file": str(path), "kinds": [], "findings": [lost.as_json()]}))
            code = 2
            continue
        cut = cut_off(content)
        code = max(code, 2 if not content.get("kinds") else 1 if cut else 0)
        if format is Format.JSON:
            typer.echo(json.dumps({"file": str(path), **content}))
        else:
            show(str(path), content)
            if cut:
                out.print(f"  [bold]The end is missing[/]: `ptedi check {escape(str(path))}` tells more",
                          highlight=False)  # fmt: skip
    return code
