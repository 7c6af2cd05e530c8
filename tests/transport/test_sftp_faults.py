"""Servers that refuse, hide, change, fill up, hang up or lie; and logins that cannot work."""

from __future__ import annotations

import subprocess
from pathlib import Path

import asyncssh
import pytest

from ptedi.errors import ChannelRefused, ChannelUnavailable, ConfigurationError, ContractViolation
from ptedi.payers.channel import AfterFetch
from ptedi.transport import Presence
from ptedi.transport.ssh import CutDuringLogin
from tests.transport.servers import PASSWORD, VARIABLE, Line, Server, Site, openssh, own_server

DATA = b"ISA*00*" + b"synthetic claim~" * 5_000


def server(site: Site) -> Server:
    assert site.server is not None
    return site.server


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_no_permission_to_rename_is_a_setting(own: Site) -> None:
    server(own).fail.add("rename")
    channel = own.channel()
    channel.stage("a.edi", DATA)
    with pytest.raises(ConfigurationError) as told:
        channel.publish("a.edi", DATA)
    assert "rename = false" in told.value.hint
    assert names(own.outbound) == [".a.edi.part"] and channel.look("a.edi", DATA) is Presence.STAGED
    patient = own.channel(rename=False)
    assert patient.look("a.edi", DATA) is Presence.STAGED
    patient.stage("a.edi", DATA)
    patient.publish("a.edi", DATA)
    assert patient.look("a.edi", DATA) is Presence.PUBLISHED and names(own.outbound) == ["a.edi"]


def test_without_posix_rename_the_plain_one_serves(own: Site) -> None:
    server(own).fail.add("posix")
    channel = own.channel()
    channel.stage("a.edi", DATA)
    channel.publish("a.edi", DATA)
    assert names(own.outbound) == ["a.edi"]


@pytest.mark.parametrize(("hidden", "seen"), [({"read"}, Presence.PUBLISHED), ({"read", "stat"}, Presence.ABSENT)])
def test_a_folder_that_we_may_only_write_into(own: Site, hidden: set[str], seen: Presence) -> None:
    server(own).fail |= hidden
    channel = own.channel()
    channel.stage("a.edi", DATA)
    channel.publish("a.edi", DATA)
    assert (own.outbound / "a.edi").read_bytes() == DATA and channel.look("a.edi", DATA) is seen


def test_a_server_that_changes_bytes_is_found_out(own: Site) -> None:
    server(own).fail.add("change")
    with pytest.raises(ContractViolation):
        own.channel().stage("a.edi", DATA)
    assert names(own.outbound) == [".a.edi.part"]
    own.channel(read_back=False).stage("a.edi", DATA)  # told to look at sizes only


def test_a_full_disk_is_told_at_once(own: Site) -> None:
    server(own).fail.add("room")
    with pytest.raises(ChannelUnavailable):
        own.channel(retry_seconds=60).stage("a.edi", DATA)
    assert server(own).connections == 1


def test_a_partner_that_takes_the_file_at_once(own: Site) -> None:
    server(own).fail.add("taken")
    channel = own.channel()
    channel.stage("a.edi", DATA)
    channel.publish("a.edi", DATA)
    assert names(own.outbound) == []


def test_a_server_that_dies_after_renaming(own: Site) -> None:
    server(own).fail.add("reply")
    channel = own.channel()
    channel.stage("a.edi", DATA)
    channel.publish("a.edi", DATA)
    assert channel.look("a.edi", DATA) is Presence.PUBLISHED and server(own).connections == 2


def test_what_the_server_offers_cannot_lead_anywhere(own: Site) -> None:
    server(own).extra_names += [b"../../secret", b"/etc/passwd", b"a\0b", b"x" * 300, b"\xff" * 200]
    channel = own.channel()
    assert len(channel.list()) == 1 and len(channel.refused) == 4
    with pytest.raises(ChannelUnavailable):
        channel.get(channel.list()[0].name)


def test_a_file_larger_than_it_was_listed(own: Site) -> None:
    (own.inbound / "a.835").write_bytes(DATA)
    server(own).lie_about_size = 3
    channel = own.channel(receive_at_most=1000)
    assert [one.size for one in channel.list()] == [3]
    with pytest.raises(ContractViolation):
        channel.get("a.835")


def test_no_permission_to_delete_is_a_setting(own: Site) -> None:
    server(own).fail.add("remove")
    (own.inbound / "a.835").write_bytes(DATA)
    channel = own.channel(after_fetch=AfterFetch.DELETE)
    assert channel.get("a.835") == DATA
    with pytest.raises(ConfigurationError):
        channel.done("a.835")


def test_no_permission_to_write_is_a_setting(own: Site) -> None:
    server(own).fail.add("write")
    with pytest.raises(ConfigurationError):
        own.channel().stage("a.edi", DATA)


def test_hung_up_during_the_login_is_not_tried_again(own: Site) -> None:
    server(own).hang_up_at_login = True
    with pytest.raises(CutDuringLogin):
        own.channel().list()
    assert server(own).logins == ["password"] and server(own).connections == 1


def test_a_wrong_password_is_one_attempt(own: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "wrong")
    with pytest.raises(ChannelRefused) as told:
        own.channel().stage("a.edi", DATA)
    assert server(own).logins == ["password"] and server(own).connections == 1
    assert "wrong" not in str(told.value) and PASSWORD not in str(told.value)


def test_a_missing_variable_reaches_nobody(own: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(ConfigurationError, match=VARIABLE):
        own.channel().list()
    assert server(own).connections == 0


def test_key_files_that_cannot_be_used(own: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "key"
    channel = own.channel(key="key", password_env="")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        channel.list()
    key.write_text("no key")
    key.chmod(0o644)
    with pytest.raises(ConfigurationError, match="by others"):
        channel.list()
    key.chmod(0o600)
    with pytest.raises(ConfigurationError, match="no private key"):
        channel.list()
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key), passphrase="phrase")  # noqa: S106
    with pytest.raises(ConfigurationError, match="passphrase"):
        channel.list()
    monkeypatch.setenv("PTEDI_TEST_PHRASE", "another")
    with pytest.raises(ConfigurationError, match="passphrase"):
        own.channel(key="key", password_env="", key_passphrase_env="PTEDI_TEST_PHRASE").list()  # noqa: S106
    assert server(own).connections == 0


def test_a_key_with_a_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTEDI_TEST_PHRASE", "phrase")
    with openssh(tmp_path) as site:
        key = asyncssh.read_private_key(str(tmp_path / "our_key"))
        key.write_private_key(str(tmp_path / "our_key"), passphrase="phrase")  # noqa: S106
        assert site.channel(key_passphrase_env="PTEDI_TEST_PHRASE").list() == []  # noqa: S106


def test_a_key_that_openssh_does_not_know_is_one_attempt(tmp_path: Path) -> None:
    with openssh(tmp_path) as site, Line(site.settings.port) as line:
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(tmp_path / "other_key"))
        (tmp_path / "other_key").chmod(0o600)
        with pytest.raises(ChannelRefused):
            site.channel(port=line.port, key="other_key").list()
        assert line.connections == 1


def test_the_pin_is_what_the_tools_of_openssh_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An integrator copies a line of known_hosts or what ssh-keygen -lf prints."""
    from ptedi.payers.channel import HostKey, _host_key

    with own_server(tmp_path, monkeypatch) as site:
        line = "sftp.example.org " + server(site).key.export_public_key().decode()
        pinned = _host_key(line)
        assert pinned == HostKey("ssh-ed25519", server(site).key.get_fingerprint("sha256"))
        assert site.channel(host_keys=(pinned,)).list() == []
        (tmp_path / "known").write_text(line)
        try:
            told = subprocess.run(["ssh-keygen", "-lf", str(tmp_path / "known")], capture_output=True, check=True)
        except FileNotFoundError:
            pytest.skip("openssh-client is not installed")
        assert told.stdout.decode().split()[1] == pinned.fingerprint
