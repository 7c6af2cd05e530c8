"""`python -m benchmarks.pages`: the pages of the workbench over a store with 200,000 claims, in milliseconds.

Server time of each page, signed in, through the whole application (session, access log, rendering), and how many
statements it sends to the database: a number that must not grow with the rows.  The segments are those of a claim of
the night that was copied (the copies have no files), in the largest file it sent.
"""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Mapping

from sqlalchemy import event, select
from starlette.testclient import TestClient

from benchmarks.databases import database, workspace_folder
from benchmarks.large_store import STEP, chosen_store, large, told
from benchmarks.stages import machine
from ptedi import pipeline
from ptedi.pipeline import casework, people, presence
from ptedi.store.tables import metadata
from ptedi.web.app import create_app
from ptedi.web.seat import SESSION


def addresses(night: pipeline.Night) -> Mapping[str, str]:
    """One address of every page."""
    (row, *_), _ = pipeline.claims_page(night, casework.Wanted(states=("denied", "paid")), 1)
    item = pipeline.work_list(night, casework.WantedWork(kinds=("denial",)), limit=1).rows[0]
    claim = row.patient_control_number
    sent, size = _original(night)
    return {
        "tonight": "/tonight", "worklist": "/work", "worklist, 100th page": "/work?page=100",
        "work item": f"/work/{item.id}", "claims": "/claims", "claims, 1000th page": "/claims?page=1000",
        "claim": f"/claims/{claim}",
        f"segments, {size / 1e6:.1f} MB": f"/claims/{sent}?tab=segments",
        "a claim's price": f"/claims/{claim}?tab=price", "rework": "/rework",
        "a claim's desk": f"/rework/claim/{claim}",
        "remittances": "/remits", "a check": "/remits/1", "a claim of it": "/remits/1.1",
        "provider balances": "/remits/balance", "day's close": "/close", "deposits": "/deposits", "batches": "/batches",
        "a batch": "/batches/1", "partners": "/partners", "reports": "/reports", "upload": "/upload",
        "running night": "/progress", "reference": "/reference", "people": "/people",
    }  # fmt: skip


def _original(night: pipeline.Night) -> tuple[str, int]:
    """The last claim of the largest file that was really sent and answered by an 835, and the bytes of that file."""
    t = metadata.tables
    claims, batches, files, state = t["claims"].c, t["batches"].c, t["files"].c, t["claim_states"].c
    query = (
        select(claims.patient_control_number, files.size)
        .join(t["claim_states"], state.claim_id == claims.id)
        .join(t["batch_claims"], t["batch_claims"].c.claim_id == claims.id)
        .join(t["batches"], batches.id == t["batch_claims"].c.batch_id).join(t["files"], files.id == batches.file_id)
        .where(claims.id < STEP, state.state_after.in_(["paid", "denied"]))
        .order_by(files.size.desc(), claims.id.desc()).limit(1)
    )  # fmt: skip
    with night.store.read() as conn:
        number, size = conn.execute(query).one()
    return str(number), int(size)


def main() -> None:
    chosen = chosen_store("benchmarks.pages", __doc__, 9)
    with database(chosen.database) as url, workspace_folder() as root:
        with large(root, url, chosen.claims, chosen.visits, chosen.items) as night:
            print(f"{told(night)}, {chosen.database}, {machine()}; median of {chosen.rounds}")
            word = secrets.token_urlsafe(20)
            people.make_person(night, "admin", people.Role.ADMINISTRATOR, password=word, by="bench")
            wanted = addresses(night)
        _measure(create_app(root), wanted, chosen.rounds)


def _measure(app: object, wanted: Mapping[str, str], rounds: int) -> None:
    house = app.state.house  # type: ignore[attr-defined]
    limits = house.settings.limits
    admin = people.find_person(house.night, "admin")
    key = presence.open_session(house.night, admin, limits)
    name = presence.keep_view(house.night, admin, "search", '"mar al"')
    wanted = {**wanted, "search by name": f"/search?view={name}"}
    client = TestClient(app, base_url="http://127.0.0.1", cookies={SESSION: key})  # type: ignore[arg-type]
    statements = [0]
    engine = house.night.store.engine
    event.listen(engine, "before_cursor_execute", lambda *_: statements.__setitem__(0, statements[0] + 1))
    print(f"{'page':<24}{'ms':>8}{'CPU ms':>8}{'SQL':>6}")
    for name, address in wanted.items():
        wall, cpu, sent = [], [], []
        for _ in range(rounds):
            statements[0], start, used = 0, time.perf_counter(), time.process_time()
            answer = client.get(address)
            wall.append(time.perf_counter() - start)
            cpu.append(time.process_time() - used)
            sent.append(statements[0])
        said = "" if answer.status_code == 200 else f"  status {answer.status_code}"
        print(f"{name:<24}{statistics.median(wall) * 1000:>8.0f}{statistics.median(cpu) * 1000:>8.0f}"
              f"{statistics.median(sent):>6.0f}{said}", flush=True)  # fmt: skip
    house.close()


if __name__ == "__main__":
    main()
