"""Patients are found by name, in whatever order, case and accents it is typed; old stores learn the names they have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect

from ptedi.claims.model import PersonName, Visit
from ptedi.store import Connection, Store, migrate, patients, visits
from tests.store.samples import visit
from tests.store.test_money import start


def named(patient: str, last: str, first: str, number: int) -> Visit:
    one = visit(f"V{number:05d}")
    return replace(one, patient_id=patient, patient=replace(one.patient, name=PersonName(last=last, first=first)))


def keep(conn: Connection, tmp_path: Path) -> None:
    start(conn, tmp_path)
    visits.save_all(conn, [
        named("P1", "O'Brien-Núñez", "Ana María", 1), named("P1", "O'Brien-Núñez", "Ana María", 2),
        named("P2", "Brient", "Maria", 3), named("P3", "100%", "Percy", 4),
    ], 1)  # fmt: skip


def ids(conn: Connection, words: str) -> list[str]:
    return [one.patient_id for one in patients.find(conn, words, 10)]


@pytest.mark.parametrize(("words", "wanted"), [
    ("obrien", ["P1"]), ("o'BRIEN, ana", ["P1"]), ("maria", ["P2", "P1"]), ("nunez mar", ["P1"]), ("brie", ["P2"]),
    ("rien", []), ("", []), (" , ", []), ("100%", ["P3"]), ("1%0", []), ("_", []), ("ana percy", []),
])  # fmt: skip
def test_words_begin_parts_of_names(store: Store, tmp_path: Path, words: str, wanted: list[str]) -> None:
    with store.begin() as conn:
        keep(conn, tmp_path)
        assert ids(conn, words) == wanted


def test_a_name_is_kept_once_and_a_new_one_beside_it(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        keep(conn, tmp_path)
        visits.save_all(conn, [named("P2", "Alder", "Maria", 5), named("P2", "Brient", "Maria", 6)], 1)
        assert [(one.last, one.patient_id) for one in patients.find(conn, "maria", 10)] == [
            ("Alder", "P2"), ("Brient", "P2"), ("O'Brien-Núñez", "P1")]  # fmt: skip
        assert len(patients.find(conn, "maria", 2)) == 2


def test_a_store_from_before_learns_the_names_of_its_visits(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        keep(conn, tmp_path)
        before = patients.find(conn, "maria", 10)
    migrate.downgrade(store.engine, "0022")
    with store.begin() as conn:
        assert "patient_names" not in inspect(conn).get_table_names()
    migrate.migrate(store.engine)
    with store.read() as conn:
        assert patients.find(conn, "maria", 10) == before
