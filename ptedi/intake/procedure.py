"""One captured procedure: code, minutes, modifiers, pointers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from ptedi.claims.model import Charge, ChargeSource
from ptedi.codes import procedures
from ptedi.intake.fields import Fields
from ptedi.intake.model import Around, RawRow

_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)


def charge(fields: Fields, row: RawRow, targets: int, day: date, around: Around) -> Charge:
    """The charge of a row; `targets` is the number of diagnoses it may point at, 0 when that is not known."""
    therapist, assistant = fields.minutes("therapist_minutes"), fields.minutes("assistant_minutes")
    clean = not fields.notes
    code = _procedure(fields, day, around.practice.charges, timed_without_minutes=clean and not therapist + assistant)
    modifiers = fields.parts("modifiers")
    if len(modifiers) > 4 or len(set(modifiers)) < len(modifiers) or not all(map(_MODIFIER.fullmatch, modifiers)):
        fields.note("IN052", "There may be four different modifiers of two characters each.", "modifiers")
    return Charge(
        procedure=code, therapist_minutes=therapist, assistant_minutes=assistant,
        source=ChargeSource(file_sha256=around.file_sha256, row=row.row, row_sha256=row.row_sha256),
        diagnosis_pointers=_pointers(fields, targets), modifiers=modifiers,
        separate_time=fields.flag("separate_time"), description=fields.text("description"),
    )  # fmt: skip


def _procedure(fields: Fields, day: date, prices: Mapping[str, object], *, timed_without_minutes: bool) -> str:
    code = fields.raw("procedure").upper()
    if not code:
        fields.note("IN020", "The cell procedure is empty.", "procedure")
        return code
    known = procedures.find(code, day)
    if known is None:
        fields.note("IN050", "The procedure is not in the code table on that day.", "procedure", known=sorted(prices))
    elif code not in prices:
        fields.note("IN051", f"The procedure {code} has no price in ptedi.toml.", "procedure")
    elif known.basis is procedures.Basis.TIMED and timed_without_minutes:
        fields.note("IN025", f"The procedure {code} is paid by time and has no minutes.", "therapist_minutes")
    return code


def _pointers(fields: Fields, targets: int) -> tuple[int, ...]:
    parts = fields.parts("pointers")
    pointers = tuple(int(p) for p in parts if p.isascii() and p.isdecimal() and len(p) <= 2)
    wrong = len(pointers) < len(parts) or len(pointers) > 4 or len(set(pointers)) < len(pointers)
    if wrong:
        fields.note("IN062", "Pointers are one to four different positions, separated by blanks.", "pointers")
    elif targets and any(not 1 <= p <= targets for p in pointers):
        fields.note("IN062", f"A pointer is outside the {targets} listed diagnoses.", "pointers")
    return pointers
