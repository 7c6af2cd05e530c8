"""Captured charges to a delivered 837P: one run per service date.

Every task is one call into ptedi.pipeline and may be cleared and run again: what is done is found done.
"""

from __future__ import annotations

from airflow.sdk import DAG, CronPartitionTimetable, Param, get_current_context, task
from airflow.sdk.execution_time.context import NEVER_EXPIRE

from ptedi.airflow.alerts import deadline
from ptedi.airflow.shared import CHANNEL_POOL, DEFAULT_ARGS, report, service_date, task_night

with DAG(
    dag_id="claims_nightly",
    schedule=CronPartitionTimetable("0 2 * * *", timezone="America/New_York", run_offset=-1, key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params={"service_date": Param(None, type=["null", "string"], format="date", description="for runs by hand")},
    deadline=deadline("claims_nightly", minutes=120),
    tags=["ptedi", "claims"],
    doc_md=__doc__,
):

    @task
    def extract_charges():
        from ptedi import pipeline

        with task_night() as opened:
            return report(pipeline.extract_charges(opened))

    @task
    def code_visits():
        from ptedi import pipeline

        day = service_date(get_current_context())
        with task_night() as opened:
            return report(pipeline.code_visits(opened, day))

    @task
    def scrub_claims():
        from ptedi import pipeline

        day = service_date(get_current_context())
        with task_night() as opened:
            return report(pipeline.scrub_claims(opened, day))

    @task
    def build_batches():
        from ptedi import pipeline

        day = service_date(get_current_context())
        with task_night() as opened:
            return report(pipeline.build_batches(opened, day))

    @task(pool=CHANNEL_POOL)
    def deliver_batches():
        from ptedi import pipeline

        # What this run set out to send, over all its tries.  The outbox in the store decides what is sent; this mark
        # tells the person who looks at a retried task which batches an earlier try began with.
        marks = get_current_context()["task_state_store"]
        with task_night() as opened:
            begun = sorted({*(marks.get("batches") or []), *pipeline.outbox(opened)})
            if begun:
                marks.set("batches", begun, retention=NEVER_EXPIRE)
            delivered = report(pipeline.deliver_batches(opened))
            return delivered | {"begun": begun, "open": sorted(set(begun) & set(pipeline.outbox(opened)))}

    extract_charges() >> code_visits() >> scrub_claims() >> build_batches() >> deliver_batches()
