"""Which trouble is tried again and which is not, and that a later try knows what an earlier one began to send."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from airflow.sdk import RetryAction

from ptedi import errors, pipeline
from ptedi.airflow.local import Runner
from ptedi.airflow.shared import RETRY_POLICY
from ptedi.errors import ChannelUnavailable, PtediError, Terminal, Transient
from ptedi.sandbox import practice

pytestmark = pytest.mark.airflow

TONIGHT = date(2026, 11, 19)


@pytest.fixture
def workspace(airflow_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A practice with the charges of a night in its inbox; the tries of a task follow at once."""
    monkeypatch.setenv("PTEDI_WORKSPACE", str(tmp_path))
    pipeline.make_workspace(tmp_path, practice.settings(seed=1))
    with pipeline.open_night(tmp_path) as night:
        for name, data in practice.charges(1, TONIGHT, visits=8).items():
            pipeline.drop(night.workspace, name, data)
    return tmp_path


@pytest.mark.parametrize("kind", [one for one in vars(errors).values()
                                  if isinstance(one, type) and issubclass(one, PtediError)])  # fmt: skip
def test_every_trouble_has_its_way(kind: type[PtediError]) -> None:
    told = RETRY_POLICY.evaluate(kind("x"), try_number=1, max_tries=2)
    if issubclass(kind, Terminal):
        assert told.action is RetryAction.FAIL
    elif issubclass(kind, Transient):
        assert (told.action, told.retry_delay) == (RetryAction.RETRY, timedelta(minutes=2))
    else:
        assert (kind, told.action) == (PtediError, RetryAction.DEFAULT)


def test_cut_off_after_the_send_the_next_try_knows_what_was_begun(
    workspace: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = runner.bag.dags["claims_nightly"].get_task("deliver_batches")
    tried_again = next(rule for rule in task.retry_policy.rules if rule.action is RetryAction.RETRY)
    monkeypatch.setitem(tried_again.__dict__, "retry_delay", timedelta(0))
    deliver, sent = pipeline.deliver_batches, []

    def cut_off(night: pipeline.Night) -> object:
        done = deliver(night)
        sent.append(done.sent)
        if len(sent) == 1:
            raise ChannelUnavailable("the line was cut after the send")
        return done

    monkeypatch.setattr(pipeline, "deliver_batches", cut_off)
    told = runner.run("claims_nightly", service_date=TONIGHT.isoformat())["deliver_batches"]
    [batch] = sent[0]
    assert sent == [(batch,), ()]
    assert (told["begun"], told["sent"], told["open"]) == ([batch], [], [])
    assert len(list((workspace / "clearinghouse/to").iterdir())) == 1
