"""What text may go on the wire: upper case, plain ASCII, no delimiters, no surplus blanks, within the guide's length.

Names, addresses and notes keep their small letters for a partner that wants them.

Everything the writers of this package put into a segment has passed here, so that the same input always gives the
same bytes and a name such as `Muñoz *` cannot break a file.
"""

from __future__ import annotations

import re
import unicodedata

from ptedi.payers.partner import Case

_PLAIN = re.compile(r"[!-)+-9;-\]_`{-}](?: ?[!-)+-9;-\]_`{-}])*")
_LETTERS = str.maketrans(
    {
        "Æ": "AE", "Ø": "O", "Œ": "OE", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "Ħ": "H", "ẞ": "SS",
        "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ß": "ss",
        "‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-",  # noqa: RUF001 - the very characters to replace
    }
)  # fmt: skip
_BLANKS = str.maketrans({**{chr(n): " " for n in (*range(32), 127)}, "*": " ", "~": " ", ":": " ", "^": " "})
_MEMORY = 50_000


def plain(text: str, limit: int = 0, *, case: Case = Case.UPPER) -> str:
    """The text as the wire carries it: `Muñoz  * Ana` becomes `MUNOZ ANA`; cut at `limit` characters when given.

    With the case as written it becomes `Munoz Ana`.
    """
    if not text:
        return text
    if case is Case.UPPER:
        text = text.upper()
    if not (text.isalnum() and text.isascii()) and not _PLAIN.fullmatch(text):
        if not text.isascii():
            letters = unicodedata.normalize("NFKD", text.translate(_LETTERS))
            text = letters.encode("ascii", "ignore").decode("ascii")
            text = text.upper() if case is Case.UPPER else text
        text = " ".join(text.translate(_BLANKS).split())
    return text[:limit].rstrip() if limit and len(text) > limit else text


def digits(text: str) -> str:
    """The digits of a postal code, phone number or tax id, hyphens and brackets left out."""
    return text if text.isascii() and text.isdigit() else "".join(c for c in text if c.isascii() and c.isdigit())


class Texts(dict[str, str]):
    """Remembers `plain` of the texts that come again and again: names of providers, towns, codes."""

    def __init__(self, limit: int = 0, case: Case = Case.UPPER) -> None:
        super().__init__()
        self.limit, self.case = limit, case

    def __missing__(self, text: str) -> str:
        if len(self) >= _MEMORY:
            self.clear()
        self[text] = value = plain(text, self.limit, case=self.case)
        return value
