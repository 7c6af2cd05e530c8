"""Letters that the wire cannot carry: folded at capture, said on the claim by column and row, kept in the archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptedi.steps.night import open_night
from ptedi.steps.outbound import code_visits, extract_charges
from ptedi.store import claims, events, files, migrate, visits
from ptedi.submissions.status import Event
from tests.steps.conftest import DAY
from tests.steps.test_drafts import drop, treated

NAME, TOWN = "Muñoz Ångström", "Peñasco"


def coded(root: Path, data: bytes) -> str:
    """What the claim's first event says."""
    drop(root, data)
    with open_night(root) as night:
        extract_charges(night)
        code_visits(night, DAY)
        with night.store.read() as conn:
            [row] = claims.of_date(conn, DAY)
            [first, *_] = events.of_claim(conn, row.id)
    assert first.event is Event.CODED
    return first.detail


def test_the_claim_says_which_cells_of_which_rows_go_out_otherwise(workspace: Path) -> None:
    data = treated(("97110", 30), ("97140", 15), patient_last=NAME, patient_city=TOWN)
    detail = coded(workspace, data)
    assert detail.endswith("; captured in other letters: patient_last (row 1, 2), patient_city (row 1, 2)")
    with open_night(workspace) as night, night.store.read() as conn:
        [file] = files.list_files(conn)
        assert files.read_bytes(night.archive, file) == data
        rows = visits.rows_of(conn, file.id)
        assert [row.letters for row in rows] == [("patient_last", "patient_city")] * 2
        [row] = claims.of_date(conn, DAY)
        person = claims.load(conn, row.id).claim.person_treated
        assert (person.name.last, person.address.city) == ("Munoz Angstrom", "Penasco")
    log = (workspace / "logs" / "ptedi.log").read_text() if (workspace / "logs" / "ptedi.log").exists() else ""
    for text in (detail, log):
        assert not any(word in text for word in (NAME, TOWN, "Munoz", "Penasco"))


def test_plain_letters_are_not_mentioned(workspace: Path) -> None:
    assert coded(workspace, treated(("97110", 30))) == "1 lines from revision 1 of the visit"


@pytest.mark.parametrize("target", ["0014"])
def test_an_older_store_is_brought_up(workspace: Path, target: str) -> None:
    coded(workspace, treated(("97110", 30), patient_last=NAME))
    with open_night(workspace) as night:
        migrate.downgrade(night.store.engine, target)
        migrate.migrate(night.store.engine)
        with night.store.read() as conn:
            [file] = files.list_files(conn)
            assert [(row.codes, row.letters) for row in visits.rows_of(conn, file.id)] == [(("IN014",), ())]
