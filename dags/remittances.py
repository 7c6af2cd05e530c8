"""Read, balance, match and post one 835 file, then reconcile it with the bank: one run per file."""

from __future__ import annotations

from airflow.sdk import DAG, Param, PartitionedAssetTimetable, get_current_context, task

from ptedi.airflow.shared import DEFAULT_ARGS, REMITTANCE_FILE, file_id, report, task_night

with DAG(
    dag_id="remittances",
    schedule=PartitionedAssetTimetable(assets=REMITTANCE_FILE),
    catchup=False,
    max_active_runs=4,
    default_args=DEFAULT_ARGS,
    params={"file_id": Param(None, type=["null", "integer"], description="file of the inbox, for runs by hand")},
    tags=["ptedi", "inbound", "money"],
    doc_md=__doc__,
):

    @task
    def post_remittances():
        from ptedi import pipeline

        number = file_id(get_current_context())
        with task_night() as opened:
            return report(pipeline.post_remittances(opened, number))

    @task
    def reconcile_deposits():
        from ptedi import pipeline

        with task_night() as opened:
            return report(pipeline.reconcile_deposits(opened))

    post_remittances() >> reconcile_deposits()
