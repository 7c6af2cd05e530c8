"""The mistakes people make when they capture charges, one visit each: what the reject file is for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

Rows = list[dict[str, str]]


def _first(**changes: str) -> Callable[[Rows], None]:
    return lambda rows: rows[0].update(changes)


def _all(**changes: str) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        for row in rows:
            row.update(changes)
    return change


def _shifted(rows: Rows) -> None:
    day = date.fromisoformat(rows[0]["service_date"]) + timedelta(days=365)
    _all(service_date=f"{day}")(rows)


def _without_subscriber(rows: Rows) -> None:
    for row in rows:
        row["relationship"] = "19"
        for name in [name for name in row if name.startswith("subscriber_")]:
            row[name] = ""


def _wrong_npi(rows: Rows) -> None:
    _all(referring_npi="1234567890", referring_last="Granbyrd", referring_first="Avis")(rows)


def _twice(rows: Rows) -> None:
    rows.append(dict(rows[-1]))


def _unnamed_assistant(rows: Rows) -> None:
    _all(assistant="")(rows)
    rows[-1]["assistant_minutes"] = "15"


def _two_patients(rows: Rows) -> None:
    rows[-1]["patient_id"] = "P99999"


KINDS: dict[str, tuple[Callable[[Rows], None], str]] = {
    "unknown payer": (_all(payer="medicare-part-c"), "IN030"),
    "no coverage": (_all(payer="", member_id=""), "IN031"),
    "no member id": (_all(member_id=""), "IN032"),
    "unknown relationship": (_all(relationship="02"), "IN033"),
    "dependent without subscriber": (_without_subscriber, "IN034"),
    "unknown therapist": (_all(therapist="pt-nobody"), "IN041"),
    "assistant without name": (_unnamed_assistant, "IN044"),
    "no such day": (_all(service_date="2026-02-31"), "IN021"),
    "visit in the future": (_shifted, "IN022"),
    "negative minutes": (_first(therapist_minutes="-15"), "IN024"),
    "absurd minutes": (_first(therapist_minutes="2300"), "IN024"),
    "unknown procedure": (_first(procedure="97011"), "IN050"),
    "malformed diagnosis": (_all(diagnoses="54.50M"), "IN060"),
    "pointer beyond diagnoses": (_first(pointers="1 9"), "IN062"),
    "wrong referrer NPI": (_wrong_npi, "IN063"),
    "same row twice": (_twice, "IN071"),
    "two patients in one visit": (_two_patients, "IN070"),
}
"""Kind of mistake: how a visit is spoiled, and the finding it must get."""


def spoil(seed: int, day: date, captured: list[Rows]) -> None:
    """Spoils one visit for each kind, at most every fourth; visits with two rows or more, so that others must wait."""
    rng = Random(f"{seed}/{day}/mistakes")
    candidates = [rows for rows in captured if len(rows) > 1]
    kinds = list(KINDS.values())[: max(1, len(captured) // 4)]
    for (change, _), rows in zip(kinds, rng.sample(candidates, min(len(kinds), len(candidates))), strict=False):
        change(rows)
