"""FHIR R4: each code from resources, hostile JSON, references of every kind, minutes from every place."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi import intake
from ptedi.findings import CATALOGUE
from ptedi.intake import fhir_rows, json_text
from ptedi.intake.senders import load
from ptedi.sandbox.fhir_files import as_fhir
from tests.intake import records
from tests.intake.carriers import said
from tests.intake.records import ROWS, read

GOOD = as_fhir([ROWS])
PLAIN = said(read(records.as_csv(ROWS)))
Resources = dict[str, dict[str, Any]]


def _changed(change: Callable[[Resources], object], source: bytes = GOOD) -> bytes:
    """The good bundle after a change to its resources, given by type (the first) and by address."""
    bundle = json.loads(source)
    by_name: Resources = {}
    for entry in bundle["entry"]:
        node = entry["resource"]
        by_name.setdefault(node["resourceType"], node)
        by_name[f"{node['resourceType']}/{node['id']}"] = node
    change(by_name)
    bundle["entry"] = [entry for entry in bundle["entry"] if entry["resource"]]
    return json.dumps(bundle).encode()


def _set(kind: str, **values: object) -> Callable[[Resources], object]:
    return lambda r: r[kind].update({name.rstrip("_"): value for name, value in values.items()})


def _drop(kind: str, *names: str) -> Callable[[Resources], object]:
    return lambda r: [r[kind].pop(name) for name in names] if names else r[kind].clear()


def _twice(address: str, **values: object) -> bytes:
    bundle = json.loads(GOOD)
    entry = next(e for e in bundle["entry"] if e["fullUrl"].endswith(address))
    again = copy.deepcopy(entry)
    again["resource"].update(values)
    bundle["entry"].append(again)
    return json.dumps(bundle).encode()


DEEP = b'{"resourceType":"Bundle","entry":' + b"[" * 100_000
OF_A_FILE = [
    ("IN090", b'{"resourceType":"Bundle","entry":['), ("IN090", DEEP), ("IN090", b"{" * 70 + b"}" * 70),
    ("IN090", b'{"resourceType":"Bundle","resourceType":"Bundle"}'),
    ("IN090", b'{"resourceType":"Bundle","total":NaN}'),
    ("IN090", b'{"resourceType":"Bundle","total":' + b"9" * 10_000 + b"}"),
    ("IN090", b'{"resourceType":"Bundle","total":1e999999999}'), ("IN090", b'{"a":"' + b'\\"' * 100_000),
    ("IN090", GOOD.replace(b'"finished"', b'"finished')), ("IN090", b"{}\n{]\n"), ("IN090", b"{'a': 1}"),
    ("IN091", b"{}"), ("IN091", b"[]"), ("IN091", b'[{"resourceType":"Patient"}]'), ("IN091", b'{"resourceType":1}'),
    ("IN091", b'{"resourceType":"Patient"}'), ("IN091", b'{"resourceType":"Bundle","type":"collection"}'),
    ("IN091", b'{"resourceType":"Bundle","entry":[1,null,{"resource":5},[]]}'),
    ("IN091", _changed(lambda r: [_set("ChargeItem/i1-1", status="aborted")(r), r["ChargeItem/i1-2"].clear(),
                                  _set("Encounter", status="cancelled")(r)])),
    ("IN002", GOOD.replace(b"Nora", b"N\xf3ra")), ("IN003", GOOD.replace(b"Nora", b"N\0ra")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "data"), OF_A_FILE)
def test_file_is_refused(code, data):
    file = read(data)
    assert file.kind == "fhir" and file.refused and not file.rows and not file.visits
    assert code in records.codes(file)
    assert intake.rejects(file, data) == b""


OF_A_ROW = [
    ("IN084", _changed(_set("ChargeItem", status="billed"))), ("IN084", _changed(_set("ChargeItem", status="planned"))),
    ("IN084", _changed(_set("ChargeItem", quantity={"value": -1}))),
    ("IN084", _changed(_set("ChargeItem", quantity={"value": 0.0}))),
    ("IN092", _changed(_set("Patient", birthDate="2 April 1951"))), ("IN092", _changed(_set("Encounter", klass="x"))),
    ("IN092", _changed(_drop("Encounter", "class"))), ("IN092", _changed(_drop("Coverage", "status"))),
    ("IN092", _changed(_set("ChargeItem", code="97110"))), ("IN092", _changed(_set("Patient", name={"family": "A"}))),
    ("IN093", _changed(_drop("Patient"))), ("IN093", _changed(_drop("Location"))),
    ("IN093", _changed(_drop("Condition"))),
    ("IN093", _changed(_drop("Practitioner"))), ("IN093", _changed(_drop("ServiceRequest"))),
    ("IN093", _changed(_drop("Encounter"))), ("IN093", _changed(_drop("Organization"))),
    ("IN093", _changed(_drop("ChargeItem", "context"))),
    ("IN093", _changed(_set("Encounter", subject={"reference": "Practitioner/pra1"}))),
    ("IN094", _twice("Patient/p1", gender="male")), ("IN094", _twice("Coverage/v1", subscriberId="1EG4TE5MK72")),
    ("IN094", _twice("ChargeItem/i1-1", status="billable", quantity={"value": 2})),
    ("IN095", _changed(_set("Encounter", status="cancelled"))),
    ("IN095", _changed(_set("Encounter", status="planned"))),
    ("IN031", _changed(_drop("Coverage"))), ("IN031", _changed(_set("Coverage", status="cancelled"))),
    ("IN020", _changed(lambda r: [r["ChargeItem/i1-1"].clear(), r["ChargeItem/i1-2"].clear()])),
    ("IN062", _changed(_set("ChargeItem", reason=[{"coding": [{"code": "M99.01"}]}]))),
    ("IN021", _changed(_set("Patient", birthDate="1951"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "data"), OF_A_ROW)
def test_visit_is_refused(code, data):
    file = read(data)
    assert file.kind == "fhir" and not file.refused and not file.visits
    assert code in records.codes(file), [f.message for r in file.rows for f in r.findings]
    assert file.rows and not any(row.accepted for row in file.rows)
    out = intake.rejects(file, data)
    again = read(out)
    assert Counter(r.row_sha256 for r in again.rows) == Counter(r.row_sha256 for r in file.rows)
    assert records.codes(again) == records.codes(file)


def test_what_does_not_stop():
    left_out = read(_changed(_set("ChargeItem/i1-1", status="entered-in-error")))
    assert {f.code for f in left_out.findings} == {"IN096"} and len(left_out.rows) == 1
    assert [c.procedure for v in left_out.visits for c in v.charges] == ["97140"]
    third = json.loads(GOOD)
    for n in (2, 3):
        entry = copy.deepcopy(next(e for e in third["entry"] if "Coverage/" in e["fullUrl"]))
        entry["fullUrl"] = entry["fullUrl"].replace("v1", f"v{n}")
        entry["resource"] |= {"id": f"v{n}", "order": n, "subscriberId": f"X{n}"}
        third["entry"].append(entry)
    file = read(json.dumps(third).encode())
    assert records.codes(file) == {"IN087"} and [c.member_id for c in file.visits[0].coverages] == ["1EG4TE5MK73", "X2"]
    assert not CATALOGUE["IN087"].severity.stops and not CATALOGUE["IN096"].severity.stops


def _urns(bundle: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(bundle)
    for n, entry in enumerate(bundle["entry"]):
        urn = f"urn:uuid:00000000-0000-4000-8000-{n:012d}"
        node = entry["resource"]
        text = text.replace(f'"{entry["fullUrl"]}"', f'"{urn}"')
        text = text.replace(f'"reference": "{node["resourceType"]}/{node["id"]}"', f'"reference": "{urn}"')
    made = json.loads(text)
    for entry in made["entry"]:
        del entry["resource"]["id"]
    return made


def _absolute(bundle: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(bundle)
    for entry in bundle["entry"]:
        address = f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        text = text.replace(f'"reference": "{address}"', f'"reference": "{entry["fullUrl"]}/_history/1"')
    return json.loads(text)


def _contained(bundle: dict[str, Any]) -> dict[str, Any]:
    encounter = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Encounter")
    place = next(e for e in bundle["entry"] if e["resource"]["resourceType"] == "Location")
    bundle["entry"].remove(place)
    encounter["contained"] = [place["resource"]]
    encounter["location"] = [{"location": {"reference": f"#{place['resource']['id']}"}}]
    return bundle


def _logical(bundle: dict[str, Any]) -> dict[str, Any]:
    """Payer and clinic by identifier alone, the patient by an identifier of the file."""
    for entry in list(bundle["entry"]):
        node = entry["resource"]
        if node["resourceType"] == "Coverage":
            node["payor"] = [{"identifier": {"value": "medicare-part-b"}}]
        if node["resourceType"] == "Encounter":
            node["location"] = [{"location": {"identifier": {"value": "lakeside"}}}]
            node["subject"] = {"identifier": {"value": "P1"}}
        if node["resourceType"] in ("Location", "Organization"):
            bundle["entry"].remove(entry)
    return bundle


@pytest.mark.parametrize("shape", [
    _urns, _absolute, _contained, _logical, lambda b: b | {"type": "collection"},
    lambda b: b | {"entry": b["entry"][::-1]},
    lambda b: b | {"entry": [*b["entry"], {"resource": {"resourceType": "Slot", "bad": 1}}]},
    lambda b: b | {"entry": b["entry"] + b["entry"][:3]},
])  # fmt: skip
def test_shapes_of_a_bundle(shape):
    file = read(json.dumps(shape(json.loads(GOOD))).encode())
    assert records.codes(file) == set(), [f.message for row in file.rows for f in row.findings]
    one = PLAIN["V1"]
    (visit,) = said(file).values()
    assert sorted(map(repr, visit.charges)) == sorted(map(repr, one.charges))
    assert (visit.patient, visit.coverages, visit.referring) == (one.patient, one.coverages, one.referring)
    assert (visit.clinic_id, visit.therapist_id, visit.assistant_id) == ("lakeside", "pt-rowe", "pta-moss")


def _no_minutes(r: Resources) -> None:
    for key in ("ChargeItem/i1-1", "ChargeItem/i1-2"):
        r[key].pop("extension", None)


def _observed(minutes: object, who: str, **more: object) -> dict[str, object]:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "minutes"}, "subject": {
        "reference": "Patient/p1"}, "performer": [{"reference": who}], "valueQuantity": {
        "value": minutes, "code": "min", "system": "http://unitsofmeasure.org"}, **more}  # fmt: skip


def test_minutes_from_observations():
    staff = {node["identifier"][0]["value"]: address for address, node in _by_address(GOOD).items()
             if address.startswith("Practitioner/")}  # fmt: skip
    data = json.loads(_changed(_no_minutes))
    data["entry"] += [{"resource": _observed(23, staff["pt-rowe"], id="m1")},
                      {"resource": _observed(8.9, staff["pta-moss"], id="m2")},
                      {"resource": _observed(15, staff["pt-rowe"], id="m3")}]  # fmt: skip
    for entry in data["entry"]:
        node = entry["resource"]
        if node["resourceType"] == "ChargeItem" and node["id"] == "i1-1":
            node["service"] = [{"reference": "Observation/m1"}]
            node["supportingInformation"].append({"reference": "Observation/m2"})
        elif node["resourceType"] == "ChargeItem":
            node["service"] = [{"reference": "Observation/m3"}]
    file = read(json.dumps(data).encode())
    assert said(file) == PLAIN, [f.message for row in file.rows for f in row.findings]
    lost = read(json.dumps(data).replace('"id": "m3"', '"id": "m4"').encode())
    assert "IN093" in records.codes(lost)


def _by_address(data: bytes) -> Resources:
    return {f"{n['resourceType']}/{n['id']}": n for n in (e["resource"] for e in json.loads(data)["entry"])}


def test_minutes_from_quantity_and_clock():
    def change(r: Resources) -> None:
        _no_minutes(r)
        r["ChargeItem/i1-1"]["quantity"] = {"value": 31, "code": "min"}
        del r["ChargeItem/i1-2"]["occurrenceDateTime"]
        r["ChargeItem/i1-2"]["occurrencePeriod"] = {"start": "2026-11-20T09:00:00-05:00",
                                                    "end": "2026-11-20T09:15:40-05:00"}  # fmt: skip
    (visit,) = read(_changed(change)).visits
    assert [c.therapist_minutes for c in visit.charges] == [31, 15]


SENDER = load({"fhir": {
    "payers": {"00430": "medicare-part-b"}, "clinics": {"B7": "lakeside"}, "therapists": {"77": "pt-rowe"},
    "extensions": {"therapist_minutes": "https://sender.example/minutes"},
}})  # fmt: skip


def test_a_senders_codes():
    data = (GOOD.replace(b'"medicare-part-b"', b'"00430"').replace(b'"lakeside"', b'"B7"')
            .replace(b'"pt-rowe"', b'"77"').replace(b"urn:ptedi:therapist-minutes", b"https://sender.example/minutes"))
    assert {"IN030", "IN040", "IN041"} <= records.codes(read(data))
    file = intake.read(data, "x", records.the_practice(), records.payer_ids(), records.TODAY, SENDER)
    assert said(file) == PLAIN


def test_only_the_refused_go_back():
    second = [{**row, "visit_id": "V2", "patient_id": "P2", "payer": "nobody"} for row in ROWS]
    data = as_fhir([ROWS, second])
    file = read(data)
    assert [v.visit_id for v in file.visits] == ["V1"]
    out = json.loads(intake.rejects(file, data))
    kinds = Counter(e["resource"]["resourceType"] for e in out["entry"])
    assert kinds["Encounter"] == kinds["Patient"] == kinds["Coverage"] == 1 and kinds["ChargeItem"] == 2
    before = {e["fullUrl"]: e for e in json.loads(data)["entry"]}
    for entry in out["entry"]:
        if entry["resource"]["resourceType"] == "ChargeItem":
            told = entry["resource"]["extension"].pop()["valueString"]
            assert told.startswith(("row 3 rejected: IN030 ", "row 4 rejected: IN030 "))
        assert entry == before[entry["fullUrl"]]


def test_nothing_of_a_resource_is_in_the_sentence_about_it():
    file = read(_changed(_set("Patient", birthDate="SECRET-2")))
    assert not any("SECRET" in f.message for row in file.rows for f in row.findings)


def test_a_file_of_too_many_parts_is_not_built(monkeypatch):
    monkeypatch.setattr(json_text, "MAX_PARTS", 50)
    assert records.codes(read(GOOD)) == {"IN090"}


def test_limits(monkeypatch):
    monkeypatch.setattr(fhir_rows, "MAX_ROWS", 1)
    assert records.codes(read(GOOD)) == {"IN010"}
    monkeypatch.setattr(intake.reader, "MAX_BYTES", 10)
    assert records.codes(read(GOOD)) == {"IN010"}


def test_long_texts_are_read_in_one_go():
    """Neither a text of millions of quotes nor of brackets takes more than linear time."""
    json_text.load('["' + '\\"[{' * 300_000 + '"]')
    with pytest.raises(json_text.Unreadable):
        json_text.load('"' + '\\"' * 1_000_000)


def _whole(data: bytes) -> None:
    file = read(data)
    assert not (file.refused and (file.rows or file.visits))
    out = intake.rejects(file, data)
    assert bool(out) == bool(file.waiting)
    if file.kind == "fhir" and out:
        waiting = Counter(v.row_sha256 for v in file.waiting)
        assert not waiting - Counter(v.row_sha256 for v in read(out).rows)


@pytest.mark.parametrize("written", ["0.0", "1.10", "-0", "1E5", "2e-3", "30", "0.000", "12.50"])
def test_a_number_comes_back_as_it_was_written(written):
    bundle = _changed(_set("ChargeItem", status="billed", factorOverride="HERE"))
    data = bundle.replace(b'"HERE"', written.encode())
    assert f'"factorOverride": {written}'.encode() in intake.rejects(read(data), data)
    value = json_text.load(f'{{"a": [{written}, "x {written}"]}}')
    assert f'{written},\n    "x {written}"' in json_text.dump(value, "")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"{", b"[", b'{"resourceType":"Bundle","entry":[', GOOD[:900]]))
def test_random_bytes(data, before):
    _whole(before + data)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_mutated_files(data):
    body = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body)))
        length = data.draw(st.integers(0, 20))
        body[at:at + length] = data.draw(st.sampled_from([
            b"", b"{", b"}", b"[", b"]", b'"', b",", b":", b"null", b"1e9", b"\\u0000", b"\\ud800", b"\xff", b"true",
            b"[]", b"{}", b'""', b"-1", bytes(body[at:at + 60]),
        ]))  # fmt: skip
    _whole(bytes(body))


_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=6) | _FLOATS,
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
                        ["reference", "identifier", "value", "coding", "code", "extension", "url", "start", "x"]),
                        inner, max_size=3), max_leaves=8)  # fmt: skip
PATHS = [(kind, name) for kind in ("Encounter", "ChargeItem", "Patient", "Coverage", "Condition", "ServiceRequest",
                                   "Practitioner") for name in json.loads(json.dumps(_by_address(GOOD)))
         if name.startswith(f"{kind}/")]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PATHS), st.data(), JSON)
def test_any_value_anywhere(path, data, value):
    def change(r: Resources) -> None:
        node = r[path[1]]
        node[data.draw(st.sampled_from(sorted(node)))] = value
    _whole(_changed(change))
