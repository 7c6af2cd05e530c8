"""Drop folders on this machine."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptedi.errors import ChannelUnavailable, ConfigurationError, ContractViolation
from ptedi.payers.partner import TradingPartner
from ptedi.transport import LocalChannel, Presence, open_channel, refusal, safe_name, settled_files
from ptedi.transport.writing import being_written


@pytest.fixture
def channel(tmp_path: Path) -> LocalChannel:
    return LocalChannel(outbound=tmp_path / "to", inbound=tmp_path / "from")


def test_a_send_has_two_moments(channel: LocalChannel) -> None:
    assert channel.look("a.edi", b"ISA") is Presence.ABSENT
    channel.stage("a.edi", b"ISA")
    assert channel.look("a.edi", b"ISA") is Presence.STAGED
    assert settled_files(channel.outbound) == []
    channel.publish("a.edi", b"ISA")
    assert channel.look("a.edi", b"ISA") is Presence.PUBLISHED
    assert channel.look("a.edi", b"other") is Presence.DIFFERENT
    assert [p.name for p in channel.outbound.iterdir()] == ["a.edi"]
    assert (channel.outbound / "a.edi").read_bytes() == b"ISA"


def test_what_we_leave_is_private(channel: LocalChannel) -> None:
    channel.stage("a.edi", b"ISA")
    channel.publish("a.edi", b"ISA")
    assert (channel.outbound / "a.edi").stat().st_mode & 0o777 == 0o600
    assert channel.outbound.stat().st_mode & 0o777 == 0o700


def test_a_file_of_that_name_is_never_replaced(channel: LocalChannel) -> None:
    channel.stage("a.edi", b"one")
    channel.publish("a.edi", b"one")
    channel.stage("a.edi", b"two")
    with pytest.raises(ContractViolation):
        channel.publish("a.edi", b"two")
    assert (channel.outbound / "a.edi").read_bytes() == b"one"


def test_an_unfinished_earlier_copy_is_replaced(channel: LocalChannel) -> None:
    channel.stage("a.edi", b"half")
    channel.stage("a.edi", b"whole")
    channel.publish("a.edi", b"whole")
    assert channel.look("a.edi", b"whole") is Presence.PUBLISHED


def test_a_file_that_the_partner_takes_at_once_was_sent(channel: LocalChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    channel.stage("a.edi", b"one")
    monkeypatch.setattr("ptedi.transport.local.sync_folder", lambda folder: (folder / "a.edi").unlink())
    channel.publish("a.edi", b"one")
    assert list(channel.outbound.iterdir()) == []


def test_a_staged_file_can_be_withdrawn(channel: LocalChannel) -> None:
    channel.stage("a.edi", b"one")
    channel.withdraw("a.edi")
    channel.withdraw("a.edi")
    assert channel.look("a.edi", b"one") is Presence.ABSENT


def test_a_staged_file_that_was_changed_is_not_published(channel: LocalChannel) -> None:
    channel.stage("a.edi", b"one")
    (channel.outbound / ".a.edi.part").write_bytes(b"two")
    with pytest.raises(ContractViolation):
        channel.publish("a.edi", b"one")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\0b", ".hidden", "a b", "a\nb", "x" * 201, "a..b"])
def test_names_that_we_never_write(channel: LocalChannel, name: str) -> None:
    with pytest.raises(ContractViolation):
        channel.stage(name, b"")


@given(st.text(max_size=40))
def test_a_safe_name_stays_in_its_folder(name: str) -> None:
    try:
        safe = safe_name(name)
    except ContractViolation:
        return
    assert Path("/a", safe).resolve().parent == Path("/a")


@given(st.text(max_size=300))
def test_a_name_that_is_taken_in_stays_in_its_folder(name: str) -> None:
    if not refusal(name):
        assert Path("/a", name).parent == Path("/a") and Path("/a", name).name == name
        assert not any(ord(sign) < 32 for sign in name) and len(name.encode()) <= 255


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "..", "", "a\0b"])
def test_a_hostile_name_fetches_nothing(channel: LocalChannel, name: str) -> None:
    with pytest.raises(ContractViolation):
        channel.get(name)


def test_links_folders_and_temporary_names_are_left_alone(channel: LocalChannel, tmp_path: Path) -> None:
    channel.inbound.mkdir()
    (tmp_path / "secret").write_text("x")
    (channel.inbound / "link.835").symlink_to(tmp_path / "secret")
    (channel.inbound / "folder").mkdir()
    os.mkfifo(channel.inbound / "pipe")
    for name in (".hidden", "a.tmp", "b.part", "c.filepart", "real.835"):
        (channel.inbound / name).write_bytes(b"ISA")
    assert [f.name for f in channel.list()] == ["real.835"]
    assert channel.get("real.835") == b"ISA"
    with pytest.raises(ChannelUnavailable):
        channel.get("link.835")


def test_a_growing_file_is_left_alone(tmp_path: Path) -> None:
    stop = threading.Event()

    def grow() -> None:
        with (tmp_path / "big.835").open("ab", buffering=0) as stream:
            while not stop.is_set():
                stream.write(b"x")
                time.sleep(0.005)

    writer = threading.Thread(target=grow)
    writer.start()
    time.sleep(0.05)
    try:
        assert settled_files(tmp_path) == []
    finally:
        stop.set()
        writer.join()
    assert [p.name for p in settled_files(tmp_path)] == ["big.835"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who has a file open")
@pytest.mark.parametrize("age", [0, 3600])
def test_a_file_whose_writer_pauses_is_left_alone(tmp_path: Path, age: int) -> None:
    """A slow upload stands still for longer than anybody waits; half a file would be read as a whole one."""
    path = tmp_path / "slow.835"
    with path.open("wb") as stream:
        stream.write(b"ISA half of it")
        stream.flush()
        then = time.time() - age
        os.utime(path, (then, then))
        assert settled_files(tmp_path) == []
        with path.open("rb"):
            assert settled_files(tmp_path) == []
    with path.open("rb"):  # who only reads stops nobody
        assert settled_files(tmp_path) == [path]


def test_asking_who_writes_disturbs_no_writer(tmp_path: Path) -> None:
    path = tmp_path / "busy.835"
    path.write_bytes(b"")
    stop = threading.Event()

    def append() -> None:
        while not stop.is_set():
            with path.open("ab") as stream:
                stream.write(b"x")

    writer = threading.Thread(target=append)
    writer.start()
    for _ in range(2000):
        being_written(path)
    stop.set()
    writer.join()
    assert path.stat().st_size > 0
    assert not being_written(path)


def test_an_old_file_is_settled_at_once(tmp_path: Path) -> None:
    path = tmp_path / "old.835"
    path.write_bytes(b"ISA")
    os.utime(path, (1, 1))
    before = time.monotonic()
    assert settled_files(tmp_path) == [path]
    assert time.monotonic() - before < 0.04


def test_a_missing_folder_holds_nothing(channel: LocalChannel) -> None:
    assert channel.list() == []


def test_a_folder_that_cannot_be_used_is_a_matter_of_time(tmp_path: Path) -> None:
    (tmp_path / "to").write_text("a file where a folder should be")
    channel = LocalChannel(outbound=tmp_path / "to", inbound=tmp_path / "from")
    with pytest.raises(ChannelUnavailable):
        channel.stage("a.edi", b"ISA")


def partner(**changes: object) -> TradingPartner:
    values: dict[str, object] = {
        "id": "harbor", "name": "H", "sender_id": "S", "receiver_id": "R", "application_sender": "S",
        "application_receiver": "R", "submitter_name": "S", "submitter_id": "S", "contact_name": "B",
        "phone": "5555550100", "receiver_name": "R", "receiver_identifier": "R",
    }  # fmt: skip
    return TradingPartner(**(values | changes))  # type: ignore[arg-type]


def test_channels_come_from_the_partner_settings(tmp_path: Path) -> None:
    channel = open_channel(partner(transport_settings={"outbound": "o", "inbound": "i", "environment": "T"}), tmp_path)
    assert channel == LocalChannel(outbound=tmp_path / "o", inbound=tmp_path / "i", environment="T")
    with pytest.raises(ConfigurationError):
        open_channel(partner(transport="pigeon"), tmp_path)
    with pytest.raises(ConfigurationError):
        open_channel(partner(transport_settings={"environment": "X"}), tmp_path)


def test_a_file_that_is_gone_before_it_is_looked_at_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.835", "b.835"):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (1, 1))
    scan = os.scandir

    @contextmanager
    def listed(folder: Path) -> Iterator[list[os.DirEntry[str]]]:
        with scan(folder) as entries:
            found = list(entries)
        (tmp_path / "a.835").unlink(missing_ok=True)
        yield found

    monkeypatch.setattr(os, "scandir", listed)
    assert [path.name for path in settled_files(tmp_path)] == ["b.835"]
