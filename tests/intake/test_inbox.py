"""From the inbox on: files known by what they hold, taken, handed back, corrected; samples and the page about them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ptedi import intake, pipeline
from ptedi.intake import fhir_elements, guide
from ptedi.intake.columns import COLUMNS
from ptedi.sandbox import practice as sandbox
from ptedi.sandbox.charge_files import WRITERS
from ptedi.sandbox.hl7_files import as_hl7
from ptedi.steps.inbox import holds_charges
from ptedi.steps.night import make_workspace
from tests.intake import records, samples
from tests.intake.carriers import CARRIERS, said
from tests.intake.records import ROWS, read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "intake.md"


@pytest.mark.parametrize("name", CARRIERS)
def test_files_are_known_by_what_they_hold(name):
    data = CARRIERS[name]([ROWS])
    for file_name in ("charges.csv", "a.edi", "x", "y.txt"):
        assert holds_charges(file_name, data)
        assert read(data, file_name).kind == name.split()[0]


@pytest.mark.parametrize(("name", "data"), [
    ("x.hl7", b"MSHA|"), ("x.json", b"{}"), ("x.json", b'{"rows": []}'), ("x", b"ISA*00*"), ("x", b""), ("x", b"MSH"),
])  # fmt: skip
def test_others_are_not_charges(name, data):
    assert not holds_charges(name, data)
    assert intake.recognise(data) == ""


@pytest.mark.parametrize("ending", WRITERS)
def test_refused_corrected_and_dropped_again(tmp_path: Path, ending):
    rows = records.recent()
    bad = [{**row, "visit_id": "V2", "patient_id": "P2", "payer": "medicare-part-x"} for row in rows]
    make_workspace(tmp_path, sandbox.settings())
    (tmp_path / "inbox" / "charges").write_bytes(WRITERS[ending]([rows, bad]))
    with pipeline.open_night(tmp_path) as night:
        first = pipeline.extract_charges(night)
        assert (first.files, first.visits, first.rows_accepted, first.rows_rejected) == (1, 1, 2, 2)
        (back,) = (tmp_path / "rejects").iterdir()
        (tmp_path / "inbox" / "again").write_bytes(back.read_bytes().replace(b"medicare-part-x", b"medicare-part-b"))
        second = pipeline.extract_charges(night)
        assert (second.files, second.visits, second.rows_accepted, second.rows_rejected) == (1, 1, 2, 0)


def test_the_same_visit_from_another_format_is_no_news(tmp_path: Path):
    make_workspace(tmp_path, sandbox.settings())
    with pipeline.open_night(tmp_path) as night:
        for nth, write in enumerate(WRITERS.values()):
            (tmp_path / "inbox" / f"f{nth}").write_bytes(write([records.recent()]))
            result = pipeline.extract_charges(night)
            assert (result.files, result.visits, result.visits_changed) == (1, int(nth == 0), 0)


def test_a_workspace_knows_its_senders(tmp_path: Path):
    settings = sandbox.settings() + '\n[intake.hl7.payers]\nMCARE = "medicare-part-b"\n'
    make_workspace(tmp_path, settings)
    data = as_hl7([records.recent()]).replace(b"medicare-part-b", b"MCARE")
    (tmp_path / "inbox" / "charges").write_bytes(data)
    with pipeline.open_night(tmp_path) as night:
        assert pipeline.extract_charges(night).rows_accepted == 2


def test_a_night_of_mixed_formats():
    files = sandbox.charges(5, samples.DAY, visits=40, bad_rows=False, formats=("hl7", "csv", "fhir.json"))
    plain = sandbox.charges(5, samples.DAY, visits=40, bad_rows=False)
    mixed = {v: visit for data in files.values() for v, visit in said(read(data)).items()}
    assert mixed == {v: visit for data in plain.values() for v, visit in said(read(data)).items()}
    assert {name.split(".", 1)[1] for name in files} == {"hl7", "csv", "fhir.json"}


def test_samples():
    if os.environ.get("PTEDI_UPDATE"):
        samples.main()
    made = samples.files()
    assert {path.name: path.read_bytes() for path in samples.FOLDER.iterdir()} == made
    for situation in samples.SITUATIONS:
        one, *others = [said(read(made[f"{situation}.{ending}"])) for ending in WRITERS]
        assert len(one) == 1 and all(other == one for other in others)


def test_the_page():
    if os.environ.get("PTEDI_UPDATE"):
        PAGE.write_text(guide.page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == guide.page()
    assert all(fhir_elements.element(column.name) for column in COLUMNS)
    assert records.codes(read(records.as_csv(ROWS))) == set()
