"""The archive and its register."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.disk import clean_name, is_temporary, sweep, write_whole
from ptedi.errors import ContractViolation
from ptedi.store import Store, files


def test_a_file_is_kept_once_by_content(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        one = files.register(conn, tmp_path, b"ISA", "a.835", kind="835")
        two = files.register(conn, tmp_path, b"ISA", "another name.835", kind="835")
    assert (one.is_new, two.is_new, one.id == two.id) == (True, False, True)
    assert two.original_name == "a.835"
    assert two.sha256 == hashlib.sha256(b"ISA").hexdigest()
    assert list((tmp_path / one.sha256[:2]).iterdir()) == [tmp_path / one.stored_name]


def test_what_came_in_and_what_went_out_are_two_files(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        came = files.register(conn, tmp_path, b"x", "x")
        assert files.register(conn, tmp_path, b"x", "x", direction="out").id != came.id


def test_the_archive_is_private_and_read_back_checked(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        file = files.register(conn, tmp_path / "archive", b"charges", "c.csv")
    path = tmp_path / "archive" / file.stored_name
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert files.read_bytes(tmp_path / "archive", file) == b"charges"
    path.write_bytes(b"changed")
    with pytest.raises(ContractViolation):
        files.read_bytes(tmp_path / "archive", file)


def test_states_and_lists(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        one = files.register(conn, tmp_path, b"1", "1", kind="835")
        two = files.register(conn, tmp_path, b"2", "2", kind="999")
        files.set_state(conn, one.id, files.QUARANTINED, "0.01 too much")
        assert [f.id for f in files.list_files(conn, state=files.RECEIVED)] == [two.id]
        assert [f.id for f in files.list_files(conn, kinds=["835"])] == [one.id]
        assert files.get(conn, one.id).reason == "0.01 too much"
        assert files.find(conn, two.sha256) == files.get(conn, two.id)
        assert files.find(conn, "0" * 64) is None


def test_a_crash_between_archive_and_register_is_healed_by_doing_it_again(store: Store, tmp_path: Path) -> None:
    files.archive_bytes(tmp_path, b"data")
    with store.begin() as conn:
        assert files.register(conn, tmp_path, b"data", "d").is_new


@given(st.text(max_size=300))
def test_no_name_can_leave_its_folder(name: str) -> None:
    clean = clean_name(name)
    assert 0 < len(clean) <= 255
    assert not set(clean) & set("/\\\0\n\r")


@pytest.mark.parametrize("name", [".hidden", "a.tmp", "a.PART", "b.filepart", "c~", "d.crdownload"])
def test_unfinished_names(name: str) -> None:
    assert is_temporary(name)


def test_what_a_killed_writer_left_is_swept_after_a_day(tmp_path: Path) -> None:
    left, theirs = tmp_path / ".a.csv.123.0a1b2c3d.tmp", tmp_path / ".theirs.tmp"
    for path in (left, theirs):
        path.write_bytes(b"half")
    assert sweep(tmp_path) == 0
    os.utime(left, (1, 1))
    os.utime(theirs, (1, 1))
    assert sweep(tmp_path) == 1
    assert theirs.exists()


def test_write_whole_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"1")
    write_whole(tmp_path / "a", b"2")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"2")]
