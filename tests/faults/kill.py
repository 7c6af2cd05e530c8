"""`python -m tests.faults.kill` (`make kill`): a night killed everywhere, on SQLite and on PostgreSQL.

The process is killed with SIGKILL at every point of every step (named points, before and after every commit and rename,
after every sync; first, middle and last pass), and at random moments spread over the undisturbed night's length; every
night is killed several times, its re-runs too.  Then it is run again to its end and compared with the undisturbed one:
every row of every table apart from times, every file byte for byte, all that the clearinghouse remembers.

It can be stopped and started again: what was tried is kept in the state folder and not tried again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.faults.plug import remembered_verdicts
from tests.faults.trials import Ground, Outcome, Trial, at_moments, at_places, ground, places
from tests.faults.whole_night import STEPS
from tests.postgresql import _running

ENGINES = ("sqlite", "postgresql")
err = Console(stderr=True)


def main() -> int:
    """Runs what is asked for; exit code 1 when any night did not end as the undisturbed one."""
    chosen = _arguments()
    figures = {}
    with remembered_verdicts(), tempfile.TemporaryDirectory(prefix="ptedi-kill-") as base:
        for engine in ENGINES if chosen.engine == "both" else (chosen.engine,):
            server = _running() if engine == "postgresql" else None
            err.print(f"{engine}: the undisturbed night")
            made = ground(
                Path(base) / engine, visits=chosen.visits, earlier=chosen.visits // 2, per_file=5, server=server
            )
            outcomes = _all(made, engine, chosen)
            figures[engine] = _figures(made, outcomes)
    _show(figures)
    if chosen.json:
        kept = json.loads(chosen.json.read_text()) if chosen.json.exists() else {}
        chosen.json.write_text(json.dumps(kept | figures, indent=2) + "\n")
    return int(any(one["failures"] for one in figures.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make kill", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--engine", choices=("both", *ENGINES), default="both")
    parser.add_argument("--visits", type=int, default=12, help="visits of the night (default 12)")
    parser.add_argument("--moments", type=int, default=200, help="random kills per engine (default 200)")
    parser.add_argument("--passes", type=int, default=3, help="passes of each point that are tried (default 3)")
    parser.add_argument("--only", choices=("points", "moments"), help="one half; the other may run beside it")
    parser.add_argument("--seed", type=int, default=20261120, help="decides the random moments")
    parser.add_argument("--json", type=Path, help="file for the figures; engines that did not run keep theirs")
    parser.add_argument("--state", type=Path, default=Path(tempfile.gettempdir()) / f"ptedi-kill-state-{os.getuid()}",
                        help="folder that remembers what was tried")  # fmt: skip
    parser.add_argument("--fresh", action="store_true", help="forget what was tried before")
    return parser.parse_args()


def _all(made: Ground, engine: str, chosen: argparse.Namespace) -> dict[str, Outcome]:
    chosen.state.mkdir(mode=0o700, exist_ok=True)
    kept = chosen.state / f"{engine}-{chosen.visits}-{chosen.seed}-{len(made.hits)}.jsonl"
    if chosen.fresh:
        kept.unlink(missing_ok=True)
    done = _remembered(kept)
    points = at_places(places(made.hits, chosen.passes)) if chosen.only != "moments" else []
    wanted = chosen.moments if chosen.only != "points" else 0
    with kept.open("a") as notes, _progress() as progress:
        task = progress.add_task(f"{engine}: points", total=sum(len(one.places) for one in points) + wanted)

        def attempt(trial: Trial) -> Outcome:
            if trial.name not in done:
                done[trial.name] = made.try_one(trial)
                notes.write(json.dumps(asdict(done[trial.name])) + "\n")
                notes.flush()
            progress.advance(task, len(done[trial.name].fell_in))
            for problem in done[trial.name].problems:
                err.print(f"{engine} {trial.name} {trial.places or ''}: {problem}", markup=False)
            return done[trial.name]

        used = {trial.name: attempt(trial) for trial in points}
        progress.update(task, description=f"{engine}: moments")
        fell, moments = 0, at_moments(chosen.seed)
        while fell < wanted:
            trial = next(moments)
            used[trial.name] = attempt(trial)
            fell += len(used[trial.name].fell_in)
    return used


def _remembered(kept: Path) -> dict[str, Outcome]:
    lines = kept.read_text().splitlines() if kept.exists() else []
    found = [Outcome(**json.loads(line)) for line in lines if line.endswith("}")]  # the last may be cut off
    return {one.name: one for one in found if not one.problems}


def _figures(made: Ground, outcomes: dict[str, Outcome]) -> dict[str, Any]:
    points = [one for one in outcomes.values() if one.name.startswith("points")]
    moments = [one for one in outcomes.values() if one.name.startswith("moments")]
    fell = Counter(step for one in moments for step in one.fell_in)
    return {
        "points": len(set(made.hits)), "passes of points in the night": len(made.hits),
        "nights": len(outcomes), "kills at points": sum(len(one.fell_in) for one in points),
        "kills at random moments": fell.total(),
        "nights killed more than once": sum(len(one.fell_in) > 1 for one in moments),
        "random kills by step": {step: fell[step] for step in ("start", *STEPS) if fell[step]},
        "seconds of the undisturbed night": round(made.seconds, 2),
        "failures": sum(bool(one.problems) for one in outcomes.values()),
    }  # fmt: skip


def _show(figures: dict[str, dict[str, Any]]) -> None:
    table = Table("", *figures)
    for name in next(iter(figures.values())):
        if name != "random kills by step":
            table.add_row(name, *(str(one[name]) for one in figures.values()))
    for step in ("start", *STEPS):
        counts = [one["random kills by step"].get(step, 0) for one in figures.values()]
        if any(counts):
            table.add_row(f"  random kills in {step}", *map(str, counts))
    Console().print(table)


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                    TimeRemainingColumn(), console=err)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
