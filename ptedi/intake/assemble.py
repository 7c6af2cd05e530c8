"""From the rows of one visit to a Visit, with everything that is wrong on the way noted against its row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ptedi.claims.model import Visit
from ptedi.findings import Finding
from ptedi.intake.columns import MAX_MINUTES, VISIT_COLUMNS
from ptedi.intake.fields import Fields
from ptedi.intake.model import Around, RawRow
from ptedi.intake.pages import found
from ptedi.intake.procedure import charge
from ptedi.intake.visit import read_diagnoses, read_service_date
from ptedi.intake.visit import visit as shared_part

_SHARED = {column.name: column for column in VISIT_COLUMNS}  # in their order, and looked up quickly


def visit(rows: Sequence[RawRow], around: Around) -> tuple[Visit, dict[int, list[Finding]]]:
    """The visit of these rows and what was found, by row; with a stopping finding the visit must not be used."""
    by_row = {row.row: list(row.findings) for row in rows}
    agreed = _agree(rows, by_row)
    shared = Fields(agreed)
    diagnoses = read_diagnoses(shared)
    targets = 0 if shared.notes else len(diagnoses)
    day = read_service_date(shared, around.today)
    charges = []
    for row in rows:
        own = Fields(row.cells, row.row)
        charges.append(charge(own, row, targets, day, around))
        if charges[-1].assistant_minutes and not shared.raw("assistant"):
            own.note("IN044", "There are minutes of an assistant, but no assistant is named.", "assistant_minutes")
        by_row[row.row].extend(own.notes)
    if sum(charge.minutes for charge in charges) > MAX_MINUTES:
        shared.note("IN024", f"The minutes of the visit add up to more than {MAX_MINUTES}.")
    captured = shared_part(shared, day, diagnoses, tuple(charges), around)
    _spread(shared.notes, rows, by_row)
    return captured, {number: _once(notes) for number, notes in by_row.items()}


def _once(notes: list[Finding]) -> list[Finding]:
    """Each problem once: what charges.xsd says of a column is dropped when a rule of ours speaks of it too."""
    named = {note.element for note in notes if note.code != "IN006" and note.element and note.severity.stops}
    kept = [note for note in notes if note.code != "IN006" or note.element not in named]
    return list(dict.fromkeys(kept))


def _agree(rows: Sequence[RawRow], by_row: dict[int, list[Finding]]) -> dict[str, str]:
    """The visit's cells as most rows have them; a row that says otherwise is noted, and all rows when there is a tie.

    A blank cell says nothing.  Which row came first plays no part.
    """
    each = [{name: text for name, text in row.cells.items() if text and name in _SHARED} for row in rows]
    if all(one == each[0] for one in each):
        return each[0]
    agreed: dict[str, str] = {}
    for name in _SHARED:
        said = {one.get(name, "") for one in each} - {""}
        if said:
            agreed[name] = said.pop() if len(said) == 1 else _differ(name, rows, by_row)
    return agreed


def _differ(name: str, rows: Sequence[RawRow], by_row: dict[int, list[Finding]]) -> str:
    """What most rows say of a column on which they differ; the others are noted."""
    counted = Counter(text for row in rows if (text := row.cells.get(name, "")))
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    tie = ranked[0][1] == ranked[1][1]
    for row in rows:
        text = row.cells.get(name, "")
        if text and (tie or text != ranked[0][0]):
            by_row[row.row].append(found("IN070", f"The rows of the visit have different {name}.", row=row.row,
                                         column=name, value=text))  # fmt: skip
    return ranked[0][0]


def _spread(notes: Sequence[Finding], rows: Sequence[RawRow], by_row: dict[int, list[Finding]]) -> None:
    """A finding about the visit goes to each row that says the value found (to all when none does)."""
    for note in notes:
        saying = [row for row in rows if note.element and note.value and row.cells.get(note.element) == note.value]
        for row in saying or rows:
            by_row[row.row].append(replace(note, row=row.row))
