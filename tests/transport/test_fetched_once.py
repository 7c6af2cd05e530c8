"""A partner who leaves his files where they are is not asked for the same content at every sweep."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.transport.sftp import SftpChannel
from tests.transport.servers import Site
from tests.transport.test_night_over_sftp import clock, workspace

__all__ = ["clock"]
OLD = 1_700_000_000


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were fetched."""
    names, get = [], SftpChannel.get

    def told(channel: SftpChannel, name: str) -> bytes:
        names.append(name)
        return get(channel, name)

    monkeypatch.setattr(SftpChannel, "get", told)
    return names


def left(site: Site, name: str, data: bytes, at: int = OLD) -> None:
    (site.inbound / name).write_bytes(data)
    os.utime(site.inbound / name, (at, at))


def sweep(root: Path) -> tuple[int, int]:
    """New and known files of one sweep."""
    with pipeline.open_night(root) as night:
        collected = pipeline.collect_inbound(night)
    return len(collected.files), collected.repeated


def test_an_unchanged_file_is_fetched_once_and_a_changed_one_again(
    own: Site, tmp_path: Path, fetched: list[str]
) -> None:
    root = workspace(tmp_path / "practice", own)
    left(own, "a.txt", b"a report\n")
    left(own, "b.txt", b"another\n")
    assert sweep(root) == (2, 0) and fetched == ["a.txt", "b.txt"]
    assert sweep(root) == (0, 2) and fetched == ["a.txt", "b.txt"]
    left(own, "b.txt", b"ANOTHER\n", OLD + 1)  # as long as before
    left(own, "a.txt", b"a report!\n")  # as old as before
    assert sweep(root) == (2, 0) and fetched[2:] == ["a.txt", "b.txt"]
    assert sweep(root) == (0, 2) and len(fetched) == 4


def test_a_file_of_this_minute_is_fetched_again(own: Site, tmp_path: Path, fetched: list[str]) -> None:
    root = workspace(tmp_path / "practice", own)
    (own.inbound / "a.txt").write_bytes(b"a report\n")
    assert (sweep(root), sweep(root)) == ((1, 0), (0, 1))
    assert fetched == ["a.txt", "a.txt"]


def test_a_memory_that_is_lost_or_newer_than_the_store_costs_a_fetch(
    own: Site, tmp_path: Path, fetched: list[str]
) -> None:
    root = workspace(tmp_path / "practice", own)
    left(own, "a.txt", b"a report\n")
    sweep(root)
    (root / "fetched" / "harbor.json").write_bytes(b"not json")
    assert sweep(root) == (0, 1) and len(fetched) == 2
    (root / "ptedi.db").unlink()
    shutil.rmtree(root / "archive")
    assert sweep(root) == (1, 0) and len(fetched) == 3
