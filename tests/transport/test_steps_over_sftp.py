"""What the steps make of a server's refusals: one partner's trouble is its own, and nothing is lost by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptedi import pipeline
from ptedi.errors import ChannelRefused, ConfigurationError
from ptedi.store import work
from ptedi.store.batches import Outbox
from tests.transport.servers import PASSWORD, VARIABLE, Site
from tests.transport.test_night_over_sftp import DAY, clock, outbox, workspace

__all__ = ["clock"]
REPORT = b"a report in words\n"


def sentences(root: Path) -> list[str]:
    with pipeline.open_night(root) as night, night.store.read() as conn:
        return [one.sentence for one in work.list_work(conn)]


def test_a_batch_waits_until_the_login_is_settled(own: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = workspace(tmp_path / "practice", own)
    monkeypatch.setenv(VARIABLE, "wrong")
    with pipeline.open_night(root) as night, pytest.raises(ChannelRefused):
        pipeline.nightly(night, DAY)
    assert outbox(root) == [Outbox.SENDING] and any("refused us" in one for one in sentences(root))
    monkeypatch.setenv(VARIABLE, PASSWORD)
    (root / "stopped" / "harbor.json").unlink()
    with pipeline.open_night(root) as night:
        assert len(pipeline.deliver_batches(night).sent) == 1
    assert outbox(root) == [Outbox.SENT] and not any("refused us" in one for one in sentences(root))


def test_a_server_without_renaming_keeps_the_batch(own: Site, tmp_path: Path) -> None:
    assert own.server is not None
    own.server.fail.add("rename")
    root = workspace(tmp_path / "practice", own)
    with pipeline.open_night(root) as night, pytest.raises(ConfigurationError, match="rename"):
        pipeline.nightly(night, DAY)
    (root / "ptedi.toml").write_text((root / "ptedi.toml").read_text() + "rename = false\n")
    with pipeline.open_night(root) as night:
        assert len(pipeline.deliver_batches(night).sent) == 1
    assert [path.name for path in own.outbound.iterdir() if not path.name.startswith(".")]


def test_fetched_files_are_deleted_when_they_are_kept(own: Site, tmp_path: Path) -> None:
    root = workspace(tmp_path / "practice", own)
    (root / "ptedi.toml").write_text((root / "ptedi.toml").read_text() + 'after_fetch = "delete"\n')
    (own.inbound / "a.txt").write_bytes(REPORT)
    with pipeline.open_night(root) as night:
        assert len(pipeline.collect_inbound(night).files) == 1
    assert list(own.inbound.iterdir()) == []


def test_a_hostile_name_becomes_work_and_holds_nothing_up(own: Site, tmp_path: Path) -> None:
    assert own.server is not None
    own.server.extra_names.append(b"../../etc/passwd")
    (own.inbound / "a.txt").write_bytes(REPORT)
    root = workspace(tmp_path / "practice", own)
    with pipeline.open_night(root) as night:
        assert len(pipeline.collect_inbound(night).files) == 1
        pipeline.collect_inbound(night)
    assert sum("leads out of its folder" in one for one in sentences(root)) == 1


def test_a_partner_that_is_down_does_not_hold_up_the_inbox(own: Site, tmp_path: Path) -> None:
    root = workspace(tmp_path / "practice", own, pin="SHA256:" + "A" * 43)
    (root / "bank" / "a.txt").write_bytes(REPORT)
    with pipeline.open_night(root) as night, pytest.raises(ChannelRefused):
        pipeline.collect_inbound(night)
    assert list((root / "bank").iterdir()) == [] and list((root / "quarantine").iterdir())
