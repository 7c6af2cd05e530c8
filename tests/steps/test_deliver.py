"""The delivery of a batch: the wrong environment, a channel that is down, a send that was cut off anywhere."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ptedi.errors import ChannelUnavailable, ContractViolation, InterlockError, StoreBusy
from ptedi.sandbox import practice
from ptedi.steps import faults
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.outbound import build_batches, deliver_batches
from ptedi.store import batches, events, files, work
from ptedi.store.batches import Outbox
from ptedi.store.work import WorkKind
from ptedi.submissions.status import Event, State
from tests.postgresql import new_database
from tests.steps.conftest import DAY
from tests.steps.outgoing import Drop, meanwhile, on_their_way, to_ready


def test_test_and_production_do_not_mix(workspace: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop()
    text = (workspace / "ptedi.toml").read_text()
    with open_night(workspace) as night:
        to_ready(night)
        build_batches(night, DAY)
    (workspace / "ptedi.toml").write_text(text.replace('kind = "local"', 'kind = "local"\nenvironment = "P"'))
    with open_night(workspace) as night, pytest.raises(InterlockError):
        deliver_batches(night)
    (workspace / "ptedi.toml").write_text(text.replace('environment = "T"', 'environment = "P"', 1))
    with pytest.raises(InterlockError):
        open_night(workspace)
    monkeypatch.setattr("ptedi.steps.night._one_world", lambda *_: None)  # and if it were opened all the same
    with open_night(workspace) as night, pytest.raises(InterlockError):
        deliver_batches(night)
    assert list((workspace / "clearinghouse/to").iterdir()) == []
    (workspace / "ptedi.toml").write_text(text)
    with open_night(workspace) as night:
        assert len(deliver_batches(night).sent) == 1


def test_claims_of_the_test_world_are_never_sent_by_a_production_one(night: Night, workspace: Path, drop: Drop) -> None:
    """They wait, ready or held, and somebody changes the setting instead of making a workspace for each world."""
    path = workspace / "ptedi.toml"
    text = path.read_text()
    path.write_text(text.replace('environment = "T"', 'environment = "P"', 1))
    with open_night(workspace):
        pass  # nothing is in it yet
    drop()
    to_ready(night)
    with pytest.raises(InterlockError, match="environment T"):
        open_night(workspace)
    path.write_text(text)
    with open_night(workspace) as again:
        assert build_batches(again, DAY).claims > 0


def test_a_production_workspace_does_not_send_test_files(tmp_path: Path) -> None:
    root = tmp_path / "p"
    usage = '[partners.harbor.usage]\nP = "T"\n[partners.harbor.transport]'
    text = practice.settings(environment="P").replace("[partners.harbor.transport]", usage)
    make_workspace(root, text)
    for name, data in practice.charges(3, DAY, visits=8, bad_rows=False).items():
        (root / "inbox" / name).write_bytes(data)
    with open_night(root) as night:
        to_ready(night)
        with pytest.raises(InterlockError):
            build_batches(night, DAY)


def test_a_channel_that_is_down_is_tried_again(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    to_ready(night)
    build_batches(night, DAY)
    (workspace / "clearinghouse/to").rmdir()
    (workspace / "clearinghouse/to").write_text("not a folder")
    with pytest.raises(ChannelUnavailable):
        deliver_batches(night)
    (workspace / "clearinghouse/to").unlink()
    assert len(deliver_batches(night).sent) == 1


def test_a_name_taken_at_the_partners_fails_the_batch(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    with night.store.read() as conn:
        name = batches.get(conn, batch_id).file_name
    (workspace / "clearinghouse/to" / name).write_bytes(b"theirs")
    assert deliver_batches(night).failed == (batch_id,)
    assert (workspace / "clearinghouse/to" / name).read_bytes() == b"theirs"
    with night.store.read() as conn:
        assert batches.get(conn, batch_id).state is Outbox.FAILED
        assert [item.category for item in work.list_work(conn, kinds=[WorkKind.ACKNOWLEDGEMENT])] == ["delivery"]
    assert on_their_way(night) == {State.BATCHED}


def cut_off(night: Night, reason: str) -> tuple[int, str, bytes]:
    """A batch whose send died after the store had been told so much."""
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids
    with night.store.begin() as conn:
        batches.move(conn, batch_id, [Outbox.BUILT], Outbox.SENDING, reason)
        row = batches.get(conn, batch_id)
        return batch_id, row.file_name, files.read_bytes(night.archive, files.get(conn, row.file_id))


def test_cut_off_before_staging_begins_again(night: Night, drop: Drop) -> None:
    drop()
    batch_id, _, _ = cut_off(night, "")
    assert deliver_batches(night).sent == (batch_id,)


def test_cut_off_with_the_file_staged_goes_on(night: Night, drop: Drop) -> None:
    drop()
    batch_id, name, data = cut_off(night, "staged")
    night.channel(night.partners["harbor"]).stage(name, data)
    assert deliver_batches(night).sent == (batch_id,)


def test_cut_off_after_publishing_is_settled_from_the_listing(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    batch_id, name, data = cut_off(night, "staged")
    (workspace / "clearinghouse/to" / name).write_bytes(data)
    before = (workspace / "clearinghouse/to" / name).stat().st_mtime_ns
    assert deliver_batches(night).sent == (batch_id,)
    assert (workspace / "clearinghouse/to" / name).stat().st_mtime_ns == before


def test_an_unknown_send_waits_for_evidence(night: Night, workspace: Path, drop: Drop) -> None:
    drop()
    batch_id, _, _ = cut_off(night, "staged")
    for _ in range(2):
        assert deliver_batches(night).unknown == (batch_id,)
    assert list((workspace / "clearinghouse/to").iterdir()) == []
    with night.store.begin() as conn:
        assert [i.key for i in work.list_work(conn, kinds=[WorkKind.ACKNOWLEDGEMENT])] == [f"delivery:{batch_id}"]
        assert batches.confirm(conn, batch_id, "TA1 accepted")
    assert deliver_batches(night).sent == ()
    assert list((workspace / "clearinghouse/to").iterdir()) == []
    assert on_their_way(night) == {State.SENT}
    with night.store.read() as conn:
        assert work.list_work(conn, kinds=[WorkKind.ACKNOWLEDGEMENT]) == []
        assert batches.get(conn, batch_id).state is Outbox.CONFIRMED


def test_an_acknowledgement_before_the_send_was_written_down(night: Night, drop: Drop) -> None:
    drop()
    batch_id, _, _ = cut_off(night, "staged")
    with night.store.begin() as conn:
        for place in batches.claims_of(conn, batch_id):
            events.append(conn, place.claim_id, Event.FILE_ACCEPTED, "test", "999")
        batches.confirm(conn, batch_id, "999 accepted")
    deliver_batches(night)
    assert on_their_way(night) == {State.RECEIVED}


@pytest.mark.parametrize("at", ["deliver.published", "deliver.manifest written"])
def test_a_batch_that_is_confirmed_before_its_send_is_recorded_stays_confirmed(
    night: Night, drop: Drop, at: str
) -> None:
    drop()
    to_ready(night)
    [batch_id] = build_batches(night, DAY).batch_ids

    def confirm() -> None:
        with night.store.begin() as conn:
            batches.confirm(conn, batch_id, "TA1 accepted")

    with meanwhile(at, confirm):
        assert deliver_batches(night).sent == (batch_id,)
    with night.store.read() as conn:
        row = batches.get(conn, batch_id)
    assert (row.state, row.reason, row.sent_at is not None) == (Outbox.CONFIRMED, "TA1 accepted", True)
    assert on_their_way(night) == {State.SENT}


@pytest.mark.parametrize("hurt", [lambda path: path.write_bytes(b"ISA"), Path.unlink])
def test_a_file_that_is_altered_in_the_archive_holds_up_no_other(
    night: Night, workspace: Path, drop: Drop, hurt: Callable[[Path], object]
) -> None:
    for seed in (3, 5):
        drop(seed=seed, visits=4)
        to_ready(night)
        build_batches(night, DAY)
    with night.store.read() as conn:
        first, second = batches.list_batches(conn)
        copy = night.archive / files.get(conn, first.file_id).stored_name
    data = copy.read_bytes()
    hurt(copy)
    with pytest.raises(ContractViolation, match=f"file {first.file_id} "):
        deliver_batches(night)
    assert [path.name for path in (workspace / "clearinghouse/to").iterdir()] == [second.file_name]
    copy.write_bytes(data)
    assert deliver_batches(night).sent == (first.id,)


def test_who_lost_his_lock_sends_nothing(workspace: Path, drop: Drop, server: Any) -> None:
    """The server ends the connection that holds the lock; the others of the process go on, and so does another one."""
    with (workspace / "ptedi.toml").open("a") as settings:
        settings.write(f'\n[store]\nurl = "{new_database(server, tables=True)}"\n')
    drop(visits=4)
    there, taken = workspace / "clearinghouse/to", list[str]()
    with open_night(workspace) as night, open_night(workspace) as other:
        to_ready(night)
        [batch_id] = build_batches(night, DAY).batch_ids
        second = threading.Thread(target=deliver_batches, args=(other,))
        begun, goes_on = threading.Event(), threading.Event()

        def take() -> None:
            for path in there.glob("[!.]*"):  # the partner is quick
                taken.append(path.name)
                path.unlink()

        def end_of_the_second() -> None:
            take()
            goes_on.set()
            second.join()
            take()

        def hook(name: str) -> None:
            if threading.current_thread() is second:
                if name == "deliver.sending":
                    begun.set()
                    assert goes_on.wait(60)
            elif name == "deliver.published":
                end_of_the_second()
            elif name == "deliver.staged":
                with other.store.begin() as conn:
                    conn.exec_driver_sql(
                        "select pg_terminate_backend(pid) from pg_locks join pg_database d on d.oid = database "
                        "where locktype = 'advisory' and datname = current_database()")  # fmt: skip
                second.start()
                assert begun.wait(60)

        with faults.watching(hook):
            with pytest.raises(StoreBusy):
                deliver_batches(night)
            end_of_the_second()
        with night.store.read() as conn:
            row = batches.get(conn, batch_id)
        assert (taken, row.state) == ([row.file_name], Outbox.SENT)

