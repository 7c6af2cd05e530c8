"""Patients by name: every name and birth date under which one was captured, kept as visits come in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from ptedi.store._sql import among, insert_rows
from ptedi.store.report_tables import patient_names

_KEY = ("patient_id", "last_name", "first_name", "birth_date")
_LONGEST = 60
_ASCII = {code: "" if chr(code) in "'." else " " for code in range(128) if not chr(code).isalnum()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientName:
    """A patient under one of the names that charges gave."""

    patient_id: str
    last: str
    first: str
    birth_date: date


def remember(conn: Connection, captured: Iterable[PatientName]) -> None:
    """Keeps the names of some patients; one that is known costs nothing."""
    t = patient_names.c
    wanted = {(one.patient_id, one.last[:_LONGEST], one.first[:_LONGEST], one.birth_date) for one in captured}
    asked = among(conn, t.patient_id, sorted({one[0] for one in wanted}))
    query = select(t.patient_id, t.last_name, t.first_name, t.birth_date).where(asked)
    known = {tuple(row) for row in conn.execute(query)}
    rows = [dict(zip(_KEY, one, strict=True)) | {"folded": folded(one[1], one[2])} for one in sorted(wanted - known)]
    insert_rows(conn, patient_names, rows)  # whoever saves visits does so alone


def find(conn: Connection, words: str, limit: int) -> list[PatientName]:
    """Patients of whose names each of the words begins a part, whatever their order, case and accents; by name."""
    t = patient_names.c
    query = select(t.patient_id, t.last_name, t.first_name, t.birth_date).order_by(t.folded, t.id).limit(limit)
    wanted = folded(*words.replace(",", " ").split()).split()
    if not wanted:
        return []
    for word in wanted:
        query = query.where(t.folded.contains(f" {word}", autoescape=True))
    return [PatientName(patient_id=row[0], last=row[1], first=row[2], birth_date=row[3])
            for row in conn.execute(query)]  # fmt: skip


def folded(*names: str) -> str:
    """Names as they are looked for: capitals without accents, each part with a blank before it."""
    text = " ".join(names).upper()
    if text.isascii():
        kept = text.translate(_ASCII)
    else:
        plain = unicodedata.normalize("NFKD", text)
        whole = (one for one in plain if not unicodedata.combining(one) and one not in "'.\u2019")
        kept = "".join(one if one.isalnum() else " " for one in whole)
    return "".join(f" {part}" for part in kept.split())[:124]
