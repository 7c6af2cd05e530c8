"""What Airflow tells people: a failed task and a late run become work items of the workspace, and a mail if wanted.

Nothing of a patient is in them: the names of the DAG and its task, the day or file of the run, the kind of error.
"""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseNotifier
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

MAIL = "PTEDI_ALERT_MAIL"
DEADLINES = "PTEDI_DEADLINES"


class FileWorkItem(BaseNotifier):
    """Puts a task that failed for good before a person; it closes by itself when the task succeeds."""

    def notify(self, context: Any) -> None:
        """Makes the work item.

        Args:
            context: Airflow's context of the failed task.
        """
        from ptedi.airflow.shared import cause, night  # noqa: PLC0415

        problem = context.get("exception")
        why = f"{type(problem).__name__}: " if problem is not None else ""
        with night() as opened:
            from ptedi import pipeline  # noqa: PLC0415

            task = context["ti"].task_id
            pipeline.raise_alarm(opened, cause(context), f"{why}the task {task} of {context['ti'].dag_id} failed.")


async def run_is_late(dag_id: str, minutes: float, context: Any = None) -> None:
    """The deadline of a run has passed: a work item.  Runs in the triggerer, its work in a thread.

    Args:
        dag_id: whose run is late.
        minutes: how long after its start it should have ended.
        context: Airflow's context of the run, as plain data.
    """
    await asyncio.to_thread(_file_late, dag_id, minutes, context or {})


def _file_late(dag_id: str, minutes: float, context: Any) -> None:
    from ptedi import pipeline  # noqa: PLC0415
    from ptedi.airflow.shared import night  # noqa: PLC0415

    run = context.get("dag_run") or {}
    key = run.get("partition_key") or run.get("run_id") or ""
    with night() as opened:
        told = f"The run of {dag_id} {key} has not ended {minutes:g} minutes after its start."
        pipeline.raise_alarm(opened, f"{dag_id}/late/{key}", told)


def deadline(dag_id: str, minutes: float) -> DeadlineAlert | None:
    """The deadline of a DAG's runs, where PTEDI_DEADLINES is set: to `yes`, or to minutes that hold for every DAG.

    Only where it is set, because `dag.test()` of Airflow 3.3.2 fails at the end of a run that has a deadline.
    """
    wanted = os.environ.get(DEADLINES, "").lower()
    if wanted in {"", "no", "false"}:
        return None
    minutes = minutes if wanted in {"yes", "true"} else float(wanted)
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT, interval=timedelta(minutes=minutes),
        callback=AsyncCallback(run_is_late, kwargs={"dag_id": dag_id, "minutes": minutes}),
    )  # fmt: skip


def on_failure() -> list[BaseNotifier]:
    """Who is told of a failed task: the worklist, and the address in PTEDI_ALERT_MAIL (connection smtp_default)."""
    told: list[BaseNotifier] = [FileWorkItem()]
    if address := os.environ.get(MAIL):
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier  # noqa: PLC0415

        told.append(SmtpNotifier(
            to=address, from_email=os.environ.get("PTEDI_ALERT_FROM", address),
            subject="ptedi: {{ ti.task_id }} of {{ ti.dag_id }} failed",
            html_content="{{ ti.dag_id }}, {{ ti.task_id }}, run {{ run_id }}: see `ptedi work` and logs/ptedi.log.",
        ))  # fmt: skip
    return told
