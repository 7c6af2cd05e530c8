"""A real Airflow of several processes around one workspace: with LocalExecutor, or with Celery, Redis and workers."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptedi.airflow import local

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SLOW = 240.0


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def environment(home: Path, workspace: Path, port: int, **more: str) -> dict[str, str]:
    """The settings of `ptedi up` with this port, secrets of their own, and what a test wants besides."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PTEDI"))}
    values = local.settings(home, ROOT / "dags", workspace) | {
        "AIRFLOW__API__PORT": str(port), "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(32), "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(32), "AIRFLOW__CORE__FERNET_KEY": "",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__TRIGGERER__CAPACITY": "4", "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1", "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
        "PTEDI_DEADLINES": "0.02",
    }  # fmt: skip
    return plain | values | {"PATH": f"{BIN}{os.pathsep}{plain.get('PATH', '')}"} | more


class Cluster:
    """Starts Airflow's processes, speaks with its REST interface, and ends them all."""

    def __init__(self, env: Mapping[str, str], logs: Path) -> None:
        """Starts nothing yet."""
        self.env, self.logs = dict(env), logs
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Cluster:
        """The metadata database and pools, then the processes; waits until all of them are well."""
        code = "from ptedi.airflow import local; local.prepare()"
        subprocess.run([sys.executable, "-c", code], env=self.env, check=True, timeout=SLOW, capture_output=True)
        try:
            for name in ("api-server", "scheduler", "dag-processor", "triggerer"):
                self.start("airflow", name)
            self.wait_for("every process is well", self.well)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ends every process and its children."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            for one in self.processes:
                if one.poll() is None or how is signal.SIGKILL:
                    _signal(one, how)
            end = time.monotonic() + 10
            while time.monotonic() < end and any(one.poll() is None for one in self.processes):
                time.sleep(0.1)

    def start(self, *command: str, name: str = "", **more: str) -> None:
        """Starts one process in a group of its own; its words go to a file."""
        path = str(BIN / command[0]) if (BIN / command[0]).exists() else command[0]
        with (self.logs / f"{name or '-'.join(command[:2])}.log").open("wb") as out:
            self.processes.append(subprocess.Popen([path, *command[1:]], env=self.env | more, stdout=out, stderr=out,
                                                   stdin=subprocess.DEVNULL, start_new_session=True))  # fmt: skip

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One request to the REST interface, as an administrator; its JSON."""
        token = self._token()
        request = urllib.request.Request(  # noqa: S310
            f"{self.env['AIRFLOW__API__BASE_URL']}/api/v2/{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None

    def _token(self) -> str:
        with urllib.request.urlopen(f"{self.env['AIRFLOW__API__BASE_URL']}/auth/token", timeout=60) as answer:  # noqa: S310
            return str(json.loads(answer.read())["access_token"])

    def well(self) -> bool:
        """Whether all parts report themselves healthy."""
        health = self.call("GET", "monitor/health")
        parts = ("metadatabase", "scheduler", "triggerer", "dag_processor")
        return all(health[one]["status"] == "healthy" for one in parts)

    def wait_for(self, what: str, true: Any, seconds: float = SLOW) -> Any:
        """Asks until the answer is true; an unreachable server is asked again.

        Raises:
            TimeoutError: it did not become true.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if found := true():
                    return found
            except (urllib.error.URLError, ConnectionError, TimeoutError, KeyError):
                pass
            time.sleep(0.5)
        raise TimeoutError(f"not in {seconds:.0f} s: {what}")

    def runs(self, dag_id: str) -> dict[str, str]:
        """State by partition key or run id."""
        found = self.call("GET", f"dags/{dag_id}/dagRuns?limit=100")["dag_runs"]
        return {one.get("partition_key") or one["dag_run_id"]: one["state"] for one in found}


def _signal(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    try:
        os.killpg(process.pid, how)
    except ProcessLookupError:
        pass
