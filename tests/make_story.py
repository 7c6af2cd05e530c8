"""Writes `sample_edi/story/`: a whole small night, from captured charges to the ledger, every file that comes about.

Run it by hand after a change that is meant: `python -m tests.make_story`, or the test with PTEDI_UPDATE=1.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select

from ptedi import pipeline
from ptedi.money import from_cents
from ptedi.sandbox import charge_files, clearinghouse, mistakes, people, practice, visits
from ptedi.sandbox.scenario import Scenario
from ptedi.steps.night import Night
from ptedi.store import tables
from ptedi.x12 import interchange

FOLDER = Path(__file__).resolve().parents[1] / "sample_edi" / "story"
DAY = date(2026, 11, 19)
NOW = "2026-11-20T05:00:00+00:00"
SEED = 30
SCENARIO = Scenario(rejected_by_payer=60, correct_at_once=True)

Rows = list[dict[str, str]]


def _has(rows: Rows, **wanted: str) -> bool:
    return any(all(row.get(name, "") == text for name, text in wanted.items()) for row in rows)


_SITUATIONS: tuple[tuple[str, Callable[[Rows], bool]], ...] = (
    ("Medicare, evaluation", lambda r: _has(r, payer=people.MEDICARE) and r[0]["procedure"] in ("97161", "97162")),
    ("Medicare, near the threshold", lambda r: _has(r, payer=people.MEDICARE) and r[0]["therapy_dollars_used"] > "2400"
     and len(r[0]["therapy_dollars_used"]) == 7),
    ("Medicare, an assistant treated", lambda r: _has(r, payer=people.MEDICARE) and bool(r[-1]["assistant_minutes"])),
    ("Medicare, no referrer: held", lambda r: _has(r, payer=people.MEDICARE) and "referring_npi" not in r[0]),
    ("Medicare Advantage, authorized", lambda r: _has(r, payer=people.ADVANTAGE) and "authorization" in r[0]),
    ("Medicare Advantage, not authorized: held", lambda r: _has(r, payer=people.ADVANTAGE)
     and "authorization" not in r[0] and not r[0]["procedure"].startswith("9716")),
    ("PPO, a child of the member", lambda r: _has(r, payer=people.PPO, relationship="19")),
    ("PPO, the member", lambda r: _has(r, payer=people.PPO, relationship="18")),
    ("commercial, the midpoint rule", lambda r: _has(r, payer=people.COMMERCIAL, relationship="18") and len(r) > 1),
    ("commercial, a spouse", lambda r: _has(r, payer=people.COMMERCIAL, relationship="01")),
    ("Medicaid", lambda r: _has(r, payer=people.MEDICAID)),
    ("workers' compensation", lambda r: _has(r, payer=people.COMPENSATION)),
)  # fmt: skip
_REFUSED = ("unknown payer", "pointer beyond diagnoses")


def charges() -> bytes:
    """The night's charge file: a visit for each situation, and two that come back as rejects."""
    seen = [visits.rows(SEED, DAY, who) for who in visits.seen(SEED, DAY, people.patients(SEED), 400)]
    chosen: list[Rows] = []
    for _, fits in _SITUATIONS:
        chosen.append(next(rows for rows in seen if fits(rows) and rows not in chosen))
    for kind in _REFUSED:
        rows = next(rows for rows in seen if len(rows) > 1 and rows not in chosen)
        mistakes.KINDS[kind][0](rows)
        chosen.append(rows)
    return charge_files.as_csv(chosen)


def files() -> dict[str, bytes]:
    """The whole night run in a workspace of its own: every file by its name in the story."""
    with tempfile.TemporaryDirectory() as folder, _clock(NOW):
        root = Path(folder)
        workspace = pipeline.make_workspace(root, practice.settings(seed=SEED))
        made = {"1_charges.csv": charges()}
        pipeline.drop(workspace, "charges.csv", made["1_charges.csv"])
        with pipeline.open_night(workspace) as night:
            pipeline.nightly(night, DAY)
        out = workspace.folder("clearinghouse/from")
        clearinghouse.run(workspace.folder("clearinghouse/to"), out, root / "clearinghouse" / "sandbox.db", seed=SEED,
                          today=DAY, scenario=SCENARIO)  # fmt: skip
        made |= _named(workspace.folder("clearinghouse/to"), out, workspace.folder("rejects"))
        with pipeline.open_night(workspace) as night:
            pipeline.collect(night)
            made |= _results(night, made)
    return made


@contextmanager
def _clock(now: str) -> Iterator[None]:
    before = os.environ.get("PTEDI_NOW")
    os.environ["PTEDI_NOW"] = now
    try:
        yield
    finally:
        os.environ.pop("PTEDI_NOW")
        if before is not None:
            os.environ["PTEDI_NOW"] = before


def _named(sent: Path, received: Path, rejects: Path) -> dict[str, bytes]:
    """What went out and came back, under names that tell the story."""
    named: dict[str, bytes] = {}
    for path in _of(rejects):
        named["1_rejects.csv"] = path.read_bytes()
    for path in [*_of(sent), *_of(received)]:
        data = path.read_bytes()
        named[_name(path, data, named)] = data
    return named


def _of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _name(path: Path, data: bytes, taken: Iterable[str]) -> str:
    kinds = interchange.identify(data)
    if path.suffix == ".csv":
        return "5_bank.csv"
    if not kinds:
        return "2_manifest.json" if path.suffix == ".json" else path.name
    (kind,) = kinds
    if kind == "835":
        return _free(f"4_835_{path.name.split('_')[0].lower()}", taken)
    return _free({"837P": "2_837p", "TA1": "3_ta1", "999": "3_999", "277CA": "3_277ca"}[kind], taken)


def _free(stem: str, taken: Iterable[str]) -> str:
    number = sum(name == f"{stem}.edi" or name.startswith(f"{stem}_") for name in taken)
    return f"{stem}_{number + 1}.edi" if number else f"{stem}.edi"


def _results(night: Night, made: dict[str, bytes]) -> dict[str, bytes]:
    summary = json.dumps(pipeline.summary(night, DAY).as_json(), indent=2) + "\n"
    return {"6_ledger.csv": _ledger(night, made), "7_worklist.csv": _worklist(night),
            "8_summary.json": summary.encode()}  # fmt: skip


def _ledger(night: Night, made: dict[str, bytes]) -> bytes:
    """Every posting in the order in which it was made, entries numbered, origins under the story's names."""
    p, c, f = tables.postings.c, tables.claims.c, tables.files.c
    query = (
        select(p.transaction_key, p.effective_date, p.account, p.amount_cents, c.patient_control_number, p.line,
               p.adjustment_group, p.adjustment_reason, p.reference, p.source, f.sha256, p.segment_index, p.byte_offset)
        .outerjoin(tables.claims, c.id == p.claim_id).outerjoin(tables.files, f.id == p.file_id).order_by(p.id)
    )  # fmt: skip
    names = {sha256(data).hexdigest(): name for name, data in made.items()}
    entries: dict[str, int] = {}
    rows: list[list[object]] = []
    with night.store.read() as conn:
        for key, day, account, cents, claim, line, *why, ref, source, sha, segment, offset in conn.execute(query):
            number = entries.setdefault(key, len(entries) + 1)
            rows.append([number, day, account, from_cents(cents), claim, line, "-".join(filter(None, why)), ref, source,
                         names.get(sha, ""), segment, offset])  # fmt: skip
    return _csv(("entry", "date", "account", "amount", "claim", "line", "adjustment", "reference", "source", "file",
                 "segment", "byte_offset"), rows)  # fmt: skip


def _worklist(night: Night) -> bytes:
    rows = [[item.kind, item.claim or "", item.line or "", item.category, item.adjustment, item.remarks,
             f"{item.amount:.2f}", item.deadline or "", item.next_action, item.sentence]
            for item in pipeline.worklist(night)]  # fmt: skip
    return _csv(("kind", "claim", "line", "category", "adjustment", "remarks", "amount", "deadline", "next_action",
                 "sentence"), rows)  # fmt: skip


def _csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if cell is None else str(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def main() -> None:
    """Writes the story; what is there and no longer made is removed."""
    made = files()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in _of(FOLDER):
        if path.name not in made and path.name != "README.md":
            path.unlink()
    for name, data in made.items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
