"""How `ptedi claim` shows one claim to a person."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Column, Table

from ptedi.cli.common import out
from ptedi.money import ZERO, usd
from ptedi.steps.evidence import Evidence, RawSegment
from ptedi.steps.views import ClaimStory
from ptedi.store.views import EventRow, PostingRow
from ptedi.submissions.status import State


def show(story: ClaimStory) -> None:
    """Prints the story of one claim."""
    _head(story)
    _lines(story)
    for finding in story.findings:
        out.print(f"  [bold]{finding.severity.value} {finding.code}[/] {escape(finding.message)}", highlight=False)
        if finding.hint:
            out.print(f"    [dim]{escape(finding.hint)}[/]", highlight=False)
    _timeline(story.events)
    _postings(story)
    for item in story.work:
        deadline = f", by {item.deadline} ({item.deadline_basis})" if item.deadline else ""
        which = "" if item.line is None else f", line {item.line}"
        head = f"[bold]Work {item.id}[/] {item.state}{which}"
        out.print(f"{head}: {escape(item.sentence)}  ->  {escape(item.do)}{deadline}", highlight=False)
        if item.how:
            out.print(f"    [dim]{escape(item.how)}[/]", highlight=False)


def _head(story: ClaimStory) -> None:
    row, claim = story.claim, story.coded.claim
    out.print(f"[bold]Claim {row.patient_control_number}[/]  {row.state}  service {row.service_date}  "
              f"{escape(claim.payer.name)}", highlight=False)  # fmt: skip
    out.print(f"charge {usd(row.charge)} = paid {usd(row.paid)} + adjusted {usd(row.adjusted)} "
              f"+ patient {usd(row.patient)} + open {usd(row.open)}", highlight=False)  # fmt: skip
    if row.state == State.SUPERSEDED:
        after = ", ".join(story.successors) or "its visit, which has no claim yet"
        out.print(f"superseded by [bold]{escape(after)}[/]", highlight=False)
    if story.replaces:
        out.print(f"in the place of {', '.join(story.replaces)}", highlight=False)
    out.print(f"[dim]visit {escape(', '.join(story.coded.visit_ids))}; captured in {escape(_origin(story))}[/]",
              highlight=False)  # fmt: skip


def _origin(story: ClaimStory) -> str:
    """The charge files by the name they came under and the beginning of their sha256, and the rows of each."""
    found: dict[str, set[int]] = {}
    for source in (source for trace in story.coded.trace for source in trace.rows):
        found.setdefault(source.file_sha256, set()).add(source.row)
    return "; ".join(
        f"{story.file_names.get(sha256, 'file')} ({sha256[:12]}…) row{'s' if len(rows) > 1 else ''} "
        f"{', '.join(map(str, sorted(rows)))}" for sha256, rows in sorted(found.items())
    )  # fmt: skip


def _lines(story: ClaimStory) -> None:
    several = len(story.coded.visit_ids) > 1
    table = Table("Line", *(["Date"] if several else []), "Code", "Units", "Minutes", "Charge", "Diagnoses", "Why")
    why = {trace.line: trace for trace in story.coded.trace}
    for line in story.coded.claim.lines:
        trace = why.get(line.number)
        reasons = "\n".join(f"{r.subject}: {r.message}" for r in trace.reasons) if trace else ""
        codes = " ".join(story.coded.claim.diagnoses[p - 1] for p in line.pointers)
        days = [str(line.service_date)] if several else []
        table.add_row(str(line.number), *days, " ".join((line.procedure, *line.modifiers)), str(line.units),
                      str(trace.minutes) if trace else "", usd(line.charge), codes, escape(reasons))  # fmt: skip
    out.print(table)
    for note in story.coded.notes:
        out.print(f"  [dim]{escape(note.subject)}: {escape(note.message)}[/]", highlight=False)


def _place(row: EventRow | PostingRow) -> str:
    if not row.file:
        return ""
    where = f" segment {row.segment_index} byte {row.byte_offset}" if row.segment_index is not None else ""
    return f"{row.file}{where}"


def _timeline(events: tuple[EventRow, ...]) -> None:
    evidence = Column("Evidence", overflow="fold")  # two files of a night differ in the end of their names
    table = Table("When", "What", "State", "Who", "Detail", evidence, title="Timeline, newest first",
                  title_justify="left")  # fmt: skip
    for row in events:
        table.add_row(f"{row.at:%Y-%m-%d %H:%M}", row.event, row.state_after, row.actor, escape(row.detail),
                      escape(_place(row)))  # fmt: skip
    out.print(table)


def _postings(story: ClaimStory) -> None:
    table = Table("Date", "Account", "Line", "Adjustment", "Debit", "Credit", "Source", "Origin", title="Ledger",
                  title_justify="left")  # fmt: skip
    for row in story.postings:
        debit, credit = (usd(row.amount), "") if row.amount > ZERO else ("", usd(-row.amount))
        table.add_row(str(row.effective_date), row.account, str(row.line or ""), row.adjustment, debit, credit,
                      row.source, escape(_place(row)))  # fmt: skip
    out.print(table)


def show_evidence(found: Iterable[Evidence]) -> None:
    """Prints the segments behind a claim's events, words beside them."""
    for one in found:
        out.print()
        out.print(f"[bold]{escape(', '.join(one.events))}[/]  {escape(one.file)} ({one.set_id})", highlight=False)
        for segment in one.segments:
            show_segment(segment)


def show_segment(segment: RawSegment, indent: str = "  ") -> None:
    """Prints one segment: where it stands, the segment, its name, and each value with its name and meaning."""
    out.print(f"{indent}[dim]{segment.index:>6} @{segment.offset}[/] [bold]{escape(segment.text)}[/]", highlight=False)
    out.print(f"{indent}       {escape(f'{segment.loop} {segment.name}'.strip())}", highlight=False)
    for value in segment.values:
        means = f" = {value.meaning}" if value.meaning else ""
        words = f"{value.ref} {value.name}: {value.value}{means}"
        out.print(f"{indent}         [dim]{escape(words)}[/]", highlight=False)
