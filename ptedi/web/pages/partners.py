"""Partners: who carries which payer's claims, whether the way works, what is doubtful in the payers' profiles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, RedirectResponse

from ptedi.errors import PtediError
from ptedi.findings import counted
from ptedi.pipeline import channels
from ptedi.web import view
from ptedi.web.access import Verb
from ptedi.web.errors import NotThere
from ptedi.web.seat import Seat, allow

router = APIRouter()

PartnerId = Annotated[str, Path(max_length=64)]


@router.get("/partners", name="partners")
def partners(seat: Annotated[Seat, allow(Verb.SEE)]) -> HTMLResponse:
    """Every partner with its way, its payers and what is doubtful."""
    return view.page(seat, "partners/list.html", partners=channels.partner_views(seat.night),
                     payers=channels.payer_views(seat.night))  # fmt: skip


@router.get("/partners/payers/{payer}", name="partner_payer")
def payer(seat: Annotated[Seat, allow(Verb.SEE)], payer: PartnerId) -> HTMLResponse:
    """What holds for a payer today, and where each value was read."""
    found = channels.payer_view(seat.night, payer)
    if found is None:
        raise NotThere("there is no such payer", hint="the page Partners lists them all")
    return view.page(seat, "partners/payer.html", payer=found)


@router.post("/partners/{partner}/try", name="partner_try")
def try_partner(seat: Annotated[Seat, allow(Verb.RUN)], partner: PartnerId) -> RedirectResponse:
    """Signs in at a partner, looks around, lays a test file and takes it away again; no claim leaves."""
    if partner not in seat.night.partners:
        raise NotThere("there is no such partner")
    try:
        told = channels.try_way(seat.night, partner, write=seat.night.environment == "T")
    except PtediError as problem:
        seat.flash(f"The way to {seat.night.partners[partner].name} does not work: {problem}", "stopped")
        return view.go(seat, "partners")
    seat.flash(f"The way to {seat.night.partners[partner].name} works: {counted(told.waiting, 'file')} waiting for us"
               + ("; a test file arrived whole and was taken away again" if told.written else ""))  # fmt: skip
    return view.go(seat, "partners")
