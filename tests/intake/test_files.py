"""Whole files: encodings, headers, quotes, bombs; what a file is refused for, and that the rest stays unharmed."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from lxml import etree

from ptedi import intake
from ptedi.claims.model import Discipline
from ptedi.config import data_folder
from ptedi.intake import csv_rows, schemas, xml_rows
from tests.intake import records
from tests.intake.records import ROWS, as_csv, as_xml, codes, read

GOOD = as_csv(ROWS)
HEADER = GOOD.splitlines()[0]
XML = as_xml(ROWS)
BOMB = b"""<?xml version="1.0"?><!DOCTYPE charges [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><charges><visit visit_id="&c;"/></charges>"""
FETCH = b'<!DOCTYPE charges [<!ENTITY f SYSTEM "file:///etc/passwd">]><charges>&f;</charges>'


@pytest.mark.parametrize(("code", "data"), [
    ("IN001", b""), ("IN001", b"\xef\xbb\xbf"), ("IN001", b" \r\n\r\n"), ("IN001", HEADER + b"\r\n"),
    ("IN001", b",,,\r\n"), ("IN001", b"<charges/>"),
    ("IN002", GOOD.replace(b"Alderwick", "Muñoz".encode("latin-1"))), ("IN002", GOOD.decode().encode("utf-16")),
    ("IN002", b'<?xml version="1.0" encoding="ISO-8859-1"?>' + XML), ("IN002", XML.decode().encode("utf-16-le")),
    ("IN003", GOOD.replace(b"Nora", b'"Nora')), ("IN003", GOOD.replace(b"Nora", b"No\0ra")),
    ("IN003", b"PK\x03\x04workbook"), ("IN003", b"ISA*00*~"), ("IN003", GOOD.replace(b"Nora", b'"No"ra')),
    ("IN004", b"<charges><visit></charges>"), ("IN004", b"<charges>&undeclared;</charges>"), ("IN004", b"<"),
    ("IN004", b"<a>" * 5000), ("IN004", b"<charges>\x01</charges>"),
    ("IN005", BOMB), ("IN005", FETCH), ("IN005", b"<!doctype charges><charges/>"),
    ("IN006", b"<invoices/>"), ("IN006", b"<charges><visit/><bill/></charges>"),
    ("IN007", GOOD.replace(b"therapist_minutes", b"therapist_minuts")), ("IN007", HEADER + b",notes\r\n" + b"x\r\n"),
    ("IN007", HEADER + b",\r\n" + b"x\r\n"),
    ("IN008", GOOD.replace(b"service_date", b"x_date")), ("IN008", GOOD.replace(b",", b";")), ("IN008", b"x_\n1"),
    ("IN009", HEADER + b",payer\r\nV1\r\n"), ("IN015", GOOD.rstrip().rsplit(b",", 1)[0]),
    ("IN015", GOOD[:GOOD.rindex(b"97")]), ("IN015", GOOD[:GOOD.rindex(b"V")] + b"V2"),
])  # fmt: skip
def test_file_is_refused(code, data):
    file = read(data)
    assert code in {f.code for f in file.findings}
    assert file.refused and file.visits == () and file.rows == ()
    assert intake.rejects(file, data) == b""


def test_wrong_encoding_names_the_byte():
    data = GOOD.replace(b"Alderwick", "Muñoz".encode("cp1252"), 1)
    (finding,) = read(data).findings
    assert finding.byte_offset == data.index(b"\xf1")
    (finding,) = read(b"\xef\xbb\xbf" + data).findings
    assert finding.byte_offset == data.index(b"\xf1") + 3


def test_unknown_column_names_the_nearest():
    file = read(GOOD.replace(b"therapist_minutes", b"therapist_minuts"))
    assert [f.allowed for f in file.findings if f.code == "IN007"] == [("therapist_minutes",)]
    assert [f.element for f in file.findings if f.code == "IN008"] == ["therapist_minutes"]


def test_semicolons_are_named():
    finding = read(GOOD.replace(b",", b";")).findings[-1]
    assert "semicolons" in (finding.hint or "")


def test_limits(monkeypatch):
    monkeypatch.setattr(csv_rows, "MAX_ROWS", 1)
    monkeypatch.setattr(xml_rows, "MAX_ROWS", 1)
    assert codes(read(GOOD)) == codes(read(XML)) == {"IN010"}
    monkeypatch.setattr(intake.reader, "MAX_BYTES", 10)
    assert codes(read(GOOD)) == {"IN010"}


@pytest.mark.parametrize("data", [
    b"\xef\xbb\xbf" + GOOD, GOOD.replace(b"\r\n", b"\n"), GOOD.replace(b"\r\n", b"\r"), GOOD + b"\r\n\r\n,,,\r\n",
    b"\r\n" + GOOD, GOOD.replace(b"visit_id", b" Visit-ID ", 1), GOOD.replace(b"12 Sample Ave", b'"12 Sample\r\nAve"'),
    GOOD.replace(b"12 Sample Ave", b"  12   Sample Ave "),
    b'<?xml version="1.0" encoding="utf-8"?>\n<!-- by hand -->' + XML, b"\xef\xbb\xbf\n" + XML,
])  # fmt: skip
def test_harmless_differences(data):
    file, plain = read(data), read(GOOD)
    assert codes(file) == set()
    assert [v.row_sha256 for v in file.rows] == [v.row_sha256 for v in plain.rows]
    assert file.visits[0].patient == plain.visits[0].patient


def test_csv_and_xml_say_the_same():
    csv_file, xml_file = read(GOOD), read(XML, "charges.xml")
    assert (csv_file.kind, xml_file.kind) == ("csv", "xml")
    assert [v.row_sha256 for v in csv_file.rows] == [v.row_sha256 for v in xml_file.rows]
    (one,), (two,) = csv_file.visits, xml_file.visits
    assert one.coverages == two.coverages and one.patient == two.patient and one.diagnoses == two.diagnoses
    assert [c.procedure for c in one.charges] == [c.procedure for c in two.charges]


def test_a_visit_with_everything():
    row = {**{c.name: c.example for c in schemas.COLUMNS}, **records.SUBSCRIBER, "relationship": "01"}
    row |= {f"secondary_{name}": text for name, text in records.SUBSCRIBER.items()}
    row |= {"secondary_payer": "bluestone-ppo", "secondary_relationship": "19", "referring_npi": "1999901014"}
    for write in (as_csv, as_xml):
        (visit,) = read(write([row])).visits
        first, second = visit.coverages
        assert (first.sequence, second.sequence) == ("P", "S")
        assert visit.primary.subscriber is not None and visit.primary.subscriber.name.first == "Otis"
        assert second.subscriber is not None and second.relationship == "19"
        assert str(first.therapy_dollars_used) == "1250.00"
        assert visit.patient.address.line2 == "Apt 4"
        assert visit.accident_cause == "EM" and visit.accident_state == "OH"
        assert visit.charges[0].modifiers == ("59",) and visit.charges[0].separate_time
        assert visit.charges[0].description == "cupping therapy"
        assert visit.authorization and visit.referral_number and visit.medical_record_number
        assert first.property_casualty_number == "WC-1000" and first.effective_to is not None
        assert visit.onset_date and visit.initial_treatment_date and visit.plan_of_care_end


def test_too_many_cells_wait():
    lines = GOOD.splitlines(keepends=True)
    file = read(lines[0] + lines[1] + lines[2].rstrip() + b",surplus\r\n")
    assert [{f.code for f in v.findings} for v in file.rows] == [{"IN072"}, {"IN012"}]


def test_missing_cells_at_the_end_are_blank():
    file = read(HEADER + b"\r\n" + GOOD.splitlines()[2].rsplit(b",", 2)[0] + b"\r\n")
    assert codes(file) == set() and len(file.visits) == 1


def test_who_leaves_blank_cells_and_the_last_line_break_away_is_read():
    lines = [line.rsplit(b",", 2)[0] for line in GOOD.splitlines()[1:]]
    file = read(b"\n".join([HEADER, *lines]))
    assert codes(file) == set() and len(file.visits) == len(read(GOOD).visits)
    assert codes(read(GOOD.rstrip())) == set() and len(read(GOOD.rstrip()).visits) == len(read(GOOD).visits)


def test_a_huge_cell_is_cut():
    file = read(GOOD.replace(b"Alderwick", b"A" * 100_000))
    assert codes(file) == {"IN011"}
    assert all(len(f.value or "") < 100 for v in file.rows for f in v.findings)
    assert codes(read(GOOD.replace(b"Alderwick", b"A" * 200_000))) == {"IN003"}


@pytest.mark.parametrize("change", [
    (b'code="97140"', b'cpt="97140"'), (b"<procedure ", b"<therapy/><procedure "), (b"<coverage ", b"<cover "),
])  # fmt: skip
def test_schema_errors_name_their_rows(change):
    data = XML.replace(*change, 1) if change[0] != b"<procedure " else XML[::-1].replace(
        b" erudecorp<", b" erudecorp<>/ypareht<", 1)[::-1]  # fmt: skip
    if b"<cover " in data:
        data = data.replace(b"/></visit>", b"/></visit>")
    file = read(data)
    assert "IN006" in codes(file)
    assert {f.row for v in file.rows for f in v.findings} <= {1, 2}


def test_a_blank_says_the_same_in_both_formats():
    for name in records.VISIT:
        rows = [{**row, name: ""} for row in ROWS]
        assert codes(read(as_csv(rows))) == codes(read(as_xml(rows))), name
        assert "IN006" not in codes(read(as_xml(rows)))


def test_one_bad_visit_leaves_the_others():
    bad = {**ROWS[0], "visit_id": "V3", "patient_id": "P3", "payer": "nobody"}
    rows = [*ROWS, {**ROWS[0], "visit_id": "V2", "patient_id": "P2"}, bad]
    file = read(as_csv(rows))
    assert [v.visit_id for v in file.visits] == ["V1", "V2"]
    assert [v.accepted for v in file.rows] == [True, True, True, False]
    xml = read(as_xml(rows))
    assert [v.accepted for v in xml.rows] == [True, True, True, False]


def test_two_disciplines_on_one_day_are_two_visits():
    practice = records.the_practice()
    therapist = replace(practice.therapists[0], id="ot-lee", discipline=Discipline.OT)
    both = replace(practice, therapists=(*practice.therapists, therapist))
    data = as_csv([*ROWS, {**ROWS[1], "visit_id": "V2", "therapist": "ot-lee"}])
    file = intake.read(data, "charges.csv", both, records.payer_ids(), records.TODAY)
    assert [visit.visit_id for visit in file.visits] == ["V1", "V2"]


@pytest.mark.parametrize(("visit_id", "expected"), [("", {"IN020", "IN073"}), ("V1l", {"IN073"})])
def test_a_mistyped_visit_id_does_not_tear_a_visit_apart(visit_id, expected):
    torn = {**ROWS[0], "visit_id": visit_id, "procedure": "97116"}
    file = read(as_csv([*ROWS, torn, {**ROWS[0], "visit_id": "V2", "patient_id": "P2"}]))
    assert [v.visit_id for v in file.visits] == ["V2"]
    assert [{f.code for f in v.findings} for v in file.rows] == [{"IN073"}, {"IN073"}, expected, set()]


def test_schemas_are_the_columns():
    folder = data_folder("schemas")
    if os.environ.get("PTEDI_UPDATE"):
        schemas.write()
    assert (folder / "charges.xsd").read_text(encoding="utf-8") == schemas.xsd()
    assert (folder / "charges.schema.json").read_text(encoding="utf-8") == schemas.json_schema()
    schema = etree.XMLSchema(etree.fromstring(schemas.xsd().encode()))
    shown = {f"{one}.{kind}" for one in schemas.EXAMPLES for kind in ("csv", "xml")}
    assert shown <= {path.name for path in (data_folder("sample_edi") / "charges").iterdir()}
    assert all(f"sample_edi/charges/{one}" in schemas.xsd() + schemas.json_schema() for one in shown)
    assert schema.validate(etree.fromstring(XML))
    document = json.loads(schemas.json_schema())
    jsonschema.Draft202012Validator.check_schema(document)
    for row in ROWS:
        jsonschema.validate(row, document)
    examples = {name: shape["examples"][0] for name, shape in document["properties"].items()}
    jsonschema.validate(examples, document)


def test_nothing_is_fetched(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    for data in (
        f'<!DOCTYPE c [<!ENTITY f SYSTEM "{secret.as_uri()}">]><charges>&f;</charges>',
        f'<charges xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{secret.as_uri()}"/></charges>',
        f'<?xml-stylesheet href="{secret.as_uri()}"?><charges/>',
    ):  # fmt: skip
        file = read(data.encode())
        assert file.refused and "SECRET" not in repr(file)
