"""A query through an Airflow connection becomes a charge file in the inbox, and from there it is like any other."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ptedi import intake, pipeline
from ptedi.airflow import sql
from ptedi.errors import ConfigurationError
from ptedi.sandbox import practice as sandbox
from ptedi.steps.night import make_workspace
from tests.intake import records
from tests.intake.carriers import said

pytestmark = pytest.mark.airflow

QUERY = "SELECT * FROM captured WHERE service_date = ? ORDER BY visit_id, procedure"
DAY = records.recent()[0]["service_date"]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    database = tmp_path / "chart.db"
    rows = records.recent()
    columns = sorted({name for row in rows for name in row})
    with closing(sqlite3.connect(database)) as conn:
        conn.execute(f"CREATE TABLE captured ({', '.join(columns)})")
        marks = ", ".join("?" for _ in columns)
        for row in rows:
            conn.execute(f"INSERT INTO captured VALUES ({marks})", [row.get(name) for name in columns])
        conn.commit()
    monkeypatch.setenv("AIRFLOW_CONN_CHART", json.dumps({"conn_type": "sqlite", "host": str(database)}))
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", json.dumps({"conn_type": "smtp", "host": "example.invalid"}))
    root = tmp_path / "work"
    make_workspace(root, sandbox.settings())
    monkeypatch.setenv("PTEDI_WORKSPACE", str(root))
    return root


def test_rows_become_a_file_in_the_inbox(workspace):
    result = sql.drop_charges("chart", QUERY, name=f"chart {DAY}", parameters=[DAY])
    (path,) = (workspace / "inbox").iterdir()
    assert result["rows"] == 2 and result["file"] == path.name
    assert path.stat().st_mode & 0o077 == 0
    plain = records.read(records.as_csv(records.recent()))
    assert said(records.read(path.read_bytes())) == said(plain)
    assert sql.drop_charges("chart", QUERY, name=f"chart {DAY}", parameters=[DAY]) == result
    assert len(list((workspace / "inbox").iterdir())) == 1


def test_the_file_is_taken_like_any_other(workspace):
    sql.drop_charges("chart", QUERY, name="chart", parameters=[DAY])
    with pipeline.open_night(workspace) as night:
        first = pipeline.extract_charges(night)
        assert (first.files, first.visits, first.rows_accepted) == (1, 1, 2)
        sql.drop_charges("chart", QUERY, name="chart", parameters=[DAY])
        assert pipeline.extract_charges(night).repeated_files == 1


def test_no_rows_no_file(workspace):
    assert sql.drop_charges("chart", QUERY, name="chart", parameters=["1999-01-01"]) == {"rows": 0}
    assert not list((workspace / "inbox").iterdir())


def test_nothing_is_written_to_the_source(workspace):
    with pytest.raises(sqlite3.OperationalError):
        sql.drop_charges("chart", "DELETE FROM captured", name="chart")


def test_a_connection_of_no_database(workspace):
    with pytest.raises(ConfigurationError):
        sql.drop_charges("mail", "SELECT 1", name="chart")


def test_too_many_rows(workspace, monkeypatch):
    monkeypatch.setattr(sql, "MAX_ROWS", 1)
    with pytest.raises(ConfigurationError):
        sql.drop_charges("chart", "SELECT * FROM captured", name="chart")


def test_a_wrong_column_is_said(workspace):
    sql.drop_charges("chart", "SELECT visit_id AS vist_id FROM captured", name="chart")
    (path,) = (workspace / "inbox").iterdir()
    assert {"IN007", "IN008"} <= {f.code for f in records.read(path.read_bytes()).findings}
    assert intake.recognise(path.read_bytes()) == ""
