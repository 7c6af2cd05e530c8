"""Several files, or the sets of one large file, checked by several processes; the reports are those of one process."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

from ptedi.checks.file import FileReport, Outcome, check_file, judge
from ptedi.checks.parts import Doubt, Part, Window, cut, together
from ptedi.findings import Severity

SMALLEST = 1_000_000  # bytes of a part: below it a process costs more than it gains
_MOST = 64_000_000  # bytes of a part: what one process holds of claims' ids
Waiting = tuple[Path, list[Part], list[Future[Outcome | FileReport]]]


def check_files(
    paths: Sequence[Path], *, jobs: int = 1, lenient: bool = False, severities: Mapping[str, Severity] | None = None
) -> Iterator[FileReport]:
    """Checks files and yields their reports in the order of `paths`, each as `check_file` would make it.

    Large files are cut between their transaction sets.  Without forked processes (Windows) one process does it all.

    Args:
        paths: the files.
        jobs: how many processes.
        lenient: as for `check_file`.
        severities: as for `check_file`.
    """
    if jobs < 2 or "fork" not in multiprocessing.get_all_start_methods():
        for path in paths:
            yield check_file(path, lenient=lenient, severities=severities)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork")) as pool:
        waiting = list[Waiting]()
        for path in paths:
            parts = [] if lenient else _parts(path, jobs, alone=len(paths) == 1)
            tasks = [pool.submit(_part, part, dict(severities or {})) for part in parts]
            waiting.append((path, parts, tasks or [pool.submit(_whole, path, lenient, dict(severities or {}))]))
            while len(waiting) > 4 * jobs:
                yield _report(waiting.pop(0), lenient, severities)
        for one in waiting:
            yield _report(one, lenient, severities)


def _parts(path: Path, jobs: int, *, alone: bool) -> list[Part]:
    """Where to cut a file; not at all when it is small or there are files enough."""
    try:
        size = path.stat().st_size
        parts = cut(path, min(_MOST, max(SMALLEST, -(-size // jobs)))) if alone or size > _MOST else []
    except OSError:
        return []
    return parts if len(parts) > 1 else []


def _part(part: Part, severities: dict[str, Severity]) -> Outcome | FileReport:
    with Window(part) as window:
        return judge(window, lenient=False, severities=severities)  # type: ignore[arg-type]


def _whole(path: Path, lenient: bool, severities: dict[str, Severity]) -> FileReport:
    return check_file(path, lenient=lenient, severities=severities)


def _report(one: Waiting, lenient: bool, severities: Mapping[str, Severity] | None) -> FileReport:
    path, parts, tasks = one
    results = [task.result() for task in tasks]
    if not parts and isinstance(results[0], FileReport):
        return results[0]
    try:
        return together(parts, results)
    except Doubt:
        return check_file(path, lenient=lenient, severities=severities)
