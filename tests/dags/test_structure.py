"""The DAGs import, keep the house rules, and are made of the tasks that the story names."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path

import pytest

from ptedi.airflow.local import Runner

pytestmark = pytest.mark.airflow

FOLDER = Path(__file__).resolve().parents[2] / "dags"

CHAINS = {
    "claims_nightly": ["extract_charges", "code_visits", "scrub_claims", "build_batches", "deliver_batches"],
    "clearinghouse_sweep": ["collect_inbound", "announce_files"],
    "acknowledgements": ["apply_acknowledgements"],
    "remittances": ["post_remittances", "reconcile_deposits"],
    "denials_daily": ["bill_next_payers", "route_denials", "compare_payments", "take_census"],
}


def test_the_folder_holds_these_dags_and_no_other(runner: Runner) -> None:
    assert set(runner.bag.dags) == set(CHAINS)
    assert runner.bag.import_errors == {}


@pytest.mark.parametrize("dag_id", sorted(CHAINS))
def test_a_dag_is_the_chain_of_its_story(runner: Runner, dag_id: str) -> None:
    dag = runner.bag.dags[dag_id]
    chain = CHAINS[dag_id]
    assert {t.task_id for t in dag.tasks} == set(chain)
    for first, second in pairwise(chain):
        assert dag.get_task(first).downstream_task_ids == {second}
    assert dag.get_task(chain[-1]).downstream_task_ids == set()


@pytest.mark.parametrize("dag_id", sorted(CHAINS))
def test_a_dag_keeps_the_rules_of_the_house(runner: Runner, dag_id: str) -> None:
    dag = runner.bag.dags[dag_id]
    assert dag.catchup is False
    assert dag.max_active_runs <= 4
    assert dag.doc_md
    assert "ptedi" in dag.tags
    assert all(task.retries >= 1 and task.retry_policy is not None for task in dag.tasks)


def test_the_channel_is_spoken_to_by_one_task_at_a_time(runner: Runner) -> None:
    pools = {(d, t.task_id) for d, dag in runner.bag.dags.items() for t in dag.tasks if t.pool == "ptedi_channel"}
    assert pools == {("claims_nightly", "deliver_batches"), ("clearinghouse_sweep", "collect_inbound")}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda p: p.stem)
def test_a_dag_file_imports_nothing_heavy_at_the_top(path: Path) -> None:
    top = {
        name.split(".")[0] if node.level == 0 else "relative"
        for node in ast.parse(path.read_text()).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    assert top <= {"__future__", "airflow", "ptedi"}
    text = path.read_text()
    assert "ptedi.airflow.shared import" in text
    assert not any(word in text.split("with DAG(", maxsplit=1)[0] for word in ("pandas", "pyx12", "sqlalchemy", "lxml"))


def test_the_shared_module_imports_nothing_heavy(runner: Runner) -> None:
    import subprocess
    import sys

    code = ("import sys, airflow.sdk; before = set(sys.modules); import ptedi.airflow.shared; "
            "new = {m.split('.')[0] for m in set(sys.modules) - before}; "
            "print(sorted(new & {'pandas', 'pyx12', 'lxml', 'sqlalchemy', 'msgspec'}))")  # fmt: skip
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip().splitlines()[-1] == "[]"
