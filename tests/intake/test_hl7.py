"""HL7 v2: each code from messages, encodings, a sender's own codes and places, bytes of any kind."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ptedi import intake
from ptedi.errors import ConfigurationError
from ptedi.findings import CATALOGUE
from ptedi.intake import hl7_rows
from ptedi.intake.hl7_message import parse
from ptedi.intake.hl7_places import PLACES, place
from ptedi.intake.senders import load
from ptedi.sandbox.hl7_files import as_hl7
from tests.intake import records
from tests.intake.carriers import said
from tests.intake.records import ROWS, read

BARE = as_hl7([ROWS], batch=False, end="\n")
BATCH = as_hl7([ROWS], end="\n")
TWO = as_hl7([ROWS, [{**row, "visit_id": "V2", "patient_id": "P2"} for row in ROWS]], end="\n")
FT1 = next(line for line in BARE.split(b"\n") if line.startswith(b"FT1|1|"))


def _sub(old: bytes, new: bytes, count: int = 1) -> bytes:
    assert old in BARE
    return BARE.replace(old, new, count)


OF_A_FILE = [
    ("IN001", b"FHS|^~\\&|\rBHS|^~\\&|\rBTS|0\rFTS|1\r"), ("IN003", BARE.replace(b"lakeside", b"lake\0side")),
    ("IN082", BATCH.replace(b"BTS|1", b"BTS|2")), ("IN082", BATCH.replace(b"FTS|1", b"FTS|2")),
    ("IN082", BATCH.replace(b"FTS|1\n", b"")), ("IN082", BATCH.replace(b"BTS|1\nFTS|1\n", b"")),
    ("IN082", BARE + b"BTS|1\n"), ("IN082", BATCH.replace(b"BTS|1\n", b"")),
    ("IN082", TWO[:len(TWO) // 2]), ("IN085", b"FHS|^~\\&|\n" + FT1 + b"\nFTS|0\n"),
    ("IN085", BATCH.replace(b"FTS|1", b"FTS|1\nFT1|3||")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "data"), OF_A_FILE)
def test_file_is_refused(code, data):
    file = read(data)
    assert file.kind == "hl7" and file.refused and not file.rows and not file.visits
    assert code in records.codes(file)
    assert intake.rejects(file, data) == b""


OF_A_ROW = [
    ("IN080", _sub(b"MSH|^~\\&|", b"MSH|^^^^|")), ("IN080", b"MSH|"),
    ("IN080", _sub(b"12 Sample Ave", b"12 Sample\nAve")), ("IN080", b"MSH|^~\\&"),
    ("IN080", _sub(b"\nPV1|", b"\npv1|")),
    ("IN081", _sub(b"DFT^P03^DFT_P03", b"ADT^A04")), ("IN081", _sub(b"DFT^P03^DFT_P03", b"DFT^P11")),
    ("IN081", b"MSH|^~\\&|A|B|C|D|2026||ACK|1|P|2.5.1\rMSA|AA|1\r"),
    ("IN083", _sub(b"UNICODE UTF-8", b"ISO IR87")), ("IN083", _sub(b"Nora", b"N\xf3ra")),
    ("IN083", _sub(b"UNICODE UTF-8", b"UNICODE UTF-16")), ("IN083", _sub(b"UNICODE UTF-8", b"8859/77")),
    ("IN084", _sub(b"||CG|", b"||CD|")), ("IN084", _sub(b"||CG|", b"||PY|")),
    ("IN084", BARE.replace(b"97110^^C4|||1|", b"97110^^C4|||-1|")),
    ("IN084", BARE.replace(b"97110^^C4|||1|", b"97110^^C4|||0|")),
    ("IN025", BARE.replace(b"ZPT|23|8\n", b"").replace(b"PV1|1|", b"ZPT|23|8\nPV1|1|")), ("IN031", b"\n".join(
        line for line in BARE.split(b"\n") if not line.startswith(b"IN1"))),
    ("IN020", b"\n".join(line for line in BARE.split(b"\n") if not line.startswith((b"FT1", b"ZPT||")))),
    ("IN062", BARE.replace(b"M25.561^^I10", b"M99.01^^I10", 1)), ("IN021", _sub(b"|19510402|", b"|195104|")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "data"), OF_A_ROW)
def test_message_is_refused(code, data):
    file = read(data)
    assert file.kind == "hl7" and not file.refused and not file.visits
    assert code in records.codes(file), [f.message for r in file.rows for f in r.findings]
    assert file.rows and not any(row.accepted for row in file.rows)
    out = intake.rejects(file, data)
    assert Counter(r.row_sha256 for r in read(out).rows) == Counter(r.row_sha256 for r in file.rows)


@pytest.mark.parametrize(("code", "data"), [
    ("IN086", _sub(b"|2.5.1|", b"|2.8|")), ("IN087", BARE + b"IN1|2||bluestone-ppo|||||||||||||||||||||||||||||||||X1\n"
     b"IN1|3||state-medicaid|||||||||||||||||||||||||||||||||X2\n"),
])  # fmt: skip
def test_warnings_go_on(code, data):
    file = read(data)
    assert records.codes(file) == {code} and len(file.visits) == 1
    assert not CATALOGUE[code].severity.stops


@pytest.mark.parametrize("data", [
    BARE, BATCH, b"\xef\xbb\xbf" + BARE, b"\n\n" + BARE + b"\n\n", b"\x0b" + BARE.replace(b"\n", b"\r") + b"\x1c\r",
    _sub(b"UNICODE UTF-8", b""), _sub(b"UNICODE UTF-8", b"ASCII~UNICODE UTF-8"), _sub(b"UNICODE UTF-8", b"8859/15"),
    _sub(b"|2.5.1|", b"|2.3|"), _sub(b"|2.5.1|", b"|2.4^USA|"),
    _sub(b"MSH|^~\\&|", b"MSH|^~\\&#|"), _sub(b"MSH|^~\\&|", b"MSH|^~\\|"),
    _sub(b"DFT^P03^DFT_P03", b"DFT^P03"), BARE + b"ZZZ|whatever\nGT1|1||Else^Some\n", _sub(b"|CG|", b"||"),
    _sub(b"12 Sample Ave", b"12 \\H\\Sample\\N\\ Ave"), _sub(b"12 Sample Ave", b"12\\.br\\Sample Ave"),
    _sub(b"12 Sample Ave", b"12 \\X53\\ample Ave"), BARE.replace(b"|SEL|", b"|18|").replace(b"||P1^", b"||P1^"),
    _sub(b"PV1|1|O|lakeside", b"PV1|1|O|ROOM 3^^^lakeside"), _sub(b"|pt-rowe|", b"|DR99^Someone~pt-rowe|"),
    BARE.replace(b"FT1|1||", b'FT1|1|""|'),
])  # fmt: skip
def test_harmless_differences(data):
    file = read(data)
    assert records.codes(file) == set()
    assert said(file) == said(read(records.as_csv(ROWS)))


@pytest.mark.parametrize(("encoding", "name"), [("8859/1", "Muñoz"), ("UNICODE UTF-8", "Muñoz"), ("", "Muñoz"),
                                                ("8859/1", "Smith|O^N&~\\")])  # fmt: skip
def test_encodings_and_escapes(encoding, name):
    rows = [{**row, "patient_last": name} for row in ROWS]
    file = read(as_hl7([rows], encoding=encoding))
    assert [row.row_sha256 for row in file.rows] == [row.row_sha256 for row in read(records.as_csv(rows)).rows]


def test_one_bad_message_leaves_the_others():
    data = TWO.replace(b"DFT^P03^DFT_P03", b"ADT^A04", 1)
    file = read(data)
    assert [v.visit_id for v in file.visits] == ["V2"]
    assert [v.accepted for v in file.rows] == [False, False, True, True]
    out = intake.rejects(file, data)
    assert out.count(b"MSH|") == 1 and b"ADT^A04" in out and b"FHS" not in out
    assert all(out.count(b"NTE|1|PTEDI|row %d rejected: IN081" % row) == 1 for row in (1, 2))
    as_it_was = [line for line in out.split(b"\n") if not line.startswith(b"NTE|1|PTEDI|")]
    assert b"\n".join(as_it_was) in data


def test_a_visit_in_several_messages():
    one, two = as_hl7([[ROWS[0]]], batch=False), as_hl7([[ROWS[1]]], batch=False)
    assert said(read(one + two)) == said(read(records.as_csv(ROWS)))


def test_a_correction_in_a_second_message_waits():
    first = BARE.replace(b"FT1|1||", b"FT1|1|T77|").replace(b"FT1|2||", b"FT1|2|T78|")
    file = read(first + first.replace(b"ZPT|23|8", b"ZPT|29|8"))
    assert not file.visits and "IN094" in {f.code for f in file.rows[2].findings}
    same = read(first.replace(b"T78", b"T77"))
    assert len(same.visits) == 1 and not records.codes(same)


def test_a_torn_message_holds_back_its_visit():
    one, two = as_hl7([[ROWS[0]]], batch=False), as_hl7([[ROWS[1]]], batch=False)
    file = read(one + two.replace(b"MSH|^~\\&|", b"MSH|^^^^|"))
    assert not file.visits and next({f.code for f in r.findings} for r in file.rows) == {"IN072"}


def test_minutes_from_the_clock():
    """FT1-4 from and to, for the assistant when FT1-20 names one, where no ZPT states minutes."""
    data = BARE.replace(b"\nZPT|23|8", b"").replace(b"\nZPT|15", b"")
    data = data.replace(b"FT1|1|||20261120|", b"FT1|1|||202611200900-0500^20261120092359-0500|")
    data = data.replace(b"FT1|2|||20261120|", b"FT1|2|||20261120093000^20261120094500|")
    at = data.index(b"FT1|2|")
    data = data[:at] + data[at:].replace(b"pt-rowe", b"pta-moss", 1)
    (visit,) = read(data).visits
    assert [(c.therapist_minutes, c.assistant_minutes) for c in visit.charges] == [(23, 0), (0, 15)]


def test_subscriber_from_the_guarantor():
    given_rows = [{**row, "relationship": "01", "payer": "bluestone-ppo", **records.SUBSCRIBER} for row in ROWS]
    whole = as_hl7([given_rows], batch=False, end="\n")
    (line,) = [one for one in whole.split(b"\n") if one.startswith(b"IN1")]
    fields = line.split(b"|")
    gt1 = b"|".join([b"GT1", b"1", b"", fields[16], b"", fields[19], b"", b"", fields[18], fields[43]])
    fields[18] = fields[19] = fields[43] = b""
    thin = whole.replace(line, b"|".join(fields) + b"\n" + gt1)
    assert said(read(thin)) == said(read(whole)) != {}
    other = thin.replace(b"GT1|1||Alderwick", b"GT1|1||Elsewise")
    assert "IN034" in records.codes(read(other))


def test_order_of_coverages():
    second = b"IN1|2||bluestone-ppo|||||||||||||||||||1||||||||||||||X1\n"
    data = BARE.replace(b"|||||||||||||||||||1EG4", b"|||||2||||||||||||||1EG4") + second
    (visit,) = read(data).visits
    assert [c.payer_id for c in visit.coverages] == ["bluestone-ppo", "medicare-part-b"]


def test_a_thin_message_of_another_make():
    """Version 2.3, no DG1, NPI inside the assigning authority, ICD-9 beside ICD-10, names of codes, empty ids."""
    practice = records.the_practice()
    person = practice.therapist("pt-rowe")
    assert person
    dx = ("M54.50^Low back pain^I10~724.2^Lumbago^I9~M25.561^Pain in right knee^I10~M62.81^Weakness^I10"
          "~R26.89^x^I10~R26.81^x^I10")  # fmt: skip
    data = "\r".join((
        "MSH|^~\\&|^chart|321|^billing||20261120145837||DFT^P03|6583558|P|2.3||||AL|", "EVN|P03|20261120145837|",
        "PID||987654|987654||Alderwick^Nora||19510402|F|||12 Sample Ave^^Sampleton^MI^49998^USA||||||||",
        f"PV1||O|^^^lakeside||||^Rowanberry^Teal^^^^^^&{person.npi}&NPI|^Granbyrd^Avis^^^^^^&1999901014&NPI|||||||||||V9",
        f"FT1||||20261120090000|20261120|CG||||1|||||||||{dx}||||||97110^Therapeutic exercise^C4|59~XE", "ZPT|23",
        "FT1||||20261120092300|20261120|CG||||1|||||||||M25.561||||||97140^Manual therapy|", "ZPT|15",
        f"IN1|1|999|medicare-part-b|Some Carrier{'|' * 13}SEL{'|' * 19}1EG4TE5MK73", "",
    )).encode()  # fmt: skip
    file = read(data)
    assert not any(file.waiting), [f.message for row in file.rows for f in row.findings]
    (visit,) = file.visits
    assert (visit.visit_id, visit.patient_id, visit.therapist_id) == ("V9", "987654", "pt-rowe")
    assert visit.referring and (visit.referring.npi, visit.referring.name.last) == ("1999901014", "Granbyrd")
    assert visit.diagnoses == ("M5450", "M25561", "M6281", "R2689", "R2681")
    assert [c.diagnosis_pointers for c in visit.charges] == [(1, 2, 3, 4), (2,)]
    assert visit.charges[0].modifiers == ("59", "XE") and visit.clinic_id == "lakeside"


def test_work_accident_by_its_flag():
    (visit,) = read(BARE + b"ACC|20260914|||||Y\n").visits
    assert visit.accident_cause == "EM"


SENDER = load({"hl7": {
    "payers": {"MCARE": "medicare-part-b"}, "clinics": {"MAIN": "lakeside"}, "therapists": {"D1": "pt-rowe"},
    "places": {"therapist_minutes": "FT1-10", "visit_id": ["PID-18", "PV1-19"], "pointers": "ZPT-12"},
}})  # fmt: skip


def test_a_senders_codes_and_places():
    data = (BARE.replace(b"medicare-part-b", b"MCARE").replace(b"lakeside", b"MAIN").replace(b"pt-rowe", b"D1")
            .replace(b"97110^^C4|||1|", b"97110^^C4|||23|").replace(b"97140^^C4|||1|", b"97140^^C4|||15|")
            .replace(b"ZPT|23|8", b"ZPT||8||||||||||1 2").replace(b"ZPT|15", b"ZPT|"))
    assert {"IN030", "IN040", "IN041"} <= records.codes(read(data))
    file = intake.read(data, "x", records.the_practice(), records.payer_ids(), records.TODAY, SENDER)
    assert said(file) == said(read(records.as_csv(ROWS)))


def test_clinicians_and_clinics_are_known_by_npi():
    practice = records.the_practice()
    person, clinic = practice.therapist("pt-rowe"), practice.clinic("lakeside")
    assert person and clinic
    data = BARE.replace(b"pt-rowe", person.npi.encode()).replace(b"lakeside", clinic.npi.encode())
    assert said(read(data)) == said(read(BARE))


@pytest.mark.parametrize("table", [
    {"hl7": {"places": {"minutes": "FT1-10"}}}, {"hl7": {"places": {"visit_id": "PV1"}}}, {"csv": {}},
    {"hl7": {"payers": {"A": 1}}}, {"fhir": {"places": {}}}, {"fhir": {"extensions": {"payer": "urn:x"}}},
    {"hl7": {"places": {"visit_id": "PV1-0"}}}, {"hl7": {"places": {"visit_id": [1]}}}, {"hl7": 5},
])  # fmt: skip
def test_settings_are_checked(table):
    with pytest.raises(ConfigurationError):
        load(table)


def test_every_column_has_a_place():
    assert set(PLACES) == {column.name for column in intake.reader.csv_rows.BY_NAME.values()}
    assert place("IN1(2)-16.1.2").nth == 2 and place("PID-3[MR]").tag == "MR"


def test_nothing_reaches_the_log(caplog):
    read(_sub(b"Alderwick", b"Alder\\Zwick\\\\\\ \\X4\\"))
    assert not caplog.records


def test_a_monstrous_message_is_not_cut():
    file = read(_sub(b"12 Sample Ave", b"|" * 1_500_000))
    assert "IN080" in records.codes(file) and not file.visits


def test_limits(monkeypatch):
    monkeypatch.setattr(hl7_rows, "MAX_ROWS", 1)
    assert records.codes(read(BARE)) == {"IN010"}
    monkeypatch.setattr(intake.reader, "MAX_BYTES", 10)
    assert records.codes(read(BARE)) == {"IN010"}


def _whole(data: bytes) -> None:
    file = read(data)
    assert not (file.refused and (file.rows or file.visits))
    out = intake.rejects(file, data)
    assert bool(out) == bool(file.waiting)
    if file.kind == "hl7" and out:
        again = read(out)
        assert not again.refused
        waiting = Counter(v.row_sha256 for v in file.waiting)
        assert not waiting - Counter(v.row_sha256 for v in again.rows)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"MSH|^~\\&|", b"MSH", b"BHS|^~\\&|\r", b"MSH|", BARE, BATCH[:90]]))
@example(b"\x85", b"MSH|^~\\&|")
def test_random_bytes(data, before):
    _whole(before + data)


@settings(max_examples=250, deadline=None)
@given(st.data(), st.sampled_from([BARE, BATCH, TWO, as_hl7([ROWS], mllp=True)]))
def test_mutated_messages(data, original):
    """Cut, insert, overwrite and repeat pieces of good messages."""
    body = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        length = data.draw(st.integers(0, 40))
        body[at:at + length] = data.draw(st.sampled_from([
            b"", b"|", b"^", b"~", b"&", b"\\", b"\r", b"\n", b"\xff", b"\0", b"\x0b", b"\x1c", b'""', b"MSH|^~\\&|",
            b"MSH|$$$$|", b"\nFT1|", b"\nBTS|1", b"\nFHS|^~\\&|", b"\\X", b"\\X0D\\", b"-1", bytes(body[at:at + 90]),
            b"99991399", b"\nNTE|1|PTEDI|x", "é".encode(), b"\xc2\x85", b"\x1d",
        ]))  # fmt: skip
    _whole(bytes(body))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["utf-8", "8859/1", "", "ISO IR87"]))
def test_any_text_is_cut(text, encoding):
    parse("MSH|^~\\&|" + text, encoding)
    parse("MSH" + text, encoding)
