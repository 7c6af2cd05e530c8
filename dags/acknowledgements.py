"""Apply one TA1, 999 or 277CA file to the claims it speaks of: one run per file."""

from __future__ import annotations

from airflow.sdk import DAG, Param, PartitionedAssetTimetable, get_current_context, task

from ptedi.airflow.shared import ACKNOWLEDGEMENT_FILE, DEFAULT_ARGS, file_id, report, task_night

with DAG(
    dag_id="acknowledgements",
    schedule=PartitionedAssetTimetable(assets=ACKNOWLEDGEMENT_FILE),
    catchup=False,
    max_active_runs=4,
    default_args=DEFAULT_ARGS,
    params={"file_id": Param(None, type=["null", "integer"], description="file of the inbox, for runs by hand")},
    tags=["ptedi", "inbound"],
    doc_md=__doc__,
):

    @task
    def apply_acknowledgements():
        from ptedi import pipeline

        number = file_id(get_current_context())
        with task_night() as opened:
            return report(pipeline.apply_acknowledgements(opened, number))

    apply_acknowledgements()
