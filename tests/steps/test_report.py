"""Reports in words: kept, attached to their batch, shown with it, and never taken for an answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ptedi.steps import report
from ptedi.steps.batch_view import batch_story
from ptedi.steps.inbound import collect_inbound
from ptedi.steps.night import Night
from ptedi.steps.outbound import build_batches, code_visits, deliver_batches, extract_charges, scrub_claims
from ptedi.store import batches, claims, files, work
from ptedi.store.batches import BatchRow
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
    ]


@pytest.mark.parametrize("which", range(3))
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


@pytest.mark.parametrize("data", [b"Your monthly statement", b"about 837P_harbor", b"\x00\x01 binary"])
def test_a_report_on_nothing_of_ours_waits_in_quarantine(
    night: Night, workspace: Path, sent: BatchRow, data: bytes
) -> None:
    left(workspace, "letter.txt", data)
    assert [(one.kind, one.state) for one in collect_inbound(night).files] == [("unknown", files.QUARANTINED)]
    story = batch_story(night, sent.id)
    assert story is not None and story.reports == ()
