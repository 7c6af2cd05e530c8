"""Remittances."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from ptedi.web import view
from ptedi.web.access import Verb
from ptedi.web.seat import Seat, allow

router = APIRouter()


@router.get("/remits", name="remits")
def remits(seat: Annotated[Seat, allow(Verb.LOOK)]) -> HTMLResponse:
    """Remittances."""
    return view.page(seat, "soon.html", title="Remittances")
