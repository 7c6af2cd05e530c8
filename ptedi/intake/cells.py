"""The text of a cell: what counts as the same, its fingerprint, and how a spreadsheet is kept from running it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")
_SPACE = re.compile(r"\s+")
_NOT_SENDABLE = re.compile(r"[^ -~]|[*~:^]")
_LOOKALIKE = str.maketrans({
    "\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{EN DASH}": "-",
    "\N{EM DASH}": "-", "\N{LATIN SMALL LETTER SHARP S}": "ss", "\N{LATIN SMALL LETTER O WITH STROKE}": "o",
    "\N{LATIN CAPITAL LETTER O WITH STROKE}": "O", "\N{LATIN SMALL LETTER L WITH STROKE}": "l",
    "\N{LATIN CAPITAL LETTER L WITH STROKE}": "L", "\N{LATIN SMALL LETTER AE}": "ae",
    "\N{LATIN CAPITAL LETTER AE}": "AE", "\N{LEFT DOUBLE QUOTATION MARK}": '"', "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
})  # fmt: skip


def normal(text: str) -> str:
    """A cell as it is compared and kept: composed characters, single blanks, nothing around."""
    if text.isascii():
        return " ".join(text.split())
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip().lstrip("\N{ZERO WIDTH NO-BREAK SPACE}")


def fingerprint(cells: Mapping[str, str]) -> str:
    """The sha256 of a row: its filled cells by column name, whatever their order in the file."""
    content = "\x1e".join(f"{name}\x1f{cells[name]}" for name in sorted(cells) if cells[name])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def defuse(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before = + - @."""
    return f"'{text}" if _FORMULA.match(text) else text


def undefuse(text: str) -> str:
    """The cell without the apostrophe that `defuse` put there."""
    return text[1:] if text[:1] == "'" and _DEFUSED.match(text) else text


def plain(text: str) -> str:
    """The text in plain letters, as payers hold names: accents gone, typographic marks straightened."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_LOOKALIKE))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def unsendable(text: str) -> str | None:
    """The first character that has no place on a claim (control, foreign, or one of * ~ : ^), or None."""
    match = _NOT_SENDABLE.search(text)
    return match[0] if match else None
