"""Partners: who carries which payer's claims, whether the way works, what is doubtful in the payers' profiles."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, RedirectResponse

from ptedi.errors import PtediError
from ptedi.findings import counted
from ptedi.pipeline import channels
from ptedi.web import grid, view
from ptedi.web.access import Verb
from ptedi.web.errors import NotThere
from ptedi.web.grid import Sent
from ptedi.web.pages.batches import OUTBOX
from ptedi.web.seat import Seat, allow

router = APIRouter()

PartnerId = Annotated[str, Path(max_length=64)]


@router.get("/partners", name="partners")
def partners(seat: Annotated[Seat, allow(Verb.SEE)]) -> HTMLResponse:
    """Every partner with its way, its payers and what is doubtful."""
    return view.page(seat, "partners/list.html", partners=channels.partner_views(seat.night), outbox=OUTBOX,
                     once=secrets.token_urlsafe(16),
                     payers=channels.payer_views(seat.night))  # fmt: skip


@router.get("/partners/payers/{payer}", name="partner_payer")
def payer(seat: Annotated[Seat, allow(Verb.SEE)], payer: PartnerId) -> HTMLResponse:
    """What holds for a payer today, and where each value was read."""
    found = channels.payer_view(seat.night, payer)
    if found is None:
        raise NotThere("there is no such payer", hint="the page Partners lists them all")
    return view.page(seat, "partners/payer.html", payer=found)


@router.post("/partners/{partner}/test", name="partner_test")
def send_test(seat: Annotated[Seat, allow(Verb.RUN)], partner: PartnerId, form: Sent) -> RedirectResponse:
    """Sends an 837P marked as a test (ISA15 T) with a patient whom nobody knows; no claim of ours leaves."""
    if partner not in seat.night.partners:
        raise NotThere("there is no such partner")
    name = seat.night.partners[partner].name

    def send() -> str:
        return channels.send_trial(seat.night, partner).file

    try:
        file = seat.once(grid.text(form, "once", 64) or secrets.token_urlsafe(16), send)
    except PtediError as problem:
        seat.flash(f"The test file for {name} is not there: {problem}", "stopped")
        return view.go(seat, "partners")
    seat.flash(f"Test file {file} lies at {name}.  What comes back stands below after the next collecting.")
    return view.go(seat, "partners")


@router.post("/partners/{partner}/try", name="partner_try")
def try_partner(seat: Annotated[Seat, allow(Verb.RUN)], partner: PartnerId) -> RedirectResponse:
    """Signs in at a partner, looks around, in a test workspace also lays a note and takes it away; no claim leaves."""
    if partner not in seat.night.partners:
        raise NotThere("there is no such partner")
    try:
        told = channels.try_way(seat.night, partner, write=seat.night.environment == "T")
    except PtediError as problem:
        seat.flash(f"The way to {seat.night.partners[partner].name} does not work: {problem}", "stopped")
        return view.go(seat, "partners")
    seat.flash(f"The way to {seat.night.partners[partner].name} works: {counted(told.waiting, 'file')} waiting for us"
               + ("; a note arrived whole and was taken away again" if told.written else ""))  # fmt: skip
    return view.go(seat, "partners")
