"""A visit of two rows that nothing is wrong with, and ways to write it down."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from lxml import etree

from ptedi import dates, intake
from ptedi.claims import practice
from ptedi.claims.model import Practice
from ptedi.intake.columns import COLUMNS
from ptedi.payers import profile
from ptedi.sandbox.practice import settings

TODAY = date(2026, 11, 21)
CASES = Path(__file__).parent / "cases"

VISIT = {
    "visit_id": "V1", "service_date": "2026-11-20", "clinic": "lakeside", "therapist": "pt-rowe",
    "assistant": "pta-moss", "patient_id": "P1", "patient_last": "Alderwick", "patient_first": "Nora",
    "patient_birth_date": "1951-04-02", "patient_sex": "F", "patient_address": "12 Sample Ave",
    "patient_city": "Sampleton", "patient_state": "MI", "patient_zip": "49998", "payer": "medicare-part-b",
    "member_id": "1EG4TE5MK73", "diagnoses": "M54.50 M25.561", "referring_npi": "1999901014",
    "referring_last": "Granbyrd", "referring_first": "Avis", "plan_of_care_start": "2026-10-01",
    "plan_of_care_end": "2026-12-29",
}  # fmt: skip
PROCEDURES = (
    {"procedure": "97110", "therapist_minutes": "23", "assistant_minutes": "8", "pointers": "1 2"},
    {"procedure": "97140", "therapist_minutes": "15"},
)
ROWS = tuple({**VISIT, **procedure} for procedure in PROCEDURES)
def recent() -> list[dict[str, str]]:
    """The same rows as of yesterday, for steps that go by the clock."""
    day = str(dates.today() - timedelta(days=1))
    return [{**row, "service_date": day, "plan_of_care_start": "", "plan_of_care_end": ""} for row in ROWS]


SUBSCRIBER = {
    "subscriber_last": "Alderwick", "subscriber_first": "Otis", "subscriber_birth_date": "1949-01-31",
    "subscriber_sex": "M", "subscriber_address": "12 Sample Ave", "subscriber_city": "Sampleton",
    "subscriber_state": "MI", "subscriber_zip": "49998",
}  # fmt: skip


@cache
def the_practice() -> Practice:
    return practice.load(tomllib.loads(settings())["practice"])


@cache
def payer_ids() -> frozenset[str]:
    return profile.load().ids


def read(data: bytes, name: str = "charges.csv", today: date = TODAY) -> intake.ChargeFile:
    return intake.read(data, name, the_practice(), payer_ids(), today)


def as_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    header = [c.name for c in COLUMNS if c.required or any(row.get(c.name) for row in rows)]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_xml(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Each row as a visit of its own, so that nothing is merged before the reader sees it."""
    root = etree.Element("charges")
    for given in rows:
        same = [row for row in rows if row.get("visit_id") == given.get("visit_id")]
        row = {**given, **{n: next((r[n] for r in same if r.get(n)), "") for n in VISIT if not given.get(n)}}
        visit = etree.SubElement(root, "visit")
        places = {"": visit}
        for element in dict.fromkeys(c.element for c in COLUMNS):
            filled = any(row.get(c.name) for c in COLUMNS if f"{c.element}/".startswith(f"{element}/"))
            if element and (filled or element in ("patient", "coverage", "procedure")):
                parent, _, tag = element.rpartition("/")
                places[element] = etree.SubElement(places[parent], tag)
        for column in COLUMNS:
            if row.get(column.name):
                places[column.element].set(column.attribute, row[column.name])
        visit.append(places["procedure"])
    for visit in root:
        order = ("patient", "coverage", "secondary", "referring", "plan_of_care", "accident", "procedure")
        visit[:] = sorted(visit, key=lambda child: order.index(child.tag))
    return etree.tostring(root)


def codes(file: intake.ChargeFile) -> set[str]:
    """Codes of the file and of all rows."""
    return {f.code for f in file.findings} | {f.code for verdict in file.rows for f in verdict.findings}


def changed(changes: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The good visit with changes to its first, second, ... row; a key `all` of the first applies to every row."""
    every = {k.removeprefix("all."): v for k, v in (changes[0] if changes else {}).items() if k.startswith("all.")}
    own = [{k: v for k, v in change.items() if not k.startswith("all.")} for change in changes]
    count = max(len(ROWS), len(own))
    return [{**ROWS[min(n, 1)], **every, **(own[n] if n < len(own) else {})} for n in range(count)]
