"""From charges to a delivered 837P: what each step leaves behind."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ptedi import checks
from ptedi.config import data_folder
from ptedi.errors import ConfigurationError, ContractViolation
from ptedi.steps.night import Night, open_night
from ptedi.steps.numbering import SERIES
from ptedi.steps.outbound import build_batches, code_visits, deliver_batches, extract_charges, rebuild, scrub_claims
from ptedi.store import batches, claims, files, postings, series
from ptedi.store.batches import Outbox
from ptedi.store.json import encode
from ptedi.store.series import SeriesKey
from ptedi.store.tables import metadata
from ptedi.submissions.status import State
from ptedi.transactions import claim_837p
from ptedi.x12 import oracle
from tests.steps.conftest import DAY
from tests.steps.outgoing import Drop, on_their_way, to_ready


def test_every_ready_claim_reaches_the_partner_once(night: Night, workspace: Path, drop: Drop) -> None:
    drop(visits=12)
    ready = to_ready(night)
    built = build_batches(night, DAY)
    assert built.claims == ready > 0
    done = deliver_batches(night)
    assert (done.sent, done.claims, done.charge_cents) == (built.batch_ids, ready, built.charge_cents)
    [path] = (workspace / "clearinghouse/to").iterdir()
    data = path.read_bytes()
    assert oracle.validate(data).ok
    sent = [claim for one in claim_837p.read_batches(data) for claim in one.claims]
    with night.store.read() as conn:
        rows = claims.by_state(conn, [State.SENT])
        assert sorted(claim.patient_control_number for claim in sent) == [row.patient_control_number for row in rows]
        assert [row.state for row in batches.list_batches(conn)] == [Outbox.SENT]
    manifest = json.loads((workspace / "outbox" / f"{path.name}.manifest.json").read_text())
    assert manifest["claim_count"] == ready
    assert manifest["charge"] == f"{sum(claim.charge for claim in sent):.2f}"
    assert build_batches(night, DAY).batch_ids == ()
    assert deliver_batches(night).sent == ()


def test_the_books_say_what_the_claims_bill(night: Night, drop: Drop) -> None:
    drop()
    extract_charges(night)
    done = code_visits(night, DAY)
    with night.store.read() as conn:
        assert sum(sum(b.values()) for b in postings.balances_of_claims(conn).values()) == 0
        billed = -sum(amount for account, amount in postings.balances(conn).items() if account == "charges")
        assert int(billed * 100) == done.charge_cents > 0
        assert postings.unbalanced(conn) == []


def test_numbers_have_no_gap(night: Night, drop: Drop) -> None:
    drop(visits=8)
    extract_charges(night)
    coded = code_visits(night, DAY)
    with night.store.read() as conn:
        used = series.audit(conn, SeriesKey(night.practice.id, "T", "CLM01"))
    assert [use.value for use in used] == list(range(1, coded.claims + 1))


def test_control_numbers_follow_the_visits(night: Night, drop: Drop) -> None:
    drop(visits=8)
    to_ready(night)
    with night.store.read() as conn:
        rows = claims.of_date(conn, DAY)
    assert [row.visit_id for row in rows] == sorted(row.visit_id for row in rows)


def test_a_batch_can_be_made_again_byte_for_byte(night: Night, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    monkeypatch.setenv("PTEDI_NOW", "2027-01-01T00:00:00+00:00")
    with night.store.read() as conn:
        file = files.get(conn, batches.get(conn, batch_id).file_id)
    assert rebuild(night, batch_id) == files.read_bytes(night.archive, file)


def test_segment_positions_point_at_the_claims(night: Night, drop: Drop) -> None:
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    segments = rebuild(night, batch_id).decode().split("~")[2:]  # from ST
    with night.store.read() as conn:
        for place in batches.claims_of(conn, batch_id):
            number = claims.get(conn, place.claim_id).patient_control_number
            inside = [s for s in segments[place.first_segment - 1 : place.last_segment] if s.startswith("CLM*")]
            assert inside == [s for s in segments if s.startswith(f"CLM*{number}*")] != []


def limited(workspace: Path, claims_per_set: int) -> None:
    text = (workspace / "ptedi.toml").read_text()
    (workspace / "ptedi.toml").write_text(text.replace("claims_per_set = 5000", f"claims_per_set = {claims_per_set}"))


def test_a_partners_limit_splits_the_files(workspace: Path, drop: Drop) -> None:
    limited(workspace, 3)
    drop(visits=12)
    with open_night(workspace) as night:
        ready = to_ready(night)
        built = build_batches(night, DAY)
        with night.store.read() as conn:
            rows = batches.list_batches(conn)
            used = series.audit(conn, SeriesKey("harbor", "T", "ISA13"))
    assert sum(row.claim_count for row in rows) == ready
    assert max(row.claim_count for row in rows) == 3
    assert [row.interchange_control_number for row in rows] == list(range(1, len(built.batch_ids) + 1))
    assert [(u.value, u.used_for) for u in used] == [
        (row.interchange_control_number, f"batch {row.batch_reference}") for row in rows
    ]


def test_settings_that_spoil_every_file_hold_no_claim(workspace: Path, drop: Drop) -> None:
    drop()
    text = (workspace / "ptedi.toml").read_text()
    (workspace / "ptedi.toml").write_text(text.replace('submitter_id = "TAMARACKPT"', 'submitter_id = "T"'))
    with open_night(workspace) as night:
        ready = to_ready(night)
        with pytest.raises(ContractViolation):
            build_batches(night, DAY)
        assert on_their_way(night) == {State.READY}
        with night.store.read() as conn:
            assert series.audit(conn, SeriesKey("harbor", "T", "ISA13")) == []
    (workspace / "ptedi.toml").write_text(text)
    with open_night(workspace) as night:
        assert build_batches(night, DAY).claims == ready


def test_no_patient_is_named_in_what_a_step_returns(night: Night, drop: Drop) -> None:
    drop()
    results: list[object] = [extract_charges(night), code_visits(night, DAY), scrub_claims(night, DAY),
                             build_batches(night, DAY), deliver_batches(night)]  # fmt: skip
    with night.store.read() as conn:
        people = {one.claim.person_treated.name.last for one in claims.load_all(
            conn, [row.id for row in claims.of_date(conn, DAY)]).values()}  # fmt: skip
    assert not any(name in str(results) for name in people)


def test_the_workspace_says_how_many_claims_of_a_file_pyx12_judges(night: Night, drop: Drop) -> None:
    drop(visits=9)
    ready = to_ready(night)
    night.workspace.settings["checks"] = {"pyx12": 2}
    built = build_batches(night, DAY)
    with night.store.read() as conn:
        row = batches.get(conn, built.batch_ids[0])
    assert (row.claim_count, row.second_opinion_claims) == (ready, 2)
    for wrong in ("some", 0, True):
        night.workspace.settings["checks"] = {"pyx12": wrong}
        with pytest.raises(ConfigurationError, match="pyx12"):
            build_batches(night, DAY)


def test_a_batch_numbered_the_old_way_is_found_and_rebuilt(night: Night, drop: Drop) -> None:
    """BHT03 once counted for the practice and ST02 began at 0001: the stored envelope says so, without a case."""
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    with night.store.begin() as conn:
        envelope = json.loads(encode(batches.get(conn, batch_id).envelope)) | {
            "set_control_number": "0001", "batch_reference": "TAMT000000001"}  # fmt: skip
        del envelope["case"]
        table = metadata.tables["batches"]
        conn.execute(table.update().values(document=json.dumps(envelope), batch_reference="TAMT000000001"))
        [found] = batches.by_reference(conn, "TAMT000000001")
    data = rebuild(night, batch_id)
    assert (found.id, found.envelope.references) == (batch_id, {"TAMT000000001": "0001"})
    assert b"~ST*837*0001*" in data and b"~BHT*0019*00*TAMT000000001*" in data


PIER = """
[partners.pier]
name = "Pier Clearinghouse"
sender_id = "TAMPIER"
receiver_id = "PIERCH"
submitter_name = "TAMARACK PHYSICAL THERAPY"
submitter_id = "TAMPIER"
contact_name = "BILLING OFFICE"
phone = "5555550100"
receiver_name = "PIER CLEARINGHOUSE"
newline = "\\n"
set_numbers = "file"
case = "as written"
extension = "txt"

[partners.pier.transport]
kind = "local"
outbound = "pier/to"
inbound = "pier/from"
"""


def test_each_payers_claims_go_to_its_partner_in_its_own_manner(workspace: Path, drop: Drop) -> None:
    """Two partners: routing, series of numbers for each, newlines, case and file names as each wants them."""
    (workspace / "ptedi.toml").write_text((workspace / "ptedi.toml").read_text() + PIER)
    (workspace / "payers").mkdir()
    for name in ("medicare-part-b", "summit-advantage"):
        text = (data_folder("schemas") / "payers" / f"{name}.toml").read_text()
        (workspace / "payers" / f"{name}.toml").write_text(re.sub(r'(?m)^partner = .*$', 'partner = "pier"', text))
    drop(visits=16)
    with open_night(workspace) as night:
        ready = to_ready(night)
        build_batches(night, DAY)
        deliver_batches(night)
        with night.store.read() as conn:
            rows = {row.partner_id: row for row in batches.list_batches(conn)}
            payers = {p: {claims.get(conn, m.claim_id).payer_id for m in batches.claims_of(conn, row.id)}
                      for p, row in rows.items()}  # fmt: skip
            used = {(p, name): [u.value for u in series.audit(conn, SeriesKey(p, "T", name))]
                    for p in rows for name in SERIES}  # fmt: skip
        assert sum(row.claim_count for row in rows.values()) == ready
        assert payers["pier"] == {"medicare-part-b", "summit-advantage"}
        assert payers["harbor"] and not payers["harbor"] & payers["pier"]
        assert used == {(p, name): [1] for p in rows for name in SERIES} | {("pier", "ST02"): []}
        assert rows["pier"].batch_reference != rows["harbor"].batch_reference
        with night.store.read() as conn:
            assert [batches.by_reference(conn, row.batch_reference) for row in rows.values()] == [
                [row] for row in rows.values()]  # fmt: skip
        [pier] = (workspace / "pier/to").iterdir()
        [harbor] = (workspace / "clearinghouse/to").iterdir()
        data = pier.read_bytes()
        assert (pier.suffix, data.count(b"~\n") == data.count(b"~")) == (".txt", True)
        assert b"\n" not in harbor.read_bytes()
        assert b"*TAMPIER        *ZZ*PIERCH         *" in data
        assert b"~\nST*837*0001*" in data and b"~ST*837*000000001*" in harbor.read_bytes()
        assert harbor.read_bytes() == harbor.read_bytes().upper()
        assert data != data.upper()
        codes = [text for text in data.splitlines() if not text.startswith((b"NM1", b"N3", b"N4", b"NTE"))]
        assert codes == [text.upper() for text in codes]
        assert checks.check_file(data).verdict == "accepted"
        assert rebuild(night, rows["pier"].id) == data
