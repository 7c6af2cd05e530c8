"""What a file that is no X12 seems to be, so that a person knows what to ask for; nothing of what is in it."""

from __future__ import annotations

import re
from typing import Final

_FIRST: Final = (
    (b"\xff\xfe", "text in UTF-16"), (b"\xfe\xff", "text in UTF-16"), (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"), (b"7z\xbc\xaf", "a 7z archive"), (b"BZh", "a bzip2 archive"),
    (b"%PDF", "a PDF"), (b"-----BEGIN PGP", "a PGP message"), (b"-----BEGIN ", "a key or a certificate"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"), (b"{\\rtf", "a word processor's text"),
    (b"MSH|", "HL7 version 2"), (b"UNA", "EDIFACT"), (b"UNB+", "EDIFACT"),
)  # fmt: skip
_WEB_PAGE: Final = re.compile(rb"\s*(<!doctype html|<html)", re.IGNORECASE)
_XML: Final = re.compile(rb"\s*<(\?xml|[A-Za-z])")
_JSON: Final = re.compile(rb"\s*[\[{]\s*[\"\[{\]}]")
_EBCDIC_ISA: Final = b"\xc9\xe2\xc1"
_PGP_PACKETS: Final = frozenset((0x84, 0x85, 0x8C, 0xA3, 0xC1, 0xC3))  # RFC 9580 4.2: session keys, compressed data
_ENOUGH: Final = 16


def looks_like(head: bytes) -> str:
    """What the beginning of a file speaks for ("a ZIP archive"), or "" where it says nothing.

    Args:
        head: the first bytes of the file; a kilobyte is enough.
    """
    for mark, words in _FIRST:
        if head.startswith(mark):
            return words
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _WEB_PAGE.match(text):
        return "a web page, perhaps the sign-in page of a portal"
    if _XML.match(text):
        return "XML"
    if _JSON.match(text):
        return "JSON"
    if _EBCDIC_ISA in head:
        return "X12 in EBCDIC, a mainframe's text"
    if b"I\0S\0A\0" in head or b"\0I\0S\0A" in head:
        return "text in UTF-16"
    if len(head) >= _ENOUGH and head[0] in _PGP_PACKETS and head.count(b"\n") * 100 < len(head):
        return "an encrypted file (PGP)"
    return ""
