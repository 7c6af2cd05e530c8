"""`python -m benchmarks.scrubbing`: visits coded and scrubbed a second, without and with the whole NCCI pair table.

The pair table is made up (2.5 million pairs, as many as CMS publishes) around the shipped ones.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from ptedi import edits, intake
from ptedi.claims import practice
from ptedi.claims.coding import code_visit
from ptedi.claims.identity import control_number
from ptedi.claims.model import Practice, Visit
from ptedi.codes import ncci, pair_index, table
from ptedi.payers import profile
from ptedi.payers.profile import Profiles
from ptedi.sandbox import practice as synthetic

DAY = date(2026, 11, 20)
PAIRS = 2_500_000
ROUNDS = 7


def visits(payers: Profiles, group: Practice, count: int = 400) -> list[Visit]:
    """A captured day."""
    files = synthetic.charges(2026, DAY, visits=count, bad_rows=False)
    return [visit for name, data in files.items()
            for visit in intake.read(data, name, group, payers.ids, DAY + timedelta(days=1)).visits]  # fmt: skip


def rate(captured: list[Visit], group: Practice, payers: Profiles) -> float:
    """Visits a second, median of the rounds."""
    history = edits.History(today=DAY + timedelta(days=1))
    seconds = []
    for _ in range(ROUNDS + 1):
        begun = time.process_time()
        for place, visit in enumerate(captured, 1):
            payer = payers[visit.primary.payer_id]
            coded = code_visit(visit, group, payer, control_number=control_number("TAM", place))
            edits.scrub(coded, visit, group, payer, history)
        seconds.append(time.process_time() - begun)
    return len(captured) / statistics.median(seconds[1:])


def pairs(count: int) -> Iterator[tuple[str, str, str, str, str]]:
    """The shipped pairs and as many made-up ones as are wanted."""
    chance = random.Random(1)
    for row in table.rows("ncci_ptp"):
        yield row["column1"], row["column2"], "20200101", row["effective_to"].replace("-", ""), row["indicator"]
    for _ in range(count):
        one, two = chance.randrange(10000, 69999), chance.randrange(10000, 96999)
        yield f"{one}", f"{two}", "20200101", "" if one % 3 else "20231231", "1"


def resident() -> float:
    """Resident memory of this process in MB."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096 / 1e6


def main() -> None:
    """Measures and prints."""
    group = practice.load(tomllib.loads(synthetic.settings())["practice"])
    payers = profile.load()
    captured = visits(payers, group)
    result = {"visits": len(captured), "edits": len(edits.EDITS),
              "visits_per_second": round(rate(captured, group, payers))}
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        result["pairs"] = pair_index.build(pair_index.pack(pairs(PAIRS)), Path(folder) / ncci.INDEX)
        result["seconds_to_index"] = round(time.process_time() - begun, 1)
        before, begun = resident(), time.process_time()
        table.use(Path(folder))
        ncci.pair("97150", "97110", DAY)
        result["seconds_to_open"] = round(time.process_time() - begun, 4)
        result["megabytes_to_open"] = round(resident() - before, 1)
        result["visits_per_second_with_all_pairs"] = round(rate(captured, group, payers))
        table.use(None)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
