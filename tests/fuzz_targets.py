"""What `tests.fuzz` drives: every reader and the check, on one file; seeds and edits of files.

Nothing but `UnreadableFile` may be raised, and both ways into tables must make the same rows.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ptedi.checks import check_file
from ptedi.errors import UnreadableFile
from ptedi.transactions import (
    acknowledgement_999,
    acknowledgement_ta1,
    claim_837p,
    claim_acknowledgement_277ca,
    remittance_835,
)
from ptedi.transactions.as_json import read_file
from ptedi.x12.structure import check
from tests.x12.bases import GUIDES, base
from tests.x12.test_properties import _survive, broken

ODD = (b"", b"0", b"-0", b"00000000", b"1e5", b"-1", b"99999999999999", b".5")
SAMPLES = Path(__file__).parents[1] / "sample_edi"


def in_check(data: bytes) -> None:
    """Structure and meaning; each finding can be shown and points into the file."""
    for finding in check_file(data).findings:
        assert finding.as_json()
        assert finding.byte_offset is None or 0 <= finding.byte_offset <= len(data)


def in_tables(data: bytes) -> None:
    """Tables of an 835 with and without records between: the same rows."""
    from ptedi.reports.plain_rows import PlainRows
    from tests.reports.test_plain_rows import tables

    with tempfile.NamedTemporaryFile(suffix=".835") as file:
        file.write(data)
        file.flush()
        quick = tables([Path(file.name)])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PlainRows, "take", lambda *_: 0)
            assert repr(quick) == repr(tables([Path(file.name)]))


def in_remittances(data: bytes) -> None:
    """Payments, whole and in pieces: the same claims."""
    claims = [claim for payment in remittance_835.read(data) for claim in payment.claims]
    assert claims == [claim for part in remittance_835.parts(data) for claim in part.claims]


TARGETS: tuple[Callable[[bytes], Any], ...] = (
    in_check, in_remittances, in_tables, read_file, claim_837p.read_batches, acknowledgement_999.read,
    acknowledgement_ta1.read, claim_acknowledgement_277ca.read, lambda data: check(data, lenient=True), _survive,
)  # fmt: skip


def everywhere(data: bytes) -> None:
    """One file through all targets."""
    for target in TARGETS:
        try:
            target(data)
        except UnreadableFile:
            continue


def seeds() -> list[bytes]:
    """The bases of the guides, and samples of every kind."""
    files = [path for path in sorted(SAMPLES.rglob("*")) if path.is_file() and path.stat().st_size < 20_000]
    texts = [path.read_bytes() for path in files]
    return [*map(base, GUIDES), *(text for text in texts if b"ISA" in text[:200])]


def changed(data: bytes, chance: random.Random) -> bytes:
    """A file with some edits: anywhere, or each within one segment, so that much of it stays ordinary."""
    if chance.random() < 0.3 and data:
        return broken(data, chance, chance.randrange(1, 40))
    for _ in range(chance.randrange(1, 4)):
        pieces = data.split(b"~")
        at = chance.randrange(len(pieces))
        elements = pieces[at].split(b"*")
        place = chance.randrange(len(elements))
        match chance.randrange(7):
            case 0:
                elements[place] = broken(elements[place], chance, 1) if elements[place] else b"0"
            case 1:
                elements[place] = chance.choice(chance.choice(pieces).split(b"*"))
            case 2:
                elements[place] = chance.choice(ODD)
            case 3:
                del elements[place:]
            case 4:
                elements.insert(place, b"")
            case 5:
                pieces.insert(chance.randrange(len(pieces)), pieces[at])
            case _:
                del pieces[at]
                at, elements = 0, (pieces[0] if pieces else b"").split(b"*")
        if pieces:
            pieces[at] = b"*".join(elements)
        data = b"~".join(pieces)
    return data
