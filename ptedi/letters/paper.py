"""Sheets of paper, US letter: letterhead, a block of facts, paragraphs, tables, page numbers.  Readable as a fax."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TableCellFillMode, WrapMode, XPos, YPos
from fpdf.fonts import FontFace

from ptedi.letters.model import Sender

_GREY, _DARK, _PALE = (95, 95, 95), (25, 40, 60), (238, 241, 245)
_HEAD = FontFace(emphasis="BOLD", color=_DARK, fill_color=_PALE)
WIDTH = 170.0  # mm between the margins
LINE = 5.2


def printable(text: str) -> str:
    """What the built-in fonts can show; anything else becomes a question mark."""
    plain = text.translate({0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})
    return plain.encode("latin-1", "replace").decode("latin-1")


class Paper(FPDF):
    """Pages under the practice's letterhead; `about` stands at the foot of each with the page number."""

    def __init__(self, sender: Sender, title: str, about: str, day: date) -> None:
        super().__init__(format="letter", unit="mm")
        self._sender, self._about = sender, about
        self.set_margins(22.95, 18, 22.95)
        self.set_auto_page_break(True, margin=22)
        self.set_title(printable(title))
        self.set_author(printable(sender.name))
        self.set_creation_date(datetime(day.year, day.month, day.day, tzinfo=UTC))
        self.alias_nb_pages()
        self.add_page()

    def header(self) -> None:
        """The letterhead: whole on the first page, the name alone after it."""
        self.set_text_color(*_DARK)
        self.set_font("helvetica", "B", 15 if self.page_no() == 1 else 9)
        self._put(self._sender.name, 7 if self.page_no() == 1 else 5)
        if self.page_no() == 1:
            self.set_font("helvetica", "", 8.5)
            self.set_text_color(*_GREY)
            numbers = f"NPI {self._sender.npi}   Tax ID {self._sender.tax_id}"
            phone = f"   Phone {self._sender.phone}" if self._sender.phone else ""
            self._put("   ".join(self._sender.address), 4.2)
            self._put(numbers + phone, 4.2)
        self.ln(1.5)
        self.set_draw_color(*_DARK)
        self.set_line_width(0.5)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.set_line_width(0.2)
        self.ln(6)
        self.set_text_color(0, 0, 0)

    def footer(self) -> None:
        """What it is about, and page n of m."""
        self.set_y(-15)
        self.set_font("helvetica", "", 8)
        self.set_text_color(*_GREY)
        self.cell(WIDTH - 30, 4, printable(self._about))
        self.cell(30, 4, f"Page {self.page_no()} of {{nb}}", align="R")

    def _put(self, text: str, height: float) -> None:
        self.cell(WIDTH, height, printable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def plain(self, *lines: str) -> None:
        """Short lines, one below the other."""
        self.set_font("helvetica", "", 10.5)
        for text in lines:
            self._put(text, LINE)

    def heading(self, text: str, room: float = 30.0) -> None:
        """A heading that keeps some room below it on its page (mm)."""
        if self.will_page_break(room):
            self.add_page()
        self.ln(2)
        self.set_font("helvetica", "B", 11.5)
        self.set_text_color(*_DARK)
        self._put(text, 7)
        self.set_text_color(0, 0, 0)

    def paragraph(self, text: str) -> None:
        """A paragraph, or a list where its lines begin with `- `."""
        self.set_font("helvetica", "", 10.5)
        lines = text.splitlines()
        if all(line.lstrip().startswith("- ") for line in lines):
            for line in lines:
                self._bullet(line.lstrip()[2:])
        else:
            self.multi_cell(WIDTH, LINE, printable(" ".join(line.strip() for line in lines)), align="L",
                            new_x=XPos.LMARGIN, new_y=YPos.NEXT)  # fmt: skip
        self.ln(2.6)

    def _bullet(self, text: str) -> None:
        self.cell(5, LINE, printable("\xb7"), align="C")
        self.multi_cell(WIDTH - 5, LINE, printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def facts(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Names and values in two columns, on pale ground."""
        rows = (len(pairs) + 1) // 2
        self.set_font("helvetica", "", 9)
        height, top = 5.4, self.get_y()
        self.set_fill_color(*_PALE)
        self.rect(self.l_margin, top, WIDTH, rows * height + 4, style="F")
        for place, (name, value) in enumerate(pairs):
            left = self.l_margin + 3 + (place // rows) * (WIDTH / 2)
            self.set_xy(left, top + 2 + (place % rows) * height)
            self.set_text_color(*_GREY)
            self.cell(29, height, printable(name))
            self.set_text_color(0, 0, 0)
            self.set_font("helvetica", "B", 9)
            self.cell(WIDTH / 2 - 34, height, printable(value))
            self.set_font("helvetica", "", 9)
        self.set_xy(self.l_margin, top + rows * height + 8)

    def grid(self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float],
             right: Sequence[int] = (), size: float = 8.5) -> None:  # fmt: skip
        """A table, headed or not; `right` are the columns of amounts, `widths` the shares of all."""
        self.set_font("helvetica", "", size)
        self.set_draw_color(190, 196, 205)
        self.set_fill_color(255, 255, 255)
        align = tuple("RIGHT" if place in right else "LEFT" for place in range(len(widths)))
        with self.table(
            col_widths=tuple(widths), text_align=align, headings_style=_HEAD, line_height=4.4, padding=(0.9, 1.2),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES, cell_fill_mode=TableCellFillMode.NONE, align="LEFT",
            width=int(WIDTH), num_heading_rows=1 if heads else 0, first_row_as_headings=bool(heads),
        ) as table:
            for one in (heads, *rows) if heads else rows:
                row = table.row()
                for cell in one:
                    row.cell(printable(cell))
        self.ln(4)

    def raw(self, index: int, text: str, name: str, words: Sequence[str]) -> None:
        """A segment as it is, then its name and what its values mean."""
        if self.will_page_break(12):
            self.add_page()
        self.set_font("courier", "", 8.5)
        self.set_text_color(*_GREY)
        self.cell(11, 4, str(index))
        self.set_text_color(0, 0, 0)
        self.multi_cell(WIDTH - 11, 4, printable(text), align="L", wrapmode=WrapMode.CHAR, new_x=XPos.LMARGIN,
                        new_y=YPos.NEXT)  # fmt: skip
        said = "; ".join(one for one in (name, *words) if one)
        if said:
            self.set_font("helvetica", "I", 8)
            self.set_text_color(*_GREY)
            self.set_x(self.l_margin + 11)
            self.multi_cell(WIDTH - 11, 3.8, printable(said), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.set_text_color(0, 0, 0)
        self.ln(0.8)

    def finished(self) -> bytes:
        """The PDF."""
        return bytes(self.output())
