"""Fetch what the clearinghouse left, every 15 minutes, and ring one bell per new file.

The durable inbox in the store is the worklist; the asset partitions only start the runs.  A file announced twice is
harmless: applying and posting are idempotent.  A partner who cannot be reached fails the run, but holds up nobody's
files: what the others left is announced all the same.
"""

from __future__ import annotations

from airflow.sdk import DAG, get_current_context, task

from ptedi.airflow.alerts import deadline
from ptedi.airflow.shared import (
    ACKNOWLEDGEMENT_FILE,
    CHANNEL_POOL,
    DEFAULT_ARGS,
    REMITTANCE_FILE,
    report,
    task_night,
)

with DAG(
    dag_id="clearinghouse_sweep",
    schedule="*/15 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    deadline=deadline("clearinghouse_sweep", minutes=30),
    tags=["ptedi", "inbound"],
    doc_md=__doc__,
):

    @task(pool=CHANNEL_POOL)
    def collect_inbound():
        from ptedi import pipeline

        with task_night() as opened:
            return report(pipeline.collect_inbound(opened))

    @task(outlets=[ACKNOWLEDGEMENT_FILE, REMITTANCE_FILE])
    def announce_files():
        from ptedi import pipeline

        with task_night() as opened:
            waiting = pipeline.waiting_files(opened)
        events = get_current_context()["outlet_events"]
        for asset, ids in ((ACKNOWLEDGEMENT_FILE, waiting.acknowledgements), (REMITTANCE_FILE, waiting.remittances)):
            if ids:
                events[asset].add_partitions([f"file-{number}" for number in ids])
        return report(waiting)

    collect_inbound() >> announce_files().as_teardown()  # it runs whatever became of the first, which decides the run
