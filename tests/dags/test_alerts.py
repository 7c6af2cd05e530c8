"""A step that fails for good or is late becomes one work item, and its success closes it."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from ptedi import pipeline
from ptedi.airflow import alerts, shared
from ptedi.airflow.local import Runner
from ptedi.errors import ChannelRefused, PtediError
from ptedi.sandbox import practice
from ptedi.steps import bank
from ptedi.store.work import WorkItem, WorkKind

pytestmark = pytest.mark.airflow

TONIGHT = date(2026, 11, 19)
CAUSE = "claims_nightly/deliver_batches/2026-11-19"


@pytest.fixture
def workspace(airflow_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PTEDI_WORKSPACE", str(tmp_path))
    pipeline.make_workspace(tmp_path, practice.settings(seed=1))
    return tmp_path


def alarms(root: Path) -> list[WorkItem]:
    with pipeline.open_night(root) as night, night.store.read() as conn:
        from ptedi.store import work

        return work.list_work(conn, kinds=[WorkKind.NIGHT])


def context(task_id: str = "deliver_batches", exception: Exception | None = None) -> dict[str, object]:
    return {
        "ti": SimpleNamespace(dag_id="claims_nightly", task_id=task_id),
        "dag_run": SimpleNamespace(partition_key=None, run_id="by hand"),
        "params": {"service_date": "2026-11-19"}, "exception": exception,
    }  # fmt: skip


def test_a_failed_task_waits_for_a_person_once(workspace: Path) -> None:
    for _ in range(2):
        alerts.FileWorkItem().notify(context(exception=ChannelRefused("the login of PATIENT DOE was rejected")))
    (item,) = alarms(workspace)
    assert (item.key, item.state, item.next_action) == (f"night:{CAUSE}", "open", "RUN_AGAIN")
    assert item.sentence == "ChannelRefused: the task deliver_batches of claims_nightly failed."  # no text of the error


def test_an_alarm_opens_again_when_the_step_fails_again(workspace: Path) -> None:
    with pipeline.open_night(workspace) as night:
        pipeline.raise_alarm(night, CAUSE, "failed.")
        assert pipeline.settle_alarm(night, CAUSE)
        assert not pipeline.settle_alarm(night, CAUSE)
        pipeline.raise_alarm(night, CAUSE, "failed.")
    assert len(alarms(workspace)) == 1


def test_the_cause_is_the_day_or_the_file_of_the_run() -> None:
    assert shared.cause(context()) == CAUSE
    of_file = context("post_remittances") | {"params": {"file_id": 7}}
    assert shared.cause(of_file) == "claims_nightly/post_remittances/7"
    of_partition = of_file | {"dag_run": SimpleNamespace(partition_key="file-7", run_id="x")}
    assert shared.cause(of_partition) == "claims_nightly/post_remittances/file-7"


def test_a_late_run_waits_for_a_person(workspace: Path) -> None:
    run = {"partition_key": "2026-11-19", "run_id": "partition__2026-11-19"}
    asyncio.run(alerts.run_is_late("claims_nightly", 120, context={"dag_run": run}))
    (item,) = alarms(workspace)
    assert item.key == "night:claims_nightly/late/2026-11-19"
    assert "120 minutes" in item.sentence


def test_a_deadline_is_set_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(alerts.DEADLINES, raising=False)
    assert alerts.deadline("claims_nightly", 120) is None
    monkeypatch.setenv(alerts.DEADLINES, "yes")
    found = alerts.deadline("claims_nightly", 120)
    assert found is not None and found.interval == timedelta(minutes=120)
    assert found.callback.path == "ptedi.airflow.alerts.run_is_late"
    monkeypatch.setenv(alerts.DEADLINES, "0.5")
    found = alerts.deadline("claims_nightly", 120)
    assert found is not None and found.interval == timedelta(seconds=30)


def test_a_mail_goes_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(alerts.MAIL, raising=False)
    assert [type(one).__name__ for one in alerts.on_failure()] == ["FileWorkItem"]
    monkeypatch.setenv(alerts.MAIL, "billing@example.test")
    assert [type(one).__name__ for one in alerts.on_failure()] == ["FileWorkItem", "SmtpNotifier"]


def test_a_run_that_fails_and_then_succeeds(workspace: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, data in practice.charges(1, TONIGHT, visits=12).items():
        with pipeline.open_night(workspace) as night:
            pipeline.drop(night.workspace, name, data)

    tries = []

    def refused(_night: pipeline.Night) -> None:
        tries.append(1)
        raise ChannelRefused("the host key is another one")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "deliver_batches", refused)
        with pytest.raises(PtediError, match="deliver_batches"):
            runner.run("claims_nightly", service_date=TONIGHT.isoformat())
    assert len(tries) == 1  # a refused login is never tried twice
    assert [item.key for item in alarms(workspace)] == [f"night:{CAUSE}"]
    told = runner.run("claims_nightly", service_date=TONIGHT.isoformat())["deliver_batches"]
    assert alarms(workspace) == []
    assert told["begun"] == sorted(told["sent"]) != []
    assert told["open"] == []


def test_a_file_that_we_cannot_read_fails_alone(
    workspace: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is a run of its own: the other one is taken and reconciled, and a fix picks the first one up."""
    for name in ("one", "two"):
        text = f"date,trace,amount\n2026-11-20,TRACE-{name},1.00\n"
        (workspace / "bank" / f"{name}.csv").write_text(text)
    with pipeline.open_night(workspace) as night:
        pipeline.collect_inbound(night)
        first, second = pipeline.waiting_files(night).remittances
    real = bank.read

    def read(data: bytes) -> bank.BankFile:
        if b"TRACE-one" in data:
            raise ValueError("PATIENT DOE")
        return real(data)

    with monkeypatch.context() as patch:
        patch.setattr(bank, "read", read)
        patch.setattr(runner.bag.dags["remittances"].get_task("post_remittances"), "retry_delay", timedelta(0))
        with pytest.raises(PtediError, match="post_remittances"):
            runner.run("remittances", file_id=first)
        assert runner.run("remittances", file_id=second)["reconcile_deposits"]["without_remittance"] == 1
    with pipeline.open_night(workspace) as night:
        assert pipeline.waiting_files(night).remittances == (first,)  # the next sweep announces it again
    [item] = alarms(workspace)
    assert (item.key, "DOE" in item.sentence) == (f"night:remittances/post_remittances/{first}", False)
    assert runner.run("remittances", file_id=first)["reconcile_deposits"]["without_remittance"] == 2
    assert alarms(workspace) == []


def test_a_partner_who_refuses_us_holds_up_nobodys_files(
    workspace: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "bank" / "one.csv").write_text("date,trace,amount\n2026-11-20,TRACE-one,1.00\n")

    def refused(_: object) -> None:
        raise ChannelRefused("the host key is another one")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.Night, "channel", lambda self, partner: refused(partner))
        with pytest.raises(PtediError, match="collect_inbound") as told:
            runner.run("clearinghouse_sweep")
    assert "announce_files" not in str(told.value)  # it ran: the bank's file is announced
    assert [item.key.rpartition("/")[0] for item in alarms(workspace)] == ["night:clearinghouse_sweep/collect_inbound"]
    with pipeline.open_night(workspace) as night:
        [waits] = pipeline.waiting_files(night).remittances
    assert runner.run("clearinghouse_sweep")["announce_files"]["remittances"] == [waits]
