"""Files that are no X12 are told by their name where their beginning says what they are."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path

import pytest

from ptedi.checks.file import NOT_X12, check_file
from ptedi.x12.lookalike import looks_like

EDI = (Path(__file__).parents[2] / "sample_edi" / "835" / "reversal_and_correction.edi").read_bytes()


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.835", EDI)
    return target.getvalue()


CASES = {
    "UTF-16": EDI.decode().encode("utf-16"), "UTF-16 ": EDI.decode().encode("utf-16-be"), "ZIP": zipped(),
    "gzip": gzip.compress(EDI, mtime=0), "PGP message": b"-----BEGIN PGP MESSAGE-----\n\nhQ", "PDF": b"%PDF-1.7\n",
    "web page": b"\n<!DOCTYPE html><html>", "XML": b"<?xml version='1.0'?><a/>", "JSON": b'{"error": "expired"}',
    "HL7": b"MSH|^~\\&|", "EDIFACT": b"UNB+UNOA:1+", "EBCDIC": EDI.decode().encode("cp037"),
    "(PGP)": b"\x85\x01\x0c\x03" + zlib.compress(bytes(range(256)) * 3),
}  # fmt: skip


@pytest.mark.parametrize("words", CASES)
def test_named(words: str) -> None:
    assert words.strip() in looks_like(CASES[words][:1000])
    [told] = check_file(CASES[words]).findings
    assert told.code == NOT_X12.code
    assert words.strip() in told.message


NOTHING_SAID = [b"", b"\n", b"dear sir, the file follows", b"1,2,3\n4,5,6\n", EDI, b"\xef\xbb\xbf" + EDI]


@pytest.mark.parametrize("data", NOTHING_SAID)
def test_not_guessed(data: bytes) -> None:
    assert looks_like(data) == ""
