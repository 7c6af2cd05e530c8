"""Reports in words: kept, attached to their batch, shown with it, and never taken for an answer."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ptedi.steps import report
from ptedi.steps.batch_view import batch_story
from ptedi.steps.inbound import collect_inbound
from ptedi.steps.night import Night
from ptedi.steps.outbound import build_batches, code_visits, deliver_batches, extract_charges, scrub_claims
from ptedi.store import batches, claims, files, references, tables, work
from ptedi.store.batches import BatchRow
from ptedi.store.references import ReferenceKind
from ptedi.submissions.status import State
from tests.steps.conftest import DAY


@pytest.fixture
def sent(night: Night, drop: Callable[..., None]) -> BatchRow:
    drop(visits=3)
    extract_charges(night)
    code_visits(night, DAY)
    scrub_claims(night, DAY)
    build_batches(night, DAY)
    deliver_batches(night)
    with night.store.read() as conn:
        return batches.list_batches(conn)[0]


def left(workspace: Path, name: str, data: bytes) -> None:
    path = workspace / "clearinghouse" / "from" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (0, 0))


def texts(one: BatchRow) -> list[tuple[str, bytes]]:
    stem = one.file_name.rsplit(".", 1)[0]
    return [
        ("confirm.txt", f"File {one.file_name} received; 3 claims".encode()),
        ("summary.rpt", f"Batch reference: {one.envelope.batch_reference}.\n".encode()),
        (f"{stem}_report.html", b"<html>all is well</html>"),
        ("edi.rpt", f"Interchange Control Number: {one.interchange_control_number:09d} ... OK".encode()),
        ("edi.rpt", f"ISA13={one.interchange_control_number}".encode()),
        ("group.rpt", f"functional group {one.group_control_number} taken in".encode()),
    ]


@pytest.mark.parametrize("which", range(6))
def test_a_report_is_attached_to_its_batch(night: Night, workspace: Path, sent: BatchRow, which: int) -> None:
    name, data = texts(sent)[which]
    left(workspace, name, data)
    assert [one.kind for one in collect_inbound(night).files] == [report.KIND]
    assert collect_inbound(night).files == ()
    story = batch_story(night, sent.id)
    assert story is not None and [one.file for one in story.reports] == [name]
    assert (workspace / "archive" / story.reports[0].archived).read_bytes() == data
    with night.store.read() as conn:
        assert [item.category for item in work.list_work(conn) if item.key.startswith("report:")] == [report.KIND]
        assert len(claims.by_state(conn, [State.SENT])) == sent.claim_count  # nothing of it was applied


def test_a_report_that_names_claims_is_about_their_batches(
    night: Night, workspace: Path, sent: BatchRow, drop: Callable[..., None]
) -> None:
    """By our number of one claim and by the clearinghouse's number of another, which a 277CA told."""
    drop(visits=3, day=DAY - dt.timedelta(days=1), seed=4)
    extract_charges(night)
    code_visits(night, DAY)
    scrub_claims(night, DAY)
    build_batches(night, DAY)
    with night.store.begin() as conn:
        first, second = batches.list_batches(conn)
        ours = claims.get(conn, batches.claims_of(conn, first.id)[0].claim_id).patient_control_number
        theirs = batches.claims_of(conn, second.id)[-1].claim_id
        references.note(conn, theirs, ReferenceKind.CLEARINGHOUSE, "TRACE7781234", first.file_id)
    left(workspace, "daily.txt", f"claim {ours} ok\r\nclaim [TRACE7781234] pending".encode())
    assert [one.kind for one in collect_inbound(night).files] == [report.KIND]
    for batch in (first, second):
        story = batch_story(night, batch.id)
        assert story is not None and [one.file for one in story.reports] == ["daily.txt"]
    with night.store.read() as conn:
        [item] = [one for one in work.list_work(conn) if one.key.startswith("report:")]
    assert item.sentence == f"A report in words on batches {first.id}, {second.id} came in; nothing of it was applied."


def test_a_number_of_another_partners_batch_is_not_taken_for_ours(night: Night, sent: BatchRow) -> None:
    """ISA13 1 exists for every partner: who left the report decides, and without a sender there must be one alone."""
    said = b"ISA13: 000000001"
    with night.store.begin() as conn:
        assert report.about(conn, "a.txt", said, "pier") == ()
        assert report.about(conn, "a.txt", said, "harbor") == report.about(conn, "a.txt", said) == (sent.id,)
        row = dict(conn.execute(tables.batches.select()).one()._mapping) | {"id": 99, "partner_id": "pier"}
        conn.execute(tables.batches.insert().values(row))
        assert report.about(conn, "a.txt", said) == ()
        assert report.about(conn, "a.txt", said, "pier") == (99,)


@pytest.mark.parametrize("data", [b"Your monthly statement", b"about 837P_harbor", b"\x00\x01 binary",
                                  b"group of 1 claim", b"ISA 99", b"interchange 0000000010"])
def test_a_report_on_nothing_of_ours_waits_in_quarantine(
    night: Night, workspace: Path, sent: BatchRow, data: bytes
) -> None:
    left(workspace, "letter.txt", data)
    assert [(one.kind, one.state) for one in collect_inbound(night).files] == [("unknown", files.QUARANTINED)]
    story = batch_story(night, sent.id)
    assert story is not None and story.reports == ()
