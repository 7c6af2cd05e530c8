"""Tonight: the run as a flow, the equation that closes it, what waits for a person."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from ptedi import pipeline
from ptedi.dates import today
from ptedi.web import view
from ptedi.web.access import Verb
from ptedi.web.seat import Seat, allow

router = APIRouter()


@router.get("/", name="home")
def home(seat: Annotated[Seat, allow(Verb.SEE)]) -> RedirectResponse:
    """The first page."""
    return view.go(seat, "tonight")


@router.get("/tonight", name="tonight")
def tonight(seat: Annotated[Seat, allow(Verb.SEE)], night: date | None = None) -> Response:
    """One night: the newest one, or that of a service date."""
    day = night or pipeline.newest_service_date(seat.night) or today()
    return view.page(seat, "tonight/night.html", night=pipeline.summary(seat.night, day), day=day)
