"""A partner's folders on an SFTP server: what holds at a server in this process and at a real OpenSSH alike."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ptedi.errors import ChannelRefused, ChannelUnavailable, ConfigurationError, ContractViolation
from ptedi.payers.channel import AfterFetch, HostKey
from ptedi.transport import Presence
from tests.transport.servers import Line, Site

DATA = b"ISA*00*" + b"synthetic claim~" * 40_000  # 640 kB: several pieces
OTHER_KEY = HostKey("", "SHA256:" + "A" * 43)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def age(path: Path, seconds: float = 3 * 86_400) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_a_send_has_two_moments(site: Site) -> None:
    channel = site.channel()
    assert channel.look("a.edi", DATA) is Presence.ABSENT
    channel.stage("a.edi", DATA)
    assert channel.look("a.edi", DATA) is Presence.STAGED and names(site.outbound) == [".a.edi.part"]
    channel.publish("a.edi", DATA)
    assert channel.look("a.edi", DATA) is Presence.PUBLISHED and names(site.outbound) == ["a.edi"]
    assert channel.look("a.edi", DATA[:-1] + b"x") is Presence.DIFFERENT
    assert (site.outbound / "a.edi").read_bytes() == DATA
    assert channel.environment == "T"
    channel.close()


def test_a_file_of_that_name_is_never_replaced(site: Site) -> None:
    (site.outbound / "a.edi").write_bytes(b"theirs")
    channel = site.channel()
    channel.stage("a.edi", DATA)
    with pytest.raises(ContractViolation):
        channel.publish("a.edi", DATA)
    assert (site.outbound / "a.edi").read_bytes() == b"theirs"


def test_a_staged_file_that_was_changed_is_not_published(site: Site) -> None:
    channel = site.channel()
    channel.stage("a.edi", DATA)
    (site.outbound / ".a.edi.part").write_bytes(DATA.replace(b"claim", b"CLAIM"))
    with pytest.raises(ContractViolation):
        channel.publish("a.edi", DATA)
    assert names(site.outbound) == [".a.edi.part"]


def test_a_folder_for_unfinished_files(site: Site) -> None:
    channel = site.channel(staging="kept")
    channel.stage("a.edi", DATA)
    assert names(site.outbound) == [] and names(site.folder / "kept") == [".a.edi.part"]
    channel.publish("a.edi", DATA)
    assert names(site.outbound) == ["a.edi"] and names(site.folder / "kept") == []


def test_without_renaming_a_file_is_written_under_its_own_name(site: Site) -> None:
    channel = site.channel(rename=False)
    channel.stage("a.edi", DATA)
    assert names(site.outbound) == [] and channel.look("a.edi", DATA) is Presence.ABSENT
    channel.publish("a.edi", DATA)
    assert (site.outbound / "a.edi").read_bytes() == DATA
    with pytest.raises(ContractViolation):
        channel.publish("a.edi", DATA)


def test_without_renaming_a_beginning_of_ours_is_finished(site: Site) -> None:
    (site.outbound / "a.edi").write_bytes(DATA[:1000])
    channel = site.channel(rename=False)
    assert channel.look("a.edi", DATA) is Presence.STAGED
    channel.publish("a.edi", DATA)
    assert channel.look("a.edi", DATA) is Presence.PUBLISHED
    (site.outbound / "b.edi").write_bytes(b"theirs")
    with pytest.raises(ContractViolation):
        channel.publish("b.edi", DATA)


@pytest.mark.parametrize("rename", [True, False])
def test_an_upload_cut_in_the_middle_goes_out_whole_later(site: Site, rename: bool) -> None:
    with Line(site.settings.port, cut_after=200_000) as line:
        channel = site.channel(port=line.port, rename=rename)
        with pytest.raises(ChannelUnavailable):
            channel.stage("a.edi", DATA)
            channel.publish("a.edi", DATA)
        assert line.cuts == line.connections == 3
        left = ".a.edi.part" if rename else "a.edi"
        assert names(site.outbound) == [left] and (site.outbound / left).stat().st_size < len(DATA)
        line.cut_after = 0
        assert channel.look("a.edi", DATA) is Presence.STAGED
        channel.stage("a.edi", DATA)
        channel.publish("a.edi", DATA)
    assert names(site.outbound) == ["a.edi"] and (site.outbound / "a.edi").read_bytes() == DATA


def test_one_cut_is_mended_inside_the_channel(site: Site) -> None:
    with Line(site.settings.port, cut_after=200_000) as line:
        mend = threading.Thread(target=_once, args=(line,))
        mend.start()
        site.channel(port=line.port, attempts=10, retry_seconds=0.05).stage("a.edi", DATA)
        mend.join()
    assert (site.outbound / ".a.edi.part").read_bytes() == DATA and line.connections >= 2


def _once(line: Line) -> None:
    while not line.cuts:
        time.sleep(0.005)
    line.cut_after = 0


def test_the_reply_to_a_rename_is_lost_and_the_next_attempt_finds_the_file(site: Site) -> None:
    with Line(site.settings.port) as line:
        channel = site.channel(port=line.port)
        channel.stage("a.edi", DATA)
        line.cut_answers = lambda: not line.cuts and (site.outbound / "a.edi").exists()
        channel.publish("a.edi", DATA)
    assert line.cuts == 1 and names(site.outbound) == ["a.edi"]


def test_an_unknown_send_is_settled_by_looking(site: Site) -> None:
    with Line(site.settings.port) as line:
        channel = site.channel(port=line.port, attempts=1)
        channel.stage("a.edi", DATA)
        line.cut_answers = (site.outbound / "a.edi").exists
        with pytest.raises(ChannelUnavailable):
            channel.publish("a.edi", DATA)
    assert site.channel().look("a.edi", DATA) is Presence.PUBLISHED


def test_a_file_taken_before_the_reply_came_is_not_sent_again(site: Site) -> None:
    with Line(site.settings.port) as line:
        channel = site.channel(port=line.port)
        channel.stage("a.edi", DATA)

        def taken() -> bool:
            if (site.outbound / "a.edi").exists():
                (site.outbound / "a.edi").unlink()
                return True
            return False

        line.cut_answers = taken
        with pytest.raises(ChannelUnavailable, match="may have been taken"):
            channel.publish("a.edi", DATA)
        assert line.cuts == 1 and names(site.outbound) == []
        assert channel.look("a.edi", DATA) is Presence.ABSENT


def test_another_host_key_stops_before_the_login(site: Site) -> None:
    with Line(site.settings.port) as line:
        channel = site.channel(port=line.port, host_keys=(OTHER_KEY,))
        with pytest.raises(ChannelRefused, match=r"SHA256:[A-Za-z0-9+/]{43}"):
            channel.stage("a.edi", DATA)
        assert line.connections == 1
    assert names(site.outbound) == [] and (site.server is None or site.server.logins == [])


def test_a_pinned_algorithm_that_the_server_does_not_have(site: Site) -> None:
    with Line(site.settings.port) as line:
        with pytest.raises((ChannelRefused, ChannelUnavailable), match=r"way to talk|before it showed"):
            site.channel(port=line.port, host_keys=(HostKey("ssh-rsa", OTHER_KEY.fingerprint),), attempts=1).list()
    assert site.server is None or site.server.logins == []


def test_one_of_several_pinned_keys_is_enough(site: Site) -> None:
    assert site.channel(host_keys=(OTHER_KEY, *site.settings.host_keys)).list() == []


def test_a_rejected_login_is_tried_once(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = replace(site.settings, user="somebody" if site.settings.key else site.settings.user)
    monkeypatch.setenv("PTEDI_TEST_PASSWORD", "wrong")
    with Line(site.settings.port) as line:
        channel = site.channel(port=line.port, user=settings.user)
        with pytest.raises(ChannelRefused):
            channel.stage("a.edi", DATA)
        assert line.connections == 1
    if site.server is not None:
        assert site.server.logins == ["password"]
    else:
        log = (tmp_path / "sshd.log").read_text(errors="replace")
        assert log.count("Failed publickey for invalid user somebody") <= 1


def test_connection_refused_and_back(site: Site) -> None:
    line = Line(site.settings.port)
    with line:
        port = line.port
    channel = site.channel(port=port)
    with pytest.raises(ChannelUnavailable, match="refused"):
        channel.list()
    channel = site.channel(port=port, attempts=10, retry_seconds=0.1)
    found: list[object] = []
    waiting = threading.Thread(target=lambda: found.append(channel.list()))
    waiting.start()
    time.sleep(0.2)
    with Line(site.settings.port, port=port):
        waiting.join(20)
    assert found == [[]]


def test_a_server_that_says_nothing_is_given_up(site: Site) -> None:
    with Line(site.settings.port) as line:
        channel = site.channel(port=line.port, timeout_seconds=1.5, attempts=2)
        channel.list()
        line.silent = True
        before = time.monotonic()
        with pytest.raises(ChannelUnavailable):
            channel.list()
        assert time.monotonic() - before < 15


def test_what_the_partner_left_is_listed_and_fetched(site: Site) -> None:
    for name in ("b.835", "a.999", ".hidden", "c.835.part", "d.filepart", "e.tmp", "f~"):
        (site.inbound / name).write_bytes(DATA)
    (site.inbound / "folder").mkdir()
    (site.inbound / "link.835").symlink_to(site.inbound / "b.835")
    (site.inbound / "empty.835").touch()
    channel = site.channel()
    assert [(one.name, one.size) for one in channel.list()] == [("a.999", len(DATA)), ("b.835", len(DATA)),
                                                               ("empty.835", 0)]  # fmt: skip
    assert channel.get("a.999") == DATA and channel.get("empty.835") == b"" and channel.refused == ()
    channel.done("a.999")
    assert (site.inbound / "a.999").exists()
    with pytest.raises(ChannelUnavailable):
        channel.get("gone.835")


def test_a_growing_file_is_left_alone(site: Site) -> None:
    (site.inbound / "done.835").write_bytes(DATA)
    stop = threading.Event()

    def grow() -> None:
        with (site.inbound / "big.835").open("ab", buffering=0) as stream:
            while not stop.is_set():
                stream.write(b"x")
                time.sleep(0.005)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        time.sleep(0.05)
        assert [one.name for one in site.channel().list()] == ["done.835"]
    finally:
        stop.set()
        writer.join()
    assert [one.name for one in site.channel().list()] == ["big.835", "done.835"]


def test_old_files_are_settled_at_once(site: Site) -> None:
    (site.inbound / "a.835").write_bytes(DATA)
    age(site.inbound / "a.835")
    channel = site.channel(settle_seconds=30)
    before = time.monotonic()
    assert [one.name for one in channel.list()] == ["a.835"]
    assert time.monotonic() - before < 10


@pytest.mark.parametrize("how", [AfterFetch.DELETE, AfterFetch.MOVE])
def test_a_fetched_file_goes_as_the_settings_say(site: Site, how: AfterFetch) -> None:
    for name in ("a.835", "b.835", "c.835"):
        (site.inbound / name).write_bytes(DATA)
    (site.folder / "kept" / "b.835").write_bytes(b"an older one")
    channel = site.channel(after_fetch=how, moved_to="kept")
    channel.list()
    channel.done("a.835")  # not fetched: left alone
    assert (site.inbound / "a.835").exists()
    for name in ("a.835", "b.835", "c.835"):
        assert channel.get(name) == DATA
    (site.inbound / "c.835").write_bytes(b"replaced meanwhile")
    for name in ("a.835", "b.835", "c.835"):
        channel.done(name)
    if how is AfterFetch.DELETE:
        assert names(site.inbound) == ["c.835"]
    else:
        assert names(site.inbound) == ["b.835", "c.835"] and names(site.folder / "kept") == ["a.835", "b.835"]
        assert (site.folder / "kept" / "b.835").read_bytes() == b"an older one"


def test_hostile_names_are_told_and_not_taken(site: Site) -> None:
    hostile = [b"a\nb.835", b"\x1b[31mred.835", b"back\\slash.835", b"del\x7f.835"]
    for name in hostile:
        (Path(os.fsdecode(os.fsencode(site.inbound) + b"/" + name))).write_bytes(b"ISA")
    for name in (b"good.835", b"latin \xe9.835", "snow \u2603.835".encode(), b"x" * 255):
        (Path(os.fsdecode(os.fsencode(site.inbound) + b"/" + name))).write_bytes(b"ISA")
    channel = site.channel()
    found = channel.list()
    assert len(found) == 4 and all(channel.get(one.name) == b"ISA" for one in found)
    assert {one.code for one in channel.refused} == {"TR001"} and len(channel.refused) == len(hostile)
    assert all(one.value and one.value.isprintable() for one in channel.refused)


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "..", ".", "", "a\0b", "a\\b", "a\nb", "x" * 256])
def test_a_hostile_name_fetches_nothing(own: Site, name: str) -> None:
    (own.folder / "secret").write_bytes(b"secret")
    with pytest.raises(ContractViolation):
        own.channel().get(name)
    assert own.server is not None and own.server.connections == 0


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\0b", ".hidden", "a b", "a\nb", "x" * 201, "a..b"])
def test_names_that_we_never_write(own: Site, name: str) -> None:
    for act in (own.channel().stage, own.channel().publish, own.channel().look):
        with pytest.raises(ContractViolation):
            act(name, b"")


def test_files_have_limits(site: Site) -> None:
    channel = site.channel(send_at_most=1000, receive_at_most=1000)
    with pytest.raises(ContractViolation, match="1000"):
        channel.stage("a.edi", DATA)
    (site.inbound / "big.835").write_bytes(DATA)
    (site.inbound / "fits.835").write_bytes(b"x" * 1000)
    assert [one.name for one in channel.list()] == ["fits.835"]
    assert [one.code for one in channel.refused] == ["TR002"]
    assert channel.get("fits.835") == b"x" * 1000
    with pytest.raises(ContractViolation):
        channel.get("big.835")


def test_a_folder_that_is_not_there_is_a_setting(site: Site) -> None:
    for changes in ({"outbound": "nowhere"}, {"staging": "nowhere"}):
        with pytest.raises(ConfigurationError, match="nowhere"):
            site.channel(**changes).stage("a.edi", DATA)
    with pytest.raises(ConfigurationError, match="nowhere"):
        site.channel(inbound="nowhere").list()


def test_one_connection_serves_a_channel(site: Site) -> None:
    with Line(site.settings.port) as line:
        channel = site.channel(port=line.port)
        for number in range(5):
            channel.stage(f"{number}.edi", b"ISA")
            channel.publish(f"{number}.edi", b"ISA")
        assert line.connections == 1
        channel.close()
        channel.close()
        assert channel.look("0.edi", b"ISA") is Presence.PUBLISHED and line.connections == 2
    assert len(names(site.outbound)) == 5


def test_a_caller_with_a_loop_of_his_own(own: Site) -> None:
    async def caller() -> list[object]:
        return list(own.channel().list())

    assert asyncio.run(caller()) == []


def test_a_channel_that_is_let_go_of_closes(own: Site) -> None:
    def open_ones() -> int:
        return sum(thread.name == "sftp" for thread in threading.enumerate())

    before, channel = open_ones(), own.channel()
    channel.list()
    assert open_ones() == before + 1
    del channel  # a finalizer does not wait for the thread to end; we do
    for thread in threading.enumerate():
        if thread.name == "sftp" and open_ones() > before:
            thread.join(10)
    assert open_ones() == before
