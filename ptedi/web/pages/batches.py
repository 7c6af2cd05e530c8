"""Batches: each 837P file from built to accepted, its claims, its answers, and the proof that it can be made again."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ptedi import pipeline
from ptedi.findings import counted
from ptedi.money import from_cents
from ptedi.pipeline import batching
from ptedi.web import grid, view
from ptedi.web.access import Verb
from ptedi.web.cells import Cell, Chip, Kind, Two
from ptedi.web.errors import NotThere
from ptedi.web.grid import Column, Field, Filter, Grid, Input, Option, Row, Sent
from ptedi.web.pages.claim import payer_name
from ptedi.web.seat import Seat, allow

router = APIRouter()

BatchId = Annotated[int, Path(ge=1, le=2**53)]
OUTBOX = {
    "built": ("Waits to be sent", "waiting"), "sending": ("Being sent", "waiting"), "sent": ("Sent", "waiting"),
    "unknown": ("Sent? Not known", "attention"), "confirmed": ("Arrived", "good"), "failed": ("Not sent", "stopped"),
}  # fmt: skip
_TONES = {
    "rejected": "stopped", "denied": "stopped", "reversed": "attention", "partly paid": "attention", "paid": "good",
    "accepted by payer": "good", "accepted by clearinghouse": "good", "closed": "good",
}  # fmt: skip
COLUMNS = (
    Column(name="batch", title="Batch"), Column(name="state", title="State", kind=Kind.CHIP),
    Column(name="partner", title="Partner", narrow=True),
    Column(name="day", title="Service date", kind=Kind.DATE, narrow=True),
    Column(name="claims", title="Claims", kind=Kind.COUNT), Column(name="charge", title="Charge", kind=Kind.MONEY),
    Column(name="now", title="Its claims now"), Column(name="sent", title="Sent (UTC)", kind=Kind.DATE),
)
CLAIMS = (
    Column(name="claim", title="Claim", kind=Kind.CODE), Column(name="state", title="State", kind=Kind.CHIP),
    Column(name="payer", title="Payer"), Column(name="day", title="Service date", kind=Kind.DATE),
    Column(name="charge", title="Charge", kind=Kind.MONEY),
    Column(name="segment", title="Segment in its set", kind=Kind.COUNT, narrow=True),
)


@router.get("/batches", name="batches")
def batches(seat: Annotated[Seat, allow(Verb.LOOK)]) -> HTMLResponse:
    """All files that were built, newest first."""
    asked = grid.asked(seat, "batches")
    wanted = batching.WantedBatches(
        states=tuple(batching.Outbox(one) for one in asked.many("states") if one in OUTBOX),
        partners=asked.many("partners"), first=asked.day("first"), last=asked.day("last"))  # fmt: skip
    page = batching.batch_page(seat.night, wanted, limit=asked.size, offset=asked.offset)
    return view.page(seat, "batches/list.html", grid=Grid(
        seat=seat, route="batches", title="Batches", asked=asked, columns=COLUMNS, total=page.total,
        rows=[_row(seat, one) for one in page.heads], filter_route="batches_filter",
        filters=(
            Filter(name="states", title="State", options=[Option(k, words) for k, (words, _) in OUTBOX.items()]),
            Filter(name="partners", title="Partner", options=[
                Option(one.id, one.name) for one in seat.night.partners.values()]),
        ),
        fields=(Field(name="first", title="Built from", input=Input.DATE),
                Field(name="last", title="to", input=Input.DATE)),
        empty="No file was built yet: the next night makes one of the claims that are ready.",
    ), charge=page.charge)  # fmt: skip


@router.post("/batches/filter", name="batches_filter")
def batches_filter(seat: Annotated[Seat, allow(Verb.LOOK)], form: Sent) -> RedirectResponse:
    """Keeps a filter of the list."""
    return view.go(seat, "batches", view=grid.keep(seat, "batches", form))


@router.get("/batches/{batch}", name="batch")
def batch(seat: Annotated[Seat, allow(Verb.LOOK)], batch: BatchId) -> HTMLResponse:
    """One batch: its way, its answers, its claims."""
    asked = grid.asked(seat, "batch")
    found = batching.batch_look(seat.night, batch, states=asked.many("states"), limit=asked.size, offset=asked.offset)
    if found is None:
        raise NotThere(f"there is no batch {batch}", hint="the page Batches lists them all")
    options = [Option(state, state, count) for state, count in found.head.states.items()]
    return view.page(
        seat, "batches/batch.html", look=found, head=found.head, outbox=OUTBOX[found.head.state], steps=_steps(found),
        partner=_partner(seat, found.head.partner), reason=_reason(found.head), once=secrets.token_urlsafe(16),
        fates=batching.fates(found.head.state),
        again=batching.bystanders(seat.night, batch) if found.head.states.get("rejected") else 0,
        grid=Grid(seat=seat, route="batch", title="Claims of the batch", asked=asked, columns=CLAIMS,
                  total=found.total, rows=[_member(seat, one) for one in found.claims], params={"batch": batch},
                  filter_route="batch_filter", filters=(Filter(name="states", title="State", options=options),)),
    )  # fmt: skip


@router.post("/batches/{batch}/filter", name="batch_filter")
def batch_filter(seat: Annotated[Seat, allow(Verb.LOOK)], batch: BatchId, form: Sent) -> RedirectResponse:
    """Keeps a filter of a batch's claims."""
    return view.go(seat, "batch", batch=batch, view=grid.keep(seat, "batch", form))


@router.get("/batches/{batch}/file", name="batch_file")
def batch_file(seat: Annotated[Seat, allow(Verb.EXPORT)], batch: BatchId) -> Response:
    """The 837P as it was built, byte for byte."""
    found = batching.batch_file(seat.night, batch)
    if found is None:
        raise NotThere(f"there is no batch {batch}")
    headers = {"Content-Disposition": f'attachment; filename="batch-{batch}.edi"'}
    return Response(found[1], media_type="application/octet-stream", headers=headers)


@router.post("/batches/{batch}/rebuild", name="batch_rebuild")
def batch_rebuild(seat: Annotated[Seat, allow(Verb.WORK)], batch: BatchId) -> RedirectResponse:
    """Makes the file again from its claims and compares it with the archived one; nothing is sent."""
    told = pipeline.rebuilt(seat.night, batch)
    if told is None:
        raise NotThere(f"there is no batch {batch}")
    if told.same:
        seat.flash(f"Made again from its claims: the same {counted(len(told.data), 'byte')}, sha256 "
                   f"{told.rebuilt_sha256[:16]}")  # fmt: skip
    else:
        seat.flash("Made again from its claims, and the bytes differ from what was sent: keep this workspace as it is "
                   "and find out who changed what (ptedi audit verify)", "stopped")  # fmt: skip
    return view.go(seat, "batch", batch=batch)


def _row(seat: Seat, one: pipeline.BatchHead) -> Row:
    words, tone = OUTBOX[one.state]
    cells: dict[str, Cell] = {
        "batch": Two(f"Batch {one.id}", f"ISA13 {one.interchange}"), "state": Chip(words, tone),
        "partner": _partner(seat, one.partner),
        "day": one.service_date, "claims": one.claims, "charge": one.charge,
        "now": "test file" if one.trial else _now(one.states.items()), "sent": view.moment(one.sent_at),
    }  # fmt: skip
    return Row(id=str(one.id), cells=cells, href=seat.url("batch", batch=one.id), label=f"Batch {one.id}")


def _now(states: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in sorted(states, key=lambda pair: -pair[1]))


def _member(seat: Seat, one: batching.Member) -> Row:
    return Row(id=one.claim, href=seat.url("claim", number=one.claim), cells={
        "claim": one.claim, "state": Chip(one.state, _TONES.get(one.state, "waiting")),
        "payer": payer_name(seat, one.payer), "day": one.service_date,
        "charge": from_cents(one.charge_cents), "segment": one.first_segment,
    })  # fmt: skip


def _partner(seat: Seat, id: str) -> str:
    known = seat.night.partners.get(id)
    return known.name if known else id


def _carries(head: pipeline.BatchHead) -> str:
    return "a test file" if head.trial else counted(head.claims, "claim")


def _reason(head: pipeline.BatchHead) -> str:
    """What the outbox says of it, in words; older stores keep the code."""
    return {"staged": "It lay whole under a temporary name when we last knew.", "TA1 A": "TA1 accepted",
            "TA1 E": "TA1 accepted with errors", "TA1 R": "TA1 rejected"}.get(head.reason, head.reason)  # fmt: skip


def _steps(look: batching.BatchLook) -> list[tuple[str, str, str, list[int]]]:
    """The way of the file so far: how it looks, when, what, which files say so; the same answer is told once."""
    head = look.head
    steps: list[tuple[str, str, str, list[int]]] = [
        ("good", view.moment(head.built_at), f"Built and checked: {_carries(head)}", [])]  # fmt: skip
    if head.sent_at:
        steps.append(("good", view.moment(head.sent_at), "Lies at the partner under its own name", []))
    for event in dict.fromkeys(one.event for one in look.answers):
        said = [one for one in look.answers if one.event == event]
        tone = "stopped" if "rejected" in event or "denied" in event else "good"
        claims = counted(sum(one.claims for one in said), "claim")
        steps.append((tone, view.moment(said[0].at), f"{event}: {claims}", [one.file_id for one in said]))
    steps += [("waiting", view.moment(one.at), "A report in words", [one.file_id]) for one in look.reports]
    if not look.answers and not (head.trial and head.reason):
        steps.append(("waiting", "", "No answer yet" if head.sent_at else "Not sent yet", []))
    return steps
