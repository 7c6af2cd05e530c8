"""`python -m benchmarks.pricing`: 50,000 paid lines compared with their price, in memory and in a store.

In memory: visits of Medicare, one in twenty underpaid in one of the ways that are sought.  In the store: a night of a
synthetic practice, answered by the sandbox and posted, its remittances multiplied, compared from the first line on.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from benchmarks.databases import KINDS, database, workspace_folder
from ptedi import pipeline
from ptedi.disk import write_whole
from ptedi.money import ZERO
from ptedi.pricing import contract_file
from ptedi.pricing.compare import compare
from ptedi.pricing.paid import PaidLine
from ptedi.pricing.price import Billed, Price, price
from ptedi.sandbox import practice
from ptedi.steps import price as comparing
from ptedi.store import prices

DAY = date(2024, 7, 15)
CODES = ("97110", "97112", "97140", "97530", "97035", "97116")


def visits(lines: int, seed: int = 7) -> list[list[PaidLine]]:
    """Paid visits of two to five lines; one line in twenty was paid a dollar and a half less or without MPPR."""
    terms = contract_file.load().by_payer["medicare-part-b"][0].on(DAY)
    assert terms is not None
    source, found, made = random.Random(seed), [], 0
    while made < lines:
        billed = [Billed(key=str(n), procedure=code, modifiers=("GP",), units=source.randint(1, 3), charge=Decimal(200))
                  for n, code in enumerate(source.sample(CODES, source.randint(2, 5)))]  # fmt: skip
        paid = [_paid(one, source) for one in price(billed, terms, DAY) if isinstance(one, Price)]
        found.append(paid)
        made += len(paid)
    return found


def _paid(one: Price, source: random.Random) -> PaidLine:
    line = PaidLine(line=one.line, allowed=one.allowed.allowed, deductible=ZERO, coinsurance=one.paid.coinsurance,
                    copay=ZERO, refused=ZERO, paid=one.paid.paid)  # fmt: skip
    if source.random() > 0.05:
        return line
    return replace(line, paid=line.paid - Decimal("1.50"), allowed=line.allowed - Decimal("1.91"))


def in_memory(lines: int) -> None:
    """Compares and prints."""
    made = visits(lines)
    contract = contract_file.load().by_payer["medicare-part-b"][0]
    terms = contract.on(DAY)
    assert terms is not None
    start, counts = time.process_time(), Counter[str]()
    for visit in made:
        counts.update(one.verdict for one in compare(visit, contract, terms, DAY))
    seconds = time.process_time() - start
    print(f"in memory: {counts.total():,} lines in {seconds:.1f} CPU s, {counts.total() / seconds:,.0f} a second; "
          f"{dict(counts)}")


def in_a_store(root: Path, url: str, lines: int, visits_: int) -> None:
    """Compares the lines of a practice's night again and again until so many are done, and prints."""
    from benchmarks import night as one_night  # noqa: PLC0415 - heavy
    from benchmarks.stages import Meter  # noqa: PLC0415
    from ptedi.sandbox import clearinghouse  # noqa: PLC0415

    workspace = one_night.filled(root, visits_, url, "all")
    (root / "contracts").mkdir(mode=0o700, exist_ok=True)
    for name, data in practice.agreements().items():
        write_whole(root / name, data)
    with pipeline.open_night(root) as night:
        one_night.way_out(night, Meter(), visits_)
        folder = workspace.folder("clearinghouse")
        clearinghouse.run(folder / "to", folder / "from", folder / "sandbox.db", seed=one_night.SEED,
                          today=one_night.NIGHT)  # fmt: skip
        pipeline.collect_inbound(night)
        waiting = pipeline.waiting_files(night)
        for number in (*waiting.acknowledgements, *waiting.remittances):
            (pipeline.apply_acknowledgements if number in waiting.acknowledgements
             else pipeline.post_remittances)(night, number)  # fmt: skip
        start, used = time.perf_counter(), time.process_time()
        first = comparing.compare_payments(night)
        seconds, cpu = time.perf_counter() - start, time.process_time() - used
        print(f"store, first time: {first.lines:,} lines of {first.claims:,} claims in {seconds:.1f} s, "
              f"{cpu:.1f} CPU s, {first.lines / cpu:,.0f} lines a CPU s")
        used = time.process_time()
        comparing.rerun(night)
        print(f"store, again: {first.lines / (time.process_time() - used):,.0f} lines a CPU s")
        with night.store.read() as conn:
            print(prices.totals(conn))


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.pricing", description=__doc__)
    options.add_argument("--lines", type=int, default=50_000)
    options.add_argument("--visits", type=int, default=2_000, help="of the night in the store; 0 leaves it out")
    options.add_argument("--database", choices=KINDS, default="sqlite")
    chosen = options.parse_args()
    in_memory(chosen.lines)
    if chosen.visits:
        with database(chosen.database) as url, workspace_folder() as root:
            in_a_store(root, url, chosen.lines, chosen.visits)


if __name__ == "__main__":
    main()
