"""A whole small night with the clearinghouse behind an SFTP server, its line cut at the worst moments."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.errors import ChannelRefused, ChannelUnavailable
from ptedi.sandbox import clearinghouse, practice
from ptedi.store import batches
from ptedi.store.batches import Outbox
from ptedi.transport import open_channel, try_out
from tests.transport.servers import PASSWORD, VARIABLE, Line, Site

DAY = dt.date(2026, 11, 20)


def workspace(root: Path, site: Site, *, port: int = 0, pin: str = "") -> Path:
    """The synthetic practice, its partner moved behind the server."""
    settings = site.settings
    local = practice.settings()
    head, _, _ = local.partition("[partners.harbor.transport]")
    login = f'key = "{site.root / settings.key}"' if settings.key else f'password_env = "{VARIABLE}"'
    pipeline.make_workspace(root, head + "\n".join((
        "[partners.harbor.transport]", 'kind = "sftp"', 'environment = "T"', f'host = "{settings.host}"',
        f"port = {port or settings.port}", f'user = "{settings.user}"', login,
        f'host_key = "{pin or settings.host_keys[0].fingerprint}"', 'outbound = "to"', 'inbound = "from"',
        "settle_seconds = 0", "attempts = 2", "retry_seconds = 0", "timeout_seconds = 10", "",
    )))  # fmt: skip
    for name, data in practice.charges(3, DAY, visits=8, bad_rows=False).items():
        (root / "inbox" / name).write_bytes(data)
    return root


def outbox(root: Path) -> list[Outbox]:
    with pipeline.open_night(root) as night, night.store.read() as conn:
        return [row.state for row in batches.list_batches(conn)]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTEDI_NOW", "2026-11-21T02:00:00+00:00")


def test_the_night_closes(site: Site, tmp_path: Path) -> None:
    root = workspace(tmp_path / "practice", site)
    with pipeline.open_night(root) as night:
        out = pipeline.nightly(night, DAY)
        assert len(out.delivered.sent) == len(out.built.batch_ids) == 1
        assert [path.suffix for path in site.outbound.iterdir()] == [".edi"]
        clearinghouse.run(site.outbound, site.inbound, tmp_path / "state", seed=3, today=DAY, bank_folder=root / "bank")
        back = pipeline.collect(night)
        assert back.collected.quarantined == 0 and back.posted and back.acknowledged
        assert pipeline.summary(night, DAY).as_json()["closes"] is True
        again = pipeline.collect(night)
        assert again.collected.files == () and again.collected.repeated > 0
        assert pipeline.deliver_batches(night).sent == ()


def test_cut_before_the_reply_and_run_again_is_sent_once(site: Site, tmp_path: Path) -> None:
    with Line(site.settings.port) as line:
        root = workspace(tmp_path / "practice", site, port=line.port)
        line.cut_answers = lambda: any(path.suffix == ".edi" for path in site.outbound.iterdir())
        with pipeline.open_night(root) as night, pytest.raises(ChannelUnavailable):
            pipeline.nightly(night, DAY)
        assert outbox(root) == [Outbox.SENDING]
        line.cut_answers = lambda: False
        with pipeline.open_night(root) as night:
            assert len(pipeline.deliver_batches(night).sent) == 1
    assert outbox(root) == [Outbox.SENT] and len(list(site.outbound.iterdir())) == 1


def test_cut_in_the_upload_and_run_again_is_sent_once(site: Site, tmp_path: Path) -> None:
    with Line(site.settings.port, cut_after=7_000) as line:
        root = workspace(tmp_path / "practice", site, port=line.port)
        with pipeline.open_night(root) as night, pytest.raises(ChannelUnavailable):
            pipeline.nightly(night, DAY)
        assert not [path for path in site.outbound.iterdir() if path.suffix == ".edi"]
        line.cut_after = 0
        with pipeline.open_night(root) as night:
            assert len(pipeline.deliver_batches(night).sent) == 1
    assert outbox(root) == [Outbox.SENT] and len(list(site.outbound.iterdir())) == 1


def test_another_host_key_sends_nothing(site: Site, tmp_path: Path) -> None:
    root = workspace(tmp_path / "practice", site, pin="SHA256:" + "A" * 43)
    with pipeline.open_night(root) as night, pytest.raises(ChannelRefused):
        pipeline.nightly(night, DAY)
    assert list(site.outbound.iterdir()) == []


def test_a_refusal_is_remembered_until_a_person_is_let_in(
    own: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert own.server is not None
    root = workspace(tmp_path / "practice", own)
    monkeypatch.setenv(VARIABLE, "wrong")
    for _ in range(3):  # sweeps, each in a process of its own
        with pipeline.open_night(root) as night, pytest.raises(ChannelRefused, match="rejected the login"):
            pipeline.collect_inbound(night)
    assert own.server.logins == ["password"]
    with pipeline.open_night(root) as night:
        (partner,) = night.partners.values()
        with pytest.raises(ChannelRefused):
            open_channel(partner, root, once_more=True).list()
        assert own.server.logins == ["password"] * 2
        monkeypatch.setenv(VARIABLE, PASSWORD)
        with pytest.raises(ChannelRefused):
            pipeline.collect_inbound(night)
        assert try_out(open_channel(partner, root, once_more=True)).waiting == 0
        assert pipeline.collect_inbound(night).files == ()
    assert not list((root / "stopped").iterdir())


def test_other_settings_are_tried(own: Site, tmp_path: Path) -> None:
    root = workspace(tmp_path / "practice", own, pin="SHA256:" + "A" * 43)
    for _ in range(2):
        with pipeline.open_night(root) as night, pytest.raises(ChannelRefused):
            pipeline.collect_inbound(night)
    assert own.server is not None and own.server.connections == 1
    text = (root / "ptedi.toml").read_text()
    (root / "ptedi.toml").write_text(text.replace("SHA256:" + "A" * 43, own.settings.host_keys[0].fingerprint))
    with pipeline.open_night(root) as night:
        assert pipeline.collect_inbound(night).files == ()
