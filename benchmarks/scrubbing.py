"""`python -m benchmarks.scrubbing`: visits coded and scrubbed a second, without and with the whole NCCI pair table.

Every edit runs, each patient with the history of an episode under way; coding and scrubbing are told together and
apart, in seconds of the processor.

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
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from ptedi import edits, intake
from ptedi.claims import practice
from ptedi.claims.coding import code_visit
from ptedi.claims.fingerprint import of_services
from ptedi.claims.identity import control_number
from ptedi.claims.model import Practice, Visit
from ptedi.codes import ncci, pair_index, table
from ptedi.edits import Grant, History, history
from ptedi.payers import profile
from ptedi.payers.profile import Profiles
from ptedi.sandbox import practice as synthetic

DAY = date(2026, 11, 20)
PAIRS = 2_500_000
ROUNDS = 7
PRIOR = 12


def visits(payers: Profiles, group: Practice, count: int = 400) -> list[Visit]:
    """A captured day."""
    files = synthetic.charges(2026, DAY, visits=count, bad_rows=False)
    return [visit for name, data in files.items()
            for visit in intake.read(data, name, group, payers.ids, DAY + timedelta(days=1)).visits]  # fmt: skip


def histories(captured: list[Visit], group: Practice, payers: Profiles) -> list[History]:
    """What a practice knows of each patient in the middle of an episode.

    Twelve visits of the same codes over six weeks and their fingerprints, an authorization, a progress report, dollars.
    """
    found = []
    for place, visit in enumerate(captured, 1):
        payer, earlier, seen = payers[visit.primary.payer_id], [], {}
        for back in range(PRIOR, 0, -1):
            day = visit.service_date - timedelta(days=7 * back // 2 - back % 2)
            number = control_number("OLD", place * PRIOR + back)
            before = replace(visit, visit_id=f"{visit.visit_id}-{back}", service_date=day)
            coded = code_visit(before, group, payer, control_number=number)
            earlier.append(history.prior(coded, before.visit_id))
            seen[of_services(coded)] = number
        grants = {visit.authorization: Grant(number=visit.authorization, visits=40)} if visit.authorization else {}
        counted = payer.on(visit.service_date).kx
        found.append(History(
            today=DAY + timedelta(days=1), visits=tuple(earlier), fingerprints=seen, grants=grants,
            progress_reports=(visit.service_date - timedelta(days=9),),
            therapy_dollars=Decimal("1180.55") if counted else None,
        ))
    return found


def rates(captured: list[Visit], known: list[History], group: Practice, payers: Profiles) -> dict[str, int]:
    """Visits a second together and apart, medians of the rounds; the first round warms up."""
    coding, scrubbing = [], []
    for _ in range(ROUNDS + 1):
        begun = time.process_time()
        coded = [code_visit(visit, group, payers[visit.primary.payer_id], control_number=control_number("TAM", place))
                 for place, visit in enumerate(captured, 1)]  # fmt: skip
        between = time.process_time()
        for one, visit, before in zip(coded, captured, known, strict=True):
            edits.scrub(one, visit, group, payers[visit.primary.payer_id], before)
        coding.append(between - begun)
        scrubbing.append(time.process_time() - between)
    both = [one + two for one, two in zip(coding, scrubbing, strict=True)]
    return {name: round(len(captured) / statistics.median(several[1:]))
            for name, several in (("together", both), ("coding", coding), ("scrubbing", scrubbing))}


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
    known = histories(captured, group, payers)
    result: dict[str, object] = {"visits": len(captured), "edits": len(edits.EDITS), "earlier_visits_each": PRIOR,
                                 "visits_per_second": rates(captured, known, group, payers)}
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        result["pairs"] = pair_index.build(pair_index.pack(pairs(PAIRS)), Path(folder) / ncci.INDEX)
        result["seconds_to_index"] = round(time.process_time() - begun, 1)
        before, begun = resident(), time.process_time()
        table.use(Path(folder))
        ncci.pair("97150", "97110", DAY)
        result["seconds_to_open"] = round(time.process_time() - begun, 4)
        result["megabytes_to_open"] = round(resident() - before, 1)
        result["visits_per_second_with_all_pairs"] = rates(captured, known, group, payers)
        table.use(None)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
