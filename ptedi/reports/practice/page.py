"""A report as one self-contained HTML page: own style, pictures inside, no script, nothing fetched."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from ptedi import __version__
from ptedi.reports.practice import charts
from ptedi.reports.practice.report import Report, Show, View, words

MOST_ROWS = 2_000  # a browser shows more, nobody reads them; the other formats have all
_NUMBERS = frozenset({Show.DAY, Show.COUNT, Show.MONEY, Show.RATE, Show.NUMBER})
_DAYS = re.compile(r"(after )?[A-Z][a-z]{2} \d+(-([A-Z][a-z]{2} )?\d+)?")
_BETWEEN = re.compile(r"(?<=-)(?=[A-Z])|(?<=after) |(?<=[a-z]) (?=\d+-\d)")
_TEMPLATE = Path(__file__).with_name("page.html.j2")


def html(report: Report, practice: str = "") -> str:
    """The page.

    Args:
        report: what it shows.
        practice: the name of the practice, for the head.
    """
    pictures = [{"title": p.title, "svg": charts.svg(p)} for p in report.pictures] if charts.available() else []
    views = [] if report.is_empty else [*report.views, *([report.rows] if report.rows else [])]
    views = [view for view in views if not view.machines]
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        _TEMPLATE.read_text(encoding="utf-8"))  # fmt: skip
    return template.render(report=report, practice=practice, pictures=pictures, cards=_cards(report),
                           views=list(map(_view, views)), version=__version__,
                           made_at=f"{report.made_at:%Y-%m-%d %H:%M}")  # fmt: skip


def _cards(report: Report) -> list[dict[str, object]]:
    if report.name != "kpis" or report.is_empty:
        return []
    rows = report.views[0].frame.to_dict("records")
    return [{"name": r["name"], "figure": r["figure"], "target": r["target"], "none": r["value"] is None}
            for r in rows]  # fmt: skip


def _head(label: str) -> Markup:
    """A column's head that breaks between its words; one of days in two lines (`Sep | 16-22`, `Sep 30- | Oct 6`)."""
    if not _DAYS.fullmatch(label):
        return Markup("{}").format(label)
    parts = _BETWEEN.split(label)
    between = Markup("<wbr>") if parts[0].endswith("-") else Markup(" ")
    return between.join(Markup("<span>{}</span>").format(part) for part in parts)


def _view(view: View) -> dict[str, object]:
    shown = view.shown()
    rows = view.rows(people=True)
    kept = [[words(c.show, cell) for c, cell in zip(shown, row, strict=True)] for row in rows[:MOST_ROWS]]
    many = f"The first {MOST_ROWS:,} of {len(rows):,} rows; the other formats have all."
    note = many if len(rows) > MOST_ROWS else ""
    columns = [{"head": _head(c.label), "number": c.show in _NUMBERS} for c in shown]
    total = view.total_row()
    last = [total[0], *(words(c.show, cell) for c, cell in zip(shown[1:], total[1:], strict=True))] if total else []
    return {"key": view.key, "title": view.title, "note": view.note or note, "columns": columns, "rows": kept,
            "total": last}
