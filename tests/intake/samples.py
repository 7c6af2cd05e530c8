"""Writes `sample_edi/charges/`: the same visits in every format, one situation per file.

Run it by hand after a change of the writers: `python -m tests.intake.samples`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from ptedi.sandbox import people, practice
from ptedi.sandbox.charge_files import WRITERS

FOLDER = Path(__file__).resolve().parents[2] / "sample_edi" / "charges"
DAY = date(2026, 11, 20)
Rows = Sequence[Mapping[str, str]]

SITUATIONS: dict[str, Callable[[Rows], bool]] = {
    "evaluation": lambda rows: rows[0]["procedure"] == "97162",
    "assistant": lambda rows: any(row["assistant_minutes"] and row["therapist_minutes"] != "0" for row in rows),
    "dependent": lambda rows: rows[0]["relationship"] == "19",
    "second_coverage": lambda rows: bool(rows[0].get("secondary_payer")),
    "workers_compensation": lambda rows: rows[0]["payer"] == people.COMPENSATION,
    "separate_time": lambda rows: any(row["separate_time"] for row in rows),
}


def visits() -> dict[str, Rows]:
    """A visit for each situation."""
    captured = practice._captured(practice.SEED, DAY, practice.VISITS)
    return {name: next(rows for rows in captured if fits(rows)) for name, fits in SITUATIONS.items()}


def files() -> dict[str, bytes]:
    """Every sample by its name."""
    return {f"{name}.{ending}": write([rows]) for name, rows in visits().items() for ending, write in WRITERS.items()}


def main() -> None:
    """Writes them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, data in files().items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
