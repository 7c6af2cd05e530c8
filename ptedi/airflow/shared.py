"""What the five DAGs share: assets, retry policy, defaults, and how a task opens its workspace.

Nothing of ptedi's own machinery is imported while a DAG file is parsed: tasks import the pipeline when they run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule, get_current_context

from ptedi.airflow.alerts import on_failure

if TYPE_CHECKING:
    from ptedi.pipeline import Night

CHANNEL_POOL = "ptedi_channel"
"""One slot: two tasks never speak to a partner's channel at once."""

ACKNOWLEDGEMENT_FILE = Asset(uri="ptedi://inbox/acknowledgement", name="ptedi_acknowledgement_file")
REMITTANCE_FILE = Asset(uri="ptedi://inbox/remittance", name="ptedi_remittance_file")

# A data error fails at once, a channel that is down is tried again; dotted names keep imports out of the DAG file.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception="ptedi.errors.Terminal", action=RetryAction.FAIL, reason="needs a person"),
        RetryRule(exception="ptedi.errors.Transient", action=RetryAction.RETRY, retry_delay=timedelta(minutes=2)),
    ]
)

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "billing operations",
    "retries": 2,  # never 0: the first task after a start may meet an API server still building its routes
    "retry_delay": timedelta(minutes=1),
    "retry_policy": RETRY_POLICY,
    "on_failure_callback": on_failure(),
}


@contextmanager
def task_night() -> Iterator[Night]:
    """The workspace for one task: an alarm that an earlier try of it raised is closed when it ends well."""
    from ptedi import pipeline  # noqa: PLC0415

    with night() as opened:
        yield opened
        pipeline.settle_alarm(opened, cause(get_current_context()))


def cause(context: Any) -> str:
    """The name of what a task works on, the same for each of its tries: DAG, task, and the run's day or file."""
    run, ti = context["dag_run"], context["ti"]
    key = run.partition_key or context["params"].get("service_date") or context["params"].get("file_id") or ""
    return f"{ti.dag_id}/{ti.task_id}/{key}"


@contextmanager
def night() -> Iterator[Night]:
    """The workspace that PTEDI_WORKSPACE names."""
    from pathlib import Path  # noqa: PLC0415

    from ptedi import pipeline  # noqa: PLC0415

    os.umask(0o077)
    with pipeline.open_night(Path(os.environ.get("PTEDI_WORKSPACE", "demo"))) as opened:
        yield opened


def report(result: Any) -> dict[str, Any]:
    """A step's result for XCom: ids, counts and hashes as plain JSON values, never patient data."""
    import msgspec  # noqa: PLC0415

    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(result))  # lists, not tuples
    return plain


def service_date(context: Any) -> date:
    """The service date of a run: its partition key, or the parameter where a run has none (`dags test`)."""
    key = context["dag_run"].partition_key or context["params"].get("service_date")
    if not key:
        from ptedi import dates  # noqa: PLC0415

        return dates.today()
    return date.fromisoformat(str(key))


def file_id(context: Any) -> int:
    """The inbox file of a run: its partition key `file-<id>`, or the parameter where a run has none."""
    key = context["dag_run"].partition_key
    return int(key.rpartition("-")[2]) if key else int(context["params"]["file_id"])
