"""The running night: its steps as they end, whichever process runs them, and starting one from here."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, RedirectResponse

from ptedi import dates, pipeline
from ptedi.findings import counted
from ptedi.money import from_cents, usd
from ptedi.pipeline import Night, progress
from ptedi.web import view
from ptedi.web.access import Verb
from ptedi.web.errors import BadForm
from ptedi.web.grid import Sent, text
from ptedi.web.pages.upload import jobs_of
from ptedi.web.seat import Seat, allow

router = APIRouter()

STEPS = {
    "extract_charges": "Charges read", "code_visits": "Visits coded", "scrub_claims": "Claims looked over",
    "build_batches": "Files built", "deliver_batches": "Files sent", "collect_inbound": "Answers collected",
    "apply_acknowledgements": "Acknowledgements applied", "post_remittances": "Remittances posted",
    "bill_next_payers": "Next payers billed", "reconcile_deposits": "Bank compared", "route_denials": "Denials sorted",
    "compare_payments": "Payments compared with contracts", "take_census": "Claims counted",
}  # fmt: skip
Key = Annotated[str, Query(max_length=40)]


@router.get("/progress", name="progress")
def running(seat: Annotated[Seat, allow(Verb.SEE)], job: Key = "") -> HTMLResponse:
    """The steps that ended last, and the job that was begun here; the page asks again by itself."""
    jobs = jobs_of(seat)
    shown = (jobs.get(job) if job else None) or jobs.newest()
    return view.page(seat, "progress/part.html" if view.is_part(seat.request) else "progress/page.html", job=shown,
                     steps=[(one, _counts(one)) for one in progress.steps_done(seat.night)], words=STEPS,
                     yesterday=dates.today() - timedelta(days=1))  # fmt: skip


@router.post("/progress/night", name="progress_night")
def night(seat: Annotated[Seat, allow(Verb.RUN)], form: Sent) -> RedirectResponse:
    """Starts a night of a service date: out and back."""
    try:
        day = date.fromisoformat(text(form, "day", 10))
    except ValueError:
        raise BadForm("the service date is not a day like 2026-11-20") from None
    opened = seat.night
    job = jobs_of(seat).start(f"The night of {day}", seat.name, lambda: _night(opened, day))
    return view.go(seat, "progress", job=job.key)


@router.post("/progress/collect", name="progress_collect")
def collect(seat: Annotated[Seat, allow(Verb.RUN)]) -> RedirectResponse:
    """Fetches what the partners left and applies it."""
    opened = seat.night
    job = jobs_of(seat).start("Collecting answers", seat.name, lambda: _back(opened))
    return view.go(seat, "progress", job=job.key)


def _counts(one: progress.StepDone) -> str:
    """What a step counted, in words; amounts in dollars, ids left out."""
    return ", ".join(
        _amount(value, name) if name.endswith("_cents") else _counted(value, name.replace("_", " "))
        for name, value in one.counts if not name.endswith("_id")
    ) or "nothing new"  # fmt: skip


_MONEY = {"denials_cents": "{} denied", "charge_cents": "{} billed", "denied_cents": "{} denied"}
_ONE = {"payments": "payment", "claims": "claim", "answers": "answer", "files": "file", "rows": "row",
        "deposits": "deposit", "lines": "line", "denials": "denial", "batches": "batch", "visits": "visit",
        "duplicates": "duplicate"}  # fmt: skip


def _amount(value: int, name: str) -> str:
    told = _MONEY.get(name, "{} " + name.removesuffix("_cents").replace("_", " "))
    return told.format(usd(from_cents(value)))


def _counted(value: int, name: str) -> str:
    """12 claims unmatched, 1 claim unmatched."""
    first, _, rest = name.partition(" ")
    return f"{value:,} {_ONE.get(first, first) if value == 1 else first}{' ' + rest if rest else ''}"


def _night(opened: Night, day: date) -> str:
    out = pipeline.nightly(opened, day)
    return (f"{counted(out.scrubbed.released, 'claim')} let go, {out.scrubbed.held} held; "
            f"{counted(len(out.delivered.sent), 'file')} with {counted(out.delivered.claims, 'claim')} sent; "
            f"{_back(opened)}")  # fmt: skip


def _back(opened: Night) -> str:
    back = pipeline.collect(opened)
    posted = sum(one.posted for one in back.posted)
    told = f"{counted(len(back.collected.files), 'file')} came in, {counted(posted, 'payment')} posted"
    if back.defects:
        told += f"; {counted(back.defects, 'file')} not read by a fault of ptedi: the worklist says what to tell us"
    return told
