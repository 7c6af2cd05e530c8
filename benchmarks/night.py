"""`python -m benchmarks.night`: a whole night of many visits, stage by stage, and whether its cost is linear.

A synthetic practice's charges through extract, code, scrub, build and deliver, the sandbox clearinghouse's answers
(not ours, shown apart), then collect, acknowledge, post, reconcile, route and census.  Every size runs in a process and
a workspace of its own: first a tenth of the visits, then all.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.databases import KINDS, database, workspace_folder
from benchmarks.stages import Meter, Stage, as_json, machine, pace, table, total
from ptedi import cycles, dates, pipeline
from ptedi.config import Workspace
from ptedi.disk import write_whole
from ptedi.sandbox import clearinghouse, practice

SEED = 20261
NIGHT = date(2026, 11, 18)
WAY_OUT = ("extract", "code", "scrub", "build", "deliver")
OTHERS = "sandbox answers (not ours)"


def settings(url: str, pyx12: str, jobs: int = 0) -> str:
    """The ptedi.toml of the practice on this database; 0 jobs: what is usual."""
    text = practice.settings(seed=SEED) + (f"\n[night]\njobs = {jobs}\n" if jobs else "")
    if url:
        text += f'\n[store]\nurl = "{url}"\n'
    return text + (f"\n[checks]\npyx12 = {pyx12}\n" if pyx12 != "all" else "")


def filled(root: Path, visits: int, url: str, pyx12: str, jobs: int = 0) -> Workspace:
    """A new workspace with the charges of the night in its inbox."""
    workspace = pipeline.make_workspace(root, settings(url, pyx12, jobs))
    files = practice.charges(SEED, NIGHT, visits=visits)
    for name, data in practice.kept(SEED, [(NIGHT, visits)]).items():
        write_whole(root / name, data)
    for name, data in files.items():
        pipeline.drop(workspace, name, data)
    return workspace


def run(root: Path, visits: int, url: str, pyx12: str, jobs: int = 0) -> list[Stage]:
    """One night; returns its stages."""
    workspace, meter = filled(root, visits, url, pyx12, jobs), Meter()
    with pipeline.open_night(root) as night:
        with pipeline.kept_helpers():
            way_out(night, meter, visits)
        with meter.stage(OTHERS, visits):
            folder = workspace.folder("clearinghouse")
            clearinghouse.run(folder / "to", folder / "from", folder / "sandbox.db", seed=SEED, today=NIGHT)
        _back(night, meter, visits)
        with meter.stage("summary", visits):
            summary = pipeline.summary(night, NIGHT)
        if not summary.closes:
            raise SystemExit("the night does not close to 0.00: its figures are worth nothing")
    return meter.stages


def way_out(night: pipeline.Night, meter: Meter, visits: int) -> None:
    """The steps from charges to the delivered file, each a stage."""
    with meter.stage("extract", visits):
        pipeline.extract_charges(night)
    with meter.stage("code", visits):
        pipeline.code_visits(night, NIGHT)
    with meter.stage("scrub", visits):
        pipeline.scrub_claims(night, NIGHT)
    with meter.stage("build", visits):
        pipeline.build_batches(night, NIGHT)
    with meter.stage("deliver", visits):
        pipeline.deliver_batches(night)


def _back(night: pipeline.Night, meter: Meter, visits: int) -> None:
    with meter.stage("collect", visits):
        pipeline.collect_inbound(night)
    waiting = pipeline.waiting_files(night)
    with meter.stage("acknowledge", visits):
        for number in waiting.acknowledgements:
            pipeline.apply_acknowledgements(night, number)
    with meter.stage("post", visits):
        for number in waiting.remittances:
            pipeline.post_remittances(night, number)
    with meter.stage("reconcile", visits):
        pipeline.reconcile_deposits(night)
    with meter.stage("route", visits):
        pipeline.route_denials(night)
    with meter.stage("census", visits):
        pipeline.take_census(night)


def _one(kind: str, visits: int, pyx12: str, jobs: int) -> None:
    """Measures one size and prints it as JSON: the inner side of `apart`.  As the command line, it collects seldom."""
    cycles.look_seldom()
    with database(kind) as url, workspace_folder() as root:
        print(as_json(run(root, visits, url, pyx12, jobs)))


def apart(kind: str, visits: int, pyx12: str, jobs: int = 0) -> list[Stage]:
    """Measures one size in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.night", "--one", "--visits", str(visits), "--database", kind,
               "--pyx12", pyx12, "--jobs", str(jobs)]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    rows = json.loads(done.stdout.splitlines()[-1])
    return [Stage(**{key: value for key, value in row.items() if key != "per_second"}) for row in rows]


def with_totals(stages: list[Stage], visits: int) -> list[Stage]:
    """The stages with the way out and the whole night added up."""
    ours = [one for one in stages if one.name != OTHERS]
    out = total("charges to delivered 837P", [one for one in stages if one.name in WAY_OUT], visits)
    return [*stages, out, total("the whole night, ours", ours, visits)]


def readme_row(stages: Sequence[Stage], ratio: float, now: str, chosen: argparse.Namespace) -> str:
    """The row of the README's table; how many other processes ran is the load average before."""
    by_name = {one.name: one for one in stages}
    out, night = stages[-2], stages[-1]
    each = ", ".join(f"{name} {by_name[name].per_second:,.0f}" for name in WAY_OUT)
    command = " ".join(["python -m benchmarks.night", *sys.argv[1:]])
    return (
        f"| charges to delivered 837P, {out.things:,} visits, {chosen.database}, {dates.today():%Y-%m-%d}, "
        f"{now} | {out.per_second:,.0f} visits/s ({out.things / out.cpu_seconds:,.0f} a CPU second): {each}; the "
        f"whole night {night.per_second:,.0f} visits/s; at most {night.peak_megabytes:.0f} MB; CPU per visit "
        f"{ratio:.2f} times that of a tenth | `{command}` |"
    )


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.night", description=__doc__)
    options.add_argument("--visits", type=int, default=20_000)
    options.add_argument("--database", choices=KINDS, default="sqlite")
    options.add_argument("--pyx12", default="all", help='as [checks] pyx12 in ptedi.toml: "all" or claims per file')
    options.add_argument("--jobs", type=int, default=0, help="as [night] jobs in ptedi.toml; 0: not set there")
    options.add_argument("--json", type=Path, help="also write the figures here")
    options.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        _one(chosen.database, chosen.visits, chosen.pyx12, chosen.jobs)
        return
    busy, speed, found = os.getloadavg()[0], pace(), {}
    for visits in (chosen.visits // 10, chosen.visits):
        stages = found[visits] = with_totals(apart(chosen.database, visits, chosen.pyx12, chosen.jobs), visits)
        jobs = f"{chosen.jobs} jobs" if chosen.jobs else "as many jobs as cores"
        title = f"{visits:,} visits, {chosen.database}, {machine()}, {jobs}, pyx12 judges {chosen.pyx12}"
        print(table(title, stages, "visits"), end="\n\n", flush=True)
    few, many = (found[n][-1] for n in sorted(found))
    ratio = (many.cpu_seconds / many.things) / (few.cpu_seconds / few.things)
    print(f"CPU per visit at {many.things:,} visits is {ratio:.2f} times that at {few.things:,}: 1.00 is linear\n")
    now = f"load before {busy:.1f}, bytes.split {speed:.0f} MB/s before and {pace():.0f} after"
    print(readme_row(found[max(found)], ratio, now, chosen))
    if chosen.json:
        rows = {str(n): json.loads(as_json(stages)) for n, stages in found.items()}
        chosen.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
