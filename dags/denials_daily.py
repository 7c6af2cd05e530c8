"""Once a morning: bill what payers left to the next ones, rank what was denied, ask for what was underpaid.

Every claim is counted, deadlines are renewed and late answers asked for.
"""

from __future__ import annotations

from airflow.sdk import DAG, task

from ptedi.airflow.alerts import deadline
from ptedi.airflow.shared import DEFAULT_ARGS, report, task_night

with DAG(
    dag_id="denials_daily",
    schedule="0 6 * * *",
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    deadline=deadline("denials_daily", minutes=60),
    tags=["ptedi", "denials"],
    doc_md=__doc__,
):

    @task
    def bill_next_payers():
        from ptedi import pipeline

        with task_night() as opened:
            return report(pipeline.bill_next_payers(opened))

    @task
    def route_denials():
        from ptedi import pipeline

        with task_night() as opened:
            return report(pipeline.route_denials(opened))

    @task
    def compare_payments():
        from ptedi import pipeline

        with task_night() as opened:
            return report(pipeline.compare_payments(opened))

    @task
    def take_census():
        from ptedi import pipeline

        with task_night() as opened:
            return report(pipeline.take_census(opened))

    bill_next_payers() >> route_denials() >> compare_payments() >> take_census()
