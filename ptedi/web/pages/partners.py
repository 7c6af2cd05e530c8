"""Partners."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from ptedi.web import view
from ptedi.web.access import Verb
from ptedi.web.seat import Seat, allow

router = APIRouter()


@router.get("/partners", name="partners")
def partners(seat: Annotated[Seat, allow(Verb.SEE)]) -> HTMLResponse:
    """Partners."""
    return view.page(seat, "soon.html", title="Partners")
