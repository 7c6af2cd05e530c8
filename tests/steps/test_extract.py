"""Captured charges in: verdicts, rejects, quarantine, and the same file twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ptedi.sandbox import practice
from ptedi.steps.collect import collect_inbound
from ptedi.steps.extract import Extracted, extract_charges
from ptedi.steps.inbox import holds_charges
from ptedi.steps.night import Night, open_night
from ptedi.store import files, visits, work
from ptedi.store.work import WorkKind
from tests.steps.conftest import DAY
from tests.steps.test_changed import changed, csv

Drop = Callable[..., None]


def test_visits_are_saved_and_the_inbox_is_empty(night: Night, workspace: Path, drop: Drop) -> None:
    drop(visits=8)
    done = extract_charges(night)
    assert (done.visits, done.rows_rejected, done.files) == (8, 0, len(practice.charges(3, DAY, visits=8)))
    assert list((workspace / "inbox").iterdir()) == []
    with night.store.read() as conn:
        assert len(visits.uncoded(conn, DAY)) == 8
        kept = files.list_files(conn, kinds=["charges"])
        assert {file.state for file in kept} == {files.PROCESSED}
        assert sum(len(visits.rows_of(conn, file.id)) for file in kept) == done.rows_accepted


def test_the_same_file_twice_is_nothing_new(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    first = extract_charges(night)
    drop()
    again = extract_charges(night)
    assert again == Extracted(repeated_files=first.files)
    assert list((workspace / "inbox").iterdir()) == []


def test_the_same_visits_in_another_file_are_repeated_rows(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    first = extract_charges(night)
    for name, data in practice.charges(3, DAY, visits=8, bad_rows=False).items():
        (workspace / "inbox" / f"again-{name}").write_bytes(data + b"\n")
    again = extract_charges(night)
    assert (again.visits, again.rows_repeated) == (0, first.rows_accepted)


def test_refused_visits_come_back_as_a_file_and_as_work(night: Night, workspace: Path, drop: Drop) -> None:
    drop(visits=60, bad_rows=True)
    done = extract_charges(night)
    assert done.rows_rejected > 0
    names = {path.name for path in (workspace / "rejects").iterdir()}
    with night.store.read() as conn:
        items = work.list_work(conn, kinds=[WorkKind.CHARGE])
    assert items
    assert all(item.remarks.startswith("IN") for item in items)
    assert all(any(name in item.how for name in names) for item in items)
    assert {path.stat().st_mode & 0o777 for path in (workspace / "rejects").iterdir()} == {0o600}


def test_a_corrected_visit_closes_its_work(night: Night, workspace: Path) -> None:
    name, good = next(iter(practice.charges(3, DAY, visits=8, bad_rows=False).items()))
    header, first, *_ = good.split(b"\n")
    payer = first.split(b",")[header.split(b",").index(b"payer")]
    (workspace / "inbox" / name).write_bytes(good.replace(payer, b"no-such-payer"))
    assert extract_charges(night).rows_rejected > 0
    with night.store.read() as conn:
        assert work.list_work(conn, kinds=[WorkKind.CHARGE])
    (workspace / "inbox" / name).write_bytes(good)
    assert extract_charges(night).rows_rejected == 0
    with night.store.read() as conn:
        assert work.list_work(conn, kinds=[WorkKind.CHARGE]) == []


def _one_sheet() -> tuple[str, bytes, bytes]:
    """A sheet's name, its text, and the same with a payer that nobody knows."""
    name, good = next(iter(practice.charges(3, DAY, visits=8, bad_rows=False).items()))
    header, first, *_ = good.split(b"\n")
    return name, good, good.replace(first.split(b",")[header.split(b",").index(b"payer")], b"no-such-payer")


def test_a_refused_visit_has_one_item_that_names_it_and_its_newest_reject_file(night: Night, workspace: Path) -> None:
    name, _, bad = _one_sheet()
    found = []
    for data in (bad, bad + b"\n"):
        (workspace / "inbox" / name).write_bytes(data)
        assert extract_charges(night).rows_rejected > 0
        with night.store.read() as conn:
            found.append({item.key: item for item in work.list_work(conn, kinds=[WorkKind.CHARGE])})
    assert found[0].keys() == found[1].keys()
    with night.store.read() as conn:
        newest = max(file.id for file in files.list_files(conn, kinds=["charges"]))
    for key, item in found[1].items():
        visit_id = key.removeprefix("charge:visit:")
        assert item.sentence.startswith(f"Visit {visit_id} in charges-{newest}-")
        assert f"rejects/charges-{newest}-" in item.how
        assert item.id == found[0][key].id


def test_an_old_file_asks_nothing_of_visits_that_were_accepted_meanwhile(night: Night, workspace: Path) -> None:
    name, good, bad = _one_sheet()
    for data in (bad, good, bad + b"\n"):
        (workspace / "inbox" / name).write_bytes(data)
        last = extract_charges(night)
    assert last.rows_rejected > 0
    with night.store.read() as conn:
        assert work.list_work(conn, kinds=[WorkKind.CHARGE]) == []


def test_what_is_never_read_is_counted(night: Night, workspace: Path) -> None:
    inbox = workspace / "inbox"
    (inbox / "folder").mkdir()
    (inbox / ".hidden.csv").write_bytes(b"visit_id")
    (inbox / "link.csv").symlink_to(workspace / "ptedi.toml")
    os.mkfifo(inbox / "pipe.835")
    (inbox / "half.csv.part").write_bytes(b"visit")
    assert extract_charges(night) == Extracted(left_alone=4)
    assert collect_inbound(night).left_alone == 4


def test_a_file_dropped_again_after_a_setting_was_corrected_is_read_again(workspace: Path) -> None:
    charges = practice.charges(3, DAY, visits=8, bad_rows=False)
    settings = (workspace / "ptedi.toml").read_text()
    (workspace / "ptedi.toml").write_text(settings.replace('id = "lakeside"', 'id = "seaside"'))
    counts = []
    for text in (None, None, settings, None):
        if text:
            (workspace / "ptedi.toml").write_text(text)
        for name, data in charges.items():
            (workspace / "inbox" / name).write_bytes(data)
        with open_night(workspace) as night:
            counts.append(extract_charges(night))
    assert counts[0].rows_rejected > 0
    assert counts[1] == counts[3] == Extracted(repeated_files=len(charges))
    assert counts[0].visits + counts[2].visits == 8
    with open_night(workspace) as night, night.store.read() as conn:
        assert work.list_work(conn) == []
        kept = files.list_files(conn, kinds=["charges"])
        assert {row.verdict for file in kept for row in visits.rows_of(conn, file.id)} <= {"accepted", "repeated"}


def test_a_file_read_again_says_nothing_against_a_later_one(workspace: Path) -> None:
    """Of its visits one was refused by a setting, and another was corrected in a later file."""
    path, data = csv(workspace)
    settings, elsewhere = (workspace / "ptedi.toml").read_text(), b"hilltop"
    first, last = (line.split(b",")[0].decode() for line in (data.splitlines()[1], data.splitlines()[-1]))
    data = b"".join(line.replace(b",lakeside,", b"," + elsewhere + b",") if line.startswith(last.encode()) else line
                    for line in data.splitlines(keepends=True))  # fmt: skip
    assert elsewhere in data and f'id = "{elsewhere.decode()}"' in settings
    (workspace / "ptedi.toml").write_text(settings.replace(f'id = "{elsewhere.decode()}"', 'id = "seaside"'))
    for content in (data, changed(data)):
        path.write_bytes(content)
        with open_night(workspace) as night:
            extract_charges(night)
    (workspace / "ptedi.toml").write_text(settings)
    path.write_bytes(data)
    with open_night(workspace) as night:
        done = extract_charges(night)
        with night.store.read() as conn:
            found = visits.newest(conn, [first, last])
    assert (done.visits, done.visits_changed, done.rows_rejected) == (1, 0, 0)
    assert (found[first].revision, found[last].revision) == (2, 1)


@pytest.mark.parametrize(("name", "data"), [
    ("empty.csv", b""), ("utf16.csv", "visit_id,payer".encode("utf-16")), ("zip.csv", b"PK\x03\x04rest"),
    ("bomb.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><charges>&b;</charges>'),
    ("other.xml", b"<other/>"), ("columns.csv", b"a,b,c\n1,2,3\n"),
])  # fmt: skip
def test_an_unreadable_file_is_kept_with_its_reason(night: Night, workspace: Path, name: str, data: bytes) -> None:
    (workspace / "inbox" / name).write_bytes(data)
    assert extract_charges(night) == Extracted(quarantined_files=1)
    [kept] = [path for path in (workspace / "quarantine").iterdir() if not path.name.endswith(".reason.txt")]
    assert kept.read_bytes() == data
    assert "IN0" in kept.with_name(kept.name + ".reason.txt").read_text()
    with night.store.read() as conn:
        [file] = files.list_files(conn, state=files.QUARANTINED)
        assert len(work.list_work(conn, kinds=[WorkKind.QUARANTINE])) == 1
    assert file.reason.startswith("IN0")
    assert list((workspace / "inbox").iterdir()) == []


def test_one_unreadable_file_stops_no_other(night: Night, workspace: Path, drop: Drop) -> None:
    (workspace / "inbox" / "a.csv").write_bytes(b"\xff\xfe")
    drop()
    assert extract_charges(night).visits == 8


@pytest.mark.parametrize(("name", "data", "ours"), [
    ("a.835", b"ISA*00*", False), ("a.csv", b"ISA*00*", False), ("a.csv", b"", True), ("a.835", b"", False),
    ("charges", b"<charges/>", True), ("charges.txt", b"visit_id,payer", True), ("note.txt", b"hello", False),
    ("a.CSV", b"x", True), ("x", b"\xef\xbb\xbf\r\nISA*", False),
])  # fmt: skip
def test_what_is_for_the_reader_of_charges(name: str, data: bytes, ours: bool) -> None:
    assert holds_charges(name, data) is ours


def test_other_files_stay_for_the_sweep(night: Night, workspace: Path) -> None:
    (workspace / "inbox" / "a.835").write_bytes(b"ISA*00*")
    (workspace / "inbox" / "half.csv.part").write_bytes(b"visit")
    assert extract_charges(night) == Extracted()
    assert {path.name for path in (workspace / "inbox").iterdir()} == {"a.835", "half.csv.part"}
