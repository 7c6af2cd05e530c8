"""`python -m benchmarks.posting`: 50,000 claims of remittance into the ledger, and whether memory stays flat.

A night of a synthetic practice goes out and is answered by the sandbox; its claims and remittances are then copied,
each copy with claim, payer and trace numbers of its own.  Collecting the files is not measured, posting them is.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path

from benchmarks import night as one_night
from benchmarks.databases import KINDS, database, workspace_folder
from benchmarks.large_store import multiply, settle
from benchmarks.stages import Meter, machine, table, total
from ptedi import cycles, pipeline
from ptedi.disk import write_whole
from ptedi.sandbox import clearinghouse

_OWN_NUMBERS = re.compile(rb"(?:(~\s*)(CLP\*)([^*~]*)((?:\*[^*~]*){5}\*)|(~\s*(?:TRN\*1|REF\*6R)\*))")


def prepared(root: Path, visits: int, url: str, claims: int) -> tuple[pipeline.Night, list[list[int]]]:
    """A workspace whose store has so many acknowledged claims, and its remittance files that wait, copy by copy."""
    workspace = one_night.filled(root, visits, url, "all")
    night = pipeline.open_night(root)
    one_night.way_out(night, Meter(), visits)
    folder = workspace.folder("clearinghouse")
    clearinghouse.run(folder / "to", folder / "from", folder / "sandbox.db", seed=one_night.SEED, today=one_night.NIGHT)
    pipeline.collect_inbound(night)
    waiting = pipeline.waiting_files(night)
    for number in waiting.acknowledgements:
        pipeline.apply_acknowledgements(night, number)
    left = [path.read_bytes() for path in sorted((folder / "from").iterdir())]
    originals = [data for data in left if b"ST*835*" in data[:2000]]
    paid = sum(data.count(b"~CLP*") for data in originals)
    copies = max(claims // paid - 1, 0)
    with night.store.begin() as conn:
        multiply(conn, copies, one_night.NIGHT)
    files = [list(waiting.remittances)]
    known = set(pipeline.waiting_files(night).remittances)  # rows that were copied with the rest have no file
    for copy in range(1, copies + 1):
        for place, data in enumerate(originals):
            write_whole(folder / "from" / f"copy-{copy}-{place}.835", renumbered(data, copy))
        pipeline.collect_inbound(night)
        files.append([number for number in pipeline.waiting_files(night).remittances if number not in known])
        known.update(files[-1])
    settle(night)
    return night, files


def renumbered(data: bytes, copy: int) -> bytes:
    """A remittance about the claims of a copy: CLP01, CLP07, REF*6R and TRN02 begin with its number."""
    prefix = b"%d-" % copy

    def anew(found: re.Match[bytes]) -> bytes:
        if found[5]:
            return found[5] + prefix
        return found[1] + found[2] + prefix + found[3] + found[4] + prefix

    return _OWN_NUMBERS.sub(anew, data)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.posting", description=__doc__)
    options.add_argument("--claims", type=int, default=50_000)
    options.add_argument("--visits", type=int, default=2_000, help="of the night that is copied")
    options.add_argument("--database", choices=KINDS, default="sqlite")
    chosen = options.parse_args()
    with database(chosen.database) as url, workspace_folder() as root:
        night, files = prepared(root, chosen.visits, url, chosen.claims)
        with night:
            cycles.look_seldom()  # as `ptedi` does
            meter, said = Meter(), Counter[str]()
            fifth = max(len(files) // 5, 1)
            for start in range(0, len(files), fifth):
                numbers = [number for several in files[start : start + fifth] for number in several]
                with meter.stage(f"copies {start + 1} to {min(start + fifth, len(files))}", 0):
                    posted = [pipeline.post_remittances(night, number) for number in numbers]
                said.update(claims=sum(one.claims for one in posted), payments=sum(one.posted for one in posted))
                meter.count(sum(one.claims for one in posted))
            stages = [*meter.stages, total("all", meter.stages, said["claims"])]
            print(table(f"{said['payments']:,} payments, {chosen.database}, {machine()}", stages, "claims"))


if __name__ == "__main__":
    main()
