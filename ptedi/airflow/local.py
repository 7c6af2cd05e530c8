"""Airflow on one machine: settings that fit a laptop, a database made in process, pools, DAG runs without a server.

Only defaults are set: what the user's environment says wins.  Measured reasons: a parallelism of 32 forks 32 idle
workers; the default API address is every interface; the first call to a cold API server takes longer than 5 seconds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptedi.errors import PtediError, Terminal


def settings(home: Path, dags: Path, workspace: Path) -> dict[str, str]:
    """The environment of a local Airflow around one workspace."""
    port = os.environ.get("AIRFLOW__API__PORT", "8080")
    return {
        "PTEDI_WORKSPACE": str(workspace.resolve()),
        "AIRFLOW_HOME": str(home.resolve()),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags.resolve()),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "15",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }


def use(values: Mapping[str, str]) -> None:
    """Puts settings into this process's environment without overriding what is there; before airflow is imported."""
    for name, value in values.items():
        os.environ.setdefault(name, value)
    scripts = str(Path(sys.executable).parent)  # standalone starts `airflow` by name
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + os.environ.get("PATH", "")


def prepare() -> None:
    """The metadata database and the pools, made in this process (a second, not the ten of the command)."""
    from airflow.models.pool import Pool  # noqa: PLC0415
    from airflow.utils.db import initdb  # noqa: PLC0415

    from ptedi.airflow.shared import CHANNEL_POOL  # noqa: PLC0415

    initdb()
    Pool.create_or_update_pool(CHANNEL_POOL, slots=1, description="one conversation with a partner at a time",
                               include_deferred=False)  # fmt: skip


class Runner:
    """Runs the DAGs of a folder one after the other in this process, as `airflow dags test` does.

    The first run of a process takes some 10 seconds (Airflow builds its execution API), later ones 1 to 3.
    """

    def __init__(self, dags: Path) -> None:
        """Loads the DAG files.

        Raises:
            Terminal: a DAG file does not import.
        """
        from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415

        from ptedi.airflow.shared import CHANNEL_POOL  # noqa: PLC0415

        self.bag = DagBag(str(dags), known_pools={CHANNEL_POOL, "default_pool"})
        if self.bag.import_errors:
            raise Terminal(f"a DAG does not import: {sorted(self.bag.import_errors)}")

    def run(self, dag_id: str, **conf: object) -> dict[str, Any]:
        """Runs one DAG to its end and gives what each task returned.

        Raises:
            PtediError: the run did not succeed.
        """
        dag = self.bag.dags[dag_id]
        run = dag.test(run_conf=dict(conf))
        state = str(run.state)
        if state != "success":
            failed = [ti.task_id for ti in run.get_task_instances() if str(ti.state) != "success"]
            raise PtediError(f"the DAG {dag_id} ended {state} at {', '.join(failed)}")
        return {ti.task_id: ti.xcom_pull(task_ids=ti.task_id) for ti in run.get_task_instances()}


def standalone() -> None:
    """Replaces this process by `airflow standalone`; does not return."""
    prepare()
    os.execvp("airflow", ["airflow", "standalone"])  # noqa: S606, S607
