"""Claims."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from ptedi.web import view
from ptedi.web.access import Verb
from ptedi.web.seat import Seat, allow

router = APIRouter()


@router.get("/claims", name="claims")
def claims(seat: Annotated[Seat, allow(Verb.LOOK)]) -> HTMLResponse:
    """Claims."""
    return view.page(seat, "soon.html", title="Claims")
