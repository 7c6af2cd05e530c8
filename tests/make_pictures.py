"""Writes `docs/pictures/`: the main pages of the workbench over the synthetic demo, as a biller sees them.

Run it by hand after a change that is seen: `python -m tests.make_pictures`; Chromium must be there.  Nobody in the
pictures is real: the demo invents its practice, its patients and its payers.
"""

from __future__ import annotations

import io
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import uvicorn
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from rich.console import Console

from ptedi import pipeline
from ptedi.cli import demo
from ptedi.pipeline import casework, people, presence
from ptedi.web.app import create_app
from ptedi.web.seat import SESSION
from tests.web.conftest import CHROMIUM

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
DAY, NOW = date(2026, 11, 20), "2026-11-21T08:00:00+00:00"
WIDTH, HEIGHT = 1280, 800
COLOURS = 96


def addresses(night: pipeline.Night) -> dict[str, str]:
    """What is shown, by the name of its picture."""
    denied = next(one.claim for one in pipeline.work_list(night, casework.WantedWork(kinds=("denial",)), limit=50).rows
                  if one.claim and casework.desk(night, one.claim).choice("correct").open)  # fmt: skip
    return {
        "tonight": "/tonight", "worklist": "/work", "claim": f"/claims/{denied}", "rework": f"/rework/claim/{denied}",
        "check": "/remits/2", "reports": "/reports/kpis",
    }  # fmt: skip


@contextmanager
def served(root: Path) -> Iterator[tuple[str, str]]:
    """The address of the workbench, and the key of somebody who is signed in."""
    app = create_app(root)
    house = app.state.house
    people.make_person(house.night, "kim", people.Role.APPROVER, password=secrets.token_urlsafe(20), by="pictures")
    key = presence.open_session(house.night, people.find_person(house.night, "kim"), house.settings.limits)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", key
    server.should_exit = True
    thread.join(timeout=10)


def take(page: Page, target: Path) -> int:
    """One picture with few colours; its size in bytes."""
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    return target.stat().st_size


def main() -> None:
    """Builds the demo and writes every picture."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root, total = Path(folder) / "demo", 0
        demo.run(root, DAY, airflow=False, console=Console(quiet=True))
        os.environ["PTEDI_NOW"] = NOW
        with pipeline.open_night(root) as night:
            wanted = addresses(night)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        with served(root) as (site, key):
            context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
            context.add_cookies([{"name": SESSION, "value": key, "url": site}])
            page = context.new_page()
            for name, address in wanted.items():
                page.goto(site + address)
                page.wait_for_load_state("networkidle")
                total += take(page, FOLDER / f"{name}.png")
        browser.close()
    print(f"{len(wanted)} pictures, {total / 1024:.0f} KB")


if __name__ == "__main__":
    main()
